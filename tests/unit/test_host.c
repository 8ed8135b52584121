/*
 * The untrusted host's side of the GHCB protocol, natively over a small fake of emulator/svm/svm.h:
 * replies, refusals of malformed pages, page state changes, whose turn it is, the APIC filter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <verismo/ghcb.h>
#include <verismo/launch.h>
#include <verismo/reasons.h>
#include "emulator/collude.h"
#include "emulator/exit.h"
#include "emulator/host/cpu.h"
#include "emulator/host/host.h"
#include "emulator/psp/command.h"
#include "emulator/test_key.h"

/* ---- the fake: GPA = SPA, 4 MiB of frames, the first 2 MiB in 4K mappings ---- */

#define RAM    0x400000UL
#define FRAMES (RAM / PAGE_SIZE)

static uint8_t ram[RAM];
static uint8_t is_private[FRAMES];
static uint32_t updates, smashes, evictions, kicks;
static uint32_t icr_sent[16], icrs, icr_high, lapic[64];
static uint32_t ended;
static jmp_buf end;

uint64_t host_refused_accesses;

uint64_t svm_nested_get(uint64_t gpa, uint32_t *large)
{
	*large = gpa >= LARGE_PAGE && smashes == 0;
	return gpa < RAM ? gpa : NO_GPA;
}

uint32_t svm_nested_set(uint64_t gpa, uint64_t spa, uint32_t present, uint32_t large)
{
	(void)gpa, (void)spa, (void)present, (void)large;
	return SNP_OK;
}

uint32_t svm_assigned(uint64_t spa, uint32_t *size)
{
	*size = spa >= LARGE_PAGE && smashes == 0 ? SNP_SIZE_2M : SNP_SIZE_4K;
	return is_private[spa / PAGE_SIZE];
}

uint32_t svm_psmash(uint64_t spa)
{
	assert_int_equal(spa, LARGE_PAGE);
	smashes++;
	return SNP_OK;
}

uint32_t svm_rmpupdate(uint64_t spa, uint64_t gpa, uint32_t size, uint32_t assigned)
{
	assert_int_equal(spa, gpa);
	updates++;
	for (uint64_t i = 0; i < (size == SNP_SIZE_2M ? PAGES_PER_2M : 1); i++) {
		is_private[spa / PAGE_SIZE + i] = (uint8_t)assigned;
	}
	return SNP_OK;
}

static int is_reachable(uint64_t gpa, uint64_t n)
{
	return gpa < RAM && n <= RAM - gpa && !is_private[gpa / PAGE_SIZE] &&
	       !is_private[(gpa + n - 1) / PAGE_SIZE];
}

int host_read_gpa(uint64_t gpa, void *to, uint64_t n)
{
	if (!is_reachable(gpa, n)) {
		return 1;
	}
	memcpy(to, ram + gpa, n);
	return 0;
}

int host_write_gpa(uint64_t gpa, const void *from, uint64_t n)
{
	if (!is_reachable(gpa, n)) {
		return 1;
	}
	memcpy(ram + gpa, from, n);
	return 0;
}

int host_read(uint64_t spa, void *to, uint64_t n)
{
	return host_read_gpa(spa, to, n);
}

int host_write(uint64_t spa, const void *from, uint64_t n)
{
	return host_write_gpa(spa, from, n);
}

void svm_run(uint32_t cpu, struct svm_control *c)
{
	(void)cpu, (void)c;
}

void svm_leave(uint32_t cpu)
{
	(void)cpu;
}

void svm_evict(uint64_t vmsa)
{
	(void)vmsa;
	evictions++;
}

void svm_kick(uint32_t cpu)
{
	(void)cpu;
	kicks++;
}

uint32_t svm_cpu_count(void)
{
	return 4;
}

int svm_take_interrupt(uint32_t cpu)
{
	(void)cpu;
	return -1;
}

void svm_wait_interrupt(uint32_t cpu)
{
	(void)cpu;
}

