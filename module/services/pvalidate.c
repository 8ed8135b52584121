/*
 * PVALIDATE (AMD 58019, chapter 6). The two orders that must never be bent:
 *   validate: PVALIDATE(1), then zero, then grant;
 *   rescind:  revoke VMPL1..3, then flush, then PVALIDATE(0).
 * An address is validated only if the ownership table says that it is not, and the reverse: what the
 * instruction says is then never a surprise, unless host and table disagree.
 */
#include "module/services/core.h"
#include "module/guest/access.h"
#include "module/guest/page.h"
#include "module/guest/perm.h"
#include "module/guest/range.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>
#include <verismo/svsm.h>

#define EAX_SPACE 0x100000000UL /* hw_pvalidate: EAX = result % EAX_SPACE */

/* A decoded entry: count frames from pfn on. */
struct span {
	uint64_t pfn;
	uint64_t count; /* 1 or 512 */
	uint32_t size;	/* SNP_SIZE_* */
	uint32_t validate;
	uint32_t ignore_carry;
	uint64_t code; /* SVSM_SUCCESS: the fields above are good */
};

/*@
  predicate span_ok(struct span s) =
    s.size <= 1 && s.count == hw_frames(s.size) && s.validate <= 1 &&
    s.pfn + s.count <= page_bounds.pfns && (s.size == 1 ==> s.pfn % 512 == 0);
  predicate span_in(integer q, struct span s) = s.pfn <= q < s.pfn + s.count;
  // The frames of s are held, and as state promises.
  predicate span_taken(struct span s, integer state) =
    \forall integer q; s.pfn <= q < s.pfn + s.count ==> hw_held(q) && hw_state_ok(state, q);
*/

/* What the ownership table says about the frames of a span. */
struct span_view {
	uint64_t shared;
	uint64_t guest; /* that the caller may take */
};

/* The span of an entry, or the code of its refusal: form first, then address. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures form: \result.code == SVSM_INVALID_PARAMETER <==> !core_entry_form(entry);
  ensures covered: \result.code == SVSM_INVALID_ADDRESS <==>
    core_entry_form(entry) && !core_entry_covered(entry);
  ensures good: \result.code == SVSM_SUCCESS <==> core_entry_form(entry) && core_entry_covered(entry);
  ensures fields: \result.code == SVSM_SUCCESS ==>
    span_ok(\result) && \result.pfn == entry / 4096 && \result.size == entry % 4 &&
    \result.validate == entry / 4 % 2 && \result.ignore_carry == entry / 8 % 2;
*/
static struct span span_decode(uint64_t entry)
{
	struct span s = {
		.pfn = entry / PAGE_SIZE,
		.size = (uint32_t)(entry % 4),
		.validate = (uint32_t)(entry / 4 % 2),
		.ignore_carry = (uint32_t)(entry / 8 % 2),
		.code = SVSM_INVALID_PARAMETER,
	};

	s.count = s.size == SNP_SIZE_2M ? PAGES_PER_2M : 1;
	if (s.size > SNP_SIZE_2M || entry % PAGE_SIZE / 16 != 0) {
		return s;
	}
	if (s.size == SNP_SIZE_2M && s.pfn % PAGES_PER_2M != 0) {
		return s;
	}
	s.code = range_is_covered(s.pfn * PAGE_SIZE, s.count * PAGE_SIZE) ? SVSM_SUCCESS
									  : SVSM_INVALID_ADDRESS;
	return s;
}

/* One frame more: it counts as shared, as one that the caller may take, or as neither. */
/*@
  requires sum: view.shared + view.guest < 512;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures shared: \result.shared == view.shared + (entry == HW_SHARED ? 1 : 0);
  ensures guest: \result.guest == view.guest +
    (hw_state(entry) == HW_GUEST && hw_pins(entry) == 0 && caller <= hw_owner(entry) ? 1 : 0);
*/
static struct span_view span_count(struct span_view view, uint16_t entry, uint32_t caller)
{
	if (entry == page_entry(PAGE_SHARED, PAGE_OWNER_NONE)) {
		view.shared++;
	} else if (page_entry_is_takeable(entry, caller)) {
		view.guest++;
	}
	return view;
}

