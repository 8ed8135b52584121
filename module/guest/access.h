/*
 * Operands of a call in guest memory. An operand is held (its page pinned, so that no other vCPU can
 * turn it into something else) before the first byte is read and until the last one is written.
 * Reads may return anything: the guest's other vCPUs write at will. Each value is read once.
 */
#ifndef MODULE_GUEST_ACCESS_H
#define MODULE_GUEST_ACCESS_H

#include <stdint.h>
#include "module/guest/page.h"
#include "module/guest/range.h"

struct operand {
	uint64_t pfn;
	uint32_t held;	 /* 0: the address is refused, nothing to drop */
	uint32_t pinned; /* 0 for the caller's own calling area, which stays one during its call */
};

/* Holds the page of [gpa, gpa + size), which lies in one page: a guest page that VMPL caller may use,
 * or its own calling area caa (pfn). held = 0 is INVALID_ADDRESS. */
/*@
  predicate operand_fits(integer gpa, integer size) =
    gpa % 4096 + size <= 4096 && range_covered(gpa, size);
*/
/*@
  requires inv: page_ok && hw_few(900);
  requires size: size > 0;
  requires caa: caa < HW_PFNS && hw_tokens.open[caa] > 0 && !hw_static(caa);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures where: \result.pfn == gpa / 4096;
  ensures held: \result.held != 0 ==>
    \result.pfn < HW_PFNS && gpa % 4096 + size <= 4096 && hw_tokens.open[\result.pfn] > 0 &&
    !hw_static(\result.pfn);
  ensures refused: !operand_fits(gpa, size) ==> \result.held == 0;
  ensures own: operand_fits(gpa, size) && gpa / 4096 == caa ==>
    \result.held == 1 && \result.pinned == 0;
  ensures rest: \forall integer q; 0 <= q < HW_PFNS && q != \result.pfn ==>
    (hw_held(q) <==> \at(hw_held(q), Pre)) && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures pinned: \result.pfn < HW_PFNS ==>
    (hw_held(\result.pfn) <==> \at(hw_held(\result.pfn), Pre)) &&
    hw_tokens.open[\result.pfn] ==
      \at(hw_tokens.open[\result.pfn], Pre) + (\result.held != 0 && \result.pinned != 0 ? 1 : 0);
  ensures flags: \result.held == 0 ==> \result.pinned == 0;
  ensures gave: hw_gave == \old(hw_gave);
*/
struct operand operand_hold(uint64_t gpa, uint64_t size, uint32_t caller, uint64_t caa);
/*@
  requires inv: page_ok;
  requires held: o.pinned != 0 ==> o.pfn < HW_PFNS && 0 < hw_tokens.open[o.pfn] <= 1000;
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures rest: \forall integer q; 0 <= q < HW_PFNS && q != o.pfn ==>
    (hw_held(q) <==> \at(hw_held(q), Pre)) && hw_tokens.open[q] == \at(hw_tokens.open[q], Pre);
  ensures dropped: o.pfn < HW_PFNS ==>
    (hw_held(o.pfn) <==> \at(hw_held(o.pfn), Pre)) &&
    hw_tokens.open[o.pfn] == \at(hw_tokens.open[o.pfn], Pre) - (o.pinned != 0 ? 1 : 0);
  ensures gave: hw_gave == \old(hw_gave);
*/
void operand_drop(struct operand o);

#endif
