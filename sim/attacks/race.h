/*
 * A race: the module on one or two CPUs, and a guest or a host that acts between any two of its effects. All
 * schedules are followed (sim/explore.h); the race is won if there is one under which an invariant gives, a call
 * is lost, or the VM ends that should not.
 */
#ifndef SIM_ATTACKS_RACE_H
#define SIM_ATTACKS_RACE_H

#include "sim/attack.h"

#define RACE_ACTORS 3U
struct race {
	void (*run[RACE_ACTORS])(uint32_t i); /* what each does; NULL: there is no such actor */
	void (*begin)(void);	   /* of each run: what is not of the world; NULL: nothing */
	const char *(*step)(void); /* besides the invariants; NULL: nothing */
	const char *(*end)(void);
	void (*after)(struct hw_effect e); /* called when an actor may go on to its effect */
	int may_end;  /* a host is at work: the module may end the VM, with its reasons for that */
	int must_end; /* if not 0, it has to, with this one */
};
extern struct race race;
/* What the actors of this run have noted; 0 when it begins. To be shown to hw_saw, if they act on it. */
extern uint32_t race_seen;

/* From the world as it is: NULL, or what is wrong and the schedule under which it comes. */
const char *race_follow(void);
/* The outcome, after one or more races. */
struct attack_outcome race_judge(const char *fault, const char *held);

/* For an actor that is not the module, before it does something to a guest frame: whoever uses it, too, may come
 * first. */
void race_point(uint64_t pfn);
/* The actor at work leaves the run; with a reason, the VM ends for all. */
void race_leave(int reason) __attribute__((noreturn));

#endif
