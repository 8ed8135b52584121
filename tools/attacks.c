/* The attacks that `verismo run --attack` knows: the emulator's are compiled in, the sim's are asked for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks.h"
#include "verismo.h"

#define SIM_PROGRAM "sim/attack"

static const struct emulator_attack {
	const char *name;
	const char *id;
	const char *who;
	const char *end;
	const char *defect;
	const char *tried;
	const char *check;
	const char *clause;
} attacks[] = {
#include "tools/attacks.inc" /* from emulator/host/attacks.list */
};
#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

static const struct emulator_attack *find(const char *name)
{
	for (uint32_t i = 0; i < ATTACKS; i++) {
		if (!strcmp(name, attacks[i].name)) {
			return &attacks[i];
		}
	}
	return 0;
}

/* Runs the sim's program with these arguments; its exit code. quiet: without its output. */
static int run_sim(const char *path, char *const arguments[], int quiet)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (quiet &&
		    (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))) {
			_exit(TOOL_EMULATOR);
		}
		execv(path, arguments);
		_exit(TOOL_EMULATOR);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		return tool_error(TOOL_EMULATOR, "cannot run %s: %s", path, strerror(errno));
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : TOOL_EMULATOR;
}

int attack_place(const char *name, enum attack_place *place)
{
	char *path = build_path(SIM_PROGRAM);
	char *arguments[] = {path, "--list", "--", (char *)name, 0};

	if (find(name)) {
		*place = ATTACK_IN_EMULATOR;
		return TOOL_OK;
	}
	if (access(path, X_OK)) {
		return tool_error(TOOL_MISSING,
				  "--attack %s: none of the emulator's, and %s is not there; `make "
				  "build/sim/attack` builds it",
				  name, path);
	}
	if (run_sim(path, arguments, 1)) {
		return tool_error(TOOL_USAGE,
				  "--attack %s: unknown; `verismo run --list-attacks` shows them",
				  name);
	}
	*place = ATTACK_IN_SIM;
	return TOOL_OK;
}

void attack_explain(const char *name)
{
	const struct emulator_attack *a = find(name);

	if (a) {
		printf("  by: %s\n  contract: %s\n", a->check, a->clause);
	}
}

int attack_run_in_sim(const char *name, int json)
{
	char *path = build_path(SIM_PROGRAM);
	char *arguments[] = {path, json ? "--json" : "--", json ? "--" : (char *)name,
			     json ? (char *)name : 0, 0};

	return run_sim(path, arguments, 0);
}

static void list_json(void)
{
	for (uint32_t i = 0; i < ATTACKS; i++) {
		const struct emulator_attack *a = &attacks[i];

		printf("%s{\"id\": \"%s\", \"name\": \"%s\", \"who\": \"%s\", \"tried\": \"%s\", "
		       "\"check\": \"%s\", \"clause\": \"%s\", \"defect\": \"%s\", "
		       "\"end\": \"%s\"}",
		       i ? ",\n " : "[", a->id, a->name, a->who, a->tried, a->check, a->clause,
		       a->defect, a->end);
	}
	printf("]\n");
}

int attack_list(int json)
{
	char *path = build_path(SIM_PROGRAM);
	char *arguments[] = {path, "--list", 0};

	if (json) {
		list_json();
		return TOOL_OK;
	}
	printf("in the emulator:\n");
	for (uint32_t i = 0; i < ATTACKS; i++) {
		printf("%-14s %-26s %-11s %s\n", attacks[i].id, attacks[i].name, attacks[i].who,
		       attacks[i].tried);
	}
	if (access(path, X_OK)) {
		printf("\nin the sim: more; `make build/sim/attack` builds it\n");
		return TOOL_OK;
	}
	printf("\nin the sim:\n");
	return run_sim(path, arguments, 0);
}
