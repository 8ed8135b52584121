/* The attack guest: which attack it is, and the line that says what came of it. */
#include <emulator/exit.h>
#include "attack.h"

struct outcome outcome_broken(void)
{
	return (struct outcome){VERDICT_BROKEN, "could not be played"};
}

struct outcome outcome_of(int won, const char *how, const char *refusal)
{
	return (struct outcome){won ? VERDICT_WON : VERDICT_REFUSED, won ? how : refusal};
}

void collude(struct cpu *c, uint32_t step, uint64_t gpa)
{
	ghcb_out(c, PORT_COLLUDE, 4, COLLUDE(step, gpa));
}

uint64_t read_word(uint64_t gpa)
{
	return *(volatile uint64_t *)gpa;
}

void write_word(uint64_t gpa, uint64_t value)
{
	*(volatile uint64_t *)gpa = value;
}

/* The host has lied to the module before there was a guest. */
static struct outcome attack_accepted(void)
{
	return outcome_of(1, "the module has taken it and starts the guest", "");
}

/* The guest's half; where there is none, to run at all is what the host was after. */
static struct outcome (*const plays[ATTACKS])(struct cpu *) = {
	[ATTACK_SWAP_SVSM_FRAME] = attack_swap_svsm_frame,
	[ATTACK_NAME_SVSM_PAGE] = attack_name_svsm_page,
	[ATTACK_STRADDLE_2M] = attack_straddle_2m,
	[ATTACK_GPA_CBIT_ALIAS] = attack_gpa_cbit_alias,
	[ATTACK_ENTRY_RESERVED_BITS] = attack_entry_reserved_bits,
	[ATTACK_RESCIND_LIVE_CAA] = attack_rescind_live_caa,
	[ATTACK_STALE_PERMISSION] = attack_stale_permission,
	[ATTACK_DOUBLE_MAP_GPA] = attack_double_map_gpa,
	[ATTACK_SHARE_WITHOUT_RESCIND] = attack_share_without_rescind,
	[ATTACK_PSC_LIE] = attack_psc_lie,
	[ATTACK_NOT_VALIDATED_VC] = attack_not_validated_vc,
	[ATTACK_GUEST_RMP_INSTRUCTION] = attack_guest_rmp_instruction,
	[ATTACK_GUEST_TOUCHES_MODULE] = attack_guest_touches_module,
	[ATTACK_HOST_TOUCHES_PRIVATE] = attack_host_touches_private,
	[ATTACK_CREATE_COLLIDE] = attack_create_collide,
	[ATTACK_CREATE_UNALIGNED] = attack_create_unaligned,
	[ATTACK_VMSA_VMPL0] = attack_vmsa_vmpl0,
	[ATTACK_VMSA_FEATURES] = attack_vmsa_features,
	[ATTACK_VMSA_2M_ALIGNED] = attack_vmsa_2m_aligned,
	[ATTACK_CREATE_RESIDUE] = attack_create_residue,
	[ATTACK_REMAP_STEAL] = attack_remap_steal,
	[ATTACK_SPURIOUS_ENTRY] = attack_spurious_entry,
	[ATTACK_DOUBLE_ENTRY] = attack_double_entry,
	[ATTACK_RUN_DURING_CALL] = attack_run_during_call,
	[ATTACK_REGISTER_SMASH] = attack_register_smash,
	[ATTACK_TOUCH_VMSA] = attack_touch_vmsa,
	[ATTACK_RUN_VMPL_LIE] = attack_run_vmpl_lie,
	[ATTACK_VMSA_BAD_STATE] = attack_vmsa_bad_state,
	[ATTACK_UNKNOWN_CALL] = attack_unknown_call,
	[ATTACK_VCPU_FLOOD] = attack_vcpu_flood,
	[ATTACK_PTR_INTO_VMSA] = attack_ptr_into_vmsa,
	[ATTACK_REMAP_PENDING] = attack_remap_pending,
	[ATTACK_RESUME_DELETED] = attack_resume_deleted,
	[ATTACK_PSMASH_MIDWAY] = attack_psmash_midway,
	[ATTACK_VC_INJECT] = attack_injected,
	[ATTACK_INT_INJECT] = attack_injected,
};

static const struct {
	const char *name;
	const char *tried;
} attacks[ATTACKS] = {
	{"none", ""},
#define ATTACK(symbol, name, colludes, end, tried) {name, tried},
#include "emulator/host/attacks.h"
#undef ATTACK
};

uint32_t guest_main(struct cpu *c)
{
	uint32_t attack = ghcb_in8(c, PORT_COLLUDE);
	struct outcome o;

	if (attack == ATTACK_NONE || attack >= ATTACKS) {
		print("attack guest: the host plays no attack (verismo run --attack NAME)\n");
		return VERDICT_BROKEN;
	}
	o = plays[attack] ? plays[attack](c) : attack_accepted();
	print("attack %s: %s; %s%s\n", attacks[attack].name, attacks[attack].tried,
	      o.verdict == VERDICT_WON	     ? "ATTACK WON: "
	      : o.verdict == VERDICT_REFUSED ? "refused: "
					     : "",
	      o.text);
	return o.verdict;
}
