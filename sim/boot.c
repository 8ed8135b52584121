/* The start of the module in the sim. */
#include "sim/boot.h"
#include <string.h>
#include <verismo/ghcb.h>
#include "module/boot/boot.h"
#include "module/boot/early.h"
#include "module/boot/image.h"
#include "module/boot/memory.h"
#include "module/guest/page.h"
#include "module/guest/range.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw_boot.h"

struct boot_host boot_host;
struct boot_cpu boot_cpu;
struct early_area image_early;
static struct launch_params params;
extern const struct launch_params image_params __attribute__((alias("params")));
uint32_t *const boot_cpus = &params.cpus;

/* ---- the image, as module.ld would lay it out: numbers alone ---- */

#define TEXT   MODULE_IMAGE_GPA
#define RODATA (TEXT + 16 * PAGE_SIZE)
#define DATA   (RODATA + 4 * PAGE_SIZE)
#define SEALED (DATA + PAGE_SIZE)
#define VMSAS  (SEALED + TABLES * PAGE_SIZE)
#define IDT    (VMSAS + CPUS_MAX * PAGE_SIZE)
#define GDT    (IDT + PAGE_SIZE)
#define TSS    (GDT + 8 * GDT_ENTRIES)
#define STACKS (GDT + PAGE_SIZE)
#define GHCBS  (STACKS + CPUS_MAX * IMAGE_STACK_SIZE)
#define BSS    (GHCBS + CPUS_MAX * PAGE_SIZE)

const struct image_layout image_layout = {
	.text = TEXT,
	.rodata = RODATA,
	.data = DATA,
	.data_end = DATA + 0x800,
	.sealed = SEALED,
	.stacks = STACKS,
	.ghcb = GHCBS,
	.bss = BSS,
	.end = BSS + 8 * PAGE_SIZE,
	.tables = SEALED,
	.gdt = GDT,
	.idt = IDT,
	.tss = TSS,
	.vmsas = VMSAS,
	.stubs = TEXT + 0x1000,
	.cpu_main = TEXT + 0x2000,
};

/* ---- hw_boot.h over the machine ---- */

static uint64_t probe;

uint64_t hw_static_pvalidate(uint64_t gpa, uint32_t validate)
{
	return hw_pvalidate(gpa / PAGE_SIZE, SNP_SIZE_4K, validate);
}

uint32_t hw_static_rmpadjust(uint64_t gpa, uint32_t attributes)
{
	return hw_rmpadjust(gpa / PAGE_SIZE, SNP_SIZE_4K, attributes);
}

void hw_load_gdt(uint64_t base, uint16_t limit)
{
	(void)limit;
	boot_cpu.gdt = base;
}

void hw_load_idt(uint64_t base, uint16_t limit)
{
	(void)limit;
	boot_cpu.idt = base;
}

void hw_load_tr(uint16_t selector)
{
	descriptors.gdt.tss[(selector - SELECTOR_TSS(0)) / 16].low += TSS_BUSY;
}

void hw_load_cr3(uint64_t value)
{
	boot_cpu.cr3 = value;
}

int hw_random(uint64_t *value)
{
	*value = 0x7a6d0123456789abUL;
	return 1;
}

void hw_probe_write(uint64_t value)
{
	probe = value;
}

/* Under tables with another C-bit the word lies in other memory. */
uint64_t hw_probe_read(void)
{
	return boot_cpu.cr3 == image_layout.tables + (1UL << BOOT_CBIT) ? probe : 0;
}

/* ---- the host ---- */

static void share(uint64_t pfn)
{
	struct rmp_update u = {.assigned = 0};

	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + pfn, u);
}

static void answer_msr(uint32_t cpu, uint64_t request)
{
	uint64_t pfn = request / PAGE_SIZE % 0x10000000000UL;
	uint64_t *msr = &hw_ghcb_msr[cpu];

	switch (GHCB_MSR_CODE(request)) {
	case GHCB_MSR_SEV_INFO_REQ:
		*msr = boot_host.sev_info;
		break;
	case GHCB_MSR_FEATURES_REQ:
		*msr = boot_host.features * PAGE_SIZE + GHCB_MSR_FEATURES_RESP;
		break;
	case GHCB_MSR_REGISTER_REQ:
		boot_host.registered[cpu] = pfn;
		*msr = pfn * PAGE_SIZE + GHCB_MSR_REGISTER_RESP;
		break;
	case GHCB_MSR_PSC_REQ:
		share(pfn);
		*msr = GHCB_MSR_PSC_RESP;
		break;
	default:
		break;
	}
}

static void answer_page(uint32_t cpu)
{
	uint64_t *word = hw_ghcb_words[cpu];
	uint64_t code = word[GHCB_SW_EXITCODE / 8];

	if (code == NAE_IOIO && boot_host.printed < sizeof(boot_host.console) - 1) {
		boot_host.console[boot_host.printed] = (char)word[GHCB_RAX / 8];
		boot_host.printed++;
	}
	if (code == NAE_PSC) {
		word[GHCB_BUFFER / 8] += (word[GHCB_BUFFER / 8] >> 16) + 1; /* all done */
	}
	boot_host.creations += code == NAE_AP_CREATION;
	word[GHCB_SW_EXITINFO1 / 8] = GHCB_REPLY_OK;
	word[GHCB_SW_EXITINFO2 / 8] = 0;
}

