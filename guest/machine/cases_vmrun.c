/*
 * VMRUN of a VMSA (24593, 15.36.12; 24594, VMRUN): the guest's, validated, 4K, with the VMSA bit;
 * not in use; EFER.SVME set (15.5.1: else VMEXIT_INVALID), a level that exists. It is in use
 * while it runs, and not after.
 */
#include "cases.h"

#define SOURCE "24593 15.36.12"

struct row {
	enum state state;
	enum answer answer;
};

static const struct row rows[] = {
	{STATE_BEYOND, FAIL_INPUT},	  {STATE_SHARED, FAIL_PERM},
	{STATE_SHARED_2M, FAIL_PERM},	  {STATE_FIRMWARE, FAIL_PERM},
	{STATE_IMMUTABLE, FAIL_PERM},	  {STATE_ASSIGNED, FAIL_PERM},
	{STATE_VALID, FAIL_PERM},	  {STATE_OPEN, FAIL_PERM},
	{STATE_ASSIGNED_VMSA, FAIL_PERM}, {STATE_ASSIGNED_2M, FAIL_PERM},
	{STATE_VALID_2M, FAIL_PERM},	  {STATE_INSIDE_2M, FAIL_PERM},
	{STATE_FIRMWARE_2M, FAIL_PERM},	  {STATE_IMMUTABLE_2M, FAIL_PERM},
	{STATE_RUNNING, FAIL_INUSE},
};

static void run(enum state s, uint8_t level, uint8_t svme, enum answer answer)
{
	struct test_case c = case_begin("VMRUN", s);
	struct step *step = case_step(&c, DO_VMRUN, 0, answer);

	c.source = SOURCE;
	c.start.is_vmsa = 1;
	c.start.level = level;
	c.start.svme = svme;
	case_number(&c, "/VMPL", level);
	case_name(&c, svme != 0 ? "/SVME" : "/no-SVME");
	if (answer == DONE) {
		step->value = level + VMRUN_IN_USE;
	}
	case_run(&c);
}

void cases_vmrun(void)
{
	static const uint8_t no_levels[] = {4, 5, 0x7f, 0x80, 0xff};

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(rows[i].state, 2, 1, rows[i].answer);
	}
	for (uint8_t level = 0; level < SNP_VMPLS; level++) {
		run(STATE_VMSA, level, 1, DONE);
		run(STATE_VMSA, level, 0, FAIL_INPUT);
	}
	for (uint32_t i = 0; i < sizeof(no_levels); i++) {
		run(STATE_VMSA, no_levels[i], 1, FAIL_INPUT);
	}
	/* in use comes before the content */
	run(STATE_RUNNING, 4, 0, FAIL_INUSE);
}
