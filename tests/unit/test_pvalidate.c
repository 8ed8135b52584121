/* PVALIDATE: conformance cases P1..P28 (docs/module.md), the order of its effects, hostile hosts. */
#include "sim/guest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <verismo/reasons.h>
#include <verismo/svsm.h>
#include "module/guest/page.h"
#include "module/hw/hw.h"

#define GPA(pfn) ((pfn)*PAGE_SIZE)
#define LIST	 (GPA(SIM_CAA) + CAA_BUFFER)
#define PAGE	 0x40UL /* a private page */
#define RAW	 (SIM_SHARED + 3)

static void assert_perm(uint64_t pfn, uint32_t p1, uint32_t p2, uint32_t p3)
{
	struct rmp_entry e = sim_rmp(pfn);

	assert_int_equal(e.perm[1], p1);
	assert_int_equal(e.perm[2], p2);
	assert_int_equal(e.perm[3], p3);
}

static void list_refused(uint64_t gpa, uint64_t code)
{
	sim_refused(sim_startup, SVSM_CORE_PVALIDATE, gpa, 0, 0, code);
}

/* A list of one entry that is refused and changes nothing. */
static void entry_refused(uint64_t entry, uint64_t code)
{
	sim_list(sim_startup, LIST, 1, 0, &entry, 1);
	list_refused(LIST, code);
}

/* A second vCPU, VMPL3, with its own calling area. */
static struct sim_vcpu make_low(void)
{
	struct sim_vcpu low;

	page_set_initial(0x20, PAGE_GUEST, 3);
	(void)machine_rmpadjust(&hw_machine, 2, 0x20, SNP_SIZE_4K, SNP_ATTR(3, SNP_PERM_ALL));
	low = sim_create(sim_startup, 0x21, 0x20, 1, 3);
	return low;
}

static void test_p1_p5_list_shape(void **state)
{
	uint64_t entry = GPA(RAW) + ENTRY_VALIDATE;
	uint32_t odd;

	(void)state;
	sim_list(sim_startup, LIST, 1, 0, &entry, 1);
	for (odd = 1; odd < 8; odd++) {
		list_refused(LIST + odd, SVSM_INVALID_PARAMETER);
	}
	sim_list(sim_startup, LIST, 0, 0, &entry, 1);
	list_refused(LIST, SVSM_INVALID_PARAMETER);
	sim_list(sim_startup, LIST, 511, 0, &entry, 1);
	list_refused(LIST, SVSM_INVALID_PARAMETER);
	sim_list(sim_startup, LIST, 0xffff, 0, &entry, 1);
	list_refused(LIST, SVSM_INVALID_PARAMETER);
	sim_list(sim_startup, LIST, 1, 1, &entry, 1);
	list_refused(LIST, SVSM_INVALID_PARAMETER);
	sim_list(sim_startup, LIST, 1, 0xffff, &entry, 1);
	list_refused(LIST, SVSM_INVALID_PARAMETER);
	sim_list(sim_startup, GPA(PAGE) + 0xff8, 1, 0, &entry, 0);
	list_refused(GPA(PAGE) + 0xff8, SVSM_INVALID_PARAMETER);
}

static void test_p3_longest_list(void **state)
{
	uint64_t entry[510];
	uint32_t i;

	(void)state;
	for (i = 0; i < 510; i++) {
		entry[i] = GPA(SIM_SHARED + i) + ENTRY_VALIDATE;
	}
	sim_list(sim_startup, LIST, 510, 0, entry, 510);
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_PVALIDATE, LIST, 0, 0), SVSM_SUCCESS);
	assert_int_equal(sim_get(2, SIM_CAA, 1), 510 + 510 * 0x10000UL);
	for (i = 0; i < 512; i++) {
		assert_int_equal(page_look(SIM_SHARED + i),
				 i < 510 ? page_entry(PAGE_GUEST, 2) : page_entry(PAGE_SHARED, 0));
	}
}

