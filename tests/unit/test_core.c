/* REMAP_CA, QUERY_PROTOCOL, CONFIGURE_VTOM: conformance cases R1..R10, Q1..Q4 (docs/module.md). */
#include "sim/guest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include "module/services/core.h"
#include "module/services/request.h"

#define GPA(pfn) ((pfn)*PAGE_SIZE)
#define NEW_CAA	 0x30UL

static void remap_refused(uint64_t gpa, uint64_t code)
{
	sim_refused(sim_startup, SVSM_CORE_REMAP_CA, gpa, 0, 0, code);
	assert_int_equal(vcpu_get(0).caa, SIM_CAA);
}

static void test_r1_unaligned(void **state)
{
	static const uint64_t offsets[] = {1, 8, 0x800, 0xfff};
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		remap_refused(GPA(NEW_CAA) + offsets[i], SVSM_INVALID_PARAMETER);
		remap_refused(GPA(SIM_CAA) + offsets[i], SVSM_INVALID_PARAMETER);
		remap_refused(GPA(SIM_MODULE) + offsets[i], SVSM_INVALID_PARAMETER);
	}
}

static void test_r2_r3_r4_taken_pages(void **state)
{
	struct sim_vcpu other = sim_create(sim_startup, 0x21, 0x20, 1, 2);

	(void)state;
	remap_refused(GPA(SIM_MODULE), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(SIM_MODULE + 0x100), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(SIM_MODULE_END - 1), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(SIM_VMSA), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(other.vmsa), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(other.caa), SVSM_INVALID_ADDRESS);
}

static void test_r5_own(void **state)
{
	uint64_t before = sim_digest();

	(void)state;
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_REMAP_CA, GPA(SIM_CAA), 0, 0),
			 SVSM_SUCCESS);
	assert_int_equal(sim_digest(), before);
}

static void test_r6_bad_addresses(void **state)
{
	(void)state;
	remap_refused(GPA(SIM_SHARED), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(SIM_ABSENT), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(SIM_PFNS), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(NEW_CAA) + (1UL << 39), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(NEW_CAA) + (1UL << 40), SVSM_INVALID_ADDRESS);
	remap_refused(GPA(NEW_CAA) + (1UL << 63), SVSM_INVALID_ADDRESS);
	remap_refused(0UL - PAGE_SIZE, SVSM_INVALID_ADDRESS);
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_QUERY_PROTOCOL, 1, 0, 0), SVSM_SUCCESS);
}

/* The new area counts as one only after its pending byte is 0. */
static uint32_t switches;
static void watch_switch(struct hw_effect e)
{
	if (e.kind == EFFECT_TABLE && e.pfn == NEW_CAA && e.argument == page_entry(PAGE_CAA, 2)) {
		assert_int_equal(sim_peek(NEW_CAA, 0), 0xff00);
		switches++;
	}
}

/* R7 (pending of the old area after an error) is asserted by every sim_call. */
static void test_r8_new_pending(void **state)
{
	struct sim_vcpu moved = sim_startup;

	(void)state;
	moved.caa = NEW_CAA;
	switches = 0;
	hw_hook = watch_switch;
	sim_put(2, NEW_CAA, 0, 0xff01);
	sim_prepare(sim_startup,
		    (struct sim_registers){.rax = SVSM_CORE_REMAP_CA, .rcx = GPA(NEW_CAA)}, 1);
	assert_int_equal(request_round(0), 2);
	assert_int_equal(sim_result(moved).rax, SVSM_SUCCESS);
	assert_int_equal(switches, 1);
	assert_int_equal(sim_pending(moved), 0);
	assert_int_equal(sim_pending(sim_startup), 0);
	assert_int_equal(sim_get(2, NEW_CAA, 0), 0xff00); /* nothing but the pending byte */
	sim_poke(SIM_VMSA, VMSA_RAX / 8, SIM_CALL(9, 9));
	assert_int_equal(request_round(0), 2);
	assert_int_equal(sim_result(moved).rax, SIM_CALL(9, 9));
}

static void test_r9_after_remap(void **state)
{
	struct sim_vcpu moved = sim_startup;

	(void)state;
	moved.caa = NEW_CAA;
	sim_prepare(sim_startup,
		    (struct sim_registers){.rax = SVSM_CORE_REMAP_CA, .rcx = GPA(NEW_CAA)}, 1);
	assert_int_equal(request_round(0), 2);
	assert_int_equal(vcpu_get(0).caa, NEW_CAA);
	assert_int_equal(page_look(SIM_CAA), page_entry(PAGE_GUEST, 2));
	assert_int_equal(page_look(NEW_CAA), page_entry(PAGE_CAA, 2));
	assert_int_equal(sim_pvalidate(moved, GPA(NEW_CAA)), SVSM_INVALID_ADDRESS);
	assert_int_equal(sim_pvalidate(moved, GPA(SIM_CAA)), SVSM_SUCCESS);
	assert_int_equal(page_look(SIM_CAA), page_entry(PAGE_SHARED, 0));
}

