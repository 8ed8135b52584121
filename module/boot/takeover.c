#include "module/boot/memory.h"
#include "module/guest/page.h"
#include "module/guest/perm.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

#define STATIC_PFN     (MODULE_BASE / PAGE_SIZE)
#define STATIC_END_PFN ((MODULE_BASE + MODULE_SIZE) / PAGE_SIZE)

/*@
  // What the functions below ask of a frame, and leave of frames [pfn, pfn + n).
  predicate take_clean(integer q) = boot_held(q) && boot_clean(q) && !hw_static(q);
  predicate take_void(integer q) = boot_held(q) && boot_void(q) && !hw_static(q);
  predicate take_given(integer q, integer entry) =
    hw_tokens.held[q] == 0 && hw_tokens.open[q] == 0 && hw_gave.entry[q] == entry;
*/

/* What the functions below have in common: of frames [pfn, pfn + n) they assign what ... names, or end the VM. */
#define TAKES(pfn, n, ...)                                                                         \
	terminates \false;                                                                         \
	exits \false;                                                                              \
	assigns __VA_ARGS__;                                                                       \
	ensures inv : page_ok;                                                                     \
	ensures rely : hw_rely{Pre, Post}(pfn, n);                                                 \
	ensures rest : hw_tokens_rest{Pre, Post}(pfn, n);                                          \
	ensures gave : page_gave_rest{Pre, Post}(pfn, n);

/* An assigned page starts without permissions above VMPL0, so only the grant is needed. */
/*@
  requires inv: page_ok;
  requires range: pfn < page_bounds.pfns && 2 <= vmpl <= 3;
  requires clean: take_clean(pfn);
  TAKES(pfn, 1, HW_ALL)
  ensures given: take_given(pfn, HW_GUEST + 16 * vmpl);
*/
static void grant_small(uint64_t pfn, uint32_t vmpl)
{
	perm_grant(pfn, SNP_SIZE_4K, vmpl);
	page_set_initial(pfn, PAGE_GUEST, vmpl);
}

/* A page found validated although it was not loaded at launch: the host plays with two frames. */
/*@
  requires inv: page_ok;
  requires range: pfn < page_bounds.pfns && 2 <= vmpl <= 3;
  requires waits: take_void(pfn);
  TAKES(pfn, 1, HW_ALL)
  ensures given: take_given(pfn, HW_GUEST + 16 * vmpl);
*/
static void take_small(uint64_t pfn, uint32_t vmpl)
{
	if (hw_pvalidate(pfn, SNP_SIZE_4K, 1) != SNP_OK) {
		hw_terminate(REASON_PVALIDATE);
	}
	hw_zero(pfn, SNP_SIZE_4K);
	grant_small(pfn, vmpl);
}

/* Has [pfn, pfn + pages) a frame of the static region; of the static region or the table? */
/*@
  requires range: pages > 0 && pfn + pages <= HW_PFNS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> pfn < STATIC_END_PFN && STATIC_PFN < pfn + pages;
*/
static int is_static(uint64_t pfn, uint64_t pages)
{
	return pfn < STATIC_END_PFN && STATIC_PFN < pfn + pages;
}
/*@
  requires map: memory_ok(memory_map);
  requires range: pages > 0 && pfn + pages <= HW_PFNS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> pfn < memory_module_end(memory_map) && STATIC_PFN < pfn + pages;
*/
static int is_module(uint64_t pfn, uint64_t pages)
{
	return pfn < STATIC_PFN + memory_module_size() / PAGE_SIZE && STATIC_PFN < pfn + pages;
}