static void test_list_in_last_words(void **state)
{
	uint64_t entry = GPA(RAW) + ENTRY_VALIDATE;

	(void)state;
	sim_list(sim_startup, GPA(PAGE) + 0xff0, 1, 0, &entry, 1);
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_PVALIDATE, GPA(PAGE) + 0xff0, 0, 0),
			 SVSM_SUCCESS);
	assert_int_equal(page_entry_pins(page_look(PAGE)), 0);
}

static void test_p6_p7_list_page(void **state)
{
	struct sim_vcpu other = sim_create(sim_startup, 0x21, 0x20, 1, 2);
	static const uint64_t pages[] = {SIM_MODULE, SIM_MODULE_END - 1, SIM_VMSA,   0x21,
					 0x20,	     SIM_SHARED,	 SIM_ABSENT, SIM_PFNS};
	uint32_t i;

	(void)state;
	assert_int_equal(other.caa, 0x20);
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		list_refused(GPA(pages[i]), SVSM_INVALID_ADDRESS);
		list_refused(GPA(pages[i]) + 0xff0, SVSM_INVALID_ADDRESS);
	}
	list_refused(GPA(PAGE) + (1UL << 39), SVSM_INVALID_ADDRESS);
	list_refused(0UL - 8, SVSM_INVALID_ADDRESS);
}

static void test_p8_validate(void **state)
{
	uint32_t word;

	(void)state;
	/* The host leaves something in the frame. */
	for (word = 0; word < PAGE_WORDS; word++) {
		sim_poke(RAW, word, 0xbad0bad0UL + word);
	}
	assert_int_equal(sim_pvalidate(sim_startup, GPA(RAW) + ENTRY_VALIDATE), SVSM_SUCCESS);
	assert_int_equal(sim_get(2, SIM_CAA, 1), 1 + 0x10000UL);
	assert_perm(RAW, 0, SNP_PERM_ALL, 0);
	assert_int_equal(page_look(RAW), page_entry(PAGE_GUEST, 2));
	for (word = 0; word < PAGE_WORDS; word++) {
		assert_int_equal(sim_get(2, RAW, word), 0);
	}
}

static void test_p8_validate_low(void **state)
{
	struct sim_vcpu low = make_low();

	(void)state;
	assert_int_equal(sim_pvalidate(low, GPA(RAW) + ENTRY_VALIDATE), SVSM_SUCCESS);
	assert_perm(RAW, 0, SNP_PERM_ALL, SNP_PERM_ALL);
	assert_int_equal(page_look(RAW), page_entry(PAGE_GUEST, 3));
}

static void test_p9_rescind(void **state)
{
	uint64_t value;

	(void)state;
	(void)machine_rmpadjust(&hw_machine, 2, PAGE, SNP_SIZE_4K, SNP_ATTR(3, SNP_PERM_R));
	(void)sim_get(2, PAGE, 0); /* cached translations of both levels */
	(void)sim_get(3, PAGE, 0);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(PAGE)), SVSM_SUCCESS);
	assert_perm(PAGE, 0, 0, 0);
	assert_int_equal(sim_rmp(PAGE).validated, 0);
	assert_int_equal(page_look(PAGE), page_entry(PAGE_SHARED, 0));
	assert_int_equal(sim_read(2, PAGE, 0, &value), ACCESS_NOT_VALID);
	assert_int_equal(sim_read(3, PAGE, 0, &value), ACCESS_NOT_VALID);
}

static void test_p10_p11_no_change(void **state)
{
	uint64_t before;

	(void)state;
	sim_put(2, PAGE, 7, 0x1234);
	entry_refused(GPA(PAGE) + ENTRY_VALIDATE, SVSM_FAIL_NOCHANGE);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(PAGE) + ENTRY_VALIDATE + ENTRY_IGNORE),
			 SVSM_SUCCESS);
	assert_int_equal(sim_get(2, PAGE, 7), 0x1234);
	entry_refused(GPA(RAW), SVSM_FAIL_NOCHANGE);
	before = page_look(RAW);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(RAW) + ENTRY_IGNORE), SVSM_SUCCESS);
	assert_int_equal(page_look(RAW), before);
	entry_refused(GPA(SIM_PRIVATE_2M) + ENTRY_2M + ENTRY_VALIDATE, SVSM_FAIL_NOCHANGE);
	entry_refused(GPA(SIM_SHARED_2M) + ENTRY_2M, SVSM_FAIL_NOCHANGE);
}

