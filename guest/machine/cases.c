/* Building, executing and judging one case. */
#include "rig.h"

#define MANUAL_CHECKS "24593 15.36.10"

uint32_t cases_passed, cases_failed;

static uint32_t text_append(char *to, uint32_t at, const char *text)
{
	while (*text != 0 && at < CASE_NAME_STOP) {
		to[at++] = *text++;
	}
	to[at] = 0;
	return at;
}

static uint32_t text_length(const char *text)
{
	uint32_t n = 0;

	while (text[n] != 0) {
		n++;
	}
	return n;
}

void case_name(struct test_case *c, const char *text)
{
	text_append(c->name, text_length(c->name), text);
}

void case_number(struct test_case *c, const char *text, uint64_t value)
{
	char digits[20];
	uint32_t at = sizeof(digits) - 1;

	digits[at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[value % 16];
		value /= 16;
	} while (value != 0);
	case_name(c, text);
	case_name(c, &digits[at]);
}

struct test_case case_begin(const char *name, enum state s)
{
	struct test_case c = {.start = states[s], .after = states[s].entry};

	case_name(&c, name);
	case_name(&c, "/");
	case_name(&c, state_names[s]);
	return c;
}

struct step *case_step(struct test_case *c, enum operation what, uint32_t vmpl, enum answer answer)
{
	struct step *s = &c->step[c->steps++ % STEPS_MAX];

	*s = (struct step){.what = what,
			   .vmpl = vmpl,
			   .page = c->start.page,
			   .frame = c->start.frame,
			   .answer = answer,
			   .fresh = answer};
	return s;
}

/* ---- judging ---- */

struct complaint {
	char text[CASE_NAME_MAX];
};

static void complain(struct complaint *why, const char *what, const char *got)
{
	uint32_t at = text_append(why->text, text_length(why->text), what);

	text_append(why->text, at, got);
}

static void judge_step(const struct step *s, uint32_t number, struct complaint *why)
{
	static const char *const at[STEPS_MAX] = {
		" step 1: ", " step 2: ", " step 3: ", " step 4: ", " step 5: "};
	struct outcome o = rig_step(s);
	uint64_t value = s->value;

	if (s->what == DO_READ && s->answer == DONE) {
		value = TEST_DATA;
	}
	if (s->what == DO_WRITE && s->answer == DONE) {
		value = TEST_DATA_NEW;
	}
	if (o.answer != s->answer && (rig_caches() != 0 || o.answer != s->fresh)) {
		complain(why, at[number], "expected ");
		complain(why, answer_name(s->answer), ", got ");
		complain(why, answer_name(o.answer), "");
	} else if (o.answer == DONE && o.value != value) {
		complain(why, at[number], "another value");
	}
}

static uint32_t entry_differs(const struct rmp_view *a, const struct rmp_view *b)
{
	uint32_t differs = a->page != b->page || a->assigned != b->assigned || a->asid != b->asid ||
			   a->validated != b->validated || a->immutable != b->immutable ||
			   a->size != b->size || a->vmsa != b->vmsa || a->in_use != b->in_use;

	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		differs |= a->perm[vmpl] != b->perm[vmpl];
	}
	return differs;
}

static void judge_end(const struct test_case *c, struct complaint *why)
{
	if (c->start.page != PAGE_BEYOND) {
		struct rmp_view end = rig_entry(c->start.home);

		if (entry_differs(&end, &c->after) != 0) {
			complain(why, " the RMP entry", " is another afterwards");
		}
	}
	if (rig_changed() != c->changed) {
		complain(why, " another number of RMP entries", " has changed");
	}
}

/* Faults of the walk have one source; the rest is on the instruction's page. */
static const char *source_of(const struct test_case *c)
{
	enum answer last = c->steps != 0 ? c->step[c->steps - 1].answer : DONE;

	if (last == FAULT_ABSENT || last == FAULT_RMP || last == FAULT_SIZE || last == FAULT_VMPL) {
		return MANUAL_CHECKS;
	}
	return c->source;
}

void case_run(struct test_case *c)
{
	struct complaint why = {{0}};

	c->source = source_of(c);
	rig_set(&c->start);
	for (uint32_t i = 0; i < c->steps; i++) {
		judge_step(&c->step[i], i, &why);
	}
	judge_end(c, &why);
	if (why.text[0] == 0) {
		cases_passed++;
		rig_report("PASS", c, "");
	} else {
		cases_failed++;
		rig_report("FAIL", c, why.text);
	}
}

uint32_t cases_all(void)
{
	cases_pvalidate();
	cases_rmpadjust();
	cases_rmpquery();
	cases_rmpupdate();
	cases_psmash();
	cases_access();
	cases_permission();
	cases_vmrun();
	cases_tlb();
	return cases_failed;
}
