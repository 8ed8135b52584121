/* vCPUs that the first one starts: VMSA pages, their loop, and orders by mailbox. */
#include "cpu.h"
#include "guest.h"
#include "probe.h"

#define STACK_BYTES   0x2000UL
#define ATTR_CODE64   0x29bU
#define ATTR_FLAT     0xc93U
#define ATTR_LDT      0x082U
#define ATTR_TSS      0x08bU
#define LIMIT_FLAT    0xffffffffUL
#define GUEST_EFER    0x1d01UL	    /* SCE, LME, LMA, NXE, SVME */
#define GUEST_CR0     0x80010031UL  /* PG, WP, NE, ET, PE */
#define GUEST_CR4     0x20UL	    /* PAE */
#define WAIT_TICKS    60000000000UL /* tens of seconds: many CPUs may share few host cores */
#define STRESS_ROUNDS 20U

static struct cpu cpus[VCPUS];
static uint8_t stacks[VCPUS][STACK_BYTES] __attribute__((aligned(4096)));

extern const char guest_image[], guest_image_end[];

struct cpu *vcpu_slot(uint32_t n)
{
	return &cpus[n % VCPUS];
}

static void set_segment(volatile uint64_t *vmsa, uint32_t field, uint64_t low, uint64_t base)
{
	vmsa[field / 8] = low;
	vmsa[field / 8 + 1] = base;
}

static void fill_segments(volatile uint64_t *vmsa)
{
	for (uint32_t field = VMSA_ES; field <= VMSA_GS; field += 16) {
		set_segment(vmsa, field, SELECTOR_FLAT | ATTR_FLAT << 16 | LIMIT_FLAT << 32, 0);
	}
	set_segment(vmsa, VMSA_CS, SELECTOR_CODE64 | ATTR_CODE64 << 16 | LIMIT_FLAT << 32, 0);
	set_segment(vmsa, VMSA_GDTR, (uint64_t)TRAP_GDT_LIMIT << 32, trap_gdt());
	set_segment(vmsa, VMSA_IDTR, (uint64_t)TRAP_IDT_LIMIT << 32, trap_idt());
	set_segment(vmsa, VMSA_LDTR, ATTR_LDT << 16, 0);
	set_segment(vmsa, VMSA_TR, ATTR_TSS << 16, 0);
}

void vcpu_fill_vmsa(const struct cpu *c, uint64_t gpa)
{
	volatile uint64_t *vmsa = (volatile uint64_t *)gpa;
	uint64_t slot = (uint64_t)(c - cpus) % VCPUS;

	probe_fill(gpa, 0);
	fill_segments(vmsa);
	vmsa[VMSA_VMPL / 8] = (uint64_t)c->vmpl << VMSA_VMPL % 8 * 8;
	vmsa[VMSA_EFER / 8] = GUEST_EFER;
	vmsa[VMSA_CR0 / 8] = GUEST_CR0;
	vmsa[VMSA_CR3 / 8] = cpu_read_cr3();
	vmsa[VMSA_CR4 / 8] = GUEST_CR4;
	vmsa[VMSA_DR6 / 8] = VMSA_DR6_RESET;
	vmsa[VMSA_DR7 / 8] = VMSA_DR7_RESET;
	vmsa[VMSA_RFLAGS / 8] = 2;
	vmsa[VMSA_RIP / 8] = (uint64_t)vcpu_entry;
	vmsa[VMSA_RSP / 8] = (uint64_t)stacks[slot] + STACK_BYTES;
	vmsa[VMSA_RDI / 8] = (uint64_t)c;
	vmsa[VMSA_PAT / 8] = VMSA_PAT_RESET;
	vmsa[VMSA_XCR0 / 8] = 1;
	vmsa[VMSA_MXCSR / 8] = VMSA_MXCSR_RESET | 0xffffUL << 32;
	vmsa[VMSA_X87_FCW / 8] = VMSA_FCW_RESET;
	vmsa[VMSA_SEV_FEATURES / 8] = cpu_read_msr(MSR_SEV_STATUS) >> 2;
}

/* ---- on the new vCPU ---- */

static uint32_t stress(struct cpu *c)
{
	uint32_t failures = 0;

	for (uint32_t i = 0; i < STRESS_ROUNDS; i++) {
		probe_fill(c->page, i + 1);
		failures += svsm_pvalidate_one(c, c->page) != SVSM_SUCCESS;
		failures += svsm_pvalidate_one(c, c->page | ENTRY_VALIDATE) != SVSM_SUCCESS;
		failures += !probe_is_zero(c->page);
	}
	return failures;
}

void vcpu_main(struct cpu *c)
{
	c->alive = 1;
	for (;;) {
		while (c->command == 0) {
			cpu_pause();
		}
		if (c->command == CPU_CALL) {
			c->answered = (uint32_t)svsm_exchange(c, &c->call, 1, 0);
		} else if (c->command == CPU_STRESS) {
			c->failures = stress(c);
		}
		__atomic_store_n(&c->command, 0, __ATOMIC_SEQ_CST);
	}
}

/* ---- on the first vCPU ---- */

static int wait_for(const volatile uint32_t *flag, uint32_t value)
{
	uint64_t start = cpu_tsc();

	while (__atomic_load_n(flag, __ATOMIC_SEQ_CST) != value) {
		if (cpu_tsc() - start > WAIT_TICKS) {
			return 0;
		}
		cpu_pause();
	}
	return 1;
}

int vcpu_start(struct cpu *by, struct cpu *c)
{
	struct ghcb_event e = {.code = NAE_AP_CREATION,
			       .info1 = (uint64_t)c->apic << 32 | (uint64_t)c->vmpl << 16 |
					AP_CREATE,
			       .info2 = c->vmsa,
			       .rax = *(const uint64_t *)(c->vmsa + VMSA_SEV_FEATURES)};

	c->alive = 0;
	c->command = 0;
	c->ghcb = 0;
	return ghcb_request(by, &e) && wait_for(&c->alive, 1);
}

void vcpu_order(struct cpu *c, uint32_t command)
{
	c->failures = 1;
	c->answered = 0;
	__atomic_store_n(&c->command, command, __ATOMIC_SEQ_CST);
}

int vcpu_wait(const struct cpu *c)
{
	return wait_for(&c->command, 0);
}

uint64_t vcpu_core(struct cpu *c, uint32_t call, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	c->call = (struct registers){
		.rax = SVSM_PROTOCOL_CORE << 32 | call, .rcx = rcx, .rdx = rdx, .r8 = r8};
	vcpu_order(c, CPU_CALL);
	return vcpu_wait(c) && c->answered ? c->call.rax : SVSM_NOT_SERVED;
}

static int open_range(uint64_t gpa, uint64_t end, uint32_t vmpl)
{
	for (; gpa < end; gpa += PAGE_SIZE) {
		struct probe p = probe_adjust(gpa, SNP_ATTR(vmpl, SNP_PERM_ALL));

		if (p.vc != 0 || p.eax != SNP_OK) {
			return 0;
		}
	}
	return 1;
}

int vcpu_open_image(uint32_t vmpl)
{
	return open_range((uint64_t)guest_image, (uint64_t)guest_image_end, vmpl) &&
	       open_range(GUEST_PAGE_TABLES_GPA, GUEST_PAGE_TABLES_GPA + 6 * PAGE_SIZE, vmpl);
}
