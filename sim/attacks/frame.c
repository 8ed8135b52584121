/* Attacks on the frame of a call and on vCPUs that the host runs as it likes (group 2: AT-054 to AT-067). */
#include <stddef.h>
#include <verismo/snp.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "sim/attacks/play.h"

#define PAGE   0x40UL /* private pages of the attacker */
#define VICTIM 0x44UL
#define VMSA   0x41UL
#define FLOOD  0x81UL /* VMSA and calling area of vCPU i: FLOOD + 2 * i, and the next page */

/* NULL if the host's entering the module on this CPU has no effect but that it wants to run level. */
static const char *entry_has_no_effect(uint32_t cpu, uint32_t level)
{
	uint64_t before = sim_digest();
	uint32_t wanted = level;
	int reason = play_round(cpu, &wanted);

	if (reason != 0) {
		return play_text("an entry ends the module (%#x)", (unsigned)reason);
	}
	if (sim_digest() != before) {
		return "an entry has an effect, and nobody has called";
	}
	return wanted == level ? NULL : play_text("after an entry VMPL%u is to run", wanted);
}

/* ---- AT-054 ---- */

static struct attack_outcome remap_pending(void)
{
	const char *wrong;

	sim_put(2, PAGE, 0, 1);
	wrong = play_succeeds(
		play_call(sim_startup, play_core(SVSM_CORE_REMAP_CA, GPA(PAGE), 0, 0)), "REMAP_CA");
	if (wrong == NULL && sim_peek(SIM_CAA, 0) % 256 != 0) {
		return attack_won("the old calling area says for ever that the call is pending");
	}
	if (wrong == NULL && sim_peek(PAGE, 0) % 256 != 0) {
		return attack_won("the new calling area says that there is another call");
	}
	sim_startup.caa = PAGE;
	wrong = wrong ? wrong : entry_has_no_effect(0, 2);
	wrong = wrong ? wrong
		      : play_core_refused(sim_startup, SVSM_CORE_REMAP_CA, GPA(SIM_MODULE), 0, 0,
					  SVSM_INVALID_ADDRESS);
	return play_judge(wrong, "pending is 0 in both areas, and the call runs once");
}

/* ---- AT-055 ---- */

static struct attack_outcome caa_shared(void)
{
	struct sim_vcpu other = play_other();
	struct sim_registers heir =
		play_core(SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(other.caa), other.cpu);
	struct sim_registers foreign = heir;
	const char *wrong;

	sim_fill_vmsa(VMSA, 2);
	foreign.r8 = other.cpu + 1;
	wrong = play_refused(sim_startup, foreign, SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong : play_refused(other, heir, SVSM_INVALID_ADDRESS);
	/* It runs: it keeps its calling area. */
	sim_poke(other.vmsa, VMSA_EXITCODE / 8, SVM_EXIT_INTR);
	wrong = wrong ? wrong : play_refused(sim_startup, heir, SVSM_FAIL_INUSE);
	if (wrong == NULL && play_run(other.vmsa) != 2) {
		return attack_won("a vCPU is stopped by a CREATE_VCPU that is refused");
	}
	/* It stands at a call that is not pending yet, and is replaced. */
	sim_prepare(other, play_core(SVSM_CORE_REMAP_CA, GPA(VICTIM), 0, 0), 0);
	wrong = wrong ? wrong : play_succeeds(play_call(sim_startup, heir), "CREATE_VCPU");
	if (wrong == NULL && play_run(other.vmsa) >= 0) {
		return attack_won("the host runs both vCPUs that have one calling area");
	}
	sim_put(2, other.caa, 0, 1);
	wrong = wrong ? wrong : entry_has_no_effect(other.cpu, 2);
	return play_judge(wrong, "the older vCPU never runs again, and its call is not executed");
}

/* ---- AT-056 ---- */

static struct attack_outcome spurious_entry(void)
{
	static const uint64_t exits[] = {
		0,
		SVM_EXIT_INTR,
		SVM_EXIT_NMI,
		SVM_EXIT_CPUID,
		SVM_EXIT_HLT,
		SVM_EXIT_VMMCALL,
		SVM_EXIT_NPF,
		SVM_EXIT_NPF + 1,
		SVM_EXIT_NOT_VALID,
		SVM_EXIT_BUSY,
		0x80000403UL,
		0x100000403UL,
		SVM_EXIT_INVALID,
	};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(exits) && wrong == NULL; i++) {
		sim_prepare(sim_startup, play_core(SVSM_CORE_REMAP_CA, GPA(PAGE), 0, 0), 1);
		sim_poke(SIM_VMSA, VMSA_EXITCODE / 8, exits[i]);
		wrong = entry_has_no_effect(0, 2);
		if (wrong != NULL || sim_pending(sim_startup) != 1) {
			return attack_won("a vCPU with exit code %#lx is served", exits[i]);
		}
	}
	sim_put(2, SIM_CAA, 0, 0);
	return play_judge(wrong, "an entry that is no VMGEXIT has no effect");
}

