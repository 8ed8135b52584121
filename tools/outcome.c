#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <verismo/ghcb.h>
#include <verismo/reasons.h>

#include "../emulator/exit.h"
#include "outcome.h"
#include "qemu.h"
#include "verismo.h"

static const struct {
	int exit;
	int code;
	const char *text;
} ends[] = {
	{EXIT_GUEST_SHUTDOWN, TOOL_NEGATIVE, "the guest shut down without a verdict"},
	{EXIT_GUEST_TERMINATE, TOOL_NEGATIVE, "the guest asked for its termination"},
	{EXIT_MODULE_STOPPED, TOOL_NEGATIVE, "the module stopped the VM"},
	{EXIT_NPF_UNRESOLVED, TOOL_NEGATIVE, "a vCPU touched memory the host does not give it"},
	{EXIT_ATTACK_WON, TOOL_NEGATIVE, "the attack reached its goal"},
	{EXIT_TIMEOUT, TOOL_NEGATIVE, "the emulator's time limit passed"},
	{EXIT_BAD_IMAGE, TOOL_BAD_FILE, "the emulator refused the launch file"},
	{EXIT_BAD_CONFIG, TOOL_USAGE, "this memory size or CPU count is not possible"},
	{EXIT_EMULATOR, TOOL_EMULATOR, "the emulator failed"},
};

static const struct {
	int reason;
	const char *text;
} reasons[] = {
	{REASON_SEV_STATUS, "a required SEV feature is off"},
	{REASON_SEV_FEATURES, "an SEV feature it does not know is on"},
	{REASON_CPUID_PAGE, "the CPUID page is malformed"},
	{REASON_CBIT, "the C-bit is not where the CPUID page says"},
	{REASON_GHCB_PROTOCOL, "the host's GHCB protocol does not suffice"},
	{REASON_GHCB_REPLY, "a reply of the host is malformed"},
	{REASON_LAUNCH_BLOCK, "the launch block is inconsistent"},
	{REASON_MEMORY_MAP, "the host's memory map is malformed, too small or too large"},
	{REASON_CPU_COUNT, "the number of CPUs is not possible"},
	{REASON_SECRETS, "the secrets page has an unknown version"},
	{REASON_PVALIDATE, "PVALIDATE contradicts the ownership table"},
	{REASON_RMPADJUST, "RMPADJUST failed where it cannot"},
	{REASON_CPU_START, "a CPU could not be started"},
	{REASON_EXCEPTION, "an exception in the module"},
	{REASON_STATE, "its own tables contradict each other"},
};

static struct outcome make(int code, const char *text)
{
	struct outcome outcome = {.code = code};

	snprintf(outcome.text, sizeof(outcome.text), "%s", text);
	return outcome;
}

static struct outcome verdict(int value, const char *attack)
{
	struct outcome outcome = make(TOOL_NEGATIVE, "");

	if (value == EXIT_GUEST_OK) {
		return make(TOOL_OK, attack ? "refused: the attack did not reach its goal"
					    : "the guest ended well");
	}
	snprintf(outcome.text, sizeof(outcome.text), "%s%d",
		 attack ? "the attack was not refused, verdict " : "the guest reports failure ",
		 value);
	return outcome;
}

static struct outcome stopped(int reason)
{
	struct outcome outcome = make(TOOL_NEGATIVE, "the module stopped the VM");

	for (uint32_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].reason == reason) {
			snprintf(outcome.text, sizeof(outcome.text),
				 "the module stopped the VM: %s (reason 0x%02x)", reasons[i].text,
				 (unsigned)reason);
		}
	}
	return outcome;
}

static struct outcome emulator_end(int value, const char *attack, int reason)
{
	if (value <= EXIT_GUEST_MAX) {
		return verdict(value, attack);
	}
	if (value == EXIT_MODULE_STOPPED) {
		return stopped(reason);
	}
	for (uint32_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (ends[i].exit == value) {
			return make(ends[i].code, ends[i].text);
		}
	}
	return make(TOOL_EMULATOR, "the emulator ended with an unknown code");
}

struct outcome outcome_of(int end, int status, const char *attack, int measured, int reason)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (end == QEMU_TIMED_OUT) {
		return make(TOOL_NEGATIVE, "no end within the time limit; QEMU was stopped");
	}
	if (code < 0) {
		return make(TOOL_EMULATOR, "QEMU was killed by a signal");
	}
	if (code % 2 == 0) {
		return make(TOOL_EMULATOR, code ? "QEMU failed" : "the machine was reset");
	}
	/* QEMU's own failures are status 1 too; a run that never measured its launch did not succeed. */
	if (code / 2 <= EXIT_GUEST_MAX && !measured) {
		return make(TOOL_EMULATOR, "QEMU failed before the launch was measured");
	}
	return emulator_end(code / 2, attack, reason);
}

int outcome_reason(const char *line)
{
	unsigned cpu, set, reason;
	const char *at = strstr(line, "terminated by vmpl 0 ");

	if (!at || sscanf(at, "terminated by vmpl 0 of cpu %u: %u:%u", &cpu, &set, &reason) != 3 ||
	    set != TERMINATE_SET_VERISMO) {
		return -1;
	}
	return (int)reason;
}
