/*
 * PVALIDATE (24594, PVALIDATE; 24593, 15.36.6). Order of the checks: VMPL0 or #GP; size operand
 * and alignment; the nested walk and the RMP entry's owner and GPA, nested page faults; operand
 * 4K in a 2M entry, nested page fault; operand 2M on a 4K entry, FAIL_SIZEMISMATCH; already so,
 * CF; then the Validated bit changes, and VMPL0 gets all permissions when it is set. The manual
 * leaves a 2M operand on 4K nested mappings undefined: this machine gives the host a size fault.
 * A running vCPU's VMSA is not rescinded.
 */
#include "cases.h"

#define SOURCE "24594 PVALIDATE"

struct row {
	enum state state;
	enum answer rescind;
	enum answer validate;
	enum answer rescind_2m;
	enum answer validate_2m;
};

static const struct row rows[] = {
	/* state, 4K rescind, 4K validate, 2M rescind, 2M validate */
	{STATE_UNMAPPED, FAULT_ABSENT, FAULT_ABSENT, FAULT_ABSENT, FAULT_ABSENT},
	{STATE_BEYOND, FAULT_ABSENT, FAULT_ABSENT, FAULT_ABSENT, FAULT_ABSENT},
	{STATE_SHARED, FAULT_RMP, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_SHARED_2M, FAULT_RMP, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_FIRMWARE, FAULT_RMP, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_IMMUTABLE, FAULT_RMP, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_OTHER_GPA, FAULT_RMP, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_ASSIGNED, UNCHANGED, DONE, FAIL_MISMATCH, FAIL_MISMATCH},
	{STATE_VALID, DONE, UNCHANGED, FAIL_MISMATCH, FAIL_MISMATCH},
	{STATE_OPEN, DONE, UNCHANGED, FAIL_MISMATCH, FAIL_MISMATCH},
	{STATE_VMSA, DONE, UNCHANGED, FAIL_MISMATCH, FAIL_MISMATCH},
	{STATE_RUNNING, FAULT_RMP, UNCHANGED, FAIL_MISMATCH, FAIL_MISMATCH},
	{STATE_ASSIGNED_2M, FAULT_SIZE, FAULT_SIZE, UNCHANGED, DONE},
	{STATE_VALID_2M, FAULT_SIZE, FAULT_SIZE, DONE, UNCHANGED},
	{STATE_INSIDE_2M, FAULT_SIZE, FAULT_SIZE, FAIL_INPUT, FAIL_INPUT},
	{STATE_2M_MAPPED_4K, FAULT_SIZE, FAULT_SIZE, FAULT_SIZE, FAULT_SIZE},
	{STATE_INSIDE_2M_4K, FAULT_SIZE, FAULT_SIZE, FAIL_INPUT, FAIL_INPUT},
	{STATE_4K_MAPPED_2M, DONE, UNCHANGED, FAIL_MISMATCH, FAIL_MISMATCH},
	{STATE_ASSIGNED_4K_2M, UNCHANGED, DONE, FAIL_MISMATCH, FAIL_MISMATCH},
	{STATE_FIRMWARE_2M, FAULT_RMP, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_IMMUTABLE_2M, FAULT_RMP, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_ASSIGNED_VMSA, UNCHANGED, DONE, FAIL_MISMATCH, FAIL_MISMATCH},
};

static void run(enum state s, uint32_t vmpl, uint32_t size, uint64_t validate, enum answer answer)
{
	struct test_case c = case_begin("PVALIDATE", s);
	struct step *step = case_step(&c, DO_PVALIDATE, vmpl, answer);

	c.source = SOURCE;
	case_number(&c, "/VMPL", vmpl);
	case_number(&c, "/size", size);
	case_name(&c, validate != 0 ? "/validate" : "/rescind");
	step->size = size;
	step->operand = validate;
	if (answer == DONE) {
		c.changed = 1;
		c.after.validated = (uint8_t)validate;
		c.after.perm[0] = SNP_PERM_ALL; /* rescinding leaves permissions */
	}
	case_run(&c);
}

void cases_pvalidate(void)
{
	static const uint32_t bad_sizes[] = {2, 3, 0x100, 0x80000001, 0xffffffff};
	static const enum state looked_at[] = {STATE_UNMAPPED, STATE_SHARED, STATE_ASSIGNED,
					       STATE_OPEN, STATE_VALID_2M};

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(rows[i].state, 0, SNP_SIZE_4K, 0, rows[i].rescind);
		run(rows[i].state, 0, SNP_SIZE_4K, 1, rows[i].validate);
		run(rows[i].state, 0, SNP_SIZE_2M, 0, rows[i].rescind_2m);
		run(rows[i].state, 0, SNP_SIZE_2M, 1, rows[i].validate_2m);
	}
	for (uint32_t i = 0; i < 5; i++) {
		for (uint32_t k = 0; k < 5; k++) {
			run(looked_at[i], 0, bad_sizes[k], k % 2, FAIL_INPUT);
		}
		for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
			run(looked_at[i], vmpl, SNP_SIZE_4K, 0, FAULT_GP);
			run(looked_at[i], vmpl, SNP_SIZE_4K, 1, FAULT_GP);
			run(looked_at[i], vmpl, 2, 1, FAULT_GP);
		}
	}
}
