/* Who may touch a guest frame: the nested walk, the RMP checks, VMPL permissions, and the TLB. */
#include <machine/rmp.h>

/* Instruction fetches are private whatever the C-bit says (manual volume 2, 15.34.5). */
static uint32_t view_is_private(uint32_t private_view, enum access_kind kind)
{
	if (kind == ACCESS_FETCH_USER || kind == ACCESS_FETCH_SUPERVISOR) {
		return 1;
	}
	return private_view != 0;
}

static uint32_t permission_allows(uint8_t perm, enum access_kind kind)
{
	switch (kind) {
	case ACCESS_READ:
		return (perm & SNP_PERM_R) != 0;
	case ACCESS_WRITE:
		return (perm & SNP_PERM_W) != 0;
	case ACCESS_FETCH_USER:
		return (perm & SNP_PERM_UX) != 0;
	case ACCESS_FETCH_SUPERVISOR:
		return (perm & SNP_PERM_SX) != 0;
	}
	return 0;
}

/* What vmpl may do with a validated page. Without R nothing counts: a page that cannot be read can
 * be mapped for no other use either. The VMSA of a running vCPU is written by its CPU only. */
static uint8_t permission_effective(struct rmp_entry entry, uint32_t vmpl)
{
	uint8_t perm = entry.perm[vmpl];

	if ((perm & SNP_PERM_R) == 0) {
		return SNP_PERM_NONE;
	}
	if (entry.in_use != 0 && (perm & SNP_PERM_W) != 0) {
		return (uint8_t)(perm - SNP_PERM_W);
	}
	return perm;
}

static struct access walk_shared(const struct machine *m, uint64_t gpfn)
{
	struct access a = {.verdict = ACCESS_NOT_PRESENT};

	if (gpfn >= MACHINE_GFNS || m->nested.e[gpfn].present == 0) {
		return a;
	}
	if (rmp_lookup(m, m->nested.e[gpfn].spfn).assigned != 0) {
		a.verdict = ACCESS_RMP;
		return a;
	}
	a.verdict = ACCESS_OK;
	a.spfn = m->nested.e[gpfn].spfn;
	a.perm = SNP_PERM_R | SNP_PERM_W;
	return a;
}

static struct access walk_private(const struct machine *m, uint32_t vmpl, uint64_t gpfn,
				  enum access_kind kind)
{
	struct operand o = operand_find(m, gpfn);
	struct access a = {.verdict = o.verdict};

	if (o.verdict != ACCESS_OK) {
		return a;
	}
	if (o.entry.validated == 0) {
		a.verdict = ACCESS_NOT_VALID;
		return a;
	}
	if ((o.large != 0) != (o.entry.size == SNP_SIZE_2M)) {
		a.verdict = ACCESS_SIZE;
		return a;
	}
	if (kind == ACCESS_WRITE && o.entry.in_use != 0) {
		a.verdict = ACCESS_RMP;
		return a;
	}
	a.perm = permission_effective(o.entry, vmpl);
	if (permission_allows(a.perm, kind) == 0) {
		a.verdict = ACCESS_VMPL;
		a.perm = SNP_PERM_NONE;
		return a;
	}
	a.spfn = o.spfn;
	a.large = o.large != 0;
	return a;
}

struct access machine_walk(const struct machine *m, uint32_t vmpl, uint64_t gpfn,
			   uint32_t private_view, enum access_kind kind)
{
	if (view_is_private(private_view, kind) != 0) {
		return walk_private(m, vmpl, gpfn, kind);
	}
	return walk_shared(m, gpfn);
}

/* The entry of this CPU's TLB that translates gpfn, or MACHINE_TLB. */
static uint32_t tlb_find(const struct machine *m, uint32_t cpu, uint32_t vmpl, uint64_t gpfn,
			 uint32_t private_view)
{
	for (uint32_t i = 0; i < MACHINE_TLB; i++) {
		const struct tlb_entry *t = &m->tlb.e[cpu][i];

		if (t->used != 0 && t->gpfn == gpfn && t->vmpl == vmpl &&
		    t->private_view == private_view) {
			return i;
		}
	}
	return MACHINE_TLB;
}

static void tlb_fill(struct machine *m, uint32_t cpu, uint32_t slot, struct tlb_entry entry)
{
	if (slot < MACHINE_TLB) {
		m->tlb.e[cpu][slot] = entry;
		return;
	}
	slot = m->tlb.next[cpu] % MACHINE_TLB;
	m->tlb.e[cpu][slot] = entry;
	m->tlb.next[cpu] = (slot + 1) % MACHINE_TLB;
}

struct access machine_access(struct machine *m, uint32_t cpu, uint32_t vmpl, uint64_t gpfn,
			     uint32_t private_view, enum access_kind kind)
{
	uint32_t view = view_is_private(private_view, kind);
	uint32_t slot = tlb_find(m, cpu, vmpl, gpfn, view);
	struct access a;

	if (slot < MACHINE_TLB && permission_allows(m->tlb.e[cpu][slot].perm, kind) != 0) {
		a = (struct access){.verdict = ACCESS_OK,
				    .spfn = m->tlb.e[cpu][slot].spfn,
				    .perm = m->tlb.e[cpu][slot].perm};
		return a;
	}
	/* A cached translation that would refuse is not believed: the CPU walks again. */
	a = machine_walk(m, vmpl, gpfn, view, kind);
	if (a.verdict == ACCESS_OK) {
		tlb_fill(m, cpu, slot,
			 (struct tlb_entry){.gpfn = (uint32_t)gpfn,
					    .spfn = (uint32_t)a.spfn,
					    .used = 1,
					    .vmpl = (uint8_t)vmpl,
					    .private_view = (uint8_t)view,
					    .perm = a.perm});
	}
	return a;
}
