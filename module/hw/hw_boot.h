/*
 * What only the boot code needs of the hardware, beside hw.h: descriptor tables, CR3, random numbers,
 * SNP instructions on the module's own static region, which the direct map leaves out.
 * gpa = address in the static region, in bytes; it is mapped there at VA = GPA.
 */
#ifndef MODULE_HW_BOOT_H
#define MODULE_HW_BOOT_H

#include <stdint.h>
#include <verismo/snp.h>
#include <verismo/launch.h>
#include "module/hw/hw.h"
#include "module/hw/hw_image.h"

/* One GHCB page for each CPU: mapped without the C-bit once it has been shared. */
extern uint8_t hw_ghcb_pages[CPUS_MAX][PAGE_SIZE];

/* ---- the ownership table ---- */

/* Two bytes for each frame outside the device gap below 4 GiB; behind the static region. */
/*@
  logic integer hw_table_slots(integer pfns) =
    pfns < MEMORY_LOW_END / 4096 ? pfns :
    pfns < MEMORY_HIGH_START / 4096 ? MEMORY_LOW_END / 4096 :
    pfns - (MEMORY_HIGH_START - MEMORY_LOW_END) / 4096;
  logic integer hw_table_first = (MODULE_BASE + MODULE_SIZE) / 4096;
  logic integer hw_table_pages(integer pfns) = (2 * hw_table_slots(pfns) + 4095) / 4096;
  // The frames of a table for pfns frames.
  predicate hw_table_frame(integer q, integer pfns) =
    hw_table_first <= q < hw_table_first + hw_table_pages(pfns);
  // The table has an entry for the frame.
  predicate hw_table_covers(integer q, integer pfns) =
    q < pfns && !(MEMORY_LOW_END / 4096 <= q < MEMORY_HIGH_START / 4096);
*/
/* Frames that the table covers, from frame 0 on. */
extern uint64_t hw_table_pfns;
/* Bytes of an ownership table for pfns 0..pfns - 1, the device gap below 4 GiB left out; a 4K multiple. */
/*@
  requires range: pfns <= HW_PFNS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures size: \result == 4096 * hw_table_pages(pfns) && \result <= 0x200000;
*/
uint64_t hw_table_bytes(uint64_t pfns);
/* From here on the table covers pfns frames: hw_table_* see nothing beyond them, and absent frames in
 * the gap. Asked of the caller: its own frames are private and zero, so each entry reads as absent. */
/*@
  requires range: pfns <= HW_PFNS;
  requires frames: \forall integer q; hw_table_frame(q, pfns) ==>
    hw_mine(q) && hw_pages.p[q].validated == 1 && hw_pages.p[q].secret == 0 && hw_unreached(q);
  terminates \true;
  exits \false;
  assigns hw_table_pfns \from pfns;
  ensures placed: hw_table_pfns == pfns;
*/
void hw_table_place(uint64_t pfns);

/* ---- SNP instructions on one 4K page of the static region; results as in hw.h ---- */

/*@
  // A frame of the static region as the launch leaves it: private, the module's alone.
  predicate hw_launched(integer q) =
    hw_static(q) && hw_held(q) && hw_pages.p[q].validated == 1 && hw_pages.p[q].vmsa == 0 &&
    hw_unreached(q);
*/
/* Rescinds a page, or (validate = 1, of a page that is validated: the C-bit self check) asks the machine
 * whether this is the page. A translation of VMPL0 may stay in this CPU's TLB until it loads CR3. */
/*@
  requires range: gpa % 4096 == 0 && validate <= 1;
  requires inv: hw_inv;
  requires launched: hw_launched(gpa / 4096);
  terminates \true;
  exits \false;
  assigns hw_pages \from hw_pages, hw_world, indirect:gpa, indirect:validate;
  assigns hw_changed \from hw_changed, hw_world;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world, hw_pages, gpa, validate;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(gpa / 4096, 1);
  ensures like: hw_like{Pre, Post}(gpa / 4096);
  ensures result: \result <= 0x1ffffffff;
  ensures refused: \result != 0 ==> hw_same{Pre, Post}(gpa / 4096) && hw_changed == \old(hw_changed);
  ensures rescinded: validate == 0 && \result == 0 ==> hw_pages.p[gpa / 4096].validated == 0;
  ensures changed: \result == 0 ==> hw_changed == 1;
*/
uint64_t hw_static_pvalidate(uint64_t gpa, uint32_t validate);
/* VMPL1..3 never get a permission on the static region: only the VMSA bit is of interest. */
/*@
  requires range: gpa % 4096 == 0 && attributes < 0x20000;
  requires level: 1 <= HW_ATTR_VMPL(attributes) <= 3 && HW_ATTR_PERM(attributes) == 0;
  requires inv: hw_inv;
  requires launched: hw_launched(gpa / 4096);
  terminates \true;
  exits \false;
  assigns hw_pages \from hw_pages, hw_world, indirect:gpa, indirect:attributes;
  assigns hw_changed \from hw_changed, hw_world;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world, hw_pages, gpa, attributes;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(gpa / 4096, 1);
  ensures refused: \result != 0 ==> hw_same{Pre, Post}(gpa / 4096) && hw_changed == \old(hw_changed);
  ensures done: \result == 0 ==>
    hw_adjusted{Pre, Post}(gpa / 4096, HW_ATTR_VMPL(attributes), 0, HW_ATTR_VMSA(attributes));
  ensures changed: \result == 0 ==> hw_changed == 1;
*/
uint32_t hw_static_rmpadjust(uint64_t gpa, uint32_t attributes);

