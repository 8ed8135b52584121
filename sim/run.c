/* A hostile run. */
#include "sim/run.h"
#include <stddef.h>
#include <string.h>
#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/services/request.h"
#include "sim/check.h"
#include "sim/contracts.h"
#include "sim/fiber.h"
#include "sim/once.h"
#include "sim/powers_rows.h"
#include "sim/theorem.h"
#include "sim/world.h"

#define STEPS_MAX     20000U
#define LARGE_RUNS    256U /* one in so many has 2M regions: they cost as much as fifty others */
#define CHECKED_RUNS  16U /* in one of so many contracts are checked, in one the theorem's clauses */
#define MANY_FRAMES   100U /* from so many touched frames on not every step is looked at */
#define CHECKED_STEPS 32U

struct cpu {
	uint32_t waiting; /* for the lock */
	uint32_t ended;	  /* its vCPUs have called enough, or it has halted */
	uint32_t stuck;	  /* an access never returned */
	uint32_t exits;	  /* that it may still have */
	int at_page;	  /* its last effect was one on a page */
};

struct run_figures run_figures;
void (*run_effect)(struct hw_effect e);
enum run_contracts run_contracts;

static struct choice_source choices;
static struct cpu cpus[POWERS_CPUS];
static uint32_t current;
static uint32_t lock_owner;
static uint64_t calm;  /* the host acts at one of so many effects; 0: never */
static uint64_t quiet; /* so the guest's other vCPUs */
static uint64_t pause; /* another CPU goes on at one of so many effects */
static int host_acted;
/* Nobody acts but the module and its callers, one after the other: contracts are checked. */
static int is_calm;
static int reason;

static void fault(const char *text, uint64_t pfn)
{
	if (text != NULL) {
		powers_find(text, pfn);
	}
}

/* ---- what must never be ---- */

/* Of a guest page no level above its owner has a permission, unless a guest level gave it. */
static const char *check_owner(uint64_t spfn, uint64_t *pfn)
{
	struct rmp_entry e = hw_machine.rmp.e[spfn];
	uint16_t entry = e.gpfn < WORLD_FRAMES ? hw_table_peek(e.gpfn) : 0;

	*pfn = e.gpfn;
	if (e.assigned && e.validated && e.perm[3] != 0 && page_entry_state(entry) == PAGE_GUEST &&
	    page_entry_owner(entry) == 2 && !powers_is_adjusted(e.gpfn)) {
		return "a level above the owner of a guest page has a permission on it";
	}
	return NULL;
}

/* The first thing that is wrong with the touched frames, or NULL. */
static const char *look_at_frames(uint64_t *pfn)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched);
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < count && wrong == NULL; i++) {
		wrong = check_frame(HW_MACHINE_BASE + touched[i], pfn);
		wrong = wrong == NULL ? check_owner(HW_MACHINE_BASE + touched[i], pfn) : wrong;
	}
	wrong = wrong == NULL ? check_two(touched, count, pfn) : wrong;
	return wrong == NULL ? theorem_check(touched, count, pfn) : wrong;
}

struct run_end run_check(void)
{
	uint64_t pfn = 0;
	const char *wrong = powers_finding.text == NULL ? look_at_frames(&pfn) : NULL;

	fault(wrong, pfn);
	return (struct run_end){powers_finding.text, powers_finding.pfn, reason};
}

/* ---- between two effects ---- */

static void act(enum power_when when)
{
	uint32_t cpu = hw_machine_cpu;

	run_figures.decisions++;
	host_acted |= when == POWER_HOST || when == POWER_EXIT;
	powers_act(&choices, when);
	hw_machine_cpu = cpu;
}

static void others(void)
{
	if (is_calm) {
		return;
	}
	if (choice_rarely(&choices, pause)) {
		fiber_yield();
	}
	if (calm != 0 && choice_rarely(&choices, calm)) {
		act(POWER_HOST);
	}
	if (quiet != 0 && choice_rarely(&choices, quiet)) {
		act(POWER_GUEST);
	}
}

static void touch(struct hw_effect e)
{
	powers_touch(e.pfn);
	if (e.size == SNP_SIZE_2M) {
		world_touch(e.pfn, PAGES_PER_2M);
	}
}

static void on_turn(struct hw_effect e)
{
	int of_page = e.kind != EFFECT_LOCK && e.kind != EFFECT_UNLOCK && e.kind != EFFECT_FLUSH &&
		      e.kind != EFFECT_VMGEXIT;

	if (of_page) {
		powers_hot(e.pfn);
	}
	cpus[current].at_page = of_page;
	others();
	if (run_effect != NULL) {
		run_effect(e);
	}
	if (e.kind == EFFECT_READ || e.kind == EFFECT_WRITE) {
		fault(check_access(e, hw_lock_held && lock_owner == current), e.pfn);
	}
	if (e.kind == EFFECT_FREEZE) {
		once_forget(current); /* a call begins */
	}
	if (e.kind == EFFECT_READ) {
		fault(once_effect(current, e), e.pfn);
	}
	if (powers_lied[current]) {
		fault("the module goes on after an answer that is none", 0);
	}
	if (of_page && e.kind != EFFECT_LOOK) {
		touch(e);
	}
	if (e.kind == EFFECT_LOCK && !hw_lock_held) {
		lock_owner = current;
	}
}

