/*
 * How the guest of the cases talks to the test emulator (emulator/door/): a request in a shared
 * page, by a code of the GHCB's MSR protocol that AMD 56421 does not define and the shipped
 * emulator does not know. The emulator sets up the machine, plays the host, and says what the RMP
 * holds.
 */
#ifndef GUEST_MACHINE_DOOR_H
#define GUEST_MACHINE_DOOR_H

#include "cases.h"

#define DOOR_MSR_CODE 0xf00UL /* GHCB MSR [11:0]; above it the GPA of struct door */
#define DOOR_TEST_GPA                                                                              \
	0x04000000UL /* test page 0; TEST_PAGES of RAM that the guest uses for nothing else */

enum door_command {
	DOOR_OPEN,  /* in: vmsa, entry. Once, first */
	DOOR_SET,   /* in: start */
	DOOR_STEP,  /* in: step, one of the host's; out: answer, value */
	DOOR_LOOK,  /* in: frame; out: entry, changed, data */
	DOOR_FAULT, /* out: answer: the last nested page fault in the test area, or DONE */
};

struct door {
	uint32_t command;
	uint32_t answer; /* enum answer */
	uint64_t vmsa;	 /* GPA of a complete VMSA, the content of VMSA pages */
	uint64_t value;
	uint64_t data; /* the test data word of the frame */
	uint32_t frame;
	uint32_t changed;
	struct rmp_view entry;
	struct page_state start;
	struct step step;
};
_Static_assert(sizeof(struct door) <= PAGE_SIZE, "the door is one page");

/* After a nested page fault in the test area the host injects #HV, and the guest asks the door. */

#endif
