/* DRAM: guest frames are handed out 2M at a time, ascending, from what the emulator does not use. */
#include <emulator/svm/cpu.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/nested.h>

#define RANGES_MAX 16U
/* Near the end of low memory the firmware has left data behind; elsewhere QEMU's RAM is zero. */
#define FIRMWARE_SCRATCH 0x2000000UL
#define LOW_MEMORY_END	 0x100000000UL

extern uint8_t emulator_end[]; /* emulator.ld */

static struct memory_range ranges[RANGES_MAX];
static uint32_t range_count;
static uint64_t scratch_start;
static uint8_t chunk_is_guest[MACHINE_FRAMES / PAGES_PER_2M];

void memory_copy(void *to, const void *from, uint64_t bytes)
{
	uint8_t *d = to;
	const uint8_t *s = from;
	uint64_t words = bytes / 8U;
	uint64_t rest = bytes % 8U;

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(rest) : : "memory");
}

void memory_fill(void *to, uint8_t value, uint64_t bytes)
{
	uint8_t *d = to;
	uint64_t words = bytes / 8U;
	uint64_t rest = bytes % 8U;
	uint64_t pattern = 0x0101010101010101UL * value;

	__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(rest) : "a"(pattern) : "memory");
}

/* What the compiler calls by itself. */
void *memcpy(void *to, const void *from, unsigned long bytes);
void *memset(void *to, int value, unsigned long bytes);
void *memmove(void *to, const void *from, unsigned long bytes);
int memcmp(const void *a, const void *b, unsigned long bytes);

void *memcpy(void *to, const void *from, unsigned long bytes)
{
	memory_copy(to, from, bytes);
	return to;
}

void *memset(void *to, int value, unsigned long bytes)
{
	memory_fill(to, (uint8_t)value, bytes);
	return to;
}

void *memmove(void *to, const void *from, unsigned long bytes)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if (d <= s || d >= s + bytes) {
		memory_copy(to, from, bytes);
		return to;
	}
	while (bytes > 0) {
		bytes--;
		d[bytes] = s[bytes];
	}
	return to;
}

int memcmp(const void *a, const void *b, unsigned long bytes)
{
	const uint8_t *p = a;
	const uint8_t *q = b;

	for (unsigned long i = 0; i < bytes; i++) {
		if (p[i] != q[i]) {
			return p[i] < q[i] ? -1 : 1;
		}
	}
	return 0;
}

static void range_add(uint64_t start, uint64_t end)
{
	start = (start + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
	end = end / LARGE_PAGE * LARGE_PAGE;
	if (start >= end || range_count == RANGES_MAX) {
		return;
	}
	ranges[range_count].start = start;
	ranges[range_count].end = end;
	range_count++;
}

/* The part of one RAM range that the emulator does not use, without the range to keep. */
static void range_split(struct memory_range ram, struct memory_range keep)
{
	if (keep.start < keep.end && keep.start < ram.end && keep.end > ram.start) {
		range_add(ram.start, keep.start);
		range_add(keep.end, ram.end);
	} else {
		range_add(ram.start, ram.end);
	}
}

void memory_init(const struct memory_range *ram, uint32_t count, struct memory_range keep)
{
	uint64_t pool = ((uint64_t)emulator_end + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
	uint64_t low_end = 0;
	uint64_t total = 0;
	uint64_t end;

	for (uint32_t i = 0; i < count; i++) {
		total += ram[i].end - ram[i].start;
		if (ram[i].end <= LOW_MEMORY_END && ram[i].end > low_end) {
			low_end = ram[i].end;
		}
	}
	end = pool + nested_pool_bytes(total);
	if (end > low_end || (keep.end != 0 && keep.start < end)) {
		emulator_panic("not enough memory for the emulator itself");
	}
	/* all checks passed */
	nested_init(pool, end - pool);
	scratch_start = low_end - (low_end < FIRMWARE_SCRATCH ? low_end : FIRMWARE_SCRATCH);
	for (uint32_t i = 0; i < count; i++) {
		struct memory_range r = ram[i];

		r.start = r.start < end ? end : r.start;
		r.end = r.end > MACHINE_FRAMES * PAGE_SIZE ? MACHINE_FRAMES * PAGE_SIZE : r.end;
		if (r.start < r.end) {
			range_split(r, keep);
		}
	}
}

uint32_t memory_is_guest(uint64_t spa)
{
	return spa < MACHINE_FRAMES * PAGE_SIZE && chunk_is_guest[spa / LARGE_PAGE] != 0;
}

static uint64_t chunk_take(void)
{
	for (uint32_t i = 0; i < range_count; i++) {
		if (ranges[i].start < ranges[i].end) {
			ranges[i].start += LARGE_PAGE;
			return ranges[i].start - LARGE_PAGE;
		}
	}
	return 0;
}

uint64_t svm_alloc_2m(void)
{
	uint64_t spa;

	machine_lock();
	spa = chunk_take();
	if (spa != 0) {
		if (spa >= scratch_start && spa < LOW_MEMORY_END) {
			memory_fill((void *)spa, 0, LARGE_PAGE);
		}
		chunk_is_guest[spa / LARGE_PAGE] = 1;
	}
	machine_unlock();
	return spa;
}

uint64_t dram_read64(uint64_t spfn, uint64_t word)
{
	return ((const volatile uint64_t *)(spfn * PAGE_SIZE))[word];
}

void dram_write64(uint64_t spfn, uint64_t word, uint64_t value)
{
	((volatile uint64_t *)(spfn * PAGE_SIZE))[word] = value;
}