/*@
  requires inv: page_ok && span_ok(s);
  terminates \true;
  exits \false;
  assigns hw_world;
  ensures sum: \result.shared + \result.guest <= s.count;
*/
static struct span_view span_look(struct span s, uint32_t caller)
{
	struct span_view view = {.shared = 0, .guest = 0};
	uint64_t i;

	/*@
	  loop invariant bound: i <= s.count && view.shared + view.guest <= i;
	  loop assigns i, view, hw_world;
	  loop variant s.count - i;
	*/
	for (i = 0; i < s.count; i++) {
		view = span_count(view, page_look(s.pfn + i), caller);
	}
	return view;
}

/* SVSM_SUCCESS if every frame is as the operation needs it. */
/*@
  requires sum: view.shared + view.guest <= s.count && s.count > 0;
  terminates \true;
  exits \false;
  assigns \nothing;
  behavior address:
    assumes view.shared + view.guest != s.count;
    ensures \result == SVSM_INVALID_ADDRESS;
  behavior mixed:
    assumes view.shared + view.guest == s.count && view.shared != 0 && view.guest != 0;
    ensures \result == SVSM_FAIL_SIZEMISMATCH;
  behavior nochange:
    assumes s.validate != 0 ? view.guest == s.count : view.shared == s.count;
    ensures \result == SVSM_FAIL_NOCHANGE;
  behavior good:
    assumes s.validate != 0 ? view.shared == s.count : view.guest == s.count;
    ensures \result == SVSM_SUCCESS;
  complete behaviors;
  disjoint behaviors;
*/
static uint64_t span_judge(struct span s, struct span_view view)
{
	if (view.shared + view.guest != s.count) {
		return SVSM_INVALID_ADDRESS;
	}
	if (view.shared != 0 && view.guest != 0) {
		return SVSM_FAIL_SIZEMISMATCH;
	}
	if (s.validate ? view.guest != 0 : view.shared != 0) {
		return SVSM_FAIL_NOCHANGE;
	}
	return SVSM_SUCCESS;
}

/* The span is claimed, and was shared. */
/*@
  requires inv: page_ok && hw_few(1000) && span_ok(s) && caller <= 3;
  requires taken: span_taken(s, HW_SHARED);
  terminates \false;
  exits \false;
  assigns HW_ALL;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(s.pfn, s.count);
  ensures rest: hw_tokens_rest{Pre, Post}(s.pfn, s.count);
  ensures given: \forall integer q; s.pfn <= q < s.pfn + s.count ==>
    hw_tokens.held[q] == 0 && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures kept: page_gave_rest{Pre, Post}(s.pfn, s.count);
  ensures code: core_pvalidate_code(\result) && \result != SVSM_INVALID_ADDRESS &&
    \result != SVSM_FAIL_NOCHANGE;
  ensures done: \result == SVSM_SUCCESS ==>
    hw_changed == 1 && \forall integer q; span_in(q, s) ==> page_gave(q, HW_GUEST, caller);
  ensures back: \result != SVSM_SUCCESS ==> hw_changed == \old(hw_changed) &&
    \forall integer q; span_in(q, s) ==> page_gave_back{Pre, Post}(q, HW_SHARED);
*/
static uint64_t span_validate(struct span s, uint32_t caller)
{
	uint64_t result = hw_pvalidate(s.pfn, s.size, 1);

	if (result % EAX_SPACE != SNP_OK) {
		page_unclaim_region(s.pfn, s.count, PAGE_SHARED);
		return core_error((uint32_t)(result % EAX_SPACE));
	}
	if (result != SNP_OK) {
		/* CF: the host kept an older frame validated at this address. */
		hw_terminate(REASON_PVALIDATE);
	}
	hw_zero(s.pfn, s.size);
	perm_grant(s.pfn, s.size, caller);
	page_release_region(s.pfn, s.count, PAGE_GUEST, caller);
	return SVSM_SUCCESS;
}