/* ---- AT-057 ---- */

static struct attack_outcome double_entry(void)
{
	uint64_t code = play_pvalidate(sim_startup, GPA(PAGE));
	uint32_t level = 0;
	uint32_t i;

	for (i = 0; i < 3 && code == SVSM_SUCCESS; i++) {
		/* On the CPU of the request, and on another one. */
		(void)play_round(i % 2, &level);
		code = sim_result(sim_startup).rax;
	}
	return play_judge(play_succeeds(code, "one PVALIDATE, after several entries,"),
			  "the further entries find nothing to serve");
}

/* ---- AT-058 ---- */

static struct {
	int begun; /* the module has looked at the VMSA */
	int ran;   /* meanwhile the host has run it */
} during;

static void run_caller(struct hw_effect e)
{
	during.begun |= e.kind == EFFECT_READ && e.pfn == SIM_VMSA;
	during.ran |= during.begun && play_run(SIM_VMSA) >= 0;
	during.begun &= !(e.kind == EFFECT_THAW && e.pfn == SIM_VMSA);
}

static struct attack_outcome run_during_call(void)
{
	const struct sim_registers calls[] = {
		play_core(SVSM_CORE_QUERY_PROTOCOL, 1, 0, 0),
		play_list(sim_startup, GPA(PAGE)),
		play_core(SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(VICTIM), 1),
		play_core(SVSM_CORE_DELETE_VCPU, GPA(VMSA), 0, 0),
		play_core(SVSM_CORE_REMAP_CA, GPA(SIM_MODULE), 0, 0),
	};
	uint64_t code;
	uint32_t i;

	sim_fill_vmsa(VMSA, 2);
	for (i = 0; i < LENGTH(calls); i++) {
		during.begun = during.ran = 0;
		play_watch(run_caller);
		code = play_call(sim_startup, calls[i]);
		(void)play_over();
		if (during.ran) {
			return attack_won("the host runs the caller within its call %u", i);
		}
		if (code >= PLAY_END) {
			return attack_won("call %u ends the module (%#lx)", i, code);
		}
	}
	return play_judge(NULL, "VMRUN of the caller fails before every effect of its calls");
}

/* ---- AT-059 ---- */

static struct attack_outcome wrong_level_run(void)
{
	struct sim_vcpu low = play_low();
	struct sim_vcpu high = sim_create(sim_startup, VMSA, PAGE, low.cpu, 2);
	uint32_t level = 0;
	const char *wrong;

	/* VMPL3 asks for what only VMPL2 may; the host enters the module on every CPU. */
	wrong = play_entry_refused(low, GPA(VICTIM), SVSM_INVALID_ADDRESS);
	sim_prepare(low, play_list(low, GPA(VICTIM)), 1);
	wrong = wrong ? wrong : entry_has_no_effect(1, 0);
	wrong = wrong ? wrong : entry_has_no_effect(0, 2);
	/* It runs VMPL2 instead, which calls as well. */
	sim_prepare(high, play_list(high, GPA(VICTIM + 1)), 1);
	if (wrong == NULL && play_round(low.cpu, &level) != 0) {
		return attack_won("the module ends");
	}
	if (wrong == NULL && (sim_result(low).rax != SVSM_INVALID_ADDRESS ||
			      page_look(VICTIM) != page_entry(PAGE_GUEST, 2))) {
		return attack_won("VMPL3 has changed a page of VMPL2");
	}
	wrong = wrong ? wrong : play_succeeds(sim_result(high).rax, "VMPL2's own call");
	return play_judge(wrong, "each call has the authority of its own vCPU's level");
}

/* ---- AT-060 ---- */

