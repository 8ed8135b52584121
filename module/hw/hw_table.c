/* Where the entries of the ownership table are. Arithmetic alone: proved like the rest of the module. */
#include "module/hw/hw_boot.h"
#include "module/hw/hw_table.h"

#define GAP	(MEMORY_LOW_END / PAGE_SIZE)
#define GAP_END (MEMORY_HIGH_START / PAGE_SIZE)

uint64_t hw_table_pfns;

uint64_t hw_table_slot(uint64_t pfn)
{
	if (pfn < GAP) {
		return pfn;
	}
	return pfn < GAP_END ? GAP : pfn - (GAP_END - GAP);
}

int hw_table_has(uint64_t pfn)
{
	return pfn < hw_table_pfns && (pfn < GAP || pfn >= GAP_END);
}

uint64_t hw_table_bytes(uint64_t pfns)
{
	return (hw_table_slot(pfns) * sizeof(uint16_t) + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
}

void hw_table_place(uint64_t pfns)
{
	hw_table_pfns = pfns;
}
