/*
 * verismo's hostile runs: several vCPUs of a guest call the module at random, while the host and other vCPUs do
 * at random what hardware lets them do, between any two effects. One integer reproduces a run. The module may
 * end the VM; what must not happen stands in check.c.
 */
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include "module/services/request.h"
#include "sim/check.h"
#include "sim/fiber.h"
#include "sim/world.h"

#define GPA(pfn)   ((pfn)*PAGE_SIZE)
#define CPUS	   3U
#define CALLS	   3U /* of each vCPU in a run */
#define STEPS_MAX  20000U
#define VCPU_PAGES 0x100UL
#define LIST_PAGE  0x120UL

/* The pages that everything is about: of each kind some. */
static const uint64_t pool[] = {
	0x110,		0x111,	   0x112,	  0x113,      0x114,	     0x620,
	0x621,		0x622,	   0x623,	  SIM_VMSA,   SIM_CAA,	     VCPU_PAGES + 4,
	VCPU_PAGES + 5, LIST_PAGE, LIST_PAGE + 1, SIM_MODULE, SIM_MODULE + 1};
#define POOL (sizeof(pool) / sizeof(pool[0]))

struct figures {
	uint64_t runs;
	uint64_t decisions; /* of the host and of the guest */
	uint64_t calls;
	uint64_t ended; /* runs in which the module ended the VM */
};
static struct figures figures;
static struct sim_vcpu callers[CPUS];
static uint64_t random_state;
static uint32_t current;
static uint32_t waiting[CPUS];
static uint32_t ended[CPUS];
static int vm_ended;
static uint64_t calm; /* the host acts at one of so many effects; 0: never */
static const char *fault;
static uint64_t fault_pfn;

static uint64_t draw(uint64_t below)
{
	random_state += 0x9e3779b97f4a7c15UL;
	return world_mix(world_mix(random_state, 1), 2) % below;
}

static uint64_t any_page(void)
{
	return pool[draw(POOL)];
}

static void note(const char *text, uint64_t pfn)
{
	if (fault == NULL) {
		fault = text;
		fault_pfn = pfn;
	}
}

/* ---- what must never be ---- */

static void check(void)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched);
	const char *wrong = NULL;
	uint64_t pfn = 0;
	uint32_t i;

	for (i = 0; i < count && wrong == NULL; i++) {
		wrong = check_frame(HW_MACHINE_BASE + touched[i], &pfn);
	}
	if (wrong == NULL) {
		wrong = check_two(touched, count, &pfn);
	}
	if (wrong != NULL) {
		note(wrong, pfn);
	}
}

/* ---- the host and the guest's other vCPUs ---- */

static void touch(uint64_t pfn)
{
	uint64_t head = pfn - pfn % PAGES_PER_2M;

	if (pfn < WORLD_FRAMES) {
		world_touch(pfn, 1);
		if (hw_machine.rmp.e[HW_MACHINE_BASE + head].size == SNP_SIZE_2M) {
			world_touch(head, PAGES_PER_2M);
		}
	}
}

/* The table of powers: each row is something hardware lets a hypervisor do. */
static void host_act(void)
{
	uint64_t pfn = any_page();
	uint64_t other = any_page();
	uint64_t spfn = HW_MACHINE_BASE + other;
	struct rmp_update u = {.gpfn = pfn,
			       .asid = draw(4) ? MACHINE_ASID : 0,
			       .assigned = (uint8_t)(draw(4) != 0)};

	touch(pfn);
	touch(other);
	figures.decisions++;
	switch (draw(8)) {
	case 0:
	case 1:
		(void)machine_rmpupdate(&hw_machine, spfn, u);
		break;
	case 2:
		(void)machine_nested_set(&hw_machine, pfn, spfn, (uint32_t)(draw(8) != 0), 0);
		break;
	case 3: /* a fresh frame for the address, whole */
		(void)machine_rmpupdate(&hw_machine, spfn, u);
		(void)machine_nested_set(&hw_machine, pfn, spfn, 1, 0);
		break;
	case 4:
		(void)machine_psmash(&hw_machine, spfn - spfn % PAGES_PER_2M);
		break;
	case 5:
		(void)machine_host_write64(&hw_machine, spfn, draw(PAGE_WORDS), draw(1000));
		break;
	case 6:
		/* back to the honest map: else most runs end at once */
		(void)machine_nested_set(&hw_machine, pfn, HW_MACHINE_BASE + pfn, 1, 0);
		break;
	default:
		if (machine_host_read64(&hw_machine, spfn, draw(PAGE_WORDS)) == SIM_CANARY) {
			note("the host reads a secret of the module", other);
		}
		break;
	}
}

