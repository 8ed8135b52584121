#include "module/boot/cpu.h"
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
struct cpu_vmsas cpu_vmsas IMAGE_SEALED;
struct cpu_starts cpu_starts;

uint64_t cpu_ghcb_pfn(uint32_t cpu)
{
	return image_layout.ghcb / PAGE_SIZE + cpu;
}

/* No flush: this CPU alone has used the page, and it drops its translation with the next load of CR3,
 * before the page is used as a shared one. */
void cpu_release_ghcb(uint32_t cpu)
{
	uint64_t pfn = cpu_ghcb_pfn(cpu);
	uint64_t gpa = pfn * PAGE_SIZE;

	/*@ assert frame: gpa / 4096 == pfn; */
	if (hw_static_pvalidate(gpa, 0) != SNP_OK) {
		hw_terminate(REASON_PVALIDATE);
	}
	ghcb_page_state(pfn, GHCB_PSC_SHARED);
}

/*@
  requires image: image_ok && cbit_ok(page_mode.cbit);
  requires range: cpu < CPUS_MAX;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures registers: \result.rip == image_layout.cpu_main && \result.rdi == cpu &&
    \result.rsp == image_stack_at(cpu) + IMAGE_FATAL_GUARD - 8;
  ensures control: \result.vmpl == 0 && \result.sev_features == sev_features &&
    \result.cr3 == image_layout.tables + page_mode.cbit && \result.efer == 0x1d00 &&
    \result.cr0 == 0x80010031 && \result.cr4 == 0x60;
  ensures tables: \result.gdt == image_layout.gdt && \result.gdt_limit == 8 * GDT_ENTRIES - 1 &&
    \result.idt == image_layout.idt && \result.idt_limit == 16 * VECTORS - 1;
  ensures task: \result.tss == tss_at(cpu) && \result.tss_limit == 103 &&
    \result.tss_selector == SELECTOR_TSS(cpu);
*/
static struct vmsa_start start_of(uint32_t cpu, uint64_t sev_features)
{
	struct cpu_tables t = cpu_tables_of(cpu);
	struct vmsa_start s = {
		.sev_features = sev_features,
		.efer = EFER_LONG_NX_SVME,
		.cr0 = CR0_PAGED,
		.cr3 = tables_root(),
		.cr4 = CR4_PAE_MCE,
		.rip = image_layout.cpu_main,
		/* end of the normal stack, as after a call */
		.rsp = image_layout.stacks + cpu * IMAGE_STACK_SIZE + IMAGE_FATAL_GUARD - 8,
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

