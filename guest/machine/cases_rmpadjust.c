/*
 * RMPADJUST (24594, RMPADJUST; 24593, 15.36.7). Order of the checks: target level below the
 * caller's or FAIL_PERMISSION (this machine asks it first, which is what Linux relies on to learn
 * its level); operands, FAIL_INPUT; the nested walk; validated or #VC; sizes as PVALIDATE; no
 * permission handed on that the caller lacks; no change of a running vCPU's VMSA. The VMSA bit is
 * taken from the operand at VMPL0 only.
 */
#include "cases.h"

#define SOURCE "24594 RMPADJUST"

struct row {
	enum state state;
	enum answer small;
	enum answer large;
	enum answer small_vmsa;
};

static const struct row rows[] = {
	/* state, 4K, 2M, 4K with the VMSA bit; at VMPL0 */
	{STATE_UNMAPPED, FAULT_ABSENT, FAULT_ABSENT, FAULT_ABSENT},
	{STATE_BEYOND, FAULT_ABSENT, FAULT_ABSENT, FAULT_ABSENT},
	{STATE_SHARED, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_SHARED_2M, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_FIRMWARE, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_IMMUTABLE, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_OTHER_GPA, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_ASSIGNED, FAULT_VC, FAULT_VC, FAULT_VC},
	{STATE_VALID, DONE, FAIL_MISMATCH, DONE},
	{STATE_OPEN, DONE, FAIL_MISMATCH, DONE},
	{STATE_VMSA, DONE, FAIL_MISMATCH, DONE},
	{STATE_RUNNING, FAIL_INUSE, FAIL_MISMATCH, FAIL_INUSE},
	{STATE_ASSIGNED_2M, FAULT_VC, FAULT_VC, FAULT_VC},
	{STATE_VALID_2M, FAULT_SIZE, DONE, FAULT_SIZE},
	{STATE_INSIDE_2M, FAULT_SIZE, FAIL_INPUT, FAULT_SIZE},
	{STATE_2M_MAPPED_4K, FAULT_SIZE, FAULT_SIZE, FAULT_SIZE},
	{STATE_INSIDE_2M_4K, FAULT_SIZE, FAIL_INPUT, FAULT_SIZE},
	{STATE_4K_MAPPED_2M, DONE, FAIL_MISMATCH, DONE},
	{STATE_ASSIGNED_4K_2M, FAULT_VC, FAULT_VC, FAULT_VC},
	{STATE_FIRMWARE_2M, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_IMMUTABLE_2M, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_ASSIGNED_VMSA, FAULT_VC, FAULT_VC, FAULT_VC},
};

struct adjust {
	enum state state;
	uint32_t vmpl;
	uint32_t size;
	uint64_t attributes;
	uint8_t have; /* the caller's permissions; all levels below have none. VMPL0 has all */
	enum answer answer;
};

static void run(const struct adjust *a)
{
	struct test_case c = case_begin("RMPADJUST", a->state);
	struct step *step = case_step(&c, DO_RMPADJUST, a->vmpl, a->answer);

	c.source = SOURCE;
	case_number(&c, "/VMPL", a->vmpl);
	case_number(&c, "/size", a->size);
	case_number(&c, "/RDX", a->attributes);
	if (a->vmpl != 0) {
		case_number(&c, "/has", a->have);
		c.start.entry.perm[a->vmpl] = a->have;
		c.after.perm[a->vmpl] = a->have;
	}
	step->size = a->size;
	step->operand = a->attributes;
	if (a->answer == DONE) {
		c.after.perm[a->attributes % 0x100] = (uint8_t)(a->attributes >> 8);
		if (a->vmpl == 0) {
			c.after.vmsa = (a->attributes & SNP_ATTR_VMSA) != 0;
		}
		c.changed = c.after.perm[a->attributes % 0x100] !=
				    c.start.entry.perm[a->attributes % 0x100] ||
			    c.after.vmsa != c.start.entry.vmsa;
	}
	case_run(&c);
}

static void run_states(void)
{
	uint64_t attributes = SNP_ATTR(3, SNP_PERM_R | SNP_PERM_W);
	uint64_t vmsa = SNP_ATTR(2, SNP_PERM_NONE) | SNP_ATTR_VMSA;

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct adjust small = {rows[i].state, 0, 0, attributes, 0, rows[i].small};
		struct adjust large = {rows[i].state, 0, 1, attributes, 0, rows[i].large};
		struct adjust small_vmsa = {rows[i].state, 0, 0, vmsa, 0, rows[i].small_vmsa};
		struct adjust large_vmsa = {rows[i].state, 0, 1, vmsa, 0, FAIL_INPUT};

		run(&small);
		run(&large);
		run(&small_vmsa);
		run(&large_vmsa); /* a VMSA is one 4K page */
	}
}

