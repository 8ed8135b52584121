/* Attacks on the ownership of memory (catalogue, group 1): frames that the host moves, and what the module has
 * to make of that. */
#include <stddef.h>
#include <verismo/reasons.h>
#include <verismo/snp.h>
#include <verismo/svsm.h>
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include "sim/attacks/play.h"
#include "sim/check.h"

#define SECRET	      SIM_MODULE       /* holds a secret once attack_secrets has run */
#define TARGET	      (SIM_SHARED + 4) /* a shared page */
#define SPARE	      (SIM_SHARED + 5) /* the host's frame to play with */
#define OWN	      0x150UL	       /* a private page */
#define LOW	      0x40UL	       /* the same, below 1 MiB */
#define LIST	      0x160UL	       /* the same, for a PVALIDATE list */
#define RESCIND(pfn)  ((pfn)*PAGE_SIZE)
#define VALIDATE(pfn) ((pfn)*PAGE_SIZE + ENTRY_VALIDATE)

/* Why the VM ended at this answer of play_call, or 0. */
static int ended(uint64_t answer)
{
	return answer >= PLAY_END ? (int)(answer - PLAY_END) : 0;
}

/* The answer to a PVALIDATE list in LIST. */
static uint64_t call_list(void)
{
	return play_call(sim_startup, play_core(SVSM_CORE_PVALIDATE, LIST * PAGE_SIZE, 0, 0));
}

/* ---- AT-001, AT-002: a secret in the frame ---- */

/* The frame that held a secret of the module is put behind an address of the guest, which validates it. */
static struct attack_outcome validate_secret(uint64_t target)
{
	uint64_t code;

	attack_secrets();
	attack_host_moves(SECRET, target);
	code = play_pvalidate(sim_startup, VALIDATE(target));
	if (code >= PLAY_END) {
		return attack_won("the module ends the VM");
	}
	return attack_judge("validated with code %#lx, and the page is zero", code);
}

static struct attack_outcome swap_svsm_frame(void)
{
	return validate_secret(TARGET);
}

static int peeked;

static void peek(struct hw_effect e, uint64_t result)
{
	uint64_t value = 0;

	(void)result;
	if (e.kind == EFFECT_RMPADJUST && sim_read(2, TARGET, 0, &value) == ACCESS_OK) {
		peeked |= value == SIM_CANARY;
	}
}

static struct attack_outcome swap_frame_peek(void)
{
	struct attack_outcome o;

	hw_after = peek;
	o = validate_secret(TARGET);
	return peeked ? attack_won("a sibling read the secret between two steps") : o;
}

/* Frames of the module as a page of 2M behind SIM_SHARED_2M. */
static void host_moves_large(void)
{
	struct rmp_update none = {0};
	struct rmp_update u = {
		.gpfn = SIM_SHARED_2M, .asid = MACHINE_ASID, .assigned = 1, .size = SNP_SIZE_2M};
	uint64_t i;

	for (i = 0; i < PAGES_PER_2M; i++) {
		(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + SECRET + i, none);
	}
	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + SECRET, u);
	(void)machine_nested_set(&hw_machine, SIM_SHARED_2M, HW_MACHINE_BASE + SECRET, 1, 1);
}

static struct attack_outcome swap_frame_in_2m(void)
{
	uint64_t code;

	attack_secrets();
	host_moves_large();
	code = play_pvalidate(sim_startup, VALIDATE(SIM_SHARED_2M) + ENTRY_2M);
	if (code >= PLAY_END) {
		return attack_won("the module ends the VM");
	}
	return attack_judge("validated with code %#lx, and all of the 2M are zero", code);
}

static struct attack_outcome scrub_exemption(void)
{
	(void)play_pvalidate(sim_startup, RESCIND(LOW));
	return validate_secret(LOW);
}

/* ---- AT-006, AT-007: permissions that outlive the page ---- */

static struct attack_outcome stale_permission(void)
{
	uint64_t value;