/* ---- tables that the CPU reads ---- */

/* What this CPU has been told to use. */
struct hw_loaded {
	uint64_t gdt; /* VA */
	uint64_t idt; /* VA */
	uint64_t cr3;
	uint16_t tr;
	uint32_t fresh; /* 1: no translation is left from before the last change of page_tables */
};
/*@ ghost struct hw_loaded hw_loaded; */

/* limit: bytes - 1. The segment registers keep what they have, which this table has too: SELECTOR_CODE from
 * entry.S, SELECTOR_DATA from the launch VMSA. */
/*@
  requires table: image_ok && base == image_layout.gdt && limit == 8 * GDT_ENTRIES - 1;
  requires segments: gdt_segments_ok;
  terminates \true;
  exits \false;
  assigns hw_loaded \from hw_loaded, base;
  assigns hw_world \from hw_world, base, limit;
  ensures loaded: hw_loaded == {\old(hw_loaded) \with .gdt = base};
*/
void hw_load_gdt(uint64_t base, uint16_t limit);
/*@
  requires table: image_ok && base == image_layout.idt && limit == 16 * VECTORS - 1;
  requires gates: idt_ok;
  terminates \true;
  exits \false;
  assigns hw_loaded \from hw_loaded, base;
  assigns hw_world \from hw_world, base, limit;
  ensures loaded: hw_loaded == {\old(hw_loaded) \with .idt = base};
*/
void hw_load_idt(uint64_t base, uint16_t limit);
/* The CPU marks the descriptor busy. */
/*@
  requires selector: selector == SELECTOR_TSS(0);
  requires tss: tss_ok(descriptors.tss[0], 0);
  requires available: tss_descriptor_fields(descriptors.gdt.tss[0].low, 0x89, tss_at(0)) &&
    tss_descriptor_ok(descriptors.gdt.tss[0].low, descriptors.gdt.tss[0].high, 0);
  terminates \true;
  exits \false;
  assigns descriptors \from descriptors, selector;
  assigns hw_loaded \from hw_loaded, selector;
  assigns hw_world \from hw_world, selector;
  ensures loaded: hw_loaded == {\old(hw_loaded) \with .tr = selector};
  ensures busy: descriptors.gdt.tss[0].low == \old(descriptors.gdt.tss[0].low) + TSS_BUSY &&
    descriptors.gdt.tss[0].high == \old(descriptors.gdt.tss[0].high);
  ensures segments: descriptors.gdt.segment == \old(descriptors.gdt.segment);
  ensures others: \forall integer c; 0 < c < CPUS_MAX ==>
    descriptors.gdt.tss[c].low == \at(descriptors.gdt.tss[c].low, Pre) &&
    descriptors.gdt.tss[c].high == \at(descriptors.gdt.tss[c].high, Pre);
  ensures idt: descriptors.idt == \old(descriptors.idt);
  ensures tss: descriptors.tss == \old(descriptors.tss);
*/
void hw_load_tr(uint16_t selector);
/* Drops this CPU's translations too. Asked of the caller: the tables are as they must be. */
/*@
  requires root: value == image_layout.tables + page_mode.cbit;
  requires tables: tables_ok(0) || tables_ok(1);
  terminates \true;
  exits \false;
  assigns hw_loaded \from hw_loaded, value;
  assigns hw_world \from hw_world, value;
  ensures loaded: hw_loaded == {{\old(hw_loaded) \with .cr3 = value} \with .fresh = (uint32_t)1};
*/
void hw_load_cr3(uint64_t value);

/* ---- self check ---- */

/* RDRAND: 1 and *value random, or 0. */
/*@ ghost uint64_t hw_drawn; */ /* the last random number */
/*@
  requires valid: \valid(value);
  terminates \true;
  exits \false;
  assigns *value, hw_drawn \from hw_world;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world;
  ensures result: \result == 0 || \result == 1;
  ensures drawn: \result == 1 ==> *value == hw_drawn;
*/
int hw_random(uint64_t *value);

/* A word of private memory that the compiler may not remember: for the C-bit self check. */
struct hw_probe {
	uint64_t written; /* last, by this CPU */
	uint64_t read;
};
/*@ ghost struct hw_probe hw_probe; */
/*@
  terminates \true;
  exits \false;
  assigns hw_probe \from hw_probe, value;
  assigns hw_world \from hw_world, value;
  ensures hw_probe == {\old(hw_probe) \with .written = value};
*/
void hw_probe_write(uint64_t value);
/*@
  terminates \true;
  exits \false;
  assigns hw_probe \from hw_probe, hw_world;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world;
  ensures hw_probe == {\old(hw_probe) \with .read = \result};
*/
uint64_t hw_probe_read(void);

#endif
