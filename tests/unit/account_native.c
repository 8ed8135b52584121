/* The account of the native tests: it follows the module's effects on frames. */
#include "tests/unit/account_native.h"
#include <stddef.h>
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include "sim/hw_machine.h"

static const char *check_frames(void)
{
	const char *broken = NULL;

	for (uint64_t s = 0; s < MACHINE_FRAMES && broken == NULL; s++) {
		broken = account_frame(s);
	}
	return broken;
}

static const char *check_translations(void)
{
	const char *broken = NULL;

	for (uint32_t i = 0; i < MACHINE_CPUS * MACHINE_TLB && broken == NULL; i++) {
		const struct tlb_entry *t = &hw_machine.tlb.e[i / MACHINE_TLB][i % MACHINE_TLB];

		broken = t->used ? account_translation(t) : NULL;
	}
	return broken;
}

static const char *check_pages(void)
{
	const char *broken = NULL;

	for (uint64_t q = 0; q < HW_PFNS && broken == NULL; q++) {
		account.page[q].entry = hw_table_read(q);
		broken = account_page(q);
	}
	return broken;
}

const char *account_check(void)
{
	const char *broken = check_frames();

	broken = broken == NULL ? check_translations() : broken;
	return broken == NULL ? check_pages() : broken;
}

static void zeroed(uint64_t pfn, uint32_t size)
{
	uint64_t n = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;

	account_zeroed(pfn, size);
	for (uint64_t i = 0; i < n; i++) {
		account.page[pfn + i].own = 1;
	}
}

static void follow(struct hw_effect e, uint64_t result)
{
	switch (e.kind) {
	case EFFECT_PVALIDATE:
		if (result == 0) {
			account_validated(e.pfn, e.size, (uint32_t)e.argument);
		}
		break;
	case EFFECT_RMPADJUST:
		if (result == 0) {
			account_adjusted_by_module(e.pfn, e.size, e.argument);
		}
		break;
	case EFFECT_FLUSH:
		account_flushed();
		break;
	case EFFECT_ZERO:
		zeroed(e.pfn, e.size);
		break;
	case EFFECT_READ:
	case EFFECT_WRITE:
	case EFFECT_FREEZE:
	case EFFECT_THAW:
		account.page[e.pfn].own = 1;
		break;
	default:
		break;
	}
}

void account_follow(void)
{
	account_start(&hw_machine);
	hw_after = follow;
}
