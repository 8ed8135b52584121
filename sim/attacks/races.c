/* Interleavings (catalogue, group 8): calls of two vCPUs, of a vCPU and a guest or a host. */
#include <stddef.h>
#include <string.h>
#include <verismo/reasons.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/boot/cpu.h"
#include "module/hw/hw.h"
#include "module/services/request.h"
#include "sim/attack.h"
#include "sim/attacks/play.h"
#include "sim/attacks/race.h"
#include "sim/check.h"
#include "sim/world.h"

/* The page that all is about, and what calls need besides. */
#define PAGE	    0x123UL
#define SHARED_PAGE (SIM_SHARED + 0x23)
#define ANOTHER	    0x130UL /* a private page */
#define FRESH_CAA   0x110UL /* two of them */
#define FRESH_VMSA  0x118UL
#define TARGET_APIC 3U
/* A system frame of nobody. */
#define SPARE (HW_MACHINE_BASE + SIM_ABSENT)

/* ---- the callers ---- */

static struct sim_vcpu caller[2];

static void serve(uint32_t i)
{
	(void)request_round(i);
}

/* A fresh guest with two vCPUs, and the first two actors are the module on their CPUs. */
static void set_stage(void)
{
	sim_reset(NULL);
	race = (struct race){.run = {serve, serve}};
	caller[0] = sim_startup;
	caller[1] = play_other();
	sim_fill_vmsa(FRESH_VMSA, 2);
	sim_fill_vmsa(FRESH_VMSA + 1, 2);
}

static void calls(uint32_t i, struct sim_registers r)
{
	hw_machine_cpu = caller[i].cpu;
	sim_prepare(caller[i], r, 1);
}

/* A list of two entries in the caller's calling area; the second one 0: of one. */
static struct sim_registers list_call(uint32_t i, uint64_t first, uint64_t second)
{
	uint64_t gpa = GPA(caller[i].caa) + CAA_BUFFER;
	uint64_t entry[2] = {first, second};
	uint32_t count = second == 0 ? 1 : 2;

	hw_machine_cpu = caller[i].cpu;
	sim_list(caller[i], gpa, count, 0, entry, count);
	return play_core(SVSM_CORE_PVALIDATE, gpa, 0, 0);
}

/* The list lies in PAGE, so the module writes its cursor there; where a VMSA has reserved fields. */
#define LIST_OFFSET 0x600UL
static struct sim_registers write_back(void)
{
	sim_poke(PAGE, LIST_OFFSET / 8, 1);
	sim_poke(PAGE, LIST_OFFSET / 8 + 1, GPA(ANOTHER));
	return play_core(SVSM_CORE_PVALIDATE, GPA(PAGE) + LIST_OFFSET, 0, 0);
}

static struct sim_registers create_call(uint64_t vmsa, uint64_t caa)
{
	return play_core(SVSM_CORE_CREATE_VCPU, GPA(vmsa), GPA(caa), TARGET_APIC);
}

static struct sim_registers delete_call(uint64_t vmsa)
{
	return play_core(SVSM_CORE_DELETE_VCPU, GPA(vmsa), 0, 0);
}

/* ---- AT-166 ---- */

/* The host moves a frame with a secret behind the page. */
static void slip_secret_in(uint32_t i)
{
	struct rmp_update u = {.gpfn = PAGE, .asid = MACHINE_ASID, .assigned = 1};

	(void)i;
	race_point(PAGE);
	world_touch(SIM_MODULE, 1);
	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + SIM_MODULE, u);
	(void)machine_nested_set(&hw_machine, PAGE, HW_MACHINE_BASE + SIM_MODULE, 1, 0);
}

static const char *guest_reads_secret(void)
{
	struct access a = machine_walk(&hw_machine, 2, PAGE, 1, ACCESS_READ);

	return a.verdict == ACCESS_OK &&
			       machine_guest_read64(&hw_machine, a.spfn, 100, 1) == SIM_CANARY
		       ? "the guest reads a secret of the module"
		       : NULL;
}

