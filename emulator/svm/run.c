/* svm_run: into the guest and out again until something happens that the host must see. */
#include <emulator/svm/events.h>
#include <emulator/svm/exits.h>
#include <emulator/svm/evict.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/x86.h>

static void control_prepare(struct context *x, struct svm_control *c)
{
	struct vmcb_control *v = &x->vmcb.control;

	interrupt_prepare(x, c);
	v->event = x->event;
	v->event_error = x->event_error;
	x->event = 0;
	v->nested_cr3 = nested_root(x->vmpl, context_all_private(x));
}

/* One VMRUN. 0: not entered, somebody wants this CPU out. The order of the flags and of GIF makes
 * a kick that comes at any moment either seen here or pending at VMRUN, which then exits at once. */
static uint32_t enter(struct cpu *cpu, struct context *x)
{
	__asm__ volatile("clgi" : : : "memory");
	cpu->level = x->vmpl;
	cpu->in_guest = 1;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (cpu->wake != 0 || cpu->evict != 0 || cpu_stop != 0) {
		cpu->in_guest = 0;
		__asm__ volatile("stgi" : : : "memory");
		return 0;
	}
	__asm__ volatile("sti" : : : "memory");
	vm_enter(x->gpr, (uint64_t)&x->vmcb);
	__asm__ volatile("cli" : : : "memory");
	cpu->exits++;
	cpu->in_guest = 0;
	__asm__ volatile("stgi" : : : "memory");
	return 1;
}

/* The exits of the hardware itself and the non-automatic ones. Lock held. */
static enum flow exit_handle(struct context *x, struct svm_control *c, uint32_t code)
{
	switch (code) {
	case SVM_EXIT_NPF:
		return exit_npf(x, c);
	case VMEXIT_UD:
		return exit_ud(x, c);
	case SVM_EXIT_MSR:
		return exit_msr(x, c);
	case VMEXIT_CR0_SEL:
		return exit_cr0(x, c);
	case SVM_EXIT_VMMCALL:
		return exit_vmmcall(x, c);
	case SVM_EXIT_HLT:
		return exit_hlt(x, c);
	case VMEXIT_SWINT:
		return exit_software_interrupt(x, c);
	case SVM_EXIT_CPUID:
	case SVM_EXIT_IOIO:
	case VMEXIT_DR7_READ:
	case VMEXIT_DR7_WRITE:
	case VMEXIT_MONITOR:
	case VMEXIT_MWAIT:
		return deliver_vc(x, c, code);
	case SVM_EXIT_SHUTDOWN:
		return exit_to_host(x, c, SVM_EXIT_SHUTDOWN, 0, 0);
	case VMEXIT_ERROR:
		return exit_error(x, c);
	default:
		break;
	}
	if (code == VMEXIT_INVLPGA || (code >= VMEXIT_VMRUN && code <= VMEXIT_SKINIT)) {
		return raise_exception(x, VECTOR_UD, -1);
	}
	emulator_log("svm: exit %x is unknown, VMPL%u rip %lx\n", code, x->vmpl, x->vmcb.save.rip);
	return exit_to_host(x, c, SVM_EXIT_INVALID, 0, 0);
}

static enum flow leave_for_interrupt(struct cpu *cpu, struct context *x, struct svm_control *c)
{
	cpu->wake = 0;
	return exit_to_host(x, c, cpu_stop != 0 ? SVM_EXIT_SHUTDOWN : SVM_EXIT_INTR, 0, 0);
}

static enum flow step(struct cpu *cpu, struct context *x, struct svm_control *c)
{
	enum flow flow;
	uint32_t code;

	control_prepare(x, c);
	if (enter(cpu, x) == 0) {
		x->event = x->vmcb.control.event;
		x->event_error = x->vmcb.control.event_error;
		return leave_for_interrupt(cpu, x, c);
	}
	event_interrupted(x);
	if ((x->vmcb.control.int_state & INT_STATE_SHADOW) != 0) {
		x->shadow_rip = x->vmcb.save.rip;
	}
	code = (uint32_t)x->vmcb.control.exit_code;
	switch (code) {
	case SVM_EXIT_INTR:
		cpu_collect_interrupts();
		return FLOW_GUEST;
	case SVM_EXIT_NMI: /* taken at STGI: somebody's kick */
	case VMEXIT_VINTR: /* the guest can take an interrupt now */
		return FLOW_GUEST;
	default:
		break;
	}
	machine_lock();
	if (code != SVM_EXIT_NPF) {
		evict_hold_end(cpu->index);
	}
	flow = exit_handle(x, c, code);
	machine_unlock();
	if (code != VMEXIT_ERROR) {
		x->failed = 0;
	}
	return flow;
}

/* The vCPU of c on this CPU, ready to run, or null with the exit set. */
static struct context *run_begin(struct cpu *cpu, struct svm_control *c)
{
	struct context *x = 0;
	uint32_t status;

	machine_lock();
	if (evict_hold_stops(cpu->index, c->vmsa) != 0) {
		context_leave(cpu);
		machine_unlock();
		c->exit_code = SVM_EXIT_INTR;
		return 0;
	}
	status = context_enter(cpu, c->vmsa, &x);
	if (status == SNP_OK) {
		cpu->running = 1;
	}
	machine_unlock();
	if (status != SNP_OK) {
		c->exit_code = status == SNP_FAIL_INUSE ? SVM_EXIT_BUSY : SVM_EXIT_INVALID;
		c->exit_info1 = status;
		return 0;
	}
	context_resume(cpu, x);
	return x;
}

static void run_end(struct cpu *cpu, struct context *x)
{
	context_suspend(x);
	machine_lock();
	cpu->running = 0;
	if (cpu->evict != 0 || x->refused != 0) {
		cpu->evict = 0;
		context_leave(cpu);
	}
	machine_unlock();
}

static void intercepts_set(struct context *x, const struct svm_control *c)
{
	x->vmcb.control.intercept3 &= ~INTERCEPT_CPUID;
	if (c->intercept_cpuid_off == 0) {
		x->vmcb.control.intercept3 |= INTERCEPT_CPUID;
	}
}

void svm_run(uint32_t cpu, struct svm_control *c)
{
	struct cpu *p = &cpus[cpu];
	struct context *x = run_begin(p, c);
	enum flow flow;

	c->exit_info2 = 0;
	if (x == 0) {
		return;
	}
	c->vmpl = x->vmpl;
	if (injection_is_allowed(x, c) == 0) {
		exit_to_host(x, c, SVM_EXIT_INVALID, 0, 0);
	} else {
		intercepts_set(x, c);
		flow = event_from_host(x, c);
		while (flow == FLOW_GUEST) {
			flow = step(p, x, c);
		}
	}
	run_end(p, x);
}
