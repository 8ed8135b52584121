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

uint64_t op_read64(uint32_t cpu, uint64_t pfn, uint32_t word)
{
	struct access a = machine_access(&machine, cpu, 0, pfn, 1, ACCESS_READ);

	if (a.verdict != ACCESS_OK) {
		op_stands_still();
	}
	/*@ ghost hw_pages.p[pfn].own = 1; */
	return machine_guest_read64(&machine, a.spfn, word, 1);
}

void op_write64(uint32_t cpu, uint64_t pfn, uint32_t word, uint64_t value)
{
	struct access a = machine_access(&machine, cpu, 0, pfn, 1, ACCESS_WRITE);

	if (a.verdict != ACCESS_OK) {
		op_stands_still();
	}
	/*@ ghost hw_pages.p[pfn].own = 1; */
	machine_guest_write64(&machine, a.spfn, word, 1, value);
	/*@ ghost labels.secret[a.spfn][word] = 0; */
	/*@ assert entries: \forall integer q; 0 <= q < HW_PFNS ==> entry_kept(\at(hw_pages, Pre), hw_pages, q); */
}

void op_clean(uint64_t pfn)
{
	/*@ ghost hw_pages.p[pfn].secret = 0; */
}