static void guest_act(void)
{
	uint32_t vmpl = (uint32_t)(2 + draw(2));
	uint32_t word = (uint32_t)draw(PAGE_WORDS);
	uint64_t pfn = any_page();
	uint64_t value = 0;
	uint32_t cpu = hw_machine_cpu;

	touch(pfn);
	figures.decisions++;
	hw_machine_cpu = (uint32_t)draw(CPUS);
	if (draw(2)) {
		if (sim_read(vmpl, pfn, word, &value) == ACCESS_OK && value == SIM_CANARY) {
			note("the guest reads a secret of the module", pfn);
		}
	} else if (sim_write(vmpl, pfn, word, draw(1000)) == ACCESS_OK) {
		uint32_t state = hw_table_peek(pfn) % 16;

		if (state == PAGE_VMSA || state == PAGE_MODULE || state == PAGE_SHARED) {
			note("the guest writes a page that is not its own", pfn);
		}
	}
	hw_machine_cpu = cpu;
}

/* ---- the guest's calls ---- */

static struct sim_registers any_call(uint32_t i)
{
	uint64_t page = GPA(any_page()) + (draw(16) == 0 ? draw(PAGE_SIZE) : 0);
	uint64_t gpa = GPA(LIST_PAGE + draw(2)) + 8 * draw(4);
	struct sim_registers r = {.rax = SIM_CALL(SVSM_PROTOCOL_CORE, draw(8))};

	r.rcx = page;
	r.rdx = GPA(any_page());
	r.r8 = draw(5);
	if (draw(3) == 0) { /* a list that is one */
		r.rax = SIM_CALL(SVSM_PROTOCOL_CORE, SVSM_CORE_PVALIDATE);
		r.rcx = draw(2) ? gpa : GPA(callers[i].caa) + CAA_BUFFER;
		sim_poke(r.rcx / PAGE_SIZE, (uint32_t)(r.rcx % PAGE_SIZE / 8), 1 + draw(2));
		sim_poke(r.rcx / PAGE_SIZE, (uint32_t)(r.rcx % PAGE_SIZE / 8) + 1,
			 page + 4 * draw(4));
		sim_poke(r.rcx / PAGE_SIZE, (uint32_t)(r.rcx % PAGE_SIZE / 8) + 2,
			 GPA(any_page()) + 4 * draw(4));
	}
	return r;
}

/* As if the vCPU had written its registers and stood at a VMGEXIT; memory through the honest map. */
static void call(uint32_t i)
{
	struct sim_vcpu v = callers[i];
	struct sim_registers r;

	touch(v.vmsa);
	touch(v.caa);
	touch(LIST_PAGE);
	touch(LIST_PAGE + 1);
	r = any_call(i);
	sim_poke(v.caa, 0, 1);
	sim_poke(v.vmsa, VMSA_RAX / 8, r.rax);
	sim_poke(v.vmsa, VMSA_RCX / 8, r.rcx);
	sim_poke(v.vmsa, VMSA_RDX / 8, r.rdx);
	sim_poke(v.vmsa, VMSA_R8 / 8, r.r8);
	sim_poke(v.vmsa, VMSA_EXITCODE / 8, SVM_EXIT_VMGEXIT);
	figures.calls++;
}

static void serve(uint32_t cpu)
{
	uint32_t i;

	for (i = 0; i < CALLS; i++) {
		call(cpu);
		(void)request_round(cpu);
	}
}

/* ---- one run ---- */

static void on_turn(struct hw_effect e)
{
	if (draw(4) == 0) {
		fiber_yield();
	}
	if (calm != 0 && draw(calm) == 0) {
		host_act();
	}
	if (draw(6) == 0) {
		guest_act();
	}
	if (e.kind < EFFECT_LOOK) {
		touch(e.pfn);
	}
}

static void on_wait(void)
{
	waiting[current] = 1;
	fiber_yield();
	waiting[current] = 0;
}

static void on_end(int reason)
{
	(void)reason;
	vm_ended = 1;
	for (;;) {
		fiber_yield();
	}
}

static int can_go(uint32_t i)
{
	return !ended[i] && (!waiting[i] || !hw_lock_held);
}

static void run(uint64_t seed)
{
	static const uint64_t calms[] = {0, 200, 60, 20, 6};
	uint32_t steps, i;

	world_restore();
	random_state = seed;
	vm_ended = 0;
	calm = 0;
	fault = NULL;
	hw_turn = on_turn;
	hw_wait = on_wait;
	hw_ended = on_end;
	for (i = 0; i < CPUS; i++) {
		waiting[i] = 0;
		ended[i] = 0;
		fiber_start(i, serve);
	}
	calm = calms[draw(5)];
	for (steps = 0; steps < STEPS_MAX && !vm_ended && fault == NULL; steps++) {
		uint32_t first = (uint32_t)draw(CPUS);

		for (i = 0; i < CPUS && !can_go((first + i) % CPUS); i++) {
		}
		if (i == CPUS) {
			break;
		}
		current = (first + i) % CPUS;
		hw_machine_cpu = current;
		ended[current] = !fiber_resume(current);
		check();
	}
	if (fault == NULL && !vm_ended && !(ended[0] && ended[1] && ended[2])) {
		note(steps == STEPS_MAX ? "livelock" : "deadlock", 0);
	}
	hw_turn = NULL;
	hw_wait = NULL;
	hw_ended = NULL;
	figures.runs++;
	figures.ended += (uint64_t)vm_ended;
}

