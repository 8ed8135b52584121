/* What the module reads at boot: launch block (measured), memory map and CPUID page (the host's). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <verismo/ghcb.h>
#include <verismo/igvm.h>
#include <verismo/reasons.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/boot/cpuid.h"
#include "module/boot/guest.h"
#include "module/boot/memory.h"
#include "tests/unit/boot_image.h"
#include "sim/guest.h"
#include "sim/hw_machine.h"

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
		memset(boot_memmap, 0, sizeof(image_memmap));
		memcpy(boot_memmap, map_cases[i].entry, sizeof(map_cases[i].entry));
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
		memset(boot_memmap, 0, sizeof(image_memmap));
		boot_memmap[0].pages = 256 * MIB_PAGES;
		for (uint64_t i = 1; i < ranges; i++) {
			boot_memmap[i].start = 256 * MIB_PAGES + 2 * i;
			boot_memmap[i].pages = 1;
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
	    memory_map.pages != 1024 * 1024 || memory_map.end != 0x140000) {
		_exit(99);
	}
}

static void test_memory_size(void **state)
{
	(void)state;
	memset(boot_memmap, 0, sizeof(image_memmap));
	boot_memmap[0].pages = GAP_PFN;
	boot_memmap[1].start = HIGH_PFN;
	boot_memmap[1].pages = 1024 * MIB_PAGES;
	assert_int_equal(outcome(check_size_of_4_gib), 0);
}

/* ---- CPUID page ---- */

enum { AT_1, AT_EXTENDED, AT_SIZES, AT_SEV, LEAVES };

static void cpuid_good(void)
{
	memset(boot_cpuid, 0, sizeof(*boot_cpuid));
	boot_cpuid->count = LEAVES;
	boot_cpuid->entry[AT_1] = (struct snp_cpuid_entry){.eax_in = 1, .ecx = 1U << 30};
	boot_cpuid->entry[AT_EXTENDED] =
		(struct snp_cpuid_entry){.eax_in = 0x80000000, .eax = 0x8000001f};
	boot_cpuid->entry[AT_SIZES] = (struct snp_cpuid_entry){
		.eax_in = 0x80000008, .eax = 40 + 48 * 256, .ebx = 1U << 3 | 1U << 21};
	boot_cpuid->entry[AT_SEV] =
		(struct snp_cpuid_entry){.eax_in = 0x8000001f, .eax = 0x3a, .ebx = CBIT};
}

static void check_cpuid(void)
{
	cpuid_check(CBIT);
}

/* Memory reaches beyond 4 GiB: with the C-bit at 32, GPA 4 GiB and GPA 0 would have the same entry. */
static void check_cpuid_low(void)
{
	cpuid_check(32);
}

static void test_cpuid_low_cbit(void **state)
{
	(void)state;
	cpuid_good();
	boot_cpuid->entry[AT_SEV].ebx = 32;
	assert_int_equal(outcome(check_cpuid_low), REASON_CBIT);
}

static void test_cpuid_good(void **state)
{
	(void)state;
	cpuid_good();
	assert_int_equal(outcome(check_cpuid), 0);
	assert_int_equal(cpuid_address_width(), CBIT);
	boot_cpuid->entry[AT_SIZES].eax = 36;
	assert_int_equal(cpuid_address_width(), 36);
}

static void test_cpuid_count(void **state)
{
	(void)state;
	cpuid_good();
	boot_cpuid->count = 0;
	assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	boot_cpuid->count = SNP_CPUID_MAX + 1;
	assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	boot_cpuid->count = 0xffffffff;
	assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
}

static void test_cpuid_leaf_missing(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < LEAVES; i++) {
		cpuid_good();
		boot_cpuid->entry[i].eax_in = 0x4fffffff;
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
		boot_cpuid->entry[AT_SEV].eax &= ~sev[i];
		assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		cpuid_good();
		boot_cpuid->entry[AT_SIZES].ebx &= ~sizes[i];
		assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
	}
	cpuid_good();
	boot_cpuid->entry[AT_1].ecx = 0;
	assert_int_equal(outcome(check_cpuid), REASON_CPUID_PAGE);
}

/* The first entry of a leaf counts: a second one cannot change the C-bit. */
static void test_cpuid_cbit(void **state)
{
	(void)state;
	cpuid_good();
	boot_cpuid->entry[LEAVES] = boot_cpuid->entry[AT_SEV];
	boot_cpuid->entry[LEAVES].ebx = 51;
	boot_cpuid->count = LEAVES + 1;
	assert_int_equal(outcome(check_cpuid), 0);
	boot_cpuid->entry[AT_SEV].ebx = CBIT + 1;
	assert_int_equal(outcome(check_cpuid), REASON_CBIT);
}

