/*
 * The IGVM reader on good and on hostile files. Each file is read from a heap copy of exactly its
 * size, so that the address sanitizer sees every byte read too far.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <igvm/igvm.h>
#include <verismo/launch.h>
#include <verismo/snp.h>

#define FILE_MAX   0x10000U
#define MASK	   4U
#define PAGES_AT   0x1000U /* file offset of the first page; the headers end before */
#define FILE_PAGES 3U

/* The records of the good file, by number. */
enum {
	R_PLATFORM,
	R_POLICY,
	R_REQUIRED,
	R_AREA0,
	R_AREA1,
	R_VP_COUNT,
	R_ENVIRONMENT,
	R_MEMORY_MAP,
	R_INSERT0,
	R_INSERT1,
	R_CODE,
	R_CPUID,
	R_SECRETS,
	R_ZERO,
	R_CONTEXT,
	RECORDS,
};

static const uint32_t types[RECORDS] = {
	IGVM_SUPPORTED_PLATFORM, IGVM_GUEST_POLICY,	IGVM_REQUIRED_MEMORY,  IGVM_PARAMETER_AREA,
	IGVM_PARAMETER_AREA,	 IGVM_VP_COUNT,		IGVM_ENVIRONMENT_INFO, IGVM_MEMORY_MAP,
	IGVM_PARAMETER_INSERT,	 IGVM_PARAMETER_INSERT, IGVM_PAGE_DATA,	       IGVM_PAGE_DATA,
	IGVM_PAGE_DATA,		 IGVM_PAGE_DATA,	IGVM_VP_CONTEXT,
};

static uint8_t file[FILE_MAX];
static uint32_t file_size;
static uint32_t headers_end;
static uint32_t at[RECORDS]; /* file offset of each record's body */

static void put32(uint32_t offset, uint32_t value)
{
	memcpy(file + offset, &value, sizeof(value));
}

static uint32_t get32(uint32_t offset)
{
	uint32_t value;

	memcpy(&value, file + offset, sizeof(value));
	return value;
}

/* Makes size and checksum right again. */
static void seal(void)
{
	put32(offsetof(struct igvm_header, variable_header_size), headers_end - 24);
	put32(offsetof(struct igvm_header, total_file_size), file_size);
	put32(offsetof(struct igvm_header, checksum), 0);
	put32(offsetof(struct igvm_header, checksum), igvm_crc32(0, file, headers_end));
}

static void append(uint32_t type, const void *body, uint32_t length)
{
	put32(headers_end, type);
	put32(headers_end + 4, length);
	memcpy(file + headers_end + 8, body, length);
	headers_end += 8 + (length + 7) / 8 * 8;
}

static void add(uint32_t number, const void *body, uint32_t length)
{
	at[number] = headers_end + 8;
	append(types[number], body, length);
}

static void add_page(uint32_t number, uint64_t gpa, uint32_t offset, uint16_t data_type)
{
	struct igvm_page_data page = {
		.gpa = gpa, .mask = MASK, .file_offset = offset, .data_type = data_type};

	add(number, &page, sizeof(page));
}

static void add_parameters(void)
{
	struct igvm_parameter_area area = {.size = PAGE_SIZE};
	struct igvm_parameter parameter = {0};
	struct igvm_parameter_insert insert = {.gpa = MODULE_PARAMS_GPA, .mask = MASK};

	add(R_AREA0, &area, sizeof(area));
	area.index = 1;
	add(R_AREA1, &area, sizeof(area));
	add(R_VP_COUNT, &parameter, sizeof(parameter));
	parameter.offset = 4;
	add(R_ENVIRONMENT, &parameter, sizeof(parameter));
	parameter = (struct igvm_parameter){.index = 1};
	add(R_MEMORY_MAP, &parameter, sizeof(parameter));
	add(R_INSERT0, &insert, sizeof(insert));
	insert.gpa = MODULE_MEMMAP_GPA;
	insert.index = 1;
	add(R_INSERT1, &insert, sizeof(insert));
}

