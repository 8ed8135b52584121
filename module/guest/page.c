/* The page-ownership table. */
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

struct page_bounds page_bounds;

uint16_t page_entry(uint32_t state, uint32_t owner)
{
	return (uint16_t)(state + 16U * owner);
}

uint32_t page_entry_state(uint16_t entry)
{
	return entry % 16U;
}

uint32_t page_entry_owner(uint16_t entry)
{
	return entry / 16U % 4U;
}

uint32_t page_entry_pins(uint16_t entry)
{
	return entry / 256U;
}

void page_table_init(uint64_t pfns)
{
	if (page_bounds.pfns != 0 || pfns == 0 || pfns > HW_PFNS) {
		hw_terminate(REASON_STATE);
	}
	page_bounds.pfns = pfns;
}

uint64_t page_table_pfns(void)
{
	return page_bounds.pfns;
}

/* The one place that changes an entry. 1 = it was from and is to; 0 = another CPU was faster. */
/*@
  requires inv: page_ok;
  requires step: pfn < HW_PFNS ==>
    (hw_step_take(from, to) || hw_step_give(pfn, from, to) || hw_step_pin(from, to) ||
     hw_step_unpin(pfn, from, to));
  requires count: pfn < HW_PFNS ==> hw_tokens.open[pfn] <= 1000;
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures range: pfn < page_bounds.pfns;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures result: \result == 0 || \result == 1;
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures failed: \result == 0 ==> hw_tokens == \old(hw_tokens);
  ensures failed_held: \result == 0 && \old(hw_held(pfn)) ==> hw_same{Pre, Post}(pfn);
  ensures taken: hw_step_take(from, to) && \result == 1 ==>
    hw_held(pfn) && hw_pages.p[pfn].entry == to && hw_state_ok(hw_state(from), pfn) &&
    !\old(hw_held(pfn)) && hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]);
  ensures give: \old(hw_step_give(pfn, from, to)) && from != HW_ABSENT ==> \result == 1;
  ensures given: \old(hw_step_give(pfn, from, to)) && \result == 1 ==>
    hw_tokens.held[pfn] == 0 && hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) &&
    hw_gave == {\old(hw_gave) \with .entry[pfn] = to};
  ensures kept: !\old(hw_step_give(pfn, from, to)) ==> hw_gave == \old(hw_gave);
  ensures pinned: hw_step_pin(from, to) && \result == 1 ==>
    !hw_static(pfn) && hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) + 1 &&
    hw_tokens.held[pfn] == \old(hw_tokens.held[pfn]) && !\old(hw_held(pfn));
  ensures unpinned: \old(hw_step_unpin(pfn, from, to)) && \result == 1 ==>
    hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) - 1 &&
    hw_tokens.held[pfn] == \old(hw_tokens.held[pfn]) && !\old(hw_held(pfn));
*/
static int page_transition(uint64_t pfn, uint16_t from, uint16_t to)
{
	if (pfn >= page_bounds.pfns) {
		hw_terminate(REASON_STATE);
	}
	return hw_table_cas(pfn, from, to);
}

void page_set_initial(uint64_t pfn, uint32_t state, uint32_t owner)
{
	if (pfn >= page_bounds.pfns || state > PAGE_BUSY || owner > GUEST_VMPL_MAX) {
		hw_terminate(REASON_STATE);
	}
	if (!page_transition(pfn, hw_table_read(pfn), page_entry(state, owner))) {
		hw_terminate(REASON_STATE);
	}
}

uint16_t page_look(uint64_t pfn)
{
	if (pfn >= page_bounds.pfns) {
		return page_entry(PAGE_ABSENT, PAGE_OWNER_NONE);
	}
	return hw_table_read(pfn);
}

int page_entry_is_takeable(uint16_t entry, uint32_t caller)
{
	return page_entry_state(entry) == PAGE_GUEST && page_entry_pins(entry) == 0 &&
	       caller <= page_entry_owner(entry);
}

/* May a frame with this entry be taken out of state, for a caller of this level? */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures yes: \result != 0 ==>
    hw_state(entry) == state && HW_SHARED <= state <= HW_CAA && hw_pins(entry) == 0 &&
    (state == HW_GUEST ==> caller <= hw_owner(entry));
*/
static int page_entry_is_claimable(uint16_t entry, uint32_t state, uint32_t caller)
{
	if (state == PAGE_GUEST) {
		return page_entry_is_takeable(entry, caller);
	}
	if (state != PAGE_SHARED && state != PAGE_VMSA && state != PAGE_CAA) {
		return 0;
	}
	return page_entry_state(entry) == state && page_entry_pins(entry) == 0;
}

int page_claim(uint64_t pfn, uint32_t state, uint32_t caller)
{
	uint16_t entry = page_look(pfn);

	if (!page_entry_is_claimable(entry, state, caller)) {
		return 0;
	}
	return page_transition(pfn, entry, page_entry(PAGE_BUSY, page_entry_owner(entry)));
}

