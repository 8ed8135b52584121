/*
 * Where things lie at launch, and the measured launch block by which the image tool tells the module
 * what it placed. The block names every page whose content the host chooses (CPUID, secrets,
 * parameters), so the set of hostile inputs is explicit and measured. All addresses are GPAs.
 */
#ifndef VERISMO_LAUNCH_H
#define VERISMO_LAUNCH_H

#include <stdint.h>

/* The module's static region: image, stacks, tables. The ownership table follows it. */
#define MODULE_BASE	   0x08000000UL
#define MODULE_SIZE	   0x00200000UL
#define MODULE_LAUNCH_GPA  (MODULE_BASE + 0x0000)  /* struct launch_block, measured */
#define MODULE_CPUID_GPA   (MODULE_BASE + 0x1000)  /* filled by host and firmware */
#define MODULE_SECRETS_GPA (MODULE_BASE + 0x2000)  /* filled by the secure processor */
#define MODULE_PARAMS_GPA  (MODULE_BASE + 0x3000)  /* u32 vCPU count at 0, u32 environment at 4 */
#define MODULE_MEMMAP_GPA  (MODULE_BASE + 0x4000)  /* struct igvm_memory_map_entry[] */
#define MODULE_EARLY_GPA   (MODULE_BASE + 0x5000)  /* zero pages for the start (below) */
#define MODULE_IMAGE_GPA   (MODULE_BASE + 0x10000) /* 32-bit entry point = first byte of the image */

/* The start's own pages: CPU 0's launch VMSA names the root table, the GDT and the stack, which the
 * module fills (module/boot/early.c) and leaves with its own page tables. */
#define EARLY_PAGES	4U
#define EARLY_PML4_GPA	MODULE_EARLY_GPA
#define EARLY_PDPT_GPA	(MODULE_EARLY_GPA + 0x1000)
#define EARLY_PD_GPA	(MODULE_EARLY_GPA + 0x2000)
#define EARLY_GDT_GPA	(MODULE_EARLY_GPA + 0x3000)
#define EARLY_GDT_SIZE	16U			    /* bytes: null, 64-bit code */
#define EARLY_STACK_TOP (MODULE_EARLY_GPA + 0x4000) /* the rest of the GDT's page */

/* The Linux guest's first megabyte (docs/guest-layout.md). */
#define GUEST_CC_BLOB_GPA     0x00008000UL /* reserved range 0x8000..0xffff */
#define GUEST_SECRETS_GPA     0x00009000UL
#define GUEST_CPUID_GPA	      0x0000a000UL
#define GUEST_CAA_GPA	      0x0000b000UL /* first calling area of the startup vCPU */
#define GUEST_VMSA_GPA	      0x0000c000UL /* VMSA of the startup vCPU */
#define GUEST_BOOT_PARAMS_GPA 0x00010000UL
#define GUEST_SETUP_DATA_GPA  0x00011000UL
#define GUEST_CMDLINE_GPA     0x00020000UL
#define GUEST_PAGE_TABLES_GPA 0x00030000UL /* 6 pages: identity map of 0..4 GiB */
#define GUEST_LOW_END	      0x000a0000UL /* end of conventional memory */
#define GUEST_ACPI_GPA	      0x000e0000UL /* tables, e820 type 3 up to 1 MiB */
#define GUEST_ACPI_END	      0x00100000UL
#define GUEST_KERNEL_GPA      0x01000000UL /* protected-mode part; 64-bit entry at + 0x200 */
#define GUEST_INITRD_GPA      0x05000000UL /* up to MODULE_BASE */

/* Memory map limits. RAM lies in [0, 3 GiB) and continues at 4 GiB; the gap is for devices. */
#define MEMORY_LOW_END	  0xc0000000UL
#define MEMORY_HIGH_START 0x100000000UL
#define MEMORY_MIN	  0x10000000UL	/* 256 MiB */
#define MEMORY_MAX	  0x100000000UL /* 4 GiB */
#define MEMORY_GPA_END	  0x140000000UL /* highest end of RAM: 5 GiB */
#define CPUS_MAX	  8U

/* Where the MADT's processor entries are: offsets into the ACPI area (tools/acpi.c writes them). */
#define ACPI_MADT_OFFSET 0xc00UL
#define ACPI_MADT_HEADER 44UL /* bytes before the first entry */
#define ACPI_MADT_ENTRY	 16UL /* bytes of an x2APIC entry; u32 flags at + 8, bit 0 = enabled */

#define LAUNCH_MAGIC  0x4d53495245560001UL
#define LAUNCH_RANGES 32U
#define LAUNCH_LINUX  1U /* the module completes boot_params (e820), CC blob and MADT */
#define LAUNCH_PLAIN  2U /* freestanding guest: RSI = GPA of the guest's secrets page copy */

struct launch_range {	/* guest pages loaded and measured at launch; content kept */
	uint64_t gpa;	/* 4K multiple */
	uint64_t pages; /* 4K pages */
};
struct launch_block {
	uint64_t magic;
	uint32_t kind;	     /* LAUNCH_LINUX or LAUNCH_PLAIN */
	uint32_t guest_vmpl; /* 1..3 */
	uint64_t entry;	     /* RIP of the startup vCPU */
	uint64_t stack;	     /* RSP of the startup vCPU, 0 for Linux */
	uint64_t ranges;     /* used entries of range[] */
	struct launch_range range[LAUNCH_RANGES];
};
_Static_assert(sizeof(struct launch_block) <= 4096, "launch block fits its page");

#endif