uint32_t svm_lapic_read(uint32_t offset)
{
	return lapic[offset >> 4];
}

void svm_lapic_write(uint32_t offset, uint32_t value)
{
	lapic[offset >> 4] = value;
	if (offset == 0x310) {
		icr_high = value;
	} else if (offset == 0x300) {
		icr_sent[icrs++ % 16] = icr_high | value;
	}
}

uint8_t svm_in8(uint16_t port)
{
	return port == 0x3fd ? 0x60 : 0;
}

void svm_out8(uint16_t port, uint8_t value)
{
	(void)port, (void)value;
}

uint64_t svm_tsc(void)
{
	return 5000000000UL;
}

uint64_t svm_tsc_khz(void)
{
	return 2500000;
}

void svm_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t v[4])
{
	(void)leaf, (void)subleaf;
	memset(v, 0xff, 16);
}

uint64_t svm_alloc_2m(void)
{
	return 0;
}

/* The secure processor: answers with the request's bytes, each one more. */
static uint32_t commands, firmware_error;

uint32_t psp_command_guest_request(const uint8_t request[PAGE_SIZE], uint8_t response[PAGE_SIZE])
{
	commands++;
	for (uint32_t i = 0; i < PAGE_SIZE && !firmware_error; i++) {
		response[i] = (uint8_t)(request[i] + 1);
	}
	return firmware_error;
}

void emulator_log(const char *format, ...)
{
	(void)format;
}

void emulator_exit(uint32_t code)
{
	ended = code;
	longjmp(end, 1);
}

/* ---- helpers: a GHCB of the guest's level on CPU 0 ---- */

#define GHCB	0x10000UL
#define SCRATCH (GHCB + GHCB_BUFFER)

static struct host_cpu *const cpu = &host_cpu[0];

static int begin(void **state)
{
	(void)state;
	memset(ram, 0, sizeof(ram));
	memset(is_private, 1, sizeof(is_private));
	memset(host_cpu, 0, sizeof(host_cpu));
	memset(lapic, 0, sizeof(lapic));
	updates = smashes = evictions = kicks = icrs = commands = firmware_error = 0;
	is_private[GHCB / PAGE_SIZE] = 0;
	assert_null(host_configure(MEMORY_MIN, 2, "none"));
	for (uint32_t i = 0; i < SNP_VMPLS; i += 2) {
		cpu->level[i].state = LEVEL_READY;
		cpu->level[i].ghcb = i == 2 ? GHCB : NO_GPA;
	}
	cpu->vmpl = GUEST_VMPL;
	cpu->level[GUEST_VMPL].control.ghcb = GHCB;
	return 0;
}

static uint64_t get(uint32_t offset)
{
	uint64_t v;

	memcpy(&v, ram + GHCB + offset, sizeof(v));
	return v;
}

static void put(uint32_t offset, uint64_t value)
{
	memcpy(ram + GHCB + offset, &value, sizeof(value));
	ram[GHCB + GHCB_VALID_BITMAP + offset / 64] |= (uint8_t)(1U << offset / 8 % 8);
}

static int is_valid(uint32_t offset)
{
	return ram[GHCB + GHCB_VALID_BITMAP + offset / 64] >> (offset / 8 % 8) & 1;
}

static void fill(uint64_t code, uint64_t info1, uint64_t info2)
{
	memset(ram + GHCB + GHCB_VALID_BITMAP, 0, 16);
	put(GHCB_SW_EXITCODE, code);
	put(GHCB_SW_EXITINFO1, info1);
	put(GHCB_SW_EXITINFO2, info2);
}

static void expect_ok(void)
{
	assert_true(is_valid(GHCB_SW_EXITINFO1));
	assert_true(is_valid(GHCB_SW_EXITINFO2));
	assert_int_equal(get(GHCB_SW_EXITINFO1), GHCB_REPLY_OK);
}

static void expect_malformed(uint64_t why)
{
	assert_int_equal(get(GHCB_SW_EXITINFO1), GHCB_REPLY_MALFORMED);
	assert_int_equal(get(GHCB_SW_EXITINFO2), why);
}

