/* Bodies of account.h, and the arithmetic behind them. Ghost code: none of it is compiled. */
#define HW_WORLD <theorem/world.h>
#include "module/hw/hw.h"
#include <theorem/account.h>

/*@ ghost
  /@ requires a <= 15 && b <= 15;
     terminates \true;
     exits \false;
     assigns \nothing;
     ensures \result >= a && \result >= b && (\result == a || \result == b); @/
  uint8_t account_max(uint8_t a, uint8_t b)
  {
    return a > b ? a : b;
  }
*/

/*@ ghost
  void account_adjust(uint64_t pfn, uint64_t n, uint32_t v, uint8_t perm, int vmsa)
  {
    /@ loop invariant 0 <= i <= n;
       loop invariant \forall integer q; pfn <= q < pfn + i ==>
         adjusted_at(\at(hw_pages, Pre), hw_pages, q, v, perm, vmsa);
       loop invariant \forall integer q; 0 <= q < HW_PFNS && !(pfn <= q < pfn + i) ==>
         rest_at(\at(hw_pages, Pre), hw_pages, q);
       loop assigns i, hw_pages;
       loop variant n - i; @/
    for (uint64_t i = 0; i < n; i++) {
      uint8_t cached = account_max(account_max(hw_pages.p[pfn + i].cached, hw_pages.p[pfn + i].perm[1]),
                                   account_max(hw_pages.p[pfn + i].perm[2], hw_pages.p[pfn + i].perm[3]));
      hw_pages.p[pfn + i].cached = cached;
      hw_pages.p[pfn + i].perm[v] = perm;
      if (vmsa >= 0) {
        hw_pages.p[pfn + i].vmsa = (uint8_t)vmsa;
      }
    }
  }
*/

/*@ ghost
  void account_adjust_guest(uint64_t pfn, uint64_t n, uint32_t vmpl, uint32_t v, uint8_t perm)
  {
    /@ loop invariant 0 <= i <= n;
       loop invariant \forall integer q; span_in(q, pfn, i) ==>
         adjusted_by_guest_at(\at(hw_pages, Pre), hw_pages, q, v, perm);
       loop invariant \forall integer q; 0 <= q < HW_PFNS && !span_in(q, pfn, i) ==>
         rest_at(\at(hw_pages, Pre), hw_pages, q);
       loop assigns i, hw_pages;
       loop variant n - i; @/
    for (uint64_t i = 0; i < n; i++) {
      /@ assert may_adjust_at(hw_pages, pfn + i, vmpl, perm); @/
      account_adjust(pfn + i, 1, v, perm, -1);
      /@ assert adjusted_by_guest_at(\at(hw_pages, Pre), hw_pages, pfn + i, v, perm); @/
    }
  }
*/

/* Arithmetic of 2M pages. */
/*@ ghost
  /@ requires s % 512 == 0 && s < MACHINE_FRAMES;
     terminates \true;
     exits \false;
     assigns \nothing;
     ensures end: s + 512 <= MACHINE_FRAMES;
     ensures heads: \forall integer x; span_in(x, s, 512) ==> rmp_head(x) == s; @/
  void lemma_head(uint64_t s)
  {
  }
*/

/* Where the operand of an instruction is: the frames of one entry, and what the module knows of them. */
/*@ ghost
  /@ requires world: world_inv;
     requires range: pfn + hw_frames(size) <= HW_PFNS && size <= 1;
     requires fits: insn_fits(machine.rmp, machine.nested, pfn, size);
     terminates \true;
     exits \false;
     assigns \nothing;
     ensures range: nested_spfn(machine.nested, pfn) + hw_frames(size) <= MACHINE_FRAMES;
     ensures span: \forall integer x; span_in(x, nested_spfn(machine.nested, pfn), hw_frames(size)) ==>
       span_at(machine.rmp, nested_spfn(machine.nested, pfn), pfn, x);
     ensures inverse: \forall integer x; 0 <= x < MACHINE_FRAMES &&
       rmp_home_of(machine.rmp, x) == nested_spfn(machine.nested, pfn) ==>
         span_in(x, nested_spfn(machine.nested, pfn), hw_frames(size));
     ensures apart: rmp_live(machine.rmp, nested_spfn(machine.nested, pfn)) ==>
       \forall integer x; 0 <= x < MACHINE_FRAMES && counted(machine.rmp, x) &&
         span_in(rmp_gpfn_of(machine.rmp, x), pfn, hw_frames(size)) ==>
           span_in(x, nested_spfn(machine.nested, pfn), hw_frames(size));
     ensures homes: rmp_live(machine.rmp, nested_spfn(machine.nested, pfn)) ==>
       \forall integer q; span_in(q, pfn, hw_frames(size)) ==>
         span_home(machine.rmp, hw_pages, homes, nested_spfn(machine.nested, pfn), pfn, q); @/
  void lemma_span(uint64_t pfn, uint32_t size)
  {
    uint64_t s = machine.nested.e[pfn].spfn;
    uint64_t n = size == 1 ? 512 : 1;

    if (size == 1) {
      lemma_head(s);
    }
    /@ assert head: rmp_home_of(machine.rmp, s) == s; @/
    /@ assert end: s + n <= MACHINE_FRAMES; @/
    /@ assert heads: \forall integer x; span_in(x, s, n) ==> rmp_home_of(machine.rmp, x) == s; @/
    /@ assert span: \forall integer x; span_in(x, s, n) ==> span_at(machine.rmp, s, pfn, x); @/
    /@ loop invariant 0 <= i <= n;
       loop invariant \forall integer q; rmp_live(machine.rmp, s) && span_in(q, pfn, i) ==>
         span_home(machine.rmp, hw_pages, homes, s, pfn, q);
       loop assigns i;
       loop variant n - i; @/
    for (uint64_t i = 0; i < n; i++) {
      /@ assert span_at(machine.rmp, s, pfn, s + i); @/
      /@ assert home_at(machine.rmp, hw_pages, homes, s + i); @/
      /@ assert account_at(machine.rmp, hw_pages, s + i); @/
    }
  }
*/

/*@ ghost
  /@ requires size <= 1 && pfn < HW_PFNS;
     requires ok: rmp_ok(machine.rmp) && nested_ok(machine.nested);
     terminates \true;
     exits \false;
     assigns \nothing;
     ensures \result != 0 <==> insn_fits(machine.rmp, machine.nested, pfn, size); @/
  int lemma_fits(uint64_t pfn, uint32_t size)
  {
    uint64_t s = machine.nested.e[pfn].spfn;
    if (machine.nested.e[pfn].present == 0) {
      return 0;
    }
    uint64_t h = s - s % 512;
    if (!(machine.rmp.e[h].assigned != 0 && machine.rmp.e[h].size == 1)) {
      h = s;
    }
    return machine.rmp.e[h].assigned != 0 && machine.rmp.e[h].asid == 1 &&
      machine.rmp.e[h].immutable == 0 && machine.rmp.e[h].gpfn + (s - h) == pfn &&
      machine.rmp.e[h].size == size &&
      (size == 0 || (pfn % 512 == 0 && machine.nested.e[pfn].large != 0));
  }
*/

/*@ ghost
  void lemma_operand(uint64_t pfn, uint32_t size)
  {
    if (size <= 1 && pfn < HW_PFNS && pfn + (size == 1 ? 512 : 1) <= HW_PFNS) {
      if (lemma_fits(pfn, size)) {
        lemma_span(pfn, size);
      }
    }
  }
*/
