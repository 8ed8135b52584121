/*
 * The module's only door to the hardware: one function, one contract for each instruction and each
 * look at memory. hw_x86.c implements it in assembly; sim/hw_machine.c over machine/; the
 * proof sees the contracts alone, in the words of ghost.h. No other file of the module has inline
 * assembly, a volatile access or a pointer made from an integer.
 *
 * pfn = guest frame number (GPA / 4096, no C-bit), below HW_PFNS. word = 0..511, a 64-bit word of a
 * page; offset = 0..4095, a byte. Private accesses go through the direct map of guest memory.
 */
#ifndef MODULE_HW_H
#define MODULE_HW_H

#include <stdint.h>
#include <verismo/snp.h>
#include <verismo/launch.h>
#include "module/hw/ghost.h"
#include "module/hw/registry.h"

/* ---- SNP instructions ---- */

/*
 * EAX in [31:0], CF in bit 32. Does not return if the page is not there (nested page fault).
 * Asked of the caller: validate what is not validated and the reverse; nobody above VMPL0 has a
 * permission, and no TLB a translation left from former permissions or, at VMPL0, from a former frame.
 * CF: the frame was so already; the host has put another one in its place, and nothing has changed.
 */
#define HW_CARRY 0x100000000UL
/*@
  requires range: size <= 1 && validate <= 1 && pfn + hw_frames(size) <= HW_PFNS;
  requires aligned: size == 1 ==> pfn % 512 == 0;
  requires inv: hw_inv;
  requires held: \forall integer q; hw_in(q, pfn, size) ==> hw_mine(q);
  requires once: \forall integer q; hw_in(q, pfn, size) ==> hw_pages.p[q].validated == 1 - validate;
  requires revoked: \forall integer q; hw_in(q, pfn, size) ==> hw_private(q) && hw_pages.p[q].vmsa == 0;
  requires flushed: \forall integer q; hw_in(q, pfn, size) ==>
    hw_pages.p[q].cached == 0 && hw_pages.p[q].own == 0;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn, indirect:size, indirect:validate;
  assigns hw_changed \from hw_changed, hw_world;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world, hw_pages, pfn, size, validate;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, hw_frames(size));
  ensures result: \result <= 0x1ffffffff;
  ensures refused: \result != 0 ==> \forall integer q; hw_in(q, pfn, size) ==> hw_same{Pre, Post}(q);
  ensures silent: \result != 0 ==> hw_changed == \old(hw_changed);
  ensures like: \forall integer q; hw_in(q, pfn, size) ==>
    hw_like{Pre, Post}(q) && hw_pages.p[q].own == 0;
  ensures validated: validate == 1 && \result == 0 ==>
    \forall integer q; hw_in(q, pfn, size) ==> hw_pages.p[q].validated == 1 && hw_pages.p[q].secret == 1;
  ensures rescinded: validate == 0 && \result == 0 ==>
    \forall integer q; hw_in(q, pfn, size) ==> hw_pages.p[q].validated == 0;
  ensures changed: \result == 0 ==> hw_changed == 1;
*/
uint64_t hw_pvalidate(uint64_t pfn, uint32_t size, uint32_t validate);

/*
 * EAX. attributes: SNP_ATTR(vmpl, perm), plus SNP_ATTR_VMSA. Asked of the caller: a permission is
 * given only on a page without secrets, and a VMSA page gets no more than read permission.
 */
#define HW_ATTR_VMPL(a) ((a) % 256)
#define HW_ATTR_PERM(a) ((a) / 256 % 256)
#define HW_ATTR_VMSA(a) ((a) / 65536 % 2)
/*@
  requires range: size <= 1 && pfn + hw_frames(size) <= HW_PFNS;
  requires aligned: size == 1 ==> pfn % 512 == 0;
  requires attributes: attributes < 0x20000 && HW_ATTR_PERM(attributes) <= 15;
  requires level: 1 <= HW_ATTR_VMPL(attributes) <= 3;
  requires inv: hw_inv;
  requires held: \forall integer q; hw_in(q, pfn, size) ==> hw_mine(q);
  requires validated: \forall integer q; hw_in(q, pfn, size) ==> hw_pages.p[q].validated == 1;
  requires clean: HW_ATTR_PERM(attributes) != 0 ==>
    \forall integer q; hw_in(q, pfn, size) ==> hw_pages.p[q].secret == 0;
  requires frozen: HW_ATTR_VMSA(attributes) == 1 ==>
    size == 0 && HW_ATTR_PERM(attributes) <= 1 && hw_pages.p[pfn].cached <= 1 &&
    hw_pages.p[pfn].perm[1] <= 1 && hw_pages.p[pfn].perm[2] <= 1 && hw_pages.p[pfn].perm[3] <= 1;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn, indirect:size, indirect:attributes;
  assigns hw_changed \from hw_changed, hw_world;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world, hw_pages, pfn, size, attributes;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, hw_frames(size));
  ensures refused: \result != 0 ==>
    \forall integer q; hw_in(q, pfn, size) ==> hw_same{Pre, Post}(q);
  ensures silent: \result != 0 ==> hw_changed == \old(hw_changed);
  ensures done: \result == 0 ==>
    \forall integer q; hw_in(q, pfn, size) ==>
      hw_adjusted{Pre, Post}(q, HW_ATTR_VMPL(attributes), HW_ATTR_PERM(attributes),
                             HW_ATTR_VMSA(attributes));
  ensures changed: \result == 0 ==> hw_changed == 1;
*/
uint32_t hw_rmpadjust(uint64_t pfn, uint32_t size, uint32_t attributes);