static uint64_t msr_request(uint64_t value)
{
	cpu->level[cpu->vmpl].control.ghcb = value;
	protocol_vmgexit(cpu);
	return cpu->level[GUEST_VMPL].control.ghcb;
}

/* ---- tests ---- */

static void test_msr_protocol(void **state)
{
	(void)state;
	assert_int_equal(msr_request(GHCB_MSR_SEV_INFO_REQ), 0x0002000127000001UL);
	assert_int_equal(msr_request(GHCB_MSR_FEATURES_REQ), 0x37081UL);
	assert_int_equal(msr_request(GHCB_MSR_PREFERRED_REQ), 0xfffffffffffff011UL);
	assert_int_equal(msr_request(0x20000 | GHCB_MSR_REGISTER_REQ), 0x20013UL);
	assert_int_equal(cpu->level[GUEST_VMPL].ghcb, 0x20000);
	assert_int_equal(msr_request(RAM | GHCB_MSR_REGISTER_REQ), 0xfffffffffffff013UL);
	/* leaf 0x80000000, EAX */
	assert_int_equal(msr_request(0x80000000UL << 32 | GHCB_MSR_CPUID_REQ),
			 0x8000001fUL << 32 | GHCB_MSR_CPUID_RESP);
}

static void test_termination_ends_the_vm(void **state)
{
	(void)state;
	if (setjmp(end) == 0) {
		msr_request(GHCB_MSR_TERMINATE);
	}
	assert_int_equal(ended, EXIT_GUEST_TERMINATE);
	cpu->vmpl = 0;
	if (setjmp(end) == 0) {
		msr_request(GHCB_MSR_TERMINATE | TERMINATE_SET_VERISMO << 12 | REASON_STATE << 16);
	}
	assert_int_equal(ended, EXIT_MODULE_STOPPED);
}

static void test_malformed_pages(void **state)
{
	(void)state;
	fill(NAE_CPUID, 0, 0);
	protocol_vmgexit(cpu);
	expect_malformed(GHCB_MISSING_INPUT);
	fill(0x1234, 0, 0);
	protocol_vmgexit(cpu);
	expect_malformed(GHCB_INVALID_EVENT);
	fill(NAE_WBINVD, 0, 0);
	ram[GHCB + GHCB_USAGE] = 1;
	protocol_vmgexit(cpu);
	expect_malformed(GHCB_BAD_USAGE);
	ram[GHCB + GHCB_USAGE] = 0;
	cpu->level[GUEST_VMPL].ghcb = 0x20000;
	fill(NAE_WBINVD, 0, 0);
	protocol_vmgexit(cpu);
	expect_malformed(GHCB_NOT_REGISTERED);
	memset(ram + GHCB, 0, PAGE_SIZE);
	cpu->level[GUEST_VMPL].ghcb = GHCB;
	protocol_vmgexit(cpu);
	expect_malformed(GHCB_MISSING_INPUT);
}

static void test_private_ghcb_ends_the_guest(void **state)
{
	(void)state;
	is_private[GHCB / PAGE_SIZE] = 1;
	if (setjmp(end) == 0) {
		protocol_vmgexit(cpu);
	}
	assert_int_equal(ended, EXIT_GUEST_TERMINATE);
}

static void test_cpuid_sets_valid_bits(void **state)
{
	(void)state;
	fill(NAE_CPUID, 0, 0);
	put(GHCB_RAX, 0x8000001f);
	put(GHCB_RCX, 0);
	protocol_vmgexit(cpu);
	expect_ok();
	assert_true(is_valid(GHCB_RAX) && is_valid(GHCB_RBX));
	assert_true(is_valid(GHCB_RCX) && is_valid(GHCB_RDX));
	assert_int_equal(get(GHCB_RBX) & 0x3f, 39);
}

