/* Every step of VMPL1..3: the invariant stands; no secret is read, nothing out of reach is written. */
#define HW_WORLD <theorem/world.h>
#include "module/hw/hw.h"
#include <theorem/account.h>
#include <theorem/steps.h>

struct access guest_read(uint32_t cpu, uint32_t vmpl, uint64_t gpfn, uint64_t word, uint32_t view,
			 enum access_kind kind)
{
	struct access a;

	/*@ assert levels: vmpl == 1 || vmpl == 2 || vmpl == 3; */
	a = machine_access(&machine, cpu, vmpl, gpfn, view, kind);
	/*@ assert accounted: a.verdict == ACCESS_OK ==> account_at(machine.rmp, hw_pages, a.spfn); */

	if (a.verdict == ACCESS_OK) {
		(void)machine_guest_read64(&machine, a.spfn, word, view);
	}
	return a;
}

void guest_write(uint32_t cpu, uint32_t vmpl, uint64_t gpfn, uint64_t word, uint32_t view,
		 uint64_t value)
{
	struct access a;

	/*@ assert levels: vmpl == 1 || vmpl == 2 || vmpl == 3; */
	a = machine_access(&machine, cpu, vmpl, gpfn, view, ACCESS_WRITE);

	if (a.verdict == ACCESS_OK) {
		/*@ assert within: !out_of_reach(machine.rmp, hw_pages, a.spfn); */
		machine_guest_write64(&machine, a.spfn, word, view, value);
		/*@ assert rmp: machine.rmp == \at(machine.rmp, Pre); */
	}
}

void guest_pvalidate(uint32_t vmpl, uint64_t gpfn, uint32_t size, uint32_t validate)
{
	(void)machine_pvalidate(&machine, vmpl, gpfn, size, validate);
}

void guest_rmpadjust(uint32_t vmpl, uint64_t gpfn, uint32_t size, uint64_t attributes)
{
	struct insn_result r;

	/*@ assert levels: vmpl == 1 || vmpl == 2 || vmpl == 3; */
	/*@ ghost lemma_operand(gpfn, size); */
	r = machine_rmpadjust(&machine, vmpl, gpfn, size, attributes);
	/*@ assert may: insn_took(r) ==> \forall integer q; span_in(q, gpfn, hw_frames(size)) ==>
	      may_adjust_at(hw_pages, q, vmpl, attr_perm(attributes)); */
	/*@ ghost
	  if (r.fault == INSN_DONE && r.eax == SNP_OK) {
	    account_adjust_guest(gpfn, size == 1 ? 512 : 1, vmpl, (uint32_t)(attributes % 256),
	                         (uint8_t)(attributes / 256 % 256));
	  }
	*/
	/*@ assert shape: \forall integer x; 0 <= x < MACHINE_FRAMES ==>
	      shape_at(\at(machine.rmp, Pre), machine.rmp, x); */
}

void guest_flush(uint32_t cpu)
{
	tlb_flush_cpu(&machine, cpu);
}
