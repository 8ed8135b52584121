#include "emulator/exit.h"
#include "emulator/svm/svm.h"
#include "cpu.h"
#include "host.h"
#include "memory.h"
#include "policy.h"

static uint32_t cpu_count;

const char *host_configure(uint64_t memory, uint32_t cpus, const char *attack)
{
	if (cpus > svm_cpu_count()) {
		return "cpus= exceeds the CPUs of QEMU's machine (-smp)";
	}
	if (policy_choose(attack)) {
		return "attack= names no attack this host knows";
	}
	/* all checks passed */
	memory_configure(memory);
	cpu_count = cpus ? cpus : svm_cpu_count();
	for (uint32_t i = 0; i < SVM_CPUS; i++) {
		host_cpu[i].id = i;
		host_cpu[i].caller = NO_CALLER;
	}
	return 0;
}

uint32_t host_cpu_count(void)
{
	return cpu_count;
}

/* ---- interrupts of the machine, all of them for the guest OS ---- */

static void collect(struct host_cpu *c)
{
	int vector;

	while ((vector = svm_take_interrupt(c->id)) >= 0) {
		c->pending[(uint32_t)vector / 64 % 4] |= 1UL << (vector % 64);
	}
}

int interrupt_highest(const struct host_cpu *c)
{
	for (int i = 3; i >= 0; i--) {
		if (c->pending[i]) {
			return i * 64 + 63 - __builtin_clzl(c->pending[i]);
		}
	}
	return -1;
}

#define APIC_EOI 0xb0U

void interrupts_drop(struct host_cpu *c)
{
	int vector;

	collect(c);
	while ((vector = interrupt_highest(c)) >= 0) {
		c->pending[vector / 64] &= ~(1UL << (vector % 64));
		svm_lapic_write(APIC_EOI, 0); /* the APIC still holds it in service */
	}
}

/* ---- one stay in the guest ---- */

static void enter(struct host_cpu *c)
{
	struct svm_control *k = &current_level(c)->control;
	int vector = c->vmpl == GUEST_VMPL ? interrupt_highest(c) : -1;

	k->virq = vector;
	policy_inject(c);
	svm_run(c->id, k);
	if (vector >= 0 && k->virq < 0) {
		c->pending[vector / 64] &= ~(1UL << (vector % 64));
	}
	count(c, STAT_EXITS);
}

static void shut_down(const struct host_cpu *c)
{
	emulator_log("shutdown: cpu %u vmpl %u\n", c->id, c->vmpl);
	host_end(EXIT_GUEST_SHUTDOWN);
}

static void handle(struct host_cpu *c)
{
	struct svm_control *k = &current_level(c)->control;

	if (k->exit_code != SVM_EXIT_INVALID && k->exit_code != SVM_EXIT_BUSY) {
		c->caller = NO_CALLER; /* it did run */
	}
	switch (k->exit_code) {
	case SVM_EXIT_INTR:
	case SVM_EXIT_NMI:
		count(c, STAT_INTERRUPT);
		break;
	case SVM_EXIT_HLT:
		count(c, STAT_HALT);
		current_level(c)->state = LEVEL_HALTED;
		policy_exit(c);
		break;
	case SVM_EXIT_VMGEXIT:
		if (!policy_exit(c)) {
			protocol_vmgexit(c);
		}
		break;
	case SVM_EXIT_NPF:
		count(c, STAT_NPF);
		npf_handle(c);
		break;
	case SVM_EXIT_INVALID:
		if (!policy_refused(c)) {
			vmpl_refused(c);
		}
		break;
	case SVM_EXIT_BUSY:
		svm_evict(k->vmsa);
		break;
	case SVM_EXIT_SHUTDOWN:
		shut_down(c);
		break;
	default:
		emulator_log("unknown exit %lx: cpu %u vmpl %u\n", k->exit_code, c->id, c->vmpl);
		host_end(EXIT_EMULATOR);
	}
}

void host_cpu_main(uint32_t cpu)
{
	struct host_cpu *c = &host_cpu[cpu];

	for (;;) {
		vmpl_take_mail(c);
		collect(c);
		if (vmpl_select(c)) {
			enter(c);
			handle(c);
		} else {
			svm_wait_interrupt(cpu);
		}
	}
}