static void test_unknown_msr_raises_gp(void **state)
{
	(void)state;
	fill(NAE_MSR, 0, 0);
	put(GHCB_RCX, 0x12345678);
	protocol_vmgexit(cpu);
	assert_int_equal(get(GHCB_SW_EXITINFO1), GHCB_REPLY_EXCEPTION);
	assert_int_equal(get(GHCB_SW_EXITINFO2), GHCB_RAISE_GP);
}

static void test_io(void **state)
{
	(void)state;
	fill(NAE_IOIO, 0x3fdUL << 16 | IOIO_SIZE8 | IOIO_IN, 0);
	protocol_vmgexit(cpu);
	expect_ok();
	assert_int_equal(get(GHCB_RAX), 0x60);
	fill(NAE_IOIO, 0x2fdUL << 16 | IOIO_SIZE8 | IOIO_IN, 0); /* the emulator's own log */
	protocol_vmgexit(cpu);
	assert_int_equal(get(GHCB_RAX), 0);
	fill(NAE_IOIO, 0x3f8UL << 16 | IOIO_SIZE8 | IOIO_STRING, GHCB_BUFFER_SIZE + 1);
	put(GHCB_SW_SCRATCH, SCRATCH);
	protocol_vmgexit(cpu);
	expect_malformed(GHCB_INVALID_INPUT);
	fill(NAE_IOIO, 0x3f8UL << 16 | IOIO_SIZE8 | IOIO_STRING, 4);
	put(GHCB_SW_SCRATCH, 0x30000); /* private */
	protocol_vmgexit(cpu);
	expect_malformed(GHCB_BAD_SCRATCH);
	fill(NAE_IOIO, (uint64_t)PORT_VERDICT << 16 | IOIO_SIZE8, 0);
	put(GHCB_RAX, 3);
	if (setjmp(end) == 0) {
		protocol_vmgexit(cpu);
	}
	assert_int_equal(ended, 3);
}

static void psc(uint16_t current, uint16_t last, uint64_t entry)
{
	memcpy(ram + SCRATCH, &current, 2);
	memcpy(ram + SCRATCH + 2, &last, 2);
	memcpy(ram + SCRATCH + 8, &entry, 8);
	fill(NAE_PSC, 0, 0);
	put(GHCB_SW_SCRATCH, SCRATCH);
	protocol_vmgexit(cpu);
}

static void test_page_state_lists(void **state)
{
	const uint64_t shared = GHCB_PSC_SHARED << 52;
	const uint64_t large = 1UL << 56;

	(void)state;
	psc(0, 0, shared | 0x40000);
	expect_ok();
	assert_int_equal(get(GHCB_SW_EXITINFO2), 0);
	assert_int_equal(ram[SCRATCH], 1); /* current has passed end */
	assert_int_equal(is_private[0x40], 0);
	psc(0, 0, shared | 0x40000); /* it has the state already */
	assert_int_equal(updates, 1);
	psc(0, GHCB_PSC_MAX, 0);
	assert_int_equal(get(GHCB_SW_EXITINFO2), 0x100000001UL);
	psc(0, 0, shared | RAM);
	assert_int_equal(get(GHCB_SW_EXITINFO2), 0x100000002UL);
	psc(0, 0, shared | large | 0x1000);
	assert_int_equal(get(GHCB_SW_EXITINFO2), 0x100000002UL);
	psc(0, 0, 9UL << 52 | 0x40000);
	assert_int_equal(get(GHCB_SW_EXITINFO2), 0x100000002UL);
	assert_int_equal(updates, 1);
}

static void test_page_state_of_large_pages(void **state)
{
	const uint64_t shared = GHCB_PSC_SHARED << 52;

	(void)state;
	psc(0, 0, shared | 1UL << 56 | LARGE_PAGE);
	assert_int_equal(updates, 1);
	assert_int_equal(smashes, 0);
	psc(0, 0, GHCB_PSC_PRIVATE << 52 | 1UL << 56 | LARGE_PAGE);
	assert_int_equal(updates, 2);
	psc(0, 0, shared | (LARGE_PAGE + PAGE_SIZE)); /* one of 512: smashed first */
	assert_int_equal(smashes, 1);
	assert_int_equal(updates, 3);
	assert_int_equal(is_private[PAGES_PER_2M], 1);
	assert_int_equal(is_private[PAGES_PER_2M + 1], 0);
}

