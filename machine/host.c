/* What the host and the secure processor do to the machine: RMPUPDATE, PSMASH, nested map, launch. */
#include <machine/rmp.h>

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == (size == SNP_SIZE_2M ? 512 : 1);
*/
static uint64_t size_pages(uint32_t size)
{
	return size == SNP_SIZE_2M ? PAGES_PER_2M : 1UL;
}

/* The operand alone: SNP_FAIL_INPUT if no RMP entry could look like this. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures ok: \result == SNP_OK <==> update_ok(spfn, u);
  ensures code: \result == SNP_OK || \result == SNP_FAIL_INPUT;
*/
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
/*@
  requires \valid_read(m);
  requires range: spfn < MACHINE_FRAMES && size <= SNP_SIZE_2M;
  requires ok: rmp_ok(m->rmp);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures immutable: \result == SNP_FAIL_PERMISSION <==>
    m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable != 0;
  ensures running: \result == SNP_FAIL_INUSE <==>
    m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable == 0 && m->rmp.e[rmp_home_of(m->rmp, spfn)].in_use != 0;
  ensures overlap: \result == SNP_FAIL_OVERLAP <==>
    m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable == 0 && m->rmp.e[rmp_home_of(m->rmp, spfn)].in_use == 0 &&
    size == SNP_SIZE_4K && rmp_in_large(m->rmp, spfn);
  ensures code: \result == SNP_OK || \result == SNP_FAIL_PERMISSION || \result == SNP_FAIL_INUSE ||
    \result == SNP_FAIL_OVERLAP;
*/
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
/*@
  requires \valid_read(m);
  requires range: spfn < MACHINE_FRAMES && spfn % 512 == 0;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures no: \result == 0 ==> rmp_in_large(m->rmp, spfn) ||
    \forall integer t; spfn <= t < spfn + 512 ==> m->rmp.e[t].assigned == 0;
  ensures yes: \result != 0 ==> !rmp_in_large(m->rmp, spfn) &&
    \exists integer t; spfn <= t < spfn + 512 && m->rmp.e[t].assigned != 0;
*/
static uint32_t rmpupdate_swallows(const struct machine *m, uint64_t spfn)
{
	if (m->rmp.e[spfn].assigned != 0 && m->rmp.e[spfn].size == SNP_SIZE_2M) {
		return 0;
	}
	/*@
	  loop invariant range: i <= PAGES_PER_2M;
	  loop invariant none: \forall integer t; spfn <= t < spfn + i ==> m->rmp.e[t].assigned == 0;
	  loop assigns i;
	  loop variant PAGES_PER_2M - i;
	*/
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		if (m->rmp.e[spfn + i].assigned != 0) {
			return 1;
		}
	}
	return 0;
}

/* Every question that RMPUPDATE asks. */
/*@
  requires \valid_read(m);
  requires ok: rmp_ok(m->rmp);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures input: \result == SNP_FAIL_INPUT <==> !update_ok(spfn, u);
  ensures permission: \result == SNP_FAIL_PERMISSION <==>
    update_ok(spfn, u) && m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable != 0;
  ensures running: \result == SNP_FAIL_INUSE <==>
    update_ok(spfn, u) && m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable == 0 &&
    m->rmp.e[rmp_home_of(m->rmp, spfn)].in_use != 0;
  ensures overlap: \result == SNP_FAIL_OVERLAP <==>
    update_ok(spfn, u) && m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable == 0 &&
    m->rmp.e[rmp_home_of(m->rmp, spfn)].in_use == 0 && update_overlaps(m->rmp, spfn, u);
  ensures code: \result == SNP_OK || \result == SNP_FAIL_INPUT || \result == SNP_FAIL_PERMISSION ||
    \result == SNP_FAIL_INUSE || \result == SNP_FAIL_OVERLAP;
*/
static uint32_t rmpupdate_check(const struct machine *m, uint64_t spfn, struct rmp_update u)
{
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
	return SNP_OK;
}

/*@
  requires ok: update_ok(0, u);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures update_entry(\result, u);
*/
static struct rmp_entry rmpupdate_entry(struct rmp_update u)
{
	struct rmp_entry e = {0};

	if (u.assigned != 0) {
		e.gpfn = (uint32_t)u.gpfn;
		e.asid = (uint16_t)u.asid;
		e.assigned = 1;
		e.immutable = u.immutable != 0;
		e.size = u.size;
	}
	return e;
}

