/*
 * The steps of the others: what the host, and VMPL1..3 of the guest, may do between two steps of this CPU.
 * Each keeps the invariant (WORLD_ENSURES) and leaves the frames that this CPU holds as hw_same says.
 */
#ifndef THEOREM_STEPS_H
#define THEOREM_STEPS_H

#include <stdint.h>
#include <theorem/world.h>

/* ---- the host; injection of events and leaving TLBs unflushed change nothing here ---- */

/*@
  WORLD_REQUIRES
  terminates \true;
  exits \false;
  assigns machine, dram;
  WORLD_ENSURES
*/
void host_rmpupdate(uint64_t spfn, struct rmp_update u);
/*@
  WORLD_REQUIRES
  terminates \true;
  exits \false;
  assigns machine;
  WORLD_ENSURES
*/
void host_psmash(uint64_t spfn);
/*@
  WORLD_REQUIRES
  terminates \true;
  exits \false;
  assigns machine;
  WORLD_ENSURES
*/
void host_map(uint64_t gpfn, uint64_t spfn, uint32_t present, uint32_t large);
/* (ii) Confidentiality: of the guest's frames the host reads ciphertext. */
/*@
  WORLD_REQUIRES
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures ciphertext: machine.memory.key[spfn] == MACHINE_ASID && machine.memory.touched[spfn] != 0 ==>
    \result == cipher(machine.guest_key, spfn, word, guest_word(machine, dram, spfn, word));
*/
uint64_t host_read(uint64_t spfn, uint64_t word);
/* (i) Integrity: no word of a frame of the guest changes. */
/*@
  WORLD_REQUIRES
  terminates \true;
  exits \false;
  assigns machine, dram;
  WORLD_ENSURES
  ensures integrity: \forall integer s, w; 0 <= s < MACHINE_FRAMES && 0 <= w < PAGE_WORDS &&
    rmp_assigned(machine.rmp, s) ==> guest_word(machine, dram, s, w) == \old(guest_word(machine, dram, s, w));
*/
void host_write(uint64_t spfn, uint64_t word, uint64_t value);
/* Only what the module has made a VMSA runs. */
/*@
  WORLD_REQUIRES
  terminates \true;
  exits \false;
  assigns machine;
  WORLD_ENSURES
  ensures vmsa: \result == SNP_OK ==>
    rmp_live(machine.rmp, spfn) && (rmp_gpfn_of(machine.rmp, spfn) < HW_PFNS ==>
      hw_pages.p[rmp_gpfn_of(machine.rmp, spfn)].vmsa == 1);
*/
uint32_t host_vmrun(uint64_t spfn);
/*@
  WORLD_REQUIRES
  terminates \true;
  exits \false;
  assigns machine;
  WORLD_ENSURES
*/
void host_vmexit(uint64_t spfn);

/* ---- VMPL1..3; VMGEXIT hands over to the host and changes nothing here ---- */

/*@
  // What a level above VMPL0 did to a frame: no frame out of its reach has changed.
  predicate out_of_reach(struct rmp r, struct hw_pages p, integer s) =
    counted(r, s) && unreached(p.p[rmp_gpfn_of(r, s)]);
*/
/* (ii) Confidentiality: what VMPL1..3 read, or fetch, carries no secret of the module. */
/*@
  WORLD_REQUIRES
  requires range: cpu < MACHINE_CPUS && 1 <= vmpl <= 3 && word < PAGE_WORDS && gpfn < HW_PFNS;
  requires reads: kind != ACCESS_WRITE;
  terminates \true;
  exits \false;
  assigns machine;
  WORLD_ENSURES
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures public: \result.verdict == ACCESS_OK && access_private(view, kind) ==>
    rmp_live(machine.rmp, \result.spfn) && rmp_gpfn_of(machine.rmp, \result.spfn) == gpfn &&
    labels.secret[\result.spfn][word] == 0;
  ensures shared: \result.verdict == ACCESS_OK && !access_private(view, kind) ==>
    !rmp_assigned(machine.rmp, \result.spfn);
*/
struct access guest_read(uint32_t cpu, uint32_t vmpl, uint64_t gpfn, uint64_t word, uint32_t view,
			 enum access_kind kind);
/* (i) Integrity: no word of a frame out of the level's reach changes. */
/*@
  WORLD_REQUIRES
  requires range: cpu < MACHINE_CPUS && 1 <= vmpl <= 3 && word < PAGE_WORDS && gpfn < HW_PFNS;
  terminates \true;
  exits \false;
  assigns machine, dram;
  WORLD_ENSURES
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures integrity: \forall integer s, w; 0 <= s < MACHINE_FRAMES && 0 <= w < PAGE_WORDS &&
    out_of_reach(machine.rmp, hw_pages, s) ==> dram.word[s][w] == \old(dram.word[s][w]);
*/
void guest_write(uint32_t cpu, uint32_t vmpl, uint64_t gpfn, uint64_t word, uint32_t view, uint64_t value);
/*@
  WORLD_REQUIRES
  requires range: 1 <= vmpl <= 3;
  terminates \true;
  exits \false;
  assigns machine;
  WORLD_ENSURES
  ensures nothing: machine.rmp == \old(machine.rmp);
*/
void guest_pvalidate(uint32_t vmpl, uint64_t gpfn, uint32_t size, uint32_t validate);
/*@
  WORLD_REQUIRES
  requires range: 1 <= vmpl <= 3;
  terminates \true;
  exits \false;
  assigns machine, hw_pages;
  WORLD_ENSURES
  ensures rely: hw_rely{Pre, Post}(0, 0);
*/
void guest_rmpadjust(uint32_t vmpl, uint64_t gpfn, uint32_t size, uint64_t attributes);
/* INVLPG, MOV CR3, or an eviction. */
/*@
  WORLD_REQUIRES
  requires range: cpu < MACHINE_CPUS;
  terminates \true;
  exits \false;
  assigns machine;
  WORLD_ENSURES
*/
void guest_flush(uint32_t cpu);

#endif