	return s;
}

/*@
  requires image: image_ok && cbit_ok(page_mode.cbit);
  requires range: cpu < CPUS_MAX;
  terminates \true;
  exits \false;
  assigns cpu_vmsas, vmsa_page;
  ensures built: cpu_vmsa_ok(cpu_vmsas.page[cpu], cpu, sev_features);
  ensures others: \forall integer c; 0 <= c < CPUS_MAX && c != cpu ==>
    cpu_vmsas.page[c] == \at(cpu_vmsas.page[c], Pre);
*/
static void prepare_vmsa(uint32_t cpu, uint64_t sev_features)
{
	vmsa_build(start_of(cpu, sev_features));
	cpu_vmsas.page[cpu] = vmsa_page;
}

void cpu_prepare(uint32_t cpus, uint64_t sev_features)
{
	/*@
	  loop invariant bound: 1 <= cpu <= cpus;
	  loop invariant inv: page_ok;
	  loop invariant tables: tables_ok(0);
	  loop invariant rely: hw_rely{Pre, Here}(image_ghcb_pfn(1), cpu - 1);
	  loop invariant todo: \forall integer q; image_ghcb_pfn(cpu) <= q < image_ghcb_pfn(cpus) ==>
	    hw_launched(q);
	  loop invariant rescinded: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpu) ==>
	    cpu_ghcb_shared(q);
	  loop invariant entries: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus) ==>
	    cpu_entry_kept{Pre, Here}(q);
	  loop invariant vmsas: \forall integer c; 1 <= c < cpu ==> cpu_vmsa_ok(cpu_vmsas.page[c], c, sev_features);
	  loop assigns cpu, HW_FRAMES, GHCB_ALL, hw_loaded, page_tables, cpu_vmsas, vmsa_page;
	  loop variant cpus - cpu;
	*/
	for (uint32_t cpu = 1; cpu < cpus; cpu++) {
		cpu_release_ghcb(cpu);
		/*@ assert own: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus) ==>
		      0 <= q < HW_PFNS && hw_held(q); */
		/*@ assert same: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus) &&
		      q != image_ghcb_pfn(cpu) ==> hw_same{LoopCurrent, Here}(q); */
		/*@ assert before: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpu) ==>
		      cpu_ghcb_shared(q); */
		tables_share_ghcb(cpu);
		prepare_vmsa(cpu, sev_features);
	}
	ghcb_use(cpu_ghcb_pfn(0));
}

/* Makes a page a VMSA page, and has the host run it. */
/*@
  requires inv: page_ok;
  requires image: image_ok;
  requires range: cpu < CPUS_MAX;
  requires launched: hw_launched(image_vmsa_pfn(cpu));
  requires ghcb: ghcb_ready;
  terminates \false;
  exits \false;
  assigns HW_FRAMES, GHCB_ALL;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(image_vmsa_pfn(cpu), 1);
  ensures vmsa: cpu_vmsa_made(image_vmsa_pfn(cpu));
  ensures entry: cpu_entry_kept{Pre, Post}(image_vmsa_pfn(cpu));
  ensures ghcb: ghcb_same_page{Pre, Post};
*/
static void start_one(uint32_t cpu, uint64_t sev_features)
{
	uint64_t pfn = image_layout.vmsas / PAGE_SIZE + cpu;
	uint64_t gpa = pfn * PAGE_SIZE;

	/*@ assert frame: gpa / 4096 == pfn && pfn == image_vmsa_pfn(cpu); */
	if (hw_static_rmpadjust(gpa, SNP_ATTR(1, SNP_PERM_NONE) + SNP_ATTR_VMSA)) {
		hw_terminate(REASON_RMPADJUST);
	}
	if (ghcb_ap_create(cpu, 0, gpa, sev_features, AP_CREATE)) {
		hw_terminate(REASON_CPU_START);
	}
}

void cpu_start(uint32_t cpus, uint64_t sev_features)
{
	/*@
	  loop invariant bound: 1 <= cpu <= cpus;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(image_vmsa_pfn(1), cpu - 1);
	  loop invariant todo: \forall integer q; image_vmsa_pfn(cpu) <= q < image_vmsa_pfn(cpus) ==>
	    hw_launched(q);
	  loop invariant vmsas: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpu) ==>
	    cpu_vmsa_made(q);
	  loop invariant entries: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus) ==>
	    cpu_entry_kept{Pre, Here}(q);
	  loop invariant ghcb: ghcb_same_page{Pre, Here};
	  loop assigns cpu, HW_FRAMES, GHCB_ALL;
	  loop variant cpus - cpu;
	*/
	for (uint32_t cpu = 1; cpu < cpus; cpu++) {
		start_one(cpu, sev_features);
		/*@ assert own: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus) ==>
		      0 <= q < HW_PFNS && hw_held(q); */
		/*@ assert same: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus) &&
		      q != image_vmsa_pfn(cpu) ==> hw_same{LoopCurrent, Here}(q); */
		/*@ assert kept: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus) ==>
		      cpu_entry_kept{LoopCurrent, Here}(q); */
		/*@ assert before: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpu) ==>
		      cpu_vmsa_made(q); */
	}
}

/* The VMSA says which CPU this is; it cannot run twice, since a VMSA is in use while it runs and holds
 * the later state afterwards. The flag is there in case that is ever not so. */
void cpu_main(uint32_t cpu)
{
	uint32_t again;

	hw_lock();
	again = cpu_starts.started[cpu];
	cpu_starts.started[cpu] = 1;
	/*@ assert told: cpu_starts.started[cpu] == 1; */
	hw_unlock();
	if (again || cpu != hw_cpu()) {
		hw_terminate(REASON_CPU_START);
	}
	ghcb_register(cpu_ghcb_pfn(cpu));
	request_loop(cpu);
}
