/* Attacks on the making and unmaking of vCPUs (catalogue, group 2: AT-036 to AT-053). */
#include <stddef.h>
#include <verismo/snp.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "sim/attacks/play.h"
#include "sim/check.h"

#define VMSA 0x41UL /* private pages of the attacker, for a vCPU */
#define CAA  0x40UL
#define APIC 3UL /* nobody's yet */

/* Pages that VMPL2 cannot make a VMSA or a calling area, when play_other() is there. */
static const uint64_t foreign[] = {
	SIM_MODULE,	 SIM_MODULE + 0x101, SIM_MODULE_END - 1, SIM_VMSA,	 SIM_CAA,
	PLAY_OTHER_VMSA, PLAY_OTHER_CAA,     SIM_SHARED + 1,	 SIM_ABSENT + 1, SIM_PFNS + 1,
};

static const char *create_refused(struct sim_vcpu by, uint64_t vmsa, uint64_t caa, uint64_t code)
{
	return play_core_refused(by, SVSM_CORE_CREATE_VCPU, vmsa, caa, APIC, code);
}

static uint64_t create(struct sim_vcpu by, uint64_t vmsa, uint64_t caa, uint64_t apic)
{
	return play_call(by, play_core(SVSM_CORE_CREATE_VCPU, GPA(vmsa), GPA(caa), apic));
}

static uint64_t delete_by(struct sim_vcpu by, uint64_t vmsa)
{
	return play_call(by, play_core(SVSM_CORE_DELETE_VCPU, GPA(vmsa), 0, 0));
}

/* NULL if VMSA and CAA still make a vCPU: what was refused has left them as they were. */
static const char *still_usable(void)
{
	sim_fill_vmsa(VMSA, 2);
	return play_succeeds(create(sim_startup, VMSA, CAA, APIC), "CREATE_VCPU of the same pages");
}

/* ---- AT-036 ---- */

static struct attack_outcome create_collide(void)
{
	const char *wrong;
	uint32_t i;

	(void)play_other();
	sim_fill_vmsa(VMSA, 2);
	sim_fill_vmsa(PLAY_OTHER_CAA, 2);
	sim_poke(PLAY_OTHER_CAA, 0, 0);
	wrong = create_refused(sim_startup, GPA(VMSA), GPA(VMSA), SVSM_INVALID_ADDRESS);
	for (i = 0; i < LENGTH(foreign) && wrong == NULL; i++) {
		wrong = create_refused(sim_startup, GPA(VMSA), GPA(foreign[i]),
				       SVSM_INVALID_ADDRESS);
		if (wrong == NULL && foreign[i] % PAGES_PER_2M != 0) {
			wrong = create_refused(sim_startup, GPA(foreign[i]), GPA(CAA),
					       SVSM_INVALID_ADDRESS);
		}
	}
	return play_judge(wrong, "each collision is INVALID_ADDRESS, and nothing changes");
}

/* ---- AT-037 ---- */

/* The page below the module is the guest's: a calling area that begins within it reaches the module. */
static struct attack_outcome create_unaligned(void)
{
	static const uint64_t offset[] = {8, 0x800, 0xff8, 0xfff};
	uint64_t caa = SIM_MODULE - 1;
	const char *wrong =
		play_succeeds(play_pvalidate(sim_startup, GPA(caa) + ENTRY_VALIDATE), "PVALIDATE");
	uint32_t i;

	sim_fill_vmsa(VMSA, 2);
	for (i = 0; i < LENGTH(offset) && wrong == NULL; i++) {
		wrong = create_refused(sim_startup, GPA(VMSA), GPA(caa) + offset[i],
				       SVSM_INVALID_PARAMETER);
		wrong = wrong != NULL ? wrong
				      : play_core_refused(sim_startup, SVSM_CORE_REMAP_CA,
							  GPA(caa) + offset[i], 0, 0,
							  SVSM_INVALID_PARAMETER);
	}
	return play_judge(wrong, "an unaligned calling area is INVALID_PARAMETER");
}

/* ---- AT-038 ---- */

static int ran; /* the VMPL at which the host has run the page, or -1 */

