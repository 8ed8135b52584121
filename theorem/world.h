/*
 * The whole: the machine, and what the module believes of it. This header stands behind module/hw/hw.h
 * when its contracts are proved of machine/ (HW_WORLD): the state grows by the machine itself, and the
 * invariant by the clauses of theorem.acsl that tie the two together.
 */
#ifndef THEOREM_WORLD_H
#define THEOREM_WORLD_H

#include <machine/machine.h>

/* The ownership table as it lies in the module's memory. */
struct table {
	uint16_t entry[HW_PFNS];
};
/* Where the module, or the launch, validated each guest frame: SPA / 4096. */
struct homes {
	uint32_t spfn[HW_PFNS];
};
/* 1: what the guest's key shows of this word of a system frame may be a secret of the module. */
struct labels {
	uint8_t secret[MACHINE_FRAMES][PAGE_WORDS];
};
/* 1: another CPU of the module holds the frame. */
struct others {
	uint8_t held[HW_PFNS];
};

extern struct machine machine;
/* The MSR SEV_STATUS. */
extern uint64_t sev_status;
extern struct table table;
/*@ ghost extern struct homes homes; */
/*@ ghost extern struct labels labels; */
/*@ ghost extern struct others others; */

#include <theorem/theorem.acsl>

#define HW_BEHIND      machine, dram, table, homes, labels, others,
#define HW_MACHINE_INV world_inv
#define HW_SEV	       sev_status

#endif