/*
 * PVALIDATE(0) of a revoked span; by 4K if the host has split the RMP entry meanwhile. EAX. The table says
 * that the frames are validated, so CF means that the host has put another frame in their place: the
 * validated one would stay so, and could come back with its old content.
 */
/*@
  requires inv: page_ok && span_ok(s);
  requires taken: span_taken(s, HW_GUEST);
  requires revoked: \forall integer q; s.pfn <= q < s.pfn + s.count ==>
    hw_unreached(q) && hw_pages.p[q].own == 0;
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(s.pfn, s.count);
  ensures result: \result <= 0xffffffff;
  ensures refused: \result != 0 ==>
    \forall integer q; s.pfn <= q < s.pfn + s.count ==> hw_same{Pre, Post}(q);
  ensures split: s.size == SNP_SIZE_2M ==> \result != SNP_FAIL_SIZEMISMATCH;
  ensures done: \result == 0 ==>
    hw_changed == 1 && \forall integer q; s.pfn <= q < s.pfn + s.count ==> hw_is_shared(q);
*/
static uint64_t span_invalidate(struct span s)
{
	uint64_t result = hw_pvalidate(s.pfn, s.size, 0);
	uint64_t i;

	if (result >= EAX_SPACE) {
		hw_terminate(REASON_PVALIDATE);
	}
	if (s.size != SNP_SIZE_2M || result != SNP_FAIL_SIZEMISMATCH) {
		return result;
	}
	/*@
	  loop invariant bound: i <= s.count;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(s.pfn, s.count);
	  loop invariant done: \forall integer q; s.pfn <= q < s.pfn + i ==> hw_is_shared(q);
	  loop invariant todo: \forall integer q; s.pfn + i <= q < s.pfn + s.count ==> hw_same{Pre, Here}(q);
	  loop invariant changed: i > 0 ==> hw_changed == 1;
	  loop assigns i, HW_FRAMES;
	  loop variant s.count - i;
	*/
	for (i = 0; i < s.count; i++) {
		if (hw_pvalidate(s.pfn + i, SNP_SIZE_4K, 0) != SNP_OK) {
			hw_terminate(REASON_PVALIDATE);
		}
	}
	return SNP_OK;
}

/* Undoes perm_revoke: each frame of the claimed span is its owner's again. */
/*@
  requires inv: page_ok && hw_few(1000) && span_ok(s);
  requires taken: span_taken(s, HW_GUEST);
  requires revoked: \forall integer q; s.pfn <= q < s.pfn + s.count ==> hw_private(q);
  terminates \false;
  exits \false;
  assigns HW_ALL;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(s.pfn, s.count);
  ensures rest: hw_tokens_rest{Pre, Post}(s.pfn, s.count);
  ensures given: \forall integer q; s.pfn <= q < s.pfn + s.count ==>
    hw_tokens.held[q] == 0 && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures kept: page_gave_rest{Pre, Post}(s.pfn, s.count);
  ensures back: \forall integer q; span_in(q, s) ==> page_gave_back{Pre, Post}(q, HW_GUEST);
*/
static void span_restore(struct span s)
{
	uint64_t i;

	/*@
	  loop invariant bound: i <= s.count;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(s.pfn, s.count);
	  loop invariant done: \forall integer q; s.pfn <= q < s.pfn + i ==> hw_is_guest(q);
	  loop invariant owner: \forall integer q; span_in(q, s) ==>
	    hw_pages.p[q].entry == \at(hw_pages.p[q].entry, Pre);
	  loop invariant todo: \forall integer q; s.pfn + i <= q < s.pfn + s.count ==> hw_same{Pre, Here}(q);
	  loop assigns i, HW_FRAMES;
	  loop variant s.count - i;
	*/
	for (i = 0; i < s.count; i++) {
		perm_grant(s.pfn + i, SNP_SIZE_4K, page_claimed_owner(s.pfn + i));
	}
	page_unclaim_region(s.pfn, s.count, PAGE_GUEST);
}

