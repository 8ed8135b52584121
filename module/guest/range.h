/*
 * Addresses that a guest names. An address is valid below 2^W, W being the smaller of the C-bit's
 * position and the guest physical width: a higher bit is an error and is never masked (docs/module.md).
 */
#ifndef MODULE_GUEST_RANGE_H
#define MODULE_GUEST_RANGE_H

#include <stdint.h>
#include "module/guest/page.h"

#define RANGE_WIDTH_MIN 32U
#define RANGE_WIDTH_MAX 51U
#define RANGE_END_MAX	0x8000000000000UL /* 2^RANGE_WIDTH_MAX */
/*@ logic integer range_power(integer n) = n <= 0 ? 1 : 2 * range_power(n - 1); */

/* end = 2^W bytes; 0 until range_init. */
struct range_limit {
	uint64_t end;
};
extern struct range_limit range_limit;

/* Sets W (32..51), once at boot; terminates with REASON_STATE otherwise. */
/*@
  terminates \false;
  exits \false;
  assigns range_limit;
  ensures end: range_limit.end == range_power(width);
  ensures width: RANGE_WIDTH_MIN <= width <= RANGE_WIDTH_MAX && \old(range_limit.end) == 0;
*/
void range_init(uint32_t width);
/* Is every byte of [gpa, gpa + size) below 2^W and covered by the ownership table? size > 0, bytes. */
/*@
  predicate range_covered(integer gpa, integer size) =
    gpa + size <= range_limit.end && gpa + size <= 4096 * page_bounds.pfns;
*/
/*@
  requires size: size > 0;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures whole: \result != 0 <==> range_covered(gpa, size);
*/
int range_is_covered(uint64_t gpa, uint64_t size);
/* Is gpa a multiple of size (a power of two)? */
/*@
  requires size: size > 0;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> gpa % size == 0;
*/
int range_is_aligned(uint64_t gpa, uint64_t size);

#endif