	attack_give_vmpl3(OWN, 1);
	(void)play_pvalidate(sim_startup, RESCIND(OWN));
	(void)play_pvalidate(sim_startup, VALIDATE(OWN));
	sim_put(2, OWN, 0, 0x1234);
	if (sim_read(3, OWN, 0, &value) == ACCESS_OK) {
		return attack_won("VMPL3 reads %#lx, of VMPL2", value);
	}
	return attack_judge("after its second validation the page is VMPL2's alone");
}

static uint32_t level_left; /* a level with a permission when the page is rescinded */

static void look_at_levels(struct hw_effect e)
{
	uint32_t vmpl;

	for (vmpl = 1; e.kind == EFFECT_PVALIDATE && vmpl < SNP_VMPLS; vmpl++) {
		if (sim_rmp(e.pfn).perm[vmpl] != 0) {
			level_left = vmpl;
		}
	}
}

static struct attack_outcome revoke_one_level(void)
{
	uint64_t code;

	attack_give_vmpl3(OWN, 1);
	hw_hook = look_at_levels;
	code = play_pvalidate(sim_startup, RESCIND(OWN));
	if (level_left != 0) {
		return attack_won("VMPL%u still had a permission at PVALIDATE(0)", level_left);
	}
	return attack_judge("rescinded with code %#lx when no level had a permission", code);
}

/* ---- AT-015, AT-016, AT-020: two frames for one address ---- */

static struct attack_outcome double_map_gpa(void)
{
	uint64_t code;

	attack_host_moves(SPARE, OWN);
	code = play_pvalidate(sim_startup, VALIDATE(OWN) + ENTRY_IGNORE);
	if (code >= PLAY_END) {
		return attack_won("the module ends the VM");
	}
	return attack_judge("code %#lx, and nothing was validated", code);
}

static struct attack_outcome share_without_rescind(void)
{
	(void)play_pvalidate(sim_startup, RESCIND(OWN));
	attack_host_moves(SPARE, OWN);
	(void)play_pvalidate(sim_startup, VALIDATE(OWN));
	return attack_judge("the first frame was rescinded before the second was validated");
}

static void put_spare(struct hw_effect e)
{
	if (e.kind == EFFECT_PVALIDATE) {
		attack_host_moves(SPARE, OWN);
	}
}

/* The frame behind OWN is another one when PVALIDATE(0) is executed: CF. */
static struct attack_outcome rescind_other_frame(void)
{
	hw_hook = put_spare;
	return attack_judge_end(ended(play_pvalidate(sim_startup, RESCIND(OWN))), REASON_PVALIDATE);
}

/* What the instruction answers is not what the table says. */
static struct attack_outcome unexpected_carry(void)
{
	hw_force_pvalidate = HW_CARRY;
	return attack_judge_end(ended(play_pvalidate(sim_startup, VALIDATE(TARGET))),
				REASON_PVALIDATE);
}

static struct attack_outcome pvalidate_error(void)
{
	const char *wrong;

	hw_force_pvalidate = SNP_FAIL_INPUT;
	wrong = play_entry_refused(sim_startup, VALIDATE(TARGET), SVSM_FAIL_INPUT);
	return wrong != NULL ? attack_won("%s", wrong)
			     : attack_judge("FAIL_INPUT, and the page stays shared");
}

/* ---- AT-018 ---- */

static uint32_t effects_left; /* until the host splits the page */

static void split_later(struct hw_effect e)
{
	uint64_t head = HW_MACHINE_BASE + SIM_PRIVATE_2M;

	if (e.kind != EFFECT_RMPADJUST && e.kind != EFFECT_PVALIDATE && e.kind != EFFECT_FLUSH) {
		return;
	}
	if (effects_left-- == 0) {
		(void)machine_psmash(&hw_machine, head);
		(void)machine_nested_set(&hw_machine, SIM_PRIVATE_2M, head, 1, 0);
	}
}

