/* The MSRs that the hardware of an SNP guest answers without a #VC. All others belong to the host. */
#include <emulator/svm/exits.h>
#include <emulator/svm/x86.h>

#define EFER_WRITABLE (EFER_SCE | EFER_LME | EFER_NXE | EFER_SVME)

static uint64_t msr_operand(const struct context *x)
{
	return (x->vmcb.save.rax & 0xffffffffUL) | x->gpr[REG_RDX] << 32;
}

static void msr_result(struct context *x, uint64_t value)
{
	x->vmcb.save.rax = value & 0xffffffffUL;
	x->gpr[REG_RDX] = value >> 32;
}

static uint64_t sev_status(const struct context *x)
{
	return x->features << 2 | SEV_STATUS_SEV | SEV_STATUS_ES;
}

/* SVME stays set whatever the guest writes; LMA belongs to the CPU. 1 if accepted. */
static uint32_t efer_write(struct context *x, uint64_t value)
{
	struct vmcb_save *s = &x->vmcb.save;

	if ((value & ~(EFER_WRITABLE | EFER_LMA)) != 0) {
		return 0;
	}
	if ((s->cr0 & CR0_PG) != 0 && ((value ^ s->efer) & EFER_LME) != 0) {
		return 0;
	}
	/* all checks passed */
	s->efer = (value & EFER_WRITABLE) | (s->efer & EFER_LMA) | EFER_SVME;
	return 1;
}

/* 1: done; 0: #GP; -1: not an MSR of the hardware. */
static int msr_write(struct context *x, struct svm_control *c, uint32_t msr)
{
	uint64_t value = msr_operand(x);

	switch (msr) {
	case MSR_GHCB:
		c->ghcb = value;
		return 1;
	case MSR_EFER:
		return (int)efer_write(x, value);
	case MSR_TSC_AUX:
		if (value >> 32 != 0) {
			return 0;
		}
		x->vmcb.save.tsc_aux = (uint32_t)value;
		x86_wrmsr(MSR_TSC_AUX, value);
		return 1;
	default:
		return -1;
	}
}

static int msr_read(struct context *x, const struct svm_control *c, uint32_t msr)
{
	switch (msr) {
	case MSR_GHCB:
		msr_result(x, c->ghcb);
		return 1;
	case MSR_SEV_STATUS:
		msr_result(x, sev_status(x));
		return 1;
	case MSR_EFER:
		msr_result(x, x->vmcb.save.efer);
		return 1;
	default:
		return -1;
	}
}

enum flow exit_msr(struct context *x, struct svm_control *c)
{
	uint32_t msr = (uint32_t)x->gpr[REG_RCX];
	uint32_t write = x->vmcb.control.exit_info1 & 1U;
	struct guest_fault f;
	struct insn in;
	int done;

	if (msr != MSR_GHCB && msr != MSR_EFER && msr != MSR_SEV_STATUS && msr != MSR_TSC_AUX) {
		return deliver_vc(x, c, SVM_EXIT_MSR);
	}
	if (insn_fetch(x, &in, &f) != GUEST_OK) {
		return exit_guest_fault(x, c, &f);
	}
	done = write != 0 ? msr_write(x, c, msr) : msr_read(x, c, msr);
	if (done < 0) {
		return deliver_vc(x, c, SVM_EXIT_MSR);
	}
	if (done == 0) {
		return raise_exception(x, VECTOR_GP, 0);
	}
	insn_skip(x, &in, 2);
	return FLOW_GUEST;
}