static void test_run_vmpl(void **state)
{
	(void)state;
	fill(NAE_RUN_VMPL, 0, 0);
	protocol_vmgexit(cpu);
	expect_ok();
	assert_int_equal(cpu->vmpl, 0);
	/* the module's turn: back by MSR, then a level that does not exist */
	cpu->level[0].control.ghcb = GUEST_VMPL * (1UL << 32) | GHCB_MSR_RUN_VMPL_REQ;
	protocol_vmgexit(cpu);
	assert_int_equal(cpu->vmpl, GUEST_VMPL);
	assert_int_equal(cpu->level[0].control.ghcb, GHCB_MSR_RUN_VMPL_RESP);
	cpu->level[GUEST_VMPL].control.ghcb = GHCB;
	fill(NAE_RUN_VMPL, 3, 0);
	protocol_vmgexit(cpu);
	assert_int_equal(cpu->vmpl, GUEST_VMPL);
	expect_malformed(GHCB_INVALID_INPUT);
}

static void test_refused_vmsa_fails_the_request(void **state)
{
	(void)state;
	cpu->vmpl = 0;
	cpu->level[0].control.ghcb = GUEST_VMPL * (1UL << 32) | GHCB_MSR_RUN_VMPL_REQ;
	protocol_vmgexit(cpu);
	assert_int_equal(cpu->vmpl, GUEST_VMPL);
	vmpl_refused(cpu);
	assert_int_equal(cpu->vmpl, 0);
	assert_int_equal(cpu->level[0].control.ghcb, 1UL << 32 | GHCB_MSR_RUN_VMPL_RESP);
	assert_int_equal(cpu->level[GUEST_VMPL].state, LEVEL_ABSENT);
}

static void create(uint32_t apic, uint32_t vmpl, uint64_t request, uint64_t vmsa)
{
	fill(NAE_AP_CREATION, (uint64_t)apic << 32 | vmpl << 16 | request, vmsa);
	put(GHCB_RAX, 1);
	protocol_vmgexit(cpu);
}

static void test_ap_creation(void **state)
{
	(void)state;
	create(1, 2, AP_CREATE, 0x51000);
	expect_ok();
	assert_int_equal(kicks, 1);
	vmpl_take_mail(&host_cpu[1]);
	assert_int_equal(host_cpu[1].level[2].control.vmsa, 0x51000);
	host_cpu[1].level[0].state = LEVEL_HALTED; /* the module idles there: the new vCPU runs */
	assert_true(vmpl_select(&host_cpu[1]));
	assert_int_equal(host_cpu[1].vmpl, 2);
	create(1, 2, AP_DESTROY, 0);
	expect_ok();
	vmpl_take_mail(&host_cpu[1]);
	assert_false(vmpl_select(&host_cpu[1]));
	assert_int_equal(evictions, 1);
}

static void test_ap_creation_refused(void **state)
{
	(void)state;
	create(2, 2, AP_CREATE, 0x51000); /* cpus=2 */
	expect_malformed(GHCB_INVALID_INPUT);
	create(1, 0, AP_CREATE, 0x51000); /* more privileged than the caller */
	expect_malformed(GHCB_INVALID_INPUT);
	create(1, 4, AP_CREATE, 0x51000);
	expect_malformed(GHCB_INVALID_INPUT);
	create(1, 2, 3, 0x51000);
	expect_malformed(GHCB_INVALID_INPUT);
	create(1, 2, AP_CREATE, RAM);
	expect_malformed(GHCB_INVALID_INPUT);
	create(1, 2, AP_CREATE, 0x51001);
	expect_malformed(GHCB_INVALID_INPUT);
	create(1, 2, AP_CREATE, LARGE_PAGE);
	expect_malformed(GHCB_INVALID_INPUT);
	assert_int_equal(kicks, 0);
}

