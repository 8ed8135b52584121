/*
 * Fuzz target: what the module reads at its start. The bytes are edits of five pages that are good before:
 * launch block and ACPI page (measured), memory map and CPUID page (the host's), secrets page. Then the steps of
 * boot_main that need no CPU of their own are taken, with early_start or without: what comes later must not rest
 * on it. What the module has accepted must be what its headers say.
 */
#include "fuzz/fuzz.h"
#include <stddef.h>
#include <string.h>
#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include "module/boot/cpuid.h"
#include "module/boot/early.h"
#include "module/boot/guest.h"
#include "module/boot/memory.h"
#include "module/guest/range.h"
#include "module/hw/hw.h"
#include "sim/check.h"
#include "sim/world.h"
#include "tests/unit/boot_image.h"

#define CBIT	   39U
#define EDITS	   64U
#define MAP_BYTES  (IGVM_MEMORY_ENTRIES * sizeof(struct igvm_memory_map_entry))
#define PFN(gpa)   ((gpa) / PAGE_SIZE)
#define MODULE_PFN PFN(MODULE_BASE)
#define LOW_FRAMES 0x40UL /* the guest's first pages, which the module fills */
#define ACPI_PFN   PFN(GUEST_ACPI_GPA)

struct early_area image_early;

static struct bytes input;
static uint32_t cpus;
static uint64_t host_status; /* of the reply to AP creation */

static void expect(int good, const char *what)
{
	if (!good) {
		fuzz_finding("boot accepts %s", what);
	}
}

/* ---- the good pages ---- */

static void good_launch(void)
{
	memset(boot_launch, 0, sizeof(*boot_launch));
	boot_launch->magic = LAUNCH_MAGIC;
	boot_launch->kind = LAUNCH_LINUX;
	boot_launch->guest_vmpl = 2;
	boot_launch->entry = GUEST_KERNEL_GPA + 0x200;
	boot_launch->ranges = 3;
	boot_launch->range[0] = (struct launch_range){GUEST_BOOT_PARAMS_GPA, 1};
	boot_launch->range[1] = (struct launch_range){GUEST_ACPI_GPA, 1};
	boot_launch->range[2] = (struct launch_range){GUEST_KERNEL_GPA, 16};
}

static void good_map(void)
{
	memset(boot_memmap, 0, MAP_BYTES);
	boot_memmap[0].pages = PFN(MEMORY_LOW_END);
	boot_memmap[1].start = PFN(MEMORY_HIGH_START);
	boot_memmap[1].pages = PFN(MEMORY_LOW_END) / 4;
}

static void good_cpuid(void)
{
	memset(boot_cpuid, 0, sizeof(*boot_cpuid));
	boot_cpuid->count = 4;
	boot_cpuid->entry[0] = (struct snp_cpuid_entry){.eax_in = LEAF_FEATURES, .ecx = 1U << 30};
	boot_cpuid->entry[1] =
		(struct snp_cpuid_entry){.eax_in = LEAF_EXTENDED_MAX, .eax = LEAF_ENCRYPTION};
	boot_cpuid->entry[2] = (struct snp_cpuid_entry){
		.eax_in = LEAF_SIZES, .eax = 40 + 48 * 256, .ebx = 1U << 3 | 1U << 21};
	boot_cpuid->entry[3] =
		(struct snp_cpuid_entry){.eax_in = LEAF_ENCRYPTION, .eax = 0x3a, .ebx = CBIT};
}

static void good_secrets(void)
{
	uint32_t i;

	for (i = 0; i < PAGE_WORDS; i++) {
		boot_secrets[i] = 0x1000 + i;
	}
	boot_secrets[0] = 3;
}