static void test_2m(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 512; i++) {
		sim_poke(SIM_SHARED_2M + i, i, 0xbad);
	}
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_SHARED_2M) + ENTRY_2M + ENTRY_VALIDATE),
			 SVSM_SUCCESS);
	assert_perm(SIM_SHARED_2M + 511, 0, SNP_PERM_ALL, 0);
	assert_int_equal(sim_rmp(SIM_SHARED_2M).size, SNP_SIZE_2M);
	for (i = 0; i < 512; i++) {
		assert_int_equal(sim_get(2, SIM_SHARED_2M + i, i), 0);
		assert_int_equal(page_look(SIM_SHARED_2M + i), page_entry(PAGE_GUEST, 2));
	}
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_SHARED_2M) + ENTRY_2M), SVSM_SUCCESS);
	assert_int_equal(sim_rmp(SIM_SHARED_2M).validated, 0);
	assert_perm(SIM_SHARED_2M, 0, 0, 0);
	for (i = 0; i < 512; i++) {
		assert_int_equal(page_look(SIM_SHARED_2M + i), page_entry(PAGE_SHARED, 0));
	}
}

static void test_p12_2m_over_4k(void **state)
{
	(void)state;
	entry_refused(GPA(SIM_SHARED) + ENTRY_2M + ENTRY_VALIDATE, SVSM_FAIL_SIZEMISMATCH);
	entry_refused(GPA(SIM_PRIVATE) + ENTRY_2M, SVSM_FAIL_SIZEMISMATCH);
}

static void test_2m_partly_validated(void **state)
{
	(void)state;
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_PRIVATE_2M + 5)), SVSM_SUCCESS);
	hw_trace.count = 0;
	entry_refused(GPA(SIM_PRIVATE_2M) + ENTRY_2M + ENTRY_VALIDATE, SVSM_FAIL_SIZEMISMATCH);
	entry_refused(GPA(SIM_PRIVATE_2M) + ENTRY_2M + ENTRY_VALIDATE + ENTRY_IGNORE,
		      SVSM_FAIL_SIZEMISMATCH);
	entry_refused(GPA(SIM_PRIVATE_2M) + ENTRY_2M, SVSM_FAIL_SIZEMISMATCH);
	for (uint32_t i = 0; i < hw_trace.count; i++) {
		assert_int_not_equal(hw_trace.e[i].kind, EFFECT_PVALIDATE);
	}
}

static void test_p13_p15_entry_shape(void **state)
{
	uint32_t bit;

	(void)state;
	for (bit = 12; bit <= 20; bit++) {
		entry_refused(GPA(SIM_SHARED_2M) + (1UL << bit) + ENTRY_2M + ENTRY_VALIDATE,
			      SVSM_INVALID_PARAMETER);
	}
	entry_refused(GPA(RAW) + 2 + ENTRY_VALIDATE, SVSM_INVALID_PARAMETER);
	entry_refused(GPA(RAW) + 3 + ENTRY_VALIDATE, SVSM_INVALID_PARAMETER);
	for (bit = 4; bit <= 11; bit++) {
		entry_refused(GPA(RAW) + (1UL << bit) + ENTRY_VALIDATE, SVSM_INVALID_PARAMETER);
		entry_refused(GPA(PAGE) + (1UL << bit), SVSM_INVALID_PARAMETER);
	}
}