static void run_candidate(struct hw_effect e)
{
	int level = play_run(VMSA);

	(void)e;
	ran = level >= 0 && level != 2 ? level : ran;
}

static struct attack_outcome vmsa_bit_early(void)
{
	const char *wrong;

	ran = -1;
	sim_fill_vmsa(VMSA, 0);
	play_watch(run_candidate);
	wrong = create_refused(sim_startup, GPA(VMSA), GPA(CAA), SVSM_INVALID_PARAMETER);
	(void)play_over();
	if (ran >= 0) {
		return attack_won("the host runs the guest's page at VMPL%d during the call", ran);
	}
	wrong = wrong != NULL ? wrong : still_usable();
	return play_judge(wrong, "VMRUN of the page fails before every effect of the call");
}

/* ---- AT-039 ---- */

static struct attack_outcome vmsa_vmpl0(void)
{
	struct sim_vcpu low = play_low();
	const char *wrong = NULL;
	uint32_t level;

	for (level = 0; level < 2 && wrong == NULL; level++) {
		sim_fill_vmsa(VMSA, level);
		wrong = create_refused(sim_startup, GPA(VMSA), GPA(CAA), SVSM_INVALID_PARAMETER);
	}
	attack_give_vmpl3(VMSA, 1);
	attack_give_vmpl3(CAA, 1);
	for (level = 0; level < 3 && wrong == NULL; level++) {
		sim_fill_vmsa(VMSA, level);
		wrong = create_refused(low, GPA(VMSA), GPA(CAA), SVSM_INVALID_PARAMETER);
	}
	return play_judge(wrong, "a level above the creator's is INVALID_PARAMETER");
}

/* ---- AT-040 ---- */

/* Words of a good VMSA, and what the attacker would rather have there. */
static const struct {
	uint32_t word;
	uint64_t good;
	uint64_t bad;
} edits[] = {
	{VMSA_VMPL / 8, 2UL << (VMSA_VMPL % 8 * 8), 0},
	{VMSA_SEV_FEATURES / 8, SIM_FEATURES, SIM_FEATURES | 1UL << 3},
	{VMSA_EVENT_INJ / 8, 0, 0x80000300UL},
};
static uint32_t edit;

/* The other vCPU's CPU knows the page from before. */
static void edit_candidate(struct hw_effect e)
{
	uint32_t cpu = hw_machine_cpu;

	(void)e;
	hw_machine_cpu = 1;
	(void)sim_write(2, VMSA, edits[edit].word, edits[edit].bad);
	hw_machine_cpu = cpu;
}

/* NULL if what is edited before that effect is refused, or not what was accepted. */
static const char *edit_at(uint32_t place)
{
	uint64_t code;

	play_restore();
	play_at(place, edit_candidate);
	code = create(sim_startup, VMSA, CAA, APIC);
	if (code != SVSM_SUCCESS && code != SVSM_INVALID_PARAMETER) {
		return play_text("edited before effect %u: CREATE_VCPU is answered %#lx", place,
				 code);
	}
	if (code == SVSM_SUCCESS &&
	    (sim_peek(VMSA, edits[edit].word) != edits[edit].good || play_run(VMSA) != 2)) {
		return play_text("edited before effect %u: a VMSA with %#lx at %#x is accepted",
				 place, edits[edit].bad, 8 * edits[edit].word);
	}
	return NULL;
}

static struct attack_outcome vmsa_check_then_edit(void)
{
	const char *wrong = NULL;
	uint32_t places = 0;
	uint32_t place;

	sim_fill_vmsa(VMSA, 2);
	hw_machine_cpu = 1;
	(void)sim_write(2, VMSA, edits[0].word, edits[0].good);
	play_save();
	for (edit = 0; edit < LENGTH(edits) && wrong == NULL; edit++) {
		for (place = 0; (place == 0 || play_over()) && wrong == NULL; place++) {
			wrong = edit_at(place);
			places++;
		}
	}
	(void)play_over();
	return play_judge(wrong, "no edit at %u places gets into an accepted VMSA", places);
}

/* ---- AT-041 ---- */

static struct attack_outcome vmsa_features(void)
{
	const char *wrong = NULL;
	uint32_t bit;