static struct attack_outcome pvalidate_vs_create_fail(void)
{
	set_stage();
	attack_secrets();
	sim_fill_vmsa(PAGE, 1); /* a level above the caller's */
	calls(0, create_call(PAGE, FRESH_CAA));
	calls(1, list_call(1, GPA(PAGE), GPA(PAGE) + ENTRY_VALIDATE));
	race.run[2] = slip_secret_in;
	race.step = guest_reads_secret;
	race.may_end = 1;
	return race_judge(race_follow(), "a page that CREATE has claimed is refused to PVALIDATE");
}

/* ---- AT-167 ---- */

static const char *same_page(void)
{
	set_stage();
	sim_fill_vmsa(PAGE, 2);
	calls(0, create_call(PAGE, FRESH_CAA));
	calls(1, create_call(PAGE, FRESH_CAA + 1));
	return race_follow();
}

static const char *crossed_pages(void)
{
	set_stage();
	sim_fill_vmsa(PAGE, 2);
	calls(0, create_call(PAGE, FRESH_CAA));
	calls(1, create_call(FRESH_VMSA, PAGE)); /* the other's VMSA as calling area */
	return race_follow();
}

static struct attack_outcome create_vs_create(void)
{
	const char *fault = same_page();

	fault = fault == NULL ? crossed_pages() : fault;
	return race_judge(fault, "one is created, the other refused");
}

/* ---- AT-168, AT-169 ---- */

/* A third vCPU, whose VMSA is PAGE. */
static void make_victim(void)
{
	set_stage();
	(void)sim_create(sim_startup, PAGE, FRESH_CAA, TARGET_APIC, 2);
}

static const char *delete_against(int create)
{
	make_victim();
	calls(0, delete_call(PAGE));
	calls(1, create ? create_call(PAGE, FRESH_CAA + 1) : list_call(1, GPA(PAGE), 0));
	return race_follow();
}

static struct attack_outcome delete_vs_create(void)
{
	const char *fault = delete_against(1);

	fault = fault == NULL ? delete_against(0) : fault;
	return race_judge(fault, "the page is given back when it is a guest page again");
}

static struct attack_outcome delete_vs_delete(void)
{
	make_victim();
	calls(0, delete_call(PAGE));
	calls(1, delete_call(PAGE));
	return race_judge(race_follow(), "the vCPU is looked up under the lock");
}

/* ---- AT-170 ---- */

/* Where it stands afterwards: at no VMGEXIT. */
#define EXIT_INTERRUPT 0x60UL

static void host_runs_victim(uint32_t i)
{
	uint32_t level;

	(void)i;
	race_point(PAGE);
	if (machine_vmrun(&hw_machine, HW_MACHINE_BASE + PAGE, &level) == SNP_OK) {
		sim_poke(PAGE, VMSA_EXITCODE / 8, EXIT_INTERRUPT);
		race_seen = 1;
		hw_saw(1);
		race_point(PAGE);
		machine_vmexit(&hw_machine, HW_MACHINE_BASE + PAGE);
	}
}

static const char *deleted_running(void)
{
	return race_seen && sim_result(caller[0]).rax == SVSM_SUCCESS
		       ? "a vCPU that is running has been deleted"
		       : NULL;
}

static struct attack_outcome delete_vs_run(void)
{
	make_victim();
	calls(0, delete_call(PAGE));
	race.run[1] = host_runs_victim;
	race.end = deleted_running;
	race.may_end = 1;
	return race_judge(race_follow(), "frozen it does not run, running it is not deleted");
}

/* ---- AT-171, AT-172 ---- */

static struct attack_outcome write_vs_create(void)
{
	set_stage();
	sim_fill_vmsa(PAGE, 2);
	calls(0, write_back());
	calls(1, create_call(PAGE, FRESH_CAA));
	return race_judge(race_follow(), "a page is written while it is pinned, and not taken");
}

static struct attack_outcome copy_vs_rescind(void)
{
	set_stage();
	calls(0, write_back());
	calls(1, list_call(1, GPA(PAGE), 0));
	return race_judge(race_follow(), "a pinned page is refused to PVALIDATE");
}

/* ---- AT-173 ---- */

