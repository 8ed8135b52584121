/*
 * The main sequence, on CPU 0 (docs/module.md, "Start"). Nothing of the host is believed before it has
 * been checked, and every refusal ends the VM with a reason.
 */
#include "module/boot/boot.h"
#include "module/boot/cpu.h"
#include "module/boot/cpuid.h"
#include "module/boot/early.h"
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

#define CBIT_MASK_MIN (1UL << CBIT_MIN)
#define CBIT_MASK_MAX (1UL << CBIT_MAX)
#define RANDOM_TRIES  10U
#define KIB	      1024UL
#define PAGES_PER_MIB 256UL

_Static_assert(ENTRY_STACK_TOP == __builtin_offsetof(struct image_stack, fatal_guard), "entry.S");
_Static_assert(ENTRY_MSR_GHCB == MSR_GHCB && ENTRY_CODE == SELECTOR_CODE, "entry.S");
_Static_assert(SELECTOR_CODE / 8 == 1 && EARLY_CODE == GDT_CODE, "early.c");
_Static_assert(EARLY_TABLE == PTE_PRESENT + PTE_WRITE && EARLY_LARGE == EARLY_TABLE + PTE_LARGE,
	       "early.c");
_Static_assert(MODULE_SIZE == LARGE_PAGE && MODULE_BASE % LARGE_PAGE == 0, "early.c");
_Static_assert(EARLY_CBIT_MIN <= CBIT_MIN && EARLY_CBIT_MAX == CBIT_MAX, "early.c");
_Static_assert(EARLY_MASK_MAX == CBIT_MASK_MAX, "early.c");
_Static_assert(EARLY_LEAF == LEAF_ENCRYPTION, "early.c");

/* 0 if the features that are on are those that the module needs, and no others than it knows; else the
 * reason to end. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures required: \result != REASON_SEV_STATUS <==> (status & STATUS_REQUIRED) == STATUS_REQUIRED;
  ensures known: \result == 0 ==> (status & ~(STATUS_REQUIRED | STATUS_TOLERATED)) == 0;
  ensures reasons: \result == 0 || \result == REASON_SEV_STATUS || \result == REASON_SEV_FEATURES;
*/
static uint32_t status_reason(uint64_t status)
{
	if ((status & STATUS_REQUIRED) != STATUS_REQUIRED) {
		return REASON_SEV_STATUS;
	}
	if ((status & ~(STATUS_REQUIRED | STATUS_TOLERATED)) != 0) {
		return REASON_SEV_FEATURES;
	}
	return 0;
}

/* SEV_FEATURES as SEV_STATUS shows them: from bit 2 on. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == status / 4;
*/
static uint64_t status_features(uint64_t status)
{
	return status / 4;
}

/* SEV_FEATURES of this vCPU, all of which the module knows. */
/*@
  terminates \false;
  exits \false;
  assigns \nothing;
  ensures features: \result == HW_SEV / 4;
  ensures required: (HW_SEV & STATUS_REQUIRED) == STATUS_REQUIRED;
  ensures known: (HW_SEV & ~(STATUS_REQUIRED | STATUS_TOLERATED)) == 0;
*/
static uint64_t check_sev_status(void)
{
	uint64_t status = hw_sev_status();
	uint32_t reason = status_reason(status);

	if (reason != 0) {
		hw_terminate(reason);
	}
	return status_features(status);
}

/* The position of the C-bit's mask, or 0, which is none, if it cannot be one. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures mask: \result != 0 ==> cbit_ok(mask) && mask == range_power(\result);
*/
static uint32_t bit_position(uint64_t mask)
{
	uint64_t bit = 1;
	uint32_t position = 0;

	if (mask < CBIT_MASK_MIN || mask > CBIT_MASK_MAX || mask % CBIT_MASK_MIN != 0) {
		return 0;
	}
	/*@
	  loop invariant power: bit == range_power(position) && 1 <= bit <= 2 * CBIT_MASK_MAX;
	  loop invariant bound: position <= CBIT_MAX + 1;
	  loop assigns bit, position;
	  loop variant CBIT_MAX + 1 - position;
	*/
	while (bit < mask && position <= CBIT_MAX) {
		bit *= 2;
		position++;
	}
	return bit == mask ? position : 0;
}

