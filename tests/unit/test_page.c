/* The ownership table and the address checks. */
#include "sim/guest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <verismo/reasons.h>
#include "module/guest/access.h"
#include "module/guest/page.h"
#include "module/guest/range.h"
#include "module/hw/hw.h"

#define GUEST_PFN  0x10UL
#define SHARED_PFN SIM_SHARED

static void test_entry_fields(void **state)
{
	uint32_t s;
	uint32_t o;

	(void)state;
	for (s = 0; s <= PAGE_BUSY; s++) {
		for (o = 0; o <= 3; o++) {
			uint16_t e = page_entry(s, o);

			assert_int_equal(page_entry_state(e), s);
			assert_int_equal(page_entry_owner(e), o);
			assert_int_equal(page_entry_pins(e), 0);
		}
	}
	assert_int_equal(page_entry_pins(0xff22), 255);
	assert_int_equal(page_entry_owner(0xff22), 2);
}

static void test_claim_each_state(void **state)
{
	static const uint32_t states[] = {PAGE_ABSENT, PAGE_SHARED, PAGE_GUEST,	  PAGE_VMSA,
					  PAGE_CAA,    PAGE_MODULE, PAGE_SERVICE, PAGE_BUSY};
	uint32_t is;
	uint32_t want;

	(void)state;
	for (is = 0; is < 8; is++) {
		for (want = 0; want < 8; want++) {
			int ok = is == want && (is == PAGE_SHARED || is == PAGE_GUEST ||
						is == PAGE_VMSA || is == PAGE_CAA);

			page_set_initial(GUEST_PFN, states[is], 2);
			assert_int_equal(page_claim(GUEST_PFN, states[want], 2), ok);
			assert_int_equal(page_look(GUEST_PFN),
					 page_entry(ok ? PAGE_BUSY : states[is], 2));
		}
	}
}

static void test_claim_respects_level(void **state)
{
	uint32_t owner;
	uint32_t caller;

	(void)state;
	for (owner = 1; owner <= 3; owner++) {
		for (caller = 1; caller <= 3; caller++) {
			page_set_initial(GUEST_PFN, PAGE_GUEST, owner);
			assert_int_equal(page_claim(GUEST_PFN, PAGE_GUEST, caller),
					 caller <= owner);
		}
	}
}

static void test_release(void **state)
{
	(void)state;
	assert_true(page_claim(GUEST_PFN, PAGE_GUEST, 2));
	assert_int_equal(page_claimed_owner(GUEST_PFN), 2);
	page_release(GUEST_PFN, PAGE_SHARED, PAGE_OWNER_NONE);
	assert_int_equal(page_look(GUEST_PFN), page_entry(PAGE_SHARED, 0));
	assert_int_equal(HW_RUN(page_release(GUEST_PFN, PAGE_GUEST, 2)), REASON_STATE);
	assert_int_equal(page_look(GUEST_PFN), page_entry(PAGE_SHARED, 0));
}

static void test_bounds(void **state)
{
	(void)state;
	assert_int_equal(page_look(SIM_PFNS), page_entry(PAGE_ABSENT, 0));
	assert_int_equal(page_look(UINT64_MAX), page_entry(PAGE_ABSENT, 0));
	assert_false(page_claim(SIM_PFNS, PAGE_SHARED, 2));
	assert_false(page_pin(SIM_PFNS, 2));
	assert_int_equal(HW_RUN(page_set_initial(SIM_PFNS, PAGE_GUEST, 2)), REASON_STATE);
	assert_int_equal(HW_RUN(page_set_initial(0, PAGE_BUSY + 1, 2)), REASON_STATE);
	assert_int_equal(HW_RUN(page_set_initial(0, PAGE_GUEST, 4)), REASON_STATE);
	assert_int_equal(HW_RUN(page_table_init(SIM_PFNS)), REASON_STATE);
	assert_int_equal(HW_RUN(range_init(39)), REASON_STATE);
}

static void test_region_rolls_back(void **state)
{
	uint64_t before;
	uint64_t bad;

	(void)state;
	page_set_initial(0x20, PAGE_GUEST, 3); /* owners differ: each keeps its own */
	for (bad = 0; bad < PAGES_PER_2M; bad += 73) {
		page_set_initial(bad, PAGE_VMSA, 2);
		before = sim_digest();
		assert_false(page_claim_region(0, PAGES_PER_2M, PAGE_GUEST, 2));
		assert_int_equal(sim_digest(), before);
		page_set_initial(bad, PAGE_GUEST, 2);
	}
	before = sim_digest();
	assert_true(page_claim_region(0, 256, PAGE_GUEST, 2));
	assert_int_equal(page_look(255), page_entry(PAGE_BUSY, 2));
	assert_int_equal(page_look(256), page_entry(PAGE_GUEST, 2));
	page_unclaim_region(0, 256, PAGE_GUEST);
	assert_int_equal(sim_digest(), before);
}