static const char *validate_against(uint64_t other)
{
	set_stage();
	calls(0, list_call(0, GPA(SHARED_PAGE) + ENTRY_VALIDATE, 0));
	calls(1, list_call(1, GPA(SHARED_PAGE) + other, 0));
	return race_follow();
}

static struct attack_outcome validate_vs_rescind(void)
{
	const char *fault = validate_against(0);

	fault = fault == NULL ? validate_against(ENTRY_VALIDATE) : fault;
	return race_judge(fault, "one of them has the page, the other is refused");
}

/* ---- AT-174 ---- */

static const char *remap_against(struct sim_registers (*other)(void))
{
	set_stage();
	calls(0, play_core(SVSM_CORE_REMAP_CA, GPA(PAGE), 0, 0));
	calls(1, other());
	return race_follow();
}

static struct sim_registers remap_too(void)
{
	return play_core(SVSM_CORE_REMAP_CA, GPA(PAGE), 0, 0);
}

static struct sim_registers create_with_it(void)
{
	return create_call(FRESH_VMSA, PAGE);
}

static struct sim_registers rescind_it(void)
{
	return list_call(1, GPA(PAGE), 0);
}

static struct attack_outcome remap_race(void)
{
	const char *fault = remap_against(remap_too);

	fault = fault == NULL ? remap_against(create_with_it) : fault;
	fault = fault == NULL ? remap_against(rescind_it) : fault;
	return race_judge(fault, "claim and registry change in one step, under the lock");
}

/* ---- AT-175 ---- */

/* The list is at the end of its page: an entry more would be in the next one. */
#define SHORT_LIST (PAGE_SIZE - 16)
/* A vCPU of the guest stores a larger count. */
static void store_count(uint32_t i)
{
	(void)i;
	race_point(PAGE);
	sim_poke(PAGE, SHORT_LIST / 8, 0x10);
}

static void watch_words(struct hw_effect e)
{
	if ((e.kind == EFFECT_READ || e.kind == EFFECT_WRITE) && e.argument >= PAGE_WORDS) {
		race_seen = 1;
		race_leave(HW_STUCK);
	}
}

static const char *read_beyond(void)
{
	return race_seen ? "the module reads beyond the page of its list" : NULL;
}

static struct attack_outcome list_vs_store(void)
{
	set_stage();
	sim_poke(PAGE, SHORT_LIST / 8, 1);
	sim_poke(PAGE, SHORT_LIST / 8 + 1, GPA(ANOTHER));
	calls(0, play_core(SVSM_CORE_PVALIDATE, GPA(PAGE) + SHORT_LIST, 0, 0));
	race.run[1] = store_count;
	race.step = read_beyond;
	hw_hook = watch_words;
	return race_judge(race_follow(), "the count is read once");
}

/* ---- AT-176 ---- */

/* Pending is 0 and RAX is the request's: the guest would take the one for the other. */
static const char *answered_too_early(void)
{
	return sim_pending(caller[0]) == 0 &&
			       sim_result(caller[0]).rax ==
				       SIM_CALL(SVSM_PROTOCOL_CORE, SVSM_CORE_QUERY_PROTOCOL)
		       ? "pending is 0, and the results are not there"
		       : NULL;
}

/* Another vCPU sees pending = 0 and puts the next call into the calling area. */
static void reuse_area(uint32_t i)
{
	(void)i;
	race_point(caller[0].caa);
	if (sim_pending(caller[0]) == 0) {
		sim_poke(caller[0].caa, CAA_BUFFER / 8, 1);
	}
}

static struct attack_outcome pending_early(void)
{
	set_stage();
	calls(0, play_core(SVSM_CORE_QUERY_PROTOCOL, 1, 0, 0));
	race.run[1] = reuse_area;
	race.step = answered_too_early;
	return race_judge(race_follow(), "pending is cleared when the results are written");
}

/* ---- AT-181 ---- */

/* What the host does to PAGE, once, between any two effects. */
static void (*power)(void);

static void take_frame(void)
{
	struct rmp_update u = {.assigned = 0};

	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + PAGE, u);
}