static void test_p16_module_edges(void **state)
{
	(void)state;
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_MODULE - 1) + ENTRY_VALIDATE),
			 SVSM_SUCCESS);
	entry_refused(GPA(SIM_MODULE) + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_MODULE), SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_MODULE_END - 1) + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_MODULE_END - 1) + ENTRY_IGNORE, SVSM_INVALID_ADDRESS);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_ABOVE) + ENTRY_VALIDATE), SVSM_SUCCESS);
}

static void test_p17_p18_straddle(void **state)
{
	static const uint32_t states[] = {PAGE_VMSA,	PAGE_CAA,  PAGE_MODULE,
					  PAGE_SERVICE, PAGE_BUSY, PAGE_ABSENT};
	uint32_t i;

	(void)state;
	entry_refused(GPA(SIM_MODULE) + ENTRY_2M + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_MODULE + 0x200) + ENTRY_2M + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_MODULE + 0x200) + ENTRY_2M, SVSM_INVALID_ADDRESS);
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		page_set_initial(SIM_SHARED_2M + 511, states[i], 0);
		page_set_initial(SIM_PRIVATE_2M + 511, states[i], 0);
		entry_refused(GPA(SIM_SHARED_2M) + ENTRY_2M + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
		entry_refused(GPA(SIM_PRIVATE_2M) + ENTRY_2M, SVSM_INVALID_ADDRESS);
	}
}

static void test_p19_p21_addresses(void **state)
{
	(void)state;
	entry_refused((1UL << 39) + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused((1UL << 51) + GPA(RAW) + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(~0UL - 0xfff + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(0UL - LARGE_PAGE + ENTRY_2M + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused((1UL << 39) - LARGE_PAGE + ENTRY_2M, SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_PFNS) + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(GPA(RAW) + (1UL << 39) + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_ABSENT) + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	assert_int_equal(sim_pvalidate(sim_startup, 0), SVSM_SUCCESS);
	assert_int_equal(sim_pvalidate(sim_startup, ENTRY_VALIDATE), SVSM_SUCCESS);
}

static void test_p22_p23_operand_pages(void **state)
{
	uint64_t entry = GPA(PAGE);
	struct sim_vcpu other = sim_create(sim_startup, 0x21, 0x20, 1, 2);

	(void)state;
	entry_refused(GPA(SIM_VMSA), SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_VMSA) + ENTRY_VALIDATE, SVSM_INVALID_ADDRESS);
	entry_refused(GPA(SIM_CAA), SVSM_INVALID_ADDRESS);
	entry_refused(GPA(other.vmsa), SVSM_INVALID_ADDRESS);
	entry_refused(GPA(other.caa), SVSM_INVALID_ADDRESS);
	sim_list(sim_startup, GPA(PAGE), 1, 0, &entry, 1);
	list_refused(GPA(PAGE), SVSM_INVALID_ADDRESS);
}

static void test_p24_p25_progress(void **state)
{
	uint64_t entry[5];
	uint64_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		entry[i] = GPA(SIM_SHARED + i) + ENTRY_VALIDATE;
	}
	entry[2] = GPA(SIM_MODULE) + ENTRY_VALIDATE;
	sim_list(sim_startup, LIST, 5, 0, entry, 5);
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_PVALIDATE, LIST, 0, 0),
			 SVSM_INVALID_ADDRESS);
	assert_int_equal(sim_get(2, SIM_CAA, 1), 5 + 2 * 0x10000UL);
	for (i = 0; i < 5; i++) {
		assert_int_equal(page_entry_state(page_look(SIM_SHARED + i)),
				 i < 2 ? PAGE_GUEST : PAGE_SHARED);
	}
	sim_put(2, SIM_CAA, 1, 5 + 3 * 0x10000UL);
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_PVALIDATE, LIST, 0, 0), SVSM_SUCCESS);
	assert_int_equal(sim_get(2, SIM_CAA, 1), 5 + 5 * 0x10000UL);
	for (i = 0; i < 5; i++) {
		assert_int_equal(page_entry_state(page_look(SIM_SHARED + i)),
				 i != 2 ? PAGE_GUEST : PAGE_SHARED);
	}
}

