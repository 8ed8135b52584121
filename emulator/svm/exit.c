/* What can happen to a vCPU at an exit, and the exits that need little. */
#include <emulator/svm/exits.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/x86.h>

enum flow exit_to_host(struct context *x, struct svm_control *c, uint64_t code, uint64_t info1,
		       uint64_t info2)
{
	x->exit_code = code;
	x->exit_info1 = info1;
	x->exit_info2 = info2;
	c->exit_code = code;
	c->exit_info1 = info1;
	c->exit_info2 = info2;
	return FLOW_HOST;
}

enum flow raise_exception(struct context *x, uint32_t vector, int64_t error)
{
	x->event = vector | EVENT_EXCEPTION << 8 | EVENT_VALID;
	x->event_error = 0;
	if (error >= 0) {
		x->event |= EVENT_ERROR_CODE;
		x->event_error = (uint32_t)error;
	}
	return FLOW_GUEST;
}

/* Is it only in the way that another CPU runs this VMSA? The host can end that; a vCPU that writes
 * to its own VMSA, or has no permission, gets nowhere. */
static uint32_t blocked_by_vmsa(const struct context *x, const struct guest_fault *f)
{
	uint64_t spfn = the_machine.nested.e[f->gpa / PAGE_SIZE].spfn;
	struct rmp_entry e = the_machine.rmp.e[spfn];

	return f->view == VIEW_PRIVATE && f->kind == ACCESS_WRITE && e.vmsa != 0 && e.in_use != 0 &&
	       (e.perm[x->vmpl] & SNP_PERM_W) != 0 && spfn * PAGE_SIZE != x->vmsa;
}

/* EXITINFO1 of a nested page fault, beside the kind of access. */
static uint64_t nested_reason(const struct context *x, const struct guest_fault *f)
{
	switch (f->verdict) {
	case ACCESS_NOT_PRESENT:
		return 0;
	case ACCESS_SIZE:
		return NPF_PRESENT | NPF_RMP | NPF_SIZE;
	case ACCESS_VMPL:
		return NPF_PRESENT | NPF_RMP | NPF_VMPL;
	default:
		break;
	}
	if (blocked_by_vmsa(x, f) != 0) {
		return NPF_PRESENT | NPF_RMP | NPF_INUSE_VMSA;
	}
	return NPF_PRESENT | NPF_RMP;
}

enum flow exit_nested(struct context *x, struct svm_control *c, const struct guest_fault *f)
{
	uint64_t info = nested_reason(x, f);

	if (f->kind == ACCESS_WRITE) {
		info |= NPF_WRITE;
	}
	if (f->kind == ACCESS_FETCH_USER || f->kind == ACCESS_FETCH_SUPERVISOR) {
		info |= NPF_FETCH;
	}
	if (f->view == VIEW_PRIVATE) {
		info |= NPF_ENCRYPTED;
	}
	return exit_to_host(x, c, SVM_EXIT_NPF, info, f->gpa);
}

enum flow exit_guest_fault(struct context *x, struct svm_control *c, const struct guest_fault *f)
{
	switch (f->status) {
	case GUEST_NESTED:
		return exit_nested(x, c, f);
	case GUEST_NOT_VALID:
		return deliver_vc(x, c, SVM_EXIT_NOT_VALID);
	default:
		x->vmcb.save.cr2 = f->gva;
		return raise_exception(x, VECTOR_PF, f->error);
	}
}

/* F3 VMMCALL is VMGEXIT, an automatic exit; QEMU does not look at the prefix. */
enum flow exit_vmmcall(struct context *x, struct svm_control *c)
{
	struct guest_fault f;
	struct insn in;

	if (insn_fetch(x, &in, &f) != GUEST_OK) {
		return exit_guest_fault(x, c, &f);
	}
	if (in.repeat != 0xf3 || insn_byte(&in, 0) != 0x0f || insn_byte(&in, 1) != 0x01 ||
	    insn_byte(&in, 2) != 0xd9) {
		return deliver_vc(x, c, SVM_EXIT_VMMCALL);
	}
	insn_skip(x, &in, 3);
	return exit_to_host(x, c, SVM_EXIT_VMGEXIT, 0, 0);
}

/* An interrupt that is waiting wakes the CPU at once. */
enum flow exit_hlt(struct context *x, struct svm_control *c)
{
	struct guest_fault f;
	struct insn in;

	if (insn_fetch(x, &in, &f) != GUEST_OK) {
		return exit_guest_fault(x, c, &f);
	}
	insn_skip(x, &in, 1);
	if ((x->vmcb.save.rflags & RFLAGS_IF) != 0 && (x->held >= 0 || c->virq >= 0)) {
		return FLOW_GUEST;
	}
	return exit_to_host(x, c, SVM_EXIT_HLT, 0, 0);
}

/* An event that an instruction made; RIP is past it, and is what the handler returns to. */
static enum flow raise_software(struct context *x, const struct insn *in, uint32_t vector,
				uint32_t bytes)
{
	insn_skip(x, in, bytes);
	x->event = vector | EVENT_SOFT << 8 | EVENT_VALID;
	x->event_error = 0;
	return FLOW_GUEST;
}

/*
 * QEMU 7.2 may translate code while another CPU changes it, and keep the old translation. A
 * kernel that patches itself by way of INT3 then runs into a breakpoint that is gone. So an INT3
 * that memory does not show has not been: the translation is given up and the instruction runs again.
 */
enum flow exit_software_interrupt(struct context *x, struct svm_control *c)
{
	struct guest_fault f;
	struct insn in;

	if (insn_fetch(x, &in, &f) != GUEST_OK) {
		return exit_guest_fault(x, c, &f);
	}
	switch (insn_byte(&in, 0)) {
	case 0xcc:
		return raise_software(x, &in, 3, 1);
	case 0xcd:
		return raise_software(x, &in, insn_byte(&in, 1), 2);
	case 0xce:
		return raise_software(x, &in, 4, 1);
	default:
		break;
	}
	emulator_log("svm: stale translation dropped, VMPL%u rip %lx\n", x->vmpl, x->vmcb.save.rip);
	if (guest_touch_code(x, insn_linear(x), x->vmcb.save.cpl == 3 ? PF_USER : 0, &f) !=
	    GUEST_OK) {
		return exit_guest_fault(x, c, &f);
	}
	return FLOW_GUEST;
}

/* QEMU's VMRUN saves the host's state over the guest's when it refuses the guest's. */
static uint32_t vmrun_refused(const struct context *x)
{
	uint64_t rsp = x->vmcb.save.rsp;

	return x->vmcb.save.rip == (uint64_t)vm_enter_vmrun && rsp >= (uint64_t)cpu_stacks &&
	       rsp < (uint64_t)cpu_stacks + SVM_CPUS * CPU_STACK_SIZE;
}

/* Also MOV CR3/CR4 with reserved bits is VMEXIT_INVALID in QEMU, instead of #GP. */
enum flow exit_error(struct context *x, struct svm_control *c)
{
	struct guest_fault f;
	struct insn in;

	x->refused = vmrun_refused(x);
	if (x->refused == 0 && x->failed == 0 && insn_fetch(x, &in, &f) == GUEST_OK &&
	    insn_byte(&in, 0) == 0x0f && insn_byte(&in, 1) == 0x22) {
		x->failed = 1;
		return raise_exception(x, VECTOR_GP, 0);
	}
	return exit_to_host(x, c, SVM_EXIT_INVALID, 0, 0);
}
