#include "sim/explore.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "module/guest/vcpu.h"
#include "sim/check.h"
#include "sim/fiber.h"
#include "sim/world.h"

#define FAULT_MAX 128

/* A CPU of the module. */
struct cpu {
	uint64_t
		learnt; /* hash of all that it has got from hardware, and of the registry as it found it */
	uint32_t waiting; /* for the lock */
	uint32_t ended;
};
/* A point of a run where more than one CPU could go on, or one. */
struct choice {
	uint32_t order[EXPLORE_CPUS_MAX]; /* CPUs to be tried, in this order */
	uint32_t count;
	uint32_t next;	  /* index of the one that is followed */
	uint32_t effects; /* that it had before the next choice, and its end */
};

static const struct explore_task *task;
static struct explore_result *result;
static struct cpu cpus[EXPLORE_CPUS_MAX];
static struct choice path[EXPLORE_STEPS_MAX];
static uint32_t path_length;
static uint32_t current;
static uint32_t preempted;
static const char *fault;
static uint32_t lock_owner;
static uint32_t effects; /* of the step */
/* Pages: which CPUs have touched it in any run; whether it is one that several touch. */
static uint8_t users[WORLD_FRAMES];
static uint8_t is_shared[WORLD_FRAMES];
static int
	shared_more; /* a page has turned out to be shared: what has been explored is too little */
static char fault_text[FAULT_MAX];

/* ---- states met ---- */

static uint64_t *met;
static uint64_t met_size; /* a power of two */
static uint64_t met_count;

static int met_insert(uint64_t *set, uint64_t size, uint64_t key)
{
	uint64_t i = key & (size - 1);

	key = key == 0 ? 1 : key;
	while (set[i] != 0) {
		if (set[i] == key) {
			return 0;
		}
		i = (i + 1) & (size - 1);
	}
	set[i] = key;
	return 1;
}

static uint64_t *met_allocate(uint64_t size)
{
	uint64_t *set = calloc(size, sizeof(uint64_t));

	if (set == NULL) {
		fprintf(stderr, "explore: out of memory\n");
		exit(1);
	}
	return set;
}

static void met_reset(void)
{
	free(met);
	met_size = 1024;
	met = met_allocate(met_size);
	met_count = 0;
}

/* 1 = it is new. */
static int met_add(uint64_t key)
{
	uint64_t i;

	if (met_count * 2 > met_size) {
		uint64_t *larger = met_allocate(met_size * 2);

		for (i = 0; i < met_size; i++) {
			if (met[i] != 0) {
				met_insert(larger, met_size * 2, met[i]);
			}
		}
		free(met);
		met = larger;
		met_size *= 2;
	}
	if (!met_insert(met, met_size, key)) {
		return 0;
	}
	met_count++;
	return 1;
}

static uint64_t state_key(void)
{
	uint64_t key = world_hash();
	uint32_t i;

	for (i = 0; i < task->cpus; i++) {
		key = world_mix(key, cpus[i].learnt);
		key = world_mix(key, cpus[i].waiting + 2UL * cpus[i].ended);
	}
	if (task->preemptions != EXPLORE_ANY) {
		key = world_mix(key, current + 16UL * preempted);
	}
	return key;
}

/* ---- what the machine tells ---- */

static void learn(uint64_t value)
{
	cpus[current].learnt = world_mix(cpus[current].learnt, value);
}

static void learn_registry(void)
{
	uint32_t i;

	for (i = 0; i < VCPUS_MAX; i++) {
		struct vcpu v = vcpu_table.v[i];

		learn(v.vmsa + (v.caa << 32));
		learn(v.age + ((uint64_t)v.apic << 32) + ((uint64_t)v.vmpl << 40));
		learn(v.used + 2UL * v.startup + 4UL * v.retired + 8UL * v.serving);
	}
}

static void explore_fault(const char *text, uint64_t pfn)
{
	if (fault == NULL) {
		snprintf(fault_text, sizeof(fault_text), "%s (CPU %u, page %#lx)", text, current,
			 pfn);
		fault = fault_text;
	}
}

static void touch_page(struct hw_effect e)
{
	uint64_t head = e.pfn - e.pfn % PAGES_PER_2M;

	if (hw_machine.rmp.e[HW_MACHINE_BASE + head].size == SNP_SIZE_2M) {
		world_touch(head, PAGES_PER_2M); /* the host may split it */
	} else {
		world_touch(e.pfn, e.size == SNP_SIZE_2M ? PAGES_PER_2M : 1);
	}
}

/* Does another CPU touch the page, too, in any run? If not, the effect can be moved past all of theirs. */
static int is_others(uint64_t pfn)
{
	if (pfn >= WORLD_FRAMES) {
		return task->schedule != NULL;
	}
	users[pfn] |= (uint8_t)(1U << current);
	if ((users[pfn] & (users[pfn] - 1)) != 0 && !is_shared[pfn]) {
		is_shared[pfn] = 1;
		shared_more = 1;
	}
	return is_shared[pfn] || task->schedule != NULL;
}

/* An effect on a page: another CPU may come first if it uses the page, too. */
static void on_page(struct hw_effect e)
{
	if (is_others(e.pfn)) {
		fiber_yield();
	}
	if (e.kind == EFFECT_READ || e.kind == EFFECT_WRITE) {
		const char *wrong = check_access(e, hw_lock_held && lock_owner == current);

		if (wrong != NULL) {
			explore_fault(wrong, e.pfn);
		}
	}
	if (e.kind != EFFECT_LOOK) {
		touch_page(e);
	}
}