static void make_world(void)
{
	uint32_t i, word;

	sim_reset(NULL);
	callers[0] = sim_startup;
	for (i = 1; i < CPUS; i++) {
		callers[i] =
			sim_create(sim_startup, VCPU_PAGES + 4 * i + 1, VCPU_PAGES + 4 * i, i, 2);
	}
	for (i = 0; i < 5; i++) {
		sim_fill_vmsa(pool[i], 2);
	}
	for (i = 0; i < 2; i++) {
		for (word = 0; word < PAGE_WORDS; word++) {
			sim_poke(SIM_MODULE + i, word, SIM_CANARY);
		}
	}
	tlb_flush_all(&hw_machine);
	world_save();
}

/* ---- what no seeded defect has shown yet: the checks do see it ---- */

static int sees(const char *text)
{
	int good;

	fault = NULL;
	check();
	good = fault != NULL && strcmp(fault, text) == 0;
	printf("%s: %s\n", text, good ? "seen" : "NOT SEEN");
	world_restore();
	return good;
}

/* Broken states, put there by hand: each must be called by its name. */
static int self_check(void)
{
	struct rmp_entry *spare = &hw_machine.rmp.e[HW_MACHINE_BASE + pool[5]];
	int good;

	world_restore();
	touch(pool[0]);
	touch(pool[5]);
	*spare = hw_machine.rmp.e[HW_MACHINE_BASE + pool[0]];
	good = sees("two validated frames for one address");
	touch(SIM_MODULE);
	hw_machine.rmp.e[HW_MACHINE_BASE + SIM_MODULE].perm[2] = SNP_PERM_R;
	good &= sees("a page of the module is in reach");
	touch(pool[0]);
	hw_machine.rmp.e[HW_MACHINE_BASE + pool[0]].vmsa = 1;
	good &= sees("a guest page is a VMSA, or VMPL1 has a permission");
	return good ? 0 : 1;
}

/* ---- the program ---- */

static void usage(FILE *to)
{
	fprintf(to, "usage: hostile [--runs N] [--first SEED] [--json] | --self-check\n"
		    "Runs with a hostile host and a hostile guest, seeds SEED, SEED + 1, ... (0).\n"
		    "  --runs N      how many (10000)\n"
		    "  --first SEED  the first seed; --runs 1 repeats one run\n"
		    "  --self-check  are broken states seen?\n"
		    "exit codes: 0 nothing found, 1 a fault, 2 usage\n");
}

static int number(const char *text, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0';
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"runs", required_argument, NULL, 'r'}, {"first", required_argument, NULL, 'f'},
		{"json", no_argument, NULL, 'j'},	{"self-check", no_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},	{NULL, 0, NULL, 0}};
	uint64_t runs = 10000, first = 0, i;
	double start;
	int c, json = 0, self = 0;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if ((c == 'r' && !number(optarg, &runs)) || (c == 'f' && !number(optarg, &first))) {
			fprintf(stderr, "hostile: '%s' is no number\n", optarg);
			return 2;
		}
		if (c == '?' || c == 'h') {
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
		json |= c == 'j';
		self |= c == 's';
	}
	if (optind < argc) {
		fprintf(stderr, "hostile: what is '%s'?\n", argv[optind]);
		return 2;
	}
	make_world();
	if (self) {
		return self_check();
	}
	start = seconds();
	for (i = 0; i < runs; i++) {
		run(first + i);
		if (fault != NULL) {
			printf("FAULT  seed %lu: %s (page %#lx)\n", first + i, fault, fault_pfn);
			return 1;
		}
		if (isatty(2) && i % 1000 == 0) {
			fprintf(stderr, "\r%lu of %lu runs", i, runs);
		}
	}
	printf(json ? "{\"runs\": %lu, \"calls\": %lu, \"decisions\": %lu, \"ended\": %lu, "
		      "\"seconds\": "
		      "%.1f}\n"
		    : "%lu hostile runs, %lu calls, %lu decisions of others, %lu ended by the "
		      "module, %.1f s, "
		      "0 faults\n",
	       figures.runs, figures.calls, figures.decisions, figures.ended, seconds() - start);
	return 0;
}