/*@
  requires inv: page_ok;
  requires map: memory_ok(memory_map);
  requires launch: launch_ranges_ok(image_launch);
  requires range: pfn < page_bounds.pfns && 2 <= vmpl <= 3;
  requires ready: boot_ready(pfn);
  TAKES(pfn, 1, HW_ALL)
  ensures given: !hw_static(pfn) ==> boot_given(pfn, vmpl);
  ensures left: hw_static(pfn) ==> boot_left{Pre, Post}(pfn);
*/
static void take_page(uint64_t pfn, uint32_t vmpl)
{
	if (is_static(pfn, 1)) {
		return;
	}
	if (is_module(pfn, 1)) {
		page_set_initial(pfn, PAGE_MODULE, PAGE_OWNER_NONE);
	} else if (launch_covers(pfn, 1)) {
		grant_small(pfn, vmpl);
	} else {
		take_small(pfn, vmpl);
	}
}

/* The first state of the 512 frames of a region that has been granted. */
/*@
  requires inv: page_ok;
  requires range: pfn + PAGES_PER_2M <= page_bounds.pfns && 2 <= vmpl <= 3;
  requires granted: \forall integer q; pfn <= q < pfn + 512 ==>
    hw_held(q) && hw_pages.p[q].entry == HW_ABSENT && hw_tokens.open[q] == 0 && hw_is_guest(q);
  TAKES(pfn, 512, HW_TABLE)
  ensures given: \forall integer q; pfn <= q < pfn + 512 ==> take_given(q, HW_GUEST + 16 * vmpl);
*/
static void give_large(uint64_t pfn, uint32_t vmpl)
{
	uint64_t i;

	/*@
	  loop invariant bound: i <= PAGES_PER_2M;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, i);
	  loop invariant rest: hw_tokens_rest{Pre, Here}(pfn, i);
	  loop invariant gave: page_gave_rest{Pre, Here}(pfn, i);
	  loop invariant given: \forall integer q; pfn <= q < pfn + i ==> take_given(q, HW_GUEST + 16 * vmpl);
	  loop assigns i, HW_TABLE;
	  loop variant PAGES_PER_2M - i;
	*/
	for (i = 0; i < PAGES_PER_2M; i++) {
		page_set_initial(pfn + i, PAGE_GUEST, vmpl);
	}
}

/* 512 frames at once; 0 and nothing changed if the host has backed them with small pages. */
/*@
  requires inv: page_ok;
  requires range: pfn % PAGES_PER_2M == 0 && pfn + PAGES_PER_2M <= page_bounds.pfns && 2 <= vmpl <= 3;
  requires map: memory_ok(memory_map);
  requires outside: pfn + PAGES_PER_2M <= STATIC_PFN || memory_module_end(memory_map) <= pfn;
  requires waits: \forall integer q; pfn <= q < pfn + 512 ==> take_void(q);
  TAKES(pfn, 512, HW_ALL)
  ensures given: \result != 0 ==> \forall integer q; pfn <= q < pfn + 512 ==> boot_given(q, vmpl);
  ensures left: \result == 0 ==>
    \forall integer q; pfn <= q < pfn + 512 ==> boot_left{Pre, Post}(q);
*/
static int take_large(uint64_t pfn, uint32_t vmpl)
{
	uint64_t result = hw_pvalidate(pfn, SNP_SIZE_2M, 1);

	if (result % HW_CARRY == SNP_FAIL_SIZEMISMATCH) {
		return 0;
	}
	if (result != SNP_OK) {
		hw_terminate(REASON_PVALIDATE);
	}
	hw_zero(pfn, SNP_SIZE_2M);
	perm_grant(pfn, SNP_SIZE_2M, vmpl);
	give_large(pfn, vmpl);
	return 1;
}

/*@
  requires map: memory_ok(memory_map);
  requires launch: launch_ranges_ok(image_launch);
  requires range: pfn < end <= HW_PFNS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures large: \result != 0 ==> pfn % PAGES_PER_2M == 0 && pfn + PAGES_PER_2M <= end;
  ensures outside: \result != 0 ==>
    pfn + PAGES_PER_2M <= STATIC_PFN || memory_module_end(memory_map) <= pfn;
  ensures empty: \result != 0 ==> !launch_holds(image_launch, pfn, PAGES_PER_2M);
*/
static int may_be_large(uint64_t pfn, uint64_t end)
{
	return pfn % PAGES_PER_2M == 0 && end - pfn >= PAGES_PER_2M &&
	       !is_module(pfn, PAGES_PER_2M) && !launch_covers(pfn, PAGES_PER_2M);
}