void page_release(uint64_t pfn, uint32_t state, uint32_t owner)
{
	uint16_t entry = page_look(pfn);

	if (page_entry_state(entry) != PAGE_BUSY ||
	    !page_transition(pfn, entry, page_entry(state, owner))) {
		hw_terminate(REASON_STATE);
	}
}

uint32_t page_claimed_owner(uint64_t pfn)
{
	return page_entry_owner(page_look(pfn));
}

int page_claim_region(uint64_t pfn, uint64_t count, uint32_t state, uint32_t caller)
{
	uint64_t i;

	/*@
	  loop invariant bound: i <= count;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(0, 0);
	  loop invariant rest: hw_tokens_rest{Pre, Here}(pfn, i);
	  loop invariant known: i > 0 ==> HW_SHARED <= state <= HW_CAA;
	  loop invariant gave: hw_gave == \at(hw_gave, Pre);
	  loop invariant fresh: \forall integer q; pfn <= q < pfn + i ==> !\at(hw_held(q), Pre);
	  loop invariant taken: \forall integer q; pfn <= q < pfn + i ==>
	    page_taken(q, state, caller) && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
	  loop assigns i, HW_TABLE;
	  loop variant count - i;
	*/
	for (i = 0; i < count; i++) {
		if (!page_claim(pfn + i, state, caller)) {
			page_unclaim_region(pfn, i, state);
			return 0;
		}
	}
	return 1;
}

void page_release_region(uint64_t pfn, uint64_t count, uint32_t state, uint32_t owner)
{
	uint64_t i;

	/*@
	  loop invariant bound: i <= count;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, count);
	  loop invariant rest: hw_tokens_rest{Pre, Here}(pfn, i);
	  loop invariant given: \forall integer q; pfn <= q < pfn + i ==>
	    hw_tokens.held[q] == 0 && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
	  loop invariant gave: \forall integer q; pfn <= q < pfn + i ==> page_gave(q, state, owner);
	  loop invariant kept: page_gave_rest{Pre, Here}(pfn, i);
	  loop invariant todo: \forall integer q; pfn + i <= q < pfn + count ==> hw_same{Pre, Here}(q);
	  loop assigns i, HW_TABLE;
	  loop variant count - i;
	*/
	for (i = 0; i < count; i++) {
		page_release(pfn + i, state, owner);
	}
}

void page_unclaim_region(uint64_t pfn, uint64_t count, uint32_t state)
{
	uint64_t i;

	/*@
	  loop invariant bound: i <= count;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, count);
	  loop invariant rest: hw_tokens_rest{Pre, Here}(pfn, i);
	  loop invariant given: \forall integer q; pfn <= q < pfn + i ==>
	    hw_tokens.held[q] == 0 && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
	  loop invariant gave: \forall integer q; pfn <= q < pfn + i ==> page_gave_back{Pre, Here}(q, state);
	  loop invariant kept: page_gave_rest{Pre, Here}(pfn, i);
	  loop invariant todo: \forall integer q; pfn + i <= q < pfn + count ==> hw_same{Pre, Here}(q);
	  loop assigns i, HW_TABLE;
	  loop variant count - i;
	*/
	for (i = 0; i < count; i++) {
		page_release(pfn + i, state, page_claimed_owner(pfn + i));
		/*@ assert gave: page_gave_back{Pre, Here}(pfn + i, state); */
	}
}

/* The entry with this number of pins. */
/*@
  requires pins <= PAGE_PINS_MAX;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == entry % 256 + 256 * pins;
*/
static uint16_t page_entry_with_pins(uint16_t entry, uint32_t pins)
{
	return (uint16_t)(entry % 256U + 256U * pins);
}

/* Pin counts change under the feet of other pinners: try again, but not for ever. */
#define PAGE_PIN_TRIES 1000U

int page_pin(uint64_t pfn, uint32_t caller)
{
	uint32_t i;

	/*@
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(0, 0);
	  loop invariant tokens: hw_tokens == \at(hw_tokens, Pre) && hw_gave == \at(hw_gave, Pre);
	  loop assigns i, HW_TABLE;
	  loop variant PAGE_PIN_TRIES - i;
	*/
	for (i = 0; i < PAGE_PIN_TRIES; i++) {
		uint16_t entry = page_look(pfn);
		uint32_t pins = page_entry_pins(entry);

		if (page_entry_state(entry) != PAGE_GUEST || caller > page_entry_owner(entry) ||
		    pins == PAGE_PINS_MAX) {
			return 0;
		}
		if (page_transition(pfn, entry, page_entry_with_pins(entry, pins + 1))) {
			return 1;
		}
	}
	return 0;
}

void page_unpin(uint64_t pfn)
{
	/*@
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(0, 0);
	  loop invariant tokens: hw_tokens == \at(hw_tokens, Pre) && hw_gave == \at(hw_gave, Pre);
	  loop assigns HW_TABLE;
	*/
	for (;;) {
		uint16_t entry = page_look(pfn);
		uint32_t pins = page_entry_pins(entry);

		if (page_entry_state(entry) != PAGE_GUEST || pins == 0) {
			hw_terminate(REASON_STATE);
		}
		if (page_transition(pfn, entry, page_entry_with_pins(entry, pins - 1))) {
			return;
		}
	}
}
