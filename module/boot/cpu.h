/*
 * Descriptor tables and the further CPUs. One GDT and one IDT for all CPUs, one TSS for each; hw_cpu()
 * follows from the task register, which a CPU gets from ltr (CPU 0) or from its VMSA (the others).
 *
 * The static region's frames are the boot CPU's (hw_launched) until cpu_start() is done; they get
 * PAGE_MODULE after that, before this CPU serves requests.
 */
#ifndef MODULE_BOOT_CPU_H
#define MODULE_BOOT_CPU_H

#include <stdint.h>
#include "module/boot/vmsa.h"
#include "module/guest/page.h"
#include "module/host/ghcb.h"
#include "module/hw/hw_boot.h"
#include "module/services/request.h"

/* Fills GDT, IDT and TSSs, and loads them on CPU 0. */
/*@
  requires image: image_ok;
  terminates \true;
  exits \false;
  assigns descriptors, hw_loaded, hw_world;
  ensures ok: descriptors_ok;
  ensures loaded: hw_loaded.gdt == image_layout.gdt && hw_loaded.idt == image_layout.idt &&
    hw_loaded.tr == SELECTOR_TSS(0);
*/
void cpu_load_tables(void);

/* The frame of a CPU's GHCB page. */
/*@
  requires image: image_ok;
  requires range: cpu < CPUS_MAX;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures frame: \result == image_ghcb_pfn(cpu) && hw_static(\result);
*/
uint64_t cpu_ghcb_pfn(uint32_t cpu);
/*@
  // A frame of the static region that the host has, and one that holds a VMSA.
  predicate cpu_ghcb_shared(integer q) =
    hw_static(q) && hw_held(q) && hw_pages.p[q].validated == 0 && hw_pages.p[q].vmsa == 0 && hw_unreached(q);
  predicate cpu_vmsa_made(integer q) =
    hw_static(q) && hw_held(q) && hw_pages.p[q].validated == 1 && hw_pages.p[q].vmsa == 1 && hw_unreached(q);
  predicate cpu_entry_kept{A, B}(integer q) =
    \at(hw_pages.p[q].entry, B) == \at(hw_pages.p[q].entry, A);
*/
/* Gives the GHCB page of cpu to the host: rescinded, then shared. Terminates if either fails. */
/*@
  requires image: image_ok;
  requires range: cpu < CPUS_MAX;
  requires inv: page_ok;
  requires launched: hw_launched(image_ghcb_pfn(cpu));
  terminates \false;
  exits \false;
  assigns HW_FRAMES, GHCB_ALL;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(image_ghcb_pfn(cpu), 1);
  ensures rescinded: cpu_ghcb_shared(image_ghcb_pfn(cpu));
  ensures told: ghcb_gfn(ghcb_sent.request) == image_ghcb_pfn(cpu) &&
    ghcb_operation(ghcb_sent.request) == GHCB_PSC_SHARED;
  ensures entry: cpu_entry_kept{Pre, Post}(image_ghcb_pfn(cpu));
*/
void cpu_release_ghcb(uint32_t cpu);

