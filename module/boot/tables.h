/*
 * The module's own page tables: the static region in 4K pages at VA = GPA (text executable, nothing
 * both writable and executable, guard pages and gaps not mapped), guest memory from HW_DIRECT_MAP on in
 * 2M leaves, writable, never executable, without the static region.
 *
 * What the tables hold is tables_ok (module/hw/hw_image.h), word by word; what that means for a virtual
 * address is walked and proved in tables.c.
 */
#ifndef MODULE_BOOT_TABLES_H
#define MODULE_BOOT_TABLES_H

#include <stdint.h>
#include "module/hw/hw_boot.h"

/* The entry of a page of the static region, in bytes. */
/*@
  logic integer region_index(integer gpa) = gpa / 4096 - MODULE_BASE / 4096;
  logic integer region_of(integer gpa) = page_tables.t[TABLE_REGION][region_index(gpa)];
  logic integer ghcb_gpa(integer cpu) = image_layout.ghcb + 4096 * cpu;
  predicate ghcb_mapped_shared(integer cpu) = region_of(ghcb_gpa(cpu)) == ghcb_gpa(cpu) + MAP_RW;
  // The leaf of the direct map for the n-th 2M.
  logic integer direct_of(integer n) = page_tables.t[TABLE_DIRECT_PD + n / 512][n % 512];
*/

/*
 * The walk, as the CPU does it (manual volume 2, section 5.3.3, and 15.34.6 for the C-bit). An entry: present
 * 0, writable 1, large 7, address [51:12] with the C-bit in it, no execution 63. Every address of an entry
 * here is below the C-bit, so the bit is set if the address field is not below it.
 */
/*@
  predicate pte_has(integer e, integer bit) = e / bit % 2 == 1;
  logic integer pte_field(integer e) = e % 0x10000000000000 - e % 4096;
  predicate pte_private(integer e) = pte_field(e) >= page_mode.cbit;
  logic integer pte_gpa(integer e) =
    pte_field(e) >= page_mode.cbit ? pte_field(e) - page_mode.cbit : pte_field(e);
  // The table that an entry leads to.
  logic integer pte_table(integer e) = (pte_gpa(e) - image_layout.tables) / 4096;

  logic integer walk_4(integer va) = page_tables.t[TABLE_ROOT][va / 0x8000000000 % 512];
  logic integer walk_3(integer va) = page_tables.t[pte_table(walk_4(va))][va / 0x40000000 % 512];
  logic integer walk_2(integer va) = page_tables.t[pte_table(walk_3(va))][va / 0x200000 % 512];
  logic integer walk_1(integer va) = page_tables.t[pte_table(walk_2(va))][va / 4096 % 512];
  // An entry that leads to one of these tables, privately.
  predicate walk_link(integer e) =
    pte_has(e, PTE_PRESENT) && !pte_has(e, PTE_LARGE) && pte_private(e) && 0 <= pte_table(e) < TABLES &&
    pte_gpa(e) == image_layout.tables + 4096 * pte_table(e);

  predicate walk_maps_large(integer va) =
    walk_link(walk_4(va)) && walk_link(walk_3(va)) && pte_has(walk_2(va), PTE_PRESENT) &&
    pte_has(walk_2(va), PTE_LARGE);
  predicate walk_maps_small(integer va) =
    walk_link(walk_4(va)) && walk_link(walk_3(va)) && walk_link(walk_2(va)) &&
    pte_has(walk_1(va), PTE_PRESENT);
  predicate walk_maps(integer va) = walk_maps_small(va) || walk_maps_large(va);
  // The walk ends at an entry that is not present, or maps: it leaves these tables nowhere.
  predicate walk_ends(integer va) =
    walk_maps(va) || !pte_has(walk_4(va), PTE_PRESENT) ||
    (walk_link(walk_4(va)) &&
     (!pte_has(walk_3(va), PTE_PRESENT) ||
      (walk_link(walk_3(va)) &&
       (!pte_has(walk_2(va), PTE_PRESENT) ||
        (walk_link(walk_2(va)) && !pte_has(walk_1(va), PTE_PRESENT))))));
  logic integer walk_leaf(integer va) = walk_2(va) / PTE_LARGE % 2 == 1 ? walk_2(va) : walk_1(va);
  // Where an address leads.
  predicate walk_reaches(integer va, integer gpa) =
    (walk_maps_small(va) && gpa == pte_gpa(walk_1(va)) + va % 4096) ||
    (walk_maps_large(va) && gpa == pte_gpa(walk_2(va)) + va % 0x200000);
  // Where the leaf allows it; the levels above allow writing and execution.
  predicate walk_writes(integer va) = walk_maps(va) && pte_has(walk_leaf(va), PTE_WRITE);
  predicate walk_runs(integer va) = walk_maps(va) && !pte_has(walk_leaf(va), PTE_NX);
  predicate walk_canonical(integer va) = 0 <= va < 0x800000000000 || HW_DIRECT_MAP <= va < 0x10000000000000000;

  // What the tables owe for an address of the lower half (the static region) and of the upper half (the
  // direct map).
  predicate walk_low_gpa(integer va) =
    walk_maps(va) ==> !walk_maps_large(va) && pte_gpa(walk_1(va)) + va % 4096 == va && hw_static(va / 4096);
  predicate walk_low_rights(integer va) =
    !(walk_writes(va) && walk_runs(va)) &&
    (walk_runs(va) ==> image_layout.text <= va < image_layout.rodata) &&
    (walk_maps(va) && !pte_private(walk_leaf(va)) ==> image_is_ghcb(va));
  predicate walk_low_sealed(integer va, integer sealed) =
    sealed == 1 && image_layout.sealed <= va < image_layout.stacks ==> !walk_writes(va);
  predicate walk_low_guard(integer va) =
    image_layout.stacks <= va < image_layout.ghcb && walk_maps(va) ==>
      (va - image_layout.stacks) % IMAGE_STACK_SIZE >= 4096 &&
      !(IMAGE_FATAL_GUARD <= (va - image_layout.stacks) % IMAGE_STACK_SIZE < IMAGE_FATAL_GUARD + 4096);
  predicate walk_low_ok(integer va, integer sealed) =
    walk_low_gpa(va) && walk_low_rights(va) && walk_low_sealed(va, sealed) && walk_low_guard(va);
  predicate walk_high_ok(integer va) =
    walk_maps(va) ==>
      !walk_maps_small(va) && pte_gpa(walk_2(va)) + va % 0x200000 == va - HW_DIRECT_MAP &&
      va - HW_DIRECT_MAP < MEMORY_GPA_END && !hw_static((va - HW_DIRECT_MAP) / 4096) &&
      !walk_runs(va) && pte_private(walk_leaf(va));
*/

