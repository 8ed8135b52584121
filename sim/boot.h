/*
 * The start of the module in the sim: what the launch has placed, hw_boot.h over the machine, and an honest
 * host that answers at VMGEXIT. Attacks change what lies there, or what the host says.
 */
#ifndef SIM_BOOT_H
#define SIM_BOOT_H

#include <stdint.h>
#include "sim/guest.h"
#include "tests/unit/boot_image.h"

#define BOOT_CBIT 39U /* where the machine's C-bit is */
#define BOOT_CPUS 2U

/* Guest memory, as pfn ranges: around the module, the last pages no whole 2M. It is too little for a start from
 * the first step to the last, which would take seconds; boot_memory is for the steps on memory alone. */
#define BOOT_FIRST	  0x7c00UL
#define BOOT_LOADED	  0x7c10UL /* frames loaded at launch */
#define BOOT_LOADED_PAGES 2UL
#define BOOT_LARGE	  0x7e00UL /* backed by a 2M page; all other 2M regions by small ones */
#define BOOT_MODULE	  (MODULE_BASE / PAGE_SIZE)
#define BOOT_TABLE	  (BOOT_MODULE + MODULE_SIZE / PAGE_SIZE)
#define BOOT_TABLE_PAGES  17UL
#define BOOT_END	  0x8603UL

/* The host's word for the number of CPUs (module/boot/image.h), writable like what is in boot_image.h. */
extern uint32_t *const boot_cpus;

/* The host. lie is called when an exit has been answered honestly, with the request: the GHCB MSR before. */
struct boot_host {
	uint64_t sev_info; /* reply of the MSR protocol */
	uint64_t features; /* GHCB_FEATURE_* */
	void (*lie)(uint32_t cpu, uint64_t request);
	uint64_t registered[CPUS_MAX]; /* GHCB pages, by pfn */
	uint32_t exits;
	uint32_t creations; /* AP creation, of any level */
	char console[512];
	uint32_t printed;
};
extern struct boot_host boot_host;
/* What the module has told the CPU. */
struct boot_cpu {
	uint64_t gdt, idt, cr3;
};
extern struct boot_cpu boot_cpu;

/* Where an attack may end a start that has gone far enough; no reason of the module: it has met the host, checked
 * what it was told, and writes to the console. */
#define BOOT_MET_HOST 0x101

/* The honest host at VMGEXIT, without a lie. */
void boot_host_reset(void);
/* A fresh machine with all that a good launch places, and the honest host. Nothing has run. */
void boot_reset(void);
/* The start from the first instruction in C on; the reason of its end. */
int boot_start(void);
/* The window above as the checked memory map, for the steps on memory: table, take-over. */
void boot_memory(void);
/* Table and take-over. */
void boot_take_over(void);
/* Frames of the host behind guest frames: assigned, not validated. */
void boot_back(uint64_t pfn, uint64_t spfn, uint32_t size);

#endif
