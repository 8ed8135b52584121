/*
 * verismo's races: every pair of calls on the same page by two vCPUs, in every state the page can have, all
 * interleavings; three vCPUs with a bound on preemptions. What must hold at each step, and at the end, stands
 * in check_step and check_end.
 */
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include "module/services/request.h"
#include "sim/explore.h"
#include "sim/world.h"

#define GPA(pfn) ((pfn)*PAGE_SIZE)

/* Pages by pfn. The page that the calls are about is one of the first two. */
#define PAGE_A	      0x123UL /* private */
#define PAGE_B	      0x623UL /* not validated */
#define OTHER_PRIVATE 0x130UL
#define VCPU_PAGES    0x100UL /* VMSA and calling area of the callers */
#define FRESH_CAA     0x110UL /* of the vCPUs that they create */
#define FRESH_VMSA    0x118UL
#define OWNER_CAA     0x11eUL /* of the vCPU whose VMSA the page is */
#define OWNER_VMSA    0x11fUL /* of the vCPU whose calling area it is */
#define TARGET_APIC   3U

enum page_kind { KIND_GUEST, KIND_SHARED, KIND_VMSA, KIND_CAA, KINDS };
static const char *const kind_name[KINDS] = {"guest", "shared", "vmsa", "caa"};

enum call {
	CALL_REMAP,
	CALL_VALIDATE,
	CALL_RESCIND,
	CALL_CREATE,
	CALL_CREATE_BAD_CAA,
	CALL_CREATE_BAD_VMSA,
	CALL_CREATE_CAA,
	CALL_DELETE,
	CALL_WRITE_BACK,
	CALLS
};
static const char *const call_name[CALLS] = {"remap",	   "validate",	     "rescind",
					     "create",	   "create-bad-caa", "create-bad-vmsa",
					     "create-caa", "delete",	     "write-back"};

struct vcpus {
	struct sim_vcpu v[EXPLORE_CPUS_MAX];
	uint32_t count;
};
static struct vcpus callers;

/* ---- what must hold ---- */

static int has_write(struct rmp_entry e)
{
	return ((e.perm[1] | e.perm[2] | e.perm[3]) & SNP_PERM_W) != 0;
}

static int has_any(struct rmp_entry e)
{
	return (e.perm[1] | e.perm[2] | e.perm[3]) != 0;
}

/* NULL if the page is as its state in the ownership table promises. */
static const char *page_promise(uint64_t pfn)
{
	struct rmp_entry e = sim_rmp(pfn);

	if (e.vmsa && has_write(e)) {
		return "a VMSA page can be written";
	}
	switch (hw_table_peek(pfn) % 16) {
	case PAGE_SHARED:
		return e.validated || has_any(e) ? "a shared page is validated or in reach" : NULL;
	case PAGE_GUEST:
	case PAGE_CAA:
		return !e.validated || e.vmsa || e.perm[1] ? "a guest page is not one" : NULL;
	case PAGE_VMSA:
		return !e.validated || !e.vmsa ? "a registered VMSA has no VMSA bit" : NULL;
	case PAGE_MODULE:
		return has_any(e) ? "a page of the module is in reach" : NULL;
	default:
		return NULL;
	}
}

static const char *check_step(void)
{
	const uint32_t *pfn;
	uint32_t count = world_touched(&pfn);
	uint32_t i;

	for (i = 0; i < count; i++) {
		const char *wrong = page_promise(pfn[i]);

		if (wrong != NULL) {
			return wrong;
		}
	}
	return NULL;
}

static const char *check_registered(void)
{
	uint32_t i;

	for (i = 0; i < VCPUS_MAX; i++) {
		struct vcpu v = vcpu_table.v[i];

		if (v.used && hw_table_peek(v.vmsa) % 16 != PAGE_VMSA) {
			return "a registered vCPU whose VMSA page is none";
		}
		if (v.used && !v.retired && hw_table_peek(v.caa) % 16 != PAGE_CAA) {
			return "a registered vCPU whose calling area is none";
		}
		if (v.used && v.serving) {
			return "a vCPU is still being served";
		}
	}
	return NULL;
}

