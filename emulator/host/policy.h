/*
 * The hostile host: what it does where hardware leaves a host the choice (docs/emulator.md has the table of
 * these powers), in the attack that was asked for. The honest host passes every hook by: each then does nothing
 * and returns 0. One attack a run; most of them are played together with the attack guest. Internal to host/.
 */
#ifndef EMULATOR_HOST_POLICY_H
#define EMULATOR_HOST_POLICY_H

#include <stdint.h>
#include <verismo/igvm.h>
#include "emulator/collude.h"
#include "cpu.h"
#include "ghcb.h"

/* How a run ends whose attack is refused: by the guest's verdict, by a stop of the module with REASON_*
 * (verismo/reasons.h), or by a nested page fault of VMPL2. */
#define END_GUEST 0U
#define END_NPF	  0x100U

int policy_choose(const char *name); /* 1 = no such attack */
enum attack policy_attack(void);
/* A step of the guest: OUT32 to PORT_COLLUDE. */
void policy_step(uint32_t value);

/* ---- the end ---- */

/* The code for emulator_exit() of the guest's verdict. */
uint32_t policy_verdict(uint32_t verdict);
/* End the run, with an account on the guest's console, if that is how this attack is refused. detail: of
 * REASON_EXCEPTION the vector. */
void policy_module_stopped(uint32_t reason, uint32_t detail, const char *text);
void policy_vcpu_stopped(const struct host_cpu *c);

/* ---- hooks: launch (attack_launch.c) ---- */

void policy_start_vmsa(uint8_t vmsa[PAGE_SIZE]);
void policy_cpuid_page(struct snp_cpuid_page *page);
/* The map has entries entries, used ones first. */
void policy_memory_map(struct igvm_memory_map_entry *map, uint32_t entries);

/* ---- hooks: GHCB (attack_replies.c) ---- */

/* The reply to this request of a level, by MSR or by page, before it is given. */
void policy_msr_reply(uint32_t vmpl, uint64_t request, uint64_t *reply);
void policy_page_reply(uint32_t vmpl, struct ghcb *g);

/* ---- hooks: frames (attack_frames.c) ---- */

/* A page state change of this page, GHCB_PSC_*. 1 = the guest is told that it is done. */
int policy_page_state(uint64_t gpa, uint64_t op);
/* A nested page fault of the current level. 1 = dealt with. */
int policy_fault(struct host_cpu *c);

/* ---- hooks: who runs (attack_runs.c) ---- */

/* Before the current level is entered. */
void policy_inject(struct host_cpu *c);
/* The current level has left by VMGEXIT or HLT. 1 = its exit is not served now. */
int policy_exit(struct host_cpu *c);
/* The module asks for a level: 1 = *answer is what vmpl_run returns, nothing is run. */
int policy_run(const struct host_cpu *c, int *answer);
/* VMRUN was refused. 1 = that is no reason to give the vCPU up. */
int policy_refused(struct host_cpu *c);

/* ---- between the files of the policy ---- */

/* The host has done what the attack needs: without it there is no verdict. */
void policy_played(void);
/* The host has won by itself. */
void policy_won(const char *how) __attribute__((noreturn));
/* Is a key of the secure processor in a shared page (leaks.c)? */
int policy_leaks(void);
void frames_step(uint32_t step, uint64_t gpa);
void runs_step(uint32_t step, uint64_t gpa);
int runs_fault(struct host_cpu *c);

#endif
