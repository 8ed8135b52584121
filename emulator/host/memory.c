#include <verismo/launch.h>
#include "emulator/svm/svm.h"
#include "host.h"
#include "memory.h"

#define CHUNKS (MEMORY_GPA_END / LARGE_PAGE)
#define FRAMES (MEMORY_GPA_END / PAGE_SIZE)

static uint64_t memory_size;
static uint8_t small[CHUNKS];	       /* 2M chunk that keeps 4K mappings */
static uint64_t launched[FRAMES / 64]; /* pages the launch places: bit (pfn % 64) */

void memory_configure(uint64_t size)
{
	memory_size = size;
}

uint64_t host_range_start(uint32_t range)
{
	return range == 0 ? 0 : MEMORY_HIGH_START;
}

uint64_t host_range_size(uint32_t range)
{
	uint64_t low = memory_size < MEMORY_LOW_END ? memory_size : MEMORY_LOW_END;

	return range == 0 ? low : memory_size - low;
}

static int is_ram(uint64_t gpa)
{
	for (uint32_t i = 0; i < HOST_RANGES; i++) {
		if (gpa >= host_range_start(i) && gpa - host_range_start(i) < host_range_size(i)) {
			return 1;
		}
	}
	return 0;
}

static int is_launched(uint64_t gpa)
{
	uint64_t pfn = gpa / PAGE_SIZE;

	return launched[pfn / 64] >> (pfn % 64) & 1;
}

int host_reserve(uint64_t gpa, int is_placed)
{
	uint64_t pfn = gpa / PAGE_SIZE;

	if (gpa % PAGE_SIZE || !is_ram(gpa) || (is_placed && is_launched(gpa))) {
		return 1;
	}
	/* all checks passed */
	small[gpa / LARGE_PAGE] = 1;
	if (is_placed) {
		launched[pfn / 64] |= 1UL << (pfn % 64);
	}
	return 0;
}

static uint32_t map_small(uint64_t gpa, uint64_t spa)
{
	uint32_t failed = 0;

	for (uint64_t i = 0; i < LARGE_PAGE; i += PAGE_SIZE) {
		failed |= svm_nested_set(gpa + i, spa + i, 1, 0);
	}
	return failed;
}

static uint32_t map_chunk(uint64_t gpa, uint64_t spa)
{
	if (small[gpa / LARGE_PAGE]) {
		return map_small(gpa, spa);
	}
	return svm_nested_set(gpa, spa, 1, 1) | svm_rmpupdate(spa, gpa, SNP_SIZE_2M, 1);
}

static const char *map_range(uint32_t range)
{
	uint64_t start = host_range_start(range);

	for (uint64_t i = 0; i < host_range_size(range); i += LARGE_PAGE) {
		uint64_t spa = svm_alloc_2m();

		if (!spa) {
			return "QEMU's machine (-m) is too small for the guest's memory";
		}
		if (map_chunk(start + i, spa) != SNP_OK) {
			return "a frame could not be mapped";
		}
	}
	return 0;
}

const char *host_map_memory(void)
{
	const char *reason = 0;

	for (uint32_t i = 0; i < HOST_RANGES && !reason; i++) {
		reason = map_range(i);
	}
	return reason;
}

static uint32_t assign_chunk(uint64_t gpa)
{
	uint32_t failed = 0;

	for (uint64_t i = gpa; i < gpa + LARGE_PAGE; i += PAGE_SIZE) {
		if (!is_launched(i)) {
			failed |= svm_rmpupdate(host_frame(i), i, SNP_SIZE_4K, 1);
		}
	}
	return failed;
}

const char *host_assign_memory(void)
{
	for (uint64_t chunk = 0; chunk < CHUNKS; chunk++) {
		if (small[chunk] && assign_chunk(chunk * LARGE_PAGE) != SNP_OK) {
			return "a frame could not be assigned";
		}
	}
	return 0;
}

uint64_t host_frame(uint64_t gpa)
{
	uint32_t large;

	return svm_nested_get(gpa, &large);
}

uint64_t host_spare_frame(void)
{
	static uint64_t next, left;

	if (!left) {
		next = svm_alloc_2m();
		left = next ? PAGES_PER_2M : 0;
	}
	if (!left) {
		return 0;
	}
	left--;
	next += PAGE_SIZE;
	return next - PAGE_SIZE;
}

int memory_split(uint64_t gpa)
{
	uint64_t base = gpa - gpa % LARGE_PAGE;
	uint32_t large = 0;
	uint32_t size = SNP_SIZE_4K;
	uint64_t spa = svm_nested_get(base, &large);
	int changed = 0;

	if (spa == ~0UL || !large) {
		return 0;
	}
	if (svm_assigned(spa, &size) && size == SNP_SIZE_2M) {
		changed = svm_psmash(spa) == SNP_OK;
	}
	return map_small(base, spa) == SNP_OK || changed;
}