static void test_halted_guest_waits_for_an_interrupt(void **state)
{
	(void)state;
	cpu->level[GUEST_VMPL].state = LEVEL_HALTED;
	assert_false(vmpl_select(cpu));
	cpu->pending[0] = 1UL << 48;
	cpu->pending[3] = 1UL << 10;
	assert_int_equal(interrupt_highest(cpu), 202);
	assert_true(vmpl_select(cpu));
}

static void write_msr(uint32_t msr, uint64_t value)
{
	fill(NAE_MSR, 1, 0);
	put(GHCB_RCX, msr);
	put(GHCB_RAX, value & 0xffffffffUL);
	put(GHCB_RDX, value >> 32);
	protocol_vmgexit(cpu);
	expect_ok();
}

static void test_interprocessor_interrupts_are_filtered(void **state)
{
	(void)state;
	write_msr(0x830, 1UL << 32 | 0x40fd);
	assert_int_equal(icrs, 1);
	assert_int_equal(icr_sent[0], 0x010040fd);
	write_msr(0x830, 0xc00fb); /* all but self */
	assert_int_equal(icrs, 2);
	assert_int_equal(icr_sent[1], 0x010040fb);
	write_msr(0x830, 1UL << 32 | 0x4500);	    /* INIT */
	write_msr(0x830, 1UL << 32 | 0x4608);	    /* SIPI */
	write_msr(0x830, 1UL << 32 | 0x4402);	    /* NMI */
	write_msr(0x830, 1UL << 32 | 0x42fd);	    /* SMI */
	write_msr(0x830, 1UL << 32 | 0x400d);	    /* vector of an exception */
	write_msr(0x830, 2UL << 32 | 0x40fd);	    /* not this guest's CPU */
	write_msr(0x830, 0x10001UL << 32 | 0x48fd); /* another cluster */
	assert_int_equal(icrs, 2);
}

static void test_clock(void **state)
{
	uint32_t mul;

	(void)state;
	write_msr(0x4b564d01, (GHCB + 0xc00) | 1);
	memcpy(&mul, ram + GHCB + 0xc00 + 24, sizeof(mul));
	/* 2.5 GHz: halved once, so 10^9 / 1.25 10^9 of 2^32 */
	assert_int_equal(mul, 3435973836U);
	assert_int_equal((int8_t)ram[GHCB + 0xc00 + 28], -1);
	assert_int_equal(ram[GHCB + 0xc00 + 29], 1);
}

static void test_doorbell_and_apic_ids(void **state)
{
	uint32_t list[3];

	(void)state;
	fill(NAE_HV_DOORBELL, 0, 0);
	protocol_vmgexit(cpu);
	assert_int_equal(get(GHCB_SW_EXITINFO2), NO_GPA);
	fill(NAE_HV_DOORBELL, 1, 0x20000);
	protocol_vmgexit(cpu);
	fill(NAE_HV_DOORBELL, 2, 0);
	protocol_vmgexit(cpu);
	assert_int_equal(get(GHCB_SW_EXITINFO2), 0x20000);
	is_private[0x20] = 0;
	fill(NAE_APIC_ID_LIST, 0x20000, 0);
	put(GHCB_RAX, 1);
	protocol_vmgexit(cpu);
	expect_ok();
	memcpy(list, ram + 0x20000, sizeof(list));
	assert_int_equal(list[0], 2);
	assert_int_equal(list[2], 1);
}

#define REQUEST	 0x20000UL
#define RESPONSE 0x21000UL
#define DATA	 0x22000UL

static void share_message_pages(void)
{
	for (uint64_t gpa = REQUEST; gpa <= DATA; gpa += PAGE_SIZE) {
		is_private[gpa / PAGE_SIZE] = 0;
	}
}

