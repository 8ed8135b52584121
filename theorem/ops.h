/*
 * What one instruction of the module does in one atomic step: the same for this CPU and the others. Each
 * asks what hw.h asks, of whoever holds the frames, changes those frames alone, and keeps the invariant.
 * An operand that is not there is a nested page fault: the CPU stands still until the host lets it go
 * on, and the step is tried again; so it is as if it came later (op_stands_still).
 */
#ifndef THEOREM_OPS_H
#define THEOREM_OPS_H

#include <theorem/account.h>

/*@
  // Somebody holds the frame, and it is within reach of the direct map.
  predicate op_held(struct hw_tokens k, struct others o, integer q) =
    !hw_static(q) && (k.held[q] == 1 || o.held[q] == 1);
  predicate op_rest(struct hw_pages a, struct hw_pages b, integer pfn, integer n) =
    \forall integer q; 0 <= q < HW_PFNS && !(pfn <= q < pfn + n) ==> rest_at(a, b, q);
  predicate op_same(struct hw_pages a, struct hw_pages b, integer pfn, integer n) =
    \forall integer q; pfn <= q < pfn + n ==> rest_at(a, b, q);
  // Nothing of the frame but what is named has changed.
  predicate op_validated(struct hw_page a, struct hw_page b, integer validate) =
    b == {a \with .validated = (uint8_t)validate, .secret = (uint8_t)(validate == 1 ? 1 : a.secret)};
  predicate op_validated_at(struct hw_pages a, struct hw_pages b, integer q, integer validate) =
    op_validated(a.p[q], b.p[q], validate);
  predicate op_may_validate(struct hw_pages p, integer q, integer validate) =
    p.p[q].validated == 1 - validate && p.p[q].vmsa == 0 && unreached(p.p[q]) && p.p[q].own == 0;
  predicate op_may_adjust(struct hw_pages p, integer q, integer perm, integer vmsa) =
    p.p[q].validated == 1 && (perm != 0 ==> p.p[q].secret == 0) &&
    (vmsa == 1 ==> perm <= 1 && p.p[q].cached <= 1 && p.p[q].perm[1] <= 1 && p.p[q].perm[2] <= 1 &&
                   p.p[q].perm[3] <= 1);
  // What each operation asks of whoever executes it, this CPU or another one.
  predicate op_span(struct hw_tokens k, struct others o, integer pfn, integer size) =
    size <= 1 && pfn + hw_frames(size) <= HW_PFNS && (size == 1 ==> pfn % 512 == 0) &&
    \forall integer q; hw_in(q, pfn, size) ==> op_held(k, o, q);
  predicate op_pvalidate_asks(struct hw_pages p, struct hw_tokens k, struct others o, integer pfn, integer size,
                              integer validate) =
    op_span(k, o, pfn, size) && validate <= 1 &&
    \forall integer q; hw_in(q, pfn, size) ==> op_may_validate(p, q, validate);
  predicate op_rmpadjust_asks(struct hw_pages p, struct hw_tokens k, struct others o, integer pfn, integer size,
                              integer attributes) =
    op_span(k, o, pfn, size) && attributes < 0x20000 && HW_ATTR_PERM(attributes) <= 15 &&
    1 <= HW_ATTR_VMPL(attributes) <= 3 &&
    \forall integer q; hw_in(q, pfn, size) ==>
      op_may_adjust(p, q, HW_ATTR_PERM(attributes), HW_ATTR_VMSA(attributes));
  predicate op_access_asks(integer cpu, integer pfn, integer word) =
    cpu < MACHINE_CPUS && pfn < HW_PFNS && !hw_static(pfn) && word < PAGE_WORDS;
  predicate op_clean_asks(struct hw_tokens k, struct others o, struct homes h, struct labels l, integer pfn) =
    op_span(k, o, pfn, 0) && \forall integer w; 0 <= w < PAGE_WORDS ==> l.secret[h.spfn[pfn]][w] == 0;
  predicate homes_rest(struct homes a, struct homes b, integer pfn, integer n) =
    \forall integer q; 0 <= q < HW_PFNS && !(pfn <= q < pfn + n) ==> b.spfn[q] == a.spfn[q];
*/

/* Does not come back: the host does not let this CPU go on. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \false;
*/
void op_stands_still(void);

