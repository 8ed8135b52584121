/*
 * Executable twins of theorem/theorem.acsl: the same clauses, in C, over the machine of the native tests and
 * an account kept beside it. The proof says that no step breaks them; here they are evaluated on real
 * states, which also shows that the theorem speaks of something.
 */
#ifndef TESTS_UNIT_ACCOUNT_H
#define TESTS_UNIT_ACCOUNT_H

#include <machine/machine.h>
#include "module/hw/ghost.h"

struct account {
	struct hw_page page[HW_PFNS];
	uint32_t home[HW_PFNS];
};
extern struct account account;

/* Reads the account off the machine and the ownership table, and follows the module from here on. */
void account_start(void);
/* The name of the first clause that does not hold, as in theorem.acsl; NULL if all do. */
const char *account_check(void);
/* Follows an RMPADJUST that a level above VMPL0 has executed. */
void account_adjusted(uint64_t pfn, uint32_t size, uint64_t attributes);

#endif
