/* The pages of a launch file while it is put together: any order in, ascending and unique out. */
#ifndef TOOLS_PAGES_H
#define TOOLS_PAGES_H

#include <stdint.h>
#include <verismo/igvm.h>
#include <verismo/launch.h>
#include <verismo/snp.h>

struct page {
	uint64_t gpa;  /* 4K multiple */
	uint16_t type; /* IGVM_DATA_* */
	uint8_t data[PAGE_SIZE];
};
struct pages {
	struct page **page;
	uint64_t count, room;
};

/* A new zero page. The caller does not place two pages at one address; pages_sort finds it out. */
struct page *pages_add(struct pages *pages, uint64_t gpa, uint16_t type);
/* The page at gpa, new if there is none. */
struct page *pages_at(struct pages *pages, uint64_t gpa);
/* Copies size bytes to pages from gpa (4K multiple) on. */
void pages_copy(struct pages *pages, uint64_t gpa, const void *data, uint64_t size);
/* Sorts by address; returns 0, or a message-worthy 1 with *gpa of two pages at one address. */
int pages_sort(struct pages *pages, uint64_t *gpa);
int page_is_zero(const struct page *page);
/* Fills the ranges of the launch block: every NORMAL page outside the module's region, after
 * pages_sort. Returns 0, or 1 if there are more than LAUNCH_RANGES. */
int pages_ranges(const struct pages *pages, struct launch_block *launch);
void pages_free(struct pages *pages);

#endif