/* ---- launch block ---- */

static void launch_good(void)
{
	memset(boot_launch, 0, sizeof(*boot_launch));
	boot_launch->magic = LAUNCH_MAGIC;
	boot_launch->kind = LAUNCH_PLAIN;
	boot_launch->guest_vmpl = 2;
	boot_launch->ranges = 2;
	boot_launch->range[0] = (struct launch_range){0x100000, 4};
	boot_launch->range[1] = (struct launch_range){GUEST_KERNEL_GPA, 16};
}

static void check_launch(void)
{
	launch_check();
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
	boot_launch->magic++;
	launch_refused();
	boot_launch->kind = 3;
	launch_refused();
	boot_launch->kind = LAUNCH_LINUX; /* without boot_params and ACPI tables */
	launch_refused();
	boot_launch->guest_vmpl = 1;
	launch_refused();
	boot_launch->ranges = LAUNCH_RANGES + 1;
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
		boot_launch->range[1] = bad[i];
		launch_refused();
	}
	/* where the module itself writes */
	boot_launch->range[0] = (struct launch_range){GUEST_SECRETS_GPA, 1};
	launch_refused();
	boot_launch->range[0] = (struct launch_range){GUEST_PAGE_TABLES_GPA, 1};
	launch_refused();
}

/* ---- the take-over ---- */

/* RAM around the module: whole 2M before it and behind it, ending with a few small pages. */
#define WINDOW_PFN     0x7c00UL
#define MODULE_PFN     (MODULE_BASE / PAGE_SIZE)
#define TABLE_PFN      (MODULE_PFN + MODULE_SIZE / PAGE_SIZE)
#define TABLE_END_PFN  (TABLE_PFN + 17) /* 2 bytes for each of WINDOW_END_PFN frames */
#define WINDOW_END_PFN 0x8603UL
#define LOADED_PFN     0x7c10UL /* two frames, loaded at launch */
#define LOADED_PAGES   2UL
#define BIG_PFN	       0x7e00UL /* backed by a 2M page; all other 2M regions by small ones */

static void back(uint64_t pfn, uint32_t size)
{
	struct rmp_update u = {
		.gpfn = pfn, .asid = MACHINE_ASID, .assigned = 1, .size = (uint8_t)size};

	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + pfn, u);
	(void)machine_nested_set(&hw_machine, pfn, HW_MACHINE_BASE + pfn, 1, size);
}

static void window_loaded(uint64_t pfn, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		(void)machine_launch_page(&hw_machine, HW_MACHINE_BASE + pfn + i, pfn + i, 0);
		(void)machine_nested_set(&hw_machine, pfn + i, HW_MACHINE_BASE + pfn + i, 1, 0);
	}
}

static void window_reset(void)
{
	hw_machine_reset();
	for (uint64_t pfn = WINDOW_PFN; pfn < WINDOW_END_PFN; pfn++) {
		if (pfn == BIG_PFN) {
			back(pfn, SNP_SIZE_2M);
		}
		if (pfn < BIG_PFN || pfn >= BIG_PFN + PAGES_PER_2M) {
			back(pfn, SNP_SIZE_4K);
		}
	}
	window_loaded(LOADED_PFN, LOADED_PAGES);
	window_loaded(MODULE_PFN, MODULE_SIZE / PAGE_SIZE);
	launch_good();
	boot_launch->ranges = 1;
	boot_launch->range[0] = (struct launch_range){LOADED_PFN * PAGE_SIZE, LOADED_PAGES};
	memory_map = (struct memory_map){
		.range[0] = {WINDOW_PFN, WINDOW_END_PFN - WINDOW_PFN},
		.count = 1,
		.pages = WINDOW_END_PFN - WINDOW_PFN,
		.end = WINDOW_END_PFN,
	};
	page_bounds.pfns = 0;
}

static uint16_t entry_expected(uint64_t pfn)
{
	if (pfn < WINDOW_PFN) {
		return page_entry(PAGE_ABSENT, 0);
	}
	return pfn >= MODULE_PFN && pfn < TABLE_END_PFN ? page_entry(PAGE_MODULE, 0)
							: page_entry(PAGE_GUEST, 2);
}

static int frame_is_as_its_state(uint64_t pfn)
{
	struct rmp_entry e = sim_rmp(pfn);
	uint8_t perm = page_entry_state(page_look(pfn)) == PAGE_GUEST ? SNP_PERM_ALL : 0;

	return e.validated && !e.vmsa && e.perm[1] == 0 && e.perm[2] == perm && e.perm[3] == 0;
}

