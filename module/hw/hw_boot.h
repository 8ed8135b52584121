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

/* Guest memory is mapped privately, not executable, from here on (tables.c). */
#define HW_DIRECT_MAP 0xffff800000000000UL

/* GDT selectors; one TSS descriptor (16 bytes) for each CPU. hw_cpu() is read off TR. */
#define SELECTOR_CODE	  0x08U
#define SELECTOR_DATA	  0x10U
#define SELECTOR_TSS(cpu) (0x20U + 0x10U * (cpu))

/* One GHCB page for each CPU: mapped without the C-bit once it has been shared. */
extern uint8_t hw_ghcb_pages[CPUS_MAX][PAGE_SIZE];

/* Bytes of an ownership table for pfns 0..pfns - 1, the device gap below 4 GiB left out; a 4K multiple. */
uint64_t hw_table_bytes(uint64_t pfns);
/* From here on the table covers pfns frames: hw_table_* see nothing beyond them, and absent frames in
 * the gap. */
void hw_table_place(uint64_t pfns);

/* PVALIDATE and RMPADJUST of one 4K page of the static region; results as in hw.h. */
uint64_t hw_static_pvalidate(uint64_t gpa, uint32_t validate);
uint32_t hw_static_rmpadjust(uint64_t gpa, uint32_t attributes);

/* limit: bytes - 1. hw_load_gdt also loads DS, ES, SS, FS and GS with selector 0x10 or 0. */
void hw_load_gdt(uint64_t base, uint16_t limit);
void hw_load_idt(uint64_t base, uint16_t limit);
void hw_load_tr(uint16_t selector);
void hw_load_cr3(uint64_t value);

/* RDRAND: 1 and *value random, or 0. */
int hw_random(uint64_t *value);

/* A word of private memory that the compiler may not remember: for the C-bit self check. */
void hw_probe_write(uint64_t value);
uint64_t hw_probe_read(void);

#endif
