/*
 * RMPQUERY (24594, RMPQUERY). Target level below the caller's or FAIL_PERMISSION; an unknown
 * level, FAIL_INPUT; the nested walk; validated or #VC; then RDX is target, permissions and VMSA
 * bit as in RMPADJUST, RCX the page size. Nothing changes.
 */
#include "cases.h"

#define SOURCE "24594 RMPQUERY"

struct row {
	enum state state;
	enum answer answer;
};

static const struct row rows[] = {
	{STATE_UNMAPPED, FAULT_ABSENT},
	{STATE_BEYOND, FAULT_ABSENT},
	{STATE_SHARED, FAULT_RMP},
	{STATE_SHARED_2M, FAULT_RMP},
	{STATE_FIRMWARE, FAULT_RMP},
	{STATE_IMMUTABLE, FAULT_RMP},
	{STATE_OTHER_GPA, FAULT_RMP},
	{STATE_ASSIGNED, FAULT_VC},
	{STATE_VALID, DONE},
	{STATE_OPEN, DONE},
	{STATE_VMSA, DONE},
	{STATE_RUNNING, DONE},
	{STATE_ASSIGNED_2M, FAULT_VC},
	{STATE_VALID_2M, DONE},
	{STATE_INSIDE_2M, DONE},
	{STATE_2M_MAPPED_4K, DONE},
	{STATE_INSIDE_2M_4K, DONE},
	{STATE_4K_MAPPED_2M, DONE},
	{STATE_ASSIGNED_4K_2M, FAULT_VC},
	{STATE_FIRMWARE_2M, FAULT_RMP},
	{STATE_IMMUTABLE_2M, FAULT_RMP},
	{STATE_ASSIGNED_VMSA, FAULT_VC},
};

static void run(enum state s, uint32_t vmpl, uint32_t target, uint8_t has, enum answer answer)
{
	struct test_case c = case_begin("RMPQUERY", s);
	struct step *step = case_step(&c, DO_RMPQUERY, vmpl, answer);

	c.source = SOURCE;
	case_number(&c, "/VMPL", vmpl);
	case_number(&c, "/target", target);
	case_number(&c, "/has", has);
	if (c.start.entries != 0 && target > 0 && target < SNP_VMPLS) {
		c.start.entry.perm[target] = has;
		c.after.perm[target] = has;
	}
	step->operand = target;
	if (answer == DONE) {
		step->value = target + 0x100UL * has +
			      (c.start.entry.vmsa != 0 ? (uint64_t)SNP_ATTR_VMSA : 0UL) +
			      (c.start.entry.size == SNP_SIZE_2M ? QUERY_LARGE : 0UL);
	}
	case_run(&c);
}

void cases_rmpquery(void)
{
	static const uint32_t targets[] = {0, 1, 2, 3, 4, 5, 0x7f, 0xff};

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(rows[i].state, 0, 1, SNP_PERM_R | SNP_PERM_UX, rows[i].answer);
		run(rows[i].state, 2, 3, SNP_PERM_R | SNP_PERM_W, rows[i].answer);
	}
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		for (uint32_t i = 0; i < 8; i++) {
			enum answer answer = targets[i] >= SNP_VMPLS ? FAIL_INPUT : DONE;

			run(STATE_OPEN, vmpl, targets[i], SNP_PERM_R,
			    targets[i] <= vmpl ? FAIL_PERM : answer);
		}
	}
	for (uint8_t has = 0; has <= SNP_PERM_ALL; has++) {
		run(STATE_VALID, 1, 2, has, DONE);
	}
}
