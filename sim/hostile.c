/*
 * verismo's hostile runs: several vCPUs of a guest call the module, while the host and other vCPUs do what
 * hardware lets them do, between any two effects (sim/run.h, sim/powers.h). One integer reproduces a run. A long
 * run is cut into blocks, each of them a process; what it has done so far stands in a file, and it goes on there.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sim/check.h"
#include "sim/powers_rows.h"
#include "sim/run.h"
#include "sim/theorem.h"
#include "sim/world.h"

#define BLOCK	 20000UL /* runs of a process */
#define JOBS_MAX 64U
#define ROWS_MAX 128U
#define FOUND	 1
#define USAGE	 2

struct options {
	uint64_t runs;
	uint64_t first;
	uint64_t until; /* decisions in all; 0 = runs counts */
	uint64_t jobs;
	const char *state;
	int json;
	int what; /* 0, or the letter of an option that does something else */
};
/* What has been done, in all processes; and the first fault. */
struct sum {
	struct run_figures figures;
	uint64_t used[ROWS_MAX];
	uint64_t next; /* seed */
	double seconds;
	uint64_t seed; /* of the fault */
	uint64_t pfn;
	char fault[128]; /* "" = none */
};

/* ---- broken states, put there by hand: each must be called by its name ---- */

static int sees(const char *text)
{
	struct run_end end = run_check();
	int good = end.fault != NULL && strcmp(end.fault, text) == 0;

	printf("%s: %s\n", text, good ? "seen" : "NOT SEEN");
	run_restore();
	powers_begin(0);
	return good;
}

static int self_check(void)
{
	struct rmp_entry *e = &hw_machine.rmp.e[HW_MACHINE_BASE];
	int good;

	run_restore();
	powers_begin(0);
	powers_touch(SIM_PRIVATE + 1);
	powers_touch(SIM_SHARED + 1);
	e[SIM_SHARED + 1] = e[SIM_PRIVATE + 1];
	good = sees("two validated frames for one address");
	powers_touch(SIM_MODULE);
	e[SIM_MODULE].perm[2] = SNP_PERM_R;
	good &= sees("a page of the module is in reach");
	powers_touch(SIM_PRIVATE + 1);
	e[SIM_PRIVATE + 1].vmsa = 1;
	good &= sees("a guest page is a VMSA, or VMPL1 has a permission");
	theorem_begin();
	powers_touch(SIM_MODULE);
	hw_machine.tlb.e[0][0] = (struct tlb_entry){.gpfn = SIM_MODULE,
						    .spfn = HW_MACHINE_BASE + SIM_MODULE,
						    .used = 1,
						    .vmpl = 2,
						    .private_view = 1,
						    .perm = SNP_PERM_R};
	good &= sees("the theorem's clause 'cached' does not hold");
	theorem_end();
	power_sees_host(SEES_GHCB, 0, SIM_CANARY);
	good &= sees("the host reads a secret of the module");
	return good ? 0 : FOUND;
}

/* ---- runs ---- */

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void progress(uint64_t done, uint64_t of, const char *what)
{
	if (isatty(2)) {
		fprintf(stderr, "\r%lu of %lu %s", done, of, what);
	}
}

/* Seeds from first on, in this process. */
static struct sum run_block(uint64_t first, uint64_t count, uint64_t of)
{
	struct sum s = {.next = first + count};
	uint64_t i;

	for (i = 0; i < count && s.fault[0] == '\0'; i++) {
		struct run_end end = run(choice_from_seed(first + i), SIM_CANARY);

		if (end.fault != NULL) {
			s.seed = first + i;
			s.pfn = end.pfn;
			snprintf(s.fault, sizeof(s.fault), "%s", end.fault);
		}
		if (of != 0 && i % 1000 == 0) {
			progress(i, of, "runs");
		}
	}
	s.figures = run_figures;
	memcpy(s.used, powers_used, powers_count * sizeof(s.used[0]));
	return s;
}

static void add(struct sum *to, const struct sum *s)
{
	uint32_t i;

	to->figures.runs += s->figures.runs;
	to->figures.decisions += s->figures.decisions;
	to->figures.calls += s->figures.calls;
	to->figures.ended += s->figures.ended;
	for (i = 0; i < powers_count; i++) {
		to->used[i] += s->used[i];
	}
	if (s->fault[0] != '\0' && to->fault[0] == '\0') {
		to->seed = s->seed;
		to->pfn = s->pfn;
		memcpy(to->fault, s->fault, sizeof(to->fault));
	}
}

