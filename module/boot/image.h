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
#include "module/hw/hw_image.h"

struct launch_params { /* filled by the host */
	uint32_t cpus;
	uint32_t environment;
};

/* Measured. */
extern const struct launch_block image_launch;
/* Chosen by the host (CPUID and secrets: checked or made by the secure processor); private since. */
extern const struct snp_cpuid_page image_cpuid;
extern const uint64_t image_secrets[PAGE_WORDS];
/*@
  // For contracts: a word of the secrets page.
  logic integer image_secret(integer i) = image_secrets[i];
*/
extern const struct launch_params image_params;
extern const struct igvm_memory_map_entry image_memmap[IGVM_MEMORY_ENTRIES];

/* Ends the VM with REASON_STATE unless the parts of the image lie as the page tables need it: whole
 * pages, in order, within the static region, the sealed objects in the sealed section. First step. */
/*@
  terminates \false;
  exits \false;
  assigns \nothing;
  ensures ok: image_ok;
*/
void image_check(void);

#endif
