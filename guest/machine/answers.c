/* The answers: their names, and what EAX says. */
#include "cases.h"

static const char *const answer_names[ANSWERS] = {
	[DONE] = "done",
	[UNCHANGED] = "CF=1",
	[FAIL_INPUT] = "FAIL_INPUT",
	[FAIL_PERM] = "FAIL_PERMISSION",
	[FAIL_INUSE] = "FAIL_INUSE",
	[FAIL_OVERLAP] = "FAIL_OVERLAP",
	[FAIL_MISMATCH] = "FAIL_SIZEMISMATCH",
	[FAULT_GP] = "#GP",
	[FAULT_VC] = "#VC-not-validated",
	[FAULT_ABSENT] = "NPF-not-present",
	[FAULT_RMP] = "NPF-RMP",
	[FAULT_VMPL] = "NPF-VMPL",
	[FAULT_SIZE] = "NPF-size",
	[ANSWER_OTHER] = "something-else",
};

const char *answer_name(enum answer a)
{
	return answer_names[a < ANSWERS ? a : ANSWER_OTHER];
}

enum answer answer_of_status(uint32_t eax)
{
	switch (eax) {
	case SNP_OK:
		return DONE;
	case SNP_FAIL_INPUT:
		return FAIL_INPUT;
	case SNP_FAIL_PERMISSION:
		return FAIL_PERM;
	case SNP_FAIL_INUSE:
		return FAIL_INUSE;
	case SNP_FAIL_OVERLAP:
		return FAIL_OVERLAP;
	case SNP_FAIL_SIZEMISMATCH:
		return FAIL_MISMATCH;
	default:
		return ANSWER_OTHER;
	}
}
