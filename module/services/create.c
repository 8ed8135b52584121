/*
 * CREATE_VCPU and DELETE_VCPU (AMD 58019, chapter 6). A VMSA is a blank cheque for a privilege level:
 *   create: revoke, flush, check the frozen page, set the VMSA bit, register;
 *   delete: freeze, take the VMSA bit, deregister.
 * Both hold the registry's lock from the first check to the end.
 */
#include "module/services/core.h"
#include "module/guest/page.h"
#include "module/guest/perm.h"
#include "module/guest/range.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>

/* What CREATE_VCPU is to register. */
struct candidate {
	uint64_t vmsa; /* pfn */
	uint64_t caa;  /* pfn */
	uint32_t apic;
	uint32_t older; /* slot of the vCPU that holds caa now, or VCPU_NONE */
};

/* Does the vCPU in this frozen VMSA stand where its registers are at rest: never run, or at VMGEXIT? */
static int vmsa_is_at_rest(uint64_t vmsa)
{
	uint64_t exit = hw_read64(vmsa, VMSA_EXITCODE / 8);

	return exit == 0 || exit == SVM_EXIT_VMGEXIT;
}

/* Stops a vCPU for good. 0 = it is executing, or a CPU of the module is serving it; unchanged. */
static int vcpu_stop(struct vcpu v)
{
	if (v.retired) {
		return 1;
	}
	if (v.serving) {
		return 0;
	}
	(void)hw_vmsa_freeze(v.vmsa);
	if (!vmsa_is_at_rest(v.vmsa)) {
		hw_vmsa_thaw(v.vmsa);
		return 0;
	}
	return 1;
}

/* May the new vCPU take over the calling area of slot older? Its VMPL is compared later. */
static int caa_can_be_inherited(struct caller c, struct candidate n)
{
	struct vcpu older = vcpu_get(n.older);

	return n.older != c.slot && !older.startup && older.apic == n.apic &&
	       c.vmpl <= page_entry_owner(page_look(n.caa));
}

static int candidate_claim_caa(struct caller c, struct candidate n)
{
	if (n.older != VCPU_NONE) {
		return caa_can_be_inherited(c, n);
	}
	return page_claim(n.caa, PAGE_GUEST, c.vmpl);
}

static void candidate_unclaim_caa(struct candidate n)
{
	if (n.older == VCPU_NONE) {
		page_release(n.caa, PAGE_GUEST, page_claimed_owner(n.caa));
	}
}

/* The content of a VMSA page that nobody above VMPL0 can write any more. */
static uint64_t candidate_check_frozen(struct caller c, struct candidate n)
{
	uint32_t vmpl = hw_read8(n.vmsa, VMSA_VMPL);

	if (vmpl < GUEST_VMPL_MIN || vmpl < c.vmpl || vmpl > GUEST_VMPL_MAX) {
		return SVSM_INVALID_PARAMETER;
	}
	if (hw_read64(n.vmsa, VMSA_EFER / 8) / EFER_SVME % 2 == 0) {
		return SVSM_INVALID_PARAMETER;
	}
	if (hw_read64(n.vmsa, VMSA_SEV_FEATURES / 8) != vcpu_guest_features() ||
	    hw_read64(n.vmsa, VMSA_EVENT_INJ / 8) != 0) {
		return SVSM_INVALID_PARAMETER;
	}
	if (n.older == VCPU_NONE) {
		return SVSM_SUCCESS;
	}
	if (vcpu_get(n.older).vmpl != vmpl) {
		return SVSM_INVALID_ADDRESS;
	}
	return vcpu_stop(vcpu_get(n.older)) ? SVSM_SUCCESS : SVSM_FAIL_INUSE;
}

/* Both pages are claimed, the VMSA page is frozen and good. */
static void candidate_register(struct caller c, struct candidate n, uint32_t slot)
{
	hw_write64(n.vmsa, VMSA_EXITCODE / 8, 0);
	hw_write8(n.caa, CAA_CALL_PENDING, 0);
	perm_make_vmsa(n.vmsa, c.vmpl);
	if (n.older == VCPU_NONE) {
		page_release(n.caa, PAGE_CAA, page_claimed_owner(n.caa));
	} else {
		vcpu_retire(n.older);
	}
	vcpu_set(slot, n.vmsa, n.caa, n.apic, hw_read8(n.vmsa, VMSA_VMPL));
	page_release(n.vmsa, PAGE_VMSA, c.vmpl);
}