/* One block in a process of its own; the pipe that its sum comes from. */
static int start(uint64_t first)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0 || (child = fork()) < 0) {
		perror("hostile");
		exit(FOUND);
	}
	if (child == 0) {
		struct sum s = run_block(first, BLOCK, 0);

		_exit(write(ends[1], &s, sizeof(s)) == (ssize_t)sizeof(s) ? 0 : FOUND);
	}
	close(ends[1]);
	return ends[0];
}

/* A block for each job, at the same time. 0 = one of the processes died. */
static int round_of_blocks(struct sum *sum, uint64_t jobs)
{
	int from[JOBS_MAX];
	struct sum s;
	uint64_t i;
	int good = 1;

	fflush(stdout);
	for (i = 0; i < jobs; i++) {
		from[i] = start(sum->next);
		sum->next += BLOCK;
	}
	for (i = 0; i < jobs; i++) {
		if (read(from[i], &s, sizeof(s)) == (ssize_t)sizeof(s)) {
			add(sum, &s);
		} else {
			good = 0;
		}
		close(from[i]);
		(void)wait(NULL);
	}
	return good;
}

/* ---- the file of a long run ---- */

static void save(const struct sum *sum, const char *path)
{
	char draft[4096];
	FILE *f;
	uint32_t i;

	snprintf(draft, sizeof(draft), "%s.new", path);
	f = fopen(draft, "w");
	if (f == NULL) {
		fprintf(stderr, "hostile: %s: %s\n", draft, strerror(errno));
		exit(FOUND);
	}
	fprintf(f, "hostile 1 %u\n%lu %lu %lu %lu %lu %.1f\n", powers_count, sum->next,
		sum->figures.runs, sum->figures.decisions, sum->figures.calls, sum->figures.ended,
		sum->seconds);
	for (i = 0; i < powers_count; i++) {
		fprintf(f, "%s %lu\n", powers[i].name, sum->used[i]);
	}
	if (fclose(f) != 0 || rename(draft, path) != 0) {
		fprintf(stderr, "hostile: %s: %s\n", path, strerror(errno));
		exit(FOUND);
	}
}

/* 1 = read, or there is none yet; 0 = it is no such file. */
static int load(struct sum *sum, const char *path)
{
	FILE *f = fopen(path, "r");
	char name[64];
	unsigned count;
	uint32_t i;
	int good;

	if (f == NULL) {
		return errno == ENOENT;
	}
	good = fscanf(f, "hostile 1 %u %lu %lu %lu %lu %lu %lf", &count, &sum->next,
		      &sum->figures.runs, &sum->figures.decisions, &sum->figures.calls,
		      &sum->figures.ended, &sum->seconds) == 7 &&
	       count == powers_count;
	for (i = 0; good && i < powers_count; i++) {
		good = fscanf(f, "%63s %lu", name, &sum->used[i]) == 2 &&
		       strcmp(name, powers[i].name) == 0;
	}
	fclose(f);
	return good;
}

/* ---- the program ---- */

static int report(const struct sum *s, int json)
{
	if (isatty(2)) {
		fprintf(stderr, "\r%40s\r", "");
	}
	if (s->fault[0] != '\0') {
		printf(json ? "{\"seed\": %lu, \"fault\": \"%s\", \"page\": %lu, \"faults\": 1}\n"
			    : "FAULT  seed %lu: %s (page %#lx)\n",
		       s->seed, s->fault, s->pfn);
		return FOUND;
	}
	printf(json ? "{\"runs\": %lu, \"calls\": %lu, \"decisions\": %lu, \"ended\": %lu, "
		      "\"seconds\": %.1f, \"faults\": 0}\n"
		    : "%lu hostile runs, %lu calls, %lu decisions of others, %lu ended by the "
		      "module, %.1f s, 0 faults\n",
	       s->figures.runs, s->figures.calls, s->figures.decisions, s->figures.ended,
	       s->seconds);
	return 0;
}

static int run_long(const struct options *o)
{
	struct sum sum = {.next = o->first};
	double begun = seconds(), before;

	if (!load(&sum, o->state)) {
		fprintf(stderr, "hostile: '%s' is no state of this program's runs\n", o->state);
		return USAGE;
	}
	before = sum.seconds;
	save(&sum, o->state); /* if it cannot be written, better now than later */
	while (sum.figures.decisions < o->until && sum.fault[0] == '\0') {
		if (!round_of_blocks(&sum, o->jobs)) {
			fprintf(stderr, "hostile: a process of runs below seed %lu died\n",
				sum.next);
			return FOUND;
		}
		sum.seconds = before + seconds() - begun;
		save(&sum, o->state);
		progress(sum.figures.decisions, o->until, "decisions");
	}
	memcpy(powers_used, sum.used, powers_count * sizeof(sum.used[0]));
	return report(&sum, o->json);
}