/* The content of pages frames goes to the owner of key. */
/*@
  requires \valid(m);
  requires range: spfn + pages <= MACHINE_FRAMES && key <= MACHINE_ASID;
  requires keys: \forall integer s; 0 <= s < MACHINE_FRAMES ==> m->memory.key[s] <= MACHINE_ASID;
  requires fresh: fresh_ok(m->memory, dram);
  terminates \true;
  exits \false;
  assigns m->memory, dram;
  ensures keys: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
    m->memory.key[s] == (spfn <= s < spfn + pages ? key : \old(m->memory.key[s]));
  ensures touched: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
    m->memory.touched[s] == \old(m->memory.touched[s]);
  ensures alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
    memory_alike(\old(m->memory), \old(dram), m->memory, dram, m->guest_key, s);
  ensures fresh: fresh_ok(m->memory, dram);
*/
static void memory_set_keys(struct machine *m, uint64_t spfn, uint64_t pages, uint8_t key)
{
	/*@
	  loop invariant range: i <= pages;
	  loop invariant keys: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
	    m->memory.key[s] == (spfn <= s < spfn + i ? key : \at(m->memory.key[s], Pre));
	  loop invariant touched: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
	    m->memory.touched[s] == \at(m->memory.touched[s], Pre);
	  loop invariant alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
	    memory_alike(\at(m->memory, Pre), \at(dram, Pre), m->memory, dram, m->guest_key, s);
	  loop invariant fresh: fresh_ok(m->memory, dram);
	  loop assigns i, m->memory, dram;
	  loop variant pages - i;
	*/
	for (uint64_t i = 0; i < pages; i++) {
		memory_set_key(m, spfn + i, key);
	}
}

/* The frames of 2M pages: h is the head of those in [h, h + 512), if of any. */
/*@ ghost
  /@ requires h < MACHINE_FRAMES;
     terminates \true;
     exits \false;
     assigns \nothing;
     ensures head: h % 512 == 0 ==> rmp_head(h) == h;
     ensures none: h % 512 != 0 ==> \forall integer s; 0 <= s < MACHINE_FRAMES ==> rmp_head(s) != h;
     ensures frames: h % 512 == 0 ==> \forall integer s; 0 <= s < MACHINE_FRAMES ==>
       (rmp_head(s) == h <==> h <= s < h + 512); @/
  static void lemma_heads(uint64_t h)
  {
  }
*/
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp);
  requires checked: update_ok(spfn, u) && !update_overlaps(m->rmp, spfn, u);
  terminates \true;
  exits \false;
  assigns m->rmp;
  ensures set: update_entry(m->rmp.e[spfn], u) && m->rmp == {\old(m->rmp) \with .e[spfn] = m->rmp.e[spfn]};
  ensures rest: \forall integer s; 0 <= s < MACHINE_FRAMES && !(spfn <= s < spfn + update_frames(u)) ==>
    rmp_alike(\old(m->rmp), m->rmp, s);
  ensures taken: \forall integer s; spfn <= s < spfn + update_frames(u) ==> updated_at(m->rmp, u, s);
  ensures ok: rmp_ok(m->rmp);
*/
static void rmp_replace(struct machine *m, uint64_t spfn, struct rmp_update u)
{
	/*@ ghost lemma_heads(spfn); */
	/*@ assert small: u.size == SNP_SIZE_4K ==> !rmp_in_large(m->rmp, spfn); */
	/*@ assert tails: u.size == SNP_SIZE_2M ==> \forall integer s; spfn < s < spfn + 512 ==>
	      rmp_at(m->rmp, s) && rmp_head(s) == spfn && m->rmp.e[s].assigned == 0; */
	m->rmp.e[spfn] = rmpupdate_entry(u);
	/*@ assert far: \forall integer s; 0 <= s < MACHINE_FRAMES && s != spfn && rmp_head(s) != spfn ==>
	      rmp_home_of(m->rmp, s) == rmp_home_of(\at(m->rmp, Pre), s) && rmp_home_of(m->rmp, s) != spfn; */
	/*@ assert near: u.size == SNP_SIZE_4K ==> \forall integer s; 0 <= s < MACHINE_FRAMES && s != spfn &&
	      rmp_head(s) == spfn ==> rmp_home_of(m->rmp, s) == s && rmp_home_of(\at(m->rmp, Pre), s) == s; */
	/*@ assert heads: \forall integer s; 0 <= s < MACHINE_FRAMES &&
	  !(spfn <= s < spfn + update_frames(u)) ==>
	      rmp_home_of(m->rmp, s) == rmp_home_of(\at(m->rmp, Pre), s) && rmp_home_of(m->rmp, s) != spfn; */
	/*@ assert tail_far: \forall integer s; 0 <= s < MACHINE_FRAMES && rmp_head(s) != spfn ==>
	      rmp_at(\at(m->rmp, Pre), s) && rmp_tail_ok(m->rmp, s); */
	/*@ assert tail_near: \forall integer s; 0 <= s < MACHINE_FRAMES && rmp_head(s) == spfn ==>
	      rmp_tail_ok(m->rmp, s); */
	/*@ assert entries: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
	      rmp_at(\at(m->rmp, Pre), s) && rmp_flags_ok(m->rmp.e[s]) && rmp_perm_ok(m->rmp.e[s]) &&
	      rmp_free_ok(m->rmp.e[s]) && rmp_head_ok(m->rmp.e[s], s) && rmp_gpfn_ok(m->rmp.e[s]); */
}

uint32_t machine_rmpupdate(struct machine *m, uint64_t spfn, struct rmp_update u)
{
	uint32_t status = rmpupdate_check(m, spfn, u);

	if (status != SNP_OK) {
		return status;
	}
	/* all checks passed */
	memory_set_keys(m, spfn, size_pages(u.size), u.assigned != 0 ? (uint8_t)u.asid : 0);
	rmp_replace(m, spfn, u);
	tlb_flush_range(m, spfn, size_pages(u.size));
	return SNP_OK;
}