/* The module reads a word of its GHCB page; the host may change it before. */
static void on_look(uint32_t cpu, uint32_t offset)
{
	if (calm != 0 && choice_rarely(&choices, calm)) {
		act(POWER_HOST);
	}
	fault(once_ghcb(cpu, offset), 0);
}

static void on_wait(void)
{
	cpus[current].waiting = 1;
	fiber_yield();
	cpus[current].waiting = 0;
	if (!hw_lock_held) {
		lock_owner = current;
	}
}

/* ---- ends ---- */

static void stop(void)
{
	for (;;) {
		fiber_yield();
	}
}

/* What the module may end the VM for: a host that lies, never its own tables. */
static void check_reason(int why)
{
	if (why != REASON_PVALIDATE && why != REASON_RMPADJUST && why != REASON_GHCB_REPLY) {
		fault("the module ends the VM for no fault of the host's", 0);
	} else if (!host_acted) {
		fault("the module ends the VM, and the host has done nothing", 0);
	}
}

static void on_end(int why)
{
	if (why == HW_STUCK && !cpus[current].at_page) {
		cpus[current].ended =
			1; /* it halts: it has no vCPU, or the host refuses to run it */
	} else if (why == HW_STUCK) {
		cpus[current].stuck = 1;
		fault(host_acted ? NULL : "a CPU stands still, and the host has done nothing", 0);
	} else {
		reason = why;
		check_reason(why);
	}
	stop();
}

/* ---- the guest ---- */

/* Who leaves now, if it still runs: a vCPU is interrupted when the module writes its VMSA. */
static void leave(uint64_t spfn, const struct powers_caller *caller)
{
	static const uint16_t offset[] = {VMSA_RAX, VMSA_RCX, VMSA_RDX, VMSA_R8, VMSA_R9};
	const uint64_t value[] = {caller->r.rax, caller->r.rcx, caller->r.rdx, caller->r.r8,
				  caller->r.r9};
	uint32_t i;

	for (i = 0; i < sizeof(offset) / sizeof(offset[0]); i++) {
		machine_guest_write64(&hw_machine, spfn, offset[i] / 8, 1, value[i]);
	}
	machine_guest_write64(&hw_machine, spfn, VMSA_EXITCODE / 8, 1, caller->exit);
	machine_vmexit(&hw_machine, spfn);
	run_figures.calls += caller->exit == SVM_EXIT_VMGEXIT;
}

/* The registers that the vCPU finds. */
static void look(uint64_t spfn)
{
	static const uint16_t seen[] = {VMSA_RAX, VMSA_RBX, VMSA_RCX, VMSA_RDX, VMSA_RSI, VMSA_RDI,
					VMSA_R8,  VMSA_R9,  VMSA_R10, VMSA_RIP, VMSA_CR3, VMSA_RSP};
	uint32_t i;

	for (i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		powers_guest_sees(hw_machine.rmp.e[spfn].gpfn,
				  machine_guest_read64(&hw_machine, spfn, seen[i] / 8, 1));
	}
}

static void guest_runs(struct choice_source *c, uint64_t spfn)
{
	struct powers_caller *caller = &powers_caller[hw_machine_cpu];
	uint64_t pfn = hw_machine.rmp.e[spfn].gpfn;
	uint32_t slot = vcpu_find_vmsa(pfn);
	struct vcpu v;

	if (slot == VCPU_NONE) {
		machine_vmexit(&hw_machine, spfn);
		return;
	}
	v = vcpu_get(slot);
	look(spfn);
	*caller = (struct powers_caller){
		.v = {.vmsa = v.vmsa, .caa = v.caa, .cpu = v.apic, .vmpl = v.vmpl},
		.exit = SVM_EXIT_VMGEXIT};
	others();
	powers_hot(pfn);
	act(POWER_CALL);
	others();
	if (powers_still_run(spfn)) {
		leave(spfn, caller);
		if (is_calm) {
			contracts_call(caller);
		}
	}
	(void)c;
}

/* Does the exit ask for a level of the guest? Any other one is granted. */
static int asks_for_level(uint32_t cpu)
{
	return GHCB_MSR_CODE(hw_ghcb_msr[cpu]) == 0 &&
	       hw_ghcb_words[cpu][GHCB_SW_EXITCODE / 8] == NAE_RUN_VMPL;
}

