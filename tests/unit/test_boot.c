/* What the module reads at boot: launch block (measured), memory map and CPUID page (the host's). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <verismo/igvm.h>
#include <verismo/reasons.h>
#include "module/boot/cpuid.h"
#include "module/boot/memory.h"
#include "tests/unit/hw_machine.h"

extern struct launch_block image_launch;
extern struct snp_cpuid_page image_cpuid;
extern struct igvm_memory_map_entry image_memmap[IGVM_MEMORY_ENTRIES];

#define MIB_PAGES 256UL
#define GAP_PFN	  0xc0000UL
#define HIGH_PFN  0x100000UL
#define CBIT	  39U

/* The checks keep what they have read, so each runs in a process of its own. Returns the reason of the
 * module's end, 0 if it went on. */
static int outcome(void (*check)(void))
{
	int status = -1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		_exit(HW_RUN(check()));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- memory map ---- */

struct map_case {
	const char *name;
	struct igvm_memory_map_entry entry[10];
	int reason;
};
#define RAM(start, pages)                                                                          \
	{                                                                                          \
		(start), (pages), IGVM_MEMORY, 0, 0                                                \
	}
#define HOLE(start, pages)                                                                         \
	{                                                                                          \
		(start), (pages), IGVM_MEMORY_RESERVED, 0, 0                                       \
	}

static const struct map_case map_cases[] = {
	{"256 MiB", {RAM(0, 256 * MIB_PAGES)}, 0},
	{"3 GiB", {RAM(0, GAP_PFN)}, 0},
	{"4 GiB", {RAM(0, GAP_PFN), RAM(HIGH_PFN, 1024 * MIB_PAGES)}, 0},
	{"two adjacent entries",
	 {RAM(0, 128 * MIB_PAGES), RAM(128 * MIB_PAGES, 128 * MIB_PAGES)},
	 0},
	{"a reserved entry", {RAM(0, 256 * MIB_PAGES), HOLE(GAP_PFN, 16)}, 0},
	{"empty", {{0}}, REASON_MEMORY_MAP},
	{"a page too small", {RAM(0, 256 * MIB_PAGES - 1)}, REASON_MEMORY_MAP},
	{"a page too large",
	 {RAM(0, GAP_PFN), RAM(HIGH_PFN, 1024 * MIB_PAGES + 1)},
	 REASON_MEMORY_MAP},
	{"not from 0", {RAM(1, 256 * MIB_PAGES)}, REASON_MEMORY_MAP},
	{"unsorted",
	 {RAM(128 * MIB_PAGES, 128 * MIB_PAGES), RAM(0, 128 * MIB_PAGES)},
	 REASON_MEMORY_MAP},
	{"overlap", {RAM(0, 256 * MIB_PAGES), RAM(256 * MIB_PAGES - 1, 8)}, REASON_MEMORY_MAP},
	{"into the device gap", {RAM(0, GAP_PFN + 1)}, REASON_MEMORY_MAP},
	{"in the device gap", {RAM(0, 256 * MIB_PAGES), RAM(GAP_PFN, 1)}, REASON_MEMORY_MAP},
	{"beyond the last GPA", {RAM(0, GAP_PFN), RAM(HIGH_PFN + GAP_PFN, 1)}, REASON_MEMORY_MAP},
	{"start wraps", {RAM(0, 256 * MIB_PAGES), RAM(~0UL, 1)}, REASON_MEMORY_MAP},
	{"length wraps", {RAM(0, ~0UL)}, REASON_MEMORY_MAP},
	{"end wraps",
	 {RAM(0, 256 * MIB_PAGES), RAM(HIGH_PFN, ~0UL - HIGH_PFN + 2)},
	 REASON_MEMORY_MAP},
	{"unknown type", {{0, 256 * MIB_PAGES, 7, 0, 0}}, REASON_MEMORY_MAP},
	{"hole in the module",
	 {RAM(0, 129 * MIB_PAGES), RAM(131 * MIB_PAGES, 256 * MIB_PAGES)},
	 REASON_MEMORY_MAP},
	{"hole in the table",
	 {RAM(0, 130 * MIB_PAGES + 1), RAM(140 * MIB_PAGES, 256 * MIB_PAGES)},
	 REASON_MEMORY_MAP},
};

static void test_memory_map(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(map_cases) / sizeof(map_cases[0]); i++) {
		memset(image_memmap, 0, sizeof(image_memmap));
		memcpy(image_memmap, map_cases[i].entry, sizeof(map_cases[i].entry));
		if (outcome(memory_read_map) != map_cases[i].reason) {
			fail_msg("%s: not reason %d", map_cases[i].name, map_cases[i].reason);
		}
	}
}

