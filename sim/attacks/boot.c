/* What the host hands the module at its start: pages, tables, numbers, features (catalogue, group 4). */
#include <stddef.h>
#include <string.h>
#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include <verismo/vmsa.h>
#include "module/boot/cpuid.h"
#include "module/boot/guest.h"
#include "module/boot/memory.h"
#include "module/hw/hw.h"
#include "sim/attack.h"
#include "sim/attacks/play.h"
#include "sim/boot.h"

/* What a step did: the reason of its end, 0 if it went on. */
static int step_map(void)
{
	return HW_RUN(memory_read_map());
}

static int step_launch(void)
{
	return HW_RUN(launch_check());
}

static int step_cpuid(void)
{
	return HW_RUN(cpuid_check(BOOT_CBIT));
}

static int step_linux(void)
{
	return HW_RUN(guest_fill_linux(SIM_CPUS));
}

static int step_startup(void)
{
	return HW_RUN(guest_make_startup(1UL << BOOT_CBIT));
}

/* ---- AT-091: page and host agree on the lie ---- */

static void stop_at_console(uint32_t cpu, uint64_t request)
{
	(void)cpu;
	if (GHCB_MSR_CODE(request) == 0) {
		hw_terminate(BOOT_MET_HOST);
	}
}

static struct attack_outcome cbit_lie_agreed(void)
{
	uint64_t position;
	int reason = 0;