/* The 512 entries of a 2M page, from its head. */
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp);
  requires range: spfn < MACHINE_FRAMES && spfn % 512 == 0;
  requires large: m->rmp.e[spfn].assigned != 0 && m->rmp.e[spfn].size == SNP_SIZE_2M;
  terminates \true;
  exits \false;
  assigns m->rmp;
  ensures alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==> rmp_alike(\old(m->rmp), m->rmp, s);
  ensures smashed: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
    smashed_at(\old(m->rmp), m->rmp, spfn, 512, s);
  ensures rmp: rmp_ok(m->rmp);
*/
static void rmp_smash(struct machine *m, uint64_t spfn)
{
	struct rmp_entry head = m->rmp.e[spfn];

	head.size = SNP_SIZE_4K;
	/*@
	  loop invariant range: i <= PAGES_PER_2M;
	  loop invariant done: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
	    smashed_at(\at(m->rmp, Pre), m->rmp, spfn, i, s);
	  loop assigns i, m->rmp;
	  loop variant PAGES_PER_2M - i;
	*/
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		m->rmp.e[spfn + i] = head;
		m->rmp.e[spfn + i].gpfn = (uint32_t)(head.gpfn + i);
	}
	/*@ ghost lemma_heads(spfn); */
	/*@ assert inside: \forall integer s; spfn <= s < spfn + 512 ==>
	  smashed_at(\at(m->rmp, Pre), m->rmp, spfn, 512, s) && rmp_head(s) == spfn &&
	  rmp_home_of(\at(m->rmp, Pre), s) == spfn && rmp_home_of(m->rmp, s) == s; */
	/*@ assert homes: \forall integer s; 0 <= s < MACHINE_FRAMES && !(spfn <= s < spfn + 512) ==>
	  smashed_at(\at(m->rmp, Pre), m->rmp, spfn, 512, rmp_head(s)) &&
	  rmp_home_of(m->rmp, s) == rmp_home_of(\at(m->rmp, Pre), s); */
	/*@ assert alike_inside: \forall integer s; spfn <= s < spfn + 512 ==>
	  rmp_alike(\at(m->rmp, Pre), m->rmp, s); */
	/*@ assert alike_rest: \forall integer s; 0 <= s < MACHINE_FRAMES && !(spfn <= s < spfn + 512) ==>
	  rmp_alike(\at(m->rmp, Pre), m->rmp, s); */
	/*@ assert alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
	  rmp_alike(\at(m->rmp, Pre), m->rmp, s); */
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
	rmp_smash(m, spfn);
	/*@ assert tlb: tlb_ok(m->rmp, m->tlb); */
	tlb_flush_range(m, spfn, PAGES_PER_2M);
	return SNP_OK;
}

/* A 2M mapping of which one frame changes becomes a table of 4K mappings. */
/*@
  requires \valid(m);
  requires range: gpfn < MACHINE_GFNS;
  requires ok: nested_ok(m->nested);
  terminates \true;
  exits \false;
  assigns m->nested;
  ensures rest: \forall integer g; 0 <= g < MACHINE_GFNS ==>
    nested_alike(\old(m->nested.e[g]), m->nested.e[g]);
  ensures split: \forall integer g; 0 <= g < MACHINE_GFNS && g / 512 == gpfn / 512 ==>
    m->nested.e[g].large == 0;
  ensures ok: nested_ok(m->nested);
*/
static void nested_split(struct machine *m, uint64_t gpfn)
{
	uint64_t head = gpfn - gpfn % PAGES_PER_2M;

	/*@
	  loop invariant range: i <= PAGES_PER_2M;
	  loop invariant rest: \forall integer g; 0 <= g < MACHINE_GFNS ==>
	    nested_alike(\at(m->nested.e[g], Pre), m->nested.e[g]);
	  loop invariant done: \forall integer g; head <= g < head + i ==> m->nested.e[g].large == 0;
	  loop assigns i, m->nested;
	  loop variant PAGES_PER_2M - i;
	*/
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
	/*@
	  loop invariant range: i <= pages;
	  loop invariant ok: nested_ok(m->nested);
	  loop invariant done: \forall integer g; gpfn <= g < gpfn + i ==>
	    nested_set_at(m->nested.e[g], spfn + (g - gpfn), present, large);
	  loop invariant rest: \forall integer g; 0 <= g < MACHINE_GFNS && !(gpfn <= g < gpfn + i) ==>
	    nested_alike(\at(m->nested.e[g], Pre), m->nested.e[g]);
	  loop invariant split: large == 0 && \at(m->nested.e[gpfn].large, Pre) != 0 ==>
	    \forall integer g; 0 <= g < MACHINE_GFNS && g / 512 == gpfn / 512 ==> m->nested.e[g].large == 0;
	  loop assigns i, m->nested;
	  loop variant pages - i;
	*/
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