/* INVLPGB of every entry of this guest, nested ones included, then TLBSYNC. */
/*@
  requires inv: hw_inv;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world;
  assigns hw_world \from hw_world;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures flushed: \forall integer q; 0 <= q < HW_PFNS && hw_mine(q) ==> hw_flushed{Pre, Post}(q);
*/
void hw_flush_guest(void);

/* ---- private memory of the guest, through the direct map ---- */

/*@
  requires range: pfn < HW_PFNS && word < 512;
  requires usable: hw_usable(pfn);
  requires inv: hw_inv;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world, pfn, word;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Post}(pfn);
*/
uint64_t hw_read64(uint64_t pfn, uint32_t word);
/*@
  requires range: pfn < HW_PFNS && word < 512;
  requires usable: hw_usable(pfn);
  requires inv: hw_inv;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn;
  assigns hw_stored \from hw_stored, pfn, word, value;
  assigns hw_world \from hw_world, pfn, word, value;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Post}(pfn);
  ensures stored: hw_stored == {\old(hw_stored) \with .word[HW_STORED_WORD(pfn, word)] = value};
*/
void hw_write64(uint64_t pfn, uint32_t word, uint64_t value);
/*@
  requires range: pfn < HW_PFNS && offset < 4096;
  requires usable: hw_usable(pfn);
  requires inv: hw_inv;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world, pfn, offset;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Post}(pfn);
*/
uint8_t hw_read8(uint64_t pfn, uint32_t offset);
/*@
  requires range: pfn < HW_PFNS && offset < 4096;
  requires usable: hw_usable(pfn);
  requires inv: hw_inv;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn;
  assigns hw_stored \from hw_stored, pfn, offset, value;
  assigns hw_world \from hw_world, pfn, offset, value;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Post}(pfn);
  ensures stored: hw_stored == {\old(hw_stored) \with .byte[HW_STORED_BYTE(pfn, offset)] = value};
*/
void hw_write8(uint64_t pfn, uint32_t offset, uint8_t value);
/* SNP_SIZE_4K or SNP_SIZE_2M. */
/*@
  requires range: size <= 1 && pfn + hw_frames(size) <= HW_PFNS;
  requires inv: hw_inv;
  requires held: \forall integer q; hw_in(q, pfn, size) ==> hw_mine(q);
  requires validated: \forall integer q; hw_in(q, pfn, size) ==> hw_pages.p[q].validated == 1;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn, indirect:size;
  assigns hw_changed \from \nothing;
  assigns hw_world \from hw_world;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, hw_frames(size));
  ensures zeroed: \forall integer q; hw_in(q, pfn, size) ==>
    hw_like{Pre, Post}(q) && hw_pages.p[q].secret == 0 &&
    hw_pages.p[q].validated == \at(hw_pages.p[q].validated, Pre);
  ensures changed: hw_changed == 1;
*/
void hw_zero(uint64_t pfn, uint32_t size);

/* Locked AND / OR of EFER.SVME in a VMSA page; hw_vmsa_freeze returns the old EFER. */
/*@
  requires range: pfn < HW_PFNS;
  requires usable: hw_usable(pfn);
  requires inv: hw_inv;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn;
  assigns hw_world \from hw_world, pfn;
  assigns \result \from hw_world, pfn;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Post}(pfn);
*/
uint64_t hw_vmsa_freeze(uint64_t pfn);
/*@
  requires range: pfn < HW_PFNS;
  requires usable: hw_usable(pfn);
  requires inv: hw_inv;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn;
  assigns hw_world \from hw_world, pfn;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Post}(pfn);
*/
void hw_vmsa_thaw(uint64_t pfn);

