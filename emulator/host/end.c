#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include "emulator/exit.h"
#include "cpu.h"
#include "policy.h"

void count(struct host_cpu *c, enum stat s)
{
	c->stat[s]++;
}

static uint64_t total(enum stat s)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < SVM_CPUS; i++) {
		sum += host_cpu[i].stat[s];
	}
	return sum;
}

void host_end(uint32_t code)
{
	emulator_log("exits %lu: interrupt %lu halt %lu npf %lu; requests: msr-protocol %lu "
		     "run-vmpl %lu cpuid %lu io %lu msr %lu page-state %lu other %lu; refused host "
		     "accesses %lu\n",
		     total(STAT_EXITS), total(STAT_INTERRUPT), total(STAT_HALT), total(STAT_NPF),
		     total(STAT_MSR_PROTOCOL), total(STAT_RUN_VMPL), total(STAT_CPUID),
		     total(STAT_IO), total(STAT_MSR), total(STAT_PSC), total(STAT_OTHER),
		     host_refused_accesses);
	emulator_exit(code);
}

/* ---- termination: who, and why ---- */

struct reason {
	uint32_t set;
	uint32_t reason;
	const char *text;
};

static const struct reason reasons[] = {
	{0, 0, "general"},
	{0, 1, "GHCB protocol range"},
	{0, 2, "SNP features"},
	{1, 0, "Linux: GHCB registration"},
	{1, 1, "Linux: page state change"},
	{1, 2, "Linux: PVALIDATE"},
	{1, 3, "Linux: not VMPL0"},
	{1, 4, "Linux: CPUID page"},
	{1, 5, "Linux: CPUID of the host"},
	{1, 6, "Linux: secrets page"},
	{1, 7, "Linux: no SVSM"},
	{1, 8, "Linux: SVSM at VMPL0"},
	{1, 9, "Linux: calling area"},
	{TERMINATE_SET_VERISMO, REASON_SEV_STATUS, "SEV_STATUS"},
	{TERMINATE_SET_VERISMO, REASON_SEV_FEATURES, "SEV_FEATURES"},
	{TERMINATE_SET_VERISMO, REASON_CPUID_PAGE, "CPUID page"},
	{TERMINATE_SET_VERISMO, REASON_CBIT, "C-bit"},
	{TERMINATE_SET_VERISMO, REASON_GHCB_PROTOCOL, "GHCB protocol or features"},
	{TERMINATE_SET_VERISMO, REASON_GHCB_REPLY, "malformed reply of the host"},
	{TERMINATE_SET_VERISMO, REASON_LAUNCH_BLOCK, "launch block"},
	{TERMINATE_SET_VERISMO, REASON_MEMORY_MAP, "memory map"},
	{TERMINATE_SET_VERISMO, REASON_CPU_COUNT, "CPU count"},
	{TERMINATE_SET_VERISMO, REASON_SECRETS, "secrets page"},
	{TERMINATE_SET_VERISMO, REASON_PVALIDATE, "PVALIDATE against the ownership table"},
	{TERMINATE_SET_VERISMO, REASON_RMPADJUST, "RMPADJUST"},
	{TERMINATE_SET_VERISMO, REASON_CPU_START, "start of a CPU"},
	{TERMINATE_SET_VERISMO, REASON_EXCEPTION, "exception"},
	{TERMINATE_SET_VERISMO, REASON_STATE, "inconsistent state"},
};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

static const char *text_of(uint32_t set, uint32_t reason)
{
	for (uint32_t i = 0; i < REASONS; i++) {
		if (reasons[i].set == set && reasons[i].reason == reason) {
			return reasons[i].text;
		}
	}
	return "unknown";
}

void host_terminated(struct host_cpu *c, uint32_t set, uint32_t reason, uint32_t detail)
{
	emulator_log("terminated by vmpl %u of cpu %u: %u:%u %s, detail %x\n", c->vmpl, c->id, set,
		     reason, text_of(set, reason), detail);
	if (c->vmpl == 0 && set == TERMINATE_SET_VERISMO) {
		policy_module_stopped(reason, detail, text_of(set, reason));
	}
	host_end(c->vmpl == 0 ? EXIT_MODULE_STOPPED : EXIT_GUEST_TERMINATE);
}
