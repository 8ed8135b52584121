/*
 * Refinement: each operation of hw.h, as steps of the machine with everybody else's in between, meets the
 * contract that the module is proved against: the same text, of the same header.
 */
#define HW_WORLD <theorem/world.h>
#include "module/hw/hw.h"
#include <theorem/environment.h>
#include <verismo/vmsa.h>

/* The CPU of the machine that runs this CPU of the module: the host may change it at any time. */
/*@
  terminates \true;
  exits \false;
  assigns \result \from hw_world;
  ensures \result < MACHINE_CPUS;
*/
static uint32_t any_cpu(void)
{
	return (uint32_t)(any_value() % MACHINE_CPUS);
}

/*@
  // The parts of hw_like that depend on each other: what follows over several steps follows part by part.
  predicate like_levels{A, B}(integer q) =
    \at(hw_pages.p[q].perm[1], B) == \at(hw_pages.p[q].perm[1], A) &&
    (\at(hw_pages.p[q].perm[2], B) == \at(hw_pages.p[q].perm[2], A) ||
     \at(hw_pages.p[q].perm[2], B) <= \at(hw_pages.p[q].perm[1], A));
  predicate like_third{A, B}(integer q) =
    \at(hw_pages.p[q].perm[3], B) == \at(hw_pages.p[q].perm[3], A) ||
    \at(hw_pages.p[q].perm[3], B) <= \at(hw_pages.p[q].perm[1], A) ||
    \at(hw_pages.p[q].perm[3], B) <= \at(hw_pages.p[q].perm[2], A);
  predicate like_cached{A, B}(integer q) =
    \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].cached, A) ||
    \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[1], A) ||
    \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[2], A) ||
    \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[3], A);
*/

uint64_t hw_pvalidate(uint64_t pfn, uint32_t size, uint32_t validate)
{
	uint64_t result;

	environment();
	result = op_pvalidate(pfn, size, validate);
	/*@ ghost if (result == 0) { hw_changed = 1; } */
	/*@ assert levels: \forall integer q; 0 <= q < HW_PFNS && \at(hw_held(q), Pre) ==>
	      like_levels{Pre, Here}(q); */
	/*@ assert third: \forall integer q; 0 <= q < HW_PFNS && \at(hw_held(q), Pre) ==>
	      like_third{Pre, Here}(q); */
	/*@ assert cached: \forall integer q; 0 <= q < HW_PFNS && \at(hw_held(q), Pre) ==>
	      like_cached{Pre, Here}(q); */
	/*@ assert rely: hw_rely{Pre, Here}(pfn, hw_frames(size)); */
	environment();
	return result;
}

uint32_t hw_rmpadjust(uint64_t pfn, uint32_t size, uint32_t attributes)
{
	uint32_t result;

	environment();
	result = op_rmpadjust(pfn, size, attributes);
	/*@ ghost if (result == 0) { hw_changed = 1; } */
	/*@ assert rely: hw_rely{Pre, Here}(pfn, hw_frames(size)); */
	environment();
	return result;
}

void hw_flush_guest(void)
{
	environment();
	op_flush();
	/*@ assert rely: hw_rely{Pre, Here}(0, 0); */
	environment();
}

uint64_t hw_read64(uint64_t pfn, uint32_t word)
{
	uint64_t value;

	environment();
	value = op_read64(any_cpu(), pfn, word);
	/*@ assert rely: hw_rely{Pre, Here}(pfn, 1); */
	/*@ assert accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Here}(pfn); */
	environment();
	/*@ assert levels: \forall integer q; 0 <= q < HW_PFNS && q != pfn && \at(hw_held(q), Pre) ==>
	      like_levels{Pre, Here}(q); */
	/*@ assert third: \forall integer q; 0 <= q < HW_PFNS && q != pfn && \at(hw_held(q), Pre) ==>
	      like_third{Pre, Here}(q); */
	/*@ assert cached: \forall integer q; 0 <= q < HW_PFNS && q != pfn && \at(hw_held(q), Pre) ==>
	      like_cached{Pre, Here}(q); */
	return value;
}

void hw_write64(uint64_t pfn, uint32_t word, uint64_t value)
{
	environment();
	op_write64(any_cpu(), pfn, word, value);
	/*@ ghost hw_stored.word[HW_STORED_WORD(pfn, word)] = value; */
	environment();
}

