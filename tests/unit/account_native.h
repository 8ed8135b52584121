/* The twins of the theorem's clauses over the machine of the native tests. */
#ifndef TESTS_UNIT_ACCOUNT_NATIVE_H
#define TESTS_UNIT_ACCOUNT_NATIVE_H

#include "tests/unit/account.h"

/* Reads the account off the machine and the ownership table, and follows the module from here on. */
void account_follow(void);
/* The first clause that does not hold anywhere, or NULL. */
const char *account_check(void);

#endif
