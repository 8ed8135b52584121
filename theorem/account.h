/*
 * Ghost bookkeeping: what the module knows of n frames from pfn on follows what an instruction did to
 * the RMP.
 */
#ifndef THEOREM_ACCOUNT_H
#define THEOREM_ACCOUNT_H

#include <theorem/world.h>

/*@
  // RMPADJUST on one frame: a translation cached under the old permissions stays.
  predicate adjusted(struct hw_page a, struct hw_page b, integer v, integer perm, integer vmsa) =
    b.entry == a.entry && b.validated == a.validated && b.secret == a.secret && b.own == a.own &&
    b.vmsa == vmsa &&
    b.perm[1] == (v == 1 ? perm : a.perm[1]) && b.perm[2] == (v == 2 ? perm : a.perm[2]) &&
    b.perm[3] == (v == 3 ? perm : a.perm[3]) &&
    b.cached >= a.cached && b.cached >= a.perm[1] && b.cached >= a.perm[2] && b.cached >= a.perm[3] &&
    (b.cached == a.cached || b.cached == a.perm[1] || b.cached == a.perm[2] || b.cached == a.perm[3]);
  predicate adjusted_at(struct hw_pages a, struct hw_pages b, integer q, integer v, integer perm,
                        integer vmsa) =
    adjusted(a.p[q], b.p[q], v, perm, vmsa < 0 ? a.p[q].vmsa : vmsa);
  predicate rest_at(struct hw_pages a, struct hw_pages b, integer q) = b.p[q] == a.p[q];
*/
/* vmsa: the new VMSA bit, or -1 for the old one. */
/*@ ghost
  /@ requires range: pfn + n <= HW_PFNS && n <= 512 && 1 <= v <= 3 && perm <= 15 && -1 <= vmsa <= 1;
     requires \forall integer q; pfn <= q < pfn + n ==>
       hw_pages.p[q].cached <= 15 && hw_pages.p[q].perm[1] <= 15 && hw_pages.p[q].perm[2] <= 15 &&
       hw_pages.p[q].perm[3] <= 15;
     terminates \true;
     exits \false;
     assigns hw_pages;
     ensures set: \forall integer q; pfn <= q < pfn + n ==>
       adjusted_at(\old(hw_pages), hw_pages, q, v, perm, vmsa);
     ensures rest: \forall integer q; 0 <= q < HW_PFNS && !(pfn <= q < pfn + n) ==>
       rest_at(\old(hw_pages), hw_pages, q); @/
  void account_adjust(uint64_t pfn, uint64_t n, uint32_t v, uint8_t perm, int vmsa);
*/

/* RMPADJUST by a level above VMPL0: it can give no more than it has, so every promise stands. */
/*@
  predicate level_has(struct hw_page p, integer vmpl, integer perm) =
    (vmpl == 1 ==> perm <= p.perm[1]) && (vmpl == 2 ==> perm <= p.perm[2]) &&
    (vmpl == 3 ==> perm <= p.perm[3]);
  predicate may_adjust_at(struct hw_pages p, integer q, integer vmpl, integer perm) =
    promise_at(p, q) && secret_at(p.p[q]) && level_has(p.p[q], vmpl, perm) && p.p[q].validated == 1;
  predicate adjusted_by_guest_at(struct hw_pages a, struct hw_pages b, integer q, integer v, integer perm) =
    adjusted(a.p[q], b.p[q], v, perm, a.p[q].vmsa) && promise_at(b, q) && secret_at(b.p[q]);
*/
/*@ ghost
  /@ requires range: pfn + n <= HW_PFNS && n <= 512 && 1 <= vmpl < v <= 3 && perm <= 15;
     requires may: \forall integer q; span_in(q, pfn, n) ==> may_adjust_at(hw_pages, q, vmpl, perm);
     terminates \true;
     exits \false;
     assigns hw_pages;
     ensures set: \forall integer q; span_in(q, pfn, n) ==>
       adjusted_by_guest_at(\old(hw_pages), hw_pages, q, v, perm);
     ensures rest: \forall integer q; 0 <= q < HW_PFNS && !span_in(q, pfn, n) ==>
       rest_at(\old(hw_pages), hw_pages, q); @/
  void account_adjust_guest(uint64_t pfn, uint64_t n, uint32_t vmpl, uint32_t v, uint8_t perm);
*/

/* Where the operand of an instruction is, if it may find it: the frames of one entry, and what the module knows
 * of them. */
/*@ ghost
  /@ requires world: world_inv;
     terminates \true;
     exits \false;
     assigns \nothing;
     ensures size <= 1 && pfn + hw_frames(size) <= HW_PFNS &&
       insn_fits(machine.rmp, machine.nested, pfn, size) ==>
         nested_spfn(machine.nested, pfn) + hw_frames(size) <= MACHINE_FRAMES;
     ensures span: size <= 1 && pfn + hw_frames(size) <= HW_PFNS &&
       insn_fits(machine.rmp, machine.nested, pfn, size) ==>
         \forall integer x; span_in(x, nested_spfn(machine.nested, pfn), hw_frames(size)) ==>
           span_at(machine.rmp, nested_spfn(machine.nested, pfn), pfn, x);
     ensures inverse: size <= 1 && pfn + hw_frames(size) <= HW_PFNS &&
       insn_fits(machine.rmp, machine.nested, pfn, size) ==>
         \forall integer x; 0 <= x < MACHINE_FRAMES &&
           rmp_home_of(machine.rmp, x) == nested_spfn(machine.nested, pfn) ==>
             span_in(x, nested_spfn(machine.nested, pfn), hw_frames(size));
     ensures apart: size <= 1 && pfn + hw_frames(size) <= HW_PFNS &&
       insn_fits(machine.rmp, machine.nested, pfn, size) &&
       rmp_live(machine.rmp, nested_spfn(machine.nested, pfn)) ==>
         \forall integer x; 0 <= x < MACHINE_FRAMES && counted(machine.rmp, x) &&
           span_in(rmp_gpfn_of(machine.rmp, x), pfn, hw_frames(size)) ==>
             span_in(x, nested_spfn(machine.nested, pfn), hw_frames(size));
     ensures homes: size <= 1 && pfn + hw_frames(size) <= HW_PFNS &&
       insn_fits(machine.rmp, machine.nested, pfn, size) &&
       rmp_live(machine.rmp, nested_spfn(machine.nested, pfn)) ==>
         \forall integer q; span_in(q, pfn, hw_frames(size)) ==>
           span_home(machine.rmp, hw_pages, homes, nested_spfn(machine.nested, pfn), pfn, q); @/
  void lemma_operand(uint64_t pfn, uint32_t size);
*/

#endif
