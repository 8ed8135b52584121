/*
 * Fuzz target: the IGVM reader. A byte, a number of pages, and the headers of a file, which so many pages of
 * zeros follow. An odd byte: size and checksum of the file are made right, for else nothing would be read.
 * What igvm_open takes must be what igvm.h says.
 */
#include "fuzz/fuzz.h"
#include <stdlib.h>
#include <string.h>
#include <igvm/igvm.h>
#include <verismo/snp.h>

#define HEADERS_MAX 0x4000U
#define PAGES_MAX   4U
#define PLACES_MAX  1024U

struct place {
	uint64_t gpa;
	uint64_t bytes;
};
static struct place places[PLACES_MAX];
static uint32_t place_count;
static uint64_t area_bytes[IGVM_AREAS];
static uint32_t counts[0x400]; /* of records, by type */

static void put32(uint8_t *file, uint32_t offset, uint64_t value)
{
	uint32_t field = (uint32_t)value;

	memcpy(file + offset, &field, sizeof(field));
}

static void seal(uint8_t *file, uint64_t headers, uint64_t size)
{
	if (headers < sizeof(struct igvm_header)) {
		return;
	}
	put32(file, offsetof(struct igvm_header, magic), IGVM_MAGIC);
	put32(file, offsetof(struct igvm_header, format_version), IGVM_FORMAT_VERSION);
	put32(file, offsetof(struct igvm_header, variable_header_offset), 24);
	put32(file, offsetof(struct igvm_header, variable_header_size), headers - 24);
	put32(file, offsetof(struct igvm_header, total_file_size), size);
	put32(file, offsetof(struct igvm_header, checksum), 0);
	put32(file, offsetof(struct igvm_header, checksum), igvm_crc32(0, file, headers));
}

static void expect(int good, const char *what)
{
	if (!good) {
		fuzz_finding("igvm_open takes a file with %s", what);
	}
}

/* ---- what igvm_open has promised ---- */

static void place(uint64_t gpa, uint64_t bytes)
{
	uint32_t i;

	expect(gpa % PAGE_SIZE == 0 && gpa < 1UL << 52 && bytes <= (1UL << 52) - gpa, "a bad GPA");
	for (i = 0; i < place_count; i++) {
		expect(gpa >= places[i].gpa + places[i].bytes || places[i].gpa >= gpa + bytes,
		       "a page that is placed twice");
	}
	if (place_count < PLACES_MAX) {
		places[place_count] = (struct place){gpa, bytes};
		place_count++;
	}
}

/* Reads all of it, so that the sanitizer sees what is not there. */
static void read_page(const struct igvm_file *f, uint32_t offset)
{
	const volatile uint8_t *page = igvm_page(f, offset);

	expect(page != NULL || offset == 0, "a page outside it");
	if (page != NULL) {
		(void)page[0];
		(void)page[PAGE_SIZE - 1];
	}
}

#define BODY(type)                                                                                 \
	struct type r;                                                                             \
	memset(&r, 0, sizeof(r));                                                                  \
	memcpy(&r, item->body, item->length < sizeof(r) ? item->length : sizeof(r))

static void check_page(const struct igvm_file *f, const struct igvm_item *item)
{
	BODY(igvm_page_data);
	place(r.gpa, PAGE_SIZE);
	read_page(f, r.file_offset);
	counts[r.data_type]++; /* 1 and 2 are no records */
	expect((r.flags & IGVM_PAGE_2M) == 0, "a page of 2M");
}

static void check_context(const struct igvm_file *f, const struct igvm_item *item)
{
	BODY(igvm_vp_context);
	place(r.gpa, PAGE_SIZE);
	read_page(f, r.file_offset);
	expect(r.vp_index == 0 && r.file_offset != 0, "a context of another CPU, or none");
}

static void check_area(const struct igvm_item *item)
{
	BODY(igvm_parameter_area);
	expect(r.index < IGVM_AREAS && area_bytes[r.index] == 0, "an area declared twice");
	expect(r.size != 0 && r.size <= IGVM_AREA_MAX, "an area of a bad size");
	area_bytes[r.index] = r.size;
}

static void check_insert(const struct igvm_item *item)
{
	BODY(igvm_parameter_insert);
	expect(r.index < IGVM_AREAS && area_bytes[r.index] != 0, "an insert without its area");
	place(r.gpa, area_bytes[r.index]);
}

static void check_parameter(const struct igvm_item *item, uint64_t bytes)
{
	BODY(igvm_parameter);
	expect(r.index < IGVM_AREAS && r.offset + bytes <= area_bytes[r.index],
	       "a parameter outside its area");
}

static void check_item(const struct igvm_file *f, const struct igvm_item *item)
{
	expect(item->body >= f->data && item->length <= f->end - (uint64_t)(item->body - f->data),
	       "a record beyond the headers");
	counts[item->type % 0x400]++;
	switch (item->type) {
	case IGVM_PAGE_DATA:
		check_page(f, item);
		break;
	case IGVM_VP_CONTEXT:
		check_context(f, item);
		break;
	case IGVM_PARAMETER_AREA:
		check_area(item);
		break;
	case IGVM_PARAMETER_INSERT:
		check_insert(item);
		break;
	case IGVM_MEMORY_MAP:
		check_parameter(item, sizeof(struct igvm_memory_map_entry));
		break;
	case IGVM_VP_COUNT:
	case IGVM_ENVIRONMENT_INFO:
		check_parameter(item, sizeof(uint32_t));
		break;
	default:
		break;
	}
}

static void check_file(const struct igvm_file *f)
{
	uint64_t position = f->first;
	struct igvm_item item;

	memset(counts, 0, sizeof(counts));
	memset(area_bytes, 0, sizeof(area_bytes));
	place_count = 0;
	while (igvm_next(f, &item, &position)) {
		check_item(f, &item);
	}
	expect(position == f->end, "headers that are not read to their end");
	expect(counts[IGVM_VP_CONTEXT] == 1 && counts[IGVM_GUEST_POLICY] <= 1, "a wrong number");
}

/* ---- the target ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = {data, size};
	uint32_t sealed = bytes_below(&input, 2);
	uint64_t pages = bytes_below(&input, PAGES_MAX) * PAGE_SIZE;
	uint64_t headers = input.left < HEADERS_MAX ? input.left : HEADERS_MAX;
	uint8_t *file = malloc(headers + pages + (headers + pages == 0));
	struct igvm_file f;

	if (file == NULL) {
		return 0;
	}
	memset(file + headers, 0, pages);
	memcpy(file, input.next, headers);
	if (sealed) {
		seal(file, headers, headers + pages);
	}
	if (igvm_open(&f, file, headers + pages) == NULL) {
		check_file(&f);
	}
	free(file);
	return 0;
}
