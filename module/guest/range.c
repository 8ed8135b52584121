/* Addresses that a guest names. */
#include "module/guest/range.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

#define RANGE_WIDTH_MIN 32U
#define RANGE_WIDTH_MAX 51U

struct range_limit {
	uint64_t end; /* 2^W bytes; 0 until range_init */
};
static struct range_limit range_limit;

void range_init(uint32_t width)
{
	uint64_t end = 1;
	uint32_t i;

	if (range_limit.end != 0 || width < RANGE_WIDTH_MIN || width > RANGE_WIDTH_MAX) {
		hw_terminate(REASON_STATE);
	}
	for (i = 0; i < width; i++) {
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
