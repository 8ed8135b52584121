#include "module/boot/memory.h"
#include "module/guest/page.h"
#include "module/guest/perm.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

#define MODULE_PFN (MODULE_BASE / PAGE_SIZE)

/* An assigned page starts without permissions above VMPL0, so only the grant is needed. */
static void grant_small(uint64_t pfn, uint32_t vmpl)
{
	perm_grant(pfn, SNP_SIZE_4K, vmpl);
	page_set_initial(pfn, PAGE_GUEST, vmpl);
}

/* A page found validated although it was not loaded at launch: the host plays with two frames. */
static void take_small(uint64_t pfn, uint32_t vmpl)
{
	if (hw_pvalidate(pfn, SNP_SIZE_4K, 1) != SNP_OK) {
		hw_terminate(REASON_PVALIDATE);
	}
	hw_zero(pfn, SNP_SIZE_4K);
	grant_small(pfn, vmpl);
}

static int is_module(uint64_t pfn, uint64_t pages)
{
	return pfn < MODULE_PFN + memory_module_size() / PAGE_SIZE && MODULE_PFN < pfn + pages;
}

static void take_page(uint64_t pfn, uint32_t vmpl)
{
	if (is_module(pfn, 1)) {
		page_set_initial(pfn, PAGE_MODULE, PAGE_OWNER_NONE);
	} else if (launch_covers(pfn, 1)) {
		grant_small(pfn, vmpl);
	} else {
		take_small(pfn, vmpl);
	}
}

/* 512 frames at once; 0 and nothing changed if the host has backed them with small pages. */
static int take_large(uint64_t pfn, uint32_t vmpl)
{
	uint64_t result = hw_pvalidate(pfn, SNP_SIZE_2M, 1);

	if (result % HW_CARRY == SNP_FAIL_SIZEMISMATCH) {
		return 0;
	}
	if (result != SNP_OK) {
		hw_terminate(REASON_PVALIDATE);
	}
	hw_zero(pfn, SNP_SIZE_2M);
	perm_grant(pfn, SNP_SIZE_2M, vmpl);
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		page_set_initial(pfn + i, PAGE_GUEST, vmpl);
	}
	return 1;
}

static int may_be_large(uint64_t pfn, uint64_t end)
{
	return pfn % PAGES_PER_2M == 0 && end - pfn >= PAGES_PER_2M &&
	       !is_module(pfn, PAGES_PER_2M) && !launch_covers(pfn, PAGES_PER_2M);
}

static void take_range(uint64_t pfn, uint64_t end, uint32_t vmpl)
{
	while (pfn < end) {
		if (may_be_large(pfn, end) && take_large(pfn, vmpl)) {
			pfn += PAGES_PER_2M;
		} else {
			take_page(pfn, vmpl);
			pfn++;
		}
	}
}

void memory_take_over(uint32_t guest_vmpl)
{
	const struct memory_map *map = memory_get_map();

	for (uint32_t i = 0; i < map->count; i++) {
		take_range(map->range[i].pfn, map->range[i].pfn + map->range[i].pages, guest_vmpl);
	}
}
