/*
 * Guest memory at boot: what the host says there is, checked once; the ownership table; taking over.
 */
#ifndef MODULE_BOOT_MEMORY_H
#define MODULE_BOOT_MEMORY_H

#include <stdint.h>
#include <verismo/launch.h>
#include "module/boot/image.h"
#include "module/guest/page.h"
#include "module/hw/ghost.h"
#include "module/hw/hw_boot.h"

#define MEMORY_RANGES 8U

struct memory_range { /* 4K frames */
	uint64_t pfn;
	uint64_t pages;
};
struct memory_map { /* RAM, ascending, apart from each other */
	struct memory_range range[MEMORY_RANGES];
	uint32_t count;
	uint64_t pages; /* sum */
	uint64_t end;	/* pfn behind the last range */
};
/* The checked map; count is 0 until memory_read_map. */
extern struct memory_map memory_map;

/* ---- the launch block ---- */

/*@
  // Has the range a frame in common with [pfn, pfn + pages)?
  predicate launch_meets(struct launch_range r, integer pfn, integer pages) =
    pfn < r.gpa / PAGE_SIZE + r.pages && r.gpa / PAGE_SIZE < pfn + pages;
  predicate launch_holds(struct launch_block b, integer pfn, integer pages) =
    \exists integer i; 0 <= i < b.ranges && launch_meets(b.range[i], pfn, pages);
  // Whole pages below the module, ascending, apart from each other.
  predicate launch_range_ok(struct launch_range r) =
    r.gpa % PAGE_SIZE == 0 && r.pages > 0 &&
    r.gpa / PAGE_SIZE + r.pages <= MODULE_BASE / PAGE_SIZE;
  predicate launch_apart(struct launch_range a, struct launch_range b) =
    a.gpa / PAGE_SIZE + a.pages <= b.gpa / PAGE_SIZE;
  predicate launch_ranges_ok(struct launch_block b) =
    b.ranges <= LAUNCH_RANGES &&
    (\forall integer i; 0 <= i < b.ranges ==> launch_range_ok(b.range[i])) &&
    (\forall integer i, j; 0 <= i < j < b.ranges ==> launch_apart(b.range[i], b.range[j]));
*/

/* The measured launch block: ends the VM with REASON_LAUNCH_BLOCK if it contradicts itself: magic number,
 * kind, the guest's level; the loaded ranges are whole pages below the module, ascending and apart; nothing
 * was loaded where the module writes for the guest, but for Linux boot_params and ACPI tables were. */
/*@
  terminates image_launch.magic == LAUNCH_MAGIC &&
    (image_launch.kind == LAUNCH_LINUX || image_launch.kind == LAUNCH_PLAIN) &&
    image_launch.guest_vmpl == GUEST_VMPL_MIN &&
    launch_ranges_ok(image_launch) &&
    !launch_holds(image_launch, GUEST_CC_BLOB_GPA / PAGE_SIZE,
      (GUEST_BOOT_PARAMS_GPA - GUEST_CC_BLOB_GPA) / PAGE_SIZE) &&
    !launch_holds(image_launch, GUEST_SETUP_DATA_GPA / PAGE_SIZE, 1) &&
    !launch_holds(image_launch, GUEST_PAGE_TABLES_GPA / PAGE_SIZE, 6) &&
    (image_launch.kind == LAUNCH_LINUX ==>
      launch_holds(image_launch, GUEST_BOOT_PARAMS_GPA / PAGE_SIZE, 1) &&
      launch_holds(image_launch, GUEST_ACPI_GPA / PAGE_SIZE, 1));
  exits \false;
  assigns \nothing;
  ensures magic: image_launch.magic == LAUNCH_MAGIC;
  ensures kind: image_launch.kind == LAUNCH_LINUX || image_launch.kind == LAUNCH_PLAIN;
  ensures vmpl: image_launch.guest_vmpl == GUEST_VMPL_MIN;
  ensures ranges: launch_ranges_ok(image_launch);
  ensures handed: !launch_holds(image_launch, GUEST_CC_BLOB_GPA / PAGE_SIZE,
                                (GUEST_BOOT_PARAMS_GPA - GUEST_CC_BLOB_GPA) / PAGE_SIZE);
  ensures setup_data: !launch_holds(image_launch, GUEST_SETUP_DATA_GPA / PAGE_SIZE, 1);
  ensures page_tables: !launch_holds(image_launch, GUEST_PAGE_TABLES_GPA / PAGE_SIZE, 6);
  ensures complete: image_launch.kind == LAUNCH_LINUX ==>
    launch_holds(image_launch, GUEST_BOOT_PARAMS_GPA / PAGE_SIZE, 1) &&
    launch_holds(image_launch, GUEST_ACPI_GPA / PAGE_SIZE, 1);
*/
void launch_check(void);
/* Is one of the frames [pfn, pfn + pages) loaded at launch? */
/*@
  requires ranges: launch_ranges_ok(image_launch);
  requires range: pages > 0 && pfn + pages <= HW_PFNS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> launch_holds(image_launch, pfn, pages);
*/
int launch_covers(uint64_t pfn, uint64_t pages);