	for (position = 33; position <= 51; position++) {
		if (position == BOOT_CBIT) {
			continue;
		}
		boot_reset();
		boot_cpuid->entry[3].ebx = (uint32_t)position;
		boot_host.sev_info =
			2UL << 48 | 1UL << 32 | position << 24 | GHCB_MSR_SEV_INFO_RESP;
		boot_host.lie = stop_at_console;
		reason = boot_start();
		if (reason != REASON_CBIT) {
			return attack_won("C-bit %lu is taken: what the module believes private is "
					  "not (reason %#x)",
					  position, (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_CBIT);
}

/* ---- AT-092 ---- */

struct cpuid_lie {
	uint32_t count; /* 0: as it is */
	uint32_t entry; /* that is changed */
	uint32_t leaf, eax, ebx, ecx;
};

static void tell(const struct cpuid_lie *lie)
{
	struct snp_cpuid_entry *e = &boot_cpuid->entry[lie->entry];

	boot_reset();
	*e = (struct snp_cpuid_entry){
		.eax_in = lie->leaf, .eax = lie->eax, .ebx = lie->ebx, .ecx = lie->ecx};
	boot_cpuid->count = lie->count == 0 ? boot_cpuid->count : lie->count;
}

static struct attack_outcome cpuid_lie(void)
{
	static const struct cpuid_lie lies[] = {
		{0, 0, 1, 0, 0, 0},			/* no RDRAND */
		{0, 1, 0x80000000, 0x8000001e, 0, 0},	/* the leaf of the C-bit beyond the last */
		{0, 2, 0x80000008, 0, 0, 0},		/* no INVLPGB */
		{0, 3, 0x8000001f, 0x2a, BOOT_CBIT, 0}, /* no SNP */
		{0, 3, 0x4fffffff, 0x3a, BOOT_CBIT, 0}, /* no leaf of the C-bit */
		{0, 3, 0x8000001f, 0x3a, 0, 0},		/* C-bit 0 */
		{0, 3, 0x8000001f, 0x3a, 31, 0},	/* in the lower half */
		{0, 3, 0x8000001f, 0x3a, 63, 0},	/* where NX is */
		{SNP_CPUID_MAX + 1, 4, 1, 0, 0, 0},	/* an entry too many */
		{0xffffffff, 4, 1, 0, 0, 0},
	};
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(lies); i++) {
		tell(&lies[i]);
		reason = boot_start();
		if (reason != REASON_CPUID_PAGE && reason != REASON_CBIT) {
			return attack_won("lie %zu is believed (reason %#x)", i, (unsigned)reason);
		}
		/* the start looked before; the second look has to hold alone */
		reason = step_cpuid();
		if (reason != REASON_CPUID_PAGE && reason != REASON_CBIT) {
			return attack_won("lie %zu passes cpuid_check (reason %#x)", i,
					  (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_CPUID_PAGE);
}

/* ---- AT-093 ---- */

#define RAM(start, pages)                                                                          \
	{                                                                                          \
		(start), (pages), IGVM_MEMORY, 0, 0                                                \
	}
#define MIN_PAGES (MEMORY_MIN / PAGE_SIZE)
#define HIGH_PFN  (MEMORY_HIGH_START / PAGE_SIZE)

static int read_map(const struct igvm_memory_map_entry *entry, size_t count)
{
	memset(&memory_map, 0, sizeof(memory_map));
	memset(boot_memmap, 0, IGVM_MEMORY_ENTRIES * sizeof(*boot_memmap));
	memcpy(boot_memmap, entry, count * sizeof(*entry));
	return step_map();
}

static struct attack_outcome memmap_hostile(void)
{
	static const struct igvm_memory_map_entry maps[][3] = {
		{{0}},							 /* nothing */
		{RAM(0, MIN_PAGES - 1)},				 /* too little */
		{RAM(1, MIN_PAGES)},					 /* not from 0 */
		{RAM(0, BOOT_MODULE + 1), RAM(BOOT_TABLE, MIN_PAGES)},	 /* a hole in the module */
		{RAM(0, MIN_PAGES), RAM(MIN_PAGES - 1, 8)},		 /* overlap */
		{RAM(0, MIN_PAGES), RAM(BOOT_MODULE, 8)},		 /* the module once more */
		{RAM(MIN_PAGES / 2, MIN_PAGES / 2), RAM(0, MIN_PAGES)},	 /* unsorted */
		{RAM(0, MIN_PAGES), RAM(~0UL, 1)},			 /* the last page of all */
		{RAM(0, ~0UL)},						 /* the whole space */
		{RAM(0, MIN_PAGES), RAM(HIGH_PFN, ~0UL - HIGH_PFN + 2)}, /* wraps */
		{{0, MIN_PAGES, 7, 0, 0}},				 /* of an unknown type */
	};
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(maps); i++) {
		reason = read_map(maps[i], LENGTH(maps[i]));
		if (reason != REASON_MEMORY_MAP) {
			return attack_won("map %zu is accepted, %lu pages (reason %#x)", i,
					  memory_map.pages, (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_MEMORY_MAP);
}

/* ---- AT-094 ---- */

static struct attack_outcome metadata_overlap(void)
{
	static const struct launch_range bad[] = {
		{MODULE_BASE, 1},		      /* the module's */
		{MODULE_BASE - PAGE_SIZE, 2},	      /* runs into it */
		{BOOT_TABLE * PAGE_SIZE, 1},	      /* the ownership table's */
		{GUEST_SECRETS_GPA, 1},		      /* what the module fills in */
		{GUEST_KERNEL_GPA, ~0UL / PAGE_SIZE}, /* wraps */
		{0xfffffffffffff000UL, 1},
		{(BOOT_LOADED + 1) * PAGE_SIZE, 1}, /* the one before */
	};
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(bad); i++) {
		boot_reset();
		boot_launch->ranges = 2;
		boot_launch->range[1] = bad[i];
		if (bad[i].gpa < BOOT_LOADED * PAGE_SIZE) {
			boot_launch->range[1] = boot_launch->range[0];
			boot_launch->range[0] = bad[i];
		}
		reason = step_launch();
		if (reason != REASON_LAUNCH_BLOCK) {
			return attack_won("a range at %#lx is believed to be loaded (reason %#x)",
					  bad[i].gpa, (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_LAUNCH_BLOCK);
}

/* ---- AT-095 ---- */

#define ACPI_PFN (GUEST_ACPI_GPA / PAGE_SIZE)
/* The first entry of the MADT that would lie in the next page: its offset there. */
#define NEXT_ENTRY (16 - (PAGE_SIZE - ACPI_MADT_OFFSET - ACPI_MADT_HEADER) % 16)

static void poke_byte(uint64_t pfn, uint64_t offset, uint8_t value)
{
	uint32_t word = (uint32_t)(offset / 8);
	uint64_t mask = 0xffUL << offset % 8 * 8;

	sim_poke(pfn, word, (sim_peek(pfn, word) & ~mask) | (uint64_t)value << offset % 8 * 8);
}

/* The MADT says that it goes on into the next page, where something that looks like a processor is. */
static struct attack_outcome acpi_overflow(void)
{
	uint64_t entry;
	int reason;

	memset(&memory_map, 0, sizeof(memory_map));
	sim_poke(ACPI_PFN, ACPI_MADT_OFFSET / 8, 0x1400UL << 32);
	poke_byte(ACPI_PFN + 1, NEXT_ENTRY, 9); /* an x2APIC with id 0, not enabled */
	reason = step_linux();
	entry = sim_peek(ACPI_PFN + 1, (NEXT_ENTRY + 8) / 8);
	if (entry != 0) {
		return attack_won("the module has written into page %#lx, which it does not hold",
				  ACPI_PFN + 1);
	}
	return attack_judge_end(reason, REASON_LAUNCH_BLOCK);
}

/* ---- AT-096 ---- */

static struct attack_outcome cpu_list_lie(void)
{
	static const uint32_t counts[] = {0, CPUS_MAX + 1, 256, 0x80000000, 0xffffffff};
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(counts); i++) {
		boot_reset();
		*boot_cpus = counts[i];
		reason = boot_start();
		if (reason != REASON_CPU_COUNT) {
			return attack_won("the module goes on with %u CPUs (reason %#x)", counts[i],
					  (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_CPU_COUNT);
}

/* ---- AT-097 ---- */

static uint64_t dice;

static uint64_t throw(uint64_t sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice % sides;
}

/* A number as a parser does not like it. */
static uint64_t odd_number(void)
{
	static const uint64_t near[] = {0,	  1,	     BOOT_MODULE, MIN_PAGES,
					HIGH_PFN, 1UL << 40, 1UL << 63};
	uint64_t number = near[throw(LENGTH(near))];

	return (throw(3) == 0 ? ~number : number) + throw(3) - 1;
}

static void garble_map(void)
{
	uint64_t i;
	uint64_t count = 2 + throw(3);

	memset(&memory_map, 0, sizeof(memory_map));
	memset(boot_memmap, 0, IGVM_MEMORY_ENTRIES * sizeof(*boot_memmap));
	boot_memmap[0].pages = MIN_PAGES;
	for (i = throw(8) != 0; i < count; i++) {
		boot_memmap[i] = (struct igvm_memory_map_entry){odd_number(), odd_number(),
								(uint16_t) throw(3), 0, 0};
	}
}

/* Is the map that was accepted one: ascending, apart, below the end? */
static int map_is_sound(void)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < memory_map.count; i++) {
		struct memory_range r = memory_map.range[i];

		if (r.pages == 0 || r.pfn < end || r.pfn + r.pages > HW_PFNS) {
			return 0;
		}
		end = r.pfn + r.pages;
	}
	return memory_map.end == end;
}

static struct attack_outcome params_hostile(void)
{
	uint32_t accepted = 0;
	uint32_t run;
	int reason;

	dice = 0x5eed;
	for (run = 0; run < 300000; run++) {
		garble_map();
		reason = step_map();
		if (reason != 0 && reason != REASON_MEMORY_MAP) {
			return attack_won("map %u ends the VM with reason %#x", run,
					  (unsigned)reason);
		}
		if (reason == 0 && !map_is_sound()) {
			return attack_won("map %u is accepted, and counts memory twice", run);
		}
		accepted += reason == 0;
	}
	return attack_refused("of 300000 garbled maps %u are sound, and taken", accepted);
}

/* ---- AT-099 ---- */

#define STATUS(feature) ((feature) << 2)

static int start_with_status(uint64_t status)
{
	boot_reset();
	boot_host.lie = stop_at_console;
	hw_machine_sev_status = status;
	return boot_start();
}

static struct attack_outcome no_restricted_injection(void)
{
	const uint64_t needed =
		SEV_STATUS_SEV | SEV_STATUS_ES |
		STATUS(SEV_FEATURE_SNP | SEV_FEATURE_RESTRICTED_INJECTION | SEV_FEATURE_DEBUG_SWAP);
	const uint64_t harmless = STATUS(SEV_FEATURE_VTOM | SEV_FEATURE_PREVENT_HOST_IBS |
					 SEV_FEATURE_BTB_ISOLATION | SEV_FEATURE_SMT_PROTECTION);
	uint64_t bit;
	int expected, reason = 0;

	for (bit = 1; bit != 0; bit <<= 1) {
		if ((bit & harmless) != 0) {
			continue;
		}
		expected = (bit & needed) != 0 ? REASON_SEV_STATUS : REASON_SEV_FEATURES;
		reason = start_with_status(needed ^ bit);
		if (reason != expected) {
			return attack_won("the module starts with SEV_STATUS %#lx (reason %#x)",
					  needed ^ bit, (unsigned)reason);
		}
	}
	if (start_with_status(needed) != BOOT_MET_HOST) {
		return attack_broken("the module does not start as it should");
	}
	return attack_judge_end(reason, REASON_SEV_FEATURES);
}

/* ---- AT-103 ---- */

/* The module's own vCPU has features that the guest must not have. */
static struct attack_outcome guest_feature_excess(void)
{
	const uint64_t vmsa = GUEST_VMSA_GPA / PAGE_SIZE;
	uint64_t features;
	int reason;

	boot_host_reset();
	memset(&vcpu_table, 0, sizeof(vcpu_table));
	boot_launch->kind = LAUNCH_PLAIN;
	boot_launch->guest_vmpl = 2;
	hw_machine_sev_status |= STATUS(SEV_FEATURE_RESTRICTED_INJECTION | SEV_FEATURE_DEBUG_SWAP |
					SEV_FEATURE_SMT_PROTECTION);
	reason = step_startup();
	features = sim_peek(vmsa, VMSA_SEV_FEATURES / 8);
	if (reason != 0) {
		return attack_broken("reason %#x", (unsigned)reason);
	}
	return features == SEV_FEATURE_SNP
		       ? attack_refused("the startup vCPU has SNP active, and nothing else")
		       : attack_won("the guest starts with SEV_FEATURES %#lx", features);
}

const struct attack attacks_boot[] = {
	{"AT-091", "cbit-lie-agreed", "hypervisor",
	 "CPUID page and host agree on a C-bit that is not the machine's",
	 "module/boot/boot.c: switch_tables reads a word back through the new tables",
	 "switch_tables: same_word", "tests/attacks/cbit-unprobed.patch", cbit_lie_agreed},
	{"AT-092", "cpuid-lie", "hypervisor",
	 "the CPUID page has too many entries, lacks leaves, or names impossible C-bits",
	 "module/boot/early.c: early_start; module/boot/cpuid.c: cpuid_judge", "cpuid_judge: page",
	 "proof/red/cpuid-overflow.patch", cpuid_lie},
	{"AT-093", "memmap-hostile", "hypervisor",
	 "the memory map overlaps, wraps, is unsorted, too small, has holes in the module",
	 "module/boot/memory.c: check_entry, memory_read_map", "check_entry: entry",
	 "proof/red/memmap-overlap.patch", memmap_hostile},
	{"AT-094", "metadata-overlap", "hypervisor",
	 "ranges of the launch block overlap the module, what it fills in, or each other",
	 "module/boot/launch.c: check_range, check_filled", "check_range: range",
	 "proof/red/launch-overlap.patch", metadata_overlap},
	{"AT-095", "acpi-overflow", "hypervisor", "the MADT says that it is longer than its page",
	 "module/boot/linux.c: enable_cpus bounds the length", "enable_cpus: bound",
	 "tests/attacks/acpi-length.patch", acpi_overflow},
	{"AT-096", "cpu-list-lie", "hypervisor", "the host says there are 0, 9, or 2^32 - 1 CPUs",
	 "module/boot/boot.c: cpu_count", "cpu_count", "tests/attacks/cpu-count.patch",
	 cpu_list_lie},
	{"AT-097", "params-hostile", "hypervisor",
	 "300000 garbled memory maps, of numbers that wrap, touch and contradict each other",
	 "module/boot/memory.c: check_entry", "check_entry: end", "proof/red/memmap-overflow.patch",
	 params_hostile},
	{"AT-099", "no-restricted-injection", "hypervisor",
	 "the module's vCPU is launched without each feature it needs, and with each it does not "
	 "know",
	 "module/boot/boot.c: status_reason", "status_reason: required, known",
	 "tests/attacks/injection-tolerated.patch", no_restricted_injection},
	{"AT-103", "guest-feature-excess", "hypervisor",
	 "the module has restricted injection and SMT protection on: does its guest get them?",
	 "module/boot/guest.c: build_vmsa has a fixed list", "build_vmsa: vmsa",
	 "tests/attacks/startup-features.patch", guest_feature_excess},
	{0},
};
