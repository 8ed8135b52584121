/* vCPUs that the first one starts: VMSA pages, their loop, and orders by mailbox. */
#include "cpu.h"
#include "guest.h"
#include "probe.h"
#include "vmsa.h"

#define STACK_BYTES   0x2000UL
#define WAIT_TICKS    60000000000UL /* tens of seconds: many CPUs may share few host cores */
#define STRESS_ROUNDS 20U

static struct cpu cpus[VCPUS];
static uint8_t stacks[VCPUS][STACK_BYTES] __attribute__((aligned(4096)));

extern const char guest_image[], guest_image_end[];

struct cpu *vcpu_slot(uint32_t n)
{
	return &cpus[n % VCPUS];
}

void vcpu_fill_vmsa(const struct cpu *c, uint64_t gpa)
{
	struct vmsa_start start = {.vmpl = c->vmpl,
				   .rip = (uint64_t)vcpu_entry,
				   .rsp = (uint64_t)stacks[(uint64_t)(c - cpus) % VCPUS] +
					  STACK_BYTES,
				   .rdi = (uint64_t)c,
				   .gdt = trap_gdt(),
				   .gdt_limit = TRAP_GDT_LIMIT,
				   .idt = trap_idt(),
				   .idt_limit = TRAP_IDT_LIMIT,
				   .features = cpu_read_msr(MSR_SEV_STATUS) >> 2};

	probe_fill(gpa, 0);
	vmsa_fill(gpa, &start);
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
