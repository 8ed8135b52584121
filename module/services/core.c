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
static void core_release_caa(struct caller c)
{
	hw_write8(c.caa, CAA_CALL_PENDING, 0);
	if (!page_claim(c.caa, PAGE_CAA, c.vmpl)) {
		hw_terminate(REASON_STATE);
	}
	page_release(c.caa, PAGE_GUEST, page_claimed_owner(c.caa));
}

uint64_t core_remap_ca(struct caller c, uint64_t gpa)
{
	uint64_t pfn = gpa / PAGE_SIZE;

	if (!range_is_aligned(gpa, PAGE_SIZE)) {
		return SVSM_INVALID_PARAMETER;
	}
	if (!range_is_covered(gpa, PAGE_SIZE)) {
		return SVSM_INVALID_ADDRESS;
	}
	if (pfn == c.caa) {
		return SVSM_SUCCESS;
	}
	if (!page_claim(pfn, PAGE_GUEST, c.vmpl)) {
		return SVSM_INVALID_ADDRESS;
	}
	/* all checks passed */
	hw_write8(pfn, CAA_CALL_PENDING, 0);
	hw_lock();
	vcpu_set_caa(c.slot, pfn);
	page_release(pfn, PAGE_CAA, page_claimed_owner(pfn));
	hw_unlock();
	core_release_caa(c);
	return SVSM_SUCCESS;
}