static void another_frame(void)
{
	struct rmp_update u = {.gpfn = PAGE, .asid = MACHINE_ASID, .assigned = 1};

	world_touch(SPARE - HW_MACHINE_BASE, 1);
	(void)machine_rmpupdate(&hw_machine, SPARE, u);
	(void)machine_nested_set(&hw_machine, PAGE, SPARE, 1, 0);
}

static void hide_frame(void)
{
	(void)machine_nested_set(&hw_machine, PAGE, HW_MACHINE_BASE + PAGE, 0, 0);
}

static void give_frame_anew(void)
{
	struct rmp_update u = {.gpfn = PAGE, .asid = MACHINE_ASID, .assigned = 1};

	take_frame();
	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + PAGE, u);
}

static void write_frame(void)
{
	(void)machine_host_write64(&hw_machine, HW_MACHINE_BASE + PAGE, 0, SIM_CANARY);
}

static void run_page(void)
{
	(void)play_run(PAGE);
}

static void host_acts(uint32_t i)
{
	(void)i;
	race_point(PAGE);
	power();
}

static const char *with_power(struct sim_registers r)
{
	calls(0, r);
	race.run[1] = host_acts;
	race.may_end = 1;
	return race_follow();
}

static const char *each_call(void)
{
	const char *fault;

	set_stage();
	fault = with_power(list_call(0, GPA(PAGE), 0));
	if (fault == NULL) {
		set_stage();
		fault = with_power(list_call(0, GPA(PAGE), GPA(PAGE) + ENTRY_VALIDATE));
	}
	if (fault == NULL) {
		set_stage();
		sim_fill_vmsa(PAGE, 2);
		fault = with_power(create_call(PAGE, FRESH_CAA));
	}
	if (fault == NULL) {
		make_victim();
		fault = with_power(delete_call(PAGE));
	}
	if (fault == NULL) {
		set_stage();
		fault = with_power(play_core(SVSM_CORE_REMAP_CA, GPA(PAGE), 0, 0));
	}
	return fault;
}

static struct attack_outcome host_between_effects(void)
{
	static void (*const powers[])(void) = {take_frame,	another_frame, hide_frame,
					       give_frame_anew, write_frame,   run_page};
	const char *fault = NULL;
	size_t i;

	for (i = 0; i < LENGTH(powers) && fault == NULL; i++) {
		power = powers[i];
		fault = each_call();
	}
	return race_judge(fault, "6 powers between any two effects of 5 calls");
}

/* ---- AT-182 ---- */

/* A list whose first entry is refused, while the other vCPU wants its page. */
static struct attack_outcome pin_leak(void)
{
	set_stage();
	(void)write_back();
	sim_poke(PAGE, LIST_OFFSET / 8 + 1, GPA(SIM_MODULE));
	calls(0, play_core(SVSM_CORE_PVALIDATE, GPA(PAGE) + LIST_OFFSET, 0, 0));
	calls(1, play_core(SVSM_CORE_REMAP_CA, GPA(PAGE), 0, 0));
	return race_judge(race_follow(), "the pin is given back with the refusal");
}

/* ---- AT-183 ---- */

/* Both run from one VMSA, so the module takes both for CPU 1, by the same task register. */
static void as_cpu_1(struct hw_effect e)
{
	(void)e;
	hw_machine_cpu = 1;
	hw_saw(cpu_starts.started[1]);
}

/* The CPU has begun, and registers its GHCB page: it has what it came for. */
static void arrive(uint32_t cpu)
{
	(void)cpu;
	race_seen++;
	race_leave(0);
}

static void nobody_has_begun(void)
{
	memset(&cpu_starts, 0, sizeof(cpu_starts));
}

static void start_again(uint32_t i)
{
	(void)i;
	cpu_main(1);
}

static const char *both_have_begun(void)
{
	return race_seen > 1 ? "two CPUs serve as CPU 1, on one stack" : NULL;
}

static struct attack_outcome claim_race_ap(void)
{
	set_stage();
	race.run[0] = start_again;
	race.run[1] = start_again;
	race.step = both_have_begun;
	race.begin = nobody_has_begun;
	race.after = as_cpu_1;
	race.must_end = REASON_CPU_START;
	hw_vmgexit_host = arrive;
	return race_judge(race_follow(), "the second one ends the VM");
}

