/*
 * All interleavings of a few CPUs of the module, at the granularity of effects on hardware: every access to
 * guest memory, the ownership table, the registry's lock, every SNP instruction. Depth first.
 *
 * Two reductions. A state that has been met before is not gone into again: the world, and of each CPU where it
 * stands and all that it has learnt. An effect on a page that no other CPU touches in any of the runs is no
 * point to switch at, for it commutes with whatever they do; if a page turns out to be shared after all, the
 * exploration begins anew. (So does a flush of TLBs: no guest runs here, and nothing else looks at them.)
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include <stdint.h>

#define EXPLORE_CPUS_MAX    4U
#define EXPLORE_STEPS_MAX   4000U  /* of one run: more is a livelock */
#define EXPLORE_EFFECTS_MAX 16000U /* that a schedule can note */
#define EXPLORE_ANY	    0xffffffffU

struct explore_task {
	uint32_t cpus;	      /* 1..EXPLORE_CPUS_MAX; CPU i of the module is fiber i */
	uint32_t preemptions; /* how often a CPU is interrupted that could go on; EXPLORE_ANY */
	void (*run)(uint32_t cpu);	/* what each CPU does */
	const char *(*check)(void);	/* after each step; NULL = good, else what is wrong */
	const char *(*check_end)(void); /* when all CPUs have done */
	const char *
		schedule; /* replay: a digit for each effect, the CPU that has it; NULL = explore */
};
struct explore_result {
	uint64_t runs;	 /* schedules that were followed, to their end or to a state met before */
	uint64_t states; /* that were met */
	uint64_t steps;
	uint32_t longest;			/* run, in steps */
	const char *fault;			/* NULL = none */
	char schedule[EXPLORE_EFFECTS_MAX + 1]; /* of the run with the fault */
};

/* The world is as world_save has it afterwards. */
void explore(const struct explore_task *task, struct explore_result *result);

#endif
