/*
 * verismo's named attacks in the sim: each is run in a process of its own and must be refused. Over a module
 * with the seeded defect that an attack names it must win (scripts/attack).
 */
#include "sim/attack.h"
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <verismo/svsm.h>
#include "sim/check.h"

static const struct attack *const groups[] = {attacks_memory};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* ---- for the attacks ---- */

static struct attack_outcome outcome(enum attack_verdict verdict, const char *format, va_list list)
{
	struct attack_outcome o = {.verdict = verdict};

	vsnprintf(o.text, sizeof(o.text), format, list);
	return o;
}

#define OUTCOME(verdict)                                                                           \
	struct attack_outcome o;                                                                   \
	va_list list;                                                                              \
	va_start(list, format);                                                                    \
	o = outcome(verdict, format, list);                                                        \
	va_end(list);

struct attack_outcome attack_refused(const char *format, ...)
{
	OUTCOME(ATTACK_REFUSED)
	return o;
}

struct attack_outcome attack_won(const char *format, ...)
{
	OUTCOME(ATTACK_WON)
	return o;
}

struct attack_outcome attack_broken(const char *format, ...)
{
	OUTCOME(ATTACK_BROKEN)
	return o;
}

void attack_secrets(void)
{
	uint32_t word;

	for (word = 0; word < PAGE_WORDS; word++) {
		sim_poke(SIM_MODULE, word, SIM_CANARY);
		sim_poke(SIM_MODULE + 1, word, SIM_CANARY);
	}
}

/* What is broken, or NULL. */
static const char *harm(uint64_t *pfn)
{
	const char *wrong = check_all(pfn);

	return wrong == NULL ? check_secrets(pfn) : wrong;
}

struct attack_outcome attack_judge(const char *format, ...)
{
	uint64_t pfn = 0;
	const char *wrong = harm(&pfn);
	uint64_t code = 0;

	OUTCOME(ATTACK_REFUSED)
	if (wrong != NULL) {
		return attack_won("%s (page %#lx)", wrong, pfn);
	}
	if (HW_RUN(code = sim_core(sim_startup, SVSM_CORE_QUERY_PROTOCOL, 1, 0, 0)) != 0 ||
	    code != 0) {
		return attack_won("the module does not answer any more");
	}
	return o;
}

struct attack_outcome attack_judge_end(int reason, int expected)
{
	uint64_t pfn = 0;
	const char *wrong = harm(&pfn);

	if (wrong != NULL) {
		return attack_won("%s (page %#lx)", wrong, pfn);
	}
	if (reason != expected) {
		return attack_won("the module goes on (reason %#x, not %#x)", (unsigned)reason,
				  (unsigned)expected);
	}
	return attack_refused("the module ends the VM with reason %#x", (unsigned)reason);
}

/* ---- the program ---- */

/* In a process of its own, which may end as it likes. */
static struct attack_outcome carry_out(const struct attack *a)
{
	struct attack_outcome o = {.verdict = ATTACK_BROKEN, .text = "the attack's process died"};
	int ends[2], status;
	pid_t child;

	fflush(stdout);
	if (pipe(ends) != 0 || (child = fork()) < 0) {
		return attack_broken("no process");
	}
	if (child == 0) {
		struct attack_outcome got;

		sim_reset(NULL);
		got = a->run();
		_exit(write(ends[1], &got, sizeof(got)) == sizeof(got) ? 0 : 1);
	}
	close(ends[1]);
	if (read(ends[0], &o, sizeof(o)) != sizeof(o)) {
		o = attack_broken("the attack's process died");
	}
	close(ends[0]);
	waitpid(child, &status, 0);
	return o;
}

static const struct attack *find(const char *name)
{
	const struct attack *a;
	size_t g;

	for (g = 0; g < GROUPS; g++) {
		for (a = groups[g]; a->name != NULL; a++) {
			if (strcmp(a->name, name) == 0) {
				return a;
			}
		}
	}
	return NULL;
}

static int show(const struct attack *a)
{
	static const char *const words[] = {"refused", "WON", "BROKEN"};
	struct attack_outcome o = carry_out(a);

	printf("%s %s (%s)\n  tried: %s\n  %s: %s\n  check: %s; contract: %s\n", a->id, a->name,
	       a->who, a->tried, words[o.verdict], o.text, a->check, a->clause);
	return (int)o.verdict;
}

int main(int argc, char **argv)
{
	const struct attack *a;
	int result = 0;
	size_t g;

	if (argc == 2) {
		a = find(argv[1]);
		if (a == NULL) {
			fprintf(stderr, "attack: no attack '%s'\n", argv[1]);
			return 2;
		}
		return show(a);
	}
	for (g = 0; g < GROUPS; g++) {
		for (a = groups[g]; a->name != NULL; a++) {
			result |= show(a);
		}
	}
	return result;
}