/* PVALIDATE: EAX, CF in bit 32. */
/*@
  WORLD_REQUIRES
  requires asks: op_pvalidate_asks(hw_pages, hw_tokens, others, pfn, size, validate);
  terminates \true;
  exits \false;
  assigns machine, homes, hw_pages;
  WORLD_ENSURES
  ensures result: \result <= 0x1ffffffff;
  ensures rest: op_rest(\old(hw_pages), hw_pages, pfn, hw_frames(size));
  ensures homes: homes_rest(\old(homes), homes, pfn, hw_frames(size));
  ensures refused: \result != 0 ==> op_same(\old(hw_pages), hw_pages, pfn, hw_frames(size));
  ensures done: \result == 0 ==> \forall integer q; hw_in(q, pfn, size) ==>
    op_validated_at(\old(hw_pages), hw_pages, q, validate);
*/
uint64_t op_pvalidate(uint64_t pfn, uint32_t size, uint32_t validate);

/* RMPADJUST at VMPL0: EAX. */
/*@
  WORLD_REQUIRES
  requires asks: op_rmpadjust_asks(hw_pages, hw_tokens, others, pfn, size, attributes);
  terminates \true;
  exits \false;
  assigns machine, hw_pages;
  WORLD_ENSURES
  ensures rest: op_rest(\old(hw_pages), hw_pages, pfn, hw_frames(size));
  ensures refused: \result != 0 ==> op_same(\old(hw_pages), hw_pages, pfn, hw_frames(size));
  ensures done: \result == 0 ==> \forall integer q; hw_in(q, pfn, size) ==>
    adjusted_at(\old(hw_pages), hw_pages, q, HW_ATTR_VMPL(attributes), HW_ATTR_PERM(attributes),
                HW_ATTR_VMSA(attributes));
*/
uint32_t op_rmpadjust(uint64_t pfn, uint32_t size, uint32_t attributes);

/* INVLPGB of all, TLBSYNC. */
/*@
  predicate op_flushed_at(struct hw_pages a, struct hw_pages b, integer q) =
    b.p[q] == {a.p[q] \with .cached = (uint8_t)0, .own = (uint8_t)0};
*/
/*@
  WORLD_REQUIRES
  terminates \true;
  exits \false;
  assigns machine, hw_pages;
  WORLD_ENSURES
  ensures flushed: \forall integer q; 0 <= q < HW_PFNS ==> op_flushed_at(\old(hw_pages), hw_pages, q);
*/
void op_flush(void);

/* One word of private memory at VMPL0; a value written is no secret. */
/*@
  predicate op_used(struct hw_page a, struct hw_page b) = b == {a \with .own = (uint8_t)1};
*/
/*@
  WORLD_REQUIRES
  requires asks: op_access_asks(cpu, pfn, word);
  terminates \true;
  exits \false;
  assigns machine, hw_pages;
  WORLD_ENSURES
  ensures rest: op_rest(\old(hw_pages), hw_pages, pfn, 1);
  ensures used: op_used(\old(hw_pages.p[pfn]), hw_pages.p[pfn]);
*/
uint64_t op_read64(uint32_t cpu, uint64_t pfn, uint32_t word);
/*@
  predicate labels_less(struct labels a, struct labels b) =
    \forall integer s, w; 0 <= s < MACHINE_FRAMES && 0 <= w < PAGE_WORDS && a.secret[s][w] == 0 ==>
      b.secret[s][w] == 0;
*/
/*@
  WORLD_REQUIRES
  requires asks: op_access_asks(cpu, pfn, word);
  terminates \true;
  exits \false;
  assigns machine, dram, labels, hw_pages;
  WORLD_ENSURES
  ensures rest: op_rest(\old(hw_pages), hw_pages, pfn, 1);
  ensures used: op_used(\old(hw_pages.p[pfn]), hw_pages.p[pfn]);
  ensures label: labels_less(\old(labels), labels) && homes.spfn[pfn] < MACHINE_FRAMES &&
    labels.secret[homes.spfn[pfn]][word] == 0;
*/
void op_write64(uint32_t cpu, uint64_t pfn, uint32_t word, uint64_t value);

/* The frame's words have all been written: it carries no secret. */
/*@
  WORLD_REQUIRES
  requires asks: op_clean_asks(hw_tokens, others, homes, labels, pfn);
  terminates \true;
  exits \false;
  assigns hw_pages;
  WORLD_ENSURES
  ensures rest: op_rest(\old(hw_pages), hw_pages, pfn, 1);
  ensures clean: hw_pages.p[pfn] == {\old(hw_pages.p[pfn]) \with .secret = (uint8_t)0};
*/
void op_clean(uint64_t pfn);

#endif