static int good_file(void **state)
{
	struct igvm_supported_platform platform = {
		.mask = MASK, .highest_vtl = 2, .platform = IGVM_PLATFORM_SEV_SNP, .version = 1};
	struct igvm_guest_policy policy = {.policy = 0x30000, .mask = MASK};
	struct igvm_required_memory memory = {
		.gpa = MODULE_BASE, .mask = MASK, .size = MODULE_SIZE};
	struct igvm_vp_context context = {
		.gpa = IGVM_VMSA_GPA, .mask = MASK, .file_offset = PAGES_AT + 2 * PAGE_SIZE};

	(void)state;
	memset(file, 0, sizeof(file));
	put32(0, IGVM_MAGIC);
	put32(4, IGVM_FORMAT_VERSION);
	put32(8, 24);
	headers_end = 24;
	add(R_PLATFORM, &platform, sizeof(platform));
	add(R_POLICY, &policy, sizeof(policy));
	add(R_REQUIRED, &memory, sizeof(memory));
	add_parameters();
	add_page(R_CODE, MODULE_LAUNCH_GPA, PAGES_AT, IGVM_DATA_NORMAL);
	add_page(R_CPUID, MODULE_CPUID_GPA, PAGES_AT + PAGE_SIZE, IGVM_DATA_CPUID);
	add_page(R_SECRETS, MODULE_SECRETS_GPA, 0, IGVM_DATA_SECRETS);
	add_page(R_ZERO, MODULE_IMAGE_GPA, 0, IGVM_DATA_NORMAL);
	add(R_CONTEXT, &context, 20);
	assert_true(headers_end <= PAGES_AT);
	file_size = PAGES_AT + FILE_PAGES * PAGE_SIZE;
	memset(file + PAGES_AT, 0xc0, PAGE_SIZE);
	memset(file + PAGES_AT + PAGE_SIZE, 0xc1, PAGE_SIZE);
	memset(file + PAGES_AT + 2 * PAGE_SIZE, 0xc2, PAGE_SIZE);
	seal();
	return 0;
}

static uint64_t read_page(const struct igvm_file *f, uint32_t offset)
{
	const uint8_t *page = igvm_page(f, offset);
	uint64_t sum = 0;

	for (uint32_t i = 0; page && i < PAGE_SIZE; i++) {
		sum += page[i];
	}
	return sum;
}

/* Reads all that a consumer would read of an accepted file. */
static uint32_t walk(const struct igvm_file *f)
{
	uint64_t position = f->first;
	struct igvm_item item;
	uint32_t records = 0;
	volatile uint64_t sum = 0;

	while (igvm_next(f, &item, &position)) {
		struct igvm_page_data page;
		struct igvm_vp_context context;

		for (uint32_t i = 0; i < item.length; i++) {
			sum += item.body[i];
		}
		assert_int_equal(item.next, position);
		if (item.type == IGVM_PAGE_DATA) {
			memcpy(&page, item.body, sizeof(page));
			sum += read_page(f, page.file_offset);
		} else if (item.type == IGVM_VP_CONTEXT) {
			memcpy(&context, item.body, sizeof(context)); /* with its padding */
			sum += read_page(f, context.file_offset);
		}
		records++;
	}
	assert_int_equal(position, f->end);
	return records;
}

#define ACCEPTED "accepted"

/* Opens a copy of the first size bytes; if accepted, everything in it can be read. */
static const char *try_size(uint32_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct igvm_file f;
	const char *why;

	memcpy(copy, file, size);
	why = igvm_open(&f, copy, size);
	if (!why) {
		walk(&f);
		why = ACCEPTED;
	}
	free(copy);
	return why;
}

static const char *try(void)
{
	return try_size(file_size);
}

