/* Attacks on the call frame; the host decides who runs when (emulator/host/attack_runs.c). */
#include "attack.h"
#include "guest/conformance/cpu.h"

#define CALL(number) (SVSM_PROTOCOL_CORE << 32 | (number))
#define MSR_CPUID    (1UL << 32 | GHCB_MSR_CPUID_REQ) /* something harmless for the host to answer */

static volatile uint8_t *pending(const struct cpu *c)
{
	return (volatile uint8_t *)(c->caa + CAA_CALL_PENDING);
}

/* The registers of a call that rescinds PAGE, and its list. */
static struct registers rescind_call(const struct cpu *c)
{
	volatile struct pvalidate_list *list = svsm_list(c);

	list->entries = 1;
	list->next = 0;
	list->entry[0] = PAGE;
	return (struct registers){.rax = CALL(SVSM_CORE_PVALIDATE), .rcx = c->caa + CAA_BUFFER};
}

/* Exits with these registers; returns what pending is at once when the vCPU goes on. */
static uint8_t exit_with(struct cpu *c, struct registers *r)
{
	struct ghcb_event e = {.code = NAE_RUN_VMPL};

	ghcb_prepare(c, &e);
	svsm_exit(r);
	return *pending(c);
}

/* An exit with these registers that asks the host for something, and not for the module. */
static void exit_elsewhere(struct registers *r)
{
	uint64_t old = cpu_read_msr(MSR_GHCB);

	cpu_write_msr(MSR_GHCB, MSR_CPUID);
	svsm_exit(r);
	cpu_write_msr(MSR_GHCB, old);
}

/* HLT looks like an exit to the host, and is no call. */
struct outcome attack_spurious_entry(struct cpu *c)
{
	struct registers r = rescind_call(c);
	uint64_t rax = r.rax;

	collude(c, COLLUDE_BEGIN, PAGE);
	*pending(c) = 1;
	__asm__ volatile("hlt" : "+a"(r.rax), "+c"(r.rcx), "+d"(r.rdx) : : "r8", "r9", "memory");
	return outcome_of(*pending(c) != 1 || r.rax != rax || !probe_is_valid(PAGE),
			  "the module executed what was no call",
			  "the vCPU does not stand at a VMGEXIT: nothing was done");
}

struct outcome attack_double_entry(struct cpu *c)
{
	struct registers r = {.rax = CALL(SVSM_CORE_QUERY_PROTOCOL), .rcx = 1};

	*pending(c) = 1;
	exit_with(c, &r);
	r = rescind_call(c);
	collude(c, COLLUDE_BEGIN, PAGE);
	exit_elsewhere(&r);
	return outcome_of(!probe_is_valid(PAGE), "the module executed a call that was not made",
			  "pending was cleared with the first answer: nothing was done");
}

struct outcome attack_run_during_call(struct cpu *c)
{
	volatile struct pvalidate_list *list = (volatile struct pvalidate_list *)OTHER_PAGE;
	struct registers r = {.rax = CALL(SVSM_CORE_PVALIDATE), .rcx = OTHER_PAGE};
	uint8_t unserved;

	list->entries = 1;
	list->next = 0;
	list->entry[0] = PAGE;
	collude(c, COLLUDE_BEGIN, OTHER_PAGE);
	*pending(c) = 1;
	unserved = exit_with(c, &r);
	if (!unserved && r.rax != SVSM_SUCCESS) {
		return outcome_broken();
	}
	return outcome_of(unserved, "the caller runs on while the module serves its call",
			  "VMRUN refuses the frozen VMSA; the call was finished first");
}

/* A call that changes something cannot be executed twice unnoticed. */
struct outcome attack_run_vmpl_lie(struct cpu *c)
{
	struct registers r = rescind_call(c);

	collude(c, COLLUDE_BEGIN, PAGE);
	*pending(c) = 1;
	exit_with(c, &r);
	return outcome_of(r.rax != SVSM_SUCCESS || probe_is_valid(PAGE),
			  "the answer of a call was taken for a call",
			  "the module looked at the VMSA again and found no call");
}

#define REGISTERS (sizeof(struct registers) / sizeof(uint64_t))
union register_words {
	struct registers r;
	uint64_t word[REGISTERS];
};

/* REMAP_CA to where the calling area is: a call that defines RAX, the first of them, alone. */
struct outcome attack_register_smash(struct cpu *c)
{
	union register_words before, after;
	int smashed = 0;

	for (uint32_t i = 0; i < REGISTERS; i++) {
		before.word[i] = 0x100 + i;
	}
	before.r.rax = CALL(SVSM_CORE_REMAP_CA);
	before.r.rcx = c->caa;
	after = before;
	*pending(c) = 1;
	exit_with(c, &after.r);
	for (uint32_t i = 1; i < REGISTERS; i++) {
		smashed |= before.word[i] != after.word[i];
	}
	return outcome_of(after.r.rax != SVSM_SUCCESS || smashed,
			  "a register that the call does not define has changed",
			  "RAX alone has changed");
}

/* A call with this in RAX and in the pending byte: what RAX is afterwards. */
static uint64_t answer_to(struct cpu *c, uint64_t rax, uint8_t pending_value)
{
	struct registers r = rescind_call(c);

	r.rax = rax;
	*pending(c) = pending_value;
	exit_with(c, &r);
	return r.rax;
}

/* Every one of them would rescind PAGE if it were taken for PVALIDATE. */
struct outcome attack_unknown_call(struct cpu *c)
{
	uint64_t call = CALL(SVSM_CORE_PVALIDATE);
	int yields = answer_to(c, call, 2) != SVSM_INVALID_FORMAT ||
		     answer_to(c, call, 255) != SVSM_INVALID_FORMAT ||
		     answer_to(c, call | 1UL << 8, 1) != SVSM_UNSUPPORTED_CALL ||
		     answer_to(c, call | 1UL << 31, 1) != SVSM_UNSUPPORTED_CALL ||
		     answer_to(c, call | 3UL << 32, 1) != SVSM_UNSUPPORTED_PROTOCOL ||
		     answer_to(c, call | 1UL << 63, 1) != SVSM_UNSUPPORTED_PROTOCOL;

	return outcome_of(yields || !probe_is_valid(PAGE),
			  "something undefined was taken for a call",
			  "unknown protocol, unknown call, invalid format (0x80000001, 2, 4)");
}

/* If the guest has its page back it makes it look like the VMSA that it was. */
struct outcome attack_resume_deleted(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	struct registers r = {.rax = 0};

	if (vcpu_create(c, n) != SVSM_SUCCESS ||
	    svsm_core(c, SVSM_CORE_DELETE_VCPU, n->vmsa, 0, 0) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	if (probe_own(n->vmsa, SNP_PERM_W)) {
		vcpu_fill_vmsa(n, n->vmsa);
	}
	collude(c, COLLUDE_BEGIN, n->vmsa);
	exit_elsewhere(&r);
	return outcome_of(0, "", "the page is no VMSA any more: VMRUN refuses it");
}

struct outcome attack_injected(struct cpu *c)
{
	collude(c, COLLUDE_BEGIN, PAGE);
	return outcome_of(svsm_core(c, SVSM_CORE_QUERY_PROTOCOL, 1, 0, 0) != SVSM_NOT_SERVED,
			  "the host runs handlers of the module when it likes",
			  "the module does not answer");
}
