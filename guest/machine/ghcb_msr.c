/* The GHCB MSR protocol (AMD 56421, 2.3.1): requests and responses by their codes, and wrong
 * values. */
#include "guest/conformance/cpu.h"
#include "check.h"
#include "door.h"
#include "levels.h"
#include "rig.h"

#define SEV_INFO  "56421 2.3.1 code 0x002"
#define CPUID	  "56421 2.3.1 code 0x004"
#define PREFERRED "56421 2.3.1 code 0x010"
#define REGISTER  "56421 2.3.1 code 0x012"
#define PSC	  "56421 2.3.1 code 0x014"
#define RUN_VMPL  "56421 2.3.1 code 0x016"
#define FEATURES  "56421 2.3.1 code 0x080"

#define CBIT_POSITION 39UL /* start.S maps by it */
#define LEAF_SEV      0x8000001fU
#define NO_RAM	      0xd0000000UL /* between low and high memory */

static uint64_t code_of(uint64_t reply)
{
	return GHCB_MSR_CODE(reply);
}

static void sev_info(void)
{
	uint64_t reply = ghcb_msr_request(GHCB_MSR_SEV_INFO_REQ);
	uint64_t maximum = reply >> 48;
	uint64_t minimum = reply >> 32 & 0xffffU;

	check("GHCB/MSR/SEV-info/code", SEV_INFO, code_of(reply), GHCB_MSR_SEV_INFO_RESP);
	check("GHCB/MSR/SEV-info/version-2-offered", SEV_INFO, minimum <= 2 && maximum >= 2, 1);
	check("GHCB/MSR/SEV-info/C-bit", SEV_INFO, reply >> 24 & 0xffU, CBIT_POSITION);
}

/* The same leaf by GHCB page. */
static void cpuid_by_page(struct cpu *c, uint32_t leaf, uint64_t v[4])
{
	struct exchange x = {.code = NAE_CPUID, .rax = leaf};

	exchange(c, &x);
	v[0] = x.rax_out;
	v[1] = x.rbx_out;
	v[2] = x.rcx_out;
	v[3] = x.rdx_out;
}

static void cpuid(struct cpu *c)
{
	static const uint32_t leaves[] = {0, 1, 0x40000000, 0x80000000, 0x80000008, LEAF_SEV};
	static const char *const registers[] = {
		"GHCB/MSR/CPUID/EAX-as-by-page", "GHCB/MSR/CPUID/EBX-as-by-page",
		"GHCB/MSR/CPUID/ECX-as-by-page", "GHCB/MSR/CPUID/EDX-as-by-page"};
	uint64_t v[4];

	for (uint32_t n = 0; n < 4; n++) {
		uint64_t wrong = 0;

		for (uint32_t i = 0; i < 6; i++) {
			uint64_t request = (uint64_t)leaves[i] << 32 | (uint64_t)n << 30;
			uint64_t reply = ghcb_msr_request(request | GHCB_MSR_CPUID_REQ);

			cpuid_by_page(c, leaves[i], v);
			wrong += reply != (v[n] << 32 | (uint64_t)n << 30 | GHCB_MSR_CPUID_RESP);
		}
		check(registers[n], CPUID, wrong, 0);
	}
	cpuid_by_page(c, LEAF_SEV, v);
	check("GHCB/MSR/CPUID/C-bit-as-in-SEV-info", CPUID, v[1] & 0x3fU, CBIT_POSITION);
}

static void register_page(struct cpu *c)
{
	uint64_t good = c->ghcb;

	check("GHCB/MSR/preferred-page", PREFERRED, ghcb_msr_request(GHCB_MSR_PREFERRED_REQ),
	      GHCB_MSR_NO_PREFERRED | GHCB_MSR_PREFERRED_RESP);
	check("GHCB/MSR/register/no-RAM", REGISTER,
	      ghcb_msr_request(NO_RAM | GHCB_MSR_REGISTER_REQ),
	      GHCB_MSR_NO_PREFERRED | GHCB_MSR_REGISTER_RESP);
	check("GHCB/MSR/register/highest-page", REGISTER,
	      ghcb_msr_request(GHCB_MSR_NO_PREFERRED | GHCB_MSR_REGISTER_REQ),
	      GHCB_MSR_NO_PREFERRED | GHCB_MSR_REGISTER_RESP);
	check("GHCB/MSR/register/the-same-again", REGISTER,
	      ghcb_msr_request(good | GHCB_MSR_REGISTER_REQ), good | GHCB_MSR_REGISTER_RESP);
}

/* ---- page state changes, on test page 0 ---- */

static uint64_t change(uint64_t gpa, uint64_t operation)
{
	return ghcb_msr_request(operation << 52 | gpa | GHCB_MSR_PSC_REQ);
}

static uint64_t is_assigned(void)
{
	struct rmp_view e = rig_entry(0);

	return e.assigned != 0 && e.asid == 1 && e.validated == 0;
}

