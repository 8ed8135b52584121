/* The state of the machine before the first step. */
#include <machine/machine.h>

void machine_reset(struct machine *m, uint64_t guest_key)
{
	/*@
	  loop invariant range: i <= MACHINE_FRAMES;
	  loop invariant done: \forall integer s; 0 <= s < i ==> rmp_blank(m->rmp.e[s]);
	  loop assigns i, m->rmp;
	  loop variant MACHINE_FRAMES - i;
	*/
	for (uint64_t i = 0; i < MACHINE_FRAMES; i++) {
		m->rmp.e[i] = (struct rmp_entry){0};
	}
	/*@
	  loop invariant range: i <= MACHINE_GFNS;
	  loop invariant done: \forall integer g; 0 <= g < i ==> nested_blank(m->nested.e[g]);
	  loop assigns i, m->nested;
	  loop variant MACHINE_GFNS - i;
	*/
	for (uint64_t i = 0; i < MACHINE_GFNS; i++) {
		m->nested.e[i] = (struct nested_entry){0};
	}
	/*@
	  loop invariant range: i <= MACHINE_FRAMES;
	  loop invariant done: \forall integer s; 0 <= s < i ==> m->memory.key[s] == 0;
	  loop assigns i, m->memory;
	  loop variant MACHINE_FRAMES - i;
	*/
	for (uint64_t i = 0; i < MACHINE_FRAMES; i++) {
		m->memory.key[i] = 0;
	}
	/*@
	  loop invariant range: i <= MACHINE_FRAMES;
	  loop invariant keys: \forall integer s; 0 <= s < MACHINE_FRAMES ==> m->memory.key[s] == 0;
	  loop invariant done: \forall integer s; 0 <= s < i ==> m->memory.touched[s] == 0;
	  loop assigns i, m->memory;
	  loop variant MACHINE_FRAMES - i;
	*/
	for (uint64_t i = 0; i < MACHINE_FRAMES; i++) {
		m->memory.touched[i] = 0;
	}
	/*@
	  loop invariant range: cpu <= MACHINE_CPUS;
	  loop invariant done: \forall integer c, i; 0 <= c < cpu && 0 <= i < MACHINE_TLB ==>
	    m->tlb.e[c][i].used == 0;
	  loop assigns cpu, m->tlb;
	  loop variant MACHINE_CPUS - cpu;
	*/
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		tlb_flush_cpu(m, cpu);
		m->tlb.next[cpu] = 0;
	}
	m->guest_key = guest_key;
}
