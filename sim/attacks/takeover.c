/* The memory that the module takes over at its start (catalogue, group 1). */
#include <stddef.h>
#include <verismo/reasons.h>
#include "module/boot/memory.h"
#include "module/hw/hw.h"
#include "sim/attack.h"
#include "sim/boot.h"
#include "sim/check.h"

/* Guest frames of the window that are not loaded, and no part of the module. */
#define TARGET (BOOT_TABLE + 0x100)
/* A system frame behind which no guest frame is. */
#define SPARE (HW_MACHINE_BASE + 0x200)

/* What a step did: the reason of its end, 0 if it went on. */
static int step_take_over(void)
{
	return HW_RUN(boot_take_over());
}

static int step_table(void)
{
	return HW_RUN(memory_place_table());
}

/* The end of an attack that the start has survived: won if an invariant is broken or a canary is in sight. */
static struct attack_outcome judge(int reason, const char *held)
{
	uint64_t pfn = 0;
	const char *wrong = check_all(&pfn);

	wrong = wrong == NULL ? check_secrets(&pfn) : wrong;
	if (wrong != NULL) {
		return attack_won("%s (page %#lx)", wrong, pfn);
	}
	return reason == 0 ? attack_refused("%s", held)
			   : attack_won("the start fails, reason %#x", (unsigned)reason);
}

/* ---- AT-003 ---- */

/* Frames of the module, with secrets, are put where plain guest memory is expected. */
static struct attack_outcome boot_grant_unscrubbed(void)
{
	boot_reset();
	boot_memory();
	attack_secrets();
	boot_back(TARGET, HW_MACHINE_BASE + SIM_MODULE, SNP_SIZE_4K);
	boot_back(TARGET + 1, HW_MACHINE_BASE + SIM_MODULE + 1, SNP_SIZE_4K);
	return judge(step_take_over(), "both frames are granted, and zero");
}

/* The host takes all frames of the module's static region from it. */
static void take_region(void)
{
	struct rmp_update nobody = {.assigned = 0};
	uint64_t i;

	for (i = 0; i < PAGES_PER_2M; i++) {
		(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + SIM_MODULE + i, nobody);
	}
}

static struct attack_outcome boot_grant_unscrubbed_2m(void)
{
	boot_reset();
	boot_memory();
	attack_secrets();
	take_region();
	boot_back(BOOT_LARGE, HW_MACHINE_BASE + SIM_MODULE, SNP_SIZE_2M);
	return judge(step_take_over(), "the 2M page is granted, and zero");
}

/* ---- AT-004 ---- */

/* The frames that become the ownership table hold what the host would like to read there. */
static struct attack_outcome conversion_uncleared(void)
{
	uint64_t pfn;
	uint32_t word;
	int reason;

	boot_reset();
	boot_memory();
	for (pfn = BOOT_TABLE; pfn < BOOT_TABLE + BOOT_TABLE_PAGES; pfn++) {
		for (word = 0; word < PAGE_WORDS; word++) {
			sim_poke(pfn, word, 0x0021002100210021UL); /* guest pages of VMPL2 */
		}
	}
	reason = step_table();
	for (pfn = BOOT_TABLE; pfn < BOOT_TABLE + BOOT_TABLE_PAGES; pfn++) {
		for (word = 0; word < PAGE_WORDS; word++) {
			if (sim_peek(pfn, word) != 0) {
				return attack_won(
					"page %#lx of the ownership table begins with %#lx", pfn,
					sim_peek(pfn, word));
			}
		}
	}
	return judge(reason, "every word of the ownership table is zero");
}

/* ---- AT-021 ---- */

/* A page that was loaded and measured at launch gets another frame before the module takes it over. */
static struct attack_outcome double_validate_own(void)
{
	struct attack_outcome o;
	int reason;

