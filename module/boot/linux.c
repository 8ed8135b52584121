#include "module/boot/guest.h"
#include "module/boot/memory.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

/* boot_params (Documentation/arch/x86/boot.rst, zero-page.rst) */
#define E820_COUNT     0x1e8U
#define E820_TABLE     0x2d0U
#define E820_ENTRY     20U
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

#define PFN(gpa) ((gpa) / PAGE_SIZE)

_Static_assert(ACPI_MADT_OFFSET + MADT_MAX <= PAGE_SIZE, "the MADT lies in one page");
_Static_assert(E820_TABLE + E820_MAX * E820_ENTRY <= PAGE_SIZE, "boot_params is one page");

struct e820 e820;

/* Adds [start, end) if it is not empty. */
/*@
  requires ok: e820_ok(e820);
  requires room: e820.count < E820_MAX;
  requires behind: e820.end <= start;
  terminates \true;
  exits \false;
  assigns e820;
  ensures ok: e820_ok(e820);
  ensures count: e820.count <= \old(e820.count) + 1;
  ensures end: e820.end <= \max(start, end);
  ensures ram: type == E820_RAM ==> \forall integer gpa;
    e820_says(e820, gpa, E820_RAM) <==> e820_says(\old(e820), gpa, E820_RAM) || start <= gpa < end;
  ensures other: type != E820_RAM ==> \forall integer gpa;
    e820_says(e820, gpa, E820_RAM) <==> e820_says(\old(e820), gpa, E820_RAM);
*/
static void e820_add(uint64_t start, uint64_t end, uint32_t type)
{
	if (start < end) {
		e820.entry[e820.count].start = start;
		e820.entry[e820.count].end = end;
		e820.entry[e820.count].type = type;
		e820.count++;
		e820.end = end;
	}
}

/* The first range: it begins at 0 and holds the module. */
/*@
  requires map: memory_ok(memory_map);
  terminates \true;
  exits \false;
  assigns e820;
  ensures ok: e820_ok(e820);
  ensures count: e820.count <= 8;
  ensures end: e820.end <= PAGE_SIZE * memory_map.range[0].pages;
  ensures ram: \forall integer gpa; e820_says(e820, gpa, E820_RAM) <==>
    e820_map_has(memory_map, 1, gpa) && !e820_kept(memory_map, gpa);
*/
static void build_first(void)
{
	uint64_t module_end = MODULE_BASE + memory_module_size();

	e820.count = 0;
	e820.end = 0;
	e820_add(0, GUEST_CC_BLOB_GPA, E820_RAM);
	e820_add(GUEST_CC_BLOB_GPA, GUEST_BOOT_PARAMS_GPA, E820_RESERVED);
	e820_add(GUEST_BOOT_PARAMS_GPA, GUEST_LOW_END, E820_RAM);
	e820_add(GUEST_LOW_END, GUEST_ACPI_GPA, E820_RESERVED);
	e820_add(GUEST_ACPI_GPA, GUEST_ACPI_END, E820_ACPI);
	e820_add(GUEST_ACPI_END, MODULE_BASE, E820_RAM);
	e820_add(MODULE_BASE, module_end, E820_RESERVED);
	e820_add(module_end, memory_map.range[0].pages * PAGE_SIZE, E820_RAM);
}

void e820_build(void)
{
	uint32_t i;

	build_first();
	/*@
	  loop invariant bound: 1 <= i <= memory_map.count;
	  loop invariant ok: e820_ok(e820);
	  loop invariant count: e820.count <= 7 + i;
	  loop invariant end:
	    e820.end <= PAGE_SIZE * (memory_map.range[i - 1].pfn + memory_map.range[i - 1].pages);
	  loop invariant ram: \forall integer gpa; e820_says(e820, gpa, E820_RAM) <==>
	    e820_map_has(memory_map, i, gpa) && !e820_kept(memory_map, gpa);
	  loop assigns i, e820;
	  loop variant memory_map.count - i;
	*/
	for (i = 1; i < memory_map.count; i++) {
		struct memory_range r = memory_map.range[i];

		/*@ assert behind: \forall integer gpa; PAGE_SIZE * r.pfn <= gpa ==> !e820_kept(memory_map, gpa); */
		/*@ assert one_more: \forall integer gpa; e820_map_has(memory_map, i + 1, gpa) <==>
		      e820_map_has(memory_map, i, gpa) ||
		      PAGE_SIZE * r.pfn <= gpa < PAGE_SIZE * (r.pfn + r.pages); */
		e820_add(r.pfn * PAGE_SIZE, (r.pfn + r.pages) * PAGE_SIZE, E820_RAM);
	}
}

