#include "module/boot/image.h"
#include "module/boot/memory.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

#define MODULE_PFN (MODULE_BASE / PAGE_SIZE)

int launch_covers(uint64_t pfn, uint64_t pages)
{
	/*@
	  loop invariant bound: 0 <= i <= image_launch.ranges;
	  loop invariant apart: \forall integer k; 0 <= k < i ==> !launch_meets(image_launch.range[k], pfn, pages);
	  loop assigns i;
	  loop variant image_launch.ranges - i;
	*/
	for (uint64_t i = 0; i < image_launch.ranges; i++) {
		struct launch_range r = image_launch.range[i];

		if (pfn < r.gpa / PAGE_SIZE + r.pages && r.gpa / PAGE_SIZE < pfn + pages) {
			return 1;
		}
	}
	return 0;
}

/* The frame behind a range, which has to begin at free_from or later: whole pages below the module. */
/*@
  terminates launch_range_ok(r) && free_from <= r.gpa / PAGE_SIZE;
  exits \false;
  assigns \nothing;
  ensures range: launch_range_ok(r) && free_from <= r.gpa / PAGE_SIZE;
  ensures end: \result == r.gpa / PAGE_SIZE + r.pages;
*/
static uint64_t check_range(struct launch_range r, uint64_t free_from)
{
	uint64_t pfn = r.gpa / PAGE_SIZE;

	if (r.gpa % PAGE_SIZE != 0 || pfn < free_from || pfn >= MODULE_PFN || r.pages == 0 ||
	    r.pages > MODULE_PFN - pfn) {
		hw_terminate(REASON_LAUNCH_BLOCK);
	}
	return pfn + r.pages;
}

/* Ascending, apart, page granular, below the module. Whether it is RAM: memory_read_map. */
/*@
  requires count: image_launch.ranges <= LAUNCH_RANGES;
  terminates launch_ranges_ok(image_launch);
  exits \false;
  assigns \nothing;
  ensures ranges: launch_ranges_ok(image_launch);
*/
static void check_ranges(void)
{
	uint64_t free_from = 0; /* pfn */

	/*@
	  loop invariant bound: 0 <= i <= image_launch.ranges;
	  loop invariant good: \forall integer k; 0 <= k < i ==> launch_range_ok(image_launch.range[k]);
	  loop invariant behind: \forall integer k; 0 <= k < i ==>
	    image_launch.range[k].gpa / PAGE_SIZE + image_launch.range[k].pages <= free_from;
	  loop invariant last: free_from == (i == 0 ? 0 :
	    image_launch.range[i - 1].gpa / PAGE_SIZE + image_launch.range[i - 1].pages);
	  loop invariant apart: \forall integer k, l; 0 <= k < l < i ==>
	    launch_apart(image_launch.range[k], image_launch.range[l]);
	  loop assigns i, free_from;
	  loop variant image_launch.ranges - i;
	*/
	for (uint64_t i = 0; i < image_launch.ranges; i++) {
		free_from = check_range(image_launch.range[i], free_from);
	}
}

/* Nothing was loaded into the pages that the module fills in for the guest. */
/*@
  requires ranges: launch_ranges_ok(image_launch);
  terminates !launch_holds(image_launch, GUEST_CC_BLOB_GPA / PAGE_SIZE,
                            (GUEST_BOOT_PARAMS_GPA - GUEST_CC_BLOB_GPA) / PAGE_SIZE) &&
    !launch_holds(image_launch, GUEST_SETUP_DATA_GPA / PAGE_SIZE, 1) &&
    !launch_holds(image_launch, GUEST_PAGE_TABLES_GPA / PAGE_SIZE, 6);
  exits \false;
  assigns \nothing;
  ensures handed: !launch_holds(image_launch, GUEST_CC_BLOB_GPA / PAGE_SIZE,
                                (GUEST_BOOT_PARAMS_GPA - GUEST_CC_BLOB_GPA) / PAGE_SIZE);
  ensures setup_data: !launch_holds(image_launch, GUEST_SETUP_DATA_GPA / PAGE_SIZE, 1);
  ensures page_tables: !launch_holds(image_launch, GUEST_PAGE_TABLES_GPA / PAGE_SIZE, 6);
*/
static void check_filled(void)
{
	if (launch_covers(GUEST_CC_BLOB_GPA / PAGE_SIZE,
			  (GUEST_BOOT_PARAMS_GPA - GUEST_CC_BLOB_GPA) / PAGE_SIZE) ||
	    launch_covers(GUEST_SETUP_DATA_GPA / PAGE_SIZE, 1) ||
	    launch_covers(GUEST_PAGE_TABLES_GPA / PAGE_SIZE, 6)) {
		hw_terminate(REASON_LAUNCH_BLOCK);
	}
}

/*@
  requires ranges: launch_ranges_ok(image_launch);
  terminates launch_holds(image_launch, GUEST_BOOT_PARAMS_GPA / PAGE_SIZE, 1) &&
    launch_holds(image_launch, GUEST_ACPI_GPA / PAGE_SIZE, 1);
  exits \false;
  assigns \nothing;
  ensures boot_params: launch_holds(image_launch, GUEST_BOOT_PARAMS_GPA / PAGE_SIZE, 1);
  ensures acpi: launch_holds(image_launch, GUEST_ACPI_GPA / PAGE_SIZE, 1);
*/
static void check_linux(void)
{
	if (!launch_covers(GUEST_BOOT_PARAMS_GPA / PAGE_SIZE, 1) ||
	    !launch_covers(GUEST_ACPI_GPA / PAGE_SIZE, 1)) {
		hw_terminate(REASON_LAUNCH_BLOCK);
	}
}

void launch_check(void)
{
	if (image_launch.magic != LAUNCH_MAGIC ||
	    (image_launch.kind != LAUNCH_LINUX && image_launch.kind != LAUNCH_PLAIN) ||
	    image_launch.guest_vmpl != GUEST_VMPL_MIN || image_launch.ranges > LAUNCH_RANGES) {
		hw_terminate(REASON_LAUNCH_BLOCK);
	}
	check_ranges();
	check_filled();
	if (image_launch.kind == LAUNCH_LINUX) {
		check_linux();
	}
}