/* A MADT with all CPUs disabled, in the guest's memory: see world(). */
static void good_acpi(void)
{
	uint32_t word = ACPI_MADT_OFFSET / 8, i;

	for (i = 0; i < PAGE_WORDS; i++) {
		sim_poke(ACPI_PFN, i, 0);
	}
	sim_poke(ACPI_PFN, word, (ACPI_MADT_HEADER + CPUS_MAX * ACPI_MADT_ENTRY) << 32);
	/* An entry is 16 bytes, from the fourth byte of a word on: type 9, length, then the id. */
	for (i = 0; i < CPUS_MAX; i++) {
		uint32_t at = word + (uint32_t)(ACPI_MADT_HEADER + i * ACPI_MADT_ENTRY) / 8;

		sim_poke(ACPI_PFN, at,
			 sim_peek(ACPI_PFN, at) | (9UL + 256 * ACPI_MADT_ENTRY) << 32);
		sim_poke(ACPI_PFN, at + 1, i);
	}
}

/* ---- the edits ---- */

static void edit_acpi(uint32_t offset, uint64_t value, uint32_t size)
{
	uint32_t i;

	for (i = 0; i < size && offset + i < PAGE_SIZE; i++) {
		uint32_t word = (offset + i) / 8, shift = (offset + i) % 8 * 8;
		uint64_t old = sim_peek(ACPI_PFN, word) & ~(0xffUL << shift);

		sim_poke(ACPI_PFN, word, old | (value >> 8 * i & 0xff) << shift);
	}
}

static void edit_page(void *page, uint64_t bytes, uint32_t offset, uint64_t value, uint32_t size)
{
	if (offset + size <= bytes) {
		memcpy((uint8_t *)page + offset, &value, size);
	}
}

/* A byte for page and size, two for the offset, then the value. */
static void edit(void)
{
	uint32_t kind = bytes_8(&input);
	uint32_t size = 1U << kind / 8 % 4;
	uint32_t offset = bytes_16(&input) % PAGE_SIZE;
	uint64_t value = size == 8 ? bytes_number(&input) : bytes_16(&input);

	switch (kind % 8) {
	case 0:
	case 5:
		edit_page(boot_launch, sizeof(*boot_launch), offset, value, size);
		break;
	case 1:
	case 6:
		edit_page(boot_memmap, MAP_BYTES, offset, value, size);
		break;
	case 2:
	case 7:
		edit_page(boot_cpuid, sizeof(*boot_cpuid), offset, value, size);
		break;
	case 3:
		edit_page(boot_secrets, PAGE_SIZE, offset, value, size);
		break;
	default:
		edit_acpi(offset, value, size);
		break;
	}
}

/* ---- what must follow ---- */

static const struct snp_cpuid_entry *leaf(uint32_t number)
{
	uint32_t i;

	for (i = 0; i < boot_cpuid->count; i++) {
		if (boot_cpuid->entry[i].eax_in == number) {
			return &boot_cpuid->entry[i];
		}
	}
	return NULL;
}

static void after_cpuid(uint32_t position)
{
	const struct snp_cpuid_entry *sizes, *encryption, *features;

	expect(boot_cpuid->count >= 1 && boot_cpuid->count <= SNP_CPUID_MAX, "a count of leaves");
	encryption = leaf(LEAF_ENCRYPTION);
	sizes = leaf(LEAF_SIZES);
	features = leaf(LEAF_FEATURES);
	expect(encryption != NULL && sizes != NULL && features != NULL, "a page without a leaf");
	expect(encryption->ebx % 64 == position && position >= CBIT_MIN && position <= CBIT_MAX,
	       "a C-bit's position");
	expect((encryption->eax & 0x3a) == 0x3a, "a CPU without SNP or VMPLs");
	expect((sizes->ebx & 0x200008) == 0x200008, "a CPU without INVLPGB");
	expect(features->ecx >> 30 & 1, "a CPU without RDRAND");
	expect(cpuid_address_width() <= position, "addresses with the C-bit");
}