/* Deals with the frame pfn or, if that is possible, with all frames of its 2M region; returns the frame
 * behind. */
/*@
  requires inv: page_ok;
  requires map: memory_ok(memory_map);
  requires launch: launch_ranges_ok(image_launch);
  requires range: pfn < end <= page_bounds.pfns && 2 <= vmpl <= 3;
  requires ready: \forall integer q; pfn <= q < end ==> boot_ready(q);
  terminates \false;
  exits \false;
  assigns HW_ALL;
  ensures inv: page_ok;
  ensures next: pfn < \result <= end;
  ensures rely: hw_rely{Pre, Post}(pfn, \result - pfn);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, \result - pfn);
  ensures gave: page_gave_rest{Pre, Post}(pfn, \result - pfn);
  ensures given: \forall integer q; pfn <= q < \result && !hw_static(q) ==> boot_given(q, vmpl);
  ensures left: \forall integer q; pfn <= q < \result && hw_static(q) ==> boot_left{Pre, Post}(q);
*/
static uint64_t take_next(uint64_t pfn, uint64_t end, uint32_t vmpl)
{
	if (may_be_large(pfn, end) && take_large(pfn, vmpl)) {
		return pfn + PAGES_PER_2M;
	}
	take_page(pfn, vmpl);
	return pfn + 1;
}

/*@
  requires inv: page_ok;
  requires map: memory_ok(memory_map);
  requires launch: launch_ranges_ok(image_launch);
  requires range: pfn <= end <= page_bounds.pfns && 2 <= vmpl <= 3;
  requires ready: \forall integer q; pfn <= q < end ==> boot_ready(q);
  terminates \false;
  exits \false;
  assigns HW_ALL;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(pfn, end - pfn);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, end - pfn);
  ensures gave: page_gave_rest{Pre, Post}(pfn, end - pfn);
  ensures given: \forall integer q; pfn <= q < end && !hw_static(q) ==> boot_given(q, vmpl);
  ensures left: \forall integer q; pfn <= q < end && hw_static(q) ==> boot_left{Pre, Post}(q);
*/
static void take_range(uint64_t pfn, uint64_t end, uint32_t vmpl)
{
	uint64_t next = pfn;

	/*@
	  loop invariant bound: pfn <= next <= end;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, next - pfn);
	  loop invariant rest: hw_tokens_rest{Pre, Here}(pfn, next - pfn);
	  loop invariant gave: page_gave_rest{Pre, Here}(pfn, next - pfn);
	  loop invariant given: \forall integer q; pfn <= q < next && !hw_static(q) ==> boot_given(q, vmpl);
	  loop invariant left: \forall integer q; pfn <= q < next && hw_static(q) ==> boot_left{Pre, Here}(q);
	  loop assigns next, HW_ALL;
	  loop variant end - next;
	*/
	while (next < end) {
		next = take_next(next, end, vmpl);
	}
}

void memory_take_over(uint32_t guest_vmpl)
{
	uint32_t i;

	/*@
	  loop invariant bound: i <= memory_map.count;
	  loop invariant inv: page_ok;
	  loop invariant given: \forall integer k, q; 0 <= k < i && memory_in(memory_map.range[k], q) &&
	    !hw_static(q) ==> boot_given(q, guest_vmpl);
	  loop invariant left: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) ==> boot_left{Pre, Here}(q);
	  loop invariant todo: \forall integer q; 0 <= q < HW_PFNS &&
	    (\forall integer k; 0 <= k < i ==> !memory_in(memory_map.range[k], q)) ==> boot_left{Pre, Here}(q);
	  loop assigns i, HW_ALL;
	  loop variant memory_map.count - i;
	*/
	for (i = 0; i < memory_map.count; i++) {
		struct memory_range r = memory_map.range[i];

		take_range(r.pfn, r.pfn + r.pages, guest_vmpl);
	}
}
