#include "module/boot/guest.h"
#include "module/boot/image.h"
#include "module/boot/memory.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>
#include <verismo/svsm.h>

#define VERSION_MIN    3U
#define FIXED_END      SECRETS_VMPCK0 /* version, flags, FMS, GOSVW */
#define KEY_OFFSET(n)  (SECRETS_VMPCK0 + (n)*SECRETS_VMPCK_SIZE)

/* The one place that reads the page. */
/*@
  requires public: i < PAGE_WORDS && secrets_public(i);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == image_secrets[i];
*/
static uint64_t secrets_word(uint32_t i)
{
	return image_secrets[i];
}

/*@
  // Of the words of the page none outside of [from, end) has been stored.
  predicate secrets_rest(struct hw_stored a, struct hw_stored b, integer pfn, integer from, integer end) =
    \forall integer w; w < HW_STORED_WORD(pfn, from) || w >= HW_STORED_WORD(pfn, end) ==>
      b.word[w] == a.word[w];
*/
/* Copies the words at byte offsets [from, end). */
/*@
  requires inv: page_ok;
  requires range: from <= end <= PAGE_SIZE && from % 8 == 0 && end % 8 == 0;
  requires public: \forall integer i; from / 8 <= i < end / 8 ==> secrets_public(i);
  GUEST_EDIT(\true, pfn, HW_STORES)
  ensures copied: \forall integer i; from / 8 <= i < end / 8 ==>
    hw_stored.word[HW_STORED_WORD(pfn, i)] == image_secrets[i];
  ensures rest: secrets_rest(\old(hw_stored), hw_stored, pfn, from / 8, end / 8);
*/
static void copy_bytes(uint64_t pfn, uint32_t from, uint32_t end)
{
	uint32_t i;

	/*@
	  loop invariant bound: from / 8 <= i <= end / 8;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, 1);
	  loop invariant busy: guest_busy(pfn);
	  loop invariant copied: \forall integer j; from / 8 <= j < i ==>
	    hw_stored.word[HW_STORED_WORD(pfn, j)] == image_secrets[j];
	  loop invariant rest: secrets_rest(\at(hw_stored, Pre), hw_stored, pfn, from / 8, i);
	  loop assigns i, HW_STORES;
	  loop variant end / 8 - i;
	*/
	for (i = from / 8; i < end / 8; i++) {
		hw_write64(pfn, i, secrets_word(i));
	}
}

/* Where the guest's SVSM is (58019, section 2). */
/*@
  requires inv: page_ok;
  requires map: memory_map.end <= HW_PFNS;
  requires place: pfn < GUEST_ACPI_END / PAGE_SIZE;
  GUEST_EDIT(\true, pfn, HW_STORES, guest_filled)
  ensures svsm: secrets_say_svsm(guest_filled, pfn * PAGE_SIZE);
  ensures words: hw_stored.word == \old(hw_stored).word;
*/
static void put_svsm(uint64_t pfn)
{
	uint64_t gpa = pfn * PAGE_SIZE;

	guest_put(gpa + SECRETS_SVSM_BASE, MODULE_BASE, 8);
	guest_put(gpa + SECRETS_SVSM_SIZE, memory_module_size(), 8);
	guest_put(gpa + SECRETS_SVSM_CAA, GUEST_CAA_GPA, 8);
	guest_put(gpa + SECRETS_SVSM_MAX_VERSION, SVSM_CORE_VERSION, 4);
	guest_put(gpa + SECRETS_SVSM_GUEST_VMPL, GUEST_VMPL_MIN, 1);
}

/* Copies what the guest may know and leaves the rest zero: the keys of more privileged levels,
 * sequence numbers, the AP jump table address, whatever is reserved. */
void secrets_copy_to(uint64_t pfn)
{
	if (secrets_word(0) % 0x100000000UL < VERSION_MIN) {
		hw_terminate(REASON_SECRETS);
	}
	copy_bytes(pfn, 0, FIXED_END);
	copy_bytes(pfn, KEY_OFFSET(GUEST_VMPL_MIN), KEY_OFFSET(SNP_VMPLS));
	copy_bytes(pfn, SECRETS_TWEAK_BITMAP, SECRETS_TWEAK_END);
	copy_bytes(pfn, SECRETS_TSC_FACTOR, SECRETS_TSC_FACTOR_END);
	put_svsm(pfn);
}