/* ---- the state of the frames during boot ---- */

/*@
  // This CPU has the frame, which has no state yet, and no guest level has reached it.
  predicate boot_held(integer q) =
    hw_held(q) && hw_tokens.open[q] == 0 && hw_pages.p[q].entry == HW_ABSENT && hw_unreached(q);
  // With content of the launch or of the module; or not the VM's yet.
  predicate boot_clean(integer q) =
    hw_pages.p[q].validated == 1 && hw_pages.p[q].secret == 0 && hw_pages.p[q].vmsa == 0;
  predicate boot_void(integer q) =
    hw_pages.p[q].validated == 0 && hw_pages.p[q].own == 0 && hw_pages.p[q].vmsa == 0;
  // Outside the static region, of which boot itself changes some frames: as the launch has left it.
  predicate boot_waits(integer q) =
    boot_held(q) &&
    (hw_static(q) || (launch_holds(image_launch, q, 1) ? boot_clean(q) : boot_void(q)));
  // The state in which the launch leaves the machine.
  predicate boot_start = \forall integer q; 0 <= q < HW_PFNS ==>
    boot_waits(q) && (hw_static(q) ==> hw_launched(q));
*/

/* ---- the host's memory map ---- */

/*@
  // Where RAM may lie: below the device gap, or above it.
  predicate memory_place(integer pfn, integer pages) =
    pages > 0 && pfn + pages <= HW_PFNS &&
    (pfn + pages <= MEMORY_LOW_END / PAGE_SIZE || MEMORY_HIGH_START / PAGE_SIZE <= pfn);
  predicate memory_range_ok(struct memory_range r) = memory_place(r.pfn, r.pages);
  predicate memory_apart(struct memory_range a, struct memory_range b) = a.pfn + a.pages < b.pfn;
  predicate memory_in(struct memory_range r, integer q) = r.pfn <= q < r.pfn + r.pages;
  predicate memory_is_ram(struct memory_map m, integer q) =
    \exists integer i; 0 <= i < m.count && memory_in(m.range[i], q);
  predicate memory_shape(struct memory_map m) =
    m.count <= MEMORY_RANGES &&
    (\forall integer i; 0 <= i < m.count ==> memory_range_ok(m.range[i])) &&
    (\forall integer i, j; 0 <= i < j < m.count ==> memory_apart(m.range[i], m.range[j])) &&
    (m.count == 0 ? m.end == 0 : m.end == m.range[m.count - 1].pfn + m.range[m.count - 1].pages) &&
    m.pages <= m.end <= HW_PFNS;
  // The frame behind the module: static region and table.
  logic integer memory_module_end(struct memory_map m) = hw_table_first + hw_table_pages(m.end);
  predicate memory_is_module(struct memory_map m, integer q) =
    MODULE_BASE / PAGE_SIZE <= q < memory_module_end(m);
  // A checked map: the first range begins at 0 and holds the module.
  predicate memory_ok(struct memory_map m) =
    memory_shape(m) && m.count > 0 && m.range[0].pfn == 0 &&
    hw_table_first <= memory_module_end(m) <= m.range[0].pages;

  // The host's list: what a used entry must be, and the frames of the entries before n that are RAM.
  predicate memory_entry_ok(struct igvm_memory_map_entry e) = e.pages > 0 &&
    (e.type == IGVM_MEMORY || e.type == IGVM_MEMORY_RESERVED);
  predicate memory_entry_ram(struct igvm_memory_map_entry e, integer q) =
    e.type == IGVM_MEMORY && e.start <= q < e.start + e.pages;
  predicate memory_entry_behind(struct igvm_memory_map_entry e, struct igvm_memory_map_entry f) =
    e.start + e.pages <= f.start;
  predicate memory_host_ram(integer n, integer q) =
    \exists integer i; 0 <= i < n && memory_entry_ram(image_memmap[i], q);
  predicate memory_host_ok(integer n) =
    (\forall integer i; 0 <= i < n ==> memory_entry_ok(image_memmap[i])) &&
    (\forall integer i, j; 0 <= i < j < n ==> memory_entry_behind(image_memmap[i], image_memmap[j]));
  predicate memory_copied(struct memory_map m, integer n) =
    \forall integer q; memory_is_ram(m, q) <==> memory_host_ram(n, q);
  // The list has n used entries, all as they must be, and the map has their RAM, no more and no less.
  predicate memory_listed(struct memory_map m, integer n) =
    0 <= n <= IGVM_MEMORY_ENTRIES && (n < IGVM_MEMORY_ENTRIES ==> image_memmap[n].pages == 0) &&
    memory_host_ok(n) && memory_copied(m, n);
*/

/* Copies and checks the host's map: ends the VM with REASON_MEMORY_MAP unless it is sorted, without
 * overlap, within the limits of launch.h, and contains all that the launch has placed. */
