/* The reverse map table: which entry governs a frame, and finding a guest frame's entry. */
#include <machine/rmp.h>

uint64_t rmp_home(const struct machine *m, uint64_t spfn)
{
	uint64_t head = spfn - spfn % PAGES_PER_2M;

	if (m->rmp.e[head].assigned != 0 && m->rmp.e[head].size == SNP_SIZE_2M) {
		return head;
	}
	return spfn;
}

struct rmp_entry rmp_lookup(const struct machine *m, uint64_t spfn)
{
	uint64_t home = rmp_home(m, spfn);
	struct rmp_entry entry = m->rmp.e[home];

	entry.gpfn = (uint32_t)(entry.gpfn + (spfn - home));
	return entry;
}

struct operand operand_find(const struct machine *m, uint64_t gpfn)
{
	struct operand o = {.verdict = ACCESS_NOT_PRESENT};

	if (gpfn >= MACHINE_GFNS || m->nested.e[gpfn].present == 0) {
		return o;
	}
	o.spfn = m->nested.e[gpfn].spfn;
	o.large = m->nested.e[gpfn].large;
	o.entry = rmp_lookup(m, o.spfn);
	o.verdict = ACCESS_RMP;
	if (o.entry.assigned == 0 || o.entry.asid != MACHINE_ASID || o.entry.immutable != 0) {
		return o;
	}
	if (o.entry.gpfn != gpfn) {
		return o;
	}
	o.verdict = ACCESS_OK;
	return o;
}
