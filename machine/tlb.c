/* Flushing cached translations. Nothing else ever removes one, except a newer fill. */
#include <machine/rmp.h>

void tlb_flush_cpu(struct machine *m, uint32_t cpu)
{
	/*@
	  loop invariant range: i <= MACHINE_TLB;
	  loop invariant done: \forall integer j; 0 <= j < i ==> m->tlb.e[cpu][j].used == 0;
	  loop invariant rest: \forall integer c, j; 0 <= c < MACHINE_CPUS && c != cpu &&
	    0 <= j < MACHINE_TLB ==>
	    m->tlb.e[c][j] == \at(m->tlb.e[c][j], Pre);
	  loop assigns i, m->tlb;
	  loop variant MACHINE_TLB - i;
	*/
	for (uint32_t i = 0; i < MACHINE_TLB; i++) {
		m->tlb.e[cpu][i] = (struct tlb_entry){0};
	}
}

void tlb_flush_all(struct machine *m)
{
	/*@
	  loop invariant range: cpu <= MACHINE_CPUS;
	  loop invariant done: \forall integer c, j; 0 <= c < cpu && 0 <= j < MACHINE_TLB ==>
	    m->tlb.e[c][j].used == 0;
	  loop assigns cpu, m->tlb;
	  loop variant MACHINE_CPUS - cpu;
	*/
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		tlb_flush_cpu(m, cpu);
	}
}

/*@
  // Entry b is what a flush of the frames [s, s + n) makes of entry a.
  predicate tlb_dropped(struct tlb_entry a, struct tlb_entry b, integer s, integer n) =
    b.used == 0 || (b == a && !(s <= b.spfn < s + n));
*/
/*@
  requires \valid(m) && cpu < MACHINE_CPUS && spfn + pages <= MACHINE_FRAMES;
  terminates \true;
  exits \false;
  assigns m->tlb;
  ensures done: \forall integer i; 0 <= i < MACHINE_TLB ==>
    tlb_dropped(\old(m->tlb.e[cpu][i]), m->tlb.e[cpu][i], spfn, pages);
  ensures rest: \forall integer c, i; 0 <= c < MACHINE_CPUS && c != cpu && 0 <= i < MACHINE_TLB ==>
    m->tlb.e[c][i] == \old(m->tlb.e[c][i]);
*/
static void tlb_flush_range_cpu(struct machine *m, uint32_t cpu, uint64_t spfn, uint64_t pages)
{
	/*@
	  loop invariant range: i <= MACHINE_TLB;
	  loop invariant done: \forall integer j; 0 <= j < i ==>
	    tlb_dropped(\at(m->tlb.e[cpu][j], Pre), m->tlb.e[cpu][j], spfn, pages);
	  loop invariant coming: \forall integer j; i <= j < MACHINE_TLB ==>
	    m->tlb.e[cpu][j] == \at(m->tlb.e[cpu][j], Pre);
	  loop invariant rest: \forall integer c, j; 0 <= c < MACHINE_CPUS && c != cpu &&
	    0 <= j < MACHINE_TLB ==>
	    m->tlb.e[c][j] == \at(m->tlb.e[c][j], Pre);
	  loop assigns i, m->tlb;
	  loop variant MACHINE_TLB - i;
	*/
	for (uint32_t i = 0; i < MACHINE_TLB; i++) {
		uint64_t cached = m->tlb.e[cpu][i].spfn;

		if (m->tlb.e[cpu][i].used != 0 && cached >= spfn && cached - spfn < pages) {
			m->tlb.e[cpu][i] = (struct tlb_entry){0};
		}
	}
}

void tlb_flush_range(struct machine *m, uint64_t spfn, uint64_t pages)
{
	/*@
	  loop invariant range: cpu <= MACHINE_CPUS;
	  loop invariant done: \forall integer c, j; 0 <= c < cpu && 0 <= j < MACHINE_TLB ==>
	    tlb_dropped(\at(m->tlb.e[c][j], Pre), m->tlb.e[c][j], spfn, pages);
	  loop invariant coming: \forall integer c, j; cpu <= c < MACHINE_CPUS && 0 <= j < MACHINE_TLB ==>
	    m->tlb.e[c][j] == \at(m->tlb.e[c][j], Pre);
	  loop assigns cpu, m->tlb;
	  loop variant MACHINE_CPUS - cpu;
	*/
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		tlb_flush_range_cpu(m, cpu, spfn, pages);
	}
}

void tlb_flush_frame(struct machine *m, uint64_t spfn)
{
	tlb_flush_range(m, spfn, 1);
}