/* Ranges apart from each other: as many as the module keeps, and one more. */
static void test_memory_map_ranges(void **state)
{
	(void)state;
	for (uint64_t ranges = MEMORY_RANGES; ranges <= MEMORY_RANGES + 1; ranges++) {
		memset(image_memmap, 0, sizeof(image_memmap));
		image_memmap[0].pages = 256 * MIB_PAGES;
		for (uint64_t i = 1; i < ranges; i++) {
			image_memmap[i].start = 256 * MIB_PAGES + 2 * i;
			image_memmap[i].pages = 1;
		}
		assert_int_equal(outcome(memory_read_map),
				 ranges <= MEMORY_RANGES ? 0 : REASON_MEMORY_MAP);
	}
}

/* 4 GiB: the gap costs nothing, so static region and table stay within 2 MiB + 0.05 %. */
static void check_size_of_4_gib(void)
{
	memory_read_map();
	if (memory_module_size() != MODULE_SIZE + 2 * 1024 * 1024 ||
	    memory_get_map()->pages != 1024 * 1024 || memory_get_map()->end != 0x140000) {
		_exit(99);
	}
}

static void test_memory_size(void **state)
{
	(void)state;
	memset(image_memmap, 0, sizeof(image_memmap));
	image_memmap[0].pages = GAP_PFN;
	image_memmap[1].start = HIGH_PFN;
	image_memmap[1].pages = 1024 * MIB_PAGES;
	assert_int_equal(outcome(check_size_of_4_gib), 0);
}

/* ---- CPUID page ---- */

enum { LEAF_1, LEAF_EXTENDED, LEAF_SIZES, LEAF_SEV, LEAVES };

static void cpuid_good(void)
{
	memset(&image_cpuid, 0, sizeof(image_cpuid));
	image_cpuid.count = LEAVES;
	image_cpuid.entry[LEAF_1] = (struct snp_cpuid_entry){.eax_in = 1, .ecx = 1U << 30};
	image_cpuid.entry[LEAF_EXTENDED] =
		(struct snp_cpuid_entry){.eax_in = 0x80000000, .eax = 0x8000001f};
	image_cpuid.entry[LEAF_SIZES] = (struct snp_cpuid_entry){
		.eax_in = 0x80000008, .eax = 40 + 48 * 256, .ebx = 1U << 3 | 1U << 21};
	image_cpuid.entry[LEAF_SEV] =
		(struct snp_cpuid_entry){.eax_in = 0x8000001f, .eax = 0x3a, .ebx = CBIT};
}

static void check_cpuid(void)
{
	cpuid_check(CBIT);
}

static void test_cpuid_good(void **state)
{
	(void)state;
	cpuid_good();
	assert_int_equal(outcome(check_cpuid), 0);
	assert_int_equal(cpuid_address_width(), CBIT);
	image_cpuid.entry[LEAF_SIZES].eax = 36;
	assert_int_equal(cpuid_address_width(), 36);
}

static void test_cpuid_count(void **state)
{
	(void)state;
	cpuid_good();
	image_cpuid.count = 0;
	assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	image_cpuid.count = SNP_CPUID_MAX + 1;
	assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	image_cpuid.count = 0xffffffff;
	assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
}

static void test_cpuid_leaf_missing(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < LEAVES; i++) {
		cpuid_good();
		image_cpuid.entry[i].eax_in = 0x4fffffff;
		assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	}
}

