#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "verismo.h"

struct page *pages_add(struct pages *pages, uint64_t gpa, uint16_t type)
{
	struct page *page = tool_alloc(sizeof(*page));

	if (pages->count == pages->room) {
		uint64_t room = 2 * pages->room + 64;
		struct page **grown = tool_alloc(room * sizeof(struct page *));

		if (pages->count) {
			memcpy(grown, pages->page, pages->count * sizeof(struct page *));
		}
		free(pages->page);
		pages->page = grown;
		pages->room = room;
	}
	page->gpa = gpa;
	page->type = type;
	pages->page[pages->count++] = page;
	return page;
}

struct page *pages_at(struct pages *pages, uint64_t gpa)
{
	for (uint64_t i = pages->count; i > 0; i--) {
		if (pages->page[i - 1]->gpa == gpa) {
			return pages->page[i - 1];
		}
	}
	return pages_add(pages, gpa, IGVM_DATA_NORMAL);
}

void pages_copy(struct pages *pages, uint64_t gpa, const void *data, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
		struct page *page = pages_add(pages, gpa + at, IGVM_DATA_NORMAL);

		memcpy(page->data, (const uint8_t *)data + at,
		       size - at < PAGE_SIZE ? size - at : PAGE_SIZE);
	}
}

static int by_address(const void *left, const void *right)
{
	const struct page *a = *(struct page *const *)left, *b = *(struct page *const *)right;

	return (a->gpa > b->gpa) - (a->gpa < b->gpa);
}

int pages_sort(struct pages *pages, uint64_t *gpa)
{
	qsort(pages->page, pages->count, sizeof(struct page *), by_address);
	for (uint64_t i = 1; i < pages->count; i++) {
		if (pages->page[i]->gpa == pages->page[i - 1]->gpa) {
			*gpa = pages->page[i]->gpa;
			return 1;
		}
	}
	return 0;
}

int page_is_zero(const struct page *page)
{
	static const uint8_t zeros[PAGE_SIZE];

	return memcmp(page->data, zeros, PAGE_SIZE) == 0;
}

int pages_ranges(const struct pages *pages, struct launch_block *launch)
{
	struct launch_range *last = 0;

	launch->ranges = 0;
	for (uint64_t i = 0; i < pages->count; i++) {
		uint64_t gpa = pages->page[i]->gpa;

		if (gpa >= MODULE_BASE && gpa < MODULE_BASE + MODULE_SIZE) {
			continue;
		}
		if (!last || gpa != last->gpa + last->pages * PAGE_SIZE) {
			if (launch->ranges == LAUNCH_RANGES) {
				return 1;
			}
			last = &launch->range[launch->ranges++];
			last->gpa = gpa;
			last->pages = 0;
		}
		last->pages++;
	}
	return 0;
}

void pages_free(struct pages *pages)
{
	for (uint64_t i = 0; i < pages->count; i++) {
		free(pages->page[i]);
	}
	free(pages->page);
}