static void test_crc(void **state)
{
	(void)state;
	assert_int_equal(igvm_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(igvm_crc32(igvm_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(igvm_crc32(0, "", 0), 0);
}

static void test_good(void **state)
{
	struct igvm_file f;
	struct igvm_item item;
	uint64_t position;

	(void)state;
	assert_null(igvm_open(&f, file, file_size));
	assert_int_equal(walk(&f), RECORDS);
	position = f.first;
	for (uint32_t i = 0; i < RECORDS; i++) {
		assert_true(igvm_next(&f, &item, &position));
		assert_int_equal(item.type, types[i]);
		assert_ptr_equal(item.body, file + at[i]);
	}
	assert_false(igvm_next(&f, &item, &position));
	assert_ptr_equal(igvm_page(&f, PAGES_AT), file + PAGES_AT);
	assert_null(igvm_page(&f, 0));
	assert_null(igvm_page(&f, file_size - PAGE_SIZE + 1));
	assert_null(igvm_page(&f, ~0U));
}

static void test_truncated(void **state)
{
	(void)state;
	for (uint32_t size = 0; size < file_size; size++) {
		assert_string_not_equal(try_size(size), ACCEPTED);
	}
	/* with a header that knows the shorter length */
	for (uint32_t size = 24; size < PAGES_AT + FILE_PAGES * PAGE_SIZE; size++) {
		good_file(NULL);
		file_size = size;
		if (headers_end > size) {
			headers_end = size;
		}
		seal();
		assert_string_not_equal(try(), ACCEPTED);
	}
}

static void test_trailing_bytes(void **state)
{
	(void)state;
	assert_string_equal(try_size(file_size + 1), "file size differs from its header");
}

/* Any changed bit of the headers is refused: by its own check or by the checksum. */
static void test_every_header_bit(void **state)
{
	(void)state;
	for (uint32_t bit = 0; bit < 8 * headers_end; bit++) {
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_string_not_equal(try(), ACCEPTED);
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_string_equal(try(), ACCEPTED);
}

/* With the checksum right again nothing may be read out of bounds, accepted or not. */
static void test_every_header_byte_sealed(void **state)
{
	static const uint8_t bytes[] = {0, 1, 2, 7, 8, 0x10, 0x7f, 0x80, 0xf8, 0xff};
	uint32_t refused = 0;

	(void)state;
	for (uint32_t offset = 24; offset < headers_end; offset++) {
		for (uint32_t i = 0; i < sizeof(bytes); i++) {
			uint8_t old = file[offset];

			file[offset] = bytes[i];
			seal();
			refused += strcmp(try(), ACCEPTED) != 0;
			file[offset] = old;
		}
	}
	assert_true(refused > 2000);
}

static void test_random_headers_sealed(void **state)
{
	uint32_t random = 12345;

	(void)state;
	for (uint32_t round = 0; round < 3000; round++) {
		for (uint32_t i = 24; i < headers_end; i += 4) {
			random = random * 1664525U + 1013904223U;
			put32(i, random >> (random % 32));
		}
		seal();
		assert_string_not_equal(try(), ACCEPTED);
	}
}

static void test_fixed_header(void **state)
{
	static const struct {
		uint32_t offset;
		uint32_t value;
		const char *why;
	} cases[] = {
		{0, 0, "not an IGVM file"},
		{4, 0, "unknown version of the IGVM format"},
		{4, 2, "unknown version of the IGVM format"},
		{8, 0, "variable headers outside the file"},
		{8, 32, "variable headers outside the file"},
		{8, ~0U, "variable headers outside the file"},
		{12, ~0U, "variable headers outside the file"},
		{12, FILE_MAX, "variable headers outside the file"},
		{16, 24, "file size differs from its header"},
		{16, ~0U, "file size differs from its header"},
		{20, 0, "checksum of the headers is wrong"},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good_file(NULL);
		put32(cases[i].offset, cases[i].value);
		assert_string_equal(try(), cases[i].why);
	}
}

#define AREA_RULE     "parameter area: index too high or used twice"
#define INSERT_RULE   "parameter insert: no such area, or inserted twice"
#define OUTSIDE_RULE  "page data: content outside the file"
#define CONTEXT_RULE  "VP context: content outside the file"
#define REQUIRED_RULE "required memory: range"
#define ORDER_RULE    "page data: pages not in ascending order"
#define MISSING_RULE  "platform, VP context, CPUID page or secrets page missing"

static void test_every_field(void **state)
{
	static const struct {
		uint32_t record;
		uint32_t offset; /* of a u32 in the body */
		uint32_t value;
		const char *why;
	} cases[] = {
		{R_PLATFORM, 0, 0, "platform without a mask"},
		{R_PLATFORM, 0, MASK + 1, "guest policy for another platform"},
		{R_PLATFORM, 4, 0x10302, "platform is not SEV-SNP version 1"},
		{R_PLATFORM, 4, 0x10203, "platform is not SEV-SNP version 1"},
		{R_PLATFORM, 4, 0x20202, "platform is not SEV-SNP version 1"},
		{R_PLATFORM, 8, 1, "a shared GPA boundary is not supported"},
		{R_PLATFORM, 12, 1, "a shared GPA boundary is not supported"},
		{R_POLICY, 8, 1, "guest policy for another platform"},
		{R_POLICY, 12, 1, "guest policy: reserved field"},
		{R_REQUIRED, 0, MODULE_BASE + 1, REQUIRED_RULE},
		{R_REQUIRED, 4, 0x100000, REQUIRED_RULE},
		{R_REQUIRED, 8, 1, "required memory for another platform"},
		{R_REQUIRED, 12, 0, REQUIRED_RULE},
		{R_REQUIRED, 12, 4095, REQUIRED_RULE},
		{R_REQUIRED, 16, 1, "required memory: flags"},
		{R_REQUIRED, 20, 1, "required memory: flags"},
		{R_AREA0, 0, 0, "parameter area: size"},
		{R_AREA0, 0, 4097, "parameter area: size"},
		{R_AREA0, 0, 0x11000, "parameter area: size"},
		{R_AREA0, 4, 1, "parameter area: size"},
		{R_AREA0, 8, IGVM_AREAS, AREA_RULE},
		{R_AREA1, 8, 0, AREA_RULE},
		{R_AREA0, 12, 1, "parameter area: content outside the file"},
		{R_AREA0, 12, PAGES_AT + 2 * PAGE_SIZE + 1,
		 "parameter area: content outside the file"},
		{R_VP_COUNT, 0, 2, "parameter: no such area"},
		{R_VP_COUNT, 0, ~0U, "parameter: no such area"},
		{R_VP_COUNT, 4, 4093, "parameter: outside its area"},
		{R_ENVIRONMENT, 4, ~0U, "parameter: outside its area"},
		{R_MEMORY_MAP, 4, 4096 - 23, "parameter: outside its area"},
		{R_INSERT0, 0, MODULE_PARAMS_GPA + 8, "parameter insert: GPA"},
		{R_INSERT0, 4, 0x100000, "parameter insert: GPA"},
		{R_INSERT0, 8, 0, "parameter insert for another platform"},
		{R_INSERT0, 12, 7, INSERT_RULE},
		{R_INSERT0, 12, ~0U, INSERT_RULE},
		{R_INSERT1, 12, 0, INSERT_RULE},
		{R_INSERT1, 0, MODULE_PARAMS_GPA, "parameter inserts overlap"},
		{R_INSERT1, 0, MODULE_CPUID_GPA, "a page is placed twice"},
		{R_CODE, 0, MODULE_BASE + 0x800, "page data: GPA"},
		{R_CODE, 4, 0x100000, "page data: GPA"},
		{R_CODE, 8, 0, "page data for another platform"},
		{R_CODE, 12, 1, OUTSIDE_RULE},
		{R_CODE, 12, 24, OUTSIDE_RULE},
		{R_CODE, 12, PAGES_AT + 2 * PAGE_SIZE + 1, OUTSIDE_RULE},
		{R_CODE, 12, ~0U, OUTSIDE_RULE},
		{R_CODE, 16, IGVM_PAGE_2M, "page data: unsupported flags"},
		{R_CODE, 16, 8, "page data: unsupported flags"},
		{R_CODE, 20, 3, "page data: unknown type of page"},
		{R_CODE, 20, 0x10000, "page data: reserved field"},
		{R_CODE, 20, IGVM_DATA_CPUID, "more than one CPUID page"},
		{R_CODE, 20, IGVM_DATA_SECRETS, "more than one secrets page"},
		{R_CPUID, 20, IGVM_DATA_NORMAL, MISSING_RULE},
		{R_SECRETS, 20, IGVM_DATA_NORMAL, MISSING_RULE},
		{R_CPUID, 0, MODULE_LAUNCH_GPA, ORDER_RULE},
		{R_ZERO, 0, MODULE_SECRETS_GPA, ORDER_RULE},
		{R_ZERO, 0, MODULE_PARAMS_GPA, "a page is placed twice"},
		{R_CONTEXT, 0, 0x800, "VP context: GPA"},
		{R_CONTEXT, 4, 0x100000, "VP context: GPA"},
		{R_CONTEXT, 8, 0, "VP context for another platform"},
		{R_CONTEXT, 12, 0, CONTEXT_RULE},
		{R_CONTEXT, 12, 24, CONTEXT_RULE},
		{R_CONTEXT, 12, PAGES_AT + 2 * PAGE_SIZE + 1, CONTEXT_RULE},
		{R_CONTEXT, 16, 1, "VP context: not of the first CPU"},
		{R_CONTEXT, 16, 0x10000, "VP context: not of the first CPU"},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good_file(NULL);
		put32(at[cases[i].record] + cases[i].offset, cases[i].value);
		seal();
		assert_string_equal(try(), cases[i].why);
	}
}

static void test_vmsa_over_other_page(void **state)
{
	(void)state;
	put32(at[R_CONTEXT], MODULE_LAUNCH_GPA);
	put32(at[R_CONTEXT] + 4, 0);
	seal();
	assert_string_equal(try(), "a page is placed twice");
	put32(at[R_CONTEXT], MODULE_MEMMAP_GPA);
	seal();
	assert_string_equal(try(), "a page is placed twice");
}

/* Each record's length: one less than it must have, and lengths that leave the headers. */
static void test_every_length(void **state)
{
	static const uint32_t huge[] = {FILE_MAX, 0x7fffffff, 0xfffffff0, 0xfffffff8, ~0U};

	(void)state;
	for (uint32_t i = 0; i < RECORDS; i++) {
		uint32_t length = get32(at[i] - 4);

		put32(at[i] - 4, length - 1);
		seal();
		assert_string_equal(try(), "record too short");
		for (uint32_t j = 0; j < 5; j++) {
			put32(at[i] - 4, huge[j]);
			seal();
			assert_string_equal(try(), "record reaches beyond the headers");
		}
		put32(at[i] - 4, length);
	}
}

/* The file without each of its records. */
static void test_every_record_missing(void **state)
{
	static const char *const want[RECORDS] = {
		[R_PLATFORM] = "guest policy for another platform",
		[R_AREA0] = "parameter: no such area",
		[R_AREA1] = "parameter: no such area",
		[R_CPUID] = MISSING_RULE,
		[R_SECRETS] = MISSING_RULE,
		[R_CONTEXT] = MISSING_RULE,
	};

	(void)state;
	for (uint32_t i = 0; i < RECORDS; i++) {
		uint32_t next;

		good_file(NULL);
		next = i + 1 < RECORDS ? at[i + 1] - 8 : headers_end;
		memmove(file + at[i] - 8, file + next, headers_end - next);
		headers_end -= next - (at[i] - 8);
		seal();
		assert_string_equal(try(), want[i] ? want[i] : ACCEPTED);
	}
}

/* The file with each of its records once more at the end. */
static void test_every_record_twice(void **state)
{
	static const char *const want[RECORDS] = {
		[R_PLATFORM] = "records not in the order platform, initialisation, directives",
		[R_POLICY] = "records not in the order platform, initialisation, directives",
		[R_AREA0] = AREA_RULE,
		[R_AREA1] = AREA_RULE,
		[R_INSERT0] = INSERT_RULE,
		[R_INSERT1] = INSERT_RULE,
		[R_CODE] = ORDER_RULE,
		[R_CPUID] = ORDER_RULE,
		[R_SECRETS] = ORDER_RULE,
		[R_ZERO] = ORDER_RULE,
		[R_CONTEXT] = "more than one VP context",
	};

	(void)state;
	for (uint32_t i = 0; i < RECORDS; i++) {
		uint8_t body[32];

		good_file(NULL);
		memcpy(body, file + at[i], sizeof(body));
		append(types[i], body, get32(at[i] - 4));
		seal();
		assert_string_equal(try(), want[i] ? want[i] : ACCEPTED);
	}
}

static void test_second_platform_and_policy(void **state)
{
	uint32_t size = at[R_POLICY] - at[R_PLATFORM];

	(void)state;
	memmove(file + at[R_POLICY] - 8, file + at[R_PLATFORM] - 8, size);
	seal();
	assert_string_equal(try(), "more than one platform");
	good_file(NULL);
	memmove(file + at[R_REQUIRED] - 8, file + at[R_POLICY] - 8, size);
	put32(at[R_REQUIRED] - 4, 24); /* takes the rest of the longer record along */
	seal();
	assert_string_equal(try(), "more than one guest policy");
}

/* No platform at all, and records that are for none. */
static void test_no_platform(void **state)
{
	static const uint32_t masks[][2] = {{R_POLICY, 8},  {R_REQUIRED, 8}, {R_INSERT0, 8},
					    {R_INSERT1, 8}, {R_CODE, 8},     {R_CPUID, 8},
					    {R_SECRETS, 8}, {R_ZERO, 8},     {R_CONTEXT, 8}};

	(void)state;
	for (uint32_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		put32(at[masks[i][0]] + masks[i][1], 0);
	}
	put32(at[R_PLATFORM] - 8, 0x40U | IGVM_OPTIONAL);
	seal();
	assert_string_equal(try(), MISSING_RULE);
}

/* The functions for consumers refuse positions that igvm_next did not give. */
static void test_strange_positions(void **state)
{
	const uint64_t positions[] = {0, 16, headers_end, headers_end + 1, ~0UL, ~7UL};
	struct igvm_file f;
	struct igvm_item item;

	(void)state;
	assert_null(igvm_open(&f, file, file_size));
	for (uint32_t i = 0; i < 6; i++) {
		uint64_t position = positions[i];

		assert_false(igvm_next(&f, &item, &position));
		assert_int_equal(position, positions[i]);
	}
	f.size = PAGE_SIZE - 1;
	assert_null(igvm_page(&f, 24));
}

static void test_unknown_records(void **state)
{
	static const uint32_t unknown[] = {0, 0x100, 0x30b, 0x312, 0x7fffffff};
	uint32_t end = headers_end;

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		headers_end = end;
		append(unknown[i], "12345678", 8);
		seal();
		assert_string_equal(try(), "unknown record");
		headers_end = end;
		append(unknown[i] | IGVM_OPTIONAL, "12345", 5);
		seal();
		assert_string_equal(try(), ACCEPTED);
	}
	/* a known record stays checked when it is marked optional */
	put32(at[R_CODE] - 8, IGVM_PAGE_DATA | IGVM_OPTIONAL);
	put32(at[R_CODE] + 16, 8);
	seal();
	assert_string_equal(try(), "page data: unsupported flags");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc),
		cmocka_unit_test_setup(test_good, good_file),
		cmocka_unit_test_setup(test_truncated, good_file),
		cmocka_unit_test_setup(test_trailing_bytes, good_file),
		cmocka_unit_test_setup(test_every_header_bit, good_file),
		cmocka_unit_test_setup(test_every_header_byte_sealed, good_file),
		cmocka_unit_test_setup(test_random_headers_sealed, good_file),
		cmocka_unit_test_setup(test_fixed_header, good_file),
		cmocka_unit_test_setup(test_every_field, good_file),
		cmocka_unit_test_setup(test_vmsa_over_other_page, good_file),
		cmocka_unit_test_setup(test_every_length, good_file),
		cmocka_unit_test_setup(test_every_record_missing, good_file),
		cmocka_unit_test_setup(test_every_record_twice, good_file),
		cmocka_unit_test_setup(test_second_platform_and_policy, good_file),
		cmocka_unit_test_setup(test_no_platform, good_file),
		cmocka_unit_test_setup(test_strange_positions, good_file),
		cmocka_unit_test_setup(test_unknown_records, good_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
