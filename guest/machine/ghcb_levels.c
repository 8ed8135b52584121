/*
 * The GHCB protocol at VMPL1..3 (AMD 56421, 2.3.1 and 4.1): each level has its own MSR and its
 * own registered page, and decides about vCPUs of its own level and of those below it only.
 */
#include "check.h"
#include "levels.h"
#include "machine.h"

#define REGISTER "56421 2.3.1 code 0x012"
#define SEV_INFO "56421 2.3.1 code 0x002"
#define CREATION "56421 4.1 event 0x80000013"
#define EVENTS	 "56421 4.1"

/* VMGEXIT of a level with this value in its GHCB MSR; the value afterwards. */
static uint64_t leave(uint32_t vmpl, uint64_t value)
{
	struct probe p = {.rax = value & 0xffffffffUL,
			  .rcx = MSR_GHCB,
			  .rdx = value >> 32,
			  .code = insn_exit};

	level_execute(vmpl, &p);
	return p.vector == NO_VECTOR ? p.rax + (p.rdx << 32) : ~0UL;
}

/* The event of a page at a level: 0, or what it was refused with. */
static uint64_t event(uint32_t vmpl, struct exchange x)
{
	x.page = OTHER_GPA;
	exchange_fill(&x);
	if (leave(vmpl, OTHER_GPA) != OTHER_GPA) {
		return ~0UL;
	}
	exchange_read(&x);
	return exchange_status(&x);
}

static uint64_t destroy(uint32_t vmpl, uint64_t of)
{
	return event(vmpl,
		     (struct exchange){.code = NAE_AP_CREATION, .info1 = of << 16 | AP_DESTROY});
}

static void registration(void)
{
	struct exchange features = {.code = NAE_HV_FEATURES};

	for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		check("GHCB/levels/SEV-info", SEV_INFO,
		      GHCB_MSR_CODE(leave(vmpl, GHCB_MSR_SEV_INFO_REQ)), GHCB_MSR_SEV_INFO_RESP);
		check("GHCB/levels/page-of-nobody", EVENTS, event(vmpl, features),
		      REFUSAL(GHCB_NOT_REGISTERED));
		check("GHCB/levels/register", REGISTER,
		      leave(vmpl, OTHER_GPA | GHCB_MSR_REGISTER_REQ),
		      OTHER_GPA | GHCB_MSR_REGISTER_RESP);
		check("GHCB/levels/page", EVENTS, event(vmpl, features), 0);
	}
}

static void creation(void)
{
	struct exchange create = {.code = NAE_AP_CREATION,
				  .info1 = 3UL << 16 | AP_CREATE_ON_INIT,
				  .info2 = level_vmsa(3)};

	for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		for (uint32_t above = 0; above < vmpl; above++) {
			check("GHCB/levels/AP-creation-of-a-level-above", CREATION,
			      destroy(vmpl, above), REFUSAL(GHCB_INVALID_INPUT));
		}
	}
	check("GHCB/levels/AP-creation-of-a-level-below", CREATION, destroy(1, 3), 0);
	check("GHCB/levels/AP-creation-of-a-level-below-again", CREATION, event(2, create), 0);
	check("GHCB/levels/all-are-there", SEV_INFO, GHCB_MSR_CODE(leave(3, GHCB_MSR_SEV_INFO_REQ)),
	      GHCB_MSR_SEV_INFO_RESP);
}

void ghcb_level_cases(void)
{
	registration();
	creation();
}
