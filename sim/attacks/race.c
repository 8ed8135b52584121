/* Races: all schedules of a few actors. */
#include "sim/attacks/race.h"
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <verismo/reasons.h>
#include "sim/check.h"
#include "sim/explore.h"
#include "sim/world.h"

struct race race;
uint32_t race_seen;
static uint64_t schedules; /* of all races of this attack */
static jmp_buf over[RACE_ACTORS];
static int ended;      /* why the VM has ended; 0: it has not */
static uint32_t actor; /* that is at work; the module may be told that it is another CPU */
/* sim/explore.c's hooks, which are called first. */
static void (*explorer_turn)(struct hw_effect e);
static void (*explorer_wait)(void);

/* Reasons to end the VM that a host can bring about. */
static int is_hosts(int reason)
{
	return reason == REASON_PVALIDATE || reason == REASON_RMPADJUST || reason == HW_STUCK;
}

void race_leave(int reason)
{
	ended = ended == 0 ? reason : ended;
	hw_saw((uint64_t)reason);
	longjmp(over[actor], 1);
}

/* An actor goes on: not if the VM has ended meanwhile. */
static void go_on(void)
{
	actor = hw_machine_cpu;
	if (ended != 0) {
		race_leave(ended);
	}
}

static void on_turn(struct hw_effect e)
{
	hw_machine_cpu = actor;
	explorer_turn(e);
	go_on();
	if (race.after != NULL) {
		race.after(e);
	}
}

static void on_wait(void)
{
	hw_lock_held = ended == 0 ? hw_lock_held : 0;
	explorer_wait();
	go_on();
}

static void begin(void)
{
	explorer_turn = hw_turn;
	explorer_wait = hw_wait;
	hw_turn = on_turn;
	hw_wait = on_wait;
	hw_ended = race_leave;
	ended = 0;
	race_seen = 0;
	if (race.begin != NULL) {
		race.begin();
	}
}

static void run(uint32_t i)
{
	if (hw_turn != on_turn) { /* the first of this run */
		begin();
	}
	actor = i;
	if (setjmp(over[i]) == 0) {
		race.run[i](i);
	}
	hw_lock_held = ended == 0 ? hw_lock_held : 0; /* nobody shall wait for it */
}

static const char *check_step(void)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched);
	const char *wrong = NULL;
	uint64_t pfn;
	uint32_t i;

	for (i = 0; i < count && wrong == NULL; i++) {
		wrong = check_frame(HW_MACHINE_BASE + touched[i], &pfn);
	}
	wrong = wrong == NULL ? check_two(touched, count, &pfn) : wrong;
	return wrong == NULL && race.step != NULL ? race.step() : wrong;
}

static const char *check_ended(void)
{
	static char text[64];

	if (ended == race.must_end || (race.may_end && is_hosts(ended))) {
		return NULL;
	}
	snprintf(text, sizeof(text), "the module ends the VM with reason %#x", (unsigned)ended);
	return text;
}

static const char *check_end(void)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched);
	const char *wrong;
	uint64_t pfn;

	if (ended != 0) {
		return check_ended();
	}
	if (race.must_end != 0) {
		return "the module goes on";
	}
	wrong = check_rest(touched, count, &pfn);
	return wrong == NULL && race.end != NULL ? race.end() : wrong;
}

/* A schedule, a digit for each effect, as lengths: "0*12 1*3". */
static void shorten(const char *schedule, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	while (*schedule != '\0' && used + 12 < size) {
		size_t length = strspn(schedule, (char[]){*schedule, '\0'});

		used += (size_t)snprintf(text + used, size - used, "%s%c*%zu", used ? " " : "",
					 *schedule, length);
		schedule += length;
	}
}

const char *race_follow(void)
{
	struct explore_task task = {.preemptions = EXPLORE_ANY,
				    .run = run,
				    .check = check_step,
				    .check_end = check_end};
	static struct explore_result r;
	static char text[190];
	char schedule[90];

	while (task.cpus < RACE_ACTORS && race.run[task.cpus] != NULL) {
		task.cpus++;
	}
	tlb_flush_all(&hw_machine);
	world_save();
	explore(&task, &r);
	schedules += r.runs;
	if (r.fault == NULL) {
		return NULL;
	}
	shorten(r.schedule, schedule, sizeof(schedule));
	snprintf(text, sizeof(text), "%s; schedule %s", r.fault, schedule);
	return text;
}

struct attack_outcome race_judge(const char *fault, const char *held)
{
	return fault != NULL ? attack_won("%s", fault)
			     : attack_judge("%lu schedules, none wins: %s", schedules, held);
}

void race_point(uint64_t pfn)
{
	struct hw_effect e = {EFFECT_LOOK, pfn, 0, 0};

	hw_turn(e);
	world_touch(pfn, 1);
}