/* ---- the ownership table: one 16-bit entry for each frame, behind the module's static region ---- */

/*@
  requires range: pfn < HW_PFNS;
  requires inv: hw_inv;
  terminates \true;
  exits \false;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world, hw_pages, hw_tokens, pfn;
  ensures held: hw_held(pfn) ==> \result == hw_pages.p[pfn].entry;
*/
uint16_t hw_table_read(uint64_t pfn);

/*
 * Locked compare and exchange; 1 if the entry was expected and is now desired. The steps there are:
 * take a frame to busy, and rely on what its state promises; give a held frame back, or its first state,
 * and owe what the new state promises; pin or unpin a guest page.
 */
/*@
  predicate hw_step_take(integer from, integer to) =
    HW_SHARED <= hw_state(from) <= HW_CAA && hw_pins(from) == 0 &&
    hw_state(to) == HW_BUSY && hw_owner(to) == hw_owner(from) && hw_pins(to) == 0;
  predicate hw_step_give(integer pfn, integer from, integer to) =
    hw_held(pfn) && from == hw_pages.p[pfn].entry && hw_pins(to) == 0 && hw_state_ok(hw_state(to), pfn);
  predicate hw_step_pin(integer from, integer to) =
    hw_state(from) == HW_GUEST && to == from + 256;
  predicate hw_step_unpin(integer pfn, integer from, integer to) =
    hw_state(from) == HW_GUEST && to == from - 256 && hw_tokens.open[pfn] > 0;
*/
/*@
  requires range: pfn < HW_PFNS;
  requires inv: hw_inv;
  requires step: hw_step_take(expected, desired) || hw_step_give(pfn, expected, desired) ||
                 hw_step_pin(expected, desired) || hw_step_unpin(pfn, expected, desired);
  requires count: hw_tokens.open[pfn] < 0xffffffff;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_pages \from hw_pages, hw_world, indirect:pfn, indirect:expected, indirect:desired;
  assigns hw_tokens \from hw_tokens, hw_world, indirect:pfn, indirect:expected, indirect:desired;
  assigns hw_gave \from hw_gave, hw_world, indirect:pfn, indirect:expected, desired;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world, hw_pages, pfn, expected, desired;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures result: \result == 0 || \result == 1;
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures failed: \result == 0 ==> hw_tokens == \old(hw_tokens);
  ensures failed_held: \result == 0 && \old(hw_held(pfn)) ==> hw_same{Pre, Post}(pfn);
  ensures taken: hw_step_take(expected, desired) && \result == 1 ==>
    hw_held(pfn) && hw_pages.p[pfn].entry == desired && hw_state_ok(hw_state(expected), pfn) &&
    !\old(hw_held(pfn)) && hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]);
  ensures give: \old(hw_step_give(pfn, expected, desired)) && expected != HW_ABSENT ==> \result == 1;
  ensures given: \old(hw_step_give(pfn, expected, desired)) && \result == 1 ==>
    hw_tokens.held[pfn] == 0 && hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) &&
    hw_gave == {\old(hw_gave) \with .entry[pfn] = desired};
  ensures kept: !\old(hw_step_give(pfn, expected, desired)) || \result == 0 ==>
    hw_gave == \old(hw_gave);
  ensures pinned: hw_step_pin(expected, desired) && \result == 1 ==>
    hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) + 1 &&
    hw_tokens.held[pfn] == \old(hw_tokens.held[pfn]) && !\old(hw_held(pfn)) && !hw_static(pfn);
  ensures unpinned: \old(hw_step_unpin(pfn, expected, desired)) && \result == 1 ==>
    hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) - 1 &&
    hw_tokens.held[pfn] == \old(hw_tokens.held[pfn]) && !\old(hw_held(pfn));
*/
int hw_table_cas(uint64_t pfn, uint16_t expected, uint16_t desired);

/*
 * ---- this CPU's GHCB page and GHCB MSR, shared with the host: every read may return anything ----
 *
 * Asked of the caller: an answer is read after the exit that asks for it, and before anything is written
 * for the next one. What the others do to frames meanwhile shows in the next operation on a frame, as ever.
 */

