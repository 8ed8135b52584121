#include "module/boot/early.h"

/* Index of the leaf's first entry; SNP_CPUID_MAX if the page is not readable. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures found: \result < SNP_CPUID_MAX ==> early_readable && early_leaf(\result);
  ensures none: \result >= SNP_CPUID_MAX <==> !early_readable;
*/
static uint32_t find_leaf(void)
{
	uint32_t i;

	if (image_cpuid.count > SNP_CPUID_MAX) {
		return SNP_CPUID_MAX;
	}
	/*@
	  loop invariant bound: i <= image_cpuid.count;
	  loop invariant none: early_none(i);
	  loop assigns i;
	  loop variant image_cpuid.count - i;
	*/
	for (i = 0; i < image_cpuid.count; i++) {
		if (image_cpuid.entry[i].eax_in == EARLY_LEAF) {
			return i;
		}
	}
	return SNP_CPUID_MAX;
}

/*@
  requires range: early_possible(position);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures power: \result == early_power(position) && \result <= EARLY_MASK_MAX;
*/
static uint64_t mask_of(uint32_t position)
{
	uint64_t mask = EARLY_MASK_MAX;
	uint32_t i;

	/*@ assert start: mask == early_power(EARLY_CBIT_MAX); */
	/*@
	  loop invariant bound: position <= i <= EARLY_CBIT_MAX;
	  loop invariant power: mask == early_power(i) && mask <= EARLY_MASK_MAX;
	  loop assigns i, mask;
	  loop variant i - position;
	*/
	for (i = EARLY_CBIT_MAX; i > position; i--) {
		mask /= 2;
	}
	return mask;
}

/*@
  requires range: cbit <= EARLY_MASK_MAX;
  terminates \true;
  exits \false;
  assigns image_early;
  ensures tables: early_tables_ok(image_early);
  ensures cbit: image_early.cbit == cbit;
*/
static void fill_tables(uint64_t cbit)
{
	uint32_t i;

	image_early.cbit = cbit;
	/*@
	  loop invariant bound: i <= PAGE_WORDS;
	  loop invariant cbit: image_early.cbit == cbit;
	  loop invariant pml4: \forall integer j; 0 <= j < i ==> image_early.pml4[j] == 0;
	  loop invariant pdpt: \forall integer j; 0 <= j < i ==> image_early.pdpt[j] == 0;
	  loop invariant pd: \forall integer j; 0 <= j < i ==> image_early.pd[j] == 0;
	  loop assigns i, image_early;
	  loop variant PAGE_WORDS - i;
	*/
	for (i = 0; i < PAGE_WORDS; i++) {
		image_early.pml4[i] = 0;
		image_early.pdpt[i] = 0;
		image_early.pd[i] = 0;
	}
	image_early.pml4[0] = EARLY_PDPT_GPA + cbit + EARLY_TABLE;
	image_early.pdpt[0] = EARLY_PD_GPA + cbit + EARLY_TABLE;
	image_early.pd[MODULE_BASE / LARGE_PAGE] = MODULE_BASE + cbit + EARLY_LARGE;
}

uint64_t early_start(void)
{
	uint32_t leaf = find_leaf();
	uint32_t position;

	if (leaf >= SNP_CPUID_MAX) {
		return EARLY_REFUSAL(REASON_CPUID_PAGE);
	}
	position = image_cpuid.entry[leaf].ebx % 64;
	if (position < EARLY_CBIT_MIN || position > EARLY_CBIT_MAX) {
		return EARLY_REFUSAL(REASON_CBIT);
	}
	/* all checks passed */
	fill_tables(mask_of(position));
	image_early.gdt[0] = 0;
	image_early.gdt[1] = EARLY_CODE;
	return EARLY_CR0;
}
