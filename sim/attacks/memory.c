/* Attacks on the ownership of memory (catalogue, group 1). */
#include <stddef.h>
#include <verismo/snp.h>
#include "sim/attack.h"

#define VICTIM SIM_MODULE
#define TARGET (SIM_SHARED + 4)

/* ---- AT-001 ---- */

/* The frame that held a secret of the module is put behind an address of the guest. */
static void host_moves_frame(uint64_t from, uint64_t to)
{
	struct rmp_update u = {.gpfn = to, .asid = MACHINE_ASID, .assigned = 1};

	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + from, u);
	(void)machine_nested_set(&hw_machine, to, HW_MACHINE_BASE + from, 1, 0);
}

static struct attack_outcome swap_svsm_frame(void)
{
	uint64_t code;

	attack_secrets();
	host_moves_frame(VICTIM, TARGET);
	code = sim_pvalidate(sim_startup, TARGET * PAGE_SIZE + ENTRY_VALIDATE);
	return attack_judge("validated with code %#lx, and the page is zero", code);
}

const struct attack attacks_memory[] = {
	{"AT-001", "swap-svsm-frame", "both",
	 "the host moves a frame with a secret of the module behind a guest address, which the "
	 "guest validates",
	 "module/services/pvalidate.c: span_validate zeroes before it grants", "perm_grant: clean",
	 "proof/red/validate-unzeroed.patch", swap_svsm_frame},
	{0},
};
