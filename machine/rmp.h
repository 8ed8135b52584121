/*
 * What the files of machine/ share: finding the RMP entry of a frame, translating a guest frame,
 * and the key of a frame's content.
 */
#ifndef MACHINE_RMP_H
#define MACHINE_RMP_H

#include <machine/machine.h>

/* The entry that governs one 4K frame. Inside a 2M page it is the head's, with the gpfn moved on to
 * this frame; size still says SNP_SIZE_2M. spfn < MACHINE_FRAMES. */
struct rmp_entry rmp_lookup(const struct machine *m, uint64_t spfn);
/* Where the entry that rmp_lookup shows is stored: spfn itself or the head of its 2M page. */
uint64_t rmp_home(const struct machine *m, uint64_t spfn);

/* A private guest frame found through the nested map. verdict: ACCESS_OK, ACCESS_NOT_PRESENT, or
 * ACCESS_RMP if the frame is not this guest's at this gpfn. Not yet checked: size, validated,
 * VMPL. */
struct operand {
	enum access_verdict verdict;
	uint64_t spfn;
	struct rmp_entry entry;
	uint32_t large; /* the nested mapping is 2M */
};
struct operand operand_find(const struct machine *m, uint64_t gpfn);

/* Gives the frame's content to the owner of key (0 or MACHINE_ASID) without changing the bits that
 * DRAM holds: what was plain for the old owner is ciphertext for the new one. */
void memory_set_key(struct machine *m, uint64_t spfn, uint8_t key);

/* Drops the translations of pages frames from spfn on, on all CPUs. */
void tlb_flush_range(struct machine *m, uint64_t spfn, uint64_t pages);

#endif
