/* Who may touch a guest frame: the nested walk, the RMP checks, VMPL permissions, and the TLB. */
#include <machine/rmp.h>

/* Instruction fetches are private whatever the C-bit says (manual volume 2, 15.34.5). */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == access_view(private_view, kind);
*/
static uint32_t view_is_private(uint32_t private_view, enum access_kind kind)
{
	if (kind == ACCESS_FETCH_USER || kind == ACCESS_FETCH_SUPERVISOR) {
		return 1;
	}
	return private_view != 0;
}

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> access_allowed(perm, kind);
*/
static uint32_t permission_allows(uint8_t perm, enum access_kind kind)
{
	switch (kind) {
	case ACCESS_READ:
		return perm % 2U != 0;
	case ACCESS_WRITE:
		return perm / SNP_PERM_W % 2U != 0;
	case ACCESS_FETCH_USER:
		return perm / SNP_PERM_UX % 2U != 0;
	case ACCESS_FETCH_SUPERVISOR:
		return perm / SNP_PERM_SX % 2U != 0;
	}
	return 0;
}

/* What vmpl may do with a validated page. Without R nothing counts: a page that cannot be read can
 * be mapped for no other use either. The VMSA of a running vCPU is written by its CPU only. */
/*@
  requires range: vmpl <= 3 && entry.perm[vmpl] <= 15;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == perm_effective(entry, vmpl);
  ensures below: \result <= entry.perm[vmpl];
*/
static uint8_t permission_effective(struct rmp_entry entry, uint32_t vmpl)
{
	uint8_t perm = entry.perm[vmpl];

	if (perm % 2U == 0) {
		return SNP_PERM_NONE;
	}
	if (entry.in_use != 0 && perm / SNP_PERM_W % 2U != 0) {
		return (uint8_t)(perm - SNP_PERM_W);
	}
	return perm;
}

/*@
  requires \valid_read(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures absent: \result.verdict == ACCESS_NOT_PRESENT <==> !nested_maps(m->nested, gpfn);
  ensures rmp: \result.verdict == ACCESS_RMP <==>
    nested_maps(m->nested, gpfn) && rmp_assigned(m->rmp, nested_spfn(m->nested, gpfn));
  ensures ok: \result.verdict == ACCESS_OK <==>
    nested_maps(m->nested, gpfn) && !rmp_assigned(m->rmp, nested_spfn(m->nested, gpfn));
  ensures where: \result.verdict == ACCESS_OK ==>
    \result.spfn == nested_spfn(m->nested, gpfn) && \result.perm == (SNP_PERM_R | SNP_PERM_W);
  ensures refused: \result.verdict != ACCESS_OK ==> \result.spfn == 0 && \result.perm == 0;
  ensures small: \result.large == 0;
*/
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

/*@
  requires \valid_read(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested);
  requires level: vmpl <= 3;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures absent: \result.verdict == ACCESS_NOT_PRESENT <==> !nested_maps(m->nested, gpfn);
  ensures not_valid: \result.verdict == ACCESS_NOT_VALID <==> access_not_valid(m->rmp, m->nested, gpfn);
  ensures size: \result.verdict == ACCESS_SIZE <==> access_wrong_size(m->rmp, m->nested, gpfn);
  ensures rmp: \result.verdict == ACCESS_RMP <==>
    access_foreign(m->rmp, m->nested, gpfn) || access_locked(m->rmp, m->nested, gpfn, kind);
  ensures vmpl: \result.verdict == ACCESS_VMPL <==> access_lacks(m->rmp, m->nested, vmpl, gpfn, kind);
  ensures ok: \result.verdict == ACCESS_OK <==> access_granted(m->rmp, m->nested, vmpl, gpfn, kind);
  ensures where: \result.verdict == ACCESS_OK ==>
    \result.spfn == nested_spfn(m->nested, gpfn) &&
    \result.perm == access_perm(m->rmp, m->nested, vmpl, gpfn) &&
    0 < \result.perm <= m->rmp.e[rmp_home_of(m->rmp, \result.spfn)].perm[vmpl] && \result.perm <= 15 &&
    (\result.large != 0 <==> m->nested.e[gpfn].large != 0);
  ensures refused: \result.verdict != ACCESS_OK ==>
    \result.spfn == 0 && \result.perm == 0 && \result.large == 0;
*/
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
	/*@ assert levels: vmpl == 0 || vmpl == 1 || vmpl == 2 || vmpl == 3; */
	/*@ assert have: o.entry.perm[vmpl] <= 15; */
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

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> tlb_translates(t, vmpl, gpfn, private_view, t.spfn);
*/
static uint32_t tlb_matches(struct tlb_entry t, uint32_t vmpl, uint64_t gpfn, uint32_t private_view)
{
	return t.used != 0 && t.gpfn == gpfn && t.vmpl == vmpl && t.private_view == private_view;
}

/* The entry of this CPU's TLB that translates gpfn, or MACHINE_TLB. */
/*@
  requires \valid_read(m) && cpu < MACHINE_CPUS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures found: \result < MACHINE_TLB ==>
    tlb_translates(m->tlb.e[cpu][\result], vmpl, gpfn, private_view, m->tlb.e[cpu][\result].spfn);
  ensures range: \result <= MACHINE_TLB;
  ensures absent: \result == MACHINE_TLB ==> \forall integer i; 0 <= i < MACHINE_TLB ==>
    !tlb_translates(m->tlb.e[cpu][i], vmpl, gpfn, private_view, m->tlb.e[cpu][i].spfn);
*/
static uint32_t tlb_find(const struct machine *m, uint32_t cpu, uint32_t vmpl, uint64_t gpfn,
			 uint32_t private_view)
{
	/*@
	  loop invariant range: i <= MACHINE_TLB;
	  loop invariant absent: \forall integer j; 0 <= j < i ==>
	    !tlb_translates(m->tlb.e[cpu][j], vmpl, gpfn, private_view, m->tlb.e[cpu][j].spfn);
	  loop assigns i;
	  loop variant MACHINE_TLB - i;
	*/
	for (uint32_t i = 0; i < MACHINE_TLB; i++) {
		if (tlb_matches(m->tlb.e[cpu][i], vmpl, gpfn, private_view) != 0) {
			return i;
		}
	}
	return MACHINE_TLB;
}

/*@
  requires \valid(m) && cpu < MACHINE_CPUS;
  terminates \true;
  exits \false;
  assigns m->tlb;
  ensures rest: \forall integer c, i; 0 <= c < MACHINE_CPUS && 0 <= i < MACHINE_TLB ==>
    m->tlb.e[c][i] == \old(m->tlb.e[c][i]) || (c == cpu && m->tlb.e[c][i] == entry);
  ensures in: \exists integer i; 0 <= i < MACHINE_TLB && m->tlb.e[cpu][i] == entry;
*/
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
		struct tlb_entry entry = {.gpfn = (uint32_t)gpfn,
					  .spfn = (uint32_t)a.spfn,
					  .used = 1,
					  .vmpl = (uint8_t)vmpl,
					  .private_view = (uint8_t)view,
					  .perm = a.perm};

		/*@ assert entry: tlb_entry_ok(m->rmp, entry); */
		tlb_fill(m, cpu, slot, entry);
	}
	return a;
}
