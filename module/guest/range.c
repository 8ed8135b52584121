/* Addresses that a guest names. */
#include "module/guest/range.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

struct range_limit range_limit;

void range_init(uint32_t width)
{
	uint64_t end = 1;
	uint32_t i;

	if (range_limit.end != 0 || width < RANGE_WIDTH_MIN || width > RANGE_WIDTH_MAX) {
		hw_terminate(REASON_STATE);
	}
	/*@
	  loop invariant i <= width && end == range_power(i) && 0 < end <= RANGE_END_MAX;
	  loop assigns i, end;
	  loop variant width - i;
	*/
	for (i = 0; i < width; i++) {
		if (end > RANGE_END_MAX / 2) {
			hw_terminate(REASON_STATE);
		}
		end = 2 * end;
	}
	range_limit.end = end;
}

int range_is_covered(uint64_t gpa, uint64_t size)
{
	if (size > range_limit.end || gpa > range_limit.end - size) {
		return 0;
	}
	return (gpa + size - 1) / PAGE_SIZE < page_table_pfns();
}

int range_is_aligned(uint64_t gpa, uint64_t size)
{
	return gpa % size == 0;
}
