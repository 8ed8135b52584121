/*
 * RMP permissions of frames that this CPU has claimed. "Up to owner" = the guest levels
 * GUEST_VMPL_MIN..owner: VMPL1 never gets any. size: SNP_SIZE_4K, or SNP_SIZE_2M for an aligned pfn.
 *
 * The host may split a 2M RMP entry at any time (PSMASH). Once the first instruction on a region has
 * succeeded, a later size mismatch is met by doing the same in 4K steps; any other failure there
 * cannot happen and ends the VM with REASON_RMPADJUST.
 */
#ifndef MODULE_GUEST_PERM_H
#define MODULE_GUEST_PERM_H

#include <stdint.h>
#include "module/guest/page.h"

/*@
  // Held frames [pfn, pfn + n) of which nothing but permissions and the VMSA bit may change.
  predicate perm_kept{A, B}(integer q) =
    \at(hw_pages.p[q].entry, B) == \at(hw_pages.p[q].entry, A) &&
    \at(hw_pages.p[q].validated, B) == \at(hw_pages.p[q].validated, A) &&
    \at(hw_pages.p[q].secret, B) == \at(hw_pages.p[q].secret, A) &&
    \at(hw_pages.p[q].own, B) <= \at(hw_pages.p[q].own, A);
*/

/* Takes every permission from VMPL1, 2 and 3, and the VMSA bit. EAX of the first RMPADJUST: if it is
 * not SNP_OK, nothing has changed. */
/*@
  requires inv: hw_inv;
  requires range: size <= 1 && pfn + hw_frames(size) <= HW_PFNS && (size == 1 ==> pfn % 512 == 0);
  requires held: \forall integer q; hw_in(q, pfn, size) ==> hw_mine(q);
  requires validated: \forall integer q; hw_in(q, pfn, size) ==> hw_pages.p[q].validated == 1;
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, hw_frames(size));
  ensures kept: \forall integer q; hw_in(q, pfn, size) ==> perm_kept{Pre, Post}(q);
  ensures refused: \result != 0 ==> \forall integer q; hw_in(q, pfn, size) ==> hw_same{Pre, Post}(q);
  ensures silent: \result != 0 ==> hw_changed == \old(hw_changed);
  ensures changed: \result == 0 ==> hw_changed == 1;
  ensures revoked: \result == 0 ==>
    \forall integer q; hw_in(q, pfn, size) ==> hw_private(q) && hw_pages.p[q].vmsa == 0;
*/
uint32_t perm_revoke(uint64_t pfn, uint32_t size);
/* Read, write and both execute permissions for the guest levels up to owner. */
/*@
  requires inv: hw_inv;
  requires range: size <= 1 && pfn + hw_frames(size) <= HW_PFNS && (size == 1 ==> pfn % 512 == 0) &&
    owner <= 3;
  requires held: \forall integer q; hw_in(q, pfn, size) ==> hw_mine(q);
  requires clean: \forall integer q; hw_in(q, pfn, size) ==>
    hw_pages.p[q].validated == 1 && hw_pages.p[q].secret == 0 && hw_pages.p[q].vmsa == 0 &&
    hw_private(q);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, hw_frames(size));
  ensures kept: \forall integer q; hw_in(q, pfn, size) ==> perm_kept{Pre, Post}(q);
  ensures granted: \forall integer q; hw_in(q, pfn, size) ==>
    hw_pages.p[q].vmsa == 0 && hw_pages.p[q].perm[1] == 0 &&
    (owner < 2 ==> hw_pages.p[q].perm[2] == 0);
  ensures changed: hw_changed == (owner >= 2 ? 1 : \old(hw_changed));
*/
void perm_grant(uint64_t pfn, uint32_t size, uint32_t owner);
/* Makes a revoked 4K frame a VMSA page that the guest levels up to owner may read. */
/*@
  requires inv: hw_inv;
  requires range: pfn < HW_PFNS && 2 <= owner <= 3;
  requires held: hw_mine(pfn);
  requires frozen: hw_pages.p[pfn].validated == 1 && hw_pages.p[pfn].secret == 0 && hw_unreached(pfn);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures kept: perm_kept{Pre, Post}(pfn);
  ensures vmsa: hw_is_vmsa(pfn);
  ensures changed: hw_changed == 1;
*/
void perm_make_vmsa(uint64_t pfn, uint32_t owner);

#endif