static void test_cpuid_feature_missing(void **state)
{
	static const uint32_t sev[] = {1U << 1, 1U << 3, 1U << 4, 1U << 5};
	static const uint32_t sizes[] = {1U << 3, 1U << 21};

	(void)state;
	for (size_t i = 0; i < sizeof(sev) / sizeof(sev[0]); i++) {
		cpuid_good();
		image_cpuid.entry[LEAF_SEV].eax &= ~sev[i];
		assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		cpuid_good();
		image_cpuid.entry[LEAF_SIZES].ebx &= ~sizes[i];
		assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	}
	cpuid_good();
	image_cpuid.entry[LEAF_1].ecx = 0;
	assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
}

/* The first entry of a leaf counts: a second one cannot change the C-bit. */
static void test_cpuid_cbit(void **state)
{
	(void)state;
	cpuid_good();
	image_cpuid.entry[LEAVES] = image_cpuid.entry[LEAF_SEV];
	image_cpuid.entry[LEAVES].ebx = 51;
	image_cpuid.count = LEAVES + 1;
	assert_int_equal(outcome(check_cpuid), 0);
	image_cpuid.entry[LEAF_SEV].ebx = CBIT + 1;
	assert_int_equal(outcome(check_cpuid), REASON_CBIT);
}

/* ---- launch block ---- */

static void launch_good(void)
{
	memset(&image_launch, 0, sizeof(image_launch));
	image_launch.magic = LAUNCH_MAGIC;
	image_launch.kind = LAUNCH_PLAIN;
	image_launch.guest_vmpl = 2;
	image_launch.ranges = 2;
	image_launch.range[0] = (struct launch_range){0x100000, 4};
	image_launch.range[1] = (struct launch_range){GUEST_KERNEL_GPA, 16};
}

static void check_launch(void)
{
	(void)launch_check();
}

static void launch_refused(void)
{
	assert_int_equal(outcome(check_launch), REASON_LAUNCH_BLOCK);
	launch_good();
}

static void test_launch_block(void **state)
{
	(void)state;
	launch_good();
	assert_int_equal(outcome(check_launch), 0);
	assert_true(launch_covers(0x100, 1));
	assert_true(launch_covers(0xff, 2));
	assert_false(launch_covers(0x104, 1));
	image_launch.magic++;
	launch_refused();
	image_launch.kind = 3;
	launch_refused();
	image_launch.kind = LAUNCH_LINUX; /* without boot_params and ACPI tables */
	launch_refused();
	image_launch.guest_vmpl = 1;
	launch_refused();
	image_launch.ranges = LAUNCH_RANGES + 1;
	launch_refused();
}

static void test_launch_ranges(void **state)
{
	static const struct launch_range bad[] = {
		{GUEST_KERNEL_GPA + 1, 1},	      /* not a page */
		{GUEST_KERNEL_GPA, 0},		      /* empty */
		{0x100000, 1},			      /* overlaps the first */
		{0, 1},				      /* below the first */
		{MODULE_BASE - PAGE_SIZE, 2},	      /* runs into the module */
		{MODULE_BASE, 1},		      /* the module's */
		{GUEST_KERNEL_GPA, ~0UL / PAGE_SIZE}, /* wraps */
		{0xfffffffffffff000UL, 1},	      /* beyond everything */
	};

	(void)state;
	launch_good();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		image_launch.range[1] = bad[i];
		launch_refused();
	}
	/* where the module itself writes */
	image_launch.range[0] = (struct launch_range){GUEST_SECRETS_GPA, 1};
	launch_refused();
	image_launch.range[0] = (struct launch_range){GUEST_PAGE_TABLES_GPA, 1};
	launch_refused();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_map),
		cmocka_unit_test(test_memory_map_ranges),
		cmocka_unit_test(test_memory_size),
		cmocka_unit_test(test_cpuid_good),
		cmocka_unit_test(test_cpuid_count),
		cmocka_unit_test(test_cpuid_leaf_missing),
		cmocka_unit_test(test_cpuid_feature_missing),
		cmocka_unit_test(test_cpuid_cbit),
		cmocka_unit_test(test_launch_block),
		cmocka_unit_test(test_launch_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
