/*
 * Looks at a private page that may not be there: the fault is part of the answer. A page without
 * VMPL permission cannot be probed by access (the exit goes to the host, which ends the VM), only
 * by RMPADJUST and RMPQUERY.
 */
#ifndef GUEST_CONFORMANCE_PROBE_H
#define GUEST_CONFORMANCE_PROBE_H

#include <stdint.h>
#include <verismo/snp.h>

/* An instruction that may fault, and where to go on with RSI = exit code of the #VC. */
struct fixup {
	uint64_t at;
	uint64_t resume;
};

struct probe {
	uint64_t vc;	/* 0, or the exit code of the #VC that came instead */
	uint64_t eax;	/* of the instruction */
	uint64_t value; /* RMPQUERY: RDX; read: what was read */
};
/* RMPQUERY of target level vmpl. */
struct probe probe_query(uint64_t gpa, uint32_t vmpl);
/* RMPADJUST, 4K. */
struct probe probe_adjust(uint64_t gpa, uint64_t attributes);
struct probe probe_read(uint64_t gpa);
struct probe probe_write(uint64_t gpa, uint64_t value);

/* Is the page validated? */
int probe_is_valid(uint64_t gpa);
/* Permissions of VMPL3 on a validated page, or ~0. */
uint32_t probe_vmpl3(uint64_t gpa);
/* Has the caller, VMPL2, all these permissions? It can hand out what it has; VMPL3 keeps none. */
int probe_own(uint64_t gpa, uint32_t perm);
/* Are all bytes of the page zero? The page is readable. */
int probe_is_zero(uint64_t gpa);
/* Fills a page; checks it. */
void probe_fill(uint64_t gpa, uint64_t value);
int probe_is_filled(uint64_t gpa, uint64_t value);

#endif
