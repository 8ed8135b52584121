/*
 * The first red control, in ten lines: a page of the guest becomes private and is given to VMPL2. The
 * host may have put a frame behind it that holds a secret of the module; who does not clear it hands
 * the secret out. Both functions have the same contract; only the second one can be proved.
 */
#include "module/hw/hw.h"

#define GUEST_ACCESS SNP_ATTR(2, SNP_PERM_ALL)

/*@
  predicate claimed_and_shared(integer pfn) = pfn < HW_PFNS && hw_inv && hw_held(pfn) && hw_is_shared(pfn);
*/

/*@
  requires mine: claimed_and_shared(pfn);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: hw_inv;
*/
void make_page_private_uncleared(uint64_t pfn)
{
	if (hw_pvalidate(pfn, SNP_SIZE_4K, 1) != SNP_OK) {
		return;
	}
	hw_rmpadjust(pfn, SNP_SIZE_4K, GUEST_ACCESS);
}

/*@
  requires mine: claimed_and_shared(pfn);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: hw_inv;
*/
void make_page_private(uint64_t pfn)
{
	if (hw_pvalidate(pfn, SNP_SIZE_4K, 1) != SNP_OK) {
		return;
	}
	hw_zero(pfn, SNP_SIZE_4K);
	hw_rmpadjust(pfn, SNP_SIZE_4K, GUEST_ACCESS);
}
