#include "module/boot/memory.h"
#include "module/boot/image.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include <verismo/reasons.h>

#define PFN_LIMIT (1UL << 40) /* page numbers of 52-bit addresses */

struct memory_map memory_map;

/* RAM lies below the device gap or above it, never in it. */
/*@
  requires some: pages > 0;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> memory_place(pfn, pages);
*/
static int is_ram_place(uint64_t pfn, uint64_t pages)
{
	return pages <= HW_PFNS && pfn <= HW_PFNS - pages &&
	       (pfn + pages <= MEMORY_LOW_END / PAGE_SIZE || pfn >= MEMORY_HIGH_START / PAGE_SIZE);
}

/* Does a range that begins at pfn continue the last one? */
/*@
  requires map: memory_shape(memory_map);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> memory_map.count > 0 && memory_map.end == pfn;
*/
static int continues_last(uint64_t pfn)
{
	return memory_map.count > 0 && memory_map.end == pfn;
}

/* Adds a range behind the others. */
/*@
  requires map: memory_shape(memory_map);
  requires behind: memory_map.end <= pfn && pages > 0;
  terminates memory_place(pfn, pages) &&
    ((memory_map.count > 0 && memory_map.end == pfn) || memory_map.count < MEMORY_RANGES);
  exits \false;
  assigns memory_map;
  ensures map: memory_shape(memory_map);
  ensures end: memory_map.end == pfn + pages;
  ensures first: \old(memory_map.count) > 0 ==> memory_map.range[0].pfn == \old(memory_map.range[0].pfn);
  ensures ram: \forall integer q;
    memory_is_ram(memory_map, q) <==> memory_is_ram(\old(memory_map), q) || pfn <= q < pfn + pages;
*/
static void add_ram(uint64_t pfn, uint64_t pages)
{
	if (!is_ram_place(pfn, pages)) {
		hw_terminate(REASON_MEMORY_MAP);
	}
	if (continues_last(pfn)) {
		memory_map.range[memory_map.count - 1].pages += pages;
	} else if (memory_map.count < MEMORY_RANGES) {
		memory_map.range[memory_map.count].pfn = pfn;
		memory_map.range[memory_map.count].pages = pages;
		memory_map.count++;
	} else {
		hw_terminate(REASON_MEMORY_MAP);
	}
	memory_map.pages += pages;
	memory_map.end = pfn + pages;
}

/* The frame behind entry e, which has to begin at free_from or later. */
/*@
  requires some: e.pages > 0;
  terminates memory_entry_ok(e) && free_from <= e.start && e.start + e.pages <= PFN_LIMIT;
  exits \false;
  assigns \nothing;
  ensures entry: memory_entry_ok(e) && free_from <= e.start;
  ensures end: \result == e.start + e.pages <= PFN_LIMIT;
*/
static uint64_t check_entry(struct igvm_memory_map_entry e, uint64_t free_from)
{
	if (e.start < free_from || e.start >= PFN_LIMIT || e.pages > PFN_LIMIT - e.start ||
	    (e.type != IGVM_MEMORY && e.type != IGVM_MEMORY_RESERVED)) {
		hw_terminate(REASON_MEMORY_MAP);
	}
	return e.start + e.pages;
}