static struct attack_outcome resume_deleted(void)
{
	struct sim_vcpu other = play_other();
	const char *wrong = play_succeeds(
		play_call(sim_startup, play_core(SVSM_CORE_DELETE_VCPU, GPA(other.vmsa), 0, 0)),
		"DELETE_VCPU");

	/* The pages are the guest's: it fills in a vCPU that has called. */
	sim_fill_vmsa(other.vmsa, 2);
	sim_prepare(other, play_list(other, GPA(VICTIM)), 1);
	if (play_run(other.vmsa) >= 0) {
		return attack_won("the host runs a VMSA that has been deleted");
	}
	wrong = wrong ? wrong : entry_has_no_effect(other.cpu, 0);
	return play_judge(wrong, "VMRUN fails, and nothing is served from the page");
}

/* ---- AT-062 ---- */

/* Which results a call defines besides RAX. */
#define OUT_RCX 1U
#define OUT_ALL 3U /* RCX, RDX and R8 */

static int may_change(uint32_t word, uint32_t out)
{
	return word == VMSA_RAX / 8 || (word == VMSA_RCX / 8 && out != 0) ||
	       ((word == VMSA_RDX / 8 || word == VMSA_R8 / 8) && out == OUT_ALL);
}

/* NULL if of the whole VMSA nothing but the results has changed. */
static const char *smashed_by(struct sim_vcpu v, struct sim_registers r, uint32_t out)
{
	static uint64_t before[PAGE_WORDS];
	uint64_t code;
	uint32_t i;

	sim_prepare(v, r, 1);
	for (i = 0; i < PAGE_WORDS; i++) {
		before[i] = sim_peek(v.vmsa, i);
	}
	code = play_call(v, r);
	if (code >= PLAY_END) {
		return play_text("call %#lx ends the module", r.rax);
	}
	for (i = 0; i < PAGE_WORDS; i++) {
		if (sim_peek(v.vmsa, i) != before[i] && !may_change(i, out)) {
			return play_text("call %#lx changes the VMSA at %#x to %#lx", r.rax, 8 * i,
					 sim_peek(v.vmsa, i));
		}
	}
	return NULL;
}

/* A vCPU whose VMSA has a mark in every word that means nothing to CREATE_VCPU. */
static struct sim_vcpu marked_vcpu(void)
{
	struct sim_vcpu v = play_other();
	uint32_t i;

	for (i = 0; i < PAGE_WORDS; i++) {
		if (sim_peek(v.vmsa, i) == 0) {
			sim_poke(v.vmsa, i, 0xa5a5000000000000UL + i);
		}
	}
	return v;
}

static struct attack_outcome register_smash(void)
{
	struct sim_vcpu v = marked_vcpu();
	const struct {
		struct sim_registers r;
		uint32_t out;
	} calls[] = {
		{play_list(v, GPA(PAGE)), 0},
		{play_core(SVSM_CORE_PVALIDATE, 3, 7, 7), 0},
		{play_core(SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(VICTIM), 2), 0},
		{play_core(SVSM_CORE_CREATE_VCPU, GPA(SIM_MODULE), 1, 2), 0},
		{play_core(SVSM_CORE_DELETE_VCPU, GPA(VMSA), 5, 6), 0},
		{play_core(SVSM_CORE_DELETE_VCPU, GPA(SIM_MODULE), 5, 6), 0},
		{play_core(SVSM_CORE_REMAP_CA, GPA(SIM_MODULE), 5, 6), 0},
		{play_core(SVSM_CORE_DEPOSIT_MEM, 4, 5, 6), 0},
		{play_core(SVSM_CORE_QUERY_PROTOCOL, 1, 5, 6), OUT_RCX},
		{play_core(SVSM_CORE_QUERY_PROTOCOL, 7, 5, 6), OUT_RCX},
		{play_core(SVSM_CORE_CONFIGURE_VTOM, 1, 5, 6), OUT_ALL},
		{play_core(SVSM_CORE_CONFIGURE_VTOM, 2, 5, 6), 0},
		{play_core(99, 4, 5, 6), 0},
	};
	const char *wrong = NULL;
	uint32_t i;

	sim_fill_vmsa(VMSA, 2);
	for (i = 0; i < LENGTH(calls) && wrong == NULL; i++) {
		wrong = smashed_by(v, calls[i].r, calls[i].out);
	}
	return play_judge(wrong, "each call changes the registers that it defines, and no others");
}

/* ---- AT-063 ---- */