static void test_p27_level(void **state)
{
	struct sim_vcpu low = make_low();
	uint64_t gpa = GPA(low.caa) + CAA_BUFFER;
	uint64_t entry = GPA(PAGE);

	(void)state;
	sim_list(low, gpa, 1, 0, &entry, 1);
	sim_refused(low, SVSM_CORE_PVALIDATE, gpa, 0, 0, SVSM_INVALID_ADDRESS);
	sim_refused(low, SVSM_CORE_PVALIDATE, GPA(PAGE), 0, 0, SVSM_INVALID_ADDRESS);
}

static void forced(uint64_t result, uint64_t code)
{
	hw_force_pvalidate = result;
	entry_refused(GPA(RAW) + ENTRY_VALIDATE, code);
	hw_force_pvalidate = result;
	entry_refused(GPA(PAGE), code);
}

static void test_p28_forced(void **state)
{
	(void)state;
	forced(1, 0x80001001);
	forced(7, 0x80001007);
	forced(0xf, 0x8000100f);
	forced(0x10, SVSM_FAIL_UNKNOWN);
	forced(0xffffffff, SVSM_FAIL_UNKNOWN);
}

/* Section 30, no. 12: CF on a validate that the table allows is fatal; the page is not granted. */
static void test_carry_on_validate(void **state)
{
	(void)state;
	hw_force_pvalidate = HW_CARRY;
	assert_int_equal(
		HW_RUN(sim_pvalidate(sim_startup, GPA(RAW) + ENTRY_VALIDATE + ENTRY_IGNORE)),
		REASON_PVALIDATE);
	assert_perm(RAW, 0, 0, 0);
}

/* No. 12b: so is CF on a rescind that the table allows, ignore flag or not; the page is not shared. */
static void test_carry_on_rescind(void **state)
{
	hw_force_pvalidate = HW_CARRY;
	assert_int_equal(HW_RUN(sim_pvalidate(sim_startup, GPA(PAGE))), REASON_PVALIDATE);
	assert_int_equal(page_look(PAGE), page_entry(PAGE_BUSY, 2));
	(void)sim_reset(state);
	hw_force_pvalidate = HW_CARRY;
	assert_int_equal(HW_RUN(sim_pvalidate(sim_startup, GPA(PAGE) + ENTRY_IGNORE)),
			 REASON_PVALIDATE);
	assert_int_equal(page_look(PAGE), page_entry(PAGE_BUSY, 2));
}

/* ---- order of effects ---- */

static uint32_t first(enum hw_effect_kind kind, uint64_t pfn, uint64_t argument)
{
	uint32_t i;

	for (i = 0; i < hw_trace.count; i++) {
		if (hw_trace.e[i].kind == kind && hw_trace.e[i].pfn == pfn &&
		    hw_trace.e[i].argument == argument) {
			return i;
		}
	}
	fail_msg("an effect is missing");
	return 0;
}

static void test_order_of_validate(void **state)
{
	uint32_t at;

	(void)state;
	assert_int_equal(sim_pvalidate(sim_startup, GPA(RAW) + ENTRY_VALIDATE), SVSM_SUCCESS);
	at = first(EFFECT_PVALIDATE, RAW, 1);
	assert_true(at < first(EFFECT_ZERO, RAW, 0));
	assert_true(first(EFFECT_ZERO, RAW, 0) <
		    first(EFFECT_RMPADJUST, RAW, SNP_ATTR(2, SNP_PERM_ALL)));
}

static void test_order_of_rescind(void **state)
{
	uint32_t vmpl;

	(void)state;
	assert_int_equal(sim_pvalidate(sim_startup, GPA(PAGE)), SVSM_SUCCESS);
	for (vmpl = 1; vmpl <= 3; vmpl++) {
		assert_true(first(EFFECT_RMPADJUST, PAGE, SNP_ATTR(vmpl, 0)) <
			    first(EFFECT_FLUSH, 0, 0));
	}
	assert_true(first(EFFECT_FLUSH, 0, 0) < first(EFFECT_PVALIDATE, PAGE, 0));
}