static void check_take_over(void)
{
	window_reset();
	sim_poke(LOADED_PFN, 5, 0x1234);
	sim_poke(LOADED_PFN + LOADED_PAGES, 5, 0x5678);
	memory_place_table();
	memory_take_over(2);
	if (page_look(MODULE_PFN) != page_entry(PAGE_ABSENT, 0)) {
		_exit(96); /* the boot code has it until it is done */
	}
	memory_keep_static();
	for (uint64_t pfn = 0; pfn < WINDOW_END_PFN; pfn++) {
		if (page_look(pfn) != entry_expected(pfn)) {
			_exit(97);
		}
		if (pfn >= WINDOW_PFN && !frame_is_as_its_state(pfn)) {
			_exit(98);
		}
	}
	if (sim_peek(LOADED_PFN, 5) != 0x1234 || sim_peek(LOADED_PFN + LOADED_PAGES, 5) != 0) {
		_exit(99);
	}
}

static void test_take_over(void **state)
{
	(void)state;
	assert_int_equal(outcome(check_take_over), 0);
}

/* Each frame, or 2M of frames: validated, then cleared, then granted, then given. */
static void check_take_over_order(void)
{
	static const enum hw_effect_kind order[] = {EFFECT_PVALIDATE, EFFECT_ZERO, EFFECT_RMPADJUST,
						    EFFECT_TABLE};
	uint32_t next = 0;

	window_reset();
	memory_map.range[0] = (struct memory_range){BIG_PFN, PAGES_PER_2M};
	memory_map.end = page_bounds.pfns = WINDOW_END_PFN;
	hw_trace.count = 0;
	memory_take_over(2);
	for (uint32_t i = 0; i < hw_trace.count; i++) {
		next += next < 4 && hw_trace.e[i].kind == order[next] &&
			hw_trace.e[i].pfn == BIG_PFN;
	}
	if (next != 4 || hw_trace.count != 3 + PAGES_PER_2M) {
		_exit(97);
	}
}

static void test_take_over_order(void **state)
{
	(void)state;
	assert_int_equal(outcome(check_take_over_order), 0);
}

/* A frame that the host has had validated before: CF. */
static void check_table_validated(void)
{
	window_reset();
	hw_force_pvalidate = 0x100000000UL;
	memory_place_table();
}

static void check_frame_validated(void)
{
	window_reset();
	memory_place_table();
	hw_force_pvalidate = 0x100000000UL;
	memory_take_over(2);
}

static void check_frame_refused(void)
{
	window_reset();
	memory_place_table();
	hw_force_pvalidate = SNP_FAIL_INPUT;
	memory_take_over(2);
}

static void test_take_over_refused(void **state)
{
	(void)state;
	assert_int_equal(outcome(check_table_validated), REASON_PVALIDATE);
	assert_int_equal(outcome(check_frame_validated), REASON_PVALIDATE);
	assert_int_equal(outcome(check_frame_refused), REASON_PVALIDATE);
}

/* ---- what the guest finds ---- */

#define SECRETS_PFN (GUEST_SECRETS_GPA / PAGE_SIZE)

static void secrets_good(void)
{
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		boot_secrets[i] = 0x1000 + i;
	}
	boot_secrets[0] = 3;
}

/* Version 3: head, VMPCK2 and VMPCK3, VMSA tweak bitmap, TSC factor. */
static int secrets_word_is_public(uint32_t byte)
{
	return byte < 0x20 || (byte >= 0x60 && byte < 0xa0) || (byte >= 0x100 && byte < 0x140) ||
	       byte == 0x160;
}

static void put_zeros(uint64_t pfn)
{
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		sim_poke(pfn, i, 0);
	}
}

static void test_secrets(void **state)
{
	(void)state;
	secrets_good();
	put_zeros(SECRETS_PFN);
	guest_claim(SECRETS_PFN);
	secrets_copy_to(SECRETS_PFN);
	guest_release(SECRETS_PFN);
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		uint64_t word = sim_get(2, SECRETS_PFN, i);

		if (i * 8 < SECRETS_SVSM_BASE || i * 8 > SECRETS_SVSM_GUEST_VMPL) {
			assert_int_equal(word, secrets_word_is_public(i * 8) ? boot_secrets[i] : 0);
		}
	}
	assert_int_equal(sim_get(2, SECRETS_PFN, SECRETS_SVSM_BASE / 8), MODULE_BASE);
	assert_int_equal(sim_get(2, SECRETS_PFN, SECRETS_SVSM_SIZE / 8), memory_module_size());
	assert_int_equal(sim_get(2, SECRETS_PFN, SECRETS_SVSM_CAA / 8), GUEST_CAA_GPA);
	assert_int_equal(sim_get(2, SECRETS_PFN, SECRETS_SVSM_MAX_VERSION / 8),
			 SVSM_CORE_VERSION + (2UL << 32));
}

