/*
 * Named attacks on the module in the sim (design: the attack catalogue, ids AT-nnn). Each is a function that
 * plays guest, host or both over a fresh guest under the module, in a process of its own, and says what came
 * of it. An attack that cannot win is worth nothing: each names the seeded defect, a patch of the module,
 * under which it must win.
 */
#ifndef SIM_ATTACK_H
#define SIM_ATTACK_H

#include "sim/guest.h"

enum attack_verdict {
	ATTACK_REFUSED,
	ATTACK_WON,
	ATTACK_BROKEN, /* it could not be carried out: neither */
};
struct attack_outcome {
	enum attack_verdict verdict;
	char text[200]; /* what the module answered, or what the attacker got */
};
struct attack {
	const char *id;	   /* of the catalogue: "AT-001"; several, apart by blanks */
	const char *name;  /* of the catalogue: "swap-svsm-frame" */
	const char *who;   /* "guest", "hypervisor", "both" */
	const char *tried; /* one sentence */
	const char *
		check; /* what in the code refuses it: "module/services/pvalidate.c: span_validate" */
	const char *clause; /* of a contract: "perm_grant: clean" */
	const char *defect; /* the patch under which it wins: "proof/red/validate-unzeroed.patch" */
	struct attack_outcome (*run)(void);
};
/* Each group of the catalogue is a file of sim/attacks/; the last entry of a table has no name. */
extern const struct attack attacks_memory[];
extern const struct attack attacks_takeover[];
extern const struct attack attacks_vcpu[];
extern const struct attack attacks_frame[];
extern const struct attack attacks_request[];
extern const struct attack attacks_names[];
extern const struct attack attacks_machine[];
extern const struct attack attacks_ghcb[];
extern const struct attack attacks_boot[];
extern const struct attack attacks_own[];
extern const struct attack attacks_tlb[];
extern const struct attack attacks_races[];

struct attack_group {
	const char *title;
	const struct attack *attacks;
};
/* All of them, in the catalogue's order; the last one has no title. */
extern const struct attack_group attack_groups[];

struct attack_outcome attack_refused(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct attack_outcome attack_won(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct attack_outcome attack_broken(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fills frames of the module with SIM_CANARY: the secret that attacks are after. */
void attack_secrets(void);
/* The end of an attack that the module has answered: ATTACK_WON if an invariant of sim/check.h is broken, a
 * canary is in sight or the module does not answer any more, else ATTACK_REFUSED with the text. */
struct attack_outcome attack_judge(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same where the module has ended the VM with a reason, as it had to; won if it was another one or 0. */
struct attack_outcome attack_judge_end(int reason, int expected);

/* Guest pages become VMPL3's too, with permissions. */
void attack_give_vmpl3(uint64_t pfn, uint64_t pages);
/* The host takes a 4K frame, named by the guest frame it is behind at reset, and puts it behind another. */
void attack_host_moves(uint64_t from, uint64_t to);

#endif
