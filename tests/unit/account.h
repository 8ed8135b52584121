/*
 * Executable twins of theorem/theorem.acsl: the same clauses, in C, over a machine and an account kept beside
 * it. The proof says that no step breaks them; here they are evaluated on real states, which also shows that
 * the theorem speaks of something. Linked by the native tests (account_native.c) and by the emulator that
 * checks a whole boot (emulator/check/).
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

/* Reads the account off the machine, which is the one spoken of from here on. Entries are 0. */
void account_start(const struct machine *m);

/* The name of the first clause that does not hold, as in theorem.acsl; NULL if all do: of a system frame; of
 * a translation in use; of a guest frame with the entry in its account. */
const char *account_frame(uint64_t s);
const char *account_translation(const struct tlb_entry *t);
const char *account_page(uint64_t q);

/* What has been done to guest frames, after it. size: SNP_SIZE_*. An RMPADJUST by VMPL0 sets the VMSA bit too. */
void account_validated(uint64_t pfn, uint32_t size, uint32_t validate);
void account_adjusted(uint64_t pfn, uint32_t size, uint64_t attributes);
void account_adjusted_by_module(uint64_t pfn, uint32_t size, uint64_t attributes);
void account_zeroed(uint64_t pfn, uint32_t size);
void account_flushed(void);

#endif