/*@
  // A frame of the static region that is as the launch left it.
  predicate boot_own(integer q) = boot_held(q) && hw_launched(q);
  // Of the static region only the boot CPU's GHCB page is not: it has been given to the host.
  predicate boot_region =
    (\forall integer q; 0 <= q < HW_PFNS && hw_static(q) && q != image_ghcb_pfn(0) ==> boot_own(q)) &&
    boot_held(image_ghcb_pfn(0)) && hw_pages.p[image_ghcb_pfn(0)].validated == 0;
  predicate boot_waiting = \forall integer q; 0 <= q < HW_PFNS ==> boot_waits(q);
*/

/* The GHCB protocol, and this CPU's GHCB page. */
/*@
  requires image: image_ok;
  requires table: page_bounds.pfns == 0;
  requires start: boot_start;
  terminates \false;
  exits \false;
  assigns HW_FRAMES, GHCB_ALL;
  ensures inv: page_ok;
  ensures region: boot_region;
  ensures waiting: boot_waiting;
  ensures ghcb: ghcb_ready;
*/
static void meet_host(uint32_t cbit_position)
{
	ghcb_negotiate(cbit_position);
	(void)ghcb_features(HOST_FEATURES);
	cpu_release_ghcb(0);
	ghcb_register(cpu_ghcb_pfn(0));
}

/*@
  terminates \false;
  exits \false;
  assigns hw_drawn, hw_world;
  ensures drawn: \result == hw_drawn;
*/
static uint64_t random_word(void)
{
	uint64_t value = 0;
	uint32_t i;

	/*@
	  loop assigns i, value, hw_drawn, hw_world;
	  loop variant RANDOM_TRIES - i;
	*/
	for (i = 0; i < RANDOM_TRIES; i++) {
		if (hw_random(&value)) {
			return value;
		}
	}
	hw_terminate(REASON_CBIT);
}

/* With a wrong C-bit the two mappings name different memory, or memory that was never validated. */
/*@
  requires image: image_ok;
  requires cbit: cbit_ok(cbit);
  requires inv: page_ok;
  requires region: boot_region;
  requires waiting: boot_waiting;
  terminates \false;
  exits \false;
  assigns HW_FRAMES, hw_loaded, hw_drawn, hw_probe, page_tables, page_mode;
  ensures inv: page_ok;
  ensures region: boot_region;
  ensures waiting: boot_waiting;
  ensures tables: tables_ok(0);
  ensures cbit: page_mode.cbit == cbit;
  ensures loaded: hw_loaded.cr3 == image_layout.tables + cbit;
  ensures same_word: hw_probe.read == hw_probe.written == hw_drawn;
*/
static void switch_tables(uint64_t cbit)
{
	uint64_t value = random_word();

	tables_init(cbit);
	hw_probe_write(value);
	hw_load_cr3(tables_root());
	if (hw_probe_read() != value ||
	    hw_static_pvalidate(MODULE_IMAGE_GPA, 1) != SNP_OK + HW_CARRY) {
		hw_terminate(REASON_CBIT);
	}
}

/* The host's word, read once. */
/*@
  terminates 0 < image_params.cpus <= CPUS_MAX;
  exits \false;
  assigns \nothing;
  ensures \result == image_params.cpus && 0 < \result <= CPUS_MAX;
*/
static uint32_t cpu_count(void)
{
	uint32_t cpus = image_params.cpus;

	if (cpus == 0 || cpus > CPUS_MAX) {
		hw_terminate(REASON_CPU_COUNT);
	}
	return cpus;
}

