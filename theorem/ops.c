/* The module's instructions, one atomic step each, on the machine. */
#define HW_WORLD <theorem/world.h>
#include "module/hw/hw.h"
#include <theorem/ops.h>

/* Validated frames get their home, and count as secret until they are zeroed. */
/*@ ghost
  /@ requires range: pfn + n <= HW_PFNS && n <= 512 && s + n <= MACHINE_FRAMES && validate <= 1;
     terminates \true;
     exits \false;
     assigns hw_pages, homes;
     ensures set: \forall integer q; pfn <= q < pfn + n ==>
       op_validated_at(\old(hw_pages), hw_pages, q, validate) && homes.spfn[q] == s + (q - pfn);
     ensures rest: op_rest(\old(hw_pages), hw_pages, pfn, n);
     ensures homes: homes_rest(\old(homes), homes, pfn, n); @/
  void account_validate(uint64_t pfn, uint64_t n, uint64_t s, uint8_t validate)
  {
    /@ loop invariant 0 <= i <= n;
       loop invariant \forall integer q; pfn <= q < pfn + i ==>
         op_validated_at(\at(hw_pages, Pre), hw_pages, q, validate) && homes.spfn[q] == s + (q - pfn);
       loop invariant op_rest(\at(hw_pages, Pre), hw_pages, pfn, i);
       loop invariant homes_rest(\at(homes, Pre), homes, pfn, i);
       loop assigns i, hw_pages, homes;
       loop variant n - i; @/
    for (uint64_t i = 0; i < n; i++) {
      hw_pages.p[pfn + i].validated = validate;
      if (validate == 1) {
        hw_pages.p[pfn + i].secret = 1;
      }
      homes.spfn[pfn + i] = (uint32_t)(s + i);
    }
  }
*/

uint64_t op_pvalidate(uint64_t pfn, uint32_t size, uint32_t validate)
{
	struct insn_result r;

	/*@ ghost lemma_operand(pfn, size); */
	r = machine_pvalidate(&machine, 0, pfn, size, validate);
	if (r.fault != INSN_DONE) {
		op_stands_still();
	}
	/*@ ghost
	  if (r.eax == SNP_OK && r.carry == 0) {
	    account_validate(pfn, size == 1 ? 512 : 1, machine.nested.e[pfn].spfn, (uint8_t)validate);
	  }
	*/
	/*@ assert shape: \forall integer x; 0 <= x < MACHINE_FRAMES ==>
	      shape_at(\at(machine.rmp, Pre), machine.rmp, x); */
	return r.eax + (r.carry != 0 ? HW_CARRY : 0);
}

uint32_t op_rmpadjust(uint64_t pfn, uint32_t size, uint32_t attributes)
{
	struct insn_result r;

	/*@ ghost lemma_operand(pfn, size); */
	r = machine_rmpadjust(&machine, 0, pfn, size, attributes);
	if (r.fault != INSN_DONE) {
		op_stands_still();
	}
	/*@ ghost
	  if (r.eax == SNP_OK) {
	    account_adjust(pfn, size == 1 ? 512 : 1, attributes % 256, (uint8_t)(attributes / 256 % 256),
	                   (int)(attributes / 65536 % 2));
	  }
	*/
	/*@ assert shape: \forall integer x; 0 <= x < MACHINE_FRAMES ==>
	      shape_at(\at(machine.rmp, Pre), machine.rmp, x); */
	return r.eax;
}

void op_flush(void)
{
	tlb_flush_all(&machine);
	/*@ ghost
	  /@ loop invariant 0 <= i <= HW_PFNS;
	     loop invariant \forall integer q; 0 <= q < i ==> op_flushed_at(\at(hw_pages, Pre), hw_pages, q);
	     loop invariant \forall integer q; i <= q < HW_PFNS ==> rest_at(\at(hw_pages, Pre), hw_pages, q);
	     loop assigns i, hw_pages;
	     loop variant HW_PFNS - i; @/
	  for (uint64_t i = 0; i < HW_PFNS; i++) {
	    hw_pages.p[i].cached = 0;
	    hw_pages.p[i].own = 0;
	  }
	*/
}

/* The frame behind a private address: its home. */
/*@
  // A translation was there before, or is the one just used.
  predicate op_cached_at(struct rmp r, struct tlb a, struct tlb b, integer c, integer i, integer pfn) =
    b.e[c][i] == a.e[c][i] ||
    (b.e[c][i].vmpl == 0 && b.e[c][i].gpfn == pfn && 0 < b.e[c][i].perm && rmp_live(r, b.e[c][i].spfn));
*/
/*@
  WORLD_REQUIRES
  requires asks: op_access_asks(cpu, pfn, 0);
  requires kind: kind == ACCESS_READ || kind == ACCESS_WRITE;
  terminates \true;
  exits \false;
  assigns machine, hw_pages;
  WORLD_ENSURES
  ensures rest: op_rest(\old(hw_pages), hw_pages, pfn, 1);
  ensures used: op_used(\old(hw_pages.p[pfn]), hw_pages.p[pfn]);
  ensures home: \result == homes.spfn[pfn] && \result < MACHINE_FRAMES && rmp_live(machine.rmp, \result) &&
    rmp_gpfn_of(machine.rmp, \result) == pfn;
*/
static uint64_t op_translate(uint32_t cpu, uint64_t pfn, enum access_kind kind)
{
	struct access a = machine_access(&machine, cpu, 0, pfn, 1, kind);

	if (a.verdict != ACCESS_OK) {
		op_stands_still();
	}
	/*@ ghost hw_pages.p[pfn].own = 1; */
	/*@ assert entries: \forall integer q; 0 <= q < HW_PFNS ==>
	      hw_pages.p[q].entry == \at(hw_pages.p[q].entry, Pre); */
	/*@ assert holders: holders_ok(hw_pages, table, hw_tokens, others); */
	/*@ assert live: rmp_live(machine.rmp, a.spfn) && rmp_gpfn_of(machine.rmp, a.spfn) == pfn; */
	/*@ assert home: home_at(machine.rmp, hw_pages, homes, a.spfn); */
	/*@ assert filled: \forall integer c, i; 0 <= c < MACHINE_CPUS && 0 <= i < MACHINE_TLB ==>
	      op_cached_at(machine.rmp, \at(machine.tlb, Pre), machine.tlb, c, i, pfn); */
	return a.spfn;
}

uint64_t op_read64(uint32_t cpu, uint64_t pfn, uint32_t word)
{
	return machine_guest_read64(&machine, op_translate(cpu, pfn, ACCESS_READ), word, 1);
}

void op_write64(uint32_t cpu, uint64_t pfn, uint32_t word, uint64_t value)
{
	uint64_t spfn = op_translate(cpu, pfn, ACCESS_WRITE);

	machine_guest_write64(&machine, spfn, word, 1, value);
	/*@ ghost labels.secret[spfn][word] = 0; */
}

void op_clean(uint64_t pfn)
{
	/*@ ghost hw_pages.p[pfn].secret = 0; */
}
