/*
 * What comes before the machine's part of PVALIDATE, RMPADJUST, RMPQUERY, INVLPGB and TLBSYNC
 * (24594): privilege, the linear address, the guest's own page tables. The model has no such
 * things: only the guest runs these.
 */
#include "check.h"
#include "door.h"
#include "levels.h"
#include "rig.h"

#define VECTOR_GP      13U
#define VECTOR_PF      14U
#define NO_TRANSLATION (1UL << 41) /* no entry in the root table */
#define NOT_CANONICAL  (1UL << 47)

struct instruction {
	const char *names[5]; /* of the cases below, in order */
	void (*code)(void);
	void (*user)(void);
};

static const struct instruction instructions[] = {
	{{"insn/PVALIDATE/CPL3", "insn/PVALIDATE/C-bit-clear", "insn/PVALIDATE/no-translation",
	  "insn/PVALIDATE/not-canonical", "insn/PVALIDATE/nothing-changed"},
	 insn_pvalidate,
	 user_pvalidate},
	{{"insn/RMPADJUST/CPL3", "insn/RMPADJUST/C-bit-clear", "insn/RMPADJUST/no-translation",
	  "insn/RMPADJUST/not-canonical", "insn/RMPADJUST/nothing-changed"},
	 insn_rmpadjust,
	 user_rmpadjust},
	{{"insn/RMPQUERY/CPL3", "insn/RMPQUERY/C-bit-clear", "insn/RMPQUERY/no-translation",
	  "insn/RMPQUERY/not-canonical", "insn/RMPQUERY/nothing-changed"},
	 insn_rmpquery,
	 user_rmpquery},
};

static struct probe execute(uint32_t vmpl, void (*code)(void), uint64_t address)
{
	struct probe p = {.rax = address, .rdx = SNP_ATTR(vmpl + 1, SNP_PERM_R), .code = code};

	level_execute(vmpl, &p);
	return p;
}

static uint64_t fault(const struct probe *p)
{
	return p->vector + (p->error << 32);
}

static void run(const struct instruction *i)
{
	struct probe p;

	rig_set(&states[STATE_OPEN]);
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		p = execute(vmpl, i->user, DOOR_TEST_GPA);
		check(i->names[0], "24594", fault(&p), VECTOR_GP);
	}
	p = execute(0, i->code, SHARED_VIEW(DOOR_TEST_GPA));
	check(i->names[1], "24593 15.36.10", p.vector, VECTOR_HV);
	p = execute(0, i->code, NO_TRANSLATION);
	check(i->names[2], "24594", fault(&p), VECTOR_PF);
	p = execute(0, i->code, NOT_CANONICAL);
	check(i->names[3], "24594", fault(&p), VECTOR_GP);
	check(i->names[4], "24594", rig_changed(), 0);
}

/* SEV_STATUS of a level is its VMSA's SEV_FEATURES, shifted by two, beside SEV and SEV-ES. */
static void sev_status(void)
{
	struct probe p;

	for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		p = (struct probe){.rcx = MSR_SEV_STATUS, .code = insn_rdmsr};
		level_execute(vmpl, &p);
		check("insn/RDMSR/SEV_STATUS", "24593 15.34.10", p.rax + (p.rdx << 32),
		      LEVEL_FEATURES << 2 | SEV_STATUS_SEV | SEV_STATUS_ES);
	}
	p = (struct probe){.rcx = MSR_SEV_STATUS, .code = user_rdmsr};
	level_execute(1, &p);
	check("insn/RDMSR/SEV_STATUS/CPL3", "24594", fault(&p), VECTOR_GP);
}

void instruction_cases(void)
{
	struct probe p;

	for (uint32_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		run(&instructions[i]);
	}
	p = execute(0, user_invlpgb, 0x2c);
	check("insn/INVLPGB/CPL3", "24594", fault(&p), VECTOR_GP);
	p = execute(0, user_tlbsync, 0);
	check("insn/TLBSYNC/CPL3", "24594", fault(&p), VECTOR_GP);
	sev_status();
}
