/*
 * The clauses of the machine theorem (docs/theorem.md, tests/unit/account.h) during a hostile run: an account of the
 * pages that the run touches follows what the module and the guest do to them, and the clauses are evaluated on the
 * frames, pages and translations of the run after each step.
 */
#ifndef SIM_THEOREM_H
#define SIM_THEOREM_H

#include <stdint.h>

/* The world as it is now is where every run begins. */
void theorem_world(void);
/* A run begins, and is followed until theorem_end. */
void theorem_begin(void);
void theorem_end(void);
/* The clause that does not hold, of these guest frames and their own system frames or of a translation; or
 * NULL, also when no run is followed. */
const char *theorem_check(const uint32_t *touched, uint32_t count, uint64_t *pfn);

#endif