static void copy_secrets(void)
{
	guest_claim(SECRETS_PFN);
	secrets_copy_to(SECRETS_PFN);
}

static void test_secrets_version(void **state)
{
	(void)state;
	secrets_good();
	boot_secrets[0] = 0xffffffff00000002UL; /* 2; the other half is flags */
	assert_int_equal(outcome(copy_secrets), REASON_SECRETS);
}

static void claim_shared(void)
{
	guest_claim(SIM_SHARED);
}

static void test_claim_refused(void **state)
{
	(void)state;
	assert_int_equal(outcome(claim_shared), REASON_STATE);
}

/* The types that e820 gives to the byte: exactly one where there is RAM, none elsewhere. */
static uint32_t e820_type(uint64_t gpa)
{
	uint32_t type = 0;

	for (uint32_t i = 0; i < e820.count; i++) {
		if (e820.entry[i].start <= gpa && gpa < e820.entry[i].end) {
			type = 16 * type + e820.entry[i].type;
		}
	}
	return type;
}

static void test_e820(void **state)
{
	static const struct {
		uint64_t gpa;
		uint32_t type;
	} facts[] = {
		{0, E820_RAM},
		{GUEST_CC_BLOB_GPA - 1, E820_RAM},
		{GUEST_CC_BLOB_GPA, E820_RESERVED},
		{GUEST_BOOT_PARAMS_GPA - 1, E820_RESERVED},
		{GUEST_BOOT_PARAMS_GPA, E820_RAM},
		{GUEST_LOW_END, E820_RESERVED},
		{GUEST_ACPI_GPA, E820_ACPI},
		{GUEST_ACPI_END - 1, E820_ACPI},
		{GUEST_ACPI_END, E820_RAM},
		{MODULE_BASE - 1, E820_RAM},
		{MODULE_BASE, E820_RESERVED},
		{MODULE_BASE + MODULE_SIZE, E820_RESERVED},
		{MODULE_BASE + MODULE_SIZE + 0x200000 - 1, E820_RESERVED},
		{MODULE_BASE + MODULE_SIZE + 0x200000, E820_RAM},
		{MEMORY_LOW_END - 1, E820_RAM},
		{MEMORY_LOW_END, 0},
		{MEMORY_HIGH_START - 1, 0},
		{MEMORY_HIGH_START, E820_RAM},
		{MEMORY_GPA_END - 1, E820_RAM},
		{MEMORY_GPA_END, 0},
	};

	(void)state;
	memory_map = (struct memory_map){
		.range = {{0, GAP_PFN}, {HIGH_PFN, 1024 * MIB_PAGES}},
		.count = 2,
		.pages = GAP_PFN + 1024 * MIB_PAGES,
		.end = HIGH_PFN + 1024 * MIB_PAGES,
	};
	e820_build();
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		assert_int_equal(e820_type(facts[i].gpa), facts[i].type);
	}
}

/* ---- Linux's tables ---- */

#define ACPI_PFN  (GUEST_ACPI_GPA / PAGE_SIZE)
#define MADT_WORD (ACPI_MADT_OFFSET / 8)
#define MADT_SIZE (ACPI_MADT_HEADER + CPUS_MAX * ACPI_MADT_ENTRY)

static void fill_linux(void)
{
	guest_fill_linux(4);
}

static void put_byte(uint64_t offset, uint8_t value)
{
	uint64_t old = sim_peek(ACPI_PFN, (uint32_t)(offset / 8));
	uint64_t mask = 0xffUL << offset % 8 * 8;

	sim_poke(ACPI_PFN, (uint32_t)(offset / 8),
		 (old & ~mask) | (uint64_t)value << offset % 8 * 8);
}

static uint8_t get_byte(uint64_t offset)
{
	return (uint8_t)(sim_get(2, ACPI_PFN, (uint32_t)(offset / 8)) >> offset % 8 * 8);
}

static void madt_good(void)
{
	put_zeros(ACPI_PFN);
	put_byte(ACPI_MADT_OFFSET + 4, MADT_SIZE);
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		uint64_t entry = ACPI_MADT_OFFSET + ACPI_MADT_HEADER + cpu * ACPI_MADT_ENTRY;

		put_byte(entry, 9);
		put_byte(entry + 1, ACPI_MADT_ENTRY);
		put_byte(entry + 4, (uint8_t)cpu);
	}
}