/* boot_params, claimed: the table, and its length. */
/*@
  requires inv: page_ok;
  requires table: e820.count <= E820_MAX &&
    \forall integer i; 0 <= i < e820.count ==> e820.entry[i].start < e820.entry[i].end;
  GUEST_EDIT(\true, GUEST_BOOT_PARAMS_GPA / PAGE_SIZE, HW_STORES, guest_filled)
  ensures entries: linux_e820_entries(guest_filled, e820, e820.count);
  ensures count: guest_wrote(guest_filled, GUEST_BOOT_PARAMS_GPA + 0x1e8, e820.count, 1);
  ensures rest: guest_filled_rest(\old(guest_filled), guest_filled, GUEST_BOOT_PARAMS_GPA / 4096);
  ensures setup_data: guest_same(\old(guest_filled), guest_filled, GUEST_BOOT_PARAMS_GPA + 0x250);
*/
static void put_e820(void)
{
	uint32_t i;

	/*@
	  loop invariant bound: i <= e820.count;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(GUEST_BOOT_PARAMS_GPA / PAGE_SIZE, 1);
	  loop invariant busy: guest_busy(GUEST_BOOT_PARAMS_GPA / PAGE_SIZE);
	  loop invariant entries: linux_e820_entries(guest_filled, e820, i);
	  loop invariant rest: guest_filled_rest(\at(guest_filled, Pre), guest_filled, GUEST_BOOT_PARAMS_GPA / 4096);
	  loop invariant setup_data: guest_same(\at(guest_filled, Pre), guest_filled, GUEST_BOOT_PARAMS_GPA + 0x250);
	  loop assigns i, HW_STORES, guest_filled;
	  loop variant e820.count - i;
	*/
	for (i = 0; i < e820.count; i++) {
		uint64_t at = GUEST_BOOT_PARAMS_GPA + E820_TABLE + i * E820_ENTRY;
		struct e820_entry e = e820.entry[i];

		guest_put(at, e.start, 8);
		guest_put(at + 8, e.end - e.start, 8);
		guest_put(at + 16, e.type, 4);
	}
	guest_put(GUEST_BOOT_PARAMS_GPA + E820_COUNT, e820.count, 1);
}

/*@
  requires inv: page_ok && hw_few(1);
  requires map: memory_ok(memory_map);
  GUEST_STEP(HW_TABLE, hw_stored, e820, guest_filled)
  ensures table: linux_e820(guest_filled, e820);
  ensures rest: guest_filled_rest(\old(guest_filled), guest_filled, GUEST_BOOT_PARAMS_GPA / 4096);
*/
static void fill_boot_params(void)
{
	e820_build();
	guest_claim(PFN(GUEST_BOOT_PARAMS_GPA));
	guest_put(GUEST_BOOT_PARAMS_GPA + HDR_SETUP_DATA, GUEST_SETUP_DATA_GPA, 8);
	put_e820();
	guest_release(PFN(GUEST_BOOT_PARAMS_GPA));
}

/*@
  requires inv: page_ok && hw_few(1);
  GUEST_STEP(HW_TABLE, hw_stored, guest_filled)
  ensures blob: linux_blob(guest_filled);
  ensures rest: guest_filled_rest(\old(guest_filled), guest_filled, GUEST_CC_BLOB_GPA / 4096);
*/
static void fill_cc_blob(void)
{
	guest_claim(PFN(GUEST_CC_BLOB_GPA));
	guest_put(GUEST_CC_BLOB_GPA, CC_MAGIC, 4);
	guest_put(GUEST_CC_BLOB_GPA + 4, CC_VERSION, 2);
	guest_put(GUEST_CC_BLOB_GPA + CC_SECRETS, GUEST_SECRETS_GPA, 8);
	guest_put(GUEST_CC_BLOB_GPA + CC_SECRETS_LEN, PAGE_SIZE, 4);
	guest_put(GUEST_CC_BLOB_GPA + CC_CPUID, GUEST_CPUID_GPA, 8);
	guest_put(GUEST_CC_BLOB_GPA + CC_CPUID_LEN, PAGE_SIZE, 4);
	guest_release(PFN(GUEST_CC_BLOB_GPA));
}

/*@
  requires inv: page_ok && hw_few(1);
  GUEST_STEP(HW_TABLE, hw_stored, guest_filled)
  ensures setup_data: linux_setup_data(guest_filled);
  ensures rest: guest_filled_rest(\old(guest_filled), guest_filled, GUEST_SETUP_DATA_GPA / 4096);
*/
static void fill_setup_data(void)
{
	guest_claim(PFN(GUEST_SETUP_DATA_GPA));
	guest_put(GUEST_SETUP_DATA_GPA, 0, 8); /* next */
	guest_put(GUEST_SETUP_DATA_GPA + 8, SETUP_CC_BLOB, 4);
	guest_put(GUEST_SETUP_DATA_GPA + 12, 4, 4); /* length */
	guest_put(GUEST_SETUP_DATA_GPA + 16, GUEST_CC_BLOB_GPA, 4);
	guest_release(PFN(GUEST_SETUP_DATA_GPA));
}