/* The bytes of a word, the lowest first. */
struct bytes {
	uint8_t b[8];
};
/*@
  logic integer word_of(struct bytes s) =
    s.b[0] + 0x100 * s.b[1] + 0x10000 * s.b[2] + 0x1000000 * s.b[3] + 0x100000000 * s.b[4] +
    0x10000000000 * s.b[5] + 0x1000000000000 * s.b[6] + 0x100000000000000 * s.b[7];
*/
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures bytes: word_of(\result) == word;
*/
static struct bytes bytes_of(uint64_t word)
{
	struct bytes s = {
		{(uint8_t)(word % 0x100), (uint8_t)(word / 0x100 % 0x100),
		 (uint8_t)(word / 0x10000 % 0x100), (uint8_t)(word / 0x1000000 % 0x100),
		 (uint8_t)(word / 0x100000000 % 0x100), (uint8_t)(word / 0x10000000000 % 0x100),
		 (uint8_t)(word / 0x1000000000000 % 0x100), (uint8_t)(word / 0x100000000000000)}};

	return s;
}
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures word: \result == word_of(s);
*/
static uint64_t join(struct bytes s)
{
	return s.b[0] + 0x100UL * s.b[1] + 0x10000UL * s.b[2] + 0x1000000UL * s.b[3] +
	       0x100000000UL * s.b[4] + 0x10000000000UL * s.b[5] + 0x1000000000000UL * s.b[6] +
	       0x100000000000000UL * s.b[7];
}

uint8_t hw_read8(uint64_t pfn, uint32_t offset)
{
	return bytes_of(hw_read64(pfn, offset / 8)).b[offset % 8];
}

/* The other seven bytes of the word stay: nobody comes between. */
void hw_write8(uint64_t pfn, uint32_t offset, uint8_t value)
{
	uint32_t cpu = any_cpu();
	struct bytes s;

	environment();
	s = bytes_of(op_read64(cpu, pfn, offset / 8));
	s.b[offset % 8] = value;
	op_write64(cpu, pfn, offset / 8, join(s));
	/*@ ghost hw_stored.byte[HW_STORED_BYTE(pfn, offset)] = value; */
	environment();
}

/*@
  predicate frame_zeroed{A, B}(integer q) =
    hw_like{A, B}(q) && \at(hw_pages.p[q].secret, B) == 0 && \at(hw_pages.p[q].validated, B) == 1;
*/
/*@
  WORLD_REQUIRES
  requires range: pfn < HW_PFNS && hw_mine(pfn);
  requires validated: hw_pages.p[pfn].validated == 1;
  terminates \true;
  exits \false;
  assigns HW_INTERFERENCE;
  WORLD_ENSURES
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures zeroed: hw_like{Pre, Post}(pfn) && hw_pages.p[pfn].secret == 0 && hw_pages.p[pfn].validated == 1;
*/
static void zero_frame(uint64_t pfn)
{
	uint32_t word;

	environment();
	/*@
	  loop invariant range: word <= PAGE_WORDS;
	  loop invariant world: world_inv;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, 1);
	  loop invariant frame: hw_accessed{Pre, Here}(pfn);
	  loop invariant clean: \forall integer w; 0 <= w < word ==> labels.secret[homes.spfn[pfn]][w] == 0;
	  loop assigns word, HW_INTERFERENCE;
	  loop variant PAGE_WORDS - word;
	*/
	for (word = 0; word < PAGE_WORDS; word++) {
		op_write64(any_cpu(), pfn, word, 0);
		environment();
	}
	op_clean(pfn);
	environment();
}

void hw_zero(uint64_t pfn, uint32_t size)
{
	uint64_t n = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;
	uint64_t i;

	/*@
	  loop invariant range: i <= n;
	  loop invariant inv: hw_inv;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, n);
	  loop invariant done: \forall integer q; pfn <= q < pfn + i ==> frame_zeroed{Pre, Here}(q);
	  loop invariant todo: \forall integer q; pfn + i <= q < pfn + n ==> hw_same{Pre, Here}(q);
	  loop invariant levels: \forall integer q; pfn <= q < pfn + n ==> like_levels{Pre, Here}(q);
	  loop invariant third: \forall integer q; pfn <= q < pfn + n ==> like_third{Pre, Here}(q);
	  loop invariant cached: \forall integer q; pfn <= q < pfn + n ==> like_cached{Pre, Here}(q);
	  loop assigns i, HW_INTERFERENCE;
	  loop variant n - i;
	*/
	for (i = 0; i < n; i++) {
		zero_frame(pfn + i);
		/*@ assert kept: \forall integer q; pfn <= q < pfn + n && q != pfn + i ==> hw_same{LoopCurrent, Here}(q); */
		/*@ assert first: like_levels{Pre, Here}(pfn + i); */
		/*@ assert others: \forall integer q; pfn <= q < pfn + n && q != pfn + i ==> like_levels{Pre, Here}(q); */
		/*@ assert first: like_third{Pre, Here}(pfn + i); */
		/*@ assert others: \forall integer q; pfn <= q < pfn + n && q != pfn + i ==> like_third{Pre, Here}(q); */
		/*@ assert first: like_cached{Pre, Here}(pfn + i); */
		/*@ assert others: \forall integer q; pfn <= q < pfn + n && q != pfn + i ==> like_cached{Pre, Here}(q); */
		/*@ assert before: \forall integer q; pfn <= q < pfn + i ==> frame_zeroed{Pre, Here}(q); */
		/*@ assert now: frame_zeroed{Pre, Here}(pfn + i); */
	}
	/*@ ghost hw_changed = 1; */
}

