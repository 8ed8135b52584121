/*
 * The module's own page tables: the static region in 4K pages at VA = GPA (text executable, nothing
 * both writable and executable, guard pages and gaps not mapped), guest memory from HW_DIRECT_MAP on in
 * 2M leaves, writable, never executable, without the static region.
 */
#ifndef MODULE_BOOT_TABLES_H
#define MODULE_BOOT_TABLES_H

#include <stdint.h>

/* Builds the tables of the static region; cbit = the mask. The GHCB page of CPU 0 is mapped shared. */
void tables_init(uint64_t cbit);
/* The value of CR3. */
uint64_t tables_root(void);
/* Adds RAM to the direct map; pfn and pages in 4K units, within HW_PFNS. */
void tables_map_ram(uint64_t pfn, uint64_t pages);
/* Maps the GHCB page of a CPU without the C-bit. The page has been rescinded and shared. */
void tables_share_ghcb(uint32_t cpu);
/* Makes page tables, GDT, IDT, TSSs and the CPUs' VMSA pages read-only. Last step. */
void tables_seal(void);

#endif