/* A guest request is served, with this error of the firmware. */
static void expect_asked(uint64_t error)
{
	fill(NAE_GUEST_REQUEST, REQUEST, RESPONSE);
	protocol_vmgexit(cpu);
	expect_ok();
	assert_int_equal(get(GHCB_SW_EXITINFO2), error);
}

static void test_guest_request(void **state)
{
	(void)state;
	share_message_pages();
	memset(ram + REQUEST, 7, PAGE_SIZE);
	expect_asked(0);
	assert_int_equal(ram[RESPONSE], 8);
	assert_int_equal(ram[RESPONSE + PAGE_SIZE - 1], 8);
	firmware_error = 0x16;
	memset(ram + RESPONSE, 3, PAGE_SIZE);
	expect_asked(0x16);
	assert_int_equal(ram[RESPONSE], 3);
	assert_int_equal(commands, 2);
}

static void test_guest_request_malformed(void **state)
{
	static const uint64_t pages[][2] = {
		{REQUEST + 8, RESPONSE}, {REQUEST, RESPONSE + 8}, {REQUEST, REQUEST},
		{0x30000, RESPONSE},	 {REQUEST, 0x30000},	  {REQUEST, RAM},
	};

	(void)state;
	share_message_pages();
	for (uint32_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		fill(NAE_GUEST_REQUEST, pages[i][0], pages[i][1]);
		protocol_vmgexit(cpu);
		expect_malformed(GHCB_INVALID_INPUT);
	}
	assert_int_equal(commands, 0);
}

/* The extended form: one page of certificates is enough, no page is too few. */
static void test_extended_guest_request(void **state)
{
	static const uint8_t vcek[] = {0x63, 0xda, 0x75, 0x8d}; /* its GUID begins the table */
	static const uint64_t data[] = {DATA + 8, 0x30000, RAM};

	(void)state;
	share_message_pages();
	fill(NAE_EXT_GUEST_REQUEST, REQUEST, RESPONSE);
	protocol_vmgexit(cpu);
	expect_malformed(GHCB_MISSING_INPUT);
	for (uint32_t i = 0; i < 3; i++) {
		fill(NAE_EXT_GUEST_REQUEST, REQUEST, RESPONSE);
		put(GHCB_RAX, data[i]);
		put(GHCB_RBX, 1);
		protocol_vmgexit(cpu);
		expect_malformed(GHCB_INVALID_INPUT);
	}
	fill(NAE_EXT_GUEST_REQUEST, REQUEST, RESPONSE);
	put(GHCB_RAX, DATA);
	put(GHCB_RBX, 0);
	protocol_vmgexit(cpu);
	expect_ok();
	assert_int_equal(get(GHCB_SW_EXITINFO2), 1UL << 32);
	assert_true(is_valid(GHCB_RBX));
	assert_int_equal(get(GHCB_RBX), 1);
	assert_int_equal(commands, 0);
	fill(NAE_EXT_GUEST_REQUEST, REQUEST, RESPONSE);
	put(GHCB_RAX, DATA);
	put(GHCB_RBX, 1);
	protocol_vmgexit(cpu);
	expect_ok();
	assert_int_equal(get(GHCB_SW_EXITINFO2), 0);
	assert_memory_equal(ram + DATA, vcek, sizeof(vcek));
	assert_int_equal(ram[RESPONSE], 1);
}

static void test_configuration_refused(void **state)
{
	(void)state;
	assert_non_null(host_configure(MEMORY_MIN, 5, "none"));
	assert_non_null(host_configure(MEMORY_MIN, 1, "no-such-attack"));
}

/* The code with which the module's stop for this reason ends the run. */
static uint32_t end_of_stop(uint64_t reason)
{
	cpu->vmpl = 0;
	if (setjmp(end) == 0) {
		msr_request(GHCB_MSR_TERMINATE | TERMINATE_SET_VERISMO << 12 | reason << 16);
	}
	return ended;
}

