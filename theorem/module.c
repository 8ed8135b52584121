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
  assigns hw_world, \result \from hw_world;
  ensures \result < MACHINE_CPUS;
*/
static uint32_t any_cpu(void);

uint64_t hw_pvalidate(uint64_t pfn, uint32_t size, uint32_t validate)
{
	uint64_t result;

	environment();
	result = op_pvalidate(pfn, size, validate);
	/*@ ghost if (result == 0) { hw_changed = 1; } */
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
	environment();
	return value;
}

void hw_write64(uint64_t pfn, uint32_t word, uint64_t value)
{
	environment();
	op_write64(any_cpu(), pfn, word, value);
	environment();
}

/* value / 256^n % 256 */
/*@
  requires n < 8;
  terminates \true;
  exits \false;
  assigns \nothing;
*/
static uint8_t byte_of(uint64_t value, uint32_t n)
{
	uint32_t i;

	/*@
	  loop invariant i <= n;
	  loop assigns i, value;
	  loop variant n - i;
	*/
	for (i = 0; i < n; i++) {
		value = value / 256;
	}
	return (uint8_t)(value % 256);
}

uint8_t hw_read8(uint64_t pfn, uint32_t offset)
{
	return byte_of(hw_read64(pfn, offset / 8), offset % 8);
}

/* The other seven bytes of the word stay, or are what another CPU of the guest writes: any value. */
void hw_write8(uint64_t pfn, uint32_t offset, uint8_t value)
{
	uint64_t word;

	environment();
	word = op_read64(any_cpu(), pfn, offset / 8);
	op_write64(any_cpu(), pfn, offset / 8, word - word % 256 + value);
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
	  loop assigns i, HW_INTERFERENCE;
	  loop variant n - i;
	*/
	for (i = 0; i < n; i++) {
		zero_frame(pfn + i);
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
