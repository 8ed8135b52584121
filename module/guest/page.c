/* The page-ownership table. */
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

struct page_bounds {
	uint64_t pfns; /* 0 until page_table_init */
};
static struct page_bounds page_bounds;

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

	if (page_entry_state(entry) != PAGE_BUSY) {
		hw_terminate(REASON_STATE);
	}
	if (!page_transition(pfn, entry, page_entry(state, owner))) {
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

	for (i = 0; i < count; i++) {
		page_release(pfn + i, state, owner);
	}
}

void page_unclaim_region(uint64_t pfn, uint64_t count, uint32_t state)
{
	uint64_t i;

	for (i = 0; i < count; i++) {
		page_release(pfn + i, state, page_claimed_owner(pfn + i));
	}
}

/* An entry with one pin more or less. */
static uint16_t page_entry_with_pins(uint16_t entry, uint32_t pins)
{
	return (uint16_t)(entry % 256U + 256U * pins);
}

/* Pin counts change under the feet of other pinners: try again, but not for ever. */
#define PAGE_PIN_TRIES 1000U

int page_pin(uint64_t pfn, uint32_t caller)
{
	uint32_t i;

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
