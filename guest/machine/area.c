#include <verismo/vmsa.h>
#include "area.h"

#define CODE_RET 0xc3UL
#define CODE_UD2 0x0b0fUL

uint64_t area_gpfn(const struct area *a, uint16_t page)
{
	return page == PAGE_BEYOND ? MACHINE_GFNS : a->first_page + page;
}

uint64_t area_spfn(const struct area *a, uint16_t frame)
{
	return frame == PAGE_BEYOND ? MACHINE_FRAMES : a->first_frame + frame;
}

static struct rmp_entry entry_of(const struct area *a, const struct rmp_view *v, uint32_t i)
{
	struct rmp_entry e = {.gpfn = v->assigned ? (uint32_t)(area_gpfn(a, v->page) + i) : 0,
			      .asid = v->asid,
			      .assigned = v->assigned,
			      .validated = v->validated,
			      .immutable = v->immutable,
			      .size = v->size,
			      .vmsa = v->vmsa,
			      .in_use = v->in_use};

	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		e.perm[vmpl] = v->perm[vmpl];
	}
	return e;
}

static void set_rmp(struct machine *m, struct area *a, const struct page_state *s)
{
	uint32_t covered = s->entry.size == SNP_SIZE_2M ? PAGES_PER_2M : s->entries;

	for (uint32_t i = 0; i < TEST_PAGES; i++) {
		struct rmp_entry *e = &m->rmp.e[a->first_frame + i];

		*e = (struct rmp_entry){0};
		if (i >= s->home && i - s->home < s->entries) {
			*e = entry_of(a, &s->entry, i - s->home);
		}
		m->memory.key[a->first_frame + i] =
			i >= s->home && i - s->home < covered ? s->entry.asid : 0;
		a->then[i] = *e;
	}
}

static void set_nested(struct machine *m, const struct area *a, const struct page_state *s)
{
	uint64_t page = s->large ? s->page / PAGES_PER_2M * PAGES_PER_2M : s->page;
	uint64_t frame = s->large ? s->frame / PAGES_PER_2M * PAGES_PER_2M : s->frame;

	for (uint64_t i = 0; i < TEST_PAGES; i++) {
		m->nested.e[a->first_page + i] = (struct nested_entry){0};
	}
	if (s->mapped) {
		machine_nested_set(m, a->first_page + page, a->first_frame + frame, 1, s->large);
	}
}

static void set_content(struct machine *m, const struct area *a, const struct page_state *s,
			const uint64_t *vmsa)
{
	uint64_t spfn = area_spfn(a, s->frame);

	if (s->frame == PAGE_BEYOND) {
		return;
	}
	machine_touch(m, spfn);
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		dram_write64(spfn, i, s->is_vmsa && vmsa ? vmsa[i] : 0);
	}
	if (s->is_vmsa) {
		uint64_t efer = dram_read64(spfn, VMSA_EFER / 8) & ~EFER_SVME;

		dram_write64(spfn, VMSA_VMPL / 8, (uint64_t)s->level << VMSA_VMPL % 8 * 8);
		dram_write64(spfn, VMSA_EFER / 8, efer | (s->svme ? EFER_SVME : 0));
	} else {
		dram_write64(spfn, AREA_RET_OFFSET / 8, CODE_RET);
		dram_write64(spfn, AREA_UD_OFFSET / 8, CODE_UD2);
		dram_write64(spfn, AREA_DATA_WORD, TEST_DATA);
	}
}

void area_set(struct machine *m, struct area *a, const struct page_state *s, const uint64_t *vmsa)
{
	set_rmp(m, a, s);
	set_nested(m, a, s);
	set_content(m, a, s, vmsa);
}

struct rmp_view area_entry(const struct machine *m, const struct area *a, uint16_t frame)
{
	const struct rmp_entry *e = &m->rmp.e[area_spfn(a, frame)];
	struct rmp_view v = {.page = e->assigned ? (uint16_t)(e->gpfn - a->first_page) : 0,
			     .assigned = e->assigned,
			     .asid = (uint8_t)e->asid,
			     .validated = e->validated,
			     .immutable = e->immutable,
			     .size = e->size,
			     .vmsa = e->vmsa,
			     .in_use = e->in_use};

	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		v.perm[vmpl] = e->perm[vmpl];
	}
	return v;
}

static uint32_t entry_differs(const struct rmp_entry *a, const struct rmp_entry *b)
{
	uint32_t differs = a->gpfn != b->gpfn || a->asid != b->asid || a->assigned != b->assigned ||
			   a->validated != b->validated || a->immutable != b->immutable ||
			   a->size != b->size || a->vmsa != b->vmsa || a->in_use != b->in_use;

	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		differs |= a->perm[vmpl] != b->perm[vmpl];
	}
	return differs;
}

uint32_t area_changed(const struct machine *m, const struct area *a)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < TEST_PAGES; i++) {
		n += entry_differs(&a->then[i], &m->rmp.e[a->first_frame + i]);
	}
	return n;
}

struct rmp_update area_update(const struct area *a, const struct step *s)
{
	return (struct rmp_update){.gpfn = area_gpfn(a, s->entry.page),
				   .asid = s->entry.asid,
				   .assigned = s->entry.assigned,
				   .immutable = s->entry.immutable,
				   .size = s->entry.size};
}