/*@
  requires fresh: memory_map.count == 0 && memory_map.pages == 0 && memory_map.end == 0;
  terminates \false;
  exits \false;
  assigns memory_map;
  ensures map: memory_ok(memory_map);
  ensures size: MEMORY_MIN / PAGE_SIZE <= memory_map.pages <= MEMORY_MAX / PAGE_SIZE;
  ensures host: \exists integer n; memory_listed(memory_map, n);
*/
void memory_read_map(void);
/* Bytes behind MODULE_BASE that are the module's: static region and table; a 4K multiple. */
/*@
  requires map: memory_map.end <= HW_PFNS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures size: \result == PAGE_SIZE * (memory_module_end(memory_map) - MODULE_BASE / PAGE_SIZE);
  ensures least: \result >= MODULE_SIZE;
*/
uint64_t memory_module_size(void);

/* ---- the ownership table, and the first state of each frame ---- */

/*@
  // Once the table is placed.
  predicate boot_ready(integer q) =
    boot_held(q) &&
    (hw_static(q) ||
     (launch_holds(image_launch, q, 1) || hw_table_frame(q, memory_map.end) ? boot_clean(q) : boot_void(q)));
  // What the take-over deals with, and what it makes of it: the entry that it gives the frame.
  predicate boot_taken(integer q) = memory_is_ram(memory_map, q) && !hw_static(q);
  predicate boot_given(integer q, integer vmpl) =
    hw_tokens.held[q] == 0 && hw_tokens.open[q] == 0 &&
    (hw_table_frame(q, memory_map.end) ? hw_gave.entry[q] == HW_MODULE
                                    : hw_gave.entry[q] == HW_GUEST + 16 * vmpl);
  predicate boot_left{A, B}(integer q) =
    hw_same{A, B}(q) && \at(hw_tokens.held[q], B) == \at(hw_tokens.held[q], A) &&
    \at(hw_tokens.open[q], B) == \at(hw_tokens.open[q], A) &&
    \at(hw_gave.entry[q], B) == \at(hw_gave.entry[q], A);
*/

/* Validates and clears the ownership table's own frames and sizes the table. Ends the VM with
 * REASON_PVALIDATE if the host has not left these frames as they were at launch. */
/*@
  requires inv: hw_inv;
  requires map: memory_ok(memory_map);
  requires launch: launch_ranges_ok(image_launch);
  requires waits: \forall integer q; 0 <= q < HW_PFNS ==> boot_waits(q);
  requires once: page_bounds.pfns == 0;
  terminates \false;
  exits \false;
  assigns HW_FRAMES, hw_table_pfns, page_bounds;
  ensures inv: page_ok;
  ensures bounds: page_bounds.pfns == memory_map.end;
  ensures ready: \forall integer q; 0 <= q < HW_PFNS ==> boot_ready(q);
  ensures rest: \forall integer q; 0 <= q < HW_PFNS && !hw_table_frame(q, memory_map.end) ==>
    hw_same{Pre, Post}(q);
*/
void memory_place_table(void);
/* Gives each frame of RAM outside the static region its first state: the table's own become PAGE_MODULE,
 * all others PAGE_GUEST: measured guest pages with their content, the rest validated, cleared and granted,
 * in this order. All other frames stay as they are. Ends the VM with REASON_PVALIDATE if the host has
 * not left the frames as they were at launch, with REASON_RMPADJUST if a grant fails. */
/*@
  requires inv: page_ok;
  requires map: memory_ok(memory_map);
  requires launch: launch_ranges_ok(image_launch);
  requires bounds: page_bounds.pfns == memory_map.end;
  requires ready: \forall integer q; 0 <= q < HW_PFNS ==> boot_ready(q);
  requires vmpl: GUEST_VMPL_MIN <= guest_vmpl <= GUEST_VMPL_MAX;
  terminates \false;
  exits \false;
  assigns HW_ALL;
  ensures inv: page_ok;
  ensures given: \forall integer q; 0 <= q < HW_PFNS && boot_taken(q) ==> boot_given(q, guest_vmpl);
  ensures rest: \forall integer q; 0 <= q < HW_PFNS && !boot_taken(q) ==> boot_left{Pre, Post}(q);
*/
void memory_take_over(uint32_t guest_vmpl);
/* Gives the frames of the static region their state, PAGE_MODULE: the boot code is done with them. */
/*@
  requires inv: page_ok;
  requires map: memory_ok(memory_map);
  requires bounds: page_bounds.pfns == memory_map.end;
  requires held: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) ==> boot_held(q);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures given: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) ==>
    hw_tokens.held[q] == 0 && hw_tokens.open[q] == 0 && hw_gave.entry[q] == HW_MODULE;
  ensures rest: \forall integer q; 0 <= q < HW_PFNS && !hw_static(q) ==>
    hw_tokens.held[q] == \at(hw_tokens.held[q], Pre) &&
    hw_tokens.open[q] == \at(hw_tokens.open[q], Pre) &&
    (\at(hw_held(q), Pre) ==> boot_left{Pre, Post}(q));
*/
void memory_keep_static(void);

#endif