/* NULL, or what is wrong with the 2M of which a rescind ended with this code. */
static const char *half_done(uint64_t code)
{
	uint64_t pfn;

	for (pfn = SIM_PRIVATE_2M; pfn < SIM_ABSENT; pfn++) {
		struct rmp_entry e = sim_rmp(pfn);
		uint32_t state = page_entry_state(page_look(pfn));

		if (code == SVSM_SUCCESS
			    ? state != PAGE_SHARED || e.validated || e.perm[2] || e.perm[3]
			    : state != PAGE_GUEST || !e.validated || !e.perm[2]) {
			return code == SVSM_SUCCESS ? "a rescinded frame is still in use"
						    : "a frame that was not rescinded is lost";
		}
	}
	return NULL;
}

static struct attack_outcome psmash_midway(void)
{
	const char *wrong = NULL;
	uint32_t when;
	uint64_t code;

	for (when = 0; when < 6 && wrong == NULL; when++) {
		sim_reset(NULL);
		effects_left = when;
		hw_hook = split_later;
		code = play_pvalidate(sim_startup, RESCIND(SIM_PRIVATE_2M) + ENTRY_2M);
		if (code >= PLAY_END) {
			return attack_won("split at effect %u: the module ends the VM", when);
		}
		wrong = half_done(code);
	}
	if (wrong != NULL) {
		return attack_won("split at effect %u, code %#lx: %s", when - 1, code, wrong);
	}
	return attack_judge("split at each of 6 effects: all of the 2M were rescinded, or none");
}

/* ---- AT-019 ---- */

static void take_list_away(struct hw_effect e)
{
	struct rmp_update none = {0};

	if (e.kind == EFFECT_READ && e.pfn == LIST && e.argument == 1) {
		(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + LIST, none);
		attack_host_moves(SECRET, LIST);
	}
}

static struct attack_outcome frame_vanishes(void)
{
	uint64_t entry = VALIDATE(TARGET);

	attack_secrets();
	sim_list(sim_startup, LIST * PAGE_SIZE, 1, 0, &entry, 1);
	hw_hook = take_list_away;
	return attack_judge_end(ended(call_list()), HW_STUCK);
}

/* ---- AT-032 ---- */

#define LATER (SIM_PRIVATE_2M + 0xff)

/* Another CPU of the module takes a later frame when the first one has been taken. */
static void take_later_frame(struct hw_effect e)
{
	if (e.kind == EFFECT_TABLE && e.pfn == SIM_PRIVATE_2M &&
	    page_entry_state((uint16_t)e.argument) == PAGE_BUSY) {
		hw_table_poke(LATER, page_entry(PAGE_BUSY, 2));
	}
}

static struct attack_outcome failed_call_moves_state(void)
{
	uint64_t entry = RESCIND(SIM_PRIVATE_2M) + ENTRY_2M, before, code;

	sim_list(sim_startup, LIST * PAGE_SIZE, 1, 0, &entry, 1);
	before = sim_digest();
	hw_hook = take_later_frame;
	code = call_list();
	if (code >= PLAY_END) {
		return attack_won("the module ends the VM");
	}
	hw_hook = NULL;
	hw_table_poke(LATER, page_entry(PAGE_GUEST, 2)); /* the other CPU gives it back */
	if (code != SVSM_INVALID_ADDRESS || sim_digest() != before) {
		return attack_won("code %#lx, and frames are lost or changed", code);
	}
	return attack_judge("INVALID_ADDRESS, and each frame is as it was");
}

