/* Writes of CR0, intercepted because paging off has its own nested view. MOV CR0 and LMSW. */
#include <emulator/svm/exits.h>
#include <emulator/svm/x86.h>

#define LMSW_BITS 0xeUL /* MP EM TS; PE can only be set */

/* Memory operands of LMSW are not decoded: no system software of the last decades has one. */
static int cr0_operand(const struct context *x, const struct insn *in, uint64_t *value)
{
	uint32_t modrm = insn_byte(in, 2);
	uint64_t old = x->vmcb.save.cr0;
	uint32_t number = (modrm & 7U) | (in->rex & 1U) << 3;

	if (insn_byte(in, 0) != 0x0f) {
		return 0;
	}
	if (insn_byte(in, 1) == 0x22) {
		*value = reg_get(x, number);
		if (context_long_mode(x) == 0) {
			*value &= 0xffffffffUL;
		}
		return 1;
	}
	if (insn_byte(in, 1) == 0x01 && modrm >> 3 == 0x1e) {
		*value = (old & ~LMSW_BITS) | (reg_get(x, number) & (LMSW_BITS | CR0_PE));
		return 1;
	}
	return 0;
}

static uint32_t cr0_is_valid(const struct vmcb_save *s, uint64_t value)
{
	if (value >> 32 != 0 || ((value & CR0_PG) != 0 && (value & CR0_PE) == 0) ||
	    ((value & CR0_NW) != 0 && (value & CR0_CD) == 0)) {
		return 0;
	}
	if ((value & CR0_PG) != 0 && (s->cr0 & CR0_PG) == 0 && (s->efer & EFER_LME) != 0) {
		return (s->cr4 & CR4_PAE) != 0 && (s->cs.attributes & SEGMENT_LONG) == 0;
	}
	if ((value & CR0_PG) == 0 && (s->efer & EFER_LMA) != 0) {
		return (s->cs.attributes & SEGMENT_LONG) == 0;
	}
	return 1;
}

enum flow exit_cr0(struct context *x, struct svm_control *c)
{
	struct vmcb_save *s = &x->vmcb.save;
	struct guest_fault f;
	struct insn in;
	uint64_t value;

	if (insn_fetch(x, &in, &f) != GUEST_OK) {
		return exit_guest_fault(x, c, &f);
	}
	if (cr0_operand(x, &in, &value) == 0) {
		return raise_exception(x, VECTOR_UD, -1);
	}
	if (cr0_is_valid(s, value) == 0) {
		return raise_exception(x, VECTOR_GP, 0);
	}
	/* all checks passed */
	if ((value & CR0_PG) == 0) {
		s->efer &= ~EFER_LMA;
	} else if ((s->efer & EFER_LME) != 0) {
		s->efer |= EFER_LMA;
	}
	s->cr0 = value | CR0_ET;
	insn_skip(x, &in, 3);
	return FLOW_GUEST;
}
