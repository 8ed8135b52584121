/*
 * The page-ownership table: for each frame of guest memory one 16-bit entry that says whose it is.
 *
 *   [3:0]  state, PAGE_* below
 *   [5:4]  owner: the least privileged VMPL that may use the page (1..3), 0 if the state has none
 *   [15:8] pins: accesses of the module in progress on a guest page; a pinned page cannot be taken
 *
 * A frame changes its state through page_transition() alone: from the entry that was read to a new
 * one, in one compare-and-exchange. Who needs a frame for longer takes it to PAGE_BUSY, where no other
 * CPU touches it, and gives it back. What each state promises (hw_state_ok in module/hw/ghost.h):
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
#include "module/hw/ghost.h"

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

/* Frames covered by the table: pfn 0..pfns - 1. 0 until page_table_init. */
struct page_bounds {
	uint64_t pfns;
};
extern struct page_bounds page_bounds;
/*@
  predicate page_ok = page_bounds.pfns <= HW_PFNS && hw_inv;

  predicate page_fields(integer entry, integer state, integer owner) =
    hw_state(entry) == state && hw_owner(entry) == owner && hw_pins(entry) == 0;
  // When this CPU last gave q, it went to state, to be used by owner.
  predicate page_gave(integer q, integer state, integer owner) =
    page_fields(hw_gave.entry[q], state, owner);
  // It went to state and to the owner that it had when it was taken, as its entry said at A.
  predicate page_gave_back{A, B}(integer q, integer state) =
    page_fields(\at(hw_gave.entry[q], B), state, hw_owner(\at(hw_pages.p[q].entry, A)));
  // Nothing was given outside [pfn, pfn + n).
  predicate page_gave_rest{A, B}(integer pfn, integer n) =
    \forall integer q; 0 <= q < HW_PFNS && !(pfn <= q < pfn + n) ==>
      \at(hw_gave.entry[q], B) == \at(hw_gave.entry[q], A);
*/

/* ---- an entry and its fields ---- */

/*@
  requires fields: state < 16 && owner < 4;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures value: \result == state + 16 * owner;
  ensures fields: hw_state(\result) == state && hw_owner(\result) == owner && hw_pins(\result) == 0;
*/
uint16_t page_entry(uint32_t state, uint32_t owner);
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == hw_state(entry);
*/
uint32_t page_entry_state(uint16_t entry);
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == hw_owner(entry);
*/
uint32_t page_entry_owner(uint16_t entry);
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == hw_pins(entry);
*/
uint32_t page_entry_pins(uint16_t entry);

/* ---- boot, one CPU ---- */

/* The table covers pfn 0..pfns - 1; pfns <= HW_PFNS. Once; terminates with REASON_STATE otherwise. */
/*@
  terminates page_bounds.pfns == 0 && 0 < pfns <= HW_PFNS;
  exits \false;
  assigns page_bounds;
  ensures page_bounds.pfns == pfns && 0 < pfns <= HW_PFNS && \old(page_bounds.pfns) == 0;
*/
void page_table_init(uint64_t pfns);
/* Frames covered by the table. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == page_bounds.pfns;
*/
uint64_t page_table_pfns(void);
/* Gives a frame its first state. owner: 1..3 for GUEST, VMSA and CAA, else 0. The caller has brought the
 * RMP into the state's shape. Terminates with REASON_STATE if pfn is outside. */
/*@
  requires inv: page_ok;
  requires fresh: pfn < HW_PFNS ==>
    hw_held(pfn) && hw_pages.p[pfn].entry == HW_ABSENT && hw_tokens.open[pfn] < 1000;
  requires promise: pfn < HW_PFNS ==> hw_state_ok(state, pfn);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures given: pfn < page_bounds.pfns && hw_tokens.held[pfn] == 0 &&
    hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]);
  ensures gave: hw_gave == {\old(hw_gave) \with .entry[pfn] = (uint16_t)(state + 16 * owner)};
*/
void page_set_initial(uint64_t pfn, uint32_t state, uint32_t owner);

