/* The state of the machine before the first step. */
#include <machine/machine.h>

void machine_reset(struct machine *m, uint64_t guest_key)
{
	for (uint64_t i = 0; i < MACHINE_FRAMES; i++) {
		m->rmp.e[i] = (struct rmp_entry){0};
	}
	for (uint64_t i = 0; i < MACHINE_GFNS; i++) {
		m->nested.e[i] = (struct nested_entry){0};
	}
	for (uint64_t i = 0; i < MACHINE_FRAMES; i++) {
		m->memory.key[i] = 0;
	}
	for (uint64_t i = 0; i < MACHINE_FRAMES; i++) {
		m->memory.touched[i] = 0;
	}
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		tlb_flush_cpu(m, cpu);
		m->tlb.next[cpu] = 0;
	}
	m->guest_key = guest_key;
}
