/*
 * What must never be, whatever host and guest do: the invariants of the sim, one function each. NULL: all is
 * well; else what is wrong, in words.
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include <stdint.h>
#include "sim/hw_machine.h"

/* A word that stands for a secret of the module, wherever it is found. */
#define SIM_CANARY 0x5ec4e75ec4e75ec4UL

/* A system frame that the guest can use is as the state of its guest frame promises. *pfn is that frame. */
const char *check_frame(uint64_t spfn, uint64_t *pfn);
/* Of these guest frames, at HW_MACHINE_BASE + touched[i], no two are live for one guest frame. */
const char *check_two(const uint32_t *touched, uint32_t count, uint64_t *pfn);
/* The module reads or writes a page for a guest: it must be one that cannot become anything else now: pinned,
 * taken, of a vCPU that is being served; or a VMSA or calling area, which change under the lock alone. */
const char *check_access(struct hw_effect e, int has_lock);
/* Nothing is under way: no page is taken or pinned, the lock is free, registry and table agree on the pages
 * touched, every vCPU that may run is thawed. */
const char *check_rest(const uint32_t *touched, uint32_t count, uint64_t *pfn);
/* Every frame of the sim by itself and in pairs. */
const char *check_all(uint64_t *pfn);
/* No word of a frame that VMPL1..3 or the host can read is SIM_CANARY. */
const char *check_secrets(uint64_t *pfn);

#endif