/* ---- after boot, any CPU ---- */

/* The entry now; PAGE_ABSENT outside the table. Another CPU may change it at once. */
/*@
  requires inv: page_ok;
  terminates \true;
  exits \false;
  assigns hw_world;
  ensures absent: pfn >= page_bounds.pfns ==> \result == PAGE_ABSENT;
  ensures held: pfn < page_bounds.pfns && hw_held(pfn) ==> \result == hw_pages.p[pfn].entry;
*/
uint16_t page_look(uint64_t pfn);

/* Is this an entry that a caller at VMPL caller may name: a guest page, not pinned, its own or of a
 * less privileged level? */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==>
    hw_state(entry) == HW_GUEST && hw_pins(entry) == 0 && caller <= hw_owner(entry);
*/
int page_entry_is_takeable(uint16_t entry, uint32_t caller);

/* What a frame is after this CPU has taken it from a state. */
/*@
  predicate page_taken(integer q, integer state, integer caller) =
    q < page_bounds.pfns && hw_held(q) && HW_SHARED <= state <= HW_CAA && hw_state_ok(state, q) &&
    hw_state(hw_pages.p[q].entry) == HW_BUSY &&
    (state == HW_GUEST ==> caller <= hw_owner(hw_pages.p[q].entry));
*/

/* Takes pfn to PAGE_BUSY, owner kept, if it is in state (SHARED, GUEST, VMSA or CAA) without pins;
 * a GUEST page only if caller <= owner. 1 if this CPU has it now, else 0 and nothing changed. */
/*@
  requires inv: page_ok;
  requires count: pfn < HW_PFNS ==> hw_tokens.open[pfn] < 1000;
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures result: \result == 0 || \result == 1;
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures taken: \result == 1 ==> page_taken(pfn, state, caller) && !\old(hw_held(pfn)) &&
    hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]);
  ensures refused: \result == 0 ==> hw_tokens == \old(hw_tokens);
  ensures gave: hw_gave == \old(hw_gave);
*/
int page_claim(uint64_t pfn, uint32_t state, uint32_t caller);
/* Gives a frame that this CPU has claimed back in a new state. Terminates with REASON_STATE if it
 * was not claimed. */
/*@
  requires inv: page_ok;
  requires held: pfn < HW_PFNS && hw_held(pfn) && hw_tokens.open[pfn] < 1000;
  requires fields: state < 16 && owner < 4;
  requires promise: hw_state_ok(state, pfn);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures given: hw_tokens.held[pfn] == 0 && hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]);
  ensures range: pfn < page_bounds.pfns;
  ensures gave: page_gave(pfn, state, owner);
  ensures kept: page_gave_rest{Pre, Post}(pfn, 1);
*/
void page_release(uint64_t pfn, uint32_t state, uint32_t owner);
/* The owner that a claimed frame had when it was claimed. */
/*@
  requires inv: page_ok;
  terminates \true;
  exits \false;
  assigns hw_world;
  ensures owner: pfn < page_bounds.pfns && hw_held(pfn) ==> \result == hw_owner(hw_pages.p[pfn].entry);
  ensures range: \result < 4;
*/
uint32_t page_claimed_owner(uint64_t pfn);

/* The same for count frames from pfn on: all of them or none. A frame that was taken before another
 * one was refused has gone back to the state it was taken from. */