const struct attack attacks_memory[] = {
	{"AT-001", "swap-svsm-frame", "both",
	 "the host moves a frame with a secret of the module behind a guest address, which the "
	 "guest validates",
	 "module/services/pvalidate.c: span_validate zeroes before it grants", "perm_grant: clean",
	 "proof/red/validate-unzeroed.patch", swap_svsm_frame},
	{"AT-001", "swap-frame-peek", "both",
	 "the same, and another vCPU reads the page between any two steps of its validation",
	 "module/services/pvalidate.c: span_validate zeroes before it grants", "perm_grant: clean",
	 "proof/red/grant-then-zero.patch", swap_frame_peek},
	{"AT-001", "swap-frame-in-2m", "both",
	 "the same with the secret in a later 4K of a 2M page",
	 "module/services/pvalidate.c: span_validate zeroes all of the size", "hw_zero: zeroed",
	 "proof/red/validate-zero-first-4k.patch", swap_frame_in_2m},
	{"AT-002", "scrub-exemption", "both",
	 "the same at an address below 1 MiB, which an implementation may think read-only",
	 "module/services/pvalidate.c: span_validate zeroes whatever the address",
	 "perm_grant: clean", "proof/red/scrub-exemption.patch", scrub_exemption},
	{"AT-006", "stale-permission", "guest",
	 "VMPL2 rescinds and validates a page that was VMPL3's too; VMPL3 reads it in its next "
	 "life",
	 "module/services/pvalidate.c: span_rescind revokes first", "span_invalidate: revoked",
	 "proof/red/rescind-unrevoked.patch", stale_permission},
	{"AT-007", "revoke-one-level", "guest",
	 "a page of two levels is rescinded; the RMP is looked at when PVALIDATE(0) begins",
	 "module/guest/perm.c: perm_revoke takes from VMPL1, 2 and 3", "perm_revoke: revoked",
	 "proof/red/revoke-one-level.patch", revoke_one_level},
	{"AT-015", "double-map-gpa", "both",
	 "the host puts a second frame behind a validated address, which the guest validates "
	 "again, "
	 "ignoring CF",
	 "module/services/pvalidate.c: span_judge asks the ownership table",
	 "core_pvalidate_entry: validate", "tests/attacks/double-map.patch", double_map_gpa},
	{"AT-015 AT-016", "rescind-other-frame", "both",
	 "the host puts another frame behind an address that the guest then rescinds, to keep the "
	 "first one validated",
	 "module/services/pvalidate.c: span_invalidate ends the VM at CF", "span_invalidate: done",
	 "proof/red/rescind-carry-ignored.patch", rescind_other_frame},
	{"AT-015", "unexpected-carry", "hypervisor",
	 "PVALIDATE of a page that the table knows as shared answers CF: a validated frame was "
	 "kept",
	 "module/services/pvalidate.c: span_validate ends the VM at CF", "hw_zero: validated",
	 "proof/red/carry-ignored.patch", unexpected_carry},
	{"AT-016", "share-without-rescind", "both",
	 "the guest rescinds a page; the host offers another frame for its next validation and "
	 "keeps the first",
	 "module/services/pvalidate.c: span_rescind executes PVALIDATE(0)",
	 "page_release_region: promise", "proof/red/share-without-rescind.patch",
	 share_without_rescind},
	{"AT-018", "psmash-midway", "hypervisor",
	 "the host splits a 2M page at each effect of its rescind",
	 "module/services/pvalidate.c: span_rescind stops at a refused RMPADJUST; span_invalidate "
	 "goes on by 4K",
	 "span_invalidate: revoked", "proof/red/revoke-error-ignored.patch", psmash_midway},
	{"AT-019", "frame-vanishes", "hypervisor",
	 "while the module reads a list, the host puts a frame with a secret in the place of its "
	 "page",
	 "machine/access.c: a frame that nobody has validated faults", "walk_private: not_valid",
	 "tests/attacks/machine-update-keeps.patch", frame_vanishes},
	{"AT-020", "carry-lost", "hypervisor",
	 "the CF of PVALIDATE, which says that another frame is there, is lost on the way",
	 "module/services/pvalidate.c: span_invalidate ends the VM at CF", "span_invalidate: done",
	 "proof/red/machine-carry-lost.patch", rescind_other_frame},
	{"AT-020", "pvalidate-error", "hypervisor", "PVALIDATE fails with FAIL_INPUT",
	 "module/services/pvalidate.c: span_validate looks at EAX", "hw_zero: validated",
	 "proof/red/eax-ignored.patch", pvalidate_error},
	{"AT-032", "failed-call-moves-state", "guest",
	 "another CPU takes a frame of a 2M entry when the first ones have been claimed",
	 "module/guest/page.c: page_claim_region gives all back", "page_claim_region: refused",
	 "proof/red/claim-leak.patch", failed_call_moves_state},
	{0},
};
