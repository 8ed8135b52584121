/* ACPI tables (specification 6.5, chapter 5) of a hardware-reduced machine with x2APICs alone. */
#include <string.h>

#include "linux.h"

#define XSDT_OFFSET 0x100UL
#define FADT_OFFSET 0x800UL
#define DSDT_OFFSET 0x1000UL
#define AREA_SIZE   0x2000UL

#define TABLE_HEADER	   36U
#define TABLE_CHECKSUM	   9U
#define RSDP_SIZE	   36U
#define RSDP_V1_SIZE	   20U
#define XSDT_SIZE	   (TABLE_HEADER + 2U * 8U)
#define FADT_SIZE	   276U
#define FADT_REVISION	   6U
#define FADT_MINOR	   5U
#define FADT_DSDT	   40U
#define FADT_BOOT_ARCH	   109U
#define FADT_FLAGS	   112U
#define FADT_MINOR_VERSION 131U
#define FADT_X_DSDT	   140U
#define BOOT_ARCH_NO_VGA   0x04U
#define BOOT_ARCH_NO_MSI   0x08U
#define BOOT_ARCH_NO_RTC   0x20U
#define FLAG_SLEEP_BUTTON  (1U << 5) /* control-method button: no fixed-hardware one */
#define FLAG_HW_REDUCED	   (1U << 20)
#define MADT_LAPIC_ADDRESS 36U
#define MADT_X2APIC	   9U
#define LAPIC_BASE	   0xfee00000U

static void put(uint8_t *p, uint32_t offset, uint64_t value, uint32_t bytes)
{
	memcpy(p + offset, &value, bytes);
}

static uint8_t checksum(const uint8_t *p, uint32_t bytes)
{
	uint8_t sum = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		sum = (uint8_t)(sum + p[i]);
	}
	return (uint8_t)-sum;
}

static void finish_table(uint8_t *table, const char *signature, uint8_t revision, uint32_t size)
{
	memcpy(table, signature, 4);
	put(table, 4, size, 4);
	table[8] = revision;
	memcpy(table + 10, "VRSMO VERISMO ", 14); /* OEM id (6), OEM table id (8) */
	put(table, 24, 1, 4);
	memcpy(table + 28, "VRSM", 4);
	put(table, 32, 1, 4);
	table[TABLE_CHECKSUM] = checksum(table, size);
}

static void put_rsdp(uint8_t *rsdp)
{
	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 9, "VRSMO ", 6);
	rsdp[15] = 2;
	put(rsdp, 20, RSDP_SIZE, 4);
	put(rsdp, 24, GUEST_ACPI_GPA + XSDT_OFFSET, 8);
	rsdp[8] = checksum(rsdp, RSDP_V1_SIZE);
	rsdp[32] = checksum(rsdp, RSDP_SIZE);
}

static void put_fadt(uint8_t *fadt)
{
	put(fadt, FADT_DSDT, GUEST_ACPI_GPA + DSDT_OFFSET, 4);
	put(fadt, FADT_X_DSDT, GUEST_ACPI_GPA + DSDT_OFFSET, 8);
	put(fadt, FADT_BOOT_ARCH, BOOT_ARCH_NO_VGA | BOOT_ARCH_NO_MSI | BOOT_ARCH_NO_RTC, 2);
	put(fadt, FADT_FLAGS, FLAG_HW_REDUCED | FLAG_SLEEP_BUTTON, 4);
	fadt[FADT_MINOR_VERSION] = FADT_MINOR;
	finish_table(fadt, "FACP", FADT_REVISION, FADT_SIZE);
}

static void put_madt(uint8_t *madt)
{
	put(madt, MADT_LAPIC_ADDRESS, LAPIC_BASE, 4);
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		uint8_t *entry = madt + ACPI_MADT_HEADER + cpu * ACPI_MADT_ENTRY;

		entry[0] = MADT_X2APIC;
		entry[1] = ACPI_MADT_ENTRY;
		put(entry, 4, cpu, 4);	/* x2APIC id */
		put(entry, 12, cpu, 4); /* processor UID */
	}
	finish_table(madt, "APIC", 5, ACPI_MADT_HEADER + CPUS_MAX * ACPI_MADT_ENTRY);
}

void acpi_place(struct pages *pages)
{
	uint8_t area[AREA_SIZE] = {0};

	put_rsdp(area);
	put(area, XSDT_OFFSET + TABLE_HEADER, GUEST_ACPI_GPA + FADT_OFFSET, 8);
	put(area, XSDT_OFFSET + TABLE_HEADER + 8, GUEST_ACPI_GPA + ACPI_MADT_OFFSET, 8);
	finish_table(area + XSDT_OFFSET, "XSDT", 1, XSDT_SIZE);
	put_fadt(area + FADT_OFFSET);
	put_madt(area + ACPI_MADT_OFFSET);
	finish_table(area + DSDT_OFFSET, "DSDT", 2, TABLE_HEADER);
	pages_copy(pages, GUEST_ACPI_GPA, area, sizeof(area));
}