/* Locked read and write: nobody comes between. */
uint64_t hw_vmsa_freeze(uint64_t pfn)
{
	uint32_t cpu = any_cpu();
	uint64_t efer;

	environment();
	efer = op_read64(cpu, pfn, VMSA_EFER / 8);
	op_write64(cpu, pfn, VMSA_EFER / 8, efer / EFER_SVME % 2 != 0 ? efer - EFER_SVME : efer);
	environment();
	return efer;
}

void hw_vmsa_thaw(uint64_t pfn)
{
	uint32_t cpu = any_cpu();
	uint64_t efer;

	environment();
	efer = op_read64(cpu, pfn, VMSA_EFER / 8);
	op_write64(cpu, pfn, VMSA_EFER / 8, efer / EFER_SVME % 2 != 0 ? efer : efer + EFER_SVME);
	environment();
}

uint16_t hw_table_read(uint64_t pfn)
{
	return table.entry[pfn];
}

int hw_table_cas(uint64_t pfn, uint16_t expected, uint16_t desired)
{
	environment();
	if (table.entry[pfn] != expected) {
		return 0;
	}
	table.entry[pfn] = desired;
	/*@ ghost
	  hw_pages.p[pfn].entry = desired;
	  if (hw_tokens.held[pfn] == 1) {
	    hw_tokens.held[pfn] = 0;
	    hw_gave.entry[pfn] = desired;
	  } else if (desired % 16 == HW_BUSY) {
	    hw_tokens.held[pfn] = 1;
	  } else if (desired > expected) {
	    hw_tokens.open[pfn] = hw_tokens.open[pfn] + 1;
	  } else {
	    hw_tokens.open[pfn] = hw_tokens.open[pfn] - 1;
	  }
	*/
	/*@ assert owner: holders_ok(hw_pages, table, hw_tokens, others); */
	/*@ assert promise: promises_ok(hw_pages); */
	environment();
	return 1;
}

/* ---- the host's side: what the others do to frames meanwhile comes before the next step on a frame ---- */

/* Where this CPU's GHCB page is. Any page would do: access without the C-bit asks nothing of the account. */
#define GHCB_PFN (MODULE_BASE / PAGE_SIZE)
#define SHARED	 0

/*@
  WORLD_REQUIRES
  requires range: word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns machine;
  WORLD_ENSURES
*/
static uint64_t shared_read(uint64_t word)
{
	struct access a = machine_access(&machine, any_cpu(), 0, GHCB_PFN, SHARED, ACCESS_READ);

	if (a.verdict != ACCESS_OK) {
		op_stands_still();
	}
	return machine_guest_read64(&machine, a.spfn, word, SHARED);
}

/*@
  WORLD_REQUIRES
  requires range: word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns machine, dram;
  WORLD_ENSURES
*/
static void shared_write(uint64_t word, uint64_t value)
{
	struct access a = machine_access(&machine, any_cpu(), 0, GHCB_PFN, SHARED, ACCESS_WRITE);

	if (a.verdict != ACCESS_OK) {
		op_stands_still();
	}
	machine_guest_write64(&machine, a.spfn, word, SHARED, value);
	/*@ assert rmp: machine.rmp == \at(machine.rmp, Pre); */
}

uint64_t hw_ghcb_read64(uint32_t offset)
{
	return shared_read(offset / 8);
}

void hw_ghcb_write64(uint32_t offset, uint64_t value)
{
	shared_write(offset / 8, value);
	/*@ ghost hw_ghcb.word[offset / 8] = value; */
	/*@ ghost hw_ghcb.answered = 0; */
}

/* The MSR is a field of the host's control block for this CPU. */
uint64_t hw_ghcb_msr_read(void)
{
	return any_value();
}

void hw_ghcb_msr_write(uint64_t value)
{
	(void)value;
	/*@ ghost hw_ghcb.msr = value; */
	/*@ ghost hw_ghcb.answered = 0; */
}

void hw_vmgexit(void)
{
	/*@ ghost hw_ghcb.answered = 1; */
}

uint32_t hw_cpu(void)
{
	return (uint32_t)(any_value() % CPUS_MAX);
}

uint64_t hw_sev_status(void)
{
	return sev_status;
}

void hw_halt(void)
{
}

void hw_pause(void)
{
}

/* Whatever it does, nothing comes after it. */
void hw_terminate(uint32_t reason)
{
	(void)reason;
	/*@ loop assigns \nothing; */
	for (;;) {
	}
}
