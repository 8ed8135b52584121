/* Several CPUs: D2 by another vCPU, D4, D6, and a smoke test of X. */
#include "cases.h"

#define POLLS 100000U

/* VMPL2 on CPU n; its slot is n. */
static struct cpu *second(uint32_t n)
{
	return case_vcpu(n, VCPU_SECOND + 2 * n, n, 2);
}

static uint32_t start_all(const struct fixture *f)
{
	uint32_t running = 0;

	for (uint32_t i = 1; i < f->cpus; i++) {
		struct cpu *n = second(i);

		n->page = VCPU_PAGE(VCPU_WORK + i);
		if (case_create(f, n) == OK) {
			running += (uint32_t)vcpu_start(f->c, n);
		}
	}
	return running;
}

/* All CPUs rescind and validate pages of their own at the same time; the first one too. */
static void together(const struct fixture *f)
{
	uint64_t page = VCPU_PAGE(VCPU_WORK);
	uint32_t failures = 0;

	for (uint32_t i = 1; i < f->cpus; i++) {
		vcpu_order(vcpu_slot(i), CPU_STRESS);
	}
	for (uint32_t i = 0; i < 50; i++) {
		failures += svsm_pvalidate_one(f->c, page) != OK;
		failures += svsm_pvalidate_one(f->c, page | ENTRY_VALIDATE) != OK;
		failures += !probe_is_zero(page);
		probe_fill(page, i + 1);
	}
	report("X", "rescind and validate on all CPUs at once: this one", failures, 0);
	for (uint32_t i = 1; i < f->cpus; i++) {
		failures = vcpu_wait(vcpu_slot(i)) ? vcpu_slot(i)->failures : ~0U;
		report("X", "rescind and validate on all CPUs at once: another", failures, 0);
	}
}

static void executing(const struct fixture *f, struct cpu *n)
{
	report("D4", "executing VMSA", case_delete(f, n->vmsa), SVSM_FAIL_INUSE);
	report("D4", "it goes on", vcpu_core(n, 8, 1, 2, 3), UC);
	report("D4", "its VMSA is still owned", svsm_pvalidate_one(f->c, n->vmsa), IA);
	report("D2", "startup vCPU by another",
	       vcpu_core(n, SVSM_CORE_DELETE_VCPU, f->c->vmsa, 0, 0), IP);
	report("R4", "calling area of the startup vCPU, from another",
	       vcpu_core(n, SVSM_CORE_REMAP_CA, f->c->caa, 0, 0), IA);
}

/* The page turns into an ordinary one, which validate tells apart without changing anything. */
static void itself(const struct fixture *f, struct cpu *n)
{
	uint64_t code = IA;

	n->call = (struct registers){.rax = SVSM_CORE_DELETE_VCPU, .rcx = n->vmsa};
	vcpu_order(n, CPU_CALL);
	for (uint32_t i = 0; i < POLLS && code == IA; i++) {
		code = svsm_pvalidate_one(f->c, n->vmsa | ENTRY_VALIDATE);
	}
	report("D6", "a vCPU deletes itself: its page is ordinary", code, NOCHANGE);
	report_true("D6", "the call does not return", n->command == CPU_CALL);
	report("D6", "it is gone from the registry", case_delete(f, n->vmsa), IP);
}

void cases_smp(const struct fixture *f)
{
	if (f->cpus < 2) {
		report_skip("D2 by another", "needs a second CPU");
		report_skip("D4", "needs a second CPU");
		report_skip("D6", "needs a second CPU");
		report_skip("X", "needs a second CPU");
		return;
	}
	report("C4", "VMPL2 vCPUs that run, all other CPUs", start_all(f), f->cpus - 1);
	together(f);
	executing(f, vcpu_slot(1));
	itself(f, vcpu_slot(1));
}
