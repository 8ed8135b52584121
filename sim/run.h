/*
 * A hostile run: the request loops of all CPUs of the module, one fiber each, the vCPUs of a guest that call it,
 * and between any two effects what host and guest choose from the table of powers. The source of choices decides
 * everything; the same source, the same run. The module may end the VM; what must not be is looked for all the
 * while (sim/check.h).
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/hw_machine.h"
#include "sim/powers.h"

struct run_end {
	const char *fault; /* NULL = nothing was found */
	uint64_t pfn;	   /* the page it was found at */
	int reason;	   /* the module has ended the VM with it; 0 = it has not */
};
struct run_figures {
	uint64_t runs;
	uint64_t decisions; /* of host and guest: rows of the table that were carried out */
	uint64_t calls;	    /* that the module has got */
	uint64_t ended;	    /* runs in which it ended the VM */
};
extern struct run_figures run_figures;

/* The world is powers_world's. secret: powers_secret. */
struct run_end run(struct choice_source source, uint64_t secret);
/* The same world again, but for what the run has left: before its end is looked at, nothing is put back. */
void run_restore(void);
/* What the checks say of the world as it is. */
struct run_end run_check(void);
/* In how many runs nobody disturbs a call, so that contracts are checked (sim/contracts.h); in how many the
 * theorem's clauses are evaluated after each step (sim/theorem.h). */
enum run_contracts {
	CONTRACTS_SOME,	  /* one in sixteen; one in sixteen */
	CONTRACTS_ALWAYS, /* every second one; all */
	CONTRACTS_NEVER,
};
extern enum run_contracts run_contracts;
/* Called before each effect of the module. NULL: nobody. */
extern void (*run_effect)(struct hw_effect e);

#endif