const struct attack attacks_races[] = {
	{"AT-166", "pvalidate-vs-create-fail", "both",
	 "PVALIDATE converts a page while its CREATE_VCPU fails, and the host slips a secret in",
	 "module/guest/page.c: page_claim, one compare and exchange", "page_claim: taken",
	 "tests/attacks/claim-relooked.patch", pvalidate_vs_create_fail},
	{"AT-167", "create-vs-create", "guest", "two vCPUs make a vCPU of the same page",
	 "module/services/create.c: create_locked, under the lock", "create_locked: rely",
	 "tests/attacks/create-finer-locks.patch", create_vs_create},
	{"AT-168", "delete-vs-create", "guest",
	 "a vCPU is deleted while its VMSA page is made one again, or rescinded",
	 "module/services/create.c: vmsa_dismantle releases the page last", "vmsa_dismantle: rely",
	 "tests/attacks/delete-released-early.patch", delete_vs_create},
	{"AT-169", "delete-vs-delete", "guest", "two vCPUs delete the same third one",
	 "module/services/create.c: delete_locked looks it up under the lock",
	 "delete_locked: guarded", "tests/attacks/delete-looked-early.patch", delete_vs_delete},
	{"AT-170", "delete-vs-run", "both", "the host enters a vCPU while it is being deleted",
	 "module/services/create.c: vcpu_stop freezes it and looks whether it is at rest",
	 "delete_locked: idle", "proof/red/delete-running.patch", delete_vs_run},
	{"AT-171", "write-vs-create", "guest",
	 "a page becomes a VMSA between the check of a list in it and the write of its cursor",
	 "module/guest/page.c: page_entry_is_takeable, a pinned page is not", "page_claim: taken",
	 "proof/red/claim-pinned.patch", write_vs_create},
	{"AT-172", "copy-vs-rescind", "guest", "the page of a list is rescinded while it is read",
	 "module/guest/page.c: page_entry_is_takeable, a pinned page is not", "page_claim: taken",
	 "proof/red/claim-pinned.patch", copy_vs_rescind},
	{"AT-173", "validate-vs-rescind", "guest",
	 "one vCPU validates a page while another rescinds or validates it",
	 "module/services/pvalidate.c: core_pvalidate_entry claims it",
	 "core_pvalidate_entry: rely", "tests/attacks/claim-relooked.patch", validate_vs_rescind},
	{"AT-174", "remap-race", "guest",
	 "a page becomes a calling area for two vCPUs at once, or while it is created or rescinded",
	 "module/guest/page.c: page_claim, one compare and exchange", "page_claim: taken",
	 "tests/attacks/claim-relooked.patch", remap_race},
	{"AT-175", "list-vs-store", "guest",
	 "another vCPU raises the count of a list at the end of its page, at every point",
	 "module/services/pvalidate.c: list_process reads the header once",
	 "list_process: progress", "proof/red/list-double-fetch.patch", list_vs_store},
	{"AT-176", "pending-early", "guest",
	 "another vCPU waits for pending = 0 and looks for the results",
	 "module/services/request.c: request_answer clears it last", "request_clear: step",
	 "proof/red/pending-early.patch", pending_early},
	{"AT-181", "host-between-effects", "hypervisor",
	 "the host takes, exchanges, hides, re-makes, writes or runs a page between any two "
	 "effects",
	 "module/services/pvalidate.c: span_validate, span_invalidate look at EAX and CF",
	 "span_invalidate: done", "proof/red/rescind-carry-ignored.patch", host_between_effects},
	{"AT-182", "pin-leak", "guest",
	 "a list with an entry that is refused, while another vCPU wants its page",
	 "module/services/pvalidate.c: core_pvalidate drops the operand on every path",
	 "core_pvalidate: tokens", "proof/red/pin-leak.patch", pin_leak},
	{"AT-183", "claim-race-ap", "hypervisor",
	 "the host runs the second CPU of the module twice",
	 "module/boot/cpus.c: cpu_main looks and marks under the lock", "cpu_main: told",
	 "tests/attacks/cpu-start-looked-early.patch", claim_race_ap},
	{0},
};
