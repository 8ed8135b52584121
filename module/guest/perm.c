/* RMP permissions of claimed frames. */
#include "module/guest/perm.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

/*@
  predicate perm_may_set(integer q, integer attributes) =
    hw_mine(q) && hw_pages.p[q].validated == 1 &&
    (HW_ATTR_PERM(attributes) != 0 ==> hw_pages.p[q].secret == 0);
  predicate perm_is_set{A, B}(integer q, integer attributes) =
    hw_adjusted{A, B}(q, HW_ATTR_VMPL(attributes), HW_ATTR_PERM(attributes), HW_ATTR_VMSA(attributes));
  predicate perm_attributes(integer attributes) =
    0 <= attributes < 0x20000 && HW_ATTR_PERM(attributes) <= 15 && 1 <= HW_ATTR_VMPL(attributes) <= 3;
*/
/*@
  requires inv: hw_inv;
  requires range: pfn < HW_PFNS && perm_attributes(attributes);
  requires may: perm_may_set(pfn, attributes);
  requires frozen: HW_ATTR_VMSA(attributes) == 1 ==>
    HW_ATTR_PERM(attributes) <= 1 && hw_pages.p[pfn].cached <= 1 &&
    hw_pages.p[pfn].perm[1] <= 1 && hw_pages.p[pfn].perm[2] <= 1 && hw_pages.p[pfn].perm[3] <= 1;
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures set: perm_is_set{Pre, Post}(pfn, attributes);
  ensures changed: hw_changed == 1;
*/
static void perm_set_4k(uint64_t pfn, uint32_t attributes)
{
	/*@ assert alone: \forall integer q; hw_in(q, pfn, SNP_SIZE_4K) ==> q == pfn; */
	/*@ assert may: \forall integer q; hw_in(q, pfn, SNP_SIZE_4K) ==> perm_may_set(q, attributes); */
	if (hw_rmpadjust(pfn, SNP_SIZE_4K, attributes) != SNP_OK) {
		hw_terminate(REASON_RMPADJUST);
	}
}

/* For attributes without SNP_ATTR_VMSA. */
/*@
  requires inv: hw_inv;
  requires range: size <= 1 && pfn + hw_frames(size) <= HW_PFNS && (size == 1 ==> pfn % 512 == 0);
  requires attributes: perm_attributes(attributes);
  requires plain: HW_ATTR_VMSA(attributes) == 0;
  requires may: \forall integer q; hw_in(q, pfn, size) ==> perm_may_set(q, attributes);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, hw_frames(size));
  ensures set: \forall integer q; hw_in(q, pfn, size) ==> perm_is_set{Pre, Post}(q, attributes);
  ensures changed: hw_changed == 1;
*/
static void perm_set(uint64_t pfn, uint32_t size, uint32_t attributes)
{
	uint64_t i;

	if (size == SNP_SIZE_4K) {
		perm_set_4k(pfn, attributes);
		return;
	}
	if (hw_rmpadjust(pfn, SNP_SIZE_2M, attributes) == SNP_OK) {
		return;
	}
	/*@
	  loop invariant bound: i <= PAGES_PER_2M;
	  loop invariant inv: hw_inv;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, 512);
	  loop invariant set: \forall integer q; pfn <= q < pfn + i ==> perm_is_set{Pre, Here}(q, attributes);
	  loop invariant todo: \forall integer q; pfn + i <= q < pfn + 512 ==> hw_same{Pre, Here}(q);
	  loop invariant changed: i > 0 ==> hw_changed == 1;
	  loop assigns i, HW_FRAMES;
	  loop variant PAGES_PER_2M - i;
	*/
	for (i = 0; i < PAGES_PER_2M; i++) {
		perm_set_4k(pfn + i, attributes);
		/*@ assert set: perm_is_set{Pre, Here}(pfn + i, attributes); */
	}
}

uint32_t perm_revoke(uint64_t pfn, uint32_t size)
{
	uint32_t eax = hw_rmpadjust(pfn, size, SNP_ATTR(1, SNP_PERM_NONE));

	if (eax != SNP_OK) {
		return eax;
	}
	perm_set(pfn, size, SNP_ATTR(2, SNP_PERM_NONE));
	perm_set(pfn, size, SNP_ATTR(3, SNP_PERM_NONE));
	return SNP_OK;
}

void perm_grant(uint64_t pfn, uint32_t size, uint32_t owner)
{
	uint32_t vmpl;

	/*@
	  loop invariant bound: 2 <= vmpl && (vmpl <= owner + 1 || vmpl == 2);
	  loop invariant inv: hw_inv;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, hw_frames(size));
	  loop invariant kept: \forall integer q; hw_in(q, pfn, size) ==> perm_kept{Pre, Here}(q);
	  loop invariant so_far: \forall integer q; hw_in(q, pfn, size) ==>
	    hw_pages.p[q].vmsa == 0 && hw_pages.p[q].perm[1] == 0 && (vmpl == 2 ==> hw_pages.p[q].perm[2] == 0);
	  loop invariant changed: hw_changed == (vmpl > 2 ? 1 : \at(hw_changed, Pre));
	  loop assigns vmpl, HW_FRAMES;
	  loop variant 5 - vmpl;
	*/
	for (vmpl = GUEST_VMPL_MIN; vmpl <= owner; vmpl++) {
		perm_set(pfn, size, SNP_ATTR(vmpl, SNP_PERM_ALL));
	}
}

void perm_make_vmsa(uint64_t pfn, uint32_t owner)
{
	uint32_t vmpl;

	/*@
	  loop invariant bound: 2 <= vmpl <= owner + 1;
	  loop invariant inv: hw_inv;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, 1);
	  loop invariant kept: perm_kept{Pre, Here}(pfn);
	  loop invariant so_far: hw_pages.p[pfn].cached <= 1 && hw_pages.p[pfn].perm[1] == 0 &&
	    hw_pages.p[pfn].perm[2] <= 1 && hw_pages.p[pfn].perm[3] <= 1 &&
	    (vmpl > 2 ==> hw_pages.p[pfn].vmsa == 1 && hw_changed == 1);
	  loop assigns vmpl, HW_FRAMES;
	  loop variant 5 - vmpl;
	*/
	for (vmpl = GUEST_VMPL_MIN; vmpl <= owner; vmpl++) {
		perm_set_4k(pfn, SNP_ATTR(vmpl, SNP_PERM_R) + SNP_ATTR_VMSA);
	}
}
