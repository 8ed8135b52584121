/*
 * What named attacks by calls are made of: a call whose refusal is judged to the last bit, a call with
 * somebody acting between its effects, and what the host can run.
 */
#ifndef SIM_ATTACKS_PLAY_H
#define SIM_ATTACKS_PLAY_H

#include "sim/attack.h"

#define GPA(pfn)     ((pfn)*PAGE_SIZE)
#define LENGTH(list) (sizeof(list) / sizeof((list)[0]))

/* ---- the cast: vCPUs besides sim_startup ---- */

/* A second vCPU of VMPL2, on CPU 1. */
#define PLAY_OTHER_VMSA 0x21UL
#define PLAY_OTHER_CAA	0x20UL
struct sim_vcpu play_other(void);
/* A vCPU of VMPL3, on CPU 2, with a calling area of its own level. */
#define PLAY_LOW_VMSA 0x31UL
#define PLAY_LOW_CAA  0x30UL
struct sim_vcpu play_low(void);

/* ---- calls ---- */

/* The registers of a call of the core protocol. */
struct sim_registers play_core(uint64_t call, uint64_t rcx, uint64_t rdx, uint64_t r8);
/* Those of PVALIDATE, for a list of one entry that is written into the vCPU's calling area. */
struct sim_registers play_list(struct sim_vcpu v, uint64_t entry);
/* One round of the module on this CPU; *level is what it wants to run. 0, or why the VM ended. */
int play_round(uint32_t cpu, uint32_t *level);
/* A whole call: RAX, or PLAY_END + why the VM ended. */
#define PLAY_END 0x100000000UL
uint64_t play_call(struct sim_vcpu v, struct sim_registers r);
/* The same for play_list. */
uint64_t play_pvalidate(struct sim_vcpu v, uint64_t entry);

/* What was wrong, in words that stay until the next ones; NULL: nothing. */
const char *play_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* NULL if the module refuses the call with code, and changes nothing: no page, no permission, no entry of
 * table or registry, no VMSA but the caller's RAX. */
const char *play_refused(struct sim_vcpu v, struct sim_registers r, uint64_t code);
const char *play_core_refused(struct sim_vcpu v, uint64_t call, uint64_t rcx, uint64_t rdx,
			      uint64_t r8, uint64_t code);
/* NULL if it refuses an entry of a list in the caller's calling area so. */
const char *play_entry_refused(struct sim_vcpu v, uint64_t entry, uint64_t code);
/* NULL if the answer is SVSM_SUCCESS. */
const char *play_succeeds(uint64_t code, const char *what);

/* ---- between the effects of a call ---- */

/* act is called before each effect, looks and locks included; effects of its own do not count. */
void play_watch(void (*act)(struct hw_effect e));
/* act is called once, before effect number place of what follows. */
void play_at(uint32_t place, void (*act)(struct hw_effect e));
/* Nobody acts any more. 1 = the act of play_at has been called: there may be a next place. */
int play_over(void);

/* The world as it is now, and back there: for the next place. Frames that may change meanwhile are those
 * below PLAY_PAGES, and the startup vCPU's. */
#define PLAY_PAGES 0x80UL
void play_save(void);
void play_restore(void);

/* ---- the host, and the end ---- */

/* The host tries to run the VMSA at this guest frame, and takes the vCPU back. Its VMPL, or -1: refused. */
int play_run(uint64_t vmsa);
/* ATTACK_WON with what is wrong, or with what is left behind (check_rest); else attack_judge. */
struct attack_outcome play_judge(const char *wrong, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