static void on_exit(uint32_t cpu)
{
	uint64_t pfn;

	once_forget(cpu);
	if (!asks_for_level(cpu)) {
		exit_nobody(&choices);
		return;
	}
	if (is_calm) {
		const char *broken = contracts_answer(&pfn);

		fault(broken, pfn);
		fiber_yield();
	}
	if (cpus[cpu].exits == 0) {
		cpus[cpu].ended = 1;
		stop();
	}
	cpus[cpu].exits--;
	if (calm == 0) {
		exit_run(&choices); /* an honest host */
	} else {
		act(POWER_EXIT);
	}
}

/* ---- one run ---- */

static void serve(uint32_t cpu)
{
	request_loop(cpu);
}

/* How closely this run is looked at. */
static void choose_checks(void)
{
	int is_followed;

	is_calm = choice_rarely(&choices, run_contracts == CONTRACTS_ALWAYS ? 2 : CHECKED_RUNS);
	is_followed = choice_rarely(&choices, CHECKED_RUNS);
	if (run_contracts == CONTRACTS_NEVER) {
		is_calm = 0;
		is_followed = 0;
	}
	calm = is_calm ? 0 : calm;
	if (is_followed || run_contracts == CONTRACTS_ALWAYS) {
		theorem_begin();
	}
}

static void begin(struct choice_source source, uint64_t secret)
{
	static const uint64_t calms[] = {0, 200, 60, 20, 8};
	static const uint64_t quiets[] = {6, 0, 3, 12};
	static const uint64_t pauses[] = {4, 2, 16};
	uint32_t i;

	run_restore();
	choices = source;
	powers_begin(choice_rarely(&choices, LARGE_RUNS));
	powers_secret(secret);
	calm = calms[choice_below(&choices, sizeof(calms) / sizeof(calms[0]))];
	quiet = quiets[choice_below(&choices, sizeof(quiets) / sizeof(quiets[0]))];
	pause = pauses[choice_below(&choices, sizeof(pauses) / sizeof(pauses[0]))];
	choose_checks();
	memset(cpus, 0, sizeof(cpus));
	reason = 0;
	host_acted = 0;
	hw_turn = on_turn;
	hw_wait = on_wait;
	hw_ended = on_end;
	hw_vmgexit_host = on_exit;
	hw_ghcb_look = on_look;
	powers_guest_runs = guest_runs;
	contracts_begin();
	for (i = 0; i < POWERS_CPUS; i++) {
		once_forget(i);
		cpus[i].exits = (uint32_t)(2 + choice_below(&choices, 4));
		fiber_start(i, serve);
	}
}

static int can_go(uint32_t i)
{
	return !cpus[i].ended && !cpus[i].stuck && (!cpus[i].waiting || !hw_lock_held);
}

/* The next CPU, or POWERS_CPUS. */
static uint32_t next(void)
{
	uint32_t first = (uint32_t)choice_below(&choices, POWERS_CPUS);
	uint32_t i;

	for (i = 0; i < POWERS_CPUS; i++) {
		if (can_go((first + i) % POWERS_CPUS)) {
			return (first + i) % POWERS_CPUS;
		}
	}
	return POWERS_CPUS;
}

/* 1 = there was somebody to go on. */
static int step(uint32_t number)
{
	const uint32_t *touched;

	current = next();
	if (current == POWERS_CPUS) {
		return 0;
	}
	hw_machine_cpu = current;
	fiber_resume(current);
	if (world_touched(&touched) < MANY_FRAMES || number % CHECKED_STEPS == 0) {
		(void)run_check();
	}
	return 1;
}

/* Nobody can go on, or the run is too long. */
static void check_end(uint32_t steps)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched);
	uint32_t i, stuck = 0, ended = 0;
	const char *wrong;
	uint64_t pfn = 0;

	for (i = 0; i < POWERS_CPUS; i++) {
		stuck += cpus[i].stuck;
		ended += cpus[i].ended;
	}
	if (steps == STEPS_MAX) {
		fault("livelock", 0);
	} else if (stuck == 0 && ended < POWERS_CPUS) {
		fault("deadlock", 0);
	} else if (stuck == 0) {
		wrong = check_rest(touched, count, &pfn);
		fault(wrong, pfn);
	}
}

void run_restore(void)
{
	world_restore();
	memset(hw_ghcb_words, 0, sizeof(hw_ghcb_words));
	memset(hw_ghcb_msr, 0, sizeof(hw_ghcb_msr));
	hw_trace.count = 0;
}

struct run_end run(struct choice_source source, uint64_t secret)
{
	struct run_end end;
	uint32_t steps;

	begin(source, secret);
	for (steps = 0; steps < STEPS_MAX && reason == 0 && powers_finding.text == NULL; steps++) {
		if (!step(steps)) {
			break;
		}
	}
	if (reason == 0 && powers_finding.text == NULL) {
		check_end(steps);
	}
	end = run_check();
	theorem_end();
	hw_turn = NULL;
	hw_wait = NULL;
	hw_ended = NULL;
	hw_vmgexit_host = NULL;
	hw_ghcb_look = NULL;
	run_figures.runs++;
	run_figures.ended += reason != 0;
	return end;
}
