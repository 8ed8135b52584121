/* Events on their way into the guest: of the host, interrupted ones, waiting interrupts. */
#include <emulator/svm/events.h>
#include <emulator/svm/x86.h>

/* Under restricted injection #HV is all there is. */
uint32_t injection_is_allowed(const struct context *x, const struct svm_control *c)
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

enum flow event_from_host(struct context *x, struct svm_control *c)
{
	uint32_t event = c->inject;
	enum flow flow = FLOW_GUEST;

	if ((event & EVENT_VALID) == 0 || (x->event & EVENT_VALID) != 0) {
		return FLOW_GUEST;
	}
	c->inject = 0;
	if (EVENT_VECTOR(event) != VECTOR_VC || EVENT_TYPE(event) != EVENT_EXCEPTION) {
		x->event = event;
		x->event_error = c->inject_error;
		return FLOW_GUEST;
	}
	machine_lock();
	flow = deliver_vc(x, c, c->inject_error);
	machine_unlock();
	return flow;
}

/*
 * STI; HLT is one step for an idle guest: an interrupt between the two would be handled before the
 * sleep that it was to end. QEMU 7.2 forgets the shadow of STI at VMRUN; so where an exit was in the shadow
 * of a HLT, the HLT counts as executed and ended.
 */
static void halt_pass(struct context *x)
{
	struct guest_fault f;
	struct insn in;

	machine_lock();
	if (insn_fetch(x, &in, &f) == GUEST_OK && insn_byte(&in, 0) == 0xf4) {
		insn_skip(x, &in, 1);
	}
	machine_unlock();
}

/* Injects a waiting interrupt if the guest can take it; else asks for an exit when it can. */
void interrupt_prepare(struct context *x, struct svm_control *c)
{
	struct vmcb_control *v = &x->vmcb.control;
	int *source = x->held >= 0 ? &x->held : &c->virq;

	v->vintr &= ~(VINTR_PENDING | VINTR_IGNORE_TPR);
	if (*source < 0) {
		return;
	}
	if ((x->event & EVENT_VALID) == 0 && (x->vmcb.save.rflags & RFLAGS_IF) != 0) {
		if (x->vmcb.save.rip == x->shadow_rip) {
			halt_pass(x);
		}
		if ((v->int_state & INT_STATE_SHADOW) == 0) {
			x->event = ((uint32_t)*source & 0xffU) | EVENT_INTR << 8 | EVENT_VALID;
			*source = -1;
			return;
		}
	}
	v->vintr |= VINTR_PENDING | VINTR_IGNORE_TPR;
}

/* An exit in the middle of an event's delivery: the event is to be delivered again. Software interrupts
 * too: all of them are injected (exit_software_interrupt), with RIP past the instruction. */
void event_interrupted(struct context *x)
{
	uint32_t event = x->vmcb.control.exit_int_info;

	if ((event & EVENT_VALID) == 0) {
		return;
	}
	x->event = event;
	x->event_error = x->vmcb.control.exit_int_error;
}
