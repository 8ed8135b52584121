/* The core protocol: dispatch, and the calls without a file of their own. */
#include "module/services/core.h"
#include "module/guest/page.h"
#include "module/guest/range.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>
#include <verismo/svsm.h>

#define LOW_HALF	 0x100000000UL /* [31:0] = value % LOW_HALF, [63:32] = value / LOW_HALF */
#define VTOM_QUERY	 1UL	       /* RCX bit 0 */
#define VTOM_FLAGS	 32UL	       /* RCX [4:0] are defined */
#define VTOM_FLAGS_SPACE 4096UL	       /* RCX [11:5] are reserved */
#define EAX_DEFINED	 15U	       /* larger values of EAX have a code of their own */

uint64_t core_error(uint32_t eax)
{
	return eax > EAX_DEFINED ? SVSM_FAIL_UNKNOWN : SVSM_CORE_ERROR + eax;
}

struct registers core_call(struct caller c, struct registers r)
{
	switch (r.rax % LOW_HALF) {
	case SVSM_CORE_REMAP_CA:
		r.rax = core_remap_ca(c, r.rcx);
		return r;
	case SVSM_CORE_PVALIDATE:
		r.rax = core_pvalidate(c, r.rcx);
		return r;
	case SVSM_CORE_CREATE_VCPU:
		r.rax = core_create_vcpu(c, r.rcx, r.rdx, r.r8);
		return r;
	case SVSM_CORE_DELETE_VCPU:
		r.rax = core_delete_vcpu(c, r.rcx);
		return r;
	case SVSM_CORE_QUERY_PROTOCOL:
		r.rcx = core_query_protocol(r.rcx);
		r.rax = SVSM_SUCCESS;
		return r;
	case SVSM_CORE_CONFIGURE_VTOM:
		return core_configure_vtom(r);
	default:
		r.rax = SVSM_UNSUPPORTED_CALL;
		return r;
	}
}

uint64_t core_query_protocol(uint64_t query)
{
	if (query / LOW_HALF != SVSM_PROTOCOL_CORE || query % LOW_HALF != SVSM_CORE_VERSION) {
		return 0;
	}
	return SVSM_CORE_VERSION * LOW_HALF + SVSM_CORE_VERSION;
}

struct registers core_configure_vtom(struct registers r)
{
	if (r.rcx % 2 == VTOM_QUERY) {
		if (r.rcx != VTOM_QUERY) {
			r.rax = SVSM_INVALID_PARAMETER;
			return r;
		}
		r.rax = SVSM_SUCCESS;
		r.rcx = 0;
		r.rdx = 0;
		r.r8 = 0;
		return r;
	}
	r.rax = r.rcx % VTOM_FLAGS_SPACE < VTOM_FLAGS ? SVSM_INVALID_REQUEST
						      : SVSM_INVALID_PARAMETER;
	return r;
}

/* The caller's old calling area, already replaced in the registry, is an ordinary page again. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires caller: core_caller(c);
  terminates \false;
  exits \false;
  assigns HW_TABLE, hw_stored;
  ensures inv: page_ok;
  ensures rely: core_rely{Pre, Post};
  ensures stored: hw_stored ==
    {\old(hw_stored) \with .byte[HW_STORED_BYTE(c.caa, CAA_CALL_PENDING)] = (uint8_t)0};
  ensures closed: hw_tokens.open[c.caa] == \old(hw_tokens.open[c.caa]) - 1 &&
    (hw_held(c.caa) <==> \old(hw_held(c.caa))) && hw_tokens_rest{Pre, Post}(c.caa, 1);
  ensures given: core_gave_own(c.caa, HW_GUEST, 0) && page_gave_rest{Pre, Post}(c.caa, 1);
*/
static void remap_release(struct caller c)
{
	hw_write8(c.caa, CAA_CALL_PENDING, 0);
	/*@ ghost hw_close(c.caa); */
	if (!page_claim(c.caa, PAGE_CAA, c.vmpl)) {
		hw_terminate(REASON_STATE);
	}
	page_release(c.caa, PAGE_GUEST, page_claimed_owner(c.caa));
}

/* Registry locked. pfn is covered, and not the caller's calling area. */
/*@
  requires inv: page_ok;
  requires few: hw_few(900);
  requires locked: vcpu_locked;
  requires caller: core_caller(c);
  requires frame: pfn < HW_PFNS && pfn != c.caa;
  terminates \false;
  exits \false;
  assigns HW_TABLE, hw_stored, vcpu_table;
  ensures inv: page_ok && vcpu_table_ok(vcpu_table);
  ensures rely: core_rely{Pre, Post};
  ensures codes: \result == SVSM_SUCCESS || \result == SVSM_INVALID_ADDRESS;
  ensures taken: !\old(vcpu_no_vmsa(pfn)) || !\old(vcpu_no_caa(pfn)) ==> \result == SVSM_INVALID_ADDRESS;
  ensures refused: \result != SVSM_SUCCESS ==>
    vcpu_table == \old(vcpu_table) && hw_gave == \old(hw_gave) && hw_tokens_same{Pre, Post};
  ensures tokens: \result == SVSM_SUCCESS ==> core_moved{Pre, Post}(c.caa, pfn);
  ensures called: \result == SVSM_SUCCESS ==>
    hw_stored.byte[HW_STORED_BYTE(pfn, CAA_CALL_PENDING)] == 0 &&
    hw_stored.byte[HW_STORED_BYTE(c.caa, CAA_CALL_PENDING)] == 0;
  ensures moved: \result == SVSM_SUCCESS ==>
    vcpu_table == {\old(vcpu_table) \with .v[c.slot].caa = pfn};
  ensures given: \result == SVSM_SUCCESS ==>
    core_gave_own(pfn, HW_CAA, c.vmpl) && core_gave_own(c.caa, HW_GUEST, 0) &&
    core_gave_only{Pre, Post}(pfn, c.caa);
*/
static uint64_t remap_locked(struct caller c, uint64_t pfn)
{
	/* The registry is asked as well as the ownership table: they must agree. */
	if (vcpu_find_vmsa(pfn) != VCPU_NONE || vcpu_find_caa(pfn) != VCPU_NONE ||
	    !page_claim(pfn, PAGE_GUEST, c.vmpl)) {
		return SVSM_INVALID_ADDRESS;
	}
	/* all checks passed */
	hw_write8(pfn, CAA_CALL_PENDING, 0);
	vcpu_set_caa(c.slot, pfn);
	page_release(pfn, PAGE_CAA, page_claimed_owner(pfn));
	/*@ ghost hw_open(pfn); */
	/*@ assert rely: core_rely{Pre, Here}; */
	remap_release(c);
	return SVSM_SUCCESS;
}

uint64_t core_remap_ca(struct caller c, uint64_t gpa)
{
	uint64_t pfn = gpa / PAGE_SIZE;
	uint64_t code;

	if (!range_is_aligned(gpa, PAGE_SIZE)) {
		return SVSM_INVALID_PARAMETER;
	}
	if (!range_is_covered(gpa, PAGE_SIZE)) {
		return SVSM_INVALID_ADDRESS;
	}
	if (pfn == c.caa) {
		return SVSM_SUCCESS;
	}
	hw_lock();
	code = remap_locked(c, pfn);
	hw_unlock();
	return code;
}
