/*
 * The hostile host and the hostile guest as a table: one row for each thing that hardware lets them do to a VM
 * whose module is in the sim. Who plays them (hostile runs, paired runs, fuzzers) chooses rows, and each row
 * draws its operands, from a source of choices: a seed or a string of bytes. docs/hostile.md has the table.
 */
#ifndef SIM_POWERS_H
#define SIM_POWERS_H

#include <stdint.h>
#include "sim/guest.h"

/* ---- choices ---- */

/* Where decisions come from. Equal sources give equal decisions. */
struct choice_source {
	uint64_t state;	      /* of the generator, if bytes is NULL */
	const uint8_t *bytes; /* that are left; once they are used up every choice is 0 */
	uint64_t left;
};
struct choice_source choice_from_seed(uint64_t seed);
struct choice_source choice_from_bytes(const uint8_t *bytes, uint64_t count);
/* The next number below n; n >= 1. 0 is always the harmless choice. */
uint64_t choice_below(struct choice_source *c, uint64_t n);
/* 1 in n times 1, else 0; from bytes that are used up: 0. */
int choice_rarely(struct choice_source *c, uint64_t n);

/* ---- the table ---- */

enum power_when {
	POWER_HOST, /* the host, between any two effects of the module */
	POWER_EXIT, /* the host, when a CPU of the module has exited to it and waits for the guest to run */
	POWER_GUEST, /* the guest, by a vCPU that runs while the module does, between any two effects */
	POWER_CALL, /* the guest, as a call of the vCPU that runs: hw_machine_cpu, powers_caller */
};
struct power {
	const char *name;
	const char *what;   /* one line */
	const char *manual; /* document and section */
	enum power_when when;
	uint32_t weight; /* how often it is chosen among its kind */
	void (*act)(struct choice_source *c);
};
extern const struct power powers[];
extern const uint32_t powers_count;
/* How often each row has been carried out. */
extern uint64_t powers_used[];

/* Chooses a row of this kind by its weight and carries it out. */
void powers_act(struct choice_source *c, enum power_when when);
/* The table, for people or as Markdown (then without what runs have done). */
void powers_print(int markdown);

/* ---- the world that the rows act on ---- */

#define POWERS_CPUS 3U
#define POWERS_SECRETS                                                                             \
	3U /* frames of the module from SIM_MODULE on; the last one is VMPL0's VMSA */

/* A guest of three CPUs, one of which has a vCPU at VMPL3, too; secrets in the module's frames; then
 * world_save. Once in a process. */
void powers_world(void);
/* After world_restore, before a run: large = the pages that rows choose include 2M regions. */
void powers_begin(int large);
/* Every word of the module's frames becomes secret. */
void powers_secret(uint64_t secret);
/* The frame that the module has just looked at: rows often choose it. */
void powers_hot(uint64_t pfn);
/* world_touch, with the 2M page around pfn if it is one. */
void powers_touch(uint64_t pfn);

/* Has the guest changed permissions on this page by itself in this run? */
int powers_is_adjusted(uint64_t pfn);

/* The vCPU that has the CPU, while it runs; with POWER_CALL it writes its registers here. */
struct powers_caller {
	struct sim_vcpu v;
	struct sim_registers r;
	uint64_t exit; /* SVM_EXIT_*: what it leaves with */
};
extern struct powers_caller powers_caller[POWERS_CPUS];
/* What the guest does on CPU hw_machine_cpu once a VMSA of it runs; up to who plays. */
extern void (*powers_guest_runs)(struct choice_source *c, uint64_t vmsa_spfn);
/* Does the vCPU that powers_guest_runs was called for on this CPU still run? */
int powers_still_run(uint64_t vmsa_spfn);

/* The host's last answer to this CPU is an error or malformed: the module must not go on with it. */
extern int powers_lied[POWERS_CPUS];

/* ---- what was seen ---- */

/* What the rows have found that must not be: the first one's text, NULL = nothing. */
struct powers_finding {
	const char *text;
	uint64_t pfn;
};
extern struct powers_finding powers_finding;
void powers_find(const char *text, uint64_t pfn);
/* Called with each word that the host gets, or the guest by a shared access; and with what VMPL1..3 get of
 * their pages. NULL: nobody. */
extern void (*powers_host_saw)(uint64_t spfn, uint64_t word, uint64_t value);
extern void (*powers_guest_saw)(uint64_t pfn, uint64_t value);
/* Called when a guest level has changed permissions with an RMPADJUST of its own. NULL: nobody. */
extern void (*powers_guest_adjusted)(uint64_t pfn, uint32_t size, uint64_t attributes);
/* A guest level gets this value of its page. */
void powers_guest_sees(uint64_t pfn, uint64_t value);
/* The value that the module's secret has in this run. */
extern uint64_t powers_secret_value;

#endif