/* The span is claimed, and was the guest's. */
/*@
  requires inv: page_ok && hw_few(1000) && span_ok(s);
  requires taken: span_taken(s, HW_GUEST);
  terminates \false;
  exits \false;
  assigns HW_ALL;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(s.pfn, s.count);
  ensures rest: hw_tokens_rest{Pre, Post}(s.pfn, s.count);
  ensures given: \forall integer q; s.pfn <= q < s.pfn + s.count ==>
    hw_tokens.held[q] == 0 && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures kept: page_gave_rest{Pre, Post}(s.pfn, s.count);
  ensures code: core_pvalidate_code(\result) && \result != SVSM_INVALID_ADDRESS &&
    \result != SVSM_FAIL_NOCHANGE;
  ensures done: \result == SVSM_SUCCESS ==>
    hw_changed == 1 && \forall integer q; span_in(q, s) ==> page_gave(q, HW_SHARED, 0);
  ensures back: \result != SVSM_SUCCESS ==>
    \forall integer q; span_in(q, s) ==> page_gave_back{Pre, Post}(q, HW_GUEST);
*/
static uint64_t span_rescind(struct span s)
{
	uint32_t eax = perm_revoke(s.pfn, s.size);
	uint64_t result;

	if (eax != SNP_OK) {
		page_unclaim_region(s.pfn, s.count, PAGE_GUEST);
		return core_error(eax);
	}
	hw_flush_guest();
	result = span_invalidate(s);
	if (result != SNP_OK) {
		span_restore(s);
		return core_error((uint32_t)result);
	}
	page_release_region(s.pfn, s.count, PAGE_SHARED, PAGE_OWNER_NONE);
	return SVSM_SUCCESS;
}

uint64_t core_pvalidate_entry(struct caller c, uint64_t entry)
{
	struct span s = span_decode(entry);
	uint64_t code = s.code;

	if (code != SVSM_SUCCESS) {
		return code;
	}
	code = span_judge(s, span_look(s, c.vmpl));
	if (code == SVSM_FAIL_NOCHANGE && s.ignore_carry) {
		return SVSM_SUCCESS;
	}
	if (code != SVSM_SUCCESS) {
		return code;
	}
	if (!page_claim_region(s.pfn, s.count, s.validate ? PAGE_SHARED : PAGE_GUEST, c.vmpl)) {
		return SVSM_INVALID_ADDRESS;
	}
	/* all checks passed */
	return s.validate ? span_validate(s, c.vmpl) : span_rescind(s);
}

/* A list's header: entries next..entries - 1 are to be done, and the list lies within its page. */
struct list_header {
	uint32_t entries;
	uint32_t next;
	uint64_t code; /* SVSM_SUCCESS: the fields above are good */
};

/* [15:0] entries, [31:16] next; offset of the header in its page. */
/*@
  requires offset: offset % 8 == 0 && offset <= 4088;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures fields: \result.entries == header % 65536 && \result.next == header / 65536 % 65536;
  ensures code: \result.code == (offset + 8 + 8 * \result.entries <= 4096 &&
    \result.next < \result.entries ? SVSM_SUCCESS : SVSM_INVALID_PARAMETER);
*/
static struct list_header list_decode(uint64_t header, uint32_t offset)
{
	struct list_header h = {
		.entries = (uint32_t)(header % 0x10000),
		.next = (uint32_t)(header / 0x10000 % 0x10000),
		.code = SVSM_SUCCESS,
	};

