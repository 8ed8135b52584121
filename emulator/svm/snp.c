/*
 * Instructions that QEMU's CPU does not know, met at the #UD intercept: PVALIDATE, RMPADJUST,
 * RMPQUERY, INVLPGB, TLBSYNC. A genuine #UD goes back to the guest. (AMD64 manual volume 3.)
 */
#include <emulator/svm/exits.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/x86.h>

enum snp_insn { NOT_SNP, PVALIDATE, RMPADJUST, RMPQUERY, INVLPGB, TLBSYNC };

/* All are 0F 01 /r; the repeat prefix is part of the opcode. */
static enum snp_insn snp_decode(const struct insn *in)
{
	if (in->other != 0 || insn_byte(in, 0) != 0x0f || insn_byte(in, 1) != 0x01) {
		return NOT_SNP;
	}
	switch ((uint32_t)in->repeat << 8 | insn_byte(in, 2)) {
	case 0xf2ff:
		return PVALIDATE;
	case 0xf3fe:
		return RMPADJUST;
	case 0xf3fd:
		return RMPQUERY;
	case 0x00fe:
		return INVLPGB;
	case 0x00ff:
		return TLBSYNC;
	default:
		return NOT_SNP;
	}
}

static struct insn_result snp_execute(const struct context *x, enum snp_insn which, uint64_t gpfn)
{
	uint64_t rcx = x->gpr[REG_RCX];
	uint64_t rdx = x->gpr[REG_RDX];

	switch (which) {
	case PVALIDATE:
		return machine_pvalidate(&the_machine, x->vmpl, gpfn, (uint32_t)rcx, rdx & 1U);
	case RMPADJUST:
		return machine_rmpadjust(&the_machine, x->vmpl, gpfn, (uint32_t)rcx, rdx);
	default:
		return machine_rmpquery(&the_machine, x->vmpl, gpfn, rdx);
	}
}

static void snp_result(struct context *x, enum snp_insn which, struct insn_result r)
{
	struct vmcb_save *s = &x->vmcb.save;

	s->rax = r.eax;
	s->rflags &= ~RFLAGS_RESULTS;
	if (r.eax == SNP_OK) {
		s->rflags |= RFLAGS_ZF;
	}
	if (which == PVALIDATE && r.carry != 0) {
		s->rflags |= RFLAGS_CF;
	}
	if (which == RMPQUERY && r.eax == SNP_OK) {
		x->gpr[REG_RDX] = r.rdx;
		x->gpr[REG_RCX] = r.rcx;
	}
}

/* The operand's frames may now be mapped with other rights: forget them before the guest goes on.
 * Other CPUs keep what their TLBs hold until they flush, as on hardware. */
static void snp_forget(const struct context *x, uint64_t gpfn)
{
	if (gpfn >= MACHINE_GFNS) {
		return;
	}
	if ((uint32_t)x->gpr[REG_RCX] == SNP_SIZE_2M && gpfn % PAGES_PER_2M == 0) {
		nested_drop(gpfn, PAGES_PER_2M);
	} else {
		nested_drop(gpfn, 1);
	}
}

/* In 64-bit mode the upper bits of an address are copies of its highest one; with 5 levels that
 * is bit 56. */
static uint32_t is_canonical(const struct context *x, uint64_t gva)
{
	uint32_t shift = (x->vmcb.save.cr4 & CR4_LA57) != 0 ? 7U : 16U;

	return (uint64_t)((int64_t)(gva << shift) >> shift) == gva;
}

/* PVALIDATE, RMPADJUST, RMPQUERY: the operand is a linear address in rAX. */
static enum flow snp_memory(struct context *x, struct svm_control *c, enum snp_insn which,
			    const struct insn *in)
{
	uint64_t gva =
		context_long_mode(x) != 0 ? x->vmcb.save.rax : x->vmcb.save.rax & 0xffffffffUL;
	struct guest_fault f = {.status = GUEST_OK, .kind = ACCESS_READ};
	struct insn_result r;
	uint64_t gpa;

	if (context_long_mode(x) != 0 && is_canonical(x, gva) == 0) {
		return raise_exception(x, VECTOR_GP, 0);
	}
	if (guest_translate(x, gva, 0, &gpa, &f) != GUEST_OK) {
		return exit_guest_fault(x, c, &f);
	}
	f.view = guest_view(x, &gpa);
	f.gpa = gpa;
	f.kind = ACCESS_READ;
	if (f.view == VIEW_SHARED) {
		f.verdict = ACCESS_RMP;
		return exit_nested(x, c, &f);
	}
	r = snp_execute(x, which, gpa / PAGE_SIZE);
	switch (r.fault) {
	case INSN_GP:
		return raise_exception(x, VECTOR_GP, 0);
	case INSN_NOT_VALID:
		return deliver_vc(x, c, SVM_EXIT_NOT_VALID);
	case INSN_NPF:
		f.verdict = r.access;
		return exit_nested(x, c, &f);
	default:
		break;
	}
	if (which != RMPQUERY) {
		snp_forget(x, gpa / PAGE_SIZE);
	}
	snp_result(x, which, r);
	insn_skip(x, in, 3);
	return FLOW_GUEST;
}

enum flow exit_ud(struct context *x, struct svm_control *c)
{
	struct guest_fault f;
	struct insn in;
	enum snp_insn which;

	if (insn_fetch(x, &in, &f) != GUEST_OK) {
		return exit_guest_fault(x, c, &f);
	}
	which = snp_decode(&in);
	if (which == NOT_SNP || (x->features & SEV_FEATURE_SNP) == 0 ||
	    (x->vmcb.save.cr0 & CR0_PE) == 0) {
		return raise_exception(x, VECTOR_UD, -1);
	}
	if (x->vmcb.save.cpl != 0) {
		return raise_exception(x, VECTOR_GP, 0);
	}
	switch (which) {
	case INVLPGB:
		/* Whatever the operand names, everything goes: this CPU's TLB with the next VMRUN. */
		cpu_shootdown(ALL_VMPLS);
		insn_skip(x, &in, 3);
		return FLOW_GUEST;
	case TLBSYNC:
		insn_skip(x, &in, 3); /* INVLPGB has waited already */
		return FLOW_GUEST;
	default:
		return snp_memory(x, c, which, &in);
	}
}