static void page_state(void)
{
	static const uint64_t wrong[] = {0, 5, 6, 15};

	rig_set(&states[STATE_ASSIGNED]);
	check("GHCB/MSR/page-state/to-shared", PSC, change(DOOR_TEST_GPA, GHCB_PSC_SHARED),
	      GHCB_MSR_PSC_RESP);
	check("GHCB/MSR/page-state/to-shared/RMP", PSC, rig_entry(0).assigned, 0);
	check("GHCB/MSR/page-state/to-shared-again", PSC, change(DOOR_TEST_GPA, GHCB_PSC_SHARED),
	      GHCB_MSR_PSC_RESP);
	check("GHCB/MSR/page-state/to-private", PSC, change(DOOR_TEST_GPA, GHCB_PSC_PRIVATE),
	      GHCB_MSR_PSC_RESP);
	check("GHCB/MSR/page-state/to-private/RMP", PSC, is_assigned(), 1);
	rig_set(&states[STATE_VALID]);
	check("GHCB/MSR/page-state/to-shared-while-validated", PSC,
	      change(DOOR_TEST_GPA, GHCB_PSC_SHARED), GHCB_MSR_PSC_RESP);
	check("GHCB/MSR/page-state/to-shared-while-validated/RMP", PSC, rig_entry(0).assigned, 0);
	rig_set(&states[STATE_ASSIGNED_2M]);
	check("GHCB/MSR/page-state/4K-of-2M", PSC, change(DOOR_TEST_GPA, GHCB_PSC_SHARED),
	      GHCB_MSR_PSC_RESP);
	check("GHCB/MSR/page-state/4K-of-2M/rest-stays", PSC,
	      rig_entry(0).assigned == 0 && rig_entry(1).assigned != 0 && rig_entry(511).size == 0,
	      1);
	rig_set(&states[STATE_UNMAPPED]);
	check("GHCB/MSR/page-state/not-mapped", PSC,
	      change(DOOR_TEST_GPA, GHCB_PSC_SHARED) >> 32 != 0, 1);
	check("GHCB/MSR/page-state/no-RAM", PSC, change(NO_RAM, GHCB_PSC_PRIVATE) >> 32 != 0, 1);
	rig_set(&states[STATE_ASSIGNED]);
	for (uint32_t i = 0; i < 4; i++) {
		uint64_t reply = change(DOOR_TEST_GPA, wrong[i]);

		check("GHCB/MSR/page-state/unknown-operation", PSC,
		      code_of(reply) == GHCB_MSR_PSC_RESP && reply >> 32 != 0 && is_assigned() != 0,
		      1);
	}
}

/* ---- VMPLs ---- */

static uint64_t run_failed(uint64_t vmpl)
{
	uint64_t reply = ghcb_msr_request(vmpl << 32 | GHCB_MSR_RUN_VMPL_REQ);

	return code_of(reply) == GHCB_MSR_RUN_VMPL_RESP && reply >> 32 != 0;
}

/* An instruction at a level is a RUN_VMPL that came back; the last one was harmless there. */
static uint64_t level_runs(uint32_t vmpl)
{
	struct probe p = {.rax = DOOR_TEST_GPA, .code = insn_rmpquery};

	level_execute(vmpl, &p);
	return p.vector == NO_VECTOR && (uint32_t)p.rax == SNP_FAIL_PERMISSION;
}

static void run_vmpl(struct cpu *c)
{
	struct exchange destroy = {.code = NAE_AP_CREATION, .info1 = 3UL << 16 | AP_DESTROY};
	struct exchange create = {.code = NAE_AP_CREATION,
				  .info1 = 3UL << 16 | AP_CREATE_ON_INIT,
				  .info2 = level_vmsa(3)};

	for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		check("GHCB/MSR/run-VMPL/there", RUN_VMPL, level_runs(vmpl), 1);
	}
	check("GHCB/MSR/run-VMPL/reply", RUN_VMPL,
	      ghcb_msr_request(2UL << 32 | GHCB_MSR_RUN_VMPL_REQ), GHCB_MSR_RUN_VMPL_RESP);
	check("GHCB/MSR/run-VMPL/oneself", RUN_VMPL, run_failed(0), 1);
	check("GHCB/MSR/run-VMPL/4", RUN_VMPL, run_failed(4), 1);
	check("GHCB/MSR/run-VMPL/255", RUN_VMPL, run_failed(255), 1);
	exchange(c, &destroy);
	check("GHCB/MSR/run-VMPL/destroyed", RUN_VMPL, run_failed(3), 1);
	exchange(c, &create);
	check("GHCB/MSR/run-VMPL/created-again", RUN_VMPL, level_runs(3), 1);
}

static void features(struct cpu *c)
{
	struct exchange x = {.code = NAE_HV_FEATURES};
	uint64_t reply = ghcb_msr_request(GHCB_MSR_FEATURES_REQ);
	uint64_t needed = GHCB_FEATURE_SNP | GHCB_FEATURE_AP_CREATION | GHCB_FEATURE_MULTI_VMPL;

	exchange(c, &x);
	check("GHCB/MSR/features/code", FEATURES, code_of(reply), GHCB_MSR_FEATURES_RESP);
	check("GHCB/MSR/features/SNP-AP-creation-multi-VMPL", FEATURES, reply >> 12 & needed,
	      needed);
	check("GHCB/MSR/features/as-by-page", FEATURES, reply >> 12, x.reply2);
}

void ghcb_msr_cases(struct cpu *c)
{
	sev_info();
	cpuid(c);
	register_page(c);
	page_state();
	run_vmpl(c);
	features(c);
}