/* ---- a hostile host between two effects ---- */

static struct hw_effect smash_at;

static void smash(struct hw_effect e)
{
	if (e.kind == smash_at.kind && e.pfn == smash_at.pfn && e.argument == smash_at.argument &&
	    e.size == SNP_SIZE_2M) {
		uint64_t spfn = HW_MACHINE_BASE + e.pfn;

		assert_int_equal(machine_psmash(&hw_machine, spfn), SNP_OK);
		assert_int_equal(machine_nested_set(&hw_machine, e.pfn, spfn, 1, 0), SNP_OK);
		smash_at.pfn = ~0UL;
	}
}

static void smash_before(enum hw_effect_kind kind, uint64_t pfn, uint64_t argument)
{
	smash_at = (struct hw_effect){kind, pfn, SNP_SIZE_2M, argument};
	hw_hook = smash;
}

/* AT-018: the host splits the RMP entry in the middle; the work is completed by 4K. */
static void test_psmash_in_validate(void **state)
{
	uint32_t i;

	(void)state;
	smash_before(EFFECT_RMPADJUST, SIM_SHARED_2M, SNP_ATTR(2, SNP_PERM_ALL));
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_SHARED_2M) + ENTRY_2M + ENTRY_VALIDATE),
			 SVSM_SUCCESS);
	assert_int_equal(smash_at.pfn, ~0UL);
	for (i = 0; i < 512; i++) {
		assert_perm(SIM_SHARED_2M + i, 0, SNP_PERM_ALL, 0);
	}
	smash_before(EFFECT_PVALIDATE, SIM_PRIVATE_2M, 0);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_PRIVATE_2M) + ENTRY_2M), SVSM_SUCCESS);
	assert_int_equal(smash_at.pfn, ~0UL);
	for (i = 0; i < 512; i++) {
		assert_perm(SIM_PRIVATE_2M + i, 0, 0, 0);
		assert_int_equal(sim_rmp(SIM_PRIVATE_2M + i).validated, 0);
		assert_int_equal(page_look(SIM_PRIVATE_2M + i), page_entry(PAGE_SHARED, 0));
	}
}

static void test_psmash_first(void **state)
{
	(void)state;
	smash_before(EFFECT_RMPADJUST, SIM_PRIVATE_2M, SNP_ATTR(1, 0));
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_PRIVATE_2M) + ENTRY_2M),
			 SVSM_FAIL_SIZEMISMATCH);
	assert_int_equal(page_look(SIM_PRIVATE_2M + 511), page_entry(PAGE_GUEST, 2));
	assert_perm(SIM_PRIVATE_2M + 511, 0, SNP_PERM_ALL, 0);
}

static void test_psmash_in_revoke(void **state)
{
	(void)state;
	smash_before(EFFECT_RMPADJUST, SIM_PRIVATE_2M, SNP_ATTR(2, 0));
	assert_int_equal(sim_pvalidate(sim_startup, GPA(SIM_PRIVATE_2M) + ENTRY_2M), SVSM_SUCCESS);
	assert_int_equal(sim_rmp(SIM_PRIVATE_2M + 300).validated, 0);
	assert_perm(SIM_PRIVATE_2M + 300, 0, 0, 0);
}

/* AT-001: another frame with a secret is put behind a page the guest then validates. */
static void test_frame_swap(void **state)
{
	uint64_t secret = HW_MACHINE_BASE + SIM_MODULE;
	struct rmp_update u = {.gpfn = RAW, .asid = MACHINE_ASID, .assigned = 1};
	uint32_t word;

	(void)state;
	hw_write64(SIM_MODULE, 5, 0x5ec2e7);
	assert_int_equal(machine_rmpupdate(&hw_machine, secret, u), SNP_OK);
	assert_int_equal(machine_nested_set(&hw_machine, RAW, secret, 1, 0), SNP_OK);
	assert_int_equal(machine_guest_read64(&hw_machine, secret, 5, 1), 0x5ec2e7);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(RAW) + ENTRY_VALIDATE), SVSM_SUCCESS);
	for (word = 0; word < PAGE_WORDS; word++) {
		assert_int_equal(sim_get(2, RAW, word), 0);
	}
}

