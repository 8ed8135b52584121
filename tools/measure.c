/* The SNP launch digest (AMD 56860, SNP_LAUNCH_UPDATE) and `verismo measure`. */
#include <getopt.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

#define TYPE_NORMAL	1U
#define TYPE_VMSA	2U
#define TYPE_UNMEASURED 4U
#define TYPE_SECRETS	5U
#define TYPE_CPUID	6U

struct page_info {
	uint8_t digest[DIGEST_SIZE];
	uint8_t contents[DIGEST_SIZE];
	uint16_t length;
	uint8_t type;
	uint8_t imi;
	uint8_t permissions[3]; /* VMPL3, VMPL2, VMPL1: none; the module grants them later */
	uint8_t reserved;
	uint64_t gpa;
};
_Static_assert(sizeof(struct page_info) == 0x70, "PAGE_INFO");

static void add_page(uint8_t digest[DIGEST_SIZE], uint8_t type, uint64_t gpa, const uint8_t *data)
{
	struct page_info info = {.length = sizeof(info), .type = type, .gpa = gpa};

	memcpy(info.digest, digest, DIGEST_SIZE);
	if (type == TYPE_NORMAL || type == TYPE_VMSA) {
		SHA384(data, PAGE_SIZE, info.contents);
	}
	SHA384((const uint8_t *)&info, sizeof(info), digest);
}

static uint8_t page_type(const struct igvm_page_data *page)
{
	if (page->data_type == IGVM_DATA_SECRETS) {
		return TYPE_SECRETS;
	}
	if (page->data_type == IGVM_DATA_CPUID) {
		return TYPE_CPUID;
	}
	return page->flags & IGVM_PAGE_UNMEASURED ? TYPE_UNMEASURED : TYPE_NORMAL;
}

/* A zero page is submitted as data, like any other. */
static const uint8_t *page_content(const struct igvm_file *file, uint32_t file_offset)
{
	static const uint8_t zeros[PAGE_SIZE];
	const uint8_t *data = igvm_page(file, file_offset);

	return data ? data : zeros;
}

static uint64_t area_size(const struct igvm_file *file, uint32_t index)
{
	struct igvm_parameter_area area;
	struct igvm_item item;
	uint64_t position = file->first;

	while (igvm_next(file, &item, &position)) {
		if (item.type == IGVM_PARAMETER_AREA) {
			memcpy(&area, item.body, sizeof(area));
			if (area.index == index) {
				return area.size;
			}
		}
	}
	return 0;
}

static const char *add_page_data(const struct igvm_file *file, const uint8_t *body, uint8_t *digest)
{
	struct igvm_page_data page;

	memcpy(&page, body, sizeof(page));
	if (page.flags & IGVM_PAGE_2M) {
		return "2 MiB pages are not supported";
	}
	if (!(page.flags & IGVM_PAGE_SHARED)) {
		add_page(digest, page_type(&page), page.gpa, page_content(file, page.file_offset));
	}
	return 0;
}

static const char *add_insert(const struct igvm_file *file, const uint8_t *body, uint8_t *digest)
{
	struct igvm_parameter_insert insert;
	uint64_t size;

	memcpy(&insert, body, sizeof(insert));
	size = area_size(file, insert.index);
	if (!size || size > IGVM_FILE_LIMIT) {
		return "a parameter area is missing or too large";
	}
	for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
		add_page(digest, TYPE_UNMEASURED, insert.gpa + at, 0);
	}
	return 0;
}

const char *launch_digest(const struct igvm_file *file, uint8_t digest[DIGEST_SIZE])
{
	struct igvm_vp_context context = {0};
	struct igvm_item item;
	uint64_t position = file->first;
	const char *why = 0;

	memset(digest, 0, DIGEST_SIZE);
	while (!why && igvm_next(file, &item, &position)) {
		if (item.type == IGVM_PAGE_DATA) {
			why = add_page_data(file, item.body, digest);
		} else if (item.type == IGVM_PARAMETER_INSERT) {
			why = add_insert(file, item.body, digest);
		} else if (item.type == IGVM_VP_CONTEXT) {
			memcpy(&context, item.body, sizeof(context) - sizeof(context.pad));
		}
	}
	/* The VMSA is measured when the launch is finished, wherever its record stands. */
	add_page(digest, TYPE_VMSA, context.gpa, page_content(file, context.file_offset));
	return why;
}

void digest_text(const uint8_t digest[DIGEST_SIZE], char text[DIGEST_HEX])
{
	for (uint32_t i = 0; i < DIGEST_SIZE; i++) {
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	}
}

int igvm_read(const char *path, struct bytes *content, struct igvm_file *file)
{
	int code = file_read(path, IGVM_FILE_LIMIT, content);
	const char *why;

	if (code) {
		return code;
	}
	why = igvm_open(file, content->data, content->size);
	if (why) {
		free(content->data);
		return tool_error(TOOL_BAD_FILE, "%s: %s", path, why);
	}
	return TOOL_OK;
}

static int measure(const char *path, int json)
{
	struct bytes content;
	struct igvm_file file;
	uint8_t digest[DIGEST_SIZE];
	char text[DIGEST_HEX];
	const char *why;
	int code = igvm_read(path, &content, &file);

	if (code) {
		return code;
	}
	why = launch_digest(&file, digest);
	free(content.data);
	if (why) {
		return tool_error(TOOL_BAD_FILE, "%s: %s", path, why);
	}
	digest_text(digest, text);
	printf(json ? "{\"launch_digest\": \"%s\"}\n" : "%s\n", text);
	return TOOL_OK;
}

static const char measure_help[] =
	"usage: verismo measure FILE.igvm [--json]\n"
	"Prints the launch digest (SHA-384, 96 hexadecimal digits): the MEASUREMENT of a report.\n";

int command_measure(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, 0, 'j'}, {"help", no_argument, 0, 'h'}, {0, 0, 0, 0}};
	int json = 0, option;

	while ((option = getopt_long(argc, argv, "", options, 0)) != -1) {
		if (option == 'j') {
			json = 1;
		} else {
			fputs(measure_help, option == 'h' ? stdout : stderr);
			return option == 'h' ? TOOL_OK : TOOL_USAGE;
		}
	}
	if (argc - optind != 1) {
		fputs(measure_help, stderr);
		return TOOL_USAGE;
	}
	return measure(argv[optind], json);
}
