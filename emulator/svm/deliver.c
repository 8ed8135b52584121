/*
 * #VC: QEMU's EVENTINJ pushes no error code for vector 29, so the frame is written here. Long mode
 * only (64-bit gates); without it there is no #VC handler to call and the guest shuts down.
 */
#include <emulator/svm/exits.h>
#include <emulator/svm/x86.h>

#define GATE_BYTES	   16UL
#define GATE_PRESENT	   (1UL << 47)
#define GATE_TYPE(low)	   ((low) >> 40 & 0x1fU)
#define GATE_INTERRUPT	   0x0eU
#define GATE_TRAP	   0x0fU
#define GATE_IST(low)	   ((low) >> 32 & 7U)
#define GATE_SELECTOR(low) ((uint16_t)((low) >> 16))
#define DESC_PRESENT	   (1UL << 47)
#define DESC_CODE	   (3UL << 43)
#define DESC_CONFORMING	   (1UL << 42)
#define DESC_LONG	   (1UL << 53)
#define DESC_DPL(d)	   ((uint32_t)((d) >> 45 & 3U))
#define TSS_RSP0	   4UL
#define TSS_IST1	   0x24UL

struct gate {
	uint64_t low;
	uint64_t high;
};
/* Where the handler starts and on which stack. */
struct target {
	uint64_t rip;
	uint64_t rsp;
	uint64_t descriptor;
	uint16_t selector;
	uint32_t cpl;
	uint32_t new_stack; /* privilege changes: SS becomes null */
	uint32_t clear_if;
};

static enum guest_status gate_read(struct context *x, struct gate *gate, struct guest_fault *f)
{
	const struct vmcb_segment *idt = &x->vmcb.save.idtr;

	if (GATE_BYTES * (VECTOR_VC + 1) - 1 > idt->limit) {
		f->status = GUEST_PAGE_FAULT;
		return GUEST_PAGE_FAULT;
	}
	return guest_read(x, idt->base + GATE_BYTES * VECTOR_VC, 0, gate, sizeof(*gate), f);
}

static enum guest_status code_read(struct context *x, uint16_t selector, uint64_t *descriptor,
				   struct guest_fault *f)
{
	const struct vmcb_segment *gdt = &x->vmcb.save.gdtr;
	uint64_t offset = selector & ~7U;

	f->status = GUEST_PAGE_FAULT;
	if (offset == 0 || (selector & 4U) != 0 || offset + 7 > gdt->limit) {
		return GUEST_PAGE_FAULT;
	}
	return guest_read(x, gdt->base + offset, 0, descriptor, 8, f);
}

/* Is the gate, and the segment it names, one that an exception in long mode may use? */
static uint32_t target_is_usable(const struct context *x, const struct gate *gate, uint64_t code)
{
	uint64_t type = GATE_TYPE(gate->low);

	if ((gate->low & GATE_PRESENT) == 0 || (type != GATE_INTERRUPT && type != GATE_TRAP)) {
		return 0;
	}
	if ((code & (DESC_PRESENT | DESC_CODE | DESC_LONG)) !=
	    (DESC_PRESENT | DESC_CODE | DESC_LONG)) {
		return 0;
	}
	return DESC_DPL(code) <= x->vmcb.save.cpl;
}

static enum guest_status stack_read(struct context *x, uint64_t offset, uint64_t *rsp,
				    struct guest_fault *f)
{
	context_sync(x); /* TR lives in the CPU */
	f->status = GUEST_PAGE_FAULT;
	if (offset + 7 > x->vmcb.save.tr.limit) {
		return GUEST_PAGE_FAULT;
	}
	return guest_read(x, x->vmcb.save.tr.base + offset, 0, rsp, 8, f);
}

static enum guest_status target_find(struct context *x, struct target *t, struct guest_fault *f)
{
	enum guest_status status;
	struct gate gate;
	uint64_t ist;

	status = gate_read(x, &gate, f);
	if (status != GUEST_OK) {
		return status;
	}
	t->selector = GATE_SELECTOR(gate.low);
	status = code_read(x, t->selector, &t->descriptor, f);
	if (status != GUEST_OK) {
		return status;
	}
	if (target_is_usable(x, &gate, t->descriptor) == 0) {
		f->status = GUEST_PAGE_FAULT;
		return GUEST_PAGE_FAULT;
	}
	ist = GATE_IST(gate.low);
	t->rip = (gate.low & 0xffffUL) | (gate.low >> 32 & 0xffff0000UL) | gate.high << 32;
	t->clear_if = GATE_TYPE(gate.low) == GATE_INTERRUPT;
	t->cpl =
		(t->descriptor & DESC_CONFORMING) != 0 ? x->vmcb.save.cpl : DESC_DPL(t->descriptor);
	t->new_stack = t->cpl < x->vmcb.save.cpl;
	t->rsp = x->vmcb.save.rsp;
	if (ist != 0) {
		return stack_read(x, TSS_IST1 + 8 * (ist - 1), &t->rsp, f);
	}
	if (t->new_stack != 0) {
		return stack_read(x, TSS_RSP0 + 8 * t->cpl, &t->rsp, f);
	}
	return GUEST_OK;
}

/* The handler's state; nothing of this can fail. */
static void target_enter(struct context *x, const struct target *t)
{
	struct vmcb_save *s = &x->vmcb.save;

	if (t->new_stack != 0) {
		s->ss = (struct vmcb_segment){.selector = (uint16_t)t->cpl,
					      .attributes = (uint16_t)(t->cpl << 5)};
	}
	s->cs.selector = (uint16_t)((t->selector & ~3U) | t->cpl);
	s->cs.attributes =
		(uint16_t)((t->descriptor >> 40 & 0xffU) | (t->descriptor >> 44 & 0xf00U));
	s->cs.limit = 0xffffffffU;
	s->cs.base = 0;
	s->cpl = (uint8_t)t->cpl;
	s->rip = t->rip;
	s->rsp = t->rsp;
	s->rflags &= ~(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM);
	if (t->clear_if != 0) {
		s->rflags &= ~RFLAGS_IF;
	}
	x->vmcb.control.int_state = 0;
}

/* An event whose delivery this #VC interrupts: interrupts wait, exceptions will happen again. */
static void event_postpone(struct context *x)
{
	if ((x->event & EVENT_VALID) != 0 && EVENT_TYPE(x->event) == EVENT_INTR) {
		x->held = (int)EVENT_VECTOR(x->event);
	}
	x->event = 0;
}

enum flow deliver_vc(struct context *x, struct svm_control *c, uint64_t code)
{
	const struct vmcb_save *s = &x->vmcb.save;
	struct guest_fault f;
	struct target t;
	enum guest_status status;
	uint64_t frame[6] = {code, s->rip, s->cs.selector, s->rflags, s->rsp, s->ss.selector};

	if (context_long_mode(x) == 0) {
		emulator_log("svm: #VC %lx outside long mode, VMPL%u rip %lx\n", code, x->vmpl,
			     s->rip);
		return exit_to_host(x, c, SVM_EXIT_SHUTDOWN, 0, 0);
	}
	status = target_find(x, &t, &f);
	if (status == GUEST_OK) {
		t.rsp = (t.rsp & ~15UL) - sizeof(frame);
		status = guest_write(x, t.rsp, 0, frame, sizeof(frame), &f);
	}
	if (status == GUEST_NESTED) {
		return exit_nested(x, c, &f);
	}
	if (status != GUEST_OK) {
		return raise_exception(x, VECTOR_DF, 0);
	}
	/* all checks passed */
	event_postpone(x);
	target_enter(x, &t);
	return FLOW_GUEST;
}
