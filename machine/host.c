/* What the host and the secure processor do to the machine: RMPUPDATE, PSMASH, nested map, launch.
 * */
#include <machine/rmp.h>

static uint64_t size_pages(uint32_t size)
{
	return size == SNP_SIZE_2M ? PAGES_PER_2M : 1UL;
}

/* The operand alone: SNP_FAIL_INPUT if no RMP entry could look like this. */
static uint32_t rmpupdate_operand(uint64_t spfn, struct rmp_update u)
{
	if (spfn >= MACHINE_FRAMES || u.size > SNP_SIZE_2M || u.asid > MACHINE_ASID) {
		return SNP_FAIL_INPUT;
	}
	if (u.size == SNP_SIZE_2M && (spfn % PAGES_PER_2M != 0 || u.gpfn % PAGES_PER_2M != 0)) {
		return SNP_FAIL_INPUT;
	}
	if (u.assigned == 0 && (u.asid != 0 || u.immutable != 0)) {
		return SNP_FAIL_INPUT;
	}
	if (u.assigned != 0 && u.gpfn >= MACHINE_GFNS) {
		return SNP_FAIL_INPUT;
	}
	return SNP_OK;
}

/* May the frame's present entry be replaced? A 2M page can only be replaced as a whole. */
static uint32_t rmpupdate_frame(const struct machine *m, uint64_t spfn, uint32_t size)
{
	struct rmp_entry old = rmp_lookup(m, spfn);

	if (old.immutable != 0) {
		return SNP_FAIL_PERMISSION;
	}
	if (old.in_use != 0) {
		return SNP_FAIL_INUSE;
	}
	if (old.assigned != 0 && old.size == SNP_SIZE_2M && size == SNP_SIZE_4K) {
		return SNP_FAIL_OVERLAP;
	}
	return SNP_OK;
}

/* A 2M update must not swallow assigned 4K pages. */
static uint32_t rmpupdate_swallows(const struct machine *m, uint64_t spfn)
{
	if (m->rmp.e[spfn].assigned != 0 && m->rmp.e[spfn].size == SNP_SIZE_2M) {
		return 0;
	}
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		if (m->rmp.e[spfn + i].assigned != 0) {
			return 1;
		}
	}
	return 0;
}

uint32_t machine_rmpupdate(struct machine *m, uint64_t spfn, struct rmp_update u)
{
	uint8_t owner = u.assigned != 0 ? (uint8_t)u.asid : 0;
	uint32_t status = rmpupdate_operand(spfn, u);

	if (status != SNP_OK) {
		return status;
	}
	status = rmpupdate_frame(m, spfn, u.size);
	if (status != SNP_OK) {
		return status;
	}
	if (u.size == SNP_SIZE_2M && rmpupdate_swallows(m, spfn) != 0) {
		return SNP_FAIL_OVERLAP;
	}
	/* all checks passed */
	for (uint64_t i = 0; i < size_pages(u.size); i++) {
		memory_set_key(m, spfn + i, owner);
	}
	m->rmp.e[spfn] = (struct rmp_entry){0};
	if (u.assigned != 0) {
		m->rmp.e[spfn].gpfn = (uint32_t)u.gpfn;
		m->rmp.e[spfn].asid = (uint16_t)u.asid;
		m->rmp.e[spfn].assigned = 1;
		m->rmp.e[spfn].immutable = u.immutable != 0;
		m->rmp.e[spfn].size = u.size;
	}
	tlb_flush_range(m, spfn, size_pages(u.size));
	return SNP_OK;
}

uint32_t machine_psmash(struct machine *m, uint64_t spfn)
{
	struct rmp_entry head;

	if (spfn >= MACHINE_FRAMES || spfn % PAGES_PER_2M != 0) {
		return SNP_FAIL_INPUT;
	}
	head = m->rmp.e[spfn];
	if (head.assigned == 0 || head.size != SNP_SIZE_2M) {
		return SNP_FAIL_INPUT;
	}
	if (head.immutable != 0) {
		return SNP_FAIL_PERMISSION;
	}
	/* all checks passed */
	head.size = SNP_SIZE_4K;
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		m->rmp.e[spfn + i] = head;
		m->rmp.e[spfn + i].gpfn = (uint32_t)(head.gpfn + i);
	}
	tlb_flush_range(m, spfn, PAGES_PER_2M);
	return SNP_OK;
}

/* A 2M mapping of which one frame changes becomes a table of 4K mappings. */
static void nested_split(struct machine *m, uint64_t gpfn)
{
	uint64_t head = gpfn - gpfn % PAGES_PER_2M;

	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		m->nested.e[head + i].large = 0;
	}
}

uint32_t machine_nested_set(struct machine *m, uint64_t gpfn, uint64_t spfn, uint32_t present,
			    uint32_t large)
{
	uint64_t pages = large != 0 ? PAGES_PER_2M : 1UL;

	if (gpfn >= MACHINE_GFNS || (present != 0 && spfn >= MACHINE_FRAMES)) {
		return SNP_FAIL_INPUT;
	}
	if (large != 0 &&
	    (gpfn % PAGES_PER_2M != 0 || (present != 0 && spfn % PAGES_PER_2M != 0))) {
		return SNP_FAIL_INPUT;
	}
	/* all checks passed */
	if (large == 0 && m->nested.e[gpfn].large != 0) {
		nested_split(m, gpfn);
	}
	for (uint64_t i = 0; i < pages; i++) {
		m->nested.e[gpfn + i] = (struct nested_entry){0};
		if (present != 0) {
			m->nested.e[gpfn + i].spfn = (uint32_t)(spfn + i);
			m->nested.e[gpfn + i].present = 1;
			m->nested.e[gpfn + i].large = large != 0;
		}
	}
	return SNP_OK;
}

uint32_t machine_launch_page(struct machine *m, uint64_t spfn, uint64_t gpfn, uint32_t vmsa)
{
	if (spfn >= MACHINE_FRAMES) {
		return SNP_FAIL_INPUT;
	}
	if (rmp_lookup(m, spfn).assigned != 0) {
		return SNP_FAIL_PERMISSION;
	}
	/* all checks passed */
	m->memory.key[spfn] = MACHINE_ASID; /* encrypted in place: the content stays */
	machine_touch(m, spfn);
	m->rmp.e[spfn] = (struct rmp_entry){0};
	m->rmp.e[spfn].gpfn = gpfn < MACHINE_GFNS ? (uint32_t)gpfn : MACHINE_NOWHERE;
	m->rmp.e[spfn].asid = MACHINE_ASID;
	m->rmp.e[spfn].assigned = 1;
	m->rmp.e[spfn].validated = 1;
	m->rmp.e[spfn].vmsa = vmsa != 0;
	m->rmp.e[spfn].perm[0] = SNP_PERM_ALL;
	tlb_flush_frame(m, spfn);
	return SNP_OK;
}