static void test_r10_level(void **state)
{
	struct sim_vcpu low;

	(void)state;
	page_set_initial(0x20, PAGE_GUEST, 3);
	(void)machine_rmpadjust(&hw_machine, 2, 0x20, SNP_SIZE_4K, SNP_ATTR(3, SNP_PERM_ALL));
	low = sim_create(sim_startup, 0x21, 0x20, 1, 3);
	sim_refused(low, SVSM_CORE_REMAP_CA, GPA(NEW_CAA), 0, 0, SVSM_INVALID_ADDRESS);
	page_set_initial(NEW_CAA, PAGE_GUEST, 3);
	assert_int_equal(
		machine_rmpadjust(&hw_machine, 2, NEW_CAA, SNP_SIZE_4K, SNP_ATTR(3, SNP_PERM_ALL))
			.eax,
		SNP_OK);
	sim_prepare(low, (struct sim_registers){.rax = SVSM_CORE_REMAP_CA, .rcx = GPA(NEW_CAA)}, 1);
	assert_int_equal(request_round(1), 3);
	assert_int_equal(sim_result(low).rax, SVSM_SUCCESS);
	assert_int_equal(page_look(NEW_CAA), page_entry(PAGE_CAA, 3));
	assert_int_equal(page_look(0x20), page_entry(PAGE_GUEST, 3));
}

static void test_q1_query_protocol(void **state)
{
	static const uint64_t versions[] = {0, 1, 2, 0xffffffff};
	uint64_t protocol;
	uint32_t i;

	(void)state;
	for (protocol = 0; protocol <= 5; protocol++) {
		for (i = 0; i < 4; i++) {
			struct sim_registers r = {SVSM_CORE_QUERY_PROTOCOL,
						  protocol << 32 | versions[i], 2, 3, 4};
			struct sim_registers out = sim_call(sim_startup, r);
			uint64_t known = protocol == SVSM_PROTOCOL_CORE && versions[i] == 1;

			assert_int_equal(out.rax, SVSM_SUCCESS);
			assert_int_equal(out.rcx, known ? 1UL << 32 | 1 : 0);
			assert_int_equal(out.rdx, 2);
			assert_int_equal(out.r8, 3);
			assert_int_equal(out.r9, 4);
		}
	}
}

static void test_q2_vtom_query(void **state)
{
	struct sim_registers r = {SVSM_CORE_CONFIGURE_VTOM, 1, 2, 3, 4};
	struct sim_registers out = sim_call(sim_startup, r);

	(void)state;
	assert_int_equal(out.rax, SVSM_SUCCESS);
	assert_int_equal(out.rcx, 0);
	assert_int_equal(out.rdx, 0);
	assert_int_equal(out.r8, 0);
	assert_int_equal(out.r9, 4);
}

static void test_q3_q4_vtom(void **state)
{
	uint32_t bit;

	(void)state;
	for (bit = 1; bit < 64; bit++) {
		uint64_t code =
			bit >= 5 && bit <= 11 ? SVSM_INVALID_PARAMETER : SVSM_INVALID_REQUEST;

		sim_refused(sim_startup, SVSM_CORE_CONFIGURE_VTOM, 1UL << bit | 1, 2, 3,
			    SVSM_INVALID_PARAMETER);
		sim_refused(sim_startup, SVSM_CORE_CONFIGURE_VTOM, 1UL << bit, 2, 3, code);
	}
	sim_refused(sim_startup, SVSM_CORE_CONFIGURE_VTOM, 0, 2, 3, SVSM_INVALID_REQUEST);
}

/* Section 6: whatever an instruction says, RAX [63:32] of the answer is 0. */
static void test_error_codes(void **state)
{
	(void)state;
	assert_int_equal(core_error(SNP_FAIL_INPUT), SVSM_FAIL_INPUT);
	assert_int_equal(core_error(SNP_FAIL_SIZEMISMATCH), SVSM_FAIL_SIZEMISMATCH);
	assert_int_equal(core_error(15), SVSM_CORE_ERROR + 15);
	assert_int_equal(core_error(16), SVSM_FAIL_UNKNOWN);
	assert_int_equal(core_error(0x7ffff000), SVSM_FAIL_UNKNOWN);
	assert_int_equal(core_error(0xffffffff), SVSM_FAIL_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_r1_unaligned, sim_reset),
		cmocka_unit_test_setup(test_r2_r3_r4_taken_pages, sim_reset),
		cmocka_unit_test_setup(test_r5_own, sim_reset),
		cmocka_unit_test_setup(test_r6_bad_addresses, sim_reset),
		cmocka_unit_test_setup(test_r8_new_pending, sim_reset),
		cmocka_unit_test_setup(test_r9_after_remap, sim_reset),
		cmocka_unit_test_setup(test_r10_level, sim_reset),
		cmocka_unit_test_setup(test_q1_query_protocol, sim_reset),
		cmocka_unit_test_setup(test_q2_vtom_query, sim_reset),
		cmocka_unit_test_setup(test_q3_q4_vtom, sim_reset),
		cmocka_unit_test_setup(test_error_codes, sim_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