/*@
  requires fresh: memory_map.count == 0 && memory_map.pages == 0 && memory_map.end == 0;
  terminates \false;
  exits \false;
  assigns memory_map;
  ensures map: memory_shape(memory_map);
  ensures host: memory_listed(memory_map, \result);
*/
static uint32_t copy_map(void)
{
	uint64_t free_from = 0;
	uint32_t i;

	/*@
	  loop invariant bound: i <= IGVM_MEMORY_ENTRIES && memory_map.end <= free_from;
	  loop invariant map: memory_shape(memory_map);
	  loop invariant behind: \forall integer k; 0 <= k < i ==>
	    image_memmap[k].start + image_memmap[k].pages <= free_from;
	  loop invariant host: memory_host_ok(i);
	  loop invariant copied: memory_copied(memory_map, i);
	  loop assigns i, free_from, memory_map;
	  loop variant IGVM_MEMORY_ENTRIES - i;
	*/
	for (i = 0; i < IGVM_MEMORY_ENTRIES; i++) {
		struct igvm_memory_map_entry e = image_memmap[i];

		if (e.pages == 0) {
			break;
		}
		free_from = check_entry(e, free_from);
		/*@ assert one_more: \forall integer q; memory_host_ram(i + 1, q) <==>
		      memory_host_ram(i, q) || memory_entry_ram(e, q); */
		if (e.type == IGVM_MEMORY) {
			add_ram(e.start, e.pages);
		}
	}
	return i;
}

uint64_t memory_module_size(void)
{
	return MODULE_SIZE + hw_table_bytes(memory_map.end);
}

/* The first range begins at 0 and holds the guest's low memory, all that was loaded (it lies below the
 * module: launch.c), the static region and the table. */
void memory_read_map(void)
{
	(void)copy_map();
	if (memory_map.count == 0 || memory_map.pages < MEMORY_MIN / PAGE_SIZE ||
	    memory_map.pages > MEMORY_MAX / PAGE_SIZE || memory_map.range[0].pfn != 0 ||
	    memory_map.range[0].pages < (MODULE_BASE + memory_module_size()) / PAGE_SIZE) {
		hw_terminate(REASON_MEMORY_MAP);
	}
}

/*@
  requires inv: hw_inv;
  requires range: pfn < HW_PFNS && !hw_static(pfn);
  requires fresh: boot_held(pfn) && boot_void(pfn);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures clean: boot_held(pfn) && boot_clean(pfn);
*/
static void take_table_page(uint64_t pfn)
{
	if (hw_pvalidate(pfn, SNP_SIZE_4K, 1) != SNP_OK) {
		hw_terminate(REASON_PVALIDATE);
	}
	hw_zero(pfn, SNP_SIZE_4K);
}

void memory_place_table(void)
{
	uint64_t first = (MODULE_BASE + MODULE_SIZE) / PAGE_SIZE;
	uint64_t end = first + hw_table_bytes(memory_map.end) / PAGE_SIZE;
	uint64_t pfn;

	/*@
	  loop invariant bound: first <= pfn <= end;
	  loop invariant inv: hw_inv;
	  loop invariant done: \forall integer q; first <= q < pfn ==> boot_held(q) && boot_clean(q);
	  loop invariant todo: \forall integer q; 0 <= q < HW_PFNS && !(first <= q < pfn) ==>
	    hw_same{Pre, Here}(q);
	  loop assigns pfn, HW_FRAMES;
	  loop variant end - pfn;
	*/
	for (pfn = first; pfn < end; pfn++) {
		take_table_page(pfn);
	}
	hw_table_place(memory_map.end);
	page_table_init(memory_map.end);
}

void memory_keep_static(void)
{
	uint64_t first = MODULE_BASE / PAGE_SIZE;
	uint64_t i;

	/*@
	  loop invariant bound: i <= MODULE_SIZE / PAGE_SIZE;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(first, i);
	  loop invariant rest: hw_tokens_rest{Pre, Here}(first, i);
	  loop invariant given: \forall integer q; first <= q < first + i ==>
	    hw_tokens.held[q] == 0 && hw_tokens.open[q] == 0 && hw_gave.entry[q] == HW_MODULE;
	  loop invariant gave: page_gave_rest{Pre, Here}(first, i);
	  loop assigns i, HW_TABLE;
	  loop variant MODULE_SIZE / PAGE_SIZE - i;
	*/
	for (i = 0; i < MODULE_SIZE / PAGE_SIZE; i++) {
		page_set_initial(first + i, PAGE_MODULE, PAGE_OWNER_NONE);
	}
}
