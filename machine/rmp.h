/*
 * What the files of machine/ share: finding the RMP entry of a frame, translating a guest frame,
 * and the key of a frame's content.
 */
#ifndef MACHINE_RMP_H
#define MACHINE_RMP_H

#include <machine/machine.h>

/* The entry that governs one 4K frame. Inside a 2M page it is the head's, with the gpfn moved on to
 * this frame; size still says SNP_SIZE_2M. spfn < MACHINE_FRAMES. */
/*@
  requires \valid_read(m) && spfn < MACHINE_FRAMES && rmp_ok(m->rmp);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == {m->rmp.e[rmp_home_of(m->rmp, spfn)] \with .gpfn = (uint32_t)rmp_gpfn_of(m->rmp, spfn)};
*/
struct rmp_entry rmp_lookup(const struct machine *m, uint64_t spfn);
/* Where the entry that rmp_lookup shows is stored: spfn itself or the head of its 2M page. */
/*@
  requires \valid_read(m) && spfn < MACHINE_FRAMES;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == rmp_home_of(m->rmp, spfn) && \result <= spfn;
*/
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
/*@
  requires \valid_read(m) && rmp_ok(m->rmp) && nested_ok(m->nested);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures absent: \result.verdict == ACCESS_NOT_PRESENT <==> !nested_maps(m->nested, gpfn);
  ensures found: \result.verdict == ACCESS_OK <==> nested_finds(m->rmp, m->nested, gpfn);
  ensures verdicts: \result.verdict == ACCESS_OK || \result.verdict == ACCESS_NOT_PRESENT ||
    \result.verdict == ACCESS_RMP;
  ensures where: nested_maps(m->nested, gpfn) ==>
    \result.spfn == nested_spfn(m->nested, gpfn) && \result.spfn < MACHINE_FRAMES &&
    \result.large == m->nested.e[gpfn].large &&
    \result.entry == {m->rmp.e[rmp_home_of(m->rmp, \result.spfn)] \with
      .gpfn = (uint32_t)rmp_gpfn_of(m->rmp, \result.spfn)};
*/
struct operand operand_find(const struct machine *m, uint64_t gpfn);

/* Gives the frame's content to the owner of key (0 or MACHINE_ASID) without changing the bits that
 * DRAM holds: what was plain for the old owner is ciphertext for the new one. */
/*@
  requires \valid(m) && spfn < MACHINE_FRAMES && key <= MACHINE_ASID;
  requires m->memory.key[spfn] <= MACHINE_ASID;
  requires fresh: fresh_ok(m->memory, dram);
  terminates \true;
  exits \false;
  assigns m->memory, dram;
  ensures key: m->memory == {\old(m->memory) \with .key[spfn] = key};
  ensures rest: \forall integer s, w; 0 <= s < MACHINE_FRAMES && s != spfn && 0 <= w < PAGE_WORDS ==>
    dram.word[s][w] == \old(dram.word[s][w]);
  ensures alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
    memory_alike(\old(m->memory), \old(dram), m->memory, dram, m->guest_key, s);
  ensures fresh: fresh_ok(m->memory, dram);
*/
void memory_set_key(struct machine *m, uint64_t spfn, uint8_t key);

/* Drops the translations of pages frames from spfn on, on all CPUs. */
/*@
  requires \valid(m) && spfn + pages <= MACHINE_FRAMES;
  terminates \true;
  exits \false;
  assigns m->tlb;
  ensures flushed: tlb_flushed(\old(m->tlb), m->tlb, spfn, pages);
*/
void tlb_flush_range(struct machine *m, uint64_t spfn, uint64_t pages);

#endif
