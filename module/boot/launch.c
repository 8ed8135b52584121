#include "module/boot/image.h"
#include "module/boot/memory.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

/* Pages that the module fills in for the guest, and where nothing may have been loaded. */
static const struct memory_range filled[] = {
	{GUEST_CC_BLOB_GPA / PAGE_SIZE, (GUEST_BOOT_PARAMS_GPA - GUEST_CC_BLOB_GPA) / PAGE_SIZE},
	{GUEST_SETUP_DATA_GPA / PAGE_SIZE, 1},
	{GUEST_PAGE_TABLES_GPA / PAGE_SIZE, 6},
};
#define FILLED (sizeof(filled) / sizeof(filled[0]))

static void refuse(void)
{
	hw_terminate(REASON_LAUNCH_BLOCK);
}

static uint64_t first_pfn(const struct launch_range *r)
{
	return r->gpa / PAGE_SIZE;
}

int launch_covers(uint64_t pfn, uint64_t pages)
{
	for (uint64_t i = 0; i < image_launch.ranges; i++) {
		const struct launch_range *r = &image_launch.range[i];

		if (pfn < first_pfn(r) + r->pages && first_pfn(r) < pfn + pages) {
			return 1;
		}
	}
	return 0;
}

/* Ascending, apart, page granular, below the module. Whether it is RAM: memory_read_map. */
static void check_ranges(void)
{
	uint64_t free_from = 0; /* pfn */

	for (uint64_t i = 0; i < image_launch.ranges; i++) {
		const struct launch_range *r = &image_launch.range[i];
		uint64_t module_pfn = MODULE_BASE / PAGE_SIZE;

		if (r->gpa % PAGE_SIZE != 0 || first_pfn(r) < free_from ||
		    first_pfn(r) >= module_pfn || r->pages == 0 ||
		    r->pages > module_pfn - first_pfn(r)) {
			refuse();
		}
		free_from = first_pfn(r) + r->pages;
	}
}

static void check_linux(void)
{
	if (!launch_covers(GUEST_BOOT_PARAMS_GPA / PAGE_SIZE, 1) ||
	    !launch_covers(GUEST_ACPI_GPA / PAGE_SIZE, 1)) {
		refuse();
	}
}

const struct launch_block *launch_check(void)
{
	const struct launch_block *b = &image_launch;

	if (b->magic != LAUNCH_MAGIC || (b->kind != LAUNCH_LINUX && b->kind != LAUNCH_PLAIN) ||
	    b->guest_vmpl != GUEST_VMPL_MIN || b->ranges > LAUNCH_RANGES) {
		refuse();
	}
	check_ranges();
	for (uint32_t i = 0; i < FILLED; i++) {
		if (launch_covers(filled[i].pfn, filled[i].pages)) {
			refuse();
		}
	}
	if (b->kind == LAUNCH_LINUX) {
		check_linux();
	}
	return b;
}
