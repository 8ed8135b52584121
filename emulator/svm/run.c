/* svm_run: into the guest and out again until something happens that the host must see. */
#include <emulator/svm/exits.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/x86.h>

/* Host injection: under restricted injection only #HV. 1 if it may be done. */
static uint32_t injection_is_allowed(const struct context *x, const struct svm_control *c)
{
	if ((x->features & SEV_FEATURE_RESTRICTED_INJECTION) == 0) {
		return 1;
	}
	if (c->virq >= 0) {
		return 0;
	}
	return (c->inject & EVENT_VALID) == 0 ||
	       (EVENT_VECTOR(c->inject) == VECTOR_HV && EVENT_TYPE(c->inject) == EVENT_EXCEPTION);
}

/* The host's EVENTINJ, unless an interrupted event comes first. */
static enum flow event_from_host(struct context *x, struct svm_control *c)
{
	uint32_t event = c->inject;

	if ((event & EVENT_VALID) == 0 || (x->event & EVENT_VALID) != 0) {
		return FLOW_GUEST;
	}
	c->inject = 0;
	if (EVENT_VECTOR(event) == VECTOR_VC && EVENT_TYPE(event) == EVENT_EXCEPTION) {
		return deliver_vc(x, c, c->inject_error);
	}
	x->event = event;
	x->event_error = c->inject_error;
	return FLOW_GUEST;
}

/* Injects a waiting interrupt if the guest can take it; else asks for an exit when it can. */
static void interrupt_prepare(struct context *x, struct svm_control *c)
{
	struct vmcb_control *v = &x->vmcb.control;
	int *source = x->held >= 0 ? &x->held : &c->virq;

	v->vintr &= ~(VINTR_PENDING | VINTR_IGNORE_TPR);
	if (*source < 0) {
		return;
	}
	if ((x->event & EVENT_VALID) == 0 && (x->vmcb.save.rflags & RFLAGS_IF) != 0 &&
	    (v->int_state & INT_STATE_SHADOW) == 0) {
		x->event = ((uint32_t)*source & 0xffU) | EVENT_INTR << 8 | EVENT_VALID;
		*source = -1;
		return;
	}
	v->vintr |= VINTR_PENDING | VINTR_IGNORE_TPR;
}

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

/* An exit in the middle of an event's delivery: the event is to be delivered again. A software
 * interrupt is not: its instruction runs again. QEMU's codes are explained in docs/emulator.md. */
static void event_interrupted(struct context *x)
{
	uint32_t event = x->vmcb.control.exit_int_info;

	if ((event & EVENT_VALID) == 0 || EVENT_TYPE(event) == EVENT_SOFT) {
		return;
	}
	x->event = event;
	x->event_error = x->vmcb.control.exit_int_error;
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
	case SVM_EXIT_CPUID:
	case SVM_EXIT_IOIO:
	case VMEXIT_DR7_READ:
	case VMEXIT_DR7_WRITE:
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
	context_suspend(cpu, x);
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
		machine_lock();
		flow = event_from_host(x, c);
		machine_unlock();
		while (flow == FLOW_GUEST) {
			flow = step(p, x, c);
		}
	}
	run_end(p, x);
}

void svm_leave(uint32_t cpu)
{
	machine_lock();
	context_leave(&cpus[cpu]);
	machine_unlock();
}

/* Stores the vCPU if its CPU is not at it. 1: the VMSA is nobody's now; else *owner has it. */
static uint32_t evict_try(uint64_t vmsa, uint32_t *owner)
{
	for (uint32_t i = 0; i < SVM_CPUS; i++) {
		if (cpus[i].current == 0 || cpus[i].current->vmsa != vmsa) {
			continue;
		}
		if (cpus[i].running == 0) {
			context_leave(&cpus[i]);
			return 1;
		}
		cpus[i].evict = 1;
		*owner = i;
		return 0;
	}
	return 1;
}

void svm_evict(uint64_t vmsa)
{
	for (;;) {
		uint32_t owner = 0;
		uint32_t done;

		machine_lock();
		done = evict_try(vmsa, &owner);
		machine_unlock();
		if (done != 0) {
			return;
		}
		svm_kick(owner);
		while (cpus[owner].evict != 0) {
			x86_pause();
		}
	}
}