/* Another CPU takes the page between the look and the compare-and-exchange. */
static void steal(struct hw_effect e)
{
	if (e.kind == EFFECT_TABLE && e.pfn == GUEST_PFN) {
		assert_int_equal(hw_table_cas(GUEST_PFN, page_entry(PAGE_GUEST, 2),
					      page_entry(PAGE_BUSY, 2)),
				 1);
	}
}

static void test_claim_race(void **state)
{
	(void)state;
	hw_hook = steal;
	assert_false(page_claim(GUEST_PFN, PAGE_GUEST, 2));
}

static void test_pins(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < PAGE_PINS_MAX; i++) {
		assert_true(page_pin(GUEST_PFN, 2));
	}
	assert_false(page_pin(GUEST_PFN, 2));
	assert_false(page_claim(GUEST_PFN, PAGE_GUEST, 2));
	for (i = 0; i < PAGE_PINS_MAX; i++) {
		page_unpin(GUEST_PFN);
	}
	assert_int_equal(HW_RUN(page_unpin(GUEST_PFN)), REASON_STATE);
	assert_true(page_claim(GUEST_PFN, PAGE_GUEST, 2));
	assert_false(page_pin(GUEST_PFN, 2));
	assert_false(page_pin(SHARED_PFN, 2));
	assert_false(page_pin(SIM_CAA, 2));
	assert_false(page_pin(0x11, 3)); /* a more privileged level's page */
}

/* Only a guest page can be pinned: no frame of the module's region is ever an operand. */
static void test_pin_each_state(void **state)
{
	uint32_t is;
	uint64_t pfn;

	(void)state;
	for (is = PAGE_ABSENT; is <= PAGE_BUSY; is++) {
		page_set_initial(GUEST_PFN, is, 3);
		assert_int_equal(page_pin(GUEST_PFN, 2), is == PAGE_GUEST);
	}
	for (pfn = SIM_MODULE; pfn < SIM_MODULE_END; pfn++) {
		assert_false(page_pin(pfn, 1));
		assert_false(operand_hold(pfn * PAGE_SIZE, 8, 1, SIM_CAA).held);
	}
}

static void test_range(void **state)
{
	uint64_t end = SIM_PFNS * PAGE_SIZE;

	(void)state;
	assert_true(range_is_covered(0, PAGE_SIZE));
	assert_true(range_is_covered(end - PAGE_SIZE, PAGE_SIZE));
	assert_true(range_is_covered(end - 1, 1));
	assert_false(range_is_covered(end, 1));
	assert_false(range_is_covered(end - PAGE_SIZE, PAGE_SIZE + 1));
	assert_false(range_is_covered(end - PAGE_SIZE, LARGE_PAGE));
	assert_false(range_is_covered(1UL << 39, PAGE_SIZE));		     /* C-bit */
	assert_false(range_is_covered((1UL << 39) - PAGE_SIZE, LARGE_PAGE)); /* across 2^W */
	assert_false(range_is_covered(0UL - LARGE_PAGE, LARGE_PAGE));	     /* wraps to 0 */
	assert_false(range_is_covered(0UL - PAGE_SIZE, LARGE_PAGE));
	assert_false(range_is_covered(0, UINT64_MAX));
	assert_true(range_is_aligned(0x200000, LARGE_PAGE));
	assert_false(range_is_aligned(0x201000, LARGE_PAGE));
}

static void test_operand(void **state)
{
	struct operand o = operand_hold(SIM_CAA * PAGE_SIZE + 8, 8, 2, SIM_CAA);

	(void)state;
	assert_true(o.held);
	assert_false(o.pinned);
	o = operand_hold(GUEST_PFN * PAGE_SIZE + 4088, 8, 2, SIM_CAA);
	assert_true(o.held);
	assert_int_equal(page_entry_pins(page_look(GUEST_PFN)), 1);
	operand_drop(o);
	assert_int_equal(page_entry_pins(page_look(GUEST_PFN)), 0);
	assert_false(operand_hold(GUEST_PFN * PAGE_SIZE + 4089, 8, 2, SIM_CAA).held);
	assert_false(operand_hold(SIM_CAA * PAGE_SIZE, 8, 2, 0).held);
	assert_false(operand_hold(SIM_MODULE * PAGE_SIZE, 8, 2, SIM_CAA).held);
	assert_false(operand_hold(SIM_PFNS * PAGE_SIZE, 8, 2, SIM_CAA).held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_entry_fields, sim_reset),
		cmocka_unit_test_setup(test_claim_each_state, sim_reset),
		cmocka_unit_test_setup(test_claim_respects_level, sim_reset),
		cmocka_unit_test_setup(test_release, sim_reset),
		cmocka_unit_test_setup(test_bounds, sim_reset),
		cmocka_unit_test_setup(test_region_rolls_back, sim_reset),
		cmocka_unit_test_setup(test_claim_race, sim_reset),
		cmocka_unit_test_setup(test_pins, sim_reset),
		cmocka_unit_test_setup(test_pin_each_state, sim_reset),
		cmocka_unit_test_setup(test_range, sim_reset),
		cmocka_unit_test_setup(test_operand, sim_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