static void on_turn(struct hw_effect e)
{
	if (fault == NULL) {
		fault = task->check();
	}
	effects++;
	learn(e.kind); /* where it stands */
	switch (e.kind) {
	case EFFECT_LOCK:
		fiber_yield();
		if (!hw_lock_held) {
			learn_registry();
			lock_owner = current;
		}
		break;
	case EFFECT_UNLOCK:
	case EFFECT_FLUSH:
	case EFFECT_VMGEXIT:
		if (task->schedule != NULL) {
			fiber_yield();
		}
		break; /* nothing that another CPU does next depends on it */
	default:
		on_page(e);
		break;
	}
}

static void on_wait(void)
{
	cpus[current].waiting = 1;
	effects++;
	fiber_yield();
	cpus[current].waiting = 0;
	if (!hw_lock_held) {
		learn_registry();
		lock_owner = current;
	}
}

static void on_end(int reason)
{
	static char text[64];

	snprintf(text, sizeof(text), "the module ends the VM with reason %#x", (unsigned)reason);
	explore_fault(text, 0);
	effects++;
	for (;;) {
		fiber_yield();
	}
}

/* ---- one run ---- */

static void begin(void)
{
	uint32_t i;

	world_restore();
	hw_turn = on_turn;
	hw_wait = on_wait;
	hw_saw = learn;
	hw_ended = on_end;
	memset(cpus, 0, sizeof(cpus));
	fault = NULL;
	preempted = 0;
	current = 0;
	for (i = 0; i < task->cpus; i++) {
		fiber_start(i, task->run);
	}
}

static int is_enabled(uint32_t i)
{
	return !cpus[i].ended && (!cpus[i].waiting || !hw_lock_held);
}

/* The CPUs that may go on, the one that went last first. */
static struct choice choices(void)
{
	struct choice c = {.count = 0};
	uint32_t i;

	if (is_enabled(current)) {
		c.order[c.count] = current;
		c.count++;
		if (preempted >= task->preemptions) {
			return c;
		}
	}
	for (i = 0; i < task->cpus; i++) {
		if (i != current && is_enabled(i)) {
			c.order[c.count] = i;
			c.count++;
		}
	}
	return c;
}

static void step(uint32_t cpu)
{
	preempted += cpu != current && is_enabled(current);
	current = cpu;
	hw_machine_cpu = cpu;
	effects = 0;
	cpus[cpu].ended = !fiber_resume(cpu);
	effects += cpus[cpu].ended;
	result->steps++;
	if (fault == NULL) {
		fault = task->check();
	}
}

static int all_ended(void)
{
	uint32_t i;

	for (i = 0; i < task->cpus; i++) {
		if (!cpus[i].ended) {
			return 0;
		}
	}
	return 1;
}

static const char *end_of_run(void)
{
	return all_ended() ? task->check_end() : "deadlock: every CPU waits for the lock";
}

/* Follows path, and from its end on the first choice each time, which it notes there. */
static void run(void)
{
	uint32_t depth;

	begin();
	for (depth = 0; fault == NULL; depth++) {
		struct choice c = choices();

		if (c.count == 0) {
			fault = end_of_run();
			break;
		}
		if (depth == EXPLORE_STEPS_MAX) {
			fault = "livelock: the run does not end";
			break;
		}
		if (depth == path_length) {
			if (!met_add(state_key())) {
				break;
			}
			path[depth] = c;
			path_length++;
		}
		step(path[depth].order[path[depth].next]);
		path[depth].effects = effects;
	}
	result->runs++;
	result->longest = depth > result->longest ? depth : result->longest;
}

/* The next path in depth-first order; 0 = there is none. */
static int next_path(void)
{
	while (path_length > 0) {
		struct choice *c = &path[path_length - 1];

		c->next++;
		if (c->next < c->count) {
			return 1;
		}
		path_length--;
	}
	return 0;
}

static void replay(void)
{
	const char *s;

	begin();
	for (s = task->schedule; *s != '\0' && fault == NULL; s++) {
		uint32_t cpu = (uint32_t)(*s - '0');

		if (cpu >= task->cpus || !is_enabled(cpu)) {
			fault = "the schedule does not fit: this CPU cannot go on";
			break;
		}
		step(cpu);
	}
	if (fault == NULL && choices().count == 0) {
		fault = end_of_run();
	}
	result->runs = 1;
}

/* A digit for each effect, whether it was a point to switch at or not. */
static void note_schedule(void)
{
	uint32_t length = 0;
	uint32_t i, n;

	for (i = 0; i < path_length; i++) {
		for (n = 0; n < path[i].effects && length < EXPLORE_EFFECTS_MAX; n++) {
			result->schedule[length] = (char)('0' + path[i].order[path[i].next]);
			length++;
		}
	}
	result->schedule[length] = '\0';
}

static void explore_all(void)
{
	do {
		met_reset();
		path_length = 0;
		memset(path, 0, sizeof(path));
		shared_more = 0;
		do {
			run();
		} while (fault == NULL && !shared_more && next_path());
	} while (fault == NULL && shared_more);
}

void explore(const struct explore_task *t, struct explore_result *r)
{
	task = t;
	result = r;
	memset(r, 0, sizeof(*r));
	met_reset();
	path_length = 0;
	memset(users, 0, sizeof(users));
	memset(is_shared, 0, sizeof(is_shared));
	if (t->schedule != NULL) {
		replay();
	} else {
		explore_all();
		note_schedule();
	}
	r->states = met_count;
	r->fault = fault;
	hw_turn = NULL;
	hw_wait = NULL;
	hw_saw = NULL;
	hw_ended = NULL;
	world_restore();
}