static uint32_t end_of_verdict(uint32_t verdict)
{
	if (setjmp(end) == 0) {
		fill(NAE_IOIO, (uint64_t)PORT_VERDICT << 16 | IOIO_SIZE8, 0);
		put(GHCB_RAX, verdict);
		protocol_vmgexit(cpu);
	}
	return ended;
}

/* The lie is for the module alone; its stop counts if it was lied to, for that reason only. */
static void test_attack_by_reply(void **state)
{
	uint64_t honest = msr_request(GHCB_MSR_SEV_INFO_REQ);

	(void)state;
	assert_null(host_configure(MEMORY_MIN, 2, "cbit-lie"));
	assert_int_equal(msr_request(GHCB_MSR_SEV_INFO_REQ), honest);
	assert_int_equal(end_of_stop(REASON_CBIT), EXIT_MODULE_STOPPED);
	msr_request(GHCB_MSR_SEV_INFO_REQ);
	assert_int_not_equal(cpu->level[0].control.ghcb, honest);
	assert_int_equal(end_of_stop(REASON_STATE), EXIT_MODULE_STOPPED);
	assert_int_equal(end_of_stop(REASON_CBIT), EXIT_GUEST_OK);
}

/* The guest's word counts where the attack ends by it, and after the host has done its part. */
static void test_attack_by_verdict(void **state)
{
	(void)state;
	assert_null(host_configure(MEMORY_MIN, 2, "name-svsm-page"));
	assert_int_equal(end_of_verdict(VERDICT_REFUSED), EXIT_GUEST_OK);
	assert_int_equal(end_of_verdict(VERDICT_WON), EXIT_ATTACK_WON);
	assert_int_equal(end_of_verdict(7), EXIT_GUEST_FAILED);
	memcpy(ram + GHCB + 0x7ff, TEST_KEY_TEXT, sizeof(TEST_KEY_TEXT));
	assert_int_equal(end_of_verdict(VERDICT_REFUSED), EXIT_ATTACK_WON);
	memset(ram, 0, sizeof(ram));
	memcpy(ram, TEST_KEY_TEXT, sizeof(TEST_KEY_TEXT)); /* private: not in sight */
	assert_int_equal(end_of_verdict(VERDICT_REFUSED), EXIT_GUEST_OK);
	assert_null(host_configure(MEMORY_MIN, 2, "psc-lie"));
	assert_int_equal(end_of_verdict(VERDICT_REFUSED), EXIT_GUEST_FAILED);
	assert_int_equal(end_of_verdict(VERDICT_WON), EXIT_GUEST_FAILED);
	assert_null(host_configure(MEMORY_MIN, 2, "cbit-lie"));
	cpu->vmpl = 0;
	msr_request(GHCB_MSR_SEV_INFO_REQ);
	cpu->vmpl = GUEST_VMPL;
	assert_int_equal(end_of_verdict(VERDICT_REFUSED), EXIT_GUEST_FAILED);
	assert_int_equal(end_of_verdict(VERDICT_WON), EXIT_ATTACK_WON);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_msr_protocol),
		TEST(test_termination_ends_the_vm),
		TEST(test_malformed_pages),
		TEST(test_private_ghcb_ends_the_guest),
		TEST(test_cpuid_sets_valid_bits),
		TEST(test_unknown_msr_raises_gp),
		TEST(test_io),
		TEST(test_page_state_lists),
		TEST(test_page_state_of_large_pages),
		TEST(test_run_vmpl),
		TEST(test_refused_vmsa_fails_the_request),
		TEST(test_ap_creation),
		TEST(test_ap_creation_refused),
		TEST(test_halted_guest_waits_for_an_interrupt),
		TEST(test_interprocessor_interrupts_are_filtered),
		TEST(test_clock),
		TEST(test_doorbell_and_apic_ids),
		TEST(test_guest_request),
		TEST(test_guest_request_malformed),
		TEST(test_extended_guest_request),
		TEST(test_configuration_refused),
		TEST(test_attack_by_reply),
		TEST(test_attack_by_verdict),
	};

	return cmocka_run_group_tests_name("host", tests, 0, 0);
}
