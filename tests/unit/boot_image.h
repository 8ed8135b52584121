/* The launch pages as tests write them; module/boot sees them as constants. */
#ifndef TESTS_UNIT_BOOT_IMAGE_H
#define TESTS_UNIT_BOOT_IMAGE_H

#include <stdint.h>
#include <verismo/igvm.h>
#include <verismo/launch.h>
#include <verismo/snp.h>

extern struct launch_block *const boot_launch;
extern struct snp_cpuid_page *const boot_cpuid;
extern struct igvm_memory_map_entry *const boot_memmap;
extern uint64_t *const boot_secrets;

extern uint64_t boot_table_pfns; /* what hw_table_place was told */

#endif
