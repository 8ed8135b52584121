/*
 * build/sim/attack: runs the named attacks of the sim, each in a process of its own. All must be refused;
 * over a module with the seeded defect that an attack names, it must win (scripts/attack).
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim/attack.h"

#define SECONDS_MAX    20U /* of one attack: the module hangs */
#define SANITIZER_EXIT 77  /* of a process that a sanitizer has stopped */
#define EXIT_WON       1
#define EXIT_USAGE     2
#define EXIT_BROKEN    5

static const char help[] = "usage: attack [--json] [NAME...]\n"
			   "       attack --list [--json] [NAME...]\n"
			   "Named attacks of a hostile guest, a hostile host or both on the "
			   "module, in this process; all of them, or these.\n"
			   "  --list   only say what there is\n"
			   "  --json   print a JSON array\n"
			   "Exit code: 0 all refused, 1 an attack has won, 2 usage, 5 an attack "
			   "could not be carried out.\n";

struct options {
	int list;
	int json;
};

/* The sanitizers ask here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "exitcode=77:detect_leaks=0";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "exitcode=77";
}

/* ---- one attack ---- */

/* What a process had to say when it died: the first line that names a cause. */
static void last_words(FILE *from, char *text, size_t size)
{
	char line[512];
	char *found = NULL;

	rewind(from);
	while (found == NULL && fgets(line, sizeof(line), from) != NULL) {
		found = strstr(line, "runtime error: ");
		found = found == NULL ? strstr(line, "AddressSanitizer: ") : found;
		found = found == NULL ? strstr(line, "the module ended") : found;
		found = found == NULL ? strstr(line, " != ") : found;
	}
	if (found != NULL && strstr(found, " != ") == found) {
		found = line;
	}
	snprintf(text, size, "%.*s", found == NULL ? 0 : (int)strcspn(found, "\n"),
		 found == NULL ? "" : found);
}

/* The outcome of a process that has not said one. */
static struct attack_outcome post_mortem(int status, FILE *complaints)
{
	char why[160];

	last_words(complaints, why, sizeof(why));
	if (WIFEXITED(status) && WEXITSTATUS(status) == SANITIZER_EXIT) {
		return attack_won("undefined behaviour: %s", why);
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF) {
		return attack_won("the module does not come back within %u s", SECONDS_MAX);
	}
	return attack_broken("its process died (status %#x): %s", (unsigned)status, why);
}

static void child(const struct attack *a, int end, FILE *complaints)
{
	/* Of its own time: the machine may be busy. */
	const struct itimerval limit = {.it_value = {.tv_sec = SECONDS_MAX}};
	struct attack_outcome o;

	dup2(fileno(complaints), STDERR_FILENO);
	setitimer(ITIMER_PROF, &limit, NULL);
	o = a->run();
	_exit(write(end, &o, sizeof(o)) == sizeof(o) ? 0 : EXIT_BROKEN);
}

/* In a process of its own, which may end as it likes. */
static struct attack_outcome carry_out(const struct attack *a)
{
	FILE *complaints = tmpfile();
	struct attack_outcome o;
	int ends[2], status;
	pid_t pid;

	fflush(stdout);
	if (complaints == NULL || pipe(ends) != 0 || (pid = fork()) < 0) {
		perror("attack");
		exit(EXIT_BROKEN);
	}
	if (pid == 0) {
		child(a, ends[1], complaints);
	}
	close(ends[1]);
	if (read(ends[0], &o, sizeof(o)) != sizeof(o)) {
		waitpid(pid, &status, 0);
		o = post_mortem(status, complaints);
	} else {
		waitpid(pid, &status, 0);
	}
	close(ends[0]);
	fclose(complaints);
	return o;
}

/* ---- output ---- */

static void print_quoted(const char *key, const char *text, const char *after)
{
	printf("\"%s\": \"", key);
	for (; *text != 0; text++) {
		if ((unsigned char)*text < ' ') {
			printf("\\u%04x", (unsigned char)*text);
		} else {
			printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
		}
	}
	printf("\"%s", after);
}

static void print_json(const struct attack *a, const char *group, const char *verdict,
		       const char *text)
{
	static int before;

	printf("%s{", before ? ",\n " : "[");
	before = 1;
	print_quoted("id", a->id, ", ");
	print_quoted("name", a->name, ", ");
	print_quoted("group", group, ", ");
	print_quoted("who", a->who, ", ");
	print_quoted("tried", a->tried, ", ");
	print_quoted("check", a->check, ", ");
	print_quoted("clause", a->clause, ", ");
	print_quoted("defect", a->defect, ", ");
	print_quoted("verdict", verdict, ", ");
	print_quoted("text", text, "}");
}

static int carry_out_and_show(const struct attack *a, const char *group, struct options options)
{
	static const char *const words[] = {"refused", "WON", "BROKEN"};
	static const int codes[] = {0, EXIT_WON, EXIT_BROKEN};
	struct attack_outcome o = carry_out(a);

	if (options.json) {
		print_json(a, group, words[o.verdict], o.text);
	} else {
		printf("%s %s (%s)\n  tried: %s\n  %s: %s\n  by: %s\n  contract: %s\n", a->id,
		       a->name, a->who, a->tried, words[o.verdict], o.text, a->check, a->clause);
	}
	return codes[o.verdict];
}

static int show(const struct attack *a, const char *group, struct options options)
{
	if (!options.list) {
		return carry_out_and_show(a, group, options);
	}
	if (options.json) {
		print_json(a, group, "", "");
	} else {
		printf("%-14s %-26s %-11s %s\n", a->id, a->name, a->who, a->tried);
	}
	return 0;
}

/* ---- the program ---- */

static int is_wanted(const struct attack *a, char **names)
{
	if (*names == NULL) {
		return 1;
	}
	while (*names != NULL && strcmp(*names, a->name) != 0) {
		names++;
	}
	return *names != NULL;
}

static int exists(const char *name)
{
	const struct attack_group *g;
	const struct attack *a;

	for (g = attack_groups; g->title != NULL; g++) {
		for (a = g->attacks; a->name != NULL; a++) {
			if (strcmp(a->name, name) == 0) {
				return 1;
			}
		}
	}
	return 0;
}

/* Every wanted one; the worst exit code: broken, won, refused. */
static int run_all(char **names, struct options options)
{
	const struct attack_group *g;
	const struct attack *a;
	int result = 0;

	for (g = attack_groups; g->title != NULL; g++) {
		for (a = g->attacks; a->name != NULL; a++) {
			int code = is_wanted(a, names) ? show(a, g->title, options) : 0;

			result = code > result ? code : result;
		}
	}
	if (options.json) {
		printf("]\n");
	}
	return result;
}

static int parse(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {{"list", no_argument, 0, 'l'},
					      {"json", no_argument, 0, 'j'},
					      {"help", no_argument, 0, 'h'},
					      {0, 0, 0, 0}};
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (o) {
		case 'l':
			options->list = 1;
			break;
		case 'j':
			options->json = 1;
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			return EXIT_USAGE;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	int i;

	if (parse(argc, argv, &options) != 0) {
		return EXIT_USAGE;
	}
	for (i = optind; i < argc; i++) {
		if (!exists(argv[i])) {
			fprintf(stderr, "attack: no attack '%s'; --list shows them\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	if (!options.list) {
		sim_reset(NULL); /* once: each attack gets a copy with its process */
	}
	return run_all(argv + optind, options);
}
