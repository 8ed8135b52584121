/* The parts of the loader: from an IGVM file to launched pages. Each returns 0 or a reason. */
#ifndef EMULATOR_LOADER_LOADER_H
#define EMULATOR_LOADER_LOADER_H

#include <stdint.h>
#include "igvm/igvm.h"

/* ---- params.c: IGVM parameter areas, filled with what the host says about the machine ---- */

/* If the record is a parameter area or deposits a value, does it; others are passed over. */
const char *params_record(const struct igvm_item *item);
/* The 4096 bytes of an area that was declared, or null. */
const uint8_t *params_area(uint32_t index);

/* ---- pages.c ---- */

/* Which pages the file places, so that the host keeps 4K mappings there (host_reserve). */
const char *pages_reserve(const struct igvm_file *f);
/* Hands every page to the secure processor, in file order, and the VMSA to the host. */
const char *pages_launch(const struct igvm_file *f);

#endif
