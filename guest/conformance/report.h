/* Verdicts of single cases: one line each, and the totals. */
#ifndef GUEST_CONFORMANCE_REPORT_H
#define GUEST_CONFORMANCE_REPORT_H

#include <stdint.h>

/* id: of the table in docs/conformance.md; what: the variant. */
void report(const char *id, const char *what, uint64_t got, uint64_t expected);
void report_true(const char *id, const char *what, int good);
void report_skip(const char *id, const char *why);
/* 'N passed, N failed', with skipped ones if there are any; returns the number of failures. */
uint32_t report_end(void);

#endif
