#include "module/boot/guest.h"
#include "module/boot/memory.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

/* boot_params (Documentation/arch/x86/boot.rst, zero-page.rst) */
#define E820_COUNT     0x1e8U
#define E820_TABLE     0x2d0U
#define E820_ENTRY     20U
#define E820_RAM       1U
#define E820_RESERVED  2U
#define E820_ACPI      3U
#define HDR_SETUP_DATA 0x250U
#define SETUP_CC_BLOB  7U

/* CC blob: where the secrets and the CPUID page are */
#define CC_MAGIC       0x45444d41UL /* "AMDE" */
#define CC_VERSION     1U
#define CC_SECRETS     8U
#define CC_SECRETS_LEN 16U
#define CC_CPUID       24U
#define CC_CPUID_LEN   32U

/* ACPI tables */
#define ACPI_LENGTH   4U
#define ACPI_CHECKSUM 9U
#define MADT_TYPE     0U
#define MADT_APIC_ID  4U
#define MADT_FLAGS    8U
#define MADT_X2APIC   9U
#define MADT_ENABLED  1U
#define MADT_GPA      (GUEST_ACPI_GPA + ACPI_MADT_OFFSET)
#define MADT_MAX      (ACPI_MADT_HEADER + CPUS_MAX * ACPI_MADT_ENTRY)

_Static_assert(ACPI_MADT_OFFSET + MADT_MAX <= PAGE_SIZE, "the MADT lies in one page");

static uint32_t e820_entries;

static void e820_add(uint64_t start, uint64_t end, uint32_t type)
{
	uint64_t at = GUEST_BOOT_PARAMS_GPA + E820_TABLE + e820_entries * E820_ENTRY;

	if (start < end) {
		guest_put(at, start, 8);
		guest_put(at + 8, end - start, 8);
		guest_put(at + 16, type, 4);
		e820_entries++;
	}
}

static void fill_e820(void)
{
	const struct memory_map *map = memory_get_map();
	uint64_t module_end = MODULE_BASE + memory_module_size();

	e820_add(0, GUEST_CC_BLOB_GPA, E820_RAM);
	e820_add(GUEST_CC_BLOB_GPA, GUEST_BOOT_PARAMS_GPA, E820_RESERVED);
	e820_add(GUEST_BOOT_PARAMS_GPA, GUEST_LOW_END, E820_RAM);
	e820_add(GUEST_LOW_END, GUEST_ACPI_GPA, E820_RESERVED);
	e820_add(GUEST_ACPI_GPA, GUEST_ACPI_END, E820_ACPI);
	e820_add(GUEST_ACPI_END, MODULE_BASE, E820_RAM);
	e820_add(MODULE_BASE, module_end, E820_RESERVED);
	e820_add(module_end, map->range[0].pages * PAGE_SIZE, E820_RAM);
	for (uint32_t i = 1; i < map->count; i++) {
		uint64_t start = map->range[i].pfn * PAGE_SIZE;

		e820_add(start, start + map->range[i].pages * PAGE_SIZE, E820_RAM);
	}
	guest_put(GUEST_BOOT_PARAMS_GPA + E820_COUNT, e820_entries, 1);
}

static void fill_cc_blob(void)
{
	guest_put(GUEST_CC_BLOB_GPA, CC_MAGIC, 4);
	guest_put(GUEST_CC_BLOB_GPA + 4, CC_VERSION, 2);
	guest_put(GUEST_CC_BLOB_GPA + CC_SECRETS, GUEST_SECRETS_GPA, 8);
	guest_put(GUEST_CC_BLOB_GPA + CC_SECRETS_LEN, PAGE_SIZE, 4);
	guest_put(GUEST_CC_BLOB_GPA + CC_CPUID, GUEST_CPUID_GPA, 8);
	guest_put(GUEST_CC_BLOB_GPA + CC_CPUID_LEN, PAGE_SIZE, 4);

	guest_put(GUEST_SETUP_DATA_GPA, 0, 8); /* next */
	guest_put(GUEST_SETUP_DATA_GPA + 8, SETUP_CC_BLOB, 4);
	guest_put(GUEST_SETUP_DATA_GPA + 12, 4, 4); /* length */
	guest_put(GUEST_SETUP_DATA_GPA + 16, GUEST_CC_BLOB_GPA, 4);
	guest_put(GUEST_BOOT_PARAMS_GPA + HDR_SETUP_DATA, GUEST_SETUP_DATA_GPA, 8);
}

static void set_checksum(uint64_t table, uint32_t length)
{
	uint8_t sum = 0;

	guest_put(table + ACPI_CHECKSUM, 0, 1);
	for (uint32_t i = 0; i < length; i++) {
		sum = (uint8_t)(sum + guest_get(table + i, 1));
	}
	guest_put(table + ACPI_CHECKSUM, (uint8_t)(0U - sum), 1);
}

/* The MADT is measured with all processors disabled; those that are present get enabled. */
static void enable_cpus(uint32_t cpus)
{
	uint32_t length = (uint32_t)guest_get(MADT_GPA + ACPI_LENGTH, 4);

	if (length < ACPI_MADT_HEADER + cpus * ACPI_MADT_ENTRY || length > MADT_MAX) {
		hw_terminate(REASON_LAUNCH_BLOCK);
	}
	for (uint32_t at = ACPI_MADT_HEADER; at + ACPI_MADT_ENTRY <= length;
	     at += ACPI_MADT_ENTRY) {
		uint64_t entry = MADT_GPA + at;

		if (guest_get(entry + MADT_TYPE, 1) == MADT_X2APIC &&
		    guest_get(entry + MADT_APIC_ID, 4) < cpus) {
			guest_put(entry + MADT_FLAGS, MADT_ENABLED, 4);
		}
	}
	set_checksum(MADT_GPA, length);
}

void guest_fill_linux(uint32_t cpus)
{
	fill_cc_blob();
	fill_e820();
	enable_cpus(cpus);
}
