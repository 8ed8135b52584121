/* Cases of the guest alone, which the model has no part in: one line each, as the table's cases
 * have. */
#ifndef GUEST_MACHINE_CHECK_H
#define GUEST_MACHINE_CHECK_H

#include <stdint.h>
#include "guest/conformance/guest.h"

void check(const char *name, const char *source, uint64_t got, uint64_t expected);

/* ghcb_*.c: the GHCB protocol; instructions.c; tlb_smp.c: two CPUs. */
void ghcb_msr_cases(struct cpu *c);
void ghcb_page_cases(struct cpu *c);
void ghcb_psc_cases(struct cpu *c);
void ghcb_level_cases(void);
void instruction_cases(void);
void tlb_smp_cases(struct cpu *c);

/* ---- exchange.c: one GHCB page event with every field in the caller's hand ---- */

#define OMIT_CODE    0x01U /* fields not marked valid */
#define OMIT_INFO1   0x02U
#define OMIT_INFO2   0x04U
#define OMIT_RAX     0x08U
#define OMIT_RCX     0x10U
#define OMIT_RDX     0x20U
#define OMIT_SCRATCH 0x40U

struct exchange {
	/* in */
	uint64_t code, info1, info2, rax, rcx, rdx, scratch;
	uint32_t omit;
	uint32_t usage;
	uint64_t page; /* the GHCB; 0: the registered one */
	/* out */
	uint64_t reply1, reply2, rax_out, rbx_out, rcx_out, rdx_out;
	uint64_t valid[2]; /* the bitmap */
};
void exchange(struct cpu *c, struct exchange *x);
/* The same in two steps: the page is filled; a level has left by VMGEXIT with it, and the reply
 * is read. */
void exchange_fill(const struct exchange *x);
void exchange_read(struct exchange *x);
/* Is the field at this offset of the reply marked valid? */
int exchange_has(const struct exchange *x, uint32_t offset);
/* 0 for success, else info1 + (info2 << 32): what a refusal comes to. */
uint64_t exchange_status(const struct exchange *x);
#define REFUSAL(why) (GHCB_REPLY_MALFORMED + ((uint64_t)(why) << 32))

#endif
