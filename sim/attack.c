/* The groups of named attacks, and what an attack says of its end. */
#include "sim/attack.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <verismo/svsm.h>
#include "module/guest/page.h"
#include "sim/check.h"

const struct attack_group attack_groups[] = {
	{"memory ownership and the RMP", attacks_memory},
	{"memory taken over at the start", attacks_takeover},
	{"vCPUs: made and unmade", attacks_vcpu},
	{"vCPUs: the frame of a call", attacks_frame},
	{"guest pointers and parsing", attacks_request},
	{"what a guest names", attacks_names},
	{"the hardware itself", attacks_machine},
	{"replies of the hypervisor", attacks_ghcb},
	{"inputs of the start", attacks_boot},
	{"the module's own memory", attacks_own},
	{"TLB and staleness", attacks_tlb},
	{"interleavings", attacks_races},
	{0},
};

static struct attack_outcome outcome(enum attack_verdict verdict, const char *format, va_list list)
{
	struct attack_outcome o = {.verdict = verdict};

	vsnprintf(o.text, sizeof(o.text), format, list);
	return o;
}

#define OUTCOME(verdict)                                                                           \
	struct attack_outcome o;                                                                   \
	va_list list;                                                                              \
	va_start(list, format);                                                                    \
	o = outcome(verdict, format, list);                                                        \
	va_end(list);

struct attack_outcome attack_refused(const char *format, ...)
{
	OUTCOME(ATTACK_REFUSED)
	return o;
}

struct attack_outcome attack_won(const char *format, ...)
{
	OUTCOME(ATTACK_WON)
	return o;
}

struct attack_outcome attack_broken(const char *format, ...)
{
	OUTCOME(ATTACK_BROKEN)
	return o;
}

void attack_secrets(void)
{
	uint32_t word;

	for (word = 0; word < PAGE_WORDS; word++) {
		sim_poke(SIM_MODULE, word, SIM_CANARY);
		sim_poke(SIM_MODULE + 1, word, SIM_CANARY);
	}
}

/* What is broken, or NULL. */
static const char *harm(uint64_t *pfn)
{
	const char *wrong = check_all(pfn);

	return wrong == NULL ? check_secrets(pfn) : wrong;
}

struct attack_outcome attack_judge(const char *format, ...)
{
	uint64_t pfn = 0;
	const char *wrong = harm(&pfn);
	uint64_t code = 0;

	OUTCOME(ATTACK_REFUSED)
	if (wrong != NULL) {
		return attack_won("%s (page %#lx)", wrong, pfn);
	}
	if (HW_RUN(code = sim_core(sim_startup, SVSM_CORE_QUERY_PROTOCOL, 1, 0, 0)) != 0 ||
	    code != 0) {
		return attack_won("the module does not answer any more");
	}
	return o;
}

struct attack_outcome attack_judge_end(int reason, int expected)
{
	uint64_t pfn = 0;
	const char *wrong = harm(&pfn);

	if (wrong != NULL) {
		return attack_won("%s (page %#lx)", wrong, pfn);
	}
	if (reason != expected) {
		return attack_won("the module goes on (reason %#x, not %#x)", (unsigned)reason,
				  (unsigned)expected);
	}
	if (reason == HW_STUCK) {
		return attack_refused("the access faults, and is never completed");
	}
	return attack_refused("the module ends the VM with reason %#x", (unsigned)reason);
}

/* ---- what attacks are made of ---- */

void attack_give_vmpl3(uint64_t pfn, uint64_t pages)
{
	for (; pages > 0; pages--, pfn++) {
		page_set_initial(pfn, PAGE_GUEST, 3);
		(void)machine_rmpadjust(&hw_machine, 0, pfn, SNP_SIZE_4K,
					SNP_ATTR(3, SNP_PERM_ALL));
	}
}

void attack_host_moves(uint64_t from, uint64_t to)
{
	struct rmp_update u = {.gpfn = to, .asid = MACHINE_ASID, .assigned = 1};

	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + from, u);
	(void)machine_nested_set(&hw_machine, to, HW_MACHINE_BASE + from, 1, 0);
}
