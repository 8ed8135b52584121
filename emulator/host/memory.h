/* Guest memory: frames, nested mappings, who owns a page. Internal to host/. GPA in bytes. */
#ifndef EMULATOR_HOST_MEMORY_H
#define EMULATOR_HOST_MEMORY_H

#include <stdint.h>

void memory_configure(uint64_t size); /* bytes of guest memory */

/* Makes the 2M around gpa consist of 4K pages, in the RMP and in the nested map. Under the lock.
 * Returns 1 if something changed. */
int memory_split(uint64_t gpa);

/* One page state change. op: GHCB_PSC_*. size: SNP_SIZE_*. Takes the lock.
 * Returns 0, PSC_BAD_ENTRY, or SNP_FAIL_* of RMPUPDATE. A page that has the state keeps it. */
#define PSC_BAD_ENTRY 0x100U
uint32_t psc_change(uint64_t gpa, uint32_t op, uint32_t size);

#endif