static struct attack_outcome exit_code_undefined(void)
{
	struct sim_vcpu other = play_other();
	const char *wrong = NULL;
	uint64_t code = 0x405;
	uint32_t i;

	for (i = 0; i < 64 && wrong == NULL; i++) {
		sim_poke(other.vmsa, VMSA_EXITCODE / 8, code);
		wrong = play_core_refused(sim_startup, SVSM_CORE_DELETE_VCPU, GPA(other.vmsa), 0, 0,
					  SVSM_FAIL_INUSE);
		wrong = wrong ? wrong : entry_has_no_effect(other.cpu, 2);
		code = code * 6364136223846793005UL + 1442695040888963407UL;
	}
	return play_judge(wrong, "an exit code of no list is a vCPU that has not called");
}

/* ---- AT-065 ---- */

static struct attack_outcome apic_leftover(void)
{
	struct sim_vcpu other = play_other();
	struct sim_registers r = play_core(SVSM_CORE_REMAP_CA, GPA(VICTIM), 0, 0);
	const char *wrong;

	wrong = play_succeeds(
		play_call(sim_startup, play_core(SVSM_CORE_DELETE_VCPU, GPA(other.vmsa), 0, 0)),
		"DELETE_VCPU");
	/* The new vCPU of this APIC id has the old one's state: it stands at a call. */
	sim_fill_vmsa(other.vmsa, 2);
	sim_prepare(other, r, 1);
	wrong = wrong ? wrong
		      : play_succeeds(play_call(sim_startup,
						play_core(SVSM_CORE_CREATE_VCPU, GPA(other.vmsa),
							  GPA(other.caa), other.cpu)),
				      "CREATE_VCPU");
	if (wrong == NULL && sim_pending(other) != 0) {
		return attack_won("the new vCPU begins with a pending call");
	}
	sim_put(2, other.caa, 0, 1);
	wrong = wrong ? wrong : entry_has_no_effect(other.cpu, 2);
	sim_put(2, other.caa, 0, 0);
	return play_judge(wrong, "what the old vCPU had called is not executed for the new one");
}

/* ---- AT-066 ---- */

static uint64_t flood(uint32_t i, uint64_t apic)
{
	sim_fill_vmsa(FLOOD + 2 * i, 2);
	return play_call(sim_startup, play_core(SVSM_CORE_CREATE_VCPU, GPA(FLOOD + 2 * i),
						GPA(FLOOD + 2 * i + 1), apic));
}

static struct attack_outcome vcpu_flood(void)
{
	static const uint64_t unknown[] = {SIM_CPUS, SIM_CPUS + 1, 255, 0x7fffffff, 0xffffffff};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(unknown) && wrong == NULL; i++) {
		sim_fill_vmsa(VMSA, 2);
		wrong = play_core_refused(sim_startup, SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(PAGE),
					  unknown[i], SVSM_INVALID_PARAMETER);
	}
	for (i = 1; i < VCPUS_MAX && wrong == NULL; i++) {
		wrong = play_succeeds(flood(i, 1 + i % (SIM_CPUS - 1)), "CREATE_VCPU");
	}
	wrong = wrong ? wrong
		      : play_core_refused(sim_startup, SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(PAGE),
					  1, SVSM_INVALID_REQUEST);
	wrong = wrong ? wrong
		      : play_succeeds(play_call(sim_startup, play_core(SVSM_CORE_DELETE_VCPU,
								       GPA(FLOOD + 2), 0, 0)),
				      "DELETE_VCPU");
	wrong = wrong ? wrong : play_succeeds(flood(1, 1), "CREATE_VCPU");
	return play_judge(wrong, "vCPU 33 is INVALID_REQUEST, unknown APIC ids INVALID_PARAMETER");
}

/* ---- AT-067 ---- */

/* Who can still write the page: the text says it; NULL: nobody. */
static const char *writer_of(uint64_t pfn)
{
	uint32_t cpu, vmpl;

	for (cpu = 0; cpu < SIM_CPUS; cpu++) {
		hw_machine_cpu = cpu;
		for (vmpl = 1; vmpl <= 3; vmpl++) {
			if (sim_write(vmpl, pfn, VMSA_VMPL / 8, 0) == ACCESS_OK) {
				return play_text("VMPL%u writes an accepted VMSA", vmpl);
			}
		}
	}
	if (machine_host_write64(&hw_machine, HW_MACHINE_BASE + pfn, VMSA_VMPL / 8, 0) == SNP_OK) {
		return "the host writes an accepted VMSA";
	}
	return NULL;
}