static void after_launch(void)
{
	const struct launch_range *r = boot_launch->range;
	uint64_t i, j;

	expect(boot_launch->magic == LAUNCH_MAGIC && boot_launch->guest_vmpl == 2 &&
		       boot_launch->ranges <= LAUNCH_RANGES,
	       "a launch block");
	for (i = 0; i < boot_launch->ranges; i++) {
		expect(r[i].gpa % PAGE_SIZE == 0 && r[i].pages != 0, "a range that is not pages");
		expect(r[i].gpa < MODULE_BASE && r[i].pages <= PFN(MODULE_BASE - r[i].gpa),
		       "a range beyond the module's base");
		expect(r[i].gpa + r[i].pages * PAGE_SIZE <= GUEST_CC_BLOB_GPA ||
			       r[i].gpa >= GUEST_BOOT_PARAMS_GPA,
		       "a range where the module writes");
		for (j = 0; j < i; j++) {
			expect(r[i].gpa >= r[j].gpa + r[j].pages * PAGE_SIZE,
			       "ranges that overlap");
		}
	}
}

/* Pages of RAM in the host's map; each must lie in a range that the module has. */
static uint64_t told_pages(void)
{
	uint64_t pages = 0;
	uint32_t i, j;

	for (i = 0; i < IGVM_MEMORY_ENTRIES && boot_memmap[i].pages != 0; i++) {
		struct igvm_memory_map_entry e = boot_memmap[i];
		int found = e.type != IGVM_MEMORY;

		for (j = 0; j < memory_map.count; j++) {
			const struct memory_range *r = &memory_map.range[j];

			found |= e.start >= r->pfn && e.start - r->pfn < r->pages &&
				 e.pages <= r->pages - (e.start - r->pfn);
		}
		expect(found, "an entry of the memory map, and forgets it");
		pages += e.type == IGVM_MEMORY ? e.pages : 0;
	}
	return pages;
}

static void after_map(void)
{
	uint64_t end = 0, pages = 0;
	uint32_t i;

	expect(memory_map.count >= 1 && memory_map.count <= MEMORY_RANGES, "a number of ranges");
	for (i = 0; i < memory_map.count; i++) {
		struct memory_range r = memory_map.range[i];

		expect(r.pages != 0 && r.pfn >= end + (i > 0), "RAM that overlaps");
		end = r.pfn + r.pages;
		pages += r.pages;
		expect(end > r.pfn && end <= PFN(MEMORY_GPA_END), "RAM beyond the last address");
		expect(end <= PFN(MEMORY_LOW_END) || r.pfn >= PFN(MEMORY_HIGH_START),
		       "RAM in the gap of devices");
	}
	expect(end == memory_map.end && pages == memory_map.pages, "a sum of RAM");
	expect(pages == told_pages(), "RAM that the host has not told of");
	expect(pages >= PFN(MEMORY_MIN) && pages <= PFN(MEMORY_MAX), "too little RAM, or too much");
	expect(memory_map.range[0].pfn == 0 &&
		       memory_map.range[0].pages >= PFN(MODULE_BASE + memory_module_size()),
	       "RAM without the module");
}

static void after_e820(void)
{
	uint64_t module_end = MODULE_BASE + memory_module_size(), end = 0;
	uint32_t i;

	expect(e820.count >= 1 && e820.count <= E820_MAX, "a length of e820");
	for (i = 0; i < e820.count; i++) {
		struct e820_entry e = e820.entry[i];

		expect(e.start >= end && e.end > e.start, "e820 entries that overlap");
		expect(e.type != E820_RAM || e.end <= MODULE_BASE || e.start >= module_end,
		       "the module as Linux's RAM");
		end = e.end;
	}
}

static int is_public(uint32_t byte)
{
	return byte < 0x20 || (byte >= 0x60 && byte < 0xa0) || (byte >= 0x100 && byte < 0x140) ||
	       byte == 0x160;
}

static void after_common(void)
{
	uint32_t i;

	for (i = 0; i < PAGE_WORDS; i++) {
		uint64_t word = sim_peek(PFN(GUEST_SECRETS_GPA), i);
		int is_svsm = i * 8 >= SECRETS_SVSM_BASE && i * 8 <= SECRETS_SVSM_GUEST_VMPL;

		expect(is_svsm || word == (is_public(i * 8) ? boot_secrets[i] : 0),
		       "a guest that sees a key of another level");
	}
	expect((uint32_t)boot_secrets[0] >= 3, "a secrets page of version 2");
	expect(sim_peek(PFN(GUEST_CPUID_GPA), 0) % 0x100000000 == boot_cpuid->count,
	       "no CPUID page");
}

