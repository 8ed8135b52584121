/* The clauses of the machine theorem during a hostile run. */
#include "sim/theorem.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "sim/powers.h"
#include "sim/world.h"
#include "tests/unit/account.h"

/* The account when a run begins. */
static struct hw_page base_page[WORLD_FRAMES];
static uint32_t base_home[WORLD_FRAMES];
/* Pages whose account this run has changed. */
static uint32_t changed[WORLD_FRAMES];
static uint8_t is_changed[WORLD_FRAMES];
static uint32_t changed_count;
static int is_following;

static void change(uint64_t pfn, uint32_t size)
{
	uint64_t left = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;

	for (; left > 0 && pfn < WORLD_FRAMES; left--, pfn++) {
		if (!is_changed[pfn]) {
			is_changed[pfn] = 1;
			changed[changed_count] = (uint32_t)pfn;
			changed_count++;
		}
	}
}

static void flushed(void)
{
	uint32_t i;

	/* No other page has a translation of this run. */
	for (i = 0; i < changed_count; i++) {
		account.page[changed[i]].cached = 0;
		account.page[changed[i]].own = 0;
	}
}

/* VMPL0 has a translation of these pages now. */
static void used(uint64_t pfn, uint32_t size)
{
	uint64_t left = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;

	for (; left > 0; left--, pfn++) {
		account.page[pfn].own = 1;
	}
}

static void follow(struct hw_effect e, uint64_t result)
{
	if (e.kind == EFFECT_FLUSH) {
		flushed();
		return;
	}
	if (e.pfn >= WORLD_FRAMES) {
		return;
	}
	change(e.pfn, e.size);
	if (e.kind == EFFECT_PVALIDATE && result == 0) {
		account_validated(e.pfn, e.size, (uint32_t)e.argument);
	} else if (e.kind == EFFECT_RMPADJUST && result == 0) {
		account_adjusted_by_module(e.pfn, e.size, e.argument);
	} else if (e.kind == EFFECT_ZERO) {
		account_zeroed(e.pfn, e.size);
		used(e.pfn, e.size);
	} else if (e.kind == EFFECT_READ) { /* each access says that it was one */
		used(e.pfn, SNP_SIZE_4K);
	}
}

static void guest_adjusted(uint64_t pfn, uint32_t size, uint64_t attributes)
{
	change(pfn, size);
	account_adjusted(pfn, size, attributes);
}

void theorem_world(void)
{
	account_start(&hw_machine);
	memcpy(base_page, account.page, sizeof(base_page));
	memcpy(base_home, account.home, sizeof(base_home));
}

void theorem_begin(void)
{
	uint32_t i;

	for (i = 0; i < changed_count; i++) {
		account.page[changed[i]] = base_page[changed[i]];
		account.home[changed[i]] = base_home[changed[i]];
		is_changed[changed[i]] = 0;
	}
	changed_count = 0;
	is_following = 1;
	hw_after = follow;
	powers_guest_adjusted = guest_adjusted;
}

void theorem_end(void)
{
	is_following = 0;
	hw_after = NULL;
	powers_guest_adjusted = NULL;
}

/* ---- the clauses ---- */

static const char *named(const char *clause)
{
	static char text[80];

	snprintf(text, sizeof(text), "the theorem's clause '%s' does not hold", clause);
	return text;
}

static const char *check_translations(uint64_t *pfn)
{
	const char *broken = NULL;
	uint32_t cpu, i;

	for (cpu = 0; cpu < POWERS_CPUS; cpu++) {
		for (i = 0; i < MACHINE_TLB && broken == NULL; i++) {
			const struct tlb_entry *t = &hw_machine.tlb.e[cpu][i];

			*pfn = t->gpfn;
			broken = t->used ? account_translation(t) : NULL;
		}
	}
	return broken;
}

const char *theorem_check(const uint32_t *touched, uint32_t count, uint64_t *pfn)
{
	const char *broken = NULL;
	uint32_t i;

	if (!is_following) {
		return NULL;
	}
	for (i = 0; i < count && broken == NULL; i++) {
		*pfn = touched[i];
		account.page[*pfn].entry = hw_table_peek(*pfn);
		broken = account_frame(HW_MACHINE_BASE + *pfn);
		broken = broken == NULL ? account_page(*pfn) : broken;
	}
	broken = broken == NULL ? check_translations(pfn) : broken;
	return broken == NULL ? NULL : named(broken);
}