static int run_short(const struct options *o)
{
	double begun = seconds();
	struct sum sum = run_block(o->first, o->runs, o->runs);

	sum.seconds = seconds() - begun;
	return report(&sum, o->json);
}

/* A row that no run has used is a gap. */
static int gaps(void)
{
	uint32_t i, count = 0;

	for (i = 0; i < powers_count; i++) {
		count += powers_used[i] == 0;
	}
	if (count != 0) {
		printf("%u powers were not used\n", count);
	}
	return count != 0 ? FOUND : 0;
}

static void usage(FILE *to)
{
	fprintf(to,
		"usage: hostile [--runs N] [--first SEED] [--contracts WORD] [--json] [--powers]\n"
		"       hostile --until DECISIONS [--state FILE] [--jobs N] [--json] [--powers]\n"
		"       hostile --self-check | --powers --markdown\n"
		"Runs with a hostile host and a hostile guest, seeds SEED, SEED + 1, ... (0).\n"
		"  --runs N       how many (10000)\n"
		"  --first SEED   the first seed; --runs 1 repeats one run\n"
		"  --contracts W  check the contracts of calls in some runs, always, or never: "
		"such a "
		"run\n"
		"                 has nobody who disturbs a call (some: one in sixteen)\n"
		"  --until N      as many as it takes for N decisions in all; goes on where it "
		"was\n"
		"  --state FILE   where a long run stands (build/sim/hostile.state)\n"
		"  --jobs N       processes at a time of a long run, 1..%u (2)\n"
		"  --powers       then print how often each power was used; one that never was is "
		"a "
		"fault\n"
		"  --markdown     only the table of powers\n"
		"  --self-check   are broken states seen?\n"
		"exit codes: 0 nothing found, 1 a fault, 2 usage\n",
		JOBS_MAX);
}

static int number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0) {
		return 1;
	}
	fprintf(stderr, "hostile: '%s' is no number\n", text);
	return 0;
}

static uint64_t *value_of(struct options *o, int c)
{
	switch (c) {
	case 'r':
		return &o->runs;
	case 'f':
		return &o->first;
	case 'u':
		return &o->until;
	default:
		return &o->jobs;
	}
}

static int contracts(const char *text)
{
	static const char *const words[] = {"some", "always", "never"};
	uint32_t i;

	for (i = 0; i < 3; i++) {
		if (strcmp(text, words[i]) == 0) {
			run_contracts = (enum run_contracts)i;
			return 1;
		}
	}
	fprintf(stderr, "hostile: --contracts takes some, always or never, not '%s'\n", text);
	return 0;
}

/* -1 = go on, else the exit code. */
static int options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {{"runs", required_argument, NULL, 'r'},
					      {"first", required_argument, NULL, 'f'},
					      {"until", required_argument, NULL, 'u'},
					      {"state", required_argument, NULL, 't'},
					      {"jobs", required_argument, NULL, 'n'},
					      {"contracts", required_argument, NULL, 'c'},
					      {"json", no_argument, NULL, 'j'},
					      {"powers", no_argument, NULL, 'p'},
					      {"markdown", no_argument, NULL, 'm'},
					      {"self-check", no_argument, NULL, 's'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'c' && !contracts(optarg)) {
			return USAGE;
		}
		if (strchr("rfun", c) != NULL && !number(optarg, value_of(o, c))) {
			return USAGE;
		}
		if (c == '?' || c == 'h') {
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : USAGE;
		}
		o->state = c == 't' ? optarg : o->state;
		o->json |= c == 'j';
		o->what = strchr("pms", c) != NULL && o->what != 'm' ? c : o->what;
	}
	if (optind < argc) {
		fprintf(stderr, "hostile: what is '%s'?\n", argv[optind]);
		return USAGE;
	}
	if (o->jobs < 1 || o->jobs > JOBS_MAX) {
		fprintf(stderr, "hostile: --jobs takes 1..%u\n", JOBS_MAX);
		return USAGE;
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct options o = {.runs = 10000, .jobs = 2, .state = "build/sim/hostile.state"};
	int code = options(&o, argc, argv);

	if (code != -1) {
		return code;
	}
	if (o.what == 'm') {
		powers_print(1);
		return 0;
	}
	code = HW_RUN(powers_world());
	if (code != 0) {
		printf("FAULT  the module ends the VM with reason %#x while the guest is made\n",
		       (unsigned)code);
		return FOUND;
	}
	if (o.what == 's') {
		return self_check();
	}
	code = o.until != 0 ? run_long(&o) : run_short(&o);
	if (o.what == 'p' && code == 0) {
		powers_print(0);
		code = gaps();
	}
	return code;
}