/* Both pages are claimed: freezes the VMSA page, judges it, registers it or gives it back. */
static uint64_t candidate_accept(struct caller c, struct candidate n, uint32_t slot)
{
	uint32_t eax = perm_revoke(n.vmsa, SNP_SIZE_4K);
	uint64_t code;

	if (eax != SNP_OK) {
		return SVSM_CORE_ERROR + eax;
	}
	hw_flush_guest();
	code = candidate_check_frozen(c, n);
	if (code != SVSM_SUCCESS) {
		perm_grant(n.vmsa, SNP_SIZE_4K, page_claimed_owner(n.vmsa));
		return code;
	}
	/* all checks passed */
	candidate_register(c, n, slot);
	return SVSM_SUCCESS;
}

/* Registry locked. Claims the pages, which fails if they are one; a refusal gives both back. */
static uint64_t candidate_create(struct caller c, struct candidate n)
{
	uint32_t slot = vcpu_find_free();
	uint64_t code = SVSM_INVALID_REQUEST;

	n.older = vcpu_find_caa(n.caa);
	if (!page_claim(n.vmsa, PAGE_GUEST, c.vmpl)) {
		return SVSM_INVALID_ADDRESS;
	}
	if (!candidate_claim_caa(c, n)) {
		page_release(n.vmsa, PAGE_GUEST, page_claimed_owner(n.vmsa));
		return SVSM_INVALID_ADDRESS;
	}
	if (slot != VCPU_NONE) {
		code = candidate_accept(c, n, slot);
	}
	if (code != SVSM_SUCCESS) {
		candidate_unclaim_caa(n);
		page_release(n.vmsa, PAGE_GUEST, page_claimed_owner(n.vmsa));
	}
	return code;
}

uint64_t core_create_vcpu(struct caller c, uint64_t vmsa, uint64_t caa, uint64_t apic)
{
	struct candidate n = {
		.vmsa = vmsa / PAGE_SIZE,
		.caa = caa / PAGE_SIZE,
		.apic = (uint32_t)(apic % 0x100000000UL),
		.older = VCPU_NONE,
	};
	uint64_t code;

	/* A VMSA on a 2M boundary collides with the RMP check of large mappings (erratum). */
	if (!range_is_aligned(vmsa, PAGE_SIZE) || !range_is_aligned(caa, PAGE_SIZE) ||
	    range_is_aligned(vmsa, LARGE_PAGE) || !vcpu_apic_known(n.apic)) {
		return SVSM_INVALID_PARAMETER;
	}
	if (!range_is_covered(vmsa, PAGE_SIZE) || !range_is_covered(caa, PAGE_SIZE)) {
		return SVSM_INVALID_ADDRESS;
	}
	hw_lock();
	code = candidate_create(c, n);
	hw_unlock();
	return code;
}

/* Takes the page from state, which it must have. */
static void page_must_claim(uint64_t pfn, uint32_t state, uint32_t caller)
{
	if (!page_claim(pfn, state, caller)) {
		hw_terminate(REASON_STATE);
	}
}

/* Registry locked, the vCPU stopped: its pages become ordinary ones. */
static void vcpu_dismantle(struct caller c, uint32_t slot)
{
	struct vcpu v = vcpu_get(slot);

	page_must_claim(v.vmsa, PAGE_VMSA, c.vmpl);
	if (perm_revoke(v.vmsa, SNP_SIZE_4K) != SNP_OK) {
		hw_terminate(REASON_RMPADJUST);
	}
	perm_grant(v.vmsa, SNP_SIZE_4K, c.vmpl);
	vcpu_clear(slot);
	page_release(v.vmsa, PAGE_GUEST, c.vmpl);
	if (!v.retired) {
		page_must_claim(v.caa, PAGE_CAA, c.vmpl);
		page_release(v.caa, PAGE_GUEST, page_claimed_owner(v.caa));
	}
}

static uint64_t delete_locked(struct caller c, uint64_t gpa)
{
	uint32_t slot = vcpu_find_vmsa(gpa / PAGE_SIZE);
	struct vcpu v;

	if (slot == VCPU_NONE || !range_is_aligned(gpa, PAGE_SIZE)) {
		return SVSM_INVALID_PARAMETER;
	}
	v = vcpu_get(slot);
	if (v.startup || v.vmpl < c.vmpl) {
		return SVSM_INVALID_PARAMETER;
	}
	/* The caller itself is being served: it is frozen and stands at its VMGEXIT. */
	if (slot != c.slot && !vcpu_stop(v)) {
		return SVSM_FAIL_INUSE;
	}
	/* all checks passed */
	vcpu_dismantle(c, slot);
	return SVSM_SUCCESS;
}

uint64_t core_delete_vcpu(struct caller c, uint64_t gpa)
{
	uint64_t code;

	hw_lock();
	code = delete_locked(c, gpa);
	hw_unlock();
	return code;
}