static void test_madt(void **state)
{
	uint8_t sum = 0;

	(void)state;
	madt_good();
	fill_linux();
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		assert_int_equal(
			get_byte(ACPI_MADT_OFFSET + ACPI_MADT_HEADER + cpu * ACPI_MADT_ENTRY + 8),
			cpu < 4);
	}
	for (uint64_t i = 0; i < MADT_SIZE; i++) {
		sum = (uint8_t)(sum + get_byte(ACPI_MADT_OFFSET + i));
	}
	assert_int_equal(sum, 0);
	for (uint64_t pfn = SIM_PRIVATE; pfn < SIM_CAA; pfn++) {
		assert_int_equal(page_look(pfn), page_entry(PAGE_GUEST, 2));
	}
}

static void test_madt_length(void **state)
{
	static const uint32_t bad[] = {0, ACPI_MADT_HEADER + 4 * ACPI_MADT_ENTRY - 1, MADT_SIZE + 1,
				       0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		madt_good();
		for (uint32_t byte = 0; byte < 4; byte++) {
			put_byte(ACPI_MADT_OFFSET + 4 + byte, (uint8_t)(bad[i] >> 8 * byte));
		}
		assert_int_equal(outcome(fill_linux), REASON_LAUNCH_BLOCK);
	}
}

/* ---- the startup vCPU ---- */

static uint64_t host_says;

static void create_host(uint32_t cpu)
{
	hw_ghcb_words[cpu][GHCB_SW_EXITINFO1 / 8] = host_says;
	hw_ghcb_words[cpu][GHCB_SW_EXITINFO2 / 8] = 0;
}

static void make_startup(void)
{
	memset(&vcpu_table, 0, sizeof(vcpu_table));
	hw_vmgexit_host = create_host;
	guest_make_startup(1UL << CBIT);
}

static void check_startup(void)
{
	uint64_t vmsa = GUEST_VMSA_GPA / PAGE_SIZE;
	struct rmp_entry e;

	make_startup();
	e = sim_rmp(vmsa);
	if (page_look(vmsa) != page_entry(PAGE_VMSA, 2) ||
	    page_look(GUEST_CAA_GPA / PAGE_SIZE) != page_entry(PAGE_CAA, 2) || !e.vmsa ||
	    e.perm[1] != 0 || e.perm[2] != SNP_PERM_R || e.perm[3] != 0) {
		_exit(97);
	}
	if (sim_peek(vmsa, VMSA_RIP / 8) != 0x1000200 ||
	    sim_peek(vmsa, VMSA_VMPL / 8) != 2UL << 16 ||
	    sim_peek(vmsa, VMSA_CR3 / 8) != GUEST_PAGE_TABLES_GPA + (1UL << CBIT)) {
		_exit(98);
	}
	if (vcpu_table.v[0].vmsa != vmsa || vcpu_table.v[0].startup != 1) {
		_exit(99);
	}
}

static void test_startup(void **state)
{
	(void)state;
	launch_good();
	boot_launch->entry = 0x1000200;
	host_says = GHCB_REPLY_OK;
	assert_int_equal(outcome(check_startup), 0);
	host_says = GHCB_REPLY_MALFORMED;
	assert_int_equal(outcome(make_startup), REASON_CPU_START);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_map),
		cmocka_unit_test(test_memory_map_ranges),
		cmocka_unit_test(test_memory_size),
		cmocka_unit_test(test_cpuid_good),
		cmocka_unit_test(test_cpuid_low_cbit),
		cmocka_unit_test(test_cpuid_count),
		cmocka_unit_test(test_cpuid_leaf_missing),
		cmocka_unit_test(test_cpuid_feature_missing),
		cmocka_unit_test(test_cpuid_cbit),
		cmocka_unit_test(test_launch_block),
		cmocka_unit_test(test_launch_ranges),
		cmocka_unit_test(test_take_over),
		cmocka_unit_test(test_take_over_order),
		cmocka_unit_test(test_take_over_refused),
		cmocka_unit_test_setup(test_secrets, sim_reset),
		cmocka_unit_test_setup(test_secrets_version, sim_reset),
		cmocka_unit_test_setup(test_claim_refused, sim_reset),
		cmocka_unit_test(test_e820),
		cmocka_unit_test_setup(test_madt, sim_reset),
		cmocka_unit_test_setup(test_madt_length, sim_reset),
		cmocka_unit_test_setup(test_startup, sim_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