/* The VMSA of a further CPU: starts in cpu_main(cpu) at VMPL0, on its stack, with this module's tables. */
/*@
  predicate cpu_vmsa_registers(struct vmsa_page p, integer cpu) =
    p.word[VMSA_RIP / 8] == image_layout.cpu_main && p.word[VMSA_RDI / 8] == cpu &&
    p.word[VMSA_RSP / 8] == image_stack_at(cpu) + IMAGE_FATAL_GUARD - 8 &&
    p.word[VMSA_RFLAGS / 8] == 2;
  predicate cpu_vmsa_control(struct vmsa_page p, integer features) =
    p.word[VMSA_VMPL / 8] == 0 && p.word[VMSA_SEV_FEATURES / 8] == features &&
    p.word[VMSA_CR3 / 8] == image_layout.tables + page_mode.cbit &&
    p.word[VMSA_EFER / 8] == 0x1d00 && p.word[VMSA_CR0 / 8] == 0x80010031 &&
    p.word[VMSA_CR4 / 8] == 0x60;
  predicate cpu_vmsa_tables(struct vmsa_page p, integer cpu) =
    vmsa_segment(p, VMSA_CS, SELECTOR_CODE, ATTR_CODE64, FLAT, 0) &&
    vmsa_segment(p, VMSA_GDTR, 0, 0, 8 * GDT_ENTRIES - 1, image_layout.gdt) &&
    vmsa_segment(p, VMSA_IDTR, 0, 0, 16 * VECTORS - 1, image_layout.idt) &&
    vmsa_segment(p, VMSA_TR, SELECTOR_TSS(cpu), ATTR_TSS_BUSY, 103, tss_at(cpu));
  predicate cpu_vmsa_ok(struct vmsa_page p, integer cpu, integer features) =
    cpu_vmsa_registers(p, cpu) && cpu_vmsa_control(p, features) && cpu_vmsa_tables(p, cpu);
  // The frames of CPUs 1 .. cpus - 1.
  predicate cpu_ghcbs_launched(integer cpus) =
    \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus) ==> hw_launched(q);
  predicate cpu_vmsas_launched(integer cpus) =
    \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus) ==> hw_launched(q);
*/
/* GHCB pages and VMSAs of CPUs 1 .. cpus - 1; nothing runs yet. */
/*@
  requires inv: page_ok;
  requires tables: tables_ok(0);
  requires range: 1 <= cpus <= CPUS_MAX;
  requires launched: cpu_ghcbs_launched(cpus);
  terminates \false;
  exits \false;
  assigns HW_FRAMES, GHCB_ALL, hw_loaded, page_tables, cpu_vmsas, vmsa_page;
  ensures inv: page_ok;
  ensures tables: tables_ok(0);
  ensures rely: hw_rely{Pre, Post}(image_ghcb_pfn(1), cpus - 1);
  ensures rescinded: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus) ==>
    cpu_ghcb_shared(q);
  ensures ghcb_entries: \forall integer q; image_ghcb_pfn(1) <= q < image_ghcb_pfn(cpus) ==>
    cpu_entry_kept{Pre, Post}(q);
  ensures vmsas: \forall integer cpu; 1 <= cpu < cpus ==> cpu_vmsa_ok(cpu_vmsas.page[cpu], cpu, sev_features);
  ensures ghcb: ghcb_ready && ghcb_sent.pfn == image_ghcb_pfn(0);
*/
void cpu_prepare(uint32_t cpus, uint64_t sev_features);
/* Announces them to the host: AP creation at VMPL0. Terminates if the host refuses. */
/*@
  requires inv: page_ok;
  requires image: image_ok;
  requires range: 1 <= cpus <= CPUS_MAX;
  requires launched: cpu_vmsas_launched(cpus);
  requires vmsas: \forall integer cpu; 1 <= cpu < cpus ==> cpu_vmsa_ok(cpu_vmsas.page[cpu], cpu, sev_features);
  requires ghcb: ghcb_ready;
  terminates \false;
  exits \false;
  assigns HW_FRAMES, GHCB_ALL;
  ensures ghcb: ghcb_same_page{Pre, Post};
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(image_vmsa_pfn(1), cpus - 1);
  ensures vmsas: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus) ==>
    cpu_vmsa_made(q);
  ensures entries: \forall integer q; image_vmsa_pfn(1) <= q < image_vmsa_pfn(cpus) ==>
    cpu_entry_kept{Pre, Post}(q);
*/
void cpu_start(uint32_t cpus, uint64_t sev_features);
/* Which CPUs have started; the registry's lock guards it. */
struct cpu_starts {
	uint32_t started[CPUS_MAX];
};
extern struct cpu_starts cpu_starts;

/* First C code of a further CPU; cpu comes from its VMSA. It begins with no frame, no pin, no lock. */
/*@
  requires image: image_ok;
  requires idle: request_idle;
  requires range: cpu < CPUS_MAX;
  terminates \false;
  exits \false;
  assigns REQUEST_ALL, GHCB_ALL, cpu_starts;
  ensures never: \false;
*/
void cpu_main(uint32_t cpu) __attribute__((noreturn));
/* An exception: ends the VM. */
/*@
  requires range: vector < VECTORS;
  terminates \false;
  exits \false;
  assigns \nothing;
  ensures never: \false;
*/
void cpu_fatal(uint32_t vector) __attribute__((noreturn));

/* For VMSAs of CPUs at VMPL0. */
struct cpu_tables {
	uint64_t gdt, idt, tss; /* bases */
	uint32_t gdt_limit, idt_limit, tss_limit;
	uint32_t tss_selector;
};
/*@
  requires image: image_ok;
  requires range: cpu < CPUS_MAX;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures bases: \result.gdt == image_layout.gdt && \result.idt == image_layout.idt &&
    \result.tss == tss_at(cpu);
  ensures limits: \result.gdt_limit == 8 * GDT_ENTRIES - 1 && \result.idt_limit == 16 * VECTORS - 1 &&
    \result.tss_limit == 103;
  ensures selector: \result.tss_selector == SELECTOR_TSS(cpu);
*/
struct cpu_tables cpu_tables_of(uint32_t cpu);

#endif