/* Registered VMSAs and calling areas are as many as pages in that state, so there are no others. */
static const char *check_counts(void)
{
	const uint32_t *pfn;
	uint32_t count = world_touched(&pfn);
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint16_t entry = hw_table_peek(pfn[i]);

		if (entry % 16 == PAGE_BUSY || entry / 256 != 0) {
			return "a page is lost: busy or pinned when nobody is at work";
		}
		if (entry % 16 == PAGE_VMSA && vcpu_find_vmsa(pfn[i]) == VCPU_NONE) {
			return "a VMSA page that no vCPU has";
		}
		if (entry % 16 == PAGE_CAA && vcpu_find_caa(pfn[i]) == VCPU_NONE) {
			return "a calling area that no vCPU has";
		}
	}
	return NULL;
}

/* Each call has been answered, if its vCPU is still there. */
static const char *check_answers(void)
{
	uint32_t i;

	for (i = 0; i < callers.count; i++) {
		uint32_t slot = vcpu_find_vmsa(callers.v[i].vmsa);

		if (slot == VCPU_NONE || vcpu_table.v[slot].retired) {
			continue;
		}
		if (sim_peek(vcpu_table.v[slot].caa, 0) % 256 != 0) {
			return "a call is not answered";
		}
		if (!(sim_peek(callers.v[i].vmsa, VMSA_EFER / 8) & EFER_SVME)) {
			return "a vCPU stays frozen";
		}
	}
	return NULL;
}

static const char *check_end(void)
{
	const char *wrong = hw_lock_held ? "the lock is not given back" : NULL;

	wrong = wrong != NULL ? wrong : check_registered();
	wrong = wrong != NULL ? wrong : check_counts();
	return wrong != NULL ? wrong : check_answers();
}

/* ---- the world before the calls ---- */

static uint64_t page_of(enum page_kind kind)
{
	return kind == KIND_SHARED ? PAGE_B : PAGE_A;
}

static void make_callers(uint32_t count)
{
	uint32_t i;

	callers.count = count;
	callers.v[0] = sim_startup;
	for (i = 1; i < count; i++) {
		callers.v[i] =
			sim_create(sim_startup, VCPU_PAGES + 4 * i + 1, VCPU_PAGES + 4 * i, i, 2);
	}
	for (i = 0; i < count; i++) {
		sim_fill_vmsa(FRESH_VMSA + i, 2);
	}
}

static void make_page(enum page_kind kind, int bad)
{
	if (kind == KIND_VMSA) {
		(void)sim_create(sim_startup, PAGE_A, OWNER_CAA, TARGET_APIC, 2);
	} else if (kind == KIND_CAA) {
		(void)sim_create(sim_startup, OWNER_VMSA, PAGE_A, TARGET_APIC, 2);
	} else if (kind == KIND_GUEST) {
		sim_fill_vmsa(PAGE_A, bad ? 1 : 2);
	}
}

static struct sim_registers core(uint64_t call, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	struct sim_registers r = {
		.rax = SIM_CALL(SVSM_PROTOCOL_CORE, call), .rcx = rcx, .rdx = rdx, .r8 = r8};

	return r;
}

/* A list of one entry in the caller's calling area. */
static struct sim_registers list_call(struct sim_vcpu v, uint64_t entry)
{
	uint64_t gpa = GPA(v.caa) + CAA_BUFFER;

	sim_list(v, gpa, 1, 0, &entry, 1);
	return core(SVSM_CORE_PVALIDATE, gpa, 0, 0);
}

/* A list of one entry in the page itself: the module writes its cursor there. The list lies where the page,
 * read as a VMSA, has reserved fields, so that it can be one too. */
static struct sim_registers write_back(uint64_t pfn)
{
	uint64_t gpa = GPA(pfn) + 0x600;

	if (page_entry_state(hw_table_peek(pfn)) == PAGE_GUEST) {
		sim_poke(pfn, 0x600 / 8, 1);
		sim_poke(pfn, 0x600 / 8 + 1, GPA(OTHER_PRIVATE));
	}
	return core(SVSM_CORE_PVALIDATE, gpa, 0, 0);
}

static struct sim_registers make_call(enum call call, uint32_t i, uint64_t pfn)
{
	struct sim_vcpu v = callers.v[i];

