#include "ghcb.h"

#define BITMAP_WORDS 2U

int ghcb_load(struct ghcb *g, uint64_t gpa)
{
	g->gpa = gpa;
	if (gpa % PAGE_SIZE) {
		return 1;
	}
	return host_read_gpa(gpa + GHCB_FIRST, g->field, sizeof(g->field)) ||
	       host_read_gpa(gpa + GHCB_USAGE, &g->usage, sizeof(g->usage));
}

int ghcb_store(const struct ghcb *g)
{
	return host_write_gpa(g->gpa + GHCB_FIRST, g->field, sizeof(g->field));
}

static uint64_t *bitmap(struct ghcb *g)
{
	return &g->field[GHCB_FIELDS - BITMAP_WORDS];
}

uint64_t ghcb_get(const struct ghcb *g, uint32_t offset)
{
	return g->field[(offset - GHCB_FIRST) / 8];
}

int ghcb_has(const struct ghcb *g, uint32_t offset)
{
	uint32_t bit = offset / 8;

	return g->field[GHCB_FIELDS - BITMAP_WORDS + bit / 64] >> (bit % 64) & 1;
}

void ghcb_set(struct ghcb *g, uint32_t offset, uint64_t value)
{
	uint32_t bit = offset / 8;

	g->field[(offset - GHCB_FIRST) / 8] = value;
	bitmap(g)[bit / 64] |= 1UL << (bit % 64);
}

void ghcb_unmark(struct ghcb *g, uint32_t offset)
{
	uint32_t bit = offset / 8;

	bitmap(g)[bit / 64] &= ~(1UL << (bit % 64));
}

void ghcb_begin_reply(struct ghcb *g)
{
	bitmap(g)[0] = 0;
	bitmap(g)[1] = 0;
	ghcb_set(g, GHCB_SW_EXITINFO1, GHCB_REPLY_OK);
	ghcb_set(g, GHCB_SW_EXITINFO2, 0);
}

void ghcb_malformed(struct ghcb *g, uint64_t why)
{
	ghcb_begin_reply(g);
	ghcb_set(g, GHCB_SW_EXITINFO1, GHCB_REPLY_MALFORMED);
	ghcb_set(g, GHCB_SW_EXITINFO2, why);
}

void ghcb_raise_gp(struct ghcb *g)
{
	ghcb_begin_reply(g);
	ghcb_set(g, GHCB_SW_EXITINFO1, GHCB_REPLY_EXCEPTION);
	ghcb_set(g, GHCB_SW_EXITINFO2, GHCB_RAISE_GP);
}
