/* Flushing cached translations. Nothing else ever removes one, except a newer fill. */
#include <machine/rmp.h>

void tlb_flush_cpu(struct machine *m, uint32_t cpu)
{
	for (uint32_t i = 0; i < MACHINE_TLB; i++) {
		m->tlb.e[cpu][i] = (struct tlb_entry){0};
	}
}

void tlb_flush_all(struct machine *m)
{
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		tlb_flush_cpu(m, cpu);
	}
}

static void tlb_flush_range_cpu(struct machine *m, uint32_t cpu, uint64_t spfn, uint64_t pages)
{
	for (uint32_t i = 0; i < MACHINE_TLB; i++) {
		uint64_t cached = m->tlb.e[cpu][i].spfn;

		if (m->tlb.e[cpu][i].used != 0 && cached >= spfn && cached - spfn < pages) {
			m->tlb.e[cpu][i] = (struct tlb_entry){0};
		}
	}
}

void tlb_flush_range(struct machine *m, uint64_t spfn, uint64_t pages)
{
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		tlb_flush_range_cpu(m, cpu, spfn, pages);
	}
}

void tlb_flush_frame(struct machine *m, uint64_t spfn)
{
	tlb_flush_range(m, spfn, 1);
}
