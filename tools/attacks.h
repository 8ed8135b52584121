/* The attacks that `verismo run --attack` knows. */
#ifndef TOOLS_ATTACKS_H
#define TOOLS_ATTACKS_H

enum attack_place {
	ATTACK_IN_EMULATOR, /* perhaps in the sim, too */
	ATTACK_IN_SIM,
};
/* TOOL_OK and where this attack runs; TOOL_USAGE: there is none; TOOL_MISSING: the sim is not built. */
int attack_place(const char *name, enum attack_place *place);
/* Prints what refuses one in the emulator: the check in the code, the clause of a contract. */
void attack_explain(const char *name);
/* Runs one in the sim; its exit code is TOOL_OK, TOOL_NEGATIVE or TOOL_EMULATOR. */
int attack_run_in_sim(const char *name, int json);
/* Prints what there is; json: of the emulator alone. */
int attack_list(int json);

#endif