/*@
  predicate page_back{A, B}(integer q, integer state, integer caller) =
    \at(hw_gave.entry[q], B) == \at(hw_gave.entry[q], A) ||
    (hw_state(\at(hw_gave.entry[q], B)) == state && hw_pins(\at(hw_gave.entry[q], B)) == 0 &&
     (state == HW_GUEST ==> caller <= hw_owner(\at(hw_gave.entry[q], B))));
*/
/*@
  requires inv: page_ok;
  requires range: pfn + count <= HW_PFNS && count <= 512;
  requires count: \forall integer q; pfn <= q < pfn + count ==> hw_tokens.open[q] < 1000;
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures result: \result == 0 || \result == 1;
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, count);
  ensures taken: \result == 1 ==> \forall integer q; pfn <= q < pfn + count ==>
    page_taken(q, state, caller) && !\at(hw_held(q), Pre) &&
    hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures refused: \result == 0 ==> \forall integer q; pfn <= q < pfn + count ==>
    (hw_held(q) <==> \at(hw_held(q), Pre)) && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures kept: \result == 1 ==> hw_gave == \old(hw_gave);
  ensures rest_kept: page_gave_rest{Pre, Post}(pfn, count);
  ensures back: \forall integer q; pfn <= q < pfn + count ==> page_back{Pre, Post}(q, state, caller);
*/
int page_claim_region(uint64_t pfn, uint64_t count, uint32_t state, uint32_t caller);
/* Back in state, all owned by owner; or (unclaim, a rollback) each by the owner it had. */
/*@
  requires inv: page_ok;
  requires range: pfn + count <= HW_PFNS && count <= 512 && state < 16 && owner < 4;
  requires count: \forall integer q; pfn <= q < pfn + count ==> hw_tokens.open[q] < 1000;
  requires held: \forall integer q; pfn <= q < pfn + count ==> hw_held(q);
  requires promise: \forall integer q; pfn <= q < pfn + count ==> hw_state_ok(state, q);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(pfn, count);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, count);
  ensures given: \forall integer q; pfn <= q < pfn + count ==>
    hw_tokens.held[q] == 0 && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures gave: \forall integer q; pfn <= q < pfn + count ==> page_gave(q, state, owner);
  ensures kept: page_gave_rest{Pre, Post}(pfn, count);
*/
void page_release_region(uint64_t pfn, uint64_t count, uint32_t state, uint32_t owner);
/*@
  requires inv: page_ok;
  requires range: pfn + count <= HW_PFNS && count <= 512 && (count > 0 ==> state < 16);
  requires count: \forall integer q; pfn <= q < pfn + count ==> hw_tokens.open[q] < 1000;
  requires held: \forall integer q; pfn <= q < pfn + count ==> hw_held(q);
  requires promise: \forall integer q; pfn <= q < pfn + count ==> hw_state_ok(state, q);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(pfn, count);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, count);
  ensures given: \forall integer q; pfn <= q < pfn + count ==>
    hw_tokens.held[q] == 0 && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures gave: \forall integer q; pfn <= q < pfn + count ==> page_gave_back{Pre, Post}(q, state);
  ensures kept: page_gave_rest{Pre, Post}(pfn, count);
*/
void page_unclaim_region(uint64_t pfn, uint64_t count, uint32_t state);

/* Pins a guest page that caller may use: it stays a guest page until unpinned. 1 = pinned. */
/*@
  requires inv: page_ok;
  requires count: pfn < HW_PFNS ==> hw_tokens.open[pfn] < 1000;
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures result: \result == 0 || \result == 1;
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures pinned: \result == 1 ==> pfn < page_bounds.pfns &&
    hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) + 1 &&
    hw_tokens.held[pfn] == \old(hw_tokens.held[pfn]) && !hw_static(pfn);
  ensures refused: \result == 0 ==> hw_tokens == \old(hw_tokens);
  ensures gave: hw_gave == \old(hw_gave);
*/
int page_pin(uint64_t pfn, uint32_t caller);
/*@
  requires inv: page_ok;
  requires pinned: pfn < HW_PFNS && 0 < hw_tokens.open[pfn] <= 1000;
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures unpinned: hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) - 1 &&
    hw_tokens.held[pfn] == \old(hw_tokens.held[pfn]);
  ensures gave: hw_gave == \old(hw_gave);
*/
void page_unpin(uint64_t pfn);

#endif