/* offset: multiple of 8 */
/*@
  requires range: offset < 4096 && offset % 8 == 0;
  requires answered: hw_ghcb.answered == 1;
  requires inv: HW_MACHINE_INV;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_world \from hw_world;
  assigns \result \from hw_world, offset;
  ensures inv: HW_MACHINE_INV;
*/
uint64_t hw_ghcb_read64(uint32_t offset);
/*@
  requires range: offset < 4096 && offset % 8 == 0;
  requires inv: HW_MACHINE_INV;
  terminates \true;
  exits \false;
  assigns HW_BEHIND hw_ghcb \from hw_ghcb, offset, value;
  assigns hw_world \from hw_world, offset, value;
  ensures inv: HW_MACHINE_INV;
  ensures written: hw_ghcb == {{\old(hw_ghcb) \with .word[offset / 8] = value} \with .answered = (uint32_t)0};
*/
void hw_ghcb_write64(uint32_t offset, uint64_t value);
/*@
  requires answered: hw_ghcb.answered == 1;
  terminates \true;
  exits \false;
  assigns hw_world \from hw_world;
  assigns \result \from hw_world;
*/
uint64_t hw_ghcb_msr_read(void);
/*@
  terminates \true;
  exits \false;
  assigns hw_ghcb \from hw_ghcb, value;
  assigns hw_world \from hw_world, value;
  ensures written: hw_ghcb == {{\old(hw_ghcb) \with .msr = value} \with .answered = (uint32_t)0};
*/
void hw_ghcb_msr_write(uint64_t value);
/* VMGEXIT: the host reads what was written, and answers. */
/*@
  terminates \true;
  exits \false;
  assigns hw_ghcb \from hw_ghcb;
  assigns hw_world \from hw_world, hw_ghcb;
  ensures answered: hw_ghcb == {\old(hw_ghcb) \with .answered = (uint32_t)1};
*/
void hw_vmgexit(void);

/* ---- CPU ---- */

/* index of this CPU, 0..CPUS_MAX - 1; its APIC id (docs/module.md) */
/*@
  terminates \true;
  exits \false;
  assigns \result \from hw_world;
  ensures \result < CPUS_MAX;
*/
uint32_t hw_cpu(void);
/* the MSR of that name, which the host cannot change */
/*@
  terminates \true;
  exits \false;
  assigns \result \from HW_SEV;
  ensures value: \result == HW_SEV;
*/
uint64_t hw_sev_status(void);
/* HLT: the host may run another vCPU; returns when it runs this one again */
/*@
  terminates \true;
  exits \false;
  assigns hw_world \from hw_world;
*/
void hw_halt(void);
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
*/
void hw_pause(void);

/* One lock guards the vCPU registry: taking it shows what the other CPUs have made of the registry. */
/*@
  requires free: hw_locked == 0;
  terminates \true;
  exits \false;
  assigns hw_locked, vcpu_table \from hw_world;
  assigns hw_world \from hw_world;
  ensures locked: hw_locked == 1;
  ensures registry: vcpu_table_ok(vcpu_table);
*/
void hw_lock(void);
/*@
  requires locked: hw_locked == 1;
  requires registry: vcpu_table_ok(vcpu_table);
  terminates \true;
  exits \false;
  assigns hw_locked \from \nothing;
  assigns hw_world \from hw_world;
  ensures free: hw_locked == 0;
*/
void hw_unlock(void);

/*
 * The pages of the vCPU that this CPU serves: open from the mark in the registry (serving) to its end. Who
 * takes a VMSA or a calling area looks at the mark first, so nobody takes them meanwhile; but a vCPU that
 * deletes itself gives them up, and is not touched any more (docs/concurrency.md).
 */
/*@ ghost
  /@ requires locked: hw_locked == 1;
     requires range: pfn < HW_PFNS && !hw_static(pfn) && hw_tokens.open[pfn] < 0xffffffff;
     terminates \true; exits \false;
     assigns hw_tokens \from hw_tokens, pfn;
     ensures open: hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) + 1;
     ensures held: hw_tokens.held[pfn] == \old(hw_tokens.held[pfn]);
     ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1); @/
  void hw_open(uint64_t pfn);
*/
/*@ ghost
  /@ requires range: pfn < HW_PFNS && hw_tokens.open[pfn] > 0;
     terminates \true; exits \false;
     assigns hw_tokens \from hw_tokens, pfn;
     ensures open: hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) - 1;
     ensures held: hw_tokens.held[pfn] == \old(hw_tokens.held[pfn]);
     ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1); @/
  void hw_close(uint64_t pfn);
*/

/* Ends the VM: GHCB MSR 0x100 with set TERMINATE_SET_VERISMO, for ever. */
/*@
  terminates \false;
  exits \false;
  assigns \nothing;
  ensures \false;
*/
void hw_terminate(uint32_t reason) __attribute__((noreturn));

#endif
