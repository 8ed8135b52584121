/*
 * verismo's paired runs: the same hostile run twice (sim/run.h), with nothing different but the module's secrets.
 * Whatever host and guest can see must be the same in both: the module's effects in their order, every value that
 * they read, GHCB pages, how the VM ends, and at last every word of every frame that was touched. One integer, the
 * seed, reproduces a pair.
 *
 * What may differ: a word of a frame that no guest level can reach, if it is the secret; and what the host reads of
 * it, which is ciphertext. Ciphertext of the secret, of this frame and word, counts as one and the same value in
 * both runs: that it tells nothing is what encryption is believed to do.
 */
#include <getopt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sim/powers_rows.h"
#include "sim/run.h"
#include "sim/world.h"

#define TRACE_MAX 400000U /* things that a run shows */
#define FOUND	  1
#define USAGE	  2

enum what {
	SEEN_EFFECT,
	SEEN_ARGUMENT,
	SEEN_READ,
	SEEN_VALUE,
	SEEN_END,
	SEEN_GHCB,
	SEEN_RMP,
	SEEN_TOUCHED,
};
static const char *const what_text[] = {
	"the module's next effect", "what the module tells hardware",
	"where host or guest read", "a value that host or guest read",
	"how the run ends",	    "a word of a GHCB page",
	"an entry of RMP or map",   "which frames were used",
};
struct seen {
	enum what what;
	uint64_t value;
	uint64_t where;
};

static struct seen trace[TRACE_MAX];
static uint32_t length; /* of the first run's trace */
static uint32_t at;	/* where this run is */
static int is_second;
static uint64_t secrets[2];
static const char *difference; /* NULL = none */
static uint64_t difference_where;
/* The words of the frames that the first run touched. */
static uint64_t words[WORLD_FRAMES][PAGE_WORDS];
static uint8_t keys[WORLD_FRAMES];

static void differ(const char *text, uint64_t where)
{
	if (difference == NULL) {
		difference = text;
		difference_where = where;
	}
}

/* The first run writes the trace, the second one is compared with it. */
static void see(enum what what, uint64_t value, uint64_t where)
{
	struct seen s = {what, value, where};

	if (at == TRACE_MAX) {
		differ("the run is too long", where);
		return;
	}
	if (!is_second) {
		trace[at] = s;
	} else if (at >= length || trace[at].what != what || trace[at].value != value) {
		differ(what_text[what], where);
	}
	at++;
}

/* ---- while it runs ---- */

static void on_effect(struct hw_effect e)
{
	see(SEEN_EFFECT, e.kind + 32UL * e.size, e.pfn);
	see(SEEN_ARGUMENT, e.pfn, e.pfn);
	see(SEEN_ARGUMENT, e.argument, e.pfn);
}

/* Is it the ciphertext of the secret, at this word of this frame? */
static int is_cipher(uint64_t spfn, uint64_t word, uint64_t value, uint64_t secret)
{
	return spfn < MACHINE_FRAMES &&
	       cipher_decrypt(hw_machine.guest_key, spfn, word, value) == secret;
}

static void on_host_saw(uint64_t spfn, uint64_t word, uint64_t value)
{
	see(SEEN_READ, spfn * PAGE_WORDS + word, spfn);
	see(SEEN_VALUE, is_cipher(spfn, word, value, secrets[is_second]) ? 0 : value, spfn);
}

static void on_guest_saw(uint64_t pfn, uint64_t value)
{
	see(SEEN_READ, pfn, pfn);
	see(SEEN_VALUE, value, pfn);
}

/* ---- how it ends ---- */

static void see_ghcb(void)
{
	uint32_t cpu, word;

	for (cpu = 0; cpu < POWERS_CPUS; cpu++) {
		see(SEEN_GHCB, hw_ghcb_msr[cpu], cpu);
		for (word = 0; word < PAGE_WORDS; word++) {
			see(SEEN_GHCB, hw_ghcb_words[cpu][word], cpu);
		}
	}
}

static uint64_t flags(struct rmp_entry e)
{
	return e.assigned + 2UL * e.validated + 4UL * e.immutable + 8UL * e.size + 16UL * e.vmsa +
	       32UL * e.in_use + ((uint64_t)e.perm[1] << 8) + ((uint64_t)e.perm[2] << 12) +
	       ((uint64_t)e.perm[3] << 16) + ((uint64_t)e.asid << 32);
}

static void see_map(uint64_t pfn)
{
	struct rmp_entry e = hw_machine.rmp.e[FRAME(pfn)];
	struct nested_entry n = hw_machine.nested.e[pfn];

	see(SEEN_RMP, flags(e), pfn);
	see(SEEN_RMP, e.gpfn, pfn);
	see(SEEN_RMP, n.spfn + ((uint64_t)n.present << 32) + ((uint64_t)n.large << 33), pfn);
}

/* Does no level above VMPL0 have a permission on the frame? */
static int is_out_of_reach(uint64_t pfn)
{
	uint64_t head = FRAME(pfn - pfn % PAGES_PER_2M);
	struct rmp_entry e = hw_machine.rmp.e[FRAME(pfn)];

	if (hw_machine.rmp.e[head].assigned && hw_machine.rmp.e[head].size == SNP_SIZE_2M) {
		e = hw_machine.rmp.e[head];
	}
	return !e.validated || (e.perm[1] | e.perm[2] | e.perm[3]) == 0;
}

