/*
 * The contracts of module/services/core.h as checks on a call that nobody disturbed: which code it must give, what
 * must have changed, and that nothing else has. A second writing of the same sentences, by the table of ownership
 * and the registry as they were when the call was made; the proof says them of every call, disturbed or not.
 */
#ifndef SIM_CONTRACTS_H
#define SIM_CONTRACTS_H

#include "sim/powers.h"

/* A new run: no call has been made. */
void contracts_begin(void);
/* The vCPU leaves with this call: what must come of it. From here on nobody but the module acts. */
void contracts_call(const struct powers_caller *caller);
/* The module has left this CPU again. The clause that is broken, or NULL; *pfn: the page it speaks of. */
const char *contracts_answer(uint64_t *pfn);

#endif