static struct attack_outcome touch_vmsa(void)
{
	uint64_t gpa = GPA(PLAY_OTHER_VMSA);
	const char *wrong;

	(void)writer_of(PLAY_OTHER_VMSA); /* the TLBs know the page from before */
	(void)play_other();
	wrong = writer_of(PLAY_OTHER_VMSA);
	wrong = wrong ? wrong : play_entry_refused(sim_startup, gpa, SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong
		      : play_entry_refused(sim_startup, gpa + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong
		      : play_core_refused(sim_startup, SVSM_CORE_PVALIDATE, gpa + 0x600, 0, 0,
					  SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong
		      : play_core_refused(sim_startup, SVSM_CORE_REMAP_CA, gpa, 0, 0,
					  SVSM_INVALID_ADDRESS);
	return play_judge(wrong, "neither guest nor host writes it, and no call takes it");
}

const struct attack attacks_frame[] = {
	{"AT-054", "remap-pending", "guest",
	 "REMAP_CA to a page that says pending, and one that is refused",
	 "module/services/core.c: remap_locked, remap_release; request.c: request_clear",
	 "request_clear: cleared", "tests/attacks/remap-pending.patch", remap_pending},
	{"AT-055", "caa-shared", "both",
	 "a new vCPU gets an older one's calling area, and the host runs the older one",
	 "module/services/create.c: candidate_judge stops the older one",
	 "candidate_register: retired", "tests/attacks/caa-shared.patch", caa_shared},
	{"AT-056", "spurious-entry", "hypervisor",
	 "the host enters the module while the guest is not at a VMGEXIT",
	 "module/services/request.c: request_look", "request_look: called",
	 "proof/red/spurious-entry.patch", spurious_entry},
	{"AT-057", "double-entry", "hypervisor", "the host enters the module again for one request",
	 "module/services/request.c: request_answer", "request_answer: pending",
	 "proof/red/double-entry.patch", double_entry},
	{"AT-058", "run-during-call", "hypervisor",
	 "the host runs the caller before any effect of its calls",
	 "module/services/request.c: request_look freezes first", "request_freeze: step",
	 "proof/red/run-during-call.patch", run_during_call},
	{"AT-059", "wrong-level-run", "hypervisor",
	 "asked for VMPL3 the host runs VMPL2 or nobody, and enters the module on other CPUs",
	 "module/services/request.c: request_execute", "request_begin: caller",
	 "tests/attacks/wrong-level-run.patch", wrong_level_run},
	{"AT-060", "resume-deleted", "hypervisor",
	 "the host runs a deleted VMSA, in whose page the guest fakes a call",
	 "module/guest/vcpu.c: vcpu_clear; module/guest/perm.c: perm_revoke", "vcpu_clear: freed",
	 "proof/red/vmsa-residue.patch", resume_deleted},
	{"AT-062", "register-smash", "guest",
	 "every call, granted and refused, over a VMSA with a mark in each word",
	 "module/services/request.c: request_answer", "request_answer: others",
	 "proof/red/register-smash.patch", register_smash},
	{"AT-063", "exit-code-undefined", "guest",
	 "vCPUs with exit codes of no list are deleted and entered",
	 "module/services/create.c: vmsa_is_at_rest", "vmsa_is_at_rest",
	 "proof/red/exit-code-closed.patch", exit_code_undefined},
	{"AT-065", "apic-leftover", "guest",
	 "a vCPU is deleted and made anew with a call of its former life",
	 "module/services/create.c: candidate_reset", "request_look: called",
	 "tests/attacks/apic-leftover.patch", apic_leftover},
	{"AT-066", "vcpu-flood", "guest", "vCPUs without end, and with APIC ids of no CPU",
	 "module/services/create.c: candidate_enter, core_create_vcpu", "candidate_enter: full",
	 "tests/attacks/vcpu-flood.patch", vcpu_flood},
	{"AT-067", "touch-vmsa", "both",
	 "guest and host write an accepted VMSA, directly and as operand of a call",
	 "module/guest/perm.c: perm_make_vmsa", "perm_make_vmsa: vmsa",
	 "proof/red/vmsa-writable.patch", touch_vmsa},
	{0},
};