/* Builds the tables of the static region; cbit = the mask. The GHCB page of CPU 0 is mapped shared: it has
 * been rescinded. */
/*@
  requires image: image_ok;
  requires cbit: cbit_ok(cbit);
  requires shared: hw_pages.p[image_ghcb_pfn(0)].validated == 0;
  terminates \true;
  exits \false;
  assigns page_tables, page_mode;
  ensures ok: tables_ok(0);
  ensures cbit: page_mode.cbit == cbit;
  ensures shared: ghcb_mapped_shared(0);
  ensures private: \forall integer cpu; 0 < cpu < CPUS_MAX ==> !ghcb_mapped_shared(cpu);
  ensures empty: \forall integer k, i; 0 <= k < DIRECT_PDS && 0 <= i < 512 ==>
    page_tables.t[TABLE_DIRECT_PD + k][i] == 0;
*/
void tables_init(uint64_t cbit);
/* The value of CR3. */
/*@
  requires ok: image_ok && cbit_ok(page_mode.cbit);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == image_layout.tables + page_mode.cbit;
*/
uint64_t tables_root(void);
/* Adds RAM to the direct map, in whole 2M; pfn and pages in 4K units, within HW_PFNS. */
/*@
  requires ok: tables_ok(0);
  requires range: 0 < pages && pfn + pages <= HW_PFNS;
  terminates \true;
  exits \false;
  assigns page_tables;
  ensures ok: tables_ok(0);
  ensures mapped: \forall integer n; pfn / 512 <= n <= (pfn + pages - 1) / 512 && n != REGION_SLOT ==>
    direct_of(n) == direct_entry(n);
  ensures others: \forall integer n;
    0 <= n < 512 * DIRECT_PDS && (n < pfn / 512 || n > (pfn + pages - 1) / 512) ==>
      direct_of(n) == \at(direct_of(n), Pre);
  ensures region: \forall integer i; 0 <= i < 512 ==>
    page_tables.t[TABLE_REGION][i] == \at(page_tables.t[TABLE_REGION][i], Pre);
*/
void tables_map_ram(uint64_t pfn, uint64_t pages);
/* Maps the GHCB page of a CPU without the C-bit. The page has been rescinded and shared. */
/*@
  requires ok: tables_ok(0);
  requires range: cpu < CPUS_MAX;
  requires rescinded: hw_pages.p[image_ghcb_pfn(cpu)].validated == 0;
  terminates \true;
  exits \false;
  assigns page_tables, hw_loaded, hw_world;
  ensures ok: tables_ok(0);
  ensures shared: ghcb_mapped_shared(cpu);
  ensures fresh: hw_loaded.fresh == 1;
  ensures others: \forall integer t, i; 0 <= t < TABLES && 0 <= i < 512 &&
    !(t == TABLE_REGION && i == region_index(ghcb_gpa(cpu))) ==>
      page_tables.t[t][i] == \at(page_tables.t[t][i], Pre);
*/
void tables_share_ghcb(uint32_t cpu);
/* Makes page tables, GDT, IDT, TSSs and the CPUs' VMSA pages read-only. Last step. */
/*@
  requires ok: tables_ok(0);
  terminates \true;
  exits \false;
  assigns page_tables, hw_loaded, hw_world;
  ensures ok: tables_ok(1);
  ensures fresh: hw_loaded.fresh == 1;
  ensures others: \forall integer t, i; 0 <= t < TABLES && 0 <= i < 512 &&
    !(t == TABLE_REGION &&
      image_layout.sealed <= MODULE_BASE + 4096 * i < image_layout.stacks) ==>
      page_tables.t[t][i] == \at(page_tables.t[t][i], Pre);
*/
void tables_seal(void);

#endif
