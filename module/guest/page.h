/*
 * The page-ownership table: for each frame of guest memory one 16-bit entry that says whose it is.
 *
 *   [3:0]  state, PAGE_* below
 *   [5:4]  owner: the least privileged VMPL that may use the page (1..3), 0 if the state has none
 *   [15:8] pins: accesses of the module in progress on a guest page; a pinned page cannot be taken
 *
 * A frame changes its state through page_transition() alone: from the entry that was read to a new
 * one, in one compare-and-exchange. Who needs a frame for longer takes it to PAGE_BUSY, where no other
 * CPU touches it, and gives it back. What each state promises:
 *
 *   PAGE_ABSENT   no RAM behind it, or not known to be RAM
 *   PAGE_SHARED   not validated: the host may use it; no VMPL above 0 has a permission on it
 *   PAGE_GUEST    validated; guest levels up to owner may use it
 *   PAGE_VMSA     registered VMSA; guest levels up to owner may read it, nobody may write it
 *   PAGE_CAA      calling area of a registered vCPU; otherwise as PAGE_GUEST
 *   PAGE_MODULE   the module's: validated, no permission for any other VMPL
 *   PAGE_SERVICE  of a service of the module at VMPL1
 *   PAGE_BUSY     one CPU is changing it
 */
#ifndef MODULE_GUEST_PAGE_H
#define MODULE_GUEST_PAGE_H

#include <stdint.h>

#define PAGE_ABSENT  0U
#define PAGE_SHARED  1U
#define PAGE_GUEST   2U
#define PAGE_VMSA    3U
#define PAGE_CAA     4U
#define PAGE_MODULE  5U
#define PAGE_SERVICE 6U
#define PAGE_BUSY    7U

#define PAGE_OWNER_NONE 0U
#define GUEST_VMPL_MIN	2U /* VMPL1 is kept for services: it gets no permission on a guest page */
#define GUEST_VMPL_MAX	3U
#define PAGE_PINS_MAX	255U

/* ---- an entry and its fields ---- */

uint16_t page_entry(uint32_t state, uint32_t owner);
uint32_t page_entry_state(uint16_t entry);
uint32_t page_entry_owner(uint16_t entry);
uint32_t page_entry_pins(uint16_t entry);

/* ---- boot, one CPU ---- */

/* The table covers pfn 0..pfns - 1; pfns <= HW_PFNS. Once; terminates with REASON_STATE otherwise. */
void page_table_init(uint64_t pfns);
/* Frames covered by the table. */
uint64_t page_table_pfns(void);
/* Sets the entry of pfn whatever it was. owner: 1..3 for GUEST, VMSA and CAA, else 0. The caller has
 * brought the RMP into the state's shape. Terminates with REASON_STATE if pfn is outside. */
void page_set_initial(uint64_t pfn, uint32_t state, uint32_t owner);

/* ---- after boot, any CPU ---- */

/* The entry now; PAGE_ABSENT outside the table. Another CPU may change it at once. */
uint16_t page_look(uint64_t pfn);

/* Is this an entry that a caller at VMPL caller may name: a guest page, not pinned, its own or of a
 * less privileged level? */
int page_entry_is_takeable(uint16_t entry, uint32_t caller);

/* Takes pfn to PAGE_BUSY, owner kept, if it is in state (SHARED, GUEST, VMSA or CAA) without pins;
 * a GUEST page only if caller <= owner. 1 if this CPU has it now, else 0 and nothing changed. */
int page_claim(uint64_t pfn, uint32_t state, uint32_t caller);
/* Gives a frame that this CPU has claimed back in a new state. Terminates with REASON_STATE if it
 * was not claimed. */
void page_release(uint64_t pfn, uint32_t state, uint32_t owner);
/* The owner that a claimed frame had when it was claimed. */
uint32_t page_claimed_owner(uint64_t pfn);

/* The same for count frames from pfn on (1 or 512): all of them or none. */
int page_claim_region(uint64_t pfn, uint64_t count, uint32_t state, uint32_t caller);
/* Back in state, all owned by owner; or (unclaim, a rollback) each by the owner it had. */
void page_release_region(uint64_t pfn, uint64_t count, uint32_t state, uint32_t owner);
void page_unclaim_region(uint64_t pfn, uint64_t count, uint32_t state);

/* Pins a guest page that caller may use: it stays a guest page until unpinned. 1 = pinned. */
int page_pin(uint64_t pfn, uint32_t caller);
void page_unpin(uint64_t pfn);

#endif
