/*
 * The main sequence, on CPU 0 (docs/module.md, "Start"). Nothing of the host is believed before it has
 * been checked, and every refusal ends the VM with a reason.
 */
#include "module/boot/boot.h"
#include "module/boot/cpu.h"
#include "module/boot/cpuid.h"
#include "module/boot/entry.h"
#include "module/boot/guest.h"
#include "module/boot/image.h"
#include "module/boot/memory.h"
#include "module/boot/tables.h"
#include "module/guest/page.h"
#include "module/guest/range.h"
#include "module/guest/vcpu.h"
#include "module/host/console.h"
#include "module/host/ghcb.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include "module/services/request.h"
#include <verismo/ghcb.h>
#include <verismo/reasons.h>

#define STATUS(feature) ((feature) << 2)
#define STATUS_REQUIRED                                                                            \
	(SEV_STATUS_SEV | SEV_STATUS_ES | STATUS(SEV_FEATURE_SNP) |                                \
	 STATUS(SEV_FEATURE_RESTRICTED_INJECTION) | STATUS(SEV_FEATURE_DEBUG_SWAP))
#define STATUS_TOLERATED                                                                           \
	(STATUS(SEV_FEATURE_VTOM) | STATUS(SEV_FEATURE_PREVENT_HOST_IBS) |                         \
	 STATUS(SEV_FEATURE_BTB_ISOLATION) | STATUS(SEV_FEATURE_SMT_PROTECTION))
#define HOST_FEATURES (GHCB_FEATURE_SNP | GHCB_FEATURE_AP_CREATION | GHCB_FEATURE_MULTI_VMPL)

#define RANDOM_TRIES  10U
#define KIB	      1024UL
#define PAGES_PER_MIB 256UL

_Static_assert(ENTRY_CPUID_PAGE == MODULE_CPUID_GPA && ENTRY_REGION == MODULE_BASE, "entry.S");
_Static_assert(ENTRY_REGION_SLOT == MODULE_BASE / LARGE_PAGE, "entry.S");
_Static_assert(ENTRY_CPUID_MAX == SNP_CPUID_MAX, "entry.S");
_Static_assert(ENTRY_CPUID_SIZE == sizeof(struct snp_cpuid_entry), "entry.S");
_Static_assert(ENTRY_CPUID_FIRST == __builtin_offsetof(struct snp_cpuid_page, entry), "entry.S");
_Static_assert(ENTRY_CPUID_EBX == __builtin_offsetof(struct snp_cpuid_entry, ebx), "entry.S");
_Static_assert(ENTRY_STACK_TOP == __builtin_offsetof(struct image_stack, fatal_guard), "entry.S");
_Static_assert(ENTRY_MSR_EFER == MSR_EFER && ENTRY_MSR_GHCB == MSR_GHCB, "entry.S");
_Static_assert(ENTRY_TERMINATE == (GHCB_MSR_TERMINATE | TERMINATE_SET_VERISMO << 12), "entry.S");
_Static_assert(ENTRY_BAD_CPUID == REASON_CPUID_PAGE && ENTRY_BAD_CBIT == REASON_CBIT, "entry.S");
_Static_assert(ENTRY_CODE == SELECTOR_CODE && ENTRY_DATA == SELECTOR_DATA, "entry.S");

static void check_sev_status(void)
{
	uint64_t status = hw_sev_status();

	if ((status & STATUS_REQUIRED) != STATUS_REQUIRED) {
		hw_terminate(REASON_SEV_STATUS);
	}
	if (status & ~(STATUS_REQUIRED | STATUS_TOLERATED)) {
		hw_terminate(REASON_SEV_FEATURES);
	}
}

static void meet_host(uint32_t cbit_position)
{
	ghcb_negotiate(cbit_position);
	ghcb_features(HOST_FEATURES);
	cpu_release_ghcb(0);
	ghcb_register((uint64_t)hw_ghcb_pages[0] / PAGE_SIZE);
}

static uint64_t random_word(void)
{
	uint64_t value;

	for (uint32_t i = 0; i < RANDOM_TRIES; i++) {
		if (hw_random(&value)) {
			return value;
		}
	}
	hw_terminate(REASON_CBIT);
}

/* With a wrong C-bit the two mappings name different memory, or memory that was never validated. */
static void switch_tables(uint64_t cbit)
{
	uint64_t value = random_word();

	tables_init(cbit);
	hw_probe_write(value);
	hw_load_cr3(tables_root());
	if (hw_probe_read() != value ||
	    hw_static_pvalidate(MODULE_IMAGE_GPA, 1) != (SNP_OK | HW_CARRY)) {
		hw_terminate(REASON_CBIT);
	}
}

static uint32_t cpu_count(void)
{
	uint32_t cpus = image_params.cpus;

	if (cpus == 0 || cpus > CPUS_MAX) {
		hw_terminate(REASON_CPU_COUNT);
	}
	return cpus;
}

static void own_memory(uint32_t guest_vmpl)
{
	const struct memory_map *map;

	memory_read_map();
	map = memory_get_map();
	for (uint32_t i = 0; i < map->count; i++) {
		tables_map_ram(map->range[i].pfn, map->range[i].pages);
	}
	memory_place_table();
	memory_take_over(guest_vmpl);
}

static void report(uint32_t cpus)
{
	console_text("module: image ");
	console_decimal((uint64_t)(image_data_end - image_text) / KIB);
	console_text(" KiB, memory ");
	console_decimal(memory_module_size() / KIB);
	console_text(" KiB of ");
	console_decimal(memory_get_map()->pages / PAGES_PER_MIB);
	console_text(" MiB, CPUs ");
	console_decimal(cpus);
	console_end();
}

static void make_guest(const struct launch_block *launch, uint64_t cbit, uint32_t cpus)
{
	guest_fill_common(cbit);
	if (launch->kind == LAUNCH_LINUX) {
		guest_fill_linux(cpus);
	}
	vcpu_init(cpus);
	guest_make_startup(launch, cbit);
}

void boot_main(uint64_t cbit)
{
	uint32_t cbit_position = (uint32_t)__builtin_ctzl(cbit);
	uint64_t features = hw_sev_status() >> 2;
	const struct launch_block *launch;
	uint32_t cpus;

	check_sev_status();
	cpu_load_tables();
	cpuid_check(cbit_position);
	range_init(cpuid_address_width());
	meet_host(cbit_position);
	switch_tables(cbit);
	console_line("verismo: security module at VMPL0");

	launch = launch_check();
	cpus = cpu_count();
	own_memory(launch->guest_vmpl);
	report(cpus);
	make_guest(launch, cbit, cpus);
	cpu_prepare(cpus, features);
	tables_seal();
	cpu_start(cpus, features);
	console_line("module: starting guest at VMPL2");
	request_loop(0);
}