/* All RAM into the direct map. */
/*@
  // The direct map has the first count ranges of RAM, in 2M pages, without the module's region.
  predicate boot_mapped(integer count) =
    \forall integer k, n; 0 <= k < count && n != REGION_SLOT &&
      memory_map.range[k].pfn / 512 <= n <= (memory_map.range[k].pfn + memory_map.range[k].pages - 1) / 512 ==>
      direct_of(n) == direct_entry(n);
*/
/*@
  requires map: memory_ok(memory_map);
  requires tables: tables_ok(0);
  terminates \true;
  exits \false;
  assigns page_tables;
  ensures tables: tables_ok(0);
  ensures mapped: boot_mapped(memory_map.count);
*/
static void map_memory(void)
{
	uint32_t i;

	/*@
	  loop invariant bound: i <= memory_map.count;
	  loop invariant tables: tables_ok(0);
	  loop invariant mapped: boot_mapped(i);
	  loop assigns i, page_tables;
	  loop variant memory_map.count - i;
	*/
	for (i = 0; i < memory_map.count; i++) {
		tables_map_ram(memory_map.range[i].pfn, memory_map.range[i].pages);
	}
}

/*@
  requires image: image_ok;
  requires launch: launch_ranges_ok(image_launch) && image_launch.guest_vmpl == GUEST_VMPL_MIN;
  requires map: memory_map.count == 0 && memory_map.pages == 0 && memory_map.end == 0;
  requires table: page_bounds.pfns == 0;
  requires inv: page_ok;
  requires tables: tables_ok(0);
  requires region: boot_region;
  requires waiting: boot_waiting;
  terminates \false;
  exits \false;
  assigns HW_ALL, hw_table_pfns, memory_map, page_bounds, page_tables;
  ensures inv: page_ok && hw_few(1);
  ensures map: memory_ok(memory_map);
  ensures bounds: page_bounds.pfns == memory_map.end;
  ensures tables: tables_ok(0);
  ensures mapped: boot_mapped(memory_map.count);
  ensures region: boot_region;
  ensures given: \forall integer q; 0 <= q < HW_PFNS && boot_taken(q) ==>
    boot_given(q, GUEST_VMPL_MIN);
*/
static void own_memory(void)
{
	memory_read_map();
	map_memory();
	memory_place_table();
	memory_take_over(image_launch.guest_vmpl);
}

/*@
  requires image: image_ok;
  requires map: memory_ok(memory_map);
  requires ghcb: ghcb_ready;
  terminates \false;
  exits \false;
  assigns CONSOLE_ALL;
  ensures ghcb: ghcb_ready;
*/
static void report(uint32_t cpus)
{
	console_text("module: image ");
	console_decimal((image_layout.data_end - image_layout.text) / KIB);
	console_text(" KiB, memory ");
	console_decimal(memory_module_size() / KIB);
	console_text(" KiB of ");
	console_decimal(memory_map.pages / PAGES_PER_MIB);
	console_text(" MiB, CPUs ");
	console_decimal(cpus);
	console_end();
}

/* What the guest finds in its memory. */
/*@
  requires inv: page_ok && hw_few(1);
  requires map: memory_ok(memory_map);
  requires cpuid: cpuid_counted;
  requires cbit: cbit_ok(cbit);
  requires cpus: 0 < cpus <= CPUS_MAX;
  GUEST_STEP(HW_TABLE, hw_stored, e820, guest_filled)
  ensures plain: image_launch.kind != LAUNCH_LINUX ==> e820 == \old(e820);
  ensures for_linux: image_launch.kind == LAUNCH_LINUX ==>
    linux_blob(guest_filled) && linux_setup_data(guest_filled) && linux_e820(guest_filled, e820);
  ensures svsm: secrets_say_svsm(guest_filled, GUEST_SECRETS_GPA);
*/
static void fill_guest(uint64_t cbit, uint32_t cpus)
{
	guest_fill_common(cbit);
	if (image_launch.kind == LAUNCH_LINUX) {
		guest_fill_linux(cpus);
	}
}