	switch (call) {
	case CALL_REMAP:
		return core(SVSM_CORE_REMAP_CA, GPA(pfn), 0, 0);
	case CALL_VALIDATE:
		return list_call(v, GPA(pfn) + ENTRY_VALIDATE);
	case CALL_RESCIND:
		return list_call(v, GPA(pfn));
	case CALL_CREATE:
	case CALL_CREATE_BAD_VMSA:
		return core(SVSM_CORE_CREATE_VCPU, GPA(pfn), GPA(FRESH_CAA + i), TARGET_APIC);
	case CALL_CREATE_BAD_CAA:
		return core(SVSM_CORE_CREATE_VCPU, GPA(pfn), GPA(SIM_MODULE), TARGET_APIC);
	case CALL_CREATE_CAA:
		return core(SVSM_CORE_CREATE_VCPU, GPA(FRESH_VMSA + i), GPA(pfn), TARGET_APIC);
	case CALL_DELETE:
		return core(SVSM_CORE_DELETE_VCPU, GPA(pfn), 0, 0);
	default:
		return write_back(pfn);
	}
}

static void make_world(enum page_kind kind, const enum call *call, uint32_t count)
{
	int bad = 0;
	uint32_t i;

	sim_reset(NULL);
	hw_machine_cpu = 0;
	for (i = 0; i < count; i++) {
		bad |= call[i] == CALL_CREATE_BAD_VMSA;
	}
	make_callers(count);
	make_page(kind, bad);
	for (i = 0; i < count; i++) {
		hw_machine_cpu = callers.v[i].cpu;
		sim_prepare(callers.v[i], make_call(call[i], i, page_of(kind)), 1);
	}
	tlb_flush_all(&hw_machine);
	world_save();
}

static void serve(uint32_t cpu)
{
	(void)request_round(cpu);
}

/* ---- the program ---- */

struct totals {
	uint64_t cases;
	uint64_t runs;
	uint64_t states;
	uint64_t steps;
	uint32_t longest;
	uint32_t faults;
};
struct options {
	uint32_t cpus;
	uint32_t preemptions;
	enum page_kind kind; /* KINDS: all */
	enum call call[EXPLORE_CPUS_MAX];
	uint32_t calls; /* given */
	const char *schedule;
	int verbose;
	int json;
};

static void print_case(enum page_kind kind, const enum call *call, uint32_t count)
{
	uint32_t i;

	printf("%-6s", kind_name[kind]);
	for (i = 0; i < count; i++) {
		printf(" %s", call_name[call[i]]);
	}
}

static void one_case(const struct options *o, enum page_kind kind, const enum call *call,
		     struct totals *t)
{
	struct explore_task task = {.cpus = o->cpus,
				    .preemptions = o->preemptions,
				    .run = serve,
				    .check = check_step,
				    .check_end = check_end,
				    .schedule = o->schedule};
	static struct explore_result r;

	make_world(kind, call, o->cpus);
	explore(&task, &r);
	t->cases++;
	t->runs += r.runs;
	t->states += r.states;
	t->steps += r.steps;
	t->longest = r.longest > t->longest ? r.longest : t->longest;
	if (o->verbose) {
		print_case(kind, call, o->cpus);
		printf(": %lu schedules, %lu states\n", r.runs, r.states);
	}
	if (r.fault != NULL) {
		t->faults++;
		printf("FAULT  ");
		print_case(kind, call, o->cpus);
		printf(": %s\n       schedule %s\n", r.fault, r.schedule);
	}
}

static void all_cases(const struct options *o, enum page_kind kind, struct totals *t)
{
	enum call call[EXPLORE_CPUS_MAX] = {0};
	uint32_t combinations = 1;
	uint32_t i, n;

	for (i = 0; i < o->cpus; i++) {
		combinations *= CALLS;
	}
	for (n = 0; n < combinations; n++) {
		uint32_t rest = n;

		for (i = 0; i < o->cpus; i++) {
			call[i] = (enum call)(rest % CALLS);
			rest /= CALLS;
		}
		one_case(o, kind, call, t);
		if (isatty(2)) {
			fprintf(stderr, "\r%s: %u of %u ", kind_name[kind], n + 1, combinations);
		}
	}
}

static int name_index(const char *name, const char *const *names, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(name, names[i]) == 0) {
			return (int)i;
		}
	}
	return -1;
}

