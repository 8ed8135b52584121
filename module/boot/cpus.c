#include "module/boot/cpu.h"
#include "module/boot/image.h"
#include "module/boot/tables.h"
#include "module/boot/vmsa.h"
#include "module/host/ghcb.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include "module/services/request.h"
#include <verismo/ghcb.h>
#include <verismo/reasons.h>

#define EFER_LONG_NX_SVME 0x1d00UL     /* LME, LMA, NXE, SVME */
#define CR0_PAGED	  0x80010031UL /* PG, WP, NE, ET, PE */
#define CR4_PAE_MCE	  0x60UL

/* The image ends below the next 2M boundary and starts above MODULE_BASE, so none of these pages is
 * 2M aligned (a VMSA page must not be). Target VMPL1 with no permission: only VMPL0 has access. */
static uint64_t vmsa[CPUS_MAX][PAGE_WORDS] IMAGE_SEALED;
static uint32_t started[CPUS_MAX];

static uint64_t ghcb_pfn(uint32_t cpu)
{
	return (uint64_t)hw_ghcb_pages[cpu] / PAGE_SIZE;
}

void cpu_release_ghcb(uint32_t cpu)
{
	if (hw_static_pvalidate((uint64_t)hw_ghcb_pages[cpu], 0) != SNP_OK) {
		hw_terminate(REASON_PVALIDATE);
	}
	ghcb_page_state(ghcb_pfn(cpu), GHCB_PSC_SHARED);
}

static void prepare_vmsa(uint32_t cpu, uint64_t sev_features)
{
	struct cpu_tables t = cpu_tables_of(cpu);
	struct vmsa_start s = {
		.sev_features = sev_features,
		.efer = EFER_LONG_NX_SVME,
		.cr0 = CR0_PAGED,
		.cr3 = tables_root(),
		.cr4 = CR4_PAE_MCE,
		.rip = (uint64_t)cpu_main,
		.rsp = (uint64_t)image_stack[cpu].fatal_guard - 8, /* as after a call */
		.rdi = cpu,
		.gdt = t.gdt,
		.gdt_limit = t.gdt_limit,
		.idt = t.idt,
		.idt_limit = t.idt_limit,
		.tss = t.tss,
		.tss_limit = t.tss_limit,
		.tss_selector = t.tss_selector,
		.vmpl = 0,
	};

	vmsa_build(vmsa[cpu], &s);
}

void cpu_prepare(uint32_t cpus, uint64_t sev_features)
{
	for (uint32_t cpu = 1; cpu < cpus; cpu++) {
		cpu_release_ghcb(cpu);
		tables_share_ghcb(cpu);
		prepare_vmsa(cpu, sev_features);
	}
	ghcb_use(ghcb_pfn(0));
}

void cpu_start(uint32_t cpus, uint64_t sev_features)
{
	for (uint32_t cpu = 1; cpu < cpus; cpu++) {
		uint64_t gpa = (uint64_t)vmsa[cpu];

		if (hw_static_rmpadjust(gpa, SNP_ATTR(1, SNP_PERM_NONE) | SNP_ATTR_VMSA)) {
			hw_terminate(REASON_RMPADJUST);
		}
		if (ghcb_ap_create(cpu, 0, gpa, sev_features, AP_CREATE)) {
			hw_terminate(REASON_CPU_START);
		}
	}
}

/* The VMSA says which CPU this is; it cannot run twice, since a VMSA is in use while it runs and holds
 * the later state afterwards. The flag is there in case that is ever not so. */
void cpu_main(uint32_t cpu)
{
	uint32_t again;

	hw_lock();
	again = started[cpu];
	started[cpu] = 1;
	hw_unlock();
	if (again || cpu != hw_cpu()) {
		hw_terminate(REASON_CPU_START);
	}
	ghcb_register(ghcb_pfn(cpu));
	request_loop(cpu);
}