/* May this word be a in the first run and b in the second? */
static int may_differ(uint64_t pfn, uint64_t word, uint64_t a, uint64_t b)
{
	if (keys[pfn] == MACHINE_ASID) {
		return a == secrets[0] && b == secrets[1] && is_out_of_reach(pfn);
	}
	return is_cipher(FRAME(pfn), word, a, secrets[0]) &&
	       is_cipher(FRAME(pfn), word, b, secrets[1]);
}

static void see_words(uint64_t pfn)
{
	uint64_t word;

	keys[pfn] = hw_machine.memory.key[FRAME(pfn)];
	for (word = 0; word < PAGE_WORDS; word++) {
		uint64_t value = dram_read64(FRAME(pfn), word);

		if (!is_second) {
			words[pfn][word] = value;
		} else if (value != words[pfn][word] &&
			   !may_differ(pfn, word, words[pfn][word], value)) {
			differ("the content of a frame", pfn);
		}
	}
}

static void see_world(void)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched);
	uint32_t i;

	see(SEEN_TOUCHED, count, 0);
	for (i = 0; i < count && difference == NULL; i++) {
		see(SEEN_TOUCHED, touched[i], touched[i]);
		see_map(touched[i]);
		if (difference == NULL) {
			see_words(touched[i]);
		}
	}
}

/* ---- a pair ---- */

/* What is wrong in both halves alike is no leak: hostile runs look for that. */
static void half(uint64_t seed, int second)
{
	struct run_end end;

	is_second = second;
	at = 0;
	end = run(choice_from_seed(seed), secrets[second]);
	see(SEEN_END, (uint64_t)end.reason, 0);
	see_ghcb();
	see_world();
}

/* Any two secrets; in every second pair every bit of them differs. */
static void choose_secrets(uint64_t seed)
{
	struct choice_source c = choice_from_seed(~seed);

	secrets[0] = choice_below(&c, UINT64_MAX);
	secrets[1] = seed % 2 ? ~secrets[0] : choice_below(&c, UINT64_MAX);
}

static void pair(uint64_t seed)
{
	difference = NULL;
	choose_secrets(seed);
	half(seed, 0);
	length = at;
	if (difference == NULL) {
		half(seed, 1);
	}
	if (difference == NULL && at != length) {
		differ("one of the runs is longer", 0);
	}
}

/* ---- the program ---- */

static void usage(FILE *to)
{
	fprintf(to, "usage: pairs [--runs N] [--first SEED] [--json]\n"
		    "Pairs of hostile runs that differ in the module's secrets alone; all that "
		    "host and "
		    "guest\nsee must be the same. Seeds SEED, SEED + 1, ... (0).\n"
		    "  --runs N      how many pairs (10000)\n"
		    "  --first SEED  the first seed; --runs 1 repeats one pair\n"
		    "exit codes: 0 no difference, 1 a difference, 2 usage\n");
}

static int number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0) {
		return 1;
	}
	fprintf(stderr, "pairs: '%s' is no number\n", text);
	return 0;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_pairs(uint64_t first, uint64_t runs, int json)
{
	double start = seconds();
	uint64_t compared = 0;
	uint64_t i;

	for (i = 0; i < runs; i++) {
		pair(first + i);
		compared += length;
		if (difference != NULL) {
			printf(json ? "{\"seed\": %lu, \"leak\": \"%s\", \"at\": %lu, \"leaks\": "
				      "1}\n"
				    : "LEAK  seed %lu: %s (at %#lx)\n",
			       first + i, difference, difference_where);
			return FOUND;
		}
		if (isatty(2) && i % 500 == 0) {
			fprintf(stderr, "\r%lu of %lu pairs", i, runs);
		}
	}
	printf(json ? "{\"pairs\": %lu, \"calls\": %lu, \"decisions\": %lu, \"compared\": %lu, "
		      "\"seconds\": %.1f, \"leaks\": 0}\n"
		    : "%lu pairs, %lu calls, %lu decisions of others, %lu values compared besides "
		      "memory, %.1f s, 0 leaks\n",
	       runs, run_figures.calls, run_figures.decisions, compared, seconds() - start);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"runs", required_argument, NULL, 'r'},
					      {"first", required_argument, NULL, 'f'},
					      {"json", no_argument, NULL, 'j'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	uint64_t runs = 10000, first = 0;
	int c, json = 0;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if ((c == 'r' && !number(optarg, &runs)) || (c == 'f' && !number(optarg, &first))) {
			return USAGE;
		}
		if (c == '?' || c == 'h') {
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : USAGE;
		}
		json |= c == 'j';
	}
	if (optind < argc) {
		fprintf(stderr, "pairs: what is '%s'?\n", argv[optind]);
		return USAGE;
	}
	powers_world();
	run_effect = on_effect;
	powers_host_saw = on_host_saw;
	powers_guest_saw = on_guest_saw;
	return run_pairs(first, runs, json);
}