/*@
  requires inv: page_ok && hw_few(1);
  requires map: memory_ok(memory_map);
  requires cpuid: cpuid_counted;
  requires cbit: cbit_ok(cbit);
  requires cpus: 0 < cpus <= CPUS_MAX;
  requires launch: image_launch.guest_vmpl == GUEST_VMPL_MIN;
  requires registry: hw_locked == 0 && vcpu_limits.cpus == 0;
  requires ghcb: ghcb_ready;
  terminates \false;
  exits \false;
  assigns HW_ALL, GHCB_ALL, e820, guest_filled, vmsa_page, vcpu_limits, vcpu_table, hw_locked;
  ensures inv: page_ok && hw_few(1);
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures registry: hw_locked == 0 && vcpu_limits.cpus == cpus && vcpu_limits_ok;
  ensures ghcb: ghcb_ready;
  ensures plain: image_launch.kind != LAUNCH_LINUX ==> e820 == \old(e820);
  ensures for_linux: image_launch.kind == LAUNCH_LINUX ==>
    linux_blob(guest_filled) && linux_setup_data(guest_filled) && linux_e820(guest_filled, e820);
  ensures svsm: secrets_say_svsm(guest_filled, GUEST_SECRETS_GPA);
*/
static void make_guest(uint64_t cbit, uint32_t cpus)
{
	fill_guest(cbit, cpus);
	vcpu_init(cpus);
	guest_make_startup(cbit);
}

/* The further CPUs; then the static region is done with. */
/*@
  requires inv: page_ok && hw_few(1);
  requires map: memory_ok(memory_map);
  requires bounds: page_bounds.pfns == memory_map.end;
  requires cpus: 0 < cpus <= CPUS_MAX;
  requires region: image_ok && boot_region;
  requires tables: tables_ok(0);
  requires ghcb: ghcb_ready;
  terminates \false;
  exits \false;
  assigns HW_ALL, GHCB_ALL, hw_loaded, page_tables, cpu_vmsas, vmsa_page;
  ensures inv: page_ok && hw_few(1);
  ensures tables: tables_ok(1);
  ensures region: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) ==>
    hw_tokens.held[q] == 0 && hw_gave.entry[q] == HW_MODULE;
  ensures ghcb: ghcb_ready;
*/
static void start_cpus(uint32_t cpus, uint64_t features)
{
	/*@ assert own: boot_held(image_ghcb_pfn(0)); */
	/*@ assert region: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) && q != image_ghcb_pfn(0) ==>
	      boot_held(q); */
	/*@ assert held: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) ==> boot_held(q); */
	cpu_prepare(cpus, features);
	/*@ assert given: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus) ==>
	      cpu_ghcb_shared(q) && cpu_entry_kept{Pre, Here}(q); */
	/*@ assert given_held: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus) ==> boot_held(q); */
	/*@ assert others: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) &&
	      !(image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus)) ==> hw_same{Pre, Here}(q); */
	/*@ assert prepared: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) ==> boot_held(q); */
	tables_seal();
	cpu_start(cpus, features);
	/*@ assert started: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus) ==> boot_held(q); */
	/*@ assert rest: \forall integer q; 0 <= q < HW_PFNS && hw_static(q) &&
	      !(image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus)) ==> boot_held(q); */
	memory_keep_static();
}

void boot_main(void)
{
	uint64_t cbit = image_early.cbit;
	uint32_t cbit_position = bit_position(cbit);
	uint64_t features;
	uint32_t cpus;

	image_check();
	features = check_sev_status();
	cpu_load_tables();
	cpuid_check(cbit_position);
	range_init(cpuid_address_width());
	meet_host(cbit_position);
	switch_tables(cbit);
	console_line("verismo: security module at VMPL0");

	launch_check();
	cpus = cpu_count();
	own_memory();
	report(cpus);
	make_guest(cbit, cpus);
	start_cpus(cpus, features);
	console_line("module: starting guest at VMPL2");
	request_loop(0);
}
