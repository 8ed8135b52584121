/*
 * The world of a sim run: the machine, the module's variables and DRAM, as they were when the run began.
 * Runs are short and many, so going back touches only the frames that a run has changed.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdint.h>
#include "sim/guest.h"

#define WORLD_FRAMES SIM_PFNS

/* The world as it is now is where every run begins. */
void world_save(void);
/* Back there. */
void world_restore(void);
/* Frames [pfn, pfn + frames) may be changed next. */
void world_touch(uint64_t pfn, uint64_t frames);
/* What has been touched since world_restore; count is returned. */
uint32_t world_touched(const uint32_t **pfn);
/* Is the guest frame's own system frame as it was then, and what table and map say of the guest frame? */
int world_is_base(uint64_t pfn);
/* A hash of the frames that differ from the beginning, of the registry and its lock; not of TLBs. */
uint64_t world_hash(void);
/* Of two values; the same everywhere. */
uint64_t world_mix(uint64_t hash, uint64_t value);

#endif