/* AT-015: a second frame behind a validated page is never validated. */
static void test_double_map(void **state)
{
	uint64_t second = 0x30000;
	struct rmp_update u = {.gpfn = PAGE, .asid = MACHINE_ASID, .assigned = 1};

	(void)state;
	assert_int_equal(machine_rmpupdate(&hw_machine, second, u), SNP_OK);
	assert_int_equal(machine_nested_set(&hw_machine, PAGE, second, 1, 0), SNP_OK);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(PAGE) + ENTRY_VALIDATE),
			 SVSM_FAIL_NOCHANGE);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(PAGE) + ENTRY_VALIDATE + ENTRY_IGNORE),
			 SVSM_SUCCESS);
	assert_int_equal(sim_rmp(PAGE).validated, 0);
}

/* The host puts a frame that is not validated behind the page once the flush is done. */
#define SWAPPED 0x30000UL
static uint64_t swap_pfn;
static uint32_t swap_size;
static void swap_before_rescind(struct hw_effect e)
{
	struct rmp_update u = {.gpfn = (uint32_t)swap_pfn, .asid = MACHINE_ASID, .assigned = 1};

	if (e.kind != EFFECT_PVALIDATE || e.argument != 0 || e.pfn != swap_pfn ||
	    e.size != swap_size) {
		return;
	}
	assert_true(first(EFFECT_FLUSH, 0, 0) < hw_trace.count);
	u.size = (uint8_t)swap_size;
	assert_int_equal(machine_rmpupdate(&hw_machine, SWAPPED, u), SNP_OK);
	assert_int_equal(machine_nested_set(&hw_machine, swap_pfn, SWAPPED, 1, swap_size), SNP_OK);
}

/* A rescind that meets such a frame would leave the old one validated, to come back with its old content
 * when the address is validated again. */
static void rescind_meets_swap(uint64_t pfn, uint32_t size)
{
	swap_pfn = pfn;
	swap_size = size;
	hw_trace.count = 0;
	hw_hook = swap_before_rescind;
	assert_int_equal(HW_RUN(sim_pvalidate(sim_startup, GPA(pfn) + size)), REASON_PVALIDATE);
	hw_hook = NULL;
	assert_int_equal(hw_machine.rmp.e[HW_MACHINE_BASE + pfn].validated, 1);
	assert_int_equal(hw_machine.rmp.e[SWAPPED].validated, 0);
	assert_int_equal(page_look(pfn), page_entry(PAGE_BUSY, 2));
}

static void test_frame_swap_in_rescind(void **state)
{
	(void)state;
	rescind_meets_swap(PAGE, SNP_SIZE_4K);
}

static void test_frame_swap_in_rescind_2m(void **state)
{
	(void)state;
	rescind_meets_swap(SIM_PRIVATE_2M, SNP_SIZE_2M);
}

/* The same in the middle of a region whose RMP entry the host has split. */
static void smash_and_swap(struct hw_effect e)
{
	smash(e);
	swap_before_rescind(e);
}

static void test_frame_swap_in_split_rescind(void **state)
{
	(void)state;
	swap_pfn = SIM_PRIVATE_2M + 300;
	swap_size = SNP_SIZE_4K;
	smash_before(EFFECT_PVALIDATE, SIM_PRIVATE_2M, 0);
	hw_hook = smash_and_swap;
	assert_int_equal(HW_RUN(sim_pvalidate(sim_startup, GPA(SIM_PRIVATE_2M) + ENTRY_2M)),
			 REASON_PVALIDATE);
	hw_hook = NULL;
	assert_int_equal(smash_at.pfn, ~0UL);
	assert_int_equal(hw_machine.rmp.e[HW_MACHINE_BASE + swap_pfn].validated, 1);
	assert_int_equal(page_look(swap_pfn), page_entry(PAGE_BUSY, 2));
}