static void after_linux(void)
{
	uint32_t length = (uint32_t)(sim_peek(ACPI_PFN, ACPI_MADT_OFFSET / 8) >> 32);
	uint8_t sum = 0;
	uint32_t i;

	expect(length <= PAGE_SIZE - ACPI_MADT_OFFSET, "the length of a MADT");
	for (i = 0; i < length; i++) {
		uint64_t at = ACPI_MADT_OFFSET + i;

		sum = (uint8_t)(sum + (sim_peek(ACPI_PFN, (uint32_t)(at / 8)) >> at % 8 * 8));
	}
	expect(sum == 0, "the sum of a MADT");
	after_e820();
}

static void at_end(void)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched), i;
	uint64_t pfn = 0;

	for (i = 0; i < count; i++) {
		const char *wrong = check_frame(HW_MACHINE_BASE + touched[i], &pfn);

		expect(page_entry_state(hw_table_peek(touched[i])) != PAGE_BUSY, "a busy page");
		if (wrong != NULL) {
			fuzz_finding("%s (page %#lx)", wrong, pfn);
		}
	}
}

/* ---- the start ---- */

static void host(uint32_t cpu)
{
	hw_ghcb_words[cpu][GHCB_SW_EXITINFO1 / 8] = host_status;
	hw_ghcb_words[cpu][GHCB_SW_EXITINFO2 / 8] = 0;
}

static void boot(uint32_t position)
{
	uint64_t mask = 1UL << position;

	cpuid_check(position);
	after_cpuid(position);
	range_init(cpuid_address_width());
	launch_check();
	after_launch();
	memory_read_map();
	after_map();
	guest_fill_common(mask);
	after_common();
	if (boot_launch->kind == LAUNCH_LINUX) {
		guest_fill_linux(cpus);
		after_linux();
	}
	vcpu_init(cpus);
	guest_make_startup(mask);
	expect(host_status % 0x100000000 == 0, "a CPU that the host has not started");
	at_end();
}

/* Memory of sim/guest.h, all of it the guest's, without a vCPU. */
static void world(void)
{
	uint64_t pfn;

	sim_reset(NULL);
	for (pfn = 0; pfn < LOW_FRAMES; pfn++) {
		sim_poke(pfn, 0, 0);
	}
	good_acpi();
	memset(&vcpu_table, 0, sizeof(vcpu_table));
	world_save();
}

static void begin(void)
{
	world_restore();
	world_touch(0, LOW_FRAMES);
	world_touch(ACPI_PFN, 1);
	good_launch();
	good_map();
	good_cpuid();
	good_secrets();
	memset(&memory_map, 0, sizeof(memory_map));
	memset(&vcpu_limits, 0, sizeof(vcpu_limits));
	range_limit.end = 0;
	hw_trace.count = 0;
	hw_vmgexit_host = host;
	hw_ghcb_msr[0] = SIM_MODULE << 12;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	world();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t first, i;
	int end;

	input = (struct bytes){data, size};
	begin();
	first = bytes_8(&input);
	cpus = 1 + first % CPUS_MAX;
	host_status = bytes_below(&input, 4) == 1 ? bytes_number(&input) : 0;
	for (i = 0; i < EDITS && input.left > 0; i++) {
		edit();
	}
	if (first < 0x80 && early_start() != EARLY_CR0) {
		return 0;
	}
	end = HW_RUN(boot(first < 0x80 ? (uint32_t)__builtin_ctzl(image_early.cbit) : CBIT));
	if (end > REASON_STATE) {
		fuzz_finding("boot ends with %#x, which is no reason", (unsigned)end);
	}
	return 0;
}
