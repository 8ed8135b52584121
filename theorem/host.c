/* Every step of the host: the invariant stands. It reads ciphertext of what is the guest's. */
#define HW_WORLD <theorem/world.h>
#include "module/hw/hw.h"
#include <theorem/steps.h>

void host_rmpupdate(uint64_t spfn, struct rmp_update u)
{
	(void)machine_rmpupdate(&machine, spfn, u);
}

void host_psmash(uint64_t spfn)
{
	(void)machine_psmash(&machine, spfn);
	/*@ assert old: \forall integer c, i; 0 <= c < MACHINE_CPUS && 0 <= i < MACHINE_TLB ==>
	      tlb_kept(\at(machine.tlb, Pre), machine.tlb, c, i); */
	/*@ assert alike: \forall integer c, i; 0 <= c < MACHINE_CPUS && 0 <= i < MACHINE_TLB ==>
	      translation_alike(\at(machine.rmp, Pre), machine.rmp, \at(machine.tlb, Pre), c, i); */
}

void host_map(uint64_t gpfn, uint64_t spfn, uint32_t present, uint32_t large)
{
	(void)machine_nested_set(&machine, gpfn, spfn, present, large);
}

uint64_t host_read(uint64_t spfn, uint64_t word)
{
	return machine_host_read64(&machine, spfn, word);
}

void host_write(uint64_t spfn, uint64_t word, uint64_t value)
{
	(void)machine_host_write64(&machine, spfn, word, value);
}

uint32_t host_vmrun(uint64_t spfn)
{
	uint32_t vmpl = 0;

	return machine_vmrun(&machine, spfn, &vmpl);
}

void host_vmexit(uint64_t spfn)
{
	machine_vmexit(&machine, spfn);
}
