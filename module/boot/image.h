/*
 * The module's image in its static region, as module.ld lays it out, and the pages that the launch
 * put below it. Everything here is mapped at VA = GPA.
 */
#ifndef MODULE_BOOT_IMAGE_H
#define MODULE_BOOT_IMAGE_H

#include <stdint.h>
#include <verismo/igvm.h>
#include <verismo/launch.h>
#include <verismo/snp.h>

struct launch_params { /* filled by the host */
	uint32_t cpus;
	uint32_t environment;
};

/* Measured. */
extern const struct launch_block image_launch;
/* Chosen by the host (CPUID and secrets: checked or made by the secure processor); private since. */
extern const struct snp_cpuid_page image_cpuid;
extern const uint64_t image_secrets[PAGE_WORDS];
extern const struct launch_params image_params;
extern const struct igvm_memory_map_entry image_memmap[IGVM_MEMORY_ENTRIES];

/* Section bounds, page aligned; image_data_end alone is not. */
extern const char image_text[], image_rodata[], image_data[], image_data_end[];
extern const char image_sealed[], image_stacks[], image_ghcb[], image_bss[], image_end[];

/* Data that is written at boot and read-only afterwards (tables_seal). */
#define IMAGE_SEALED __attribute__((aligned(4096), section(".bss..sealed")))

/* Stacks: below each one a page that is never mapped. The fatal stack is for exceptions. */
#define STACK_SIZE	 (4 * PAGE_SIZE)
#define FATAL_STACK_SIZE PAGE_SIZE
struct image_stack {
	uint8_t guard[PAGE_SIZE];
	uint8_t normal[STACK_SIZE];
	uint8_t fatal_guard[PAGE_SIZE];
	uint8_t fatal[FATAL_STACK_SIZE];
};
extern struct image_stack image_stack[CPUS_MAX];

#endif