/* Every caller and target: below the caller is allowed, 4 and up no level at all. */
static void run_levels(void)
{
	static const uint32_t targets[] = {0, 1, 2, 3, 4, 5, 0x7f, 0xff};

	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		for (uint32_t i = 0; i < 8; i++) {
			struct adjust a = {STATE_OPEN,	 vmpl, 0, SNP_ATTR(targets[i], SNP_PERM_R),
					   SNP_PERM_ALL, DONE};

			if (targets[i] <= vmpl) {
				a.answer = FAIL_PERM;
			} else if (targets[i] >= SNP_VMPLS) {
				a.answer = FAIL_INPUT;
			}
			run(&a);
		}
	}
}

/* What a caller has against what it hands on, at every level that can. */
static void run_permissions(void)
{
	for (uint32_t vmpl = 0; vmpl < 3; vmpl++) {
		for (uint32_t i = 0; i < 16 * 16; i++) {
			uint8_t have = vmpl == 0 ? SNP_PERM_ALL : (uint8_t)(i / 16);
			uint32_t wanted = i % 16;
			struct adjust a = {STATE_VALID, vmpl, 0, SNP_ATTR(vmpl + 1, wanted),
					   have,	DONE};

			if (vmpl == 0 && i >= 16) {
				break;
			}
			a.answer = (wanted & ~(uint32_t)have) != 0 ? FAIL_PERM : DONE;
			run(&a);
		}
	}
}

static void run_operands(void)
{
	static const struct adjust bad[] = {
		/* permissions beyond the four bits */
		{STATE_VALID, 0, 0, SNP_ATTR(1, 0x10), 0, FAIL_INPUT},
		{STATE_VALID, 0, 0, SNP_ATTR(3, 0x80), 0, FAIL_INPUT},
		{STATE_VALID, 1, 0, SNP_ATTR(2, 0xff), SNP_PERM_ALL, FAIL_INPUT},
		/* sizes */
		{STATE_VALID, 0, 2, SNP_ATTR(1, SNP_PERM_R), 0, FAIL_INPUT},
		{STATE_VALID, 0, 0xffffffff, SNP_ATTR(1, SNP_PERM_R), 0, FAIL_INPUT},
		{STATE_UNMAPPED, 0, 3, SNP_ATTR(1, SNP_PERM_R), 0, FAIL_INPUT},
		/* the level is asked before everything else */
		{STATE_UNMAPPED, 0, 3, SNP_ATTR(0, 0xff), 0, FAIL_PERM},
		{STATE_SHARED, 0, 0, SNP_ATTR(0, SNP_PERM_R), 0, FAIL_PERM},
		{STATE_ASSIGNED, 0, 0, SNP_ATTR(0, SNP_PERM_R), 0, FAIL_PERM},
		/* above VMPL0 the VMSA bit is ignored, also with 2M */
		{STATE_VALID, 1, 0, SNP_ATTR(2, SNP_PERM_R) | SNP_ATTR_VMSA, SNP_PERM_ALL, DONE},
		{STATE_VMSA, 1, 0, SNP_ATTR(2, SNP_PERM_R), SNP_PERM_ALL, DONE},
		{STATE_VALID_2M, 1, 1, SNP_ATTR(2, SNP_PERM_R) | SNP_ATTR_VMSA, SNP_PERM_ALL, DONE},
		/* refusals at the levels below VMPL0 */
		{STATE_ASSIGNED, 1, 0, SNP_ATTR(2, SNP_PERM_R), SNP_PERM_ALL, FAULT_VC},
		{STATE_RUNNING, 1, 0, SNP_ATTR(2, SNP_PERM_R), SNP_PERM_ALL, FAIL_INUSE},
		{STATE_RUNNING, 1, 0, SNP_ATTR(2, SNP_PERM_W), SNP_PERM_R, FAIL_PERM},
		{STATE_OTHER_GPA, 2, 0, SNP_ATTR(3, SNP_PERM_R), SNP_PERM_ALL, FAULT_RMP},
		{STATE_UNMAPPED, 2, 0, SNP_ATTR(3, SNP_PERM_R), SNP_PERM_ALL, FAULT_ABSENT},
		{STATE_VALID_2M, 2, 0, SNP_ATTR(3, SNP_PERM_R), SNP_PERM_ALL, FAULT_SIZE},
		{STATE_VALID, 2, 1, SNP_ATTR(3, SNP_PERM_R), SNP_PERM_ALL, FAIL_MISMATCH},
	};

	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run(&bad[i]);
	}
}

void cases_rmpadjust(void)
{
	run_states();
	run_levels();
	run_permissions();
	run_operands();
}