/* AT-073: header and entries change at every read; each is read once. */
static uint32_t header_reads;
static void flip_header(struct hw_effect e)
{
	if (e.kind == EFFECT_READ && e.pfn == SIM_CAA && e.argument == 1) {
		header_reads++;
	} else if (e.kind == EFFECT_READ && e.pfn == SIM_CAA && e.argument == 2) {
		sim_put(2, SIM_CAA, 1, 0xffff);
	} else if (e.kind == EFFECT_PVALIDATE) {
		sim_put(2, SIM_CAA, 2, GPA(SIM_MODULE) + ENTRY_VALIDATE);
	}
}

static void test_double_fetch(void **state)
{
	uint64_t entry = GPA(RAW) + ENTRY_VALIDATE;

	(void)state;
	header_reads = 0;
	sim_list(sim_startup, LIST, 1, 0, &entry, 1);
	hw_hook = flip_header;
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_PVALIDATE, LIST, 0, 0), SVSM_SUCCESS);
	hw_hook = NULL;
	/* The store of next reads its word once more in this model, for bytes 2 and 3. */
	assert_int_equal(header_reads, 1);
	assert_int_equal(page_look(RAW), page_entry(PAGE_GUEST, 2));
	assert_int_equal(sim_get(2, SIM_CAA, 1), 0xffff + 0x10000UL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_p1_p5_list_shape, sim_reset),
		cmocka_unit_test_setup(test_p3_longest_list, sim_reset),
		cmocka_unit_test_setup(test_list_in_last_words, sim_reset),
		cmocka_unit_test_setup(test_p6_p7_list_page, sim_reset),
		cmocka_unit_test_setup(test_p8_validate, sim_reset),
		cmocka_unit_test_setup(test_p8_validate_low, sim_reset),
		cmocka_unit_test_setup(test_p9_rescind, sim_reset),
		cmocka_unit_test_setup(test_p10_p11_no_change, sim_reset),
		cmocka_unit_test_setup(test_2m, sim_reset),
		cmocka_unit_test_setup(test_p12_2m_over_4k, sim_reset),
		cmocka_unit_test_setup(test_2m_partly_validated, sim_reset),
		cmocka_unit_test_setup(test_p13_p15_entry_shape, sim_reset),
		cmocka_unit_test_setup(test_p16_module_edges, sim_reset),
		cmocka_unit_test_setup(test_p17_p18_straddle, sim_reset),
		cmocka_unit_test_setup(test_p19_p21_addresses, sim_reset),
		cmocka_unit_test_setup(test_p22_p23_operand_pages, sim_reset),
		cmocka_unit_test_setup(test_p24_p25_progress, sim_reset),
		cmocka_unit_test_setup(test_p27_level, sim_reset),
		cmocka_unit_test_setup(test_p28_forced, sim_reset),
		cmocka_unit_test_setup(test_carry_on_validate, sim_reset),
		cmocka_unit_test_setup(test_carry_on_rescind, sim_reset),
		cmocka_unit_test_setup(test_order_of_validate, sim_reset),
		cmocka_unit_test_setup(test_order_of_rescind, sim_reset),
		cmocka_unit_test_setup(test_psmash_in_validate, sim_reset),
		cmocka_unit_test_setup(test_psmash_first, sim_reset),
		cmocka_unit_test_setup(test_psmash_in_revoke, sim_reset),
		cmocka_unit_test_setup(test_frame_swap, sim_reset),
		cmocka_unit_test_setup(test_frame_swap_in_rescind, sim_reset),
		cmocka_unit_test_setup(test_frame_swap_in_rescind_2m, sim_reset),
		cmocka_unit_test_setup(test_frame_swap_in_split_rescind, sim_reset),
		cmocka_unit_test_setup(test_double_map, sim_reset),
		cmocka_unit_test_setup(test_double_fetch, sim_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
