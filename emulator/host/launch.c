/* What the host tells the secure processor and the loader. */
#include <string.h>
#include "host.h"
#include "policy.h"

void host_memory_map(struct igvm_memory_map_entry map[HOST_MAP_ENTRIES])
{
	memset(map, 0, HOST_MAP_ENTRIES * sizeof(map[0]));
	for (uint32_t i = 0; i < HOST_RANGES; i++) {
		map[i].start = host_range_start(i) / PAGE_SIZE;
		map[i].pages = host_range_size(i) / PAGE_SIZE;
		map[i].type = IGVM_MEMORY;
	}
	policy_memory_map(map, HOST_MAP_ENTRIES);
}

const uint8_t *host_start_vmsa(const uint8_t *vmsa)
{
	static uint8_t page[PAGE_SIZE];

	memcpy(page, vmsa, sizeof(page));
	policy_start_vmsa(page);
	return page;
}