static void usage(FILE *to)
{
	uint32_t i;

	fprintf(to,
		"usage: races [--cpus N] [--preemptions N] [--page KIND] [--schedule DIGITS]\n"
		"             [--verbose] [--json] [CALL...]\n"
		"Explores all interleavings of calls on one page: of every pair, or of the CALLs "
		"named.\n"
		"  --cpus N         vCPUs that call (2; 3 takes a bound on preemptions)\n"
		"  --preemptions N  how often a CPU is interrupted that could go on (any number)\n"
		"  --schedule D     replays one schedule, as a fault prints it\n"
		"page kinds:");
	for (i = 0; i < KINDS; i++) {
		fprintf(to, " %s", kind_name[i]);
	}
	fprintf(to, "\ncalls:");
	for (i = 0; i < CALLS; i++) {
		fprintf(to, " %s", call_name[i]);
	}
	fprintf(to, "\nexit codes: 0 nothing found, 1 a fault, 2 usage\n");
}

static int usage_error(const char *what, const char *value)
{
	fprintf(stderr, "races: %s '%s'\n", what, value);
	usage(stderr);
	return 2;
}

static int number(const char *text, uint32_t max, uint32_t *value)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*value = (uint32_t)n;
	return *text >= '0' && *text <= '9' && *end == '\0' && n <= max;
}

/* The calls named, and whether the options fit each other: 0, or an exit code + 1. */
static int parse_calls(int argc, char **argv, struct options *o)
{
	int i;

	for (; optind < argc; optind++) {
		i = name_index(argv[optind], call_name, CALLS);
		if (i < 0 || o->calls == EXPLORE_CPUS_MAX) {
			return usage_error("no such call, or one too many:", argv[optind]) + 1;
		}
		o->call[o->calls] = (enum call)i;
		o->calls++;
	}
	if (o->calls != 0 && o->calls != o->cpus) {
		return usage_error("as many calls as --cpus are needed, not", "fewer or more") + 1;
	}
	if (o->schedule != NULL && (o->calls == 0 || o->kind == KINDS)) {
		return usage_error("--schedule needs --page and calls:", o->schedule) + 1;
	}
	return 0;
}

/* 0, or an exit code + 1. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {{"cpus", required_argument, NULL, 'c'},
					      {"preemptions", required_argument, NULL, 'p'},
					      {"page", required_argument, NULL, 'k'},
					      {"schedule", required_argument, NULL, 's'},
					      {"verbose", no_argument, NULL, 'v'},
					      {"json", no_argument, NULL, 'j'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	int c, i;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			if (!number(optarg, 3, &o->cpus) || o->cpus < 2) {
				return usage_error("--cpus takes 2 or 3, not", optarg) + 1;
			}
			break;
		case 'p':
			if (!number(optarg, 1000, &o->preemptions)) {
				return usage_error("--preemptions takes 0 to 1000, not", optarg) +
				       1;
			}
			break;
		case 'k':
			i = name_index(optarg, kind_name, KINDS);
			if (i < 0) {
				return usage_error("no such kind of page:", optarg) + 1;
			}
			o->kind = (enum page_kind)i;
			break;
		case 's':
			o->schedule = optarg;
			break;
		case 'v':
			o->verbose = 1;
			break;
		case 'j':
			o->json = 1;
			break;
		case 'h':
			usage(stdout);
			return 1;
		default:
			return 3;
		}
	}
	return parse_calls(argc, argv, o);
}

static void report(const struct options *o, const struct totals *t)
{
	const char *form =
		o->json ? "{\"cpus\": %u, \"cases\": %lu, \"schedules\": %lu, \"states\": %lu, "
			  "\"steps\": %lu, \"longest\": %u, \"faults\": %u}\n"
			: "explored, %u vCPUs: %lu cases, %lu schedules, %lu states, %lu steps, "
			  "longest run %u steps, %u faults\n";

	printf(form, o->cpus, t->cases, t->runs, t->states, t->steps, t->longest, t->faults);
}

int main(int argc, char **argv)
{
	struct options o = {.cpus = 2, .preemptions = EXPLORE_ANY, .kind = KINDS};
	struct totals t = {0};
	int code = parse(argc, argv, &o);
	uint32_t kind;

	if (code != 0) {
		return code - 1;
	}
	for (kind = 0; kind < KINDS; kind++) {
		if (o.kind != KINDS && o.kind != kind) {
			continue;
		}
		if (o.calls != 0) {
			one_case(&o, (enum page_kind)kind, o.call, &t);
		} else {
			all_cases(&o, (enum page_kind)kind, &t);
		}
	}
	if (isatty(2)) {
		fprintf(stderr, "\r                              \r");
	}
	report(&o, &t);
	return t.faults != 0;
}
