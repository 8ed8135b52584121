#include "module/boot/memory.h"
#include "module/boot/image.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include <verismo/reasons.h>

#define PFN_LIMIT (1UL << 40) /* page numbers of 52-bit addresses */

static struct memory_map map;

static void refuse(void)
{
	hw_terminate(REASON_MEMORY_MAP);
}

/* RAM lies below the device gap or above it, never in it. */
static int is_ram_place(uint64_t pfn, uint64_t pages)
{
	return pages <= HW_PFNS && pfn <= HW_PFNS - pages &&
	       (pfn + pages <= MEMORY_LOW_END / PAGE_SIZE || pfn >= MEMORY_HIGH_START / PAGE_SIZE);
}

static void add_ram(uint64_t pfn, uint64_t pages)
{
	struct memory_range *last = map.count == 0 ? 0 : &map.range[map.count - 1];

	if (!is_ram_place(pfn, pages)) {
		refuse();
	}
	if (last && last->pfn + last->pages == pfn) {
		last->pages += pages;
	} else if (map.count < MEMORY_RANGES) {
		map.range[map.count].pfn = pfn;
		map.range[map.count].pages = pages;
		map.count++;
	} else {
		refuse();
	}
	map.pages += pages;
	map.end = pfn + pages;
}

static void copy_map(void)
{
	uint64_t free_from = 0;

	for (uint32_t i = 0; i < IGVM_MEMORY_ENTRIES; i++) {
		struct igvm_memory_map_entry e = image_memmap[i];

		if (e.pages == 0) {
			return;
		}
		if (e.start < free_from || e.start >= PFN_LIMIT || e.pages > PFN_LIMIT - e.start ||
		    (e.type != IGVM_MEMORY && e.type != IGVM_MEMORY_RESERVED)) {
			refuse();
		}
		free_from = e.start + e.pages;
		if (e.type == IGVM_MEMORY) {
			add_ram(e.start, e.pages);
		}
	}
}

static uint64_t table_bytes(void)
{
	return hw_table_bytes(map.end);
}

uint64_t memory_module_size(void)
{
	return MODULE_SIZE + table_bytes();
}

/* The first range begins at 0 and holds the guest's low memory, all that was loaded (it lies below the
 * module: launch.c), the static region and the table. */
void memory_read_map(void)
{
	copy_map();
	if (map.count == 0 || map.pages < MEMORY_MIN / PAGE_SIZE ||
	    map.pages > MEMORY_MAX / PAGE_SIZE || map.range[0].pfn != 0 ||
	    map.range[0].pages < (MODULE_BASE + memory_module_size()) / PAGE_SIZE) {
		refuse();
	}
}

const struct memory_map *memory_get_map(void)
{
	return &map;
}

void memory_place_table(void)
{
	uint64_t first = (MODULE_BASE + MODULE_SIZE) / PAGE_SIZE;
	uint64_t end = first + table_bytes() / PAGE_SIZE;

	for (uint64_t pfn = first; pfn < end; pfn++) {
		if (hw_pvalidate(pfn, SNP_SIZE_4K, 1) != SNP_OK) {
			hw_terminate(REASON_PVALIDATE);
		}
		hw_zero(pfn, SNP_SIZE_4K);
	}
	hw_table_place(map.end);
	page_table_init(map.end);
}
