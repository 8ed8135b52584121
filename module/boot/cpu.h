/*
 * Descriptor tables and the further CPUs. One GDT and one IDT for all CPUs, one TSS for each; hw_cpu()
 * follows from the task register, which a CPU gets from ltr (CPU 0) or from its VMSA (the others).
 */
#ifndef MODULE_BOOT_CPU_H
#define MODULE_BOOT_CPU_H

#include <stdint.h>

/* Fills GDT, IDT and TSSs, and loads them on CPU 0. */
void cpu_load_tables(void);
/* Gives the GHCB page of cpu to the host: rescinded, then shared. Terminates if either fails. */
void cpu_release_ghcb(uint32_t cpu);
/* GHCB pages and VMSAs of CPUs 1 .. cpus - 1; nothing runs yet. */
void cpu_prepare(uint32_t cpus, uint64_t sev_features);
/* Announces them to the host: AP creation at VMPL0. Terminates if the host refuses. */
void cpu_start(uint32_t cpus, uint64_t sev_features);
/* First C code of a further CPU; cpu comes from its VMSA. */
void cpu_main(uint32_t cpu) __attribute__((noreturn));
/* An exception: ends the VM. */
void cpu_fatal(uint32_t vector) __attribute__((noreturn));

/* For VMSAs of CPUs at VMPL0. */
struct cpu_tables {
	uint64_t gdt, idt, tss; /* bases */
	uint32_t gdt_limit, idt_limit, tss_limit;
	uint32_t tss_selector;
};
struct cpu_tables cpu_tables_of(uint32_t cpu);

#endif