static void answer(uint32_t cpu)
{
	uint64_t request = hw_ghcb_msr[cpu];

	boot_host.exits++;
	if (GHCB_MSR_CODE(request) == 0) {
		answer_page(cpu);
	} else {
		answer_msr(cpu, request);
	}
	if (boot_host.lie != NULL) {
		boot_host.lie(cpu, request);
	}
}

/* ---- what the launch places ---- */

void boot_back(uint64_t pfn, uint64_t spfn, uint32_t size)
{
	struct rmp_update u = {
		.gpfn = pfn, .asid = MACHINE_ASID, .assigned = 1, .size = (uint8_t)size};

	(void)machine_rmpupdate(&hw_machine, spfn, u);
	(void)machine_nested_set(&hw_machine, pfn, spfn, 1, size);
}

static void place(uint64_t pfn, uint64_t pages)
{
	uint64_t i;

	for (i = pfn; i < pfn + pages; i++) {
		(void)machine_launch_page(&hw_machine, HW_MACHINE_BASE + i, i, 0);
		(void)machine_nested_set(&hw_machine, i, HW_MACHINE_BASE + i, 1, 0);
	}
}

static int is_placed(uint64_t pfn)
{
	return (pfn >= BOOT_LOADED && pfn < BOOT_LOADED + BOOT_LOADED_PAGES) ||
	       (pfn >= BOOT_MODULE && pfn < BOOT_TABLE);
}

static void place_frames(void)
{
	uint64_t pfn;

	place(BOOT_LOADED, BOOT_LOADED_PAGES);
	place(BOOT_MODULE, MODULE_SIZE / PAGE_SIZE);
	boot_back(BOOT_LARGE, HW_MACHINE_BASE + BOOT_LARGE, SNP_SIZE_2M);
	for (pfn = BOOT_FIRST; pfn < BOOT_END; pfn++) {
		if (!is_placed(pfn) && pfn / PAGES_PER_2M != BOOT_LARGE / PAGES_PER_2M) {
			boot_back(pfn, HW_MACHINE_BASE + pfn, SNP_SIZE_4K);
		}
	}
}

static void place_cpuid(void)
{
	static const struct snp_cpuid_entry leaf[] = {
		{.eax_in = 1, .ecx = 1U << 30},
		{.eax_in = 0x80000000, .eax = 0x8000001f},
		{.eax_in = 0x80000008, .eax = 40 + 48 * 256, .ebx = 1U << 3 | 1U << 21},
		{.eax_in = 0x8000001f, .eax = 0x3a, .ebx = BOOT_CBIT},
	};

	memset(boot_cpuid, 0, sizeof(*boot_cpuid));
	boot_cpuid->count = sizeof(leaf) / sizeof(leaf[0]);
	memcpy(boot_cpuid->entry, leaf, sizeof(leaf));
}

static void place_block(void)
{
	memset(boot_launch, 0, sizeof(*boot_launch));
	boot_launch->magic = LAUNCH_MAGIC;
	boot_launch->kind = LAUNCH_PLAIN;
	boot_launch->guest_vmpl = 2;
	boot_launch->ranges = 1;
	boot_launch->range[0] = (struct launch_range){BOOT_LOADED * PAGE_SIZE, BOOT_LOADED_PAGES};
}

static void place_host_pages(void)
{
	memset(boot_memmap, 0, IGVM_MEMORY_ENTRIES * sizeof(*boot_memmap));
	boot_memmap[0].pages = MEMORY_MIN / PAGE_SIZE;
	memset(boot_secrets, 0, PAGE_SIZE);
	boot_secrets[0] = 3;
	*boot_cpus = BOOT_CPUS;
}

#define STATUS(feature) ((feature) << 2)

void boot_host_reset(void)
{
	memset(&boot_host, 0, sizeof(boot_host));
	boot_host.sev_info = 2UL << 48 | 1UL << 32 | BOOT_CBIT << 24 | GHCB_MSR_SEV_INFO_RESP;
	boot_host.features = GHCB_FEATURE_SNP | GHCB_FEATURE_AP_CREATION | GHCB_FEATURE_MULTI_VMPL;
	hw_vmgexit_host = answer;
}

void boot_reset(void)
{
	hw_machine_reset();
	hw_machine_sev_status |=
		STATUS(SEV_FEATURE_RESTRICTED_INJECTION) | STATUS(SEV_FEATURE_DEBUG_SWAP);
	boot_host_reset();
	memset(&boot_cpu, 0, sizeof(boot_cpu));
	memset(&memory_map, 0, sizeof(memory_map));
	memset(&vcpu_table, 0, sizeof(vcpu_table));
	memset(&range_limit, 0, sizeof(range_limit));
	memset(&vcpu_limits, 0, sizeof(vcpu_limits));
	page_bounds.pfns = 0;
	place_frames();
	place_cpuid();
	place_block();
	place_host_pages();
}

int boot_start(void)
{
	uint64_t start = early_start();

	if (start != EARLY_CR0) {
		return (int)(start / 0x10000); /* the reason, as entry.S tells the host */
	}
	return HW_RUN(boot_main());
}

void boot_memory(void)
{
	memory_map = (struct memory_map){
		.range[0] = {BOOT_FIRST, BOOT_END - BOOT_FIRST},
		.count = 1,
		.pages = BOOT_END - BOOT_FIRST,
		.end = BOOT_END,
	};
	page_bounds.pfns = 0;
}

void boot_take_over(void)
{
	memory_place_table();
	memory_take_over(GUEST_VMPL_MIN);
	memory_keep_static();
}