	for (bit = 0; bit < 64 && wrong == NULL; bit++) {
		sim_fill_vmsa(VMSA, 2);
		sim_poke(VMSA, VMSA_SEV_FEATURES / 8, SIM_FEATURES ^ 1UL << bit);
		wrong = create_refused(sim_startup, GPA(VMSA), GPA(CAA), SVSM_INVALID_PARAMETER);
	}
	wrong = wrong != NULL ? wrong : still_usable();
	return play_judge(wrong, "SEV_FEATURES other than the startup vCPU's: INVALID_PARAMETER");
}

/* ---- AT-042 ---- */

static struct attack_outcome vmsa_bad_state(void)
{
	const char *wrong;
	uint32_t i;

	sim_fill_vmsa(VMSA, 2);
	sim_poke(VMSA, VMSA_EFER / 8, 0xd01);
	wrong = create_refused(sim_startup, GPA(VMSA), GPA(CAA), SVSM_INVALID_PARAMETER);
	for (i = 4; i < 256 && wrong == NULL; i++) {
		sim_fill_vmsa(VMSA, i);
		wrong = create_refused(sim_startup, GPA(VMSA), GPA(CAA), SVSM_INVALID_PARAMETER);
	}
	for (i = 0; i < 64 && wrong == NULL; i++) {
		sim_fill_vmsa(VMSA, 2);
		sim_poke(VMSA, VMSA_EVENT_INJ / 8, 1UL << i);
		wrong = create_refused(sim_startup, GPA(VMSA), GPA(CAA), SVSM_INVALID_PARAMETER);
	}
	wrong = wrong != NULL ? wrong : still_usable();
	return play_judge(wrong, "each such VMSA is INVALID_PARAMETER, and the page stays usable");
}

/* ---- AT-043 ---- */

static struct attack_outcome vmsa_2m_aligned(void)
{
	static const uint64_t aligned[] = {PAGES_PER_2M, SIM_PRIVATE_2M, SIM_SHARED_2M, 0};
	const char *wrong = NULL;
	uint32_t i;

	sim_fill_vmsa(PAGES_PER_2M, 2);
	for (i = 0; i < LENGTH(aligned) && wrong == NULL; i++) {
		wrong = create_refused(sim_startup, GPA(aligned[i]), GPA(CAA),
				       SVSM_INVALID_PARAMETER);
	}
	return play_judge(wrong, "a VMSA on a 2M boundary is INVALID_PARAMETER");
}

/* ---- AT-044 ---- */

static struct attack_outcome launch_vmsa_unlisted(void)
{
	struct sim_vcpu other = play_other();
	uint64_t vmsa = GPA(SIM_VMSA);
	const char *wrong;

