/*
 * The start in 32-bit mode, paging off, everything private: the C-bit's position from the CPUID page,
 * and what the CPU needs for long mode. early.c is compiled for 32 bits: this includes only what fits.
 */
#ifndef MODULE_BOOT_EARLY_H
#define MODULE_BOOT_EARLY_H

#include <stdint.h>
#include <verismo/ghcb.h>
#include <verismo/launch.h>
#include <verismo/reasons.h>
#include <verismo/snp.h>

/* The C-bit lies in the upper half of a table's entry, in its address field. */
#define EARLY_CBIT_MIN 32U
#define EARLY_CBIT_MAX 51U
#define EARLY_MASK_MAX 0x0008000000000000ULL
#define EARLY_LEAF     0x8000001fU /* EBX [5:0]: the C-bit's position */

#define EARLY_TABLE 0x003UL		  /* present, writable */
#define EARLY_LARGE 0x083UL		  /* and a 2M page */
#define EARLY_CODE  0x00af9b000000ffffULL /* 64-bit code, DPL 0, flat */
#define EARLY_CR0   0x80010031U		  /* PG, WP, NE, ET, PE */

/* What the GHCB MSR gets when the start is refused; bit 31, which EARLY_CR0 has, is clear. */
#define EARLY_REFUSAL(reason)                                                                      \
	(0x10000U * (reason) + TERMINATE_SET_VERISMO * 0x1000U + GHCB_MSR_TERMINATE)

/* At MODULE_EARLY_GPA (module.ld). */
struct early_area {
	uint64_t pml4[PAGE_WORDS];
	uint64_t pdpt[PAGE_WORDS];
	uint64_t pd[PAGE_WORDS];
	uint64_t gdt[EARLY_GDT_SIZE / 8];
	uint64_t cbit; /* mask, for boot_main */
	uint8_t stack[PAGE_SIZE - EARLY_GDT_SIZE - 8];
};
_Static_assert(sizeof(struct early_area) == EARLY_PAGES * PAGE_SIZE, "early area");
_Static_assert(MODULE_EARLY_GPA + sizeof(struct early_area) == EARLY_STACK_TOP, "early stack");
_Static_assert(MODULE_EARLY_GPA + __builtin_offsetof(struct early_area, pdpt) == EARLY_PDPT_GPA &&
		       MODULE_EARLY_GPA + __builtin_offsetof(struct early_area, pd) == EARLY_PD_GPA,
	       "early tables");
_Static_assert(MODULE_EARLY_GPA + __builtin_offsetof(struct early_area, gdt) == EARLY_GDT_GPA,
	       "early GDT");

extern struct early_area image_early;
/* As in image.h, which does not fit 32 bits; boot.c includes both. */
extern const struct snp_cpuid_page image_cpuid;

/*@
  logic integer early_power(integer n) = n <= 0 ? 1 : 2 * early_power(n - 1);
  // The first entry of the leaf counts.
  predicate early_is_leaf(integer i) = image_cpuid.entry[i].eax_in == EARLY_LEAF;
  predicate early_none(integer n) = \forall integer i; 0 <= i < n ==> !early_is_leaf(i);
  predicate early_leaf(integer i) =
    0 <= i < image_cpuid.count && early_none(i) && early_is_leaf(i);
  predicate early_readable = image_cpuid.count <= SNP_CPUID_MAX && !early_none(image_cpuid.count);
  logic integer early_position(integer i) = image_cpuid.entry[i].ebx % 64;
  predicate early_possible(integer position) = EARLY_CBIT_MIN <= position <= EARLY_CBIT_MAX;

  // The tables map the static region, privately, as one 2M page where it lies, and nothing else.
  predicate early_pml4_is(integer i, integer e, integer cbit) =
    e == (i == 0 ? EARLY_PDPT_GPA + cbit + EARLY_TABLE : 0);
  predicate early_pdpt_is(integer i, integer e, integer cbit) =
    e == (i == 0 ? EARLY_PD_GPA + cbit + EARLY_TABLE : 0);
  predicate early_pd_is(integer i, integer e, integer cbit) =
    e == (i == MODULE_BASE / LARGE_PAGE ? MODULE_BASE + cbit + EARLY_LARGE : 0);
  predicate early_tables_ok(struct early_area a) =
    (\forall integer i; 0 <= i < 512 ==> early_pml4_is(i, a.pml4[i], a.cbit)) &&
    (\forall integer i; 0 <= i < 512 ==> early_pdpt_is(i, a.pdpt[i], a.cbit)) &&
    (\forall integer i; 0 <= i < 512 ==> early_pd_is(i, a.pd[i], a.cbit));
  predicate early_gdt_ok(struct early_area a) = a.gdt[0] == 0 && a.gdt[1] == EARLY_CODE;
*/

/* Called first of all, by entry.S: fills the area and returns the CR0 of long mode. Or leaves it as it
 * is and returns what to tell the host by the GHCB MSR: REASON_CPUID_PAGE if the CPUID page has too many
 * entries or not this leaf, REASON_CBIT if no C-bit can be at that position. */
/*@
  terminates \true;
  exits \false;
  assigns image_early;
  ensures cpuid: !early_readable <==> \result == EARLY_REFUSAL(REASON_CPUID_PAGE);
  ensures cbit: \forall integer i; early_readable && early_leaf(i) ==>
    (!early_possible(early_position(i)) <==> \result == EARLY_REFUSAL(REASON_CBIT));
  ensures mask: \forall integer i; \result == EARLY_CR0 && early_leaf(i) ==>
    image_early.cbit == early_power(early_position(i));
  ensures result: \result == EARLY_CR0 || \result == EARLY_REFUSAL(REASON_CPUID_PAGE) ||
    \result == EARLY_REFUSAL(REASON_CBIT);
  ensures refused: \result != EARLY_CR0 ==> image_early == \old(image_early);
  ensures tables: \result == EARLY_CR0 ==> early_tables_ok(image_early);
  ensures gdt: \result == EARLY_CR0 ==> early_gdt_ok(image_early);
*/
uint64_t early_start(void);

#endif
