/*
 * The guest's half of the attacks of emulator/host/attacks.list: each is a function that plays its part, with
 * the host by emulator/collude.h where that has one, looks at what came of it and says so in an outcome.
 */
#ifndef GUEST_ATTACK_H
#define GUEST_ATTACK_H

#include <emulator/collude.h>
#include "guest/conformance/guest.h"
#include "guest/conformance/probe.h"

struct outcome {
	uint32_t verdict; /* VERDICT_* */
	const char *text; /* what refused it, or how it was won */
};

/* Guest pages of no other use. */
#define PAGE	   PAGE_OF(AREA_SMALL, 5)
#define OTHER_PAGE PAGE_OF(AREA_SMALL, 6)
#define OLD_VALUE  0x6f6c642076616c75UL
#define NEW_VALUE  0x6e65772076616c75UL

/* ---- attack.c ---- */
struct outcome outcome_broken(void);
/* won: it was won, and how; else refusal. */
struct outcome outcome_of(int won, const char *how, const char *refusal);
/* A step of the host: COLLUDE_BEGIN and following. */
void collude(struct cpu *c, uint32_t step, uint64_t gpa);
uint64_t read_word(uint64_t gpa);
void write_word(uint64_t gpa, uint64_t value);

/* ---- attack_memory.c: frames and PVALIDATE ---- */
struct outcome attack_swap_svsm_frame(struct cpu *c);
struct outcome attack_double_map_gpa(struct cpu *c);
struct outcome attack_share_without_rescind(struct cpu *c);
struct outcome attack_psc_lie(struct cpu *c);
struct outcome attack_not_validated_vc(struct cpu *c);
struct outcome attack_host_touches_private(struct cpu *c);
struct outcome attack_stale_permission(struct cpu *c);
struct outcome attack_psmash_midway(struct cpu *c);

/* ---- attack_operands.c: what the guest may name ---- */
struct outcome attack_name_svsm_page(struct cpu *c);
struct outcome attack_straddle_2m(struct cpu *c);
struct outcome attack_gpa_cbit_alias(struct cpu *c);
struct outcome attack_entry_reserved_bits(struct cpu *c);
struct outcome attack_rescind_live_caa(struct cpu *c);
struct outcome attack_ptr_into_vmsa(struct cpu *c);

/* ---- attack_hardware.c: instructions and accesses of VMPL2 ---- */
struct outcome attack_guest_rmp_instruction(struct cpu *c);
struct outcome attack_guest_touches_module(struct cpu *c);

/* ---- attack_vcpus.c: CREATE_VCPU, REMAP_CA ---- */
struct outcome attack_create_collide(struct cpu *c);
struct outcome attack_create_unaligned(struct cpu *c);
struct outcome attack_vmsa_vmpl0(struct cpu *c);
struct outcome attack_vmsa_features(struct cpu *c);
struct outcome attack_vmsa_bad_state(struct cpu *c);
struct outcome attack_vmsa_2m_aligned(struct cpu *c);
struct outcome attack_create_residue(struct cpu *c);
struct outcome attack_remap_steal(struct cpu *c);
struct outcome attack_remap_pending(struct cpu *c);
struct outcome attack_vcpu_flood(struct cpu *c);
struct outcome attack_touch_vmsa(struct cpu *c);
/* A vCPU of VMPL3 on CPU 0 in pages n and n + 1 of AREA_VCPU, not yet created. */
struct cpu *vcpu_of(uint32_t n);
/* Fills its VMSA, and creates it or only creates it; the code of CREATE_VCPU. */
uint64_t vcpu_create(struct cpu *c, struct cpu *n);
uint64_t vcpu_create_filled(struct cpu *c, const struct cpu *n);

/* ---- attack_calls.c: the call frame ---- */
struct outcome attack_spurious_entry(struct cpu *c);
struct outcome attack_double_entry(struct cpu *c);
struct outcome attack_run_during_call(struct cpu *c);
struct outcome attack_run_vmpl_lie(struct cpu *c);
struct outcome attack_register_smash(struct cpu *c);
struct outcome attack_unknown_call(struct cpu *c);
struct outcome attack_resume_deleted(struct cpu *c);
/* The host injects an event into the module while it serves a call. */
struct outcome attack_injected(struct cpu *c);

#endif