	if (PVALIDATE_HEADER_SIZE + PVALIDATE_ENTRY_SIZE * h.entries > PAGE_SIZE - offset ||
	    h.next >= h.entries) {
		h.code = SVSM_INVALID_PARAMETER;
	}
	return h;
}

/*@
  // The field of the header that says how many entries are done.
  logic integer list_stored_next(struct hw_stored s, integer pfn, integer offset) =
    s.byte[HW_STORED_BYTE(pfn, offset + 2)] + 256 * s.byte[HW_STORED_BYTE(pfn, offset + 3)];
*/
/* Stores in the header at offset of the page how many entries are done; the guest may read it at once. */
/*@
  requires inv: hw_inv;
  requires list: pfn < HW_PFNS && offset % 8 == 0 && offset <= 4088 && hw_usable(pfn);
  requires range: next <= 0xffff;
  terminates \true;
  exits \false;
  assigns HW_STORES;
  ensures inv: hw_inv;
  ensures rely: core_rely{Pre, Post};
  ensures stored: list_stored_next(hw_stored, pfn, offset) == next;
*/
static void list_store_next(uint64_t pfn, uint32_t offset, uint32_t next)
{
	hw_write8(pfn, offset + 2, (uint8_t)(next % 256));
	hw_write8(pfn, offset + 3, (uint8_t)(next / 256));
}

/* Processes the list at offset of the held page pfn. */
/*@
  requires inv: page_ok && hw_few(950) && 1 <= c.vmpl <= 3;
  requires list: pfn < HW_PFNS && offset % 8 == 0 && offset <= 4088 && hw_tokens.open[pfn] > 0 &&
    !hw_static(pfn);
  terminates \false;
  exits \false;
  assigns HW_ALL, core_entry_code;
  ensures inv: page_ok;
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures code: core_pvalidate_code(\result) || \result == SVSM_INVALID_PARAMETER;
  ensures last: \result == core_entry_code || \result == SVSM_INVALID_PARAMETER;
*/
static uint64_t list_process(struct caller c, uint64_t pfn, uint32_t offset)
{
	struct list_header h = list_decode(hw_read64(pfn, offset / 8), offset);
	uint64_t code = h.code;
	uint32_t i = h.next;

	if (code != SVSM_SUCCESS) {
		return code;
	}
	/*@
	  loop invariant bound: h.next <= i <= h.entries;
	  loop invariant inv: page_ok;
	  loop invariant rely: core_rely{Pre, Here};
	  loop invariant tokens: hw_tokens_same{Pre, Here};
	  loop invariant done: code == SVSM_SUCCESS;
	  loop invariant last: i > h.next ==> code == core_entry_code;
	  loop assigns i, code, HW_ALL, core_entry_code;
	  loop variant h.entries - i;
	*/
	while (i < h.entries) {
		code = core_pvalidate_entry(c, hw_read64(pfn, offset / 8 + 1 + i));
		/*@ ghost core_entry_code = code; */
		/*@ assert rely: core_rely{Pre, Here}; */
		if (code != SVSM_SUCCESS) {
			break;
		}
		i++;
	}
	/*@ assert progress: code == SVSM_SUCCESS <==> i == h.entries; */
	list_store_next(pfn, offset, i);
	return code;
}

uint64_t core_pvalidate(struct caller c, uint64_t gpa)
{
	struct operand list;
	uint64_t code;

	if (!range_is_aligned(gpa, PVALIDATE_HEADER_SIZE)) {
		return SVSM_INVALID_PARAMETER;
	}
	list = operand_hold(gpa, PVALIDATE_HEADER_SIZE, c.vmpl, c.caa);
	if (!list.held) {
		return SVSM_INVALID_ADDRESS;
	}
	code = list_process(c, list.pfn, (uint32_t)(gpa % PAGE_SIZE));
	operand_drop(list);
	return code;
}
