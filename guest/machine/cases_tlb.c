/*
 * Stale translations (24593, 15.36.10 and 15.16; 24594, INVLPGB, RMPUPDATE, PSMASH). What a CPU
 * has cached may serve until it is flushed: after PVALIDATE, RMPADJUST and changes of the nested
 * tables software must flush; RMPUPDATE and PSMASH do it themselves. A CPU may also forget: such
 * a step has two allowed answers.
 */
#include "cases.h"

#define SOURCE "24594 INVLPGB"

enum change { RESCIND, REVOKE, UNMAP, REMAP, TAKE, SMASH };
static const char *const change_names[] = {"/rescind", "/revoke",    "/unmap",
					   "/remap",   "/RMPUPDATE", "/PSMASH"};

static const enum operation kinds[] = {DO_READ, DO_WRITE, DO_FETCH_SUPERVISOR};
static const char *const kind_names[] = {"/read", "/write", "/fetch"};

/* The change after an access, and what the walk says then. */
static enum answer change_step(struct test_case *c, enum change how, uint32_t vmpl)
{
	struct step *s;

	switch (how) {
	case RESCIND:
		case_step(c, DO_PVALIDATE, 0, DONE);
		c->after.validated = 0;
		c->changed = 1;
		return FAULT_VC;
	case REVOKE:
		s = case_step(c, DO_RMPADJUST, 0, DONE);
		s->operand = SNP_ATTR(vmpl, SNP_PERM_NONE);
		c->after.perm[vmpl] = SNP_PERM_NONE;
		c->changed = 1;
		return FAULT_VMPL;
	case UNMAP:
		s = case_step(c, DO_MAP, 0, DONE);
		s->size = 2;
		return FAULT_ABSENT;
	case REMAP:
		s = case_step(c, DO_MAP, 0, DONE);
		s->frame = 2;
		return FAULT_RMP;
	case TAKE:
		case_step(c, DO_RMPUPDATE, 0, DONE);
		c->after = (struct rmp_view){0};
		c->changed = 1;
		return FAULT_RMP;
	default:
		case_step(c, DO_PSMASH, 0, DONE);
		c->after.size = SNP_SIZE_4K;
		c->changed = 512;
		return FAULT_SIZE;
	}
}

static struct test_case begin(enum change how, uint32_t kind, uint32_t vmpl)
{
	struct test_case c = case_begin("TLB", how == SMASH ? STATE_VALID_2M : STATE_OPEN);

	c.source = SOURCE;
	case_name(&c, change_names[how]);
	case_name(&c, kind_names[kind]);
	case_number(&c, "/VMPL", vmpl);
	for (uint32_t i = 0; i < SNP_VMPLS; i++) {
		c.start.entry.perm[i] = SNP_PERM_ALL;
		c.after.perm[i] = SNP_PERM_ALL;
	}
	case_step(&c, kinds[kind], vmpl, DONE);
	return c;
}

/* The change, then the access again: flushed by software, by the instruction itself, or not at
 * all. */
static void run(enum change how, uint32_t kind, uint32_t vmpl, uint32_t flush)
{
	struct test_case c = begin(how, kind, vmpl);
	enum answer fresh = change_step(&c, how, vmpl);
	struct step *s;

	if (flush != 0) {
		case_step(&c, DO_FLUSH, 0, DONE);
		case_name(&c, "/flushed");
	}
	if (flush != 0 || how == TAKE || how == SMASH) {
		case_step(&c, kinds[kind], vmpl, fresh);
	} else {
		s = case_step(&c, kinds[kind], vmpl, DONE);
		s->fresh = fresh;
	}
	case_run(&c);
}

/* A cached translation serves its own level and view only, and never refuses. */
static void run_tags(void)
{
	struct test_case c = begin(REVOKE, 0, 1);
	struct step *s;

	case_name(&c, "/of-another-level");
	change_step(&c, REVOKE, 2);
	case_step(&c, DO_READ, 2, FAULT_VMPL);
	case_run(&c);
	c = begin(REVOKE, 0, 1);
	case_name(&c, "/other-view");
	s = case_step(&c, DO_READ, 1, FAULT_RMP);
	s->shared = 1;
	case_run(&c);
	c = case_begin("TLB", STATE_VALID);
	c.source = SOURCE;
	case_name(&c, "/grant-needs-no-flush");
	c.start.entry.perm[2] = SNP_PERM_R;
	case_step(&c, DO_READ, 2, DONE);
	case_step(&c, DO_WRITE, 2, FAULT_VMPL);
	s = case_step(&c, DO_RMPADJUST, 0, DONE);
	s->operand = SNP_ATTR(2, SNP_PERM_R | SNP_PERM_W);
	case_step(&c, DO_WRITE, 2, DONE);
	c.after.perm[2] = SNP_PERM_R | SNP_PERM_W;
	c.changed = 1;
	case_run(&c);
}

void cases_tlb(void)
{
	for (uint32_t i = 0; i < 6 * 3 * 2; i++) {
		enum change how = (enum change)(i / 6);

		/* RMPADJUST takes nothing from VMPL0 */
		for (uint32_t vmpl = how == REVOKE ? 1 : 0; vmpl < SNP_VMPLS; vmpl++) {
			run(how, i % 6 / 2, vmpl, i % 2);
		}
	}
	run_tags();
}
