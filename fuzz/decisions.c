/*
 * Fuzz target: what a hostile host and a hostile guest decide between any two effects of the module, and in which
 * order its CPUs go on. The bytes are the decisions, rows of the table of sim/powers.h and their operands; a run is
 * one of sim/run.h, with its checks.
 */
#include "fuzz/fuzz.h"
#include "sim/check.h"
#include "sim/run.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	powers_world();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run_end end = run(choice_from_bytes(data, size), SIM_CANARY);

	if (end.fault != NULL) {
		fuzz_finding("%s (page %#lx)", end.fault, end.pfn);
	}
	return 0;
}
