#include <string.h>
#include <verismo/snp.h>
#include "emulator/host/host.h"
#include "loader.h"

#define AREAS 4U

static uint8_t area[AREAS][PAGE_SIZE];
static uint8_t declared[AREAS];

const uint8_t *params_area(uint32_t index)
{
	return index < AREAS && declared[index] ? area[index] : 0;
}

static const char *declare(const struct igvm_item *item)
{
	struct igvm_parameter_area a;

	memcpy(&a, item->body, sizeof(a));
	if (a.index >= AREAS || declared[a.index]) {
		return "parameter area: index";
	}
	if (a.size != PAGE_SIZE || a.file_offset != 0) {
		return "parameter area: only one page of zeros is supported";
	}
	declared[a.index] = 1;
	return 0;
}

/* Where size bytes of a value go, or null. */
static uint8_t *place(const struct igvm_item *item, uint32_t size)
{
	struct igvm_parameter p;

	memcpy(&p, item->body, sizeof(p));
	if (p.index >= AREAS || !declared[p.index] || p.offset > PAGE_SIZE - size) {
		return 0;
	}
	return area[p.index] + p.offset;
}

static const char *deposit(const struct igvm_item *item, const void *value, uint32_t size)
{
	uint8_t *to = place(item, size);

	if (!to) {
		return "parameter: no such place";
	}
	memcpy(to, value, size);
	return 0;
}

static const char *deposit_memory_map(const struct igvm_item *item)
{
	struct igvm_memory_map_entry map[HOST_MAP_ENTRIES];

	host_memory_map(map);
	return deposit(item, map, sizeof(map));
}

const char *params_record(const struct igvm_item *item)
{
	const uint32_t cpus = host_cpu_count();
	const uint32_t environment = 0; /* memory is private at the start */

	switch (item->type) {
	case IGVM_PARAMETER_AREA:
		return declare(item);
	case IGVM_VP_COUNT:
		return deposit(item, &cpus, sizeof(cpus));
	case IGVM_ENVIRONMENT_INFO:
		return deposit(item, &environment, sizeof(environment));
	case IGVM_MEMORY_MAP:
		return deposit_memory_map(item);
	default:
		return 0;
	}
}