	sim_fill_vmsa(VMSA, 2);
	wrong = play_entry_refused(other, vmsa, SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong
		      : play_entry_refused(other, vmsa + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong : create_refused(other, vmsa, GPA(CAA), SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong : create_refused(other, GPA(VMSA), vmsa, SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong
		      : play_core_refused(other, SVSM_CORE_REMAP_CA, vmsa, 0, 0,
					  SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong
		      : play_core_refused(other, SVSM_CORE_PVALIDATE, vmsa + 0x600, 0, 0,
					  SVSM_INVALID_ADDRESS);
	return play_judge(wrong, "the startup VMSA is INVALID_ADDRESS in every operand");
}

/* ---- AT-046 ---- */

static struct attack_outcome create_residue(void)
{
	const char *wrong;

	sim_fill_vmsa(VMSA, 1);
	wrong = create_refused(sim_startup, GPA(VMSA), GPA(CAA), SVSM_INVALID_PARAMETER);
	wrong = wrong ? wrong
		      : play_core_refused(sim_startup, SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(CAA),
					  SIM_CPUS, SVSM_INVALID_PARAMETER);
	/* Both are ordinary pages: they can be rescinded and validated. */
	wrong = wrong ? wrong : play_succeeds(play_pvalidate(sim_startup, GPA(VMSA)), "rescind");
	wrong = wrong ? wrong : play_succeeds(play_pvalidate(sim_startup, GPA(CAA)), "rescind");
	wrong = wrong ? wrong
		      : play_succeeds(play_pvalidate(sim_startup, GPA(VMSA) + ENTRY_VALIDATE),
				      "validate");
	return play_judge(wrong, "a refused CREATE_VCPU leaves two ordinary pages");
}

/* ---- AT-047 ---- */

static struct attack_outcome create_error_regrant(void)
{
	struct sim_vcpu low = play_low();
	const char *wrong = NULL;
	uint32_t i;

	(void)play_other();
	attack_secrets();
	for (i = 0; i < LENGTH(foreign) && wrong == NULL; i++) {
		if (foreign[i] % PAGES_PER_2M != 0) {
			wrong = create_refused(sim_startup, GPA(foreign[i]), GPA(CAA),
					       SVSM_INVALID_ADDRESS);
		}
	}
	/* A page of VMPL2, named by VMPL3. */
	wrong = wrong ? wrong : create_refused(low, GPA(VMSA), GPA(CAA), SVSM_INVALID_ADDRESS);
	if (sim_rmp(SIM_MODULE + 0x101).perm[2] != 0) {
		return attack_won("a refused CREATE_VCPU grants a page of the module to VMPL2");
	}
	return play_judge(wrong, "no refusal grants a page that the call had not taken");
}

/* ---- AT-048 ---- */

static struct attack_outcome delete_startup(void)
{
	struct sim_vcpu by[] = {sim_startup, play_other(), play_low()};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(by) && wrong == NULL; i++) {
		wrong = play_core_refused(by[i], SVSM_CORE_DELETE_VCPU, GPA(SIM_VMSA), 0, 0,
					  SVSM_INVALID_PARAMETER);
	}
	return play_judge(wrong, "nobody deletes the startup vCPU: INVALID_PARAMETER");
}

/* ---- AT-049 ---- */

static struct attack_outcome delete_not_yours(void)
{
	struct sim_vcpu low = play_low();
	struct sim_vcpu other = play_other();
	const uint64_t bad[] = {GPA(other.vmsa),
				GPA(other.vmsa) + 8,
				GPA(PLAY_LOW_VMSA) + 0x10,
				GPA(VMSA),
				GPA(low.caa),
				GPA(SIM_MODULE),
				GPA(SIM_SHARED),
				GPA(SIM_ABSENT),
				GPA(SIM_PFNS),
				GPA(PAGE_SIZE - 1) << 40};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(bad) && wrong == NULL; i++) {
		wrong = play_core_refused(low, SVSM_CORE_DELETE_VCPU, bad[i], 0, 0,
					  SVSM_INVALID_PARAMETER);
	}
	return play_judge(wrong, "VMPL3 deletes nothing that is not its own: INVALID_PARAMETER");
}

/* ---- AT-050 ---- */

static int entered; /* the host has run the vCPU that is being deleted */

/* It runs until the module's write to its VMSA makes it exit, in ordinary code. */
static void enter_deleted(struct hw_effect e)
{
	uint32_t level;

	(void)e;
	entered = machine_vmrun(&hw_machine, HW_MACHINE_BASE + PLAY_OTHER_VMSA, &level) == SNP_OK;
	if (entered) {
		sim_poke(PLAY_OTHER_VMSA, VMSA_EXITCODE / 8, SVM_EXIT_INTR);
	}
}

/* NULL if DELETE_VCPU is refused if and only if the vCPU runs before that effect. */
static const char *delete_at(uint32_t place)
{
	uint64_t code;

	play_restore();
	entered = 0;
	play_at(place, enter_deleted);
	code = delete_by(sim_startup, PLAY_OTHER_VMSA);
	if (code != (entered ? SVSM_FAIL_INUSE : SVSM_SUCCESS)) {
		return play_text("DELETE_VCPU of a vCPU that %s before effect %u %s %#lx",
				 entered ? "runs" : "cannot run", place,
				 code >= PLAY_END ? "ends the module with" : "is answered",
				 code % PLAY_END);
	}
	if (entered && play_run(PLAY_OTHER_VMSA) != 2) {
		return "DELETE_VCPU is refused, and the vCPU cannot run any more";
	}
	return NULL;
}

static struct attack_outcome delete_running(void)
{
	const char *wrong = NULL;
	uint32_t runs = 0;
	uint32_t place;

	(void)play_other();
	play_save();
	for (place = 0; (place == 0 || play_over()) && wrong == NULL; place++) {
		wrong = delete_at(place);
		runs += entered != 0;
	}
	(void)play_over();
	if (wrong == NULL && runs == 0) {
		return attack_broken("the host can run the vCPU before no effect");
	}
	return play_judge(wrong, "at %u of %u places it runs: FAIL_INUSE, and it goes on", runs,
			  place);
}

/* ---- AT-051 ---- */

static const char *seen; /* what was wrong between two effects */

static void look_at_deleted(struct hw_effect e)
{
	uint64_t pfn;

	(void)e;
	seen = seen != NULL ? seen : check_frame(HW_MACHINE_BASE + PLAY_OTHER_VMSA, &pfn);
}

static struct attack_outcome deregister_early(void)
{
	struct sim_vcpu other = play_other();
	const char *wrong;

	seen = NULL;
	play_watch(look_at_deleted);
	wrong = play_succeeds(delete_by(sim_startup, other.vmsa), "DELETE_VCPU");
	(void)play_over();
	return play_judge(seen != NULL ? seen : wrong,
			  "the page is no guest page while the RMP calls it a VMSA");
}

/* ---- AT-052 ---- */

static struct attack_outcome self_delete(void)
{
	struct sim_vcpu other = play_other();
	struct sim_registers r = play_core(SVSM_CORE_DELETE_VCPU, GPA(other.vmsa), 0, 0);
	uint32_t level = 0;
	int round, reason;

	sim_prepare(other, r, 1);
	for (round = 0; round < 2; round++) {
		reason = play_round(other.cpu, &level);
		if (reason != 0 || level != 0) {
			return attack_won("the module ends (%#x), or runs VMPL%u of nobody",
					  (unsigned)reason, level);
		}
		if (sim_result(other).rax != r.rax ||
		    sim_peek(other.vmsa, VMSA_EFER / 8) & EFER_SVME) {
			return attack_won("the module writes into a page that is the guest's");
		}
		/* Whoever has the page now makes it look like a vCPU that has called. */
		sim_put(2, other.caa, 0, 1);
	}
	return play_judge(NULL, "after it, neither page is touched, and the CPU runs nobody");
}

/* ---- AT-053 ---- */

static struct attack_outcome remap_steal(void)
{
	struct sim_vcpu low = play_low();
	const char *wrong = NULL;
	uint32_t i;

	(void)play_other();
	for (i = 0; i < LENGTH(foreign) && wrong == NULL; i++) {
		if (foreign[i] != SIM_CAA) { /* its own: nothing to steal */
			wrong = play_core_refused(sim_startup, SVSM_CORE_REMAP_CA, GPA(foreign[i]),
						  0, 0, SVSM_INVALID_ADDRESS);
		}
	}
	/* A page of VMPL2, for VMPL3. */
	wrong = wrong ? wrong
		      : play_core_refused(low, SVSM_CORE_REMAP_CA, GPA(CAA), 0, 0,
					  SVSM_INVALID_ADDRESS);
	return play_judge(wrong, "each is INVALID_ADDRESS, and the old calling area works on");
}

const struct attack attacks_vcpu[] = {
	{"AT-036", "create-collide", "guest",
	 "CREATE_VCPU with a page of the module, a VMSA, a calling area or one page twice",
	 "module/services/create.c: create_locked, candidate_claim_caa",
	 "candidate_claim_caa: foreign, area", "tests/attacks/create-any-area.patch",
	 create_collide},
	{"AT-037", "create-unaligned", "guest",
	 "a calling area that begins within the page below the module",
	 "module/services/create.c: create_decode", "core_create_vcpu: formed",
	 "proof/red/create-unaligned.patch", create_unaligned},
	{"AT-038", "vmsa-bit-early", "both",
	 "the host runs a page with VMPL 0 while CREATE_VCPU refuses it",
	 "module/services/create.c: candidate_accept judges before candidate_register",
	 "candidate_judge: content", "tests/attacks/vmsa-bit-early.patch", vmsa_bit_early},
	{"AT-039", "vmsa-vmpl0", "guest",
	 "the new VMSA names VMPL 0, or a level above its creator's",
	 "module/services/create.c: vmsa_is_good", "vmsa_is_good", "proof/red/vmsa-level.patch",
	 vmsa_vmpl0},
	{"AT-040", "vmsa-check-then-edit", "guest",
	 "another vCPU edits level, features or event of the VMSA before any effect of CREATE_VCPU",
	 "module/services/create.c: vmsa_freeze before vmsa_read", "vmsa_read: frozen",
	 "proof/red/vmsa-check-then-edit.patch", vmsa_check_then_edit},
	{"AT-041", "vmsa-features", "guest",
	 "each bit of SEV_FEATURES other than the startup vCPU's",
	 "module/services/create.c: vmsa_is_good", "vmsa_is_good",
	 "proof/red/guest-feature-excess.patch", vmsa_features},
	{"AT-042", "vmsa-bad-state", "guest",
	 "a VMSA without SVME, with VMPL 4 to 255, or with an event to inject",
	 "module/services/create.c: vmsa_is_good", "vmsa_is_good", "tests/attacks/vmsa-event.patch",
	 vmsa_bad_state},
	{"AT-043", "vmsa-2m-aligned", "guest", "a VMSA on a 2M boundary",
	 "module/services/create.c: create_decode", "core_create_vcpu: formed",
	 "proof/red/vmsa-2m-aligned.patch", vmsa_2m_aligned},
	{"AT-044", "launch-vmsa-unlisted", "guest",
	 "a request names the startup vCPU's VMSA, which no request has made",
	 "module/guest/page.c: page_entry_is_takeable", "page_entry_is_takeable",
	 "tests/attacks/owned-is-guest.patch", launch_vmsa_unlisted},
	{"AT-046", "create-residue", "guest",
	 "CREATE_VCPU is refused late, and the pages are used for something else",
	 "module/services/create.c: candidate_enter gives both pages back",
	 "candidate_enter: back, back_area", "proof/red/create-residue.patch", create_residue},
	{"AT-047", "create-error-regrant", "guest",
	 "CREATE_VCPU fails on pages that it could not take, in the hope of permissions on them",
	 "module/services/create.c: create_locked", "create_locked: gave, rely",
	 "tests/attacks/create-error-regrant.patch", create_error_regrant},
	{"AT-048", "delete-startup", "guest",
	 "DELETE_VCPU of the startup vCPU, by itself, another one and VMPL3",
	 "module/services/create.c: delete_locked", "delete_locked: guarded",
	 "tests/attacks/delete-first-vcpu.patch", delete_startup},
	{"AT-049", "delete-not-yours", "guest",
	 "VMPL3 deletes a vCPU of VMPL2, ordinary pages and misaligned addresses",
	 "module/services/create.c: delete_locked", "delete_locked: guarded, unknown",
	 "proof/red/delete-startup.patch", delete_not_yours},
	{"AT-050", "delete-running", "both",
	 "the host runs the vCPU before any effect of its DELETE_VCPU",
	 "module/services/create.c: vcpu_stop", "delete_locked: idle",
	 "proof/red/delete-running.patch", delete_running},
	{"AT-051", "deregister-early", "both",
	 "a look at table and RMP between any two effects of DELETE_VCPU",
	 "module/services/create.c: vmsa_dismantle", "page_release: promise",
	 "tests/attacks/deregister-early.patch", deregister_early},
	{"AT-052", "self-delete", "guest",
	 "a vCPU deletes itself, its pages have a new life, and the host enters the module again",
	 "module/services/request.c: request_again", "request_again: gone",
	 "tests/attacks/self-delete.patch", self_delete},
	{"AT-053", "remap-steal", "guest",
	 "REMAP_CA to the module, a VMSA, another's calling area, a page of a level above",
	 "module/services/core.c: remap_locked", "remap_locked: taken",
	 "tests/attacks/remap-any-area.patch", remap_steal},
	{0},
};