	boot_reset();
	boot_memory();
	boot_back(BOOT_LOADED, SPARE, SNP_SIZE_4K);
	reason = step_take_over();
	o = judge(0, "");
	if (o.verdict == ATTACK_WON) {
		return o;
	}
	return reason == HW_STUCK ? attack_refused("the exchanged frame is not validated: the "
						   "module's access never completes")
				  : attack_judge_end(reason, REASON_RMPADJUST);
}

/* ---- AT-022 ---- */

static uint64_t missized; /* 1 + the first frame of a PVALIDATE of 2M that cannot be one */

static void watch_size(struct hw_effect e)
{
	if (e.kind == EFFECT_PVALIDATE && e.size == SNP_SIZE_2M && missized == 0 &&
	    (e.pfn % PAGES_PER_2M != 0 ||
	     (e.pfn < BOOT_TABLE + BOOT_TABLE_PAGES && e.pfn + PAGES_PER_2M > BOOT_MODULE))) {
		missized = 1 + e.pfn;
	}
}

/* The map begins and ends within a 2M region, and small pages are behind it. */
static struct attack_outcome missized_own_validate(void)
{
	int reason;

	boot_reset();
	boot_memory();
	memory_map.range[0].pfn += 3;
	memory_map.range[0].pages -= 3;
	missized = 0;
	hw_hook = watch_size;
	reason = step_take_over();
	if (missized != 0) {
		return attack_won("PVALIDATE of 2M at frame %#lx (end: %#x)", missized - 1,
				  (unsigned)reason);
	}
	return judge(reason, "2M is asked for where a whole 2M page of plain memory is");
}

/* ---- AT-023 ---- */

/* The region of the module grows by the ownership table: each page of it, to the last, partly used one. */
static struct attack_outcome grow_unvalidated(void)
{
	uint64_t pfn;
	int reason;

	boot_reset();
	boot_memory();
	reason = step_table();
	for (pfn = BOOT_TABLE; pfn < BOOT_TABLE + BOOT_TABLE_PAGES; pfn++) {
		if (!sim_rmp(pfn).validated) {
			return attack_won("page %#lx of the ownership table is in use and not "
					  "validated: the host can exchange it",
					  pfn);
		}
	}
	return judge(reason, "all 17 pages of the table are validated before the first look");
}

const struct attack attacks_takeover[] = {
	{"AT-003", "boot-grant-unscrubbed", "hypervisor",
	 "frames with secrets of the module are where the start expects plain guest memory",
	 "module/boot/takeover.c: take_small zeroes before it grants", "grant_small: clean",
	 "proof/red/boot-unzeroed.patch", boot_grant_unscrubbed},
	{"AT-003", "boot-grant-unscrubbed-2m", "hypervisor",
	 "512 frames of the module are one 2M page where plain guest memory is expected",
	 "module/boot/takeover.c: take_large zeroes all of it", "perm_grant: clean",
	 "proof/red/boot-unzeroed-2m.patch", boot_grant_unscrubbed_2m},
	{"AT-004", "conversion-uncleared", "hypervisor",
	 "the frames that become the ownership table hold entries of the host's choice",
	 "module/boot/memory.c: take_table_page zeroes", "take_table_page: clean",
	 "proof/red/table-page-unzeroed.patch", conversion_uncleared},
	{"AT-021", "double-validate-own", "hypervisor",
	 "a page loaded at launch gets another frame before the module takes it over",
	 "module/boot/takeover.c: take_page does not validate what was loaded", "take_small: waits",
	 "proof/red/boot-double-validate.patch", double_validate_own},
	{"AT-022", "missized-own-validate", "hypervisor",
	 "memory begins, ends and is backed so that 2M would not fit",
	 "module/boot/takeover.c: may_be_large", "may_be_large: large",
	 "proof/red/boot-missized.patch", missized_own_validate},
	{"AT-023", "grow-unvalidated", "hypervisor",
	 "the ownership table ends within a page: is that one validated before it is used?",
	 "module/boot/memory.c: memory_place_table validates page by page",
	 "memory_place_table: done", "tests/attacks/table-tail.patch", grow_unvalidated},
	{0},
};
