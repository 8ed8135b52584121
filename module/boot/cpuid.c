#include "module/boot/cpuid.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

#define FEATURES_RDRAND	   0x40000000U /* 1:ECX[30] */
#define SIZES_INVLPGB	   0x00000008U /* 80000008:EBX[3] */
#define SIZES_NESTED_FLUSH 0x00200000U /* 80000008:EBX[21] */
#define ENCRYPTION_SEV	   0x00000002U /* 8000001F:EAX */
#define ENCRYPTION_ES	   0x00000008U
#define ENCRYPTION_SNP	   0x00000010U
#define ENCRYPTION_VMPL	   0x00000020U

#define HIGH 0x100000000UL /* the upper half of a word */

/* The entry that counts for a leaf: the first one. SNP_CPUID_MAX if there is none. None of the leaves used
 * here is indexed. */
/*@
  requires counted: cpuid_counted;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures found: \result == cpuid_entry(leaf) && \result <= SNP_CPUID_MAX;
*/
static uint32_t cpuid_find(uint32_t leaf)
{
	uint32_t found = SNP_CPUID_MAX;

	/*@
	  loop invariant bound: i <= image_cpuid.count;
	  loop invariant found: found == cpuid_from(image_cpuid, i, leaf) && found <= SNP_CPUID_MAX;
	  loop assigns i, found;
	  loop variant i;
	*/
	for (uint32_t i = image_cpuid.count; i > 0; i--) {
		if (image_cpuid.entry[i - 1].eax_in == leaf) {
			found = i - 1;
		}
	}
	return found;
}

/* Registers of a leaf; an absent leaf reads as zeros. */
/*@
  requires counted: cpuid_counted;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == cpuid_eax(leaf);
*/
static uint32_t read_eax(uint32_t leaf)
{
	uint32_t i = cpuid_find(leaf);

	return i < SNP_CPUID_MAX ? image_cpuid.entry[i].eax : 0;
}

/*@
  requires counted: cpuid_counted;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == cpuid_ebx(leaf);
*/
static uint32_t read_ebx(uint32_t leaf)
{
	uint32_t i = cpuid_find(leaf);

	return i < SNP_CPUID_MAX ? image_cpuid.entry[i].ebx : 0;
}

/*@
  requires counted: cpuid_counted;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == cpuid_ecx(leaf);
*/
static uint32_t read_ecx(uint32_t leaf)
{
	uint32_t i = cpuid_find(leaf);

	return i < SNP_CPUID_MAX ? image_cpuid.entry[i].ecx : 0;
}

/* bit: a power of two */
/*@
  requires bit != 0;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == value / bit % 2;
*/
static uint32_t has(uint32_t value, uint32_t bit)
{
	return value / bit % 2;
}

/*@
  requires counted: cpuid_counted;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> cpuid_suffices;
*/
static int suffices(void)
{
	uint32_t encryption = read_eax(LEAF_ENCRYPTION);
	uint32_t sizes = read_ebx(LEAF_SIZES);

	return read_eax(LEAF_EXTENDED_MAX) >= LEAF_ENCRYPTION && has(encryption, ENCRYPTION_SEV) &&
	       has(encryption, ENCRYPTION_ES) && has(encryption, ENCRYPTION_SNP) &&
	       has(encryption, ENCRYPTION_VMPL) && has(read_ecx(LEAF_FEATURES), FEATURES_RDRAND) &&
	       has(sizes, SIZES_INVLPGB) && has(sizes, SIZES_NESTED_FLUSH);
}

/* Why the page is refused; 0: it is not. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures page: \result == REASON_CPUID_PAGE <==> !(cpuid_counted && cpuid_suffices);
  ensures cbit: \result == REASON_CBIT <==>
    cpuid_counted && cpuid_suffices && !cpuid_cbit(cbit_position);
  ensures codes: \result == REASON_CPUID_PAGE || \result == REASON_CBIT || \result == 0;
*/
static uint32_t cpuid_judge(uint32_t cbit_position)
{
	if (image_cpuid.count == 0 || image_cpuid.count > SNP_CPUID_MAX || !suffices()) {
		return REASON_CPUID_PAGE;
	}
	if (cbit_position < CBIT_MIN || cbit_position > CBIT_MAX ||
	    read_ebx(LEAF_ENCRYPTION) % 64 != cbit_position) {
		return REASON_CBIT;
	}
	return 0;
}

void cpuid_check(uint32_t cbit_position)
{
	uint32_t reason = cpuid_judge(cbit_position);

	if (reason) {
		hw_terminate(reason);
	}
}

uint32_t cpuid_address_width(void)
{
	uint32_t width = read_eax(LEAF_SIZES) % 256;
	uint32_t cbit = read_ebx(LEAF_ENCRYPTION) % 64;

	return width < cbit ? width : cbit;
}

/* The six words of an entry. */
/*@
  requires inv: hw_inv;
  requires usable: pfn < HW_PFNS && hw_usable(pfn);
  requires range: word + 6 <= PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns HW_STORES;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Post}(pfn);
  ensures copied: cpuid_entry_copied(hw_stored, HW_STORED_WORD(pfn, word), e);
  ensures before: \forall integer w; w < HW_STORED_WORD(pfn, word) ==> hw_stored.word[w] == \old(hw_stored).word[w];
  ensures behind: \forall integer w; w >= HW_STORED_WORD(pfn, word + 6) ==>
    hw_stored.word[w] == \old(hw_stored).word[w];
  ensures bytes: hw_stored.byte == \old(hw_stored).byte;
*/
static void copy_entry(uint64_t pfn, uint32_t word, struct snp_cpuid_entry e)
{
	hw_write64(pfn, word, e.eax_in + e.ecx_in * HIGH);
	hw_write64(pfn, word + 1, e.xcr0_in);
	hw_write64(pfn, word + 2, e.xss_in);
	hw_write64(pfn, word + 3, e.eax + e.ebx * HIGH);
	hw_write64(pfn, word + 4, e.ecx + e.edx * HIGH);
	hw_write64(pfn, word + 5, e.reserved);
}

void cpuid_copy_to(uint64_t pfn)
{
	hw_write64(pfn, 0, image_cpuid.count + image_cpuid.reserved1 * HIGH);
	hw_write64(pfn, 1, image_cpuid.reserved2);
	/*@
	  loop invariant bound: 0 <= i <= image_cpuid.count;
	  loop invariant inv: hw_inv;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, 1);
	  loop invariant accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Here}(pfn);
	  loop invariant head: hw_stored.word[HW_STORED_WORD(pfn, 0)] ==
	    image_cpuid.count + 0x100000000 * image_cpuid.reserved1 &&
	    hw_stored.word[HW_STORED_WORD(pfn, 1)] == image_cpuid.reserved2;
	  loop invariant copied: cpuid_entries_copied(hw_stored, pfn, i);
	  loop invariant rest: hw_stored_rest(\at(hw_stored, Pre), hw_stored, pfn, 1);
	  loop assigns i, HW_STORES;
	  loop variant image_cpuid.count - i;
	*/
	for (uint32_t i = 0; i < image_cpuid.count; i++) {
		copy_entry(pfn, 2 + i * 6, image_cpuid.entry[i]);
	}
}
_Static_assert(sizeof(struct snp_cpuid_entry) == 48, "six words, without gaps");
_Static_assert(__builtin_offsetof(struct snp_cpuid_entry, eax) == 24, "the fourth word");
_Static_assert(__builtin_offsetof(struct snp_cpuid_page, entry) == 16, "the third word");
