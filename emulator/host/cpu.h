/*
 * The host's own notes: per CPU and VMPL which VMSA runs with which GHCB, what is pending, what was
 * counted. Internal to host/. Fields of a CPU are its own; other CPUs leave mail under the lock.
 */
#ifndef EMULATOR_HOST_CPU_H
#define EMULATOR_HOST_CPU_H

#include <stdint.h>
#include <verismo/ghcb.h>
#include <verismo/snp.h>
#include "emulator/svm/svm.h"

#define GUEST_VMPL 2U /* the level of the guest OS: interrupts of the machine are its own */
/* What this host offers by the GHCB protocol. */
#define HOST_FEATURES                                                                              \
	(GHCB_FEATURE_SNP + GHCB_FEATURE_AP_CREATION + GHCB_FEATURE_RINJ +                         \
	 GHCB_FEATURE_APIC_ID_LIST + GHCB_FEATURE_MULTI_VMPL)

#define NO_GPA (~0UL)

/* What a level of a CPU is doing. */
enum level_state {
	LEVEL_ABSENT, /* no VMSA */
	LEVEL_PARKED, /* created "on INIT": waits for RUN_VMPL */
	LEVEL_READY,  /* runs, or would if its turn came */
	LEVEL_HALTED, /* HLT: waits for an interrupt (guest) or for work on this CPU (module) */
	LEVEL_HELD,   /* AP reset hold: waits for a new VMSA */
};
struct level {
	struct svm_control control;
	enum level_state state;
	uint64_t ghcb;	   /* registered GHCB, GPA, or NO_GPA */
	uint64_t doorbell; /* #HV doorbell page, GPA, or NO_GPA */
};

/* A VMSA for one level of a CPU, left there by AP_CREATION. */
struct mail {
	uint32_t waiting;
	uint64_t vmsa; /* SPA, or NO_GPA: destroy */
	enum level_state state;
};

/* Counted for the statistics line: exits, then requests by GHCB. */
enum stat {
	STAT_EXITS,
	STAT_INTERRUPT,
	STAT_HALT,
	STAT_NPF,
	STAT_MSR_PROTOCOL,
	STAT_RUN_VMPL,
	STAT_CPUID,
	STAT_IO,
	STAT_MSR,
	STAT_PSC,
	STAT_OTHER,
	STATS,
};

struct host_cpu {
	uint32_t id;   /* CPU index = APIC id */
	uint32_t vmpl; /* the level whose turn it is */
	uint32_t
		caller; /* the level that asked for it by RUN_VMPL and has not run since, or NO_CALLER */
	struct level level[SNP_VMPLS];
	struct mail mail[SNP_VMPLS];
	uint64_t pending[4]; /* vectors for GUEST_VMPL that its vCPU has not taken yet */
	uint64_t npf_gpa;    /* last fault, and how often in a row */
	uint32_t npf_count;
	uint64_t wall_clock; /* kvm-clock MSRs as written */
	uint64_t system_time;
	uint64_t stat[STATS];
};
#define NO_CALLER SNP_VMPLS

extern struct host_cpu host_cpu[SVM_CPUS];

/* Guards mail and changes of mappings. Never held around svm_evict. */
void host_lock(void);
void host_unlock(void);

static inline struct level *current_level(struct host_cpu *c)
{
	return &c->level[c->vmpl];
}

/* ---- run.c: interrupts ---- */

/* Highest pending vector, or -1. */
int interrupt_highest(const struct host_cpu *c);
/* Forgets what is pending, as INIT would. */
void interrupts_drop(struct host_cpu *c);

/* ---- vmpl.c: who runs ---- */

void vmpl_take_mail(struct host_cpu *c);
/* Makes c->vmpl the level to run; 0 if this CPU has nothing to do. */
int vmpl_select(struct host_cpu *c);
/* RUN_VMPL: 1 if there is no such level here. */
int vmpl_run(struct host_cpu *c, uint32_t vmpl);
/* The hardware refused the VMSA: the level is gone, and so is the request to run it. */
void vmpl_refused(struct host_cpu *c);
/* AP_CREATION. vmsa: GPA. Returns 1 on invalid input. */
int vmpl_create(struct host_cpu *c, uint64_t info1, uint64_t vmsa);

/* ---- protocol.c ---- */

/* VMGEXIT of the level that ran: by its GHCB MSR, else by its GHCB page. */
void protocol_vmgexit(struct host_cpu *c);
/* The answer to a RUN_VMPL of the current level becomes a failure. */
void protocol_run_failed(struct host_cpu *c);

/* ---- npf.c ---- */
void npf_handle(struct host_cpu *c);

/* ---- end.c ---- */

void count(struct host_cpu *c, enum stat s);
/* Prints the statistics line and ends QEMU. */
void host_end(uint32_t code) __attribute__((noreturn));
/* A level asked for termination. */
void host_terminated(struct host_cpu *c, uint32_t set, uint32_t reason, uint32_t detail)
	__attribute__((noreturn));

#endif