/* The sum of length bytes from gpa on, in a claimed page, modulo 256. */
/*@
  requires inv: page_ok;
  requires range: gpa % PAGE_SIZE + length <= PAGE_SIZE && gpa / PAGE_SIZE < HW_PFNS;
  GUEST_EDIT(\true, gpa / PAGE_SIZE, hw_pages, hw_world)
  ensures sum: \result < 256;
*/
static uint32_t sum_of(uint64_t gpa, uint32_t length)
{
	uint32_t sum = 0;
	uint32_t i;

	/*@
	  loop invariant bound: i <= length && sum < 256;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(gpa / PAGE_SIZE, 1);
	  loop invariant busy: guest_busy(gpa / PAGE_SIZE);
	  loop assigns i, sum, hw_pages, hw_world;
	  loop variant length - i;
	*/
	for (i = 0; i < length; i++) {
		sum = (sum + guest_get8(gpa + i)) % 256;
	}
	return sum;
}

/*@
  requires inv: page_ok;
  requires length: ACPI_MADT_HEADER <= length <= MADT_MAX;
  GUEST_EDIT(\true, GUEST_ACPI_GPA / PAGE_SIZE, HW_STORES, guest_filled)
  ensures place: guest_filled.size[MADT_GPA + ACPI_CHECKSUM] == 1;
  ensures others: \forall integer g; g != MADT_GPA + ACPI_CHECKSUM ==>
    guest_same(\old(guest_filled), guest_filled, g);
  ensures rest: guest_filled_rest(\old(guest_filled), guest_filled, GUEST_ACPI_GPA / 4096);
*/
static void set_checksum(uint32_t length)
{
	uint32_t sum;

	guest_put(MADT_GPA + ACPI_CHECKSUM, 0, 1);
	sum = sum_of(MADT_GPA, length);
	guest_put(MADT_GPA + ACPI_CHECKSUM, (256 - sum) % 256, 1);
}

/* One entry of the MADT, at offset at. */
/*@
  requires inv: page_ok;
  requires range: at + ACPI_MADT_ENTRY <= MADT_MAX;
  GUEST_EDIT(\true, GUEST_ACPI_GPA / PAGE_SIZE, HW_STORES, guest_filled)
  ensures flags: guest_filled == \old(guest_filled) ||
    guest_wrote(guest_filled, MADT_GPA + at + MADT_FLAGS, MADT_ENABLED, 4);
  ensures rest: guest_filled_rest(\old(guest_filled), guest_filled, GUEST_ACPI_GPA / 4096);
*/
static void enable_entry(uint32_t at, uint32_t cpus)
{
	uint64_t entry = MADT_GPA + at;

	if (guest_get8(entry + MADT_TYPE) == MADT_X2APIC &&
	    guest_get32(entry + MADT_APIC_ID) < cpus) {
		guest_put(entry + MADT_FLAGS, MADT_ENABLED, 4);
	}
}

/* The MADT is measured with all processors disabled; those that are present get enabled. */
/*@
  requires inv: page_ok;
  requires cpus: 0 < cpus <= CPUS_MAX;
  GUEST_EDIT(\false, GUEST_ACPI_GPA / PAGE_SIZE, HW_STORES, guest_filled)
  ensures rest: guest_filled_rest(\old(guest_filled), guest_filled, GUEST_ACPI_GPA / 4096);
*/
static void enable_cpus(uint32_t cpus)
{
	uint32_t length = guest_get32(MADT_GPA + ACPI_LENGTH);
	uint32_t at;

	if (length < ACPI_MADT_HEADER + cpus * ACPI_MADT_ENTRY || length > MADT_MAX) {
		hw_terminate(REASON_LAUNCH_BLOCK);
	}
	/*@
	  loop invariant bound: ACPI_MADT_HEADER <= at <= MADT_MAX;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(GUEST_ACPI_GPA / PAGE_SIZE, 1);
	  loop invariant busy: guest_busy(GUEST_ACPI_GPA / PAGE_SIZE);
	  loop invariant rest: guest_filled_rest(\at(guest_filled, Pre), guest_filled, GUEST_ACPI_GPA / 4096);
	  loop assigns at, HW_STORES, guest_filled;
	  loop variant MADT_MAX - at;
	*/
	for (at = ACPI_MADT_HEADER; at + ACPI_MADT_ENTRY <= length; at += ACPI_MADT_ENTRY) {
		enable_entry(at, cpus);
	}
	set_checksum(length);
}

/*@
  requires inv: page_ok && hw_few(1);
  requires cpus: 0 < cpus <= CPUS_MAX;
  GUEST_STEP(HW_TABLE, hw_stored, guest_filled)
  ensures rest: guest_filled_rest(\old(guest_filled), guest_filled, GUEST_ACPI_GPA / 4096);
*/
static void fill_madt(uint32_t cpus)
{
	guest_claim(PFN(GUEST_ACPI_GPA));
	enable_cpus(cpus);
	guest_release(PFN(GUEST_ACPI_GPA));
}

void guest_fill_linux(uint32_t cpus)
{
	fill_cc_blob();
	fill_setup_data();
	fill_boot_params();
	fill_madt(cpus);
	/*@ assert entries: linux_e820_entries(guest_filled, e820, e820.count); */
}
