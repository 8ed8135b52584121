/* PVALIDATE, RMPADJUST, RMPQUERY: order of refusals, effects, and that refusals change nothing. */
#include "machine_fixture.h"

#define NO_PAGE	 0x123UL /* a guest frame that is not mapped */
#define ADJUST_R SNP_ATTR(2, SNP_PERM_R)

static struct insn_result pvalidate(uint64_t gpfn, uint32_t size, uint32_t validate)
{
	return machine_pvalidate(&machine, 0, gpfn, size, validate);
}

static struct insn_result adjust(uint32_t vmpl, uint64_t gpfn, uint32_t size, uint64_t attributes)
{
	return machine_rmpadjust(&machine, vmpl, gpfn, size, attributes);
}

/* Pages in every state that PVALIDATE and RMPADJUST tell apart, at these guest frames. */
#define AT_VALID   0x1000UL
#define AT_GIVEN   0x1001UL /* assigned, not validated */
#define AT_HOST	   0x1002UL /* mapped, host-owned */
#define AT_OTHER   0x1003UL /* a valid frame of AT_VALID mapped here */
#define AT_FIXED   0x1004UL /* immutable */
#define AT_RUNNING 0x1005UL /* VMSA in use */
#define AT_2M	   0x1200UL /* 2M RMP, 2M nested, valid */
#define AT_2M_4K   0x1400UL /* 2M RMP, 4K nested */
#define AT_4K_2M   0x1600UL /* 512 valid 4K RMP pages, 2M nested */

static int states(void **state)
{
	struct rmp_update fixed = guest_page(AT_FIXED, SNP_SIZE_4K);
	uint32_t vmpl;

	fresh(state);
	own(0x10, AT_VALID);
	give(0x11, AT_GIVEN);
	machine_nested_set(&machine, AT_HOST, 0x12, 1, 0);
	machine_nested_set(&machine, AT_OTHER, 0x10, 1, 0);
	fixed.immutable = 1;
	machine_rmpupdate(&machine, 0x13, fixed);
	machine_nested_set(&machine, AT_FIXED, 0x13, 1, 0);
	make_vmsa(0x14, AT_RUNNING, 2, EFER_SVME);
	machine_vmrun(&machine, 0x14, &vmpl);
	own_large(0x200, AT_2M);
	own_large(0x400, AT_2M_4K);
	machine_nested_set(&machine, AT_2M_4K + 3, 0x403, 1, 0);
	own_large(0x600, AT_4K_2M);
	machine_psmash(&machine, 0x600);
	return 0;
}

struct insn_case {
	uint64_t gpfn;
	uint32_t size;
	uint32_t validate;
	enum insn_fault fault;
	uint32_t eax;
	uint32_t carry;
	enum access_verdict access;
};

static void expect_case(struct insn_result r, const struct insn_case *c)
{
	expect_insn(r, c->fault, c->eax, c->carry);
	if (c->fault == INSN_NPF) {
		assert_int_equal(r.access, c->access);
	}
}

static void test_pvalidate_refusals(void **state)
{
	static const struct insn_case cases[] = {
		{NO_PAGE, 2, 1, INSN_DONE, SNP_FAIL_INPUT, 0, 0},
		{AT_2M + 1, 1, 1, INSN_DONE, SNP_FAIL_INPUT, 0, 0},
		{AT_2M + 511, 1, 0, INSN_DONE, SNP_FAIL_INPUT, 0, 0},
		{NO_PAGE, 0, 1, INSN_NPF, 0, 0, ACCESS_NOT_PRESENT},
		{MACHINE_GFNS, 0, 1, INSN_NPF, 0, 0, ACCESS_NOT_PRESENT},
		{0xffffffffffffUL, 0, 0, INSN_NPF, 0, 0, ACCESS_NOT_PRESENT},
		{AT_HOST, 0, 1, INSN_NPF, 0, 0, ACCESS_RMP},
		{AT_OTHER, 0, 1, INSN_NPF, 0, 0, ACCESS_RMP},
		{AT_OTHER, 0, 0, INSN_NPF, 0, 0, ACCESS_RMP},
		{AT_FIXED, 0, 1, INSN_NPF, 0, 0, ACCESS_RMP},
		{AT_RUNNING, 0, 0, INSN_NPF, 0, 0, ACCESS_RMP},
		{AT_2M, 0, 0, INSN_NPF, 0, 0, ACCESS_SIZE},
		{AT_2M + 7, 0, 1, INSN_NPF, 0, 0, ACCESS_SIZE},
		{AT_2M_4K, 1, 0, INSN_NPF, 0, 0, ACCESS_SIZE},
		{AT_2M_4K + 3, 0, 0, INSN_NPF, 0, 0, ACCESS_SIZE},
		{AT_4K_2M, 1, 0, INSN_DONE, SNP_FAIL_SIZEMISMATCH, 0, 0},
		{AT_4K_2M, 1, 1, INSN_DONE, SNP_FAIL_SIZEMISMATCH, 0, 0},
		{AT_VALID, 0, 1, INSN_DONE, SNP_OK, 1, 0},
		{AT_GIVEN, 0, 0, INSN_DONE, SNP_OK, 1, 0},
		{AT_2M, 1, 1, INSN_DONE, SNP_OK, 1, 0},
		{AT_RUNNING, 0, 1, INSN_DONE, SNP_OK, 1, 0},
	};

	(void)state;
	snapshot_take();
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_case(pvalidate(cases[i].gpfn, cases[i].size, cases[i].validate), &cases[i]);
		snapshot_expect();
	}
}

/* #GP comes before every look at the operand. */
static void test_pvalidate_only_vmpl0(void **state)
{
	static const uint64_t pages[] = {AT_VALID, AT_GIVEN, NO_PAGE, AT_2M, ~0UL};

	(void)state;
	snapshot_take();
	for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		for (uint32_t i = 0; i < 5; i++) {
			for (uint32_t size = 0; size < 3; size++) {
				assert_int_equal(
					machine_pvalidate(&machine, vmpl, pages[i], size, 1).fault,
					INSN_GP);
			}
		}
	}
	snapshot_expect();
}

static void test_pvalidate_effect(void **state)
{
	(void)state;
	snapshot_take();
	expect_insn(pvalidate(AT_GIVEN, 0, 1), INSN_DONE, SNP_OK, 0);
	snapshot()->rmp.e[0x11].validated = 1;
	snapshot()->rmp.e[0x11].perm[0] = SNP_PERM_ALL;
	snapshot_expect();
	expect_insn(pvalidate(AT_GIVEN, 0, 0), INSN_DONE, SNP_OK, 0);
	snapshot()->rmp.e[0x11].validated = 0;
	snapshot_expect();
	expect_insn(pvalidate(AT_2M, 1, 0), INSN_DONE, SNP_OK, 0);
	snapshot()->rmp.e[0x200].validated = 0;
	snapshot_expect();
	expect_insn(pvalidate(AT_4K_2M + 5, 0, 0), INSN_DONE, SNP_OK, 0);
	snapshot()->rmp.e[0x605].validated = 0;
	snapshot_expect();
}

/* Rescinding leaves what VMPL1..3 had: revoking first is the module's duty. */
static void test_pvalidate_keeps_permissions(void **state)
{
	(void)state;
	expect_insn(adjust(0, AT_VALID, 0, SNP_ATTR(2, SNP_PERM_ALL)), INSN_DONE, SNP_OK, 0);
	expect_insn(pvalidate(AT_VALID, 0, 0), INSN_DONE, SNP_OK, 0);
	expect_insn(pvalidate(AT_VALID, 0, 1), INSN_DONE, SNP_OK, 0);
	assert_int_equal(machine.rmp.e[0x10].perm[2], SNP_PERM_ALL);
}

struct adjust_case {
	uint32_t vmpl;
	uint64_t gpfn;
	uint32_t size;
	uint64_t attributes;
	enum insn_fault fault;
	uint32_t eax;
	enum access_verdict access;
};

static void test_rmpadjust_refusals(void **state)
{
	static const struct adjust_case cases[] = {
		/* level first, whatever the page, size and permissions are */
		{0, NO_PAGE, 0, SNP_ATTR(0, 0), INSN_DONE, SNP_FAIL_PERMISSION, 0},
		{1, ~0UL, 7, SNP_ATTR(1, 0xff), INSN_DONE, SNP_FAIL_PERMISSION, 0},
		{2, AT_HOST, 0, SNP_ATTR(1, 1), INSN_DONE, SNP_FAIL_PERMISSION, 0},
		{3, AT_VALID, 0, SNP_ATTR(3, 1), INSN_DONE, SNP_FAIL_PERMISSION, 0},
		{0, NO_PAGE, 0, SNP_ATTR(4, 1), INSN_DONE, SNP_FAIL_INPUT, 0},
		{0, NO_PAGE, 0, SNP_ATTR(0xff, 1), INSN_DONE, SNP_FAIL_INPUT, 0},
		{0, NO_PAGE, 0, SNP_ATTR(1, 0x10), INSN_DONE, SNP_FAIL_INPUT, 0},
		{0, NO_PAGE, 2, SNP_ATTR(1, 1), INSN_DONE, SNP_FAIL_INPUT, 0},
		{0, AT_2M + 1, 1, SNP_ATTR(1, 1), INSN_DONE, SNP_FAIL_INPUT, 0},
		{0, AT_2M, 1, SNP_ATTR(1, 1) + SNP_ATTR_VMSA, INSN_DONE, SNP_FAIL_INPUT, 0},
		{0, NO_PAGE, 0, ADJUST_R, INSN_NPF, 0, ACCESS_NOT_PRESENT},
		{0, MACHINE_GFNS, 0, ADJUST_R, INSN_NPF, 0, ACCESS_NOT_PRESENT},
		{0, AT_HOST, 0, ADJUST_R, INSN_NPF, 0, ACCESS_RMP},
		{0, AT_OTHER, 0, ADJUST_R, INSN_NPF, 0, ACCESS_RMP},
		{0, AT_FIXED, 0, ADJUST_R, INSN_NPF, 0, ACCESS_RMP},
		{0, AT_GIVEN, 0, ADJUST_R, INSN_NOT_VALID, 0, 0},
		{0, AT_2M, 0, ADJUST_R, INSN_NPF, 0, ACCESS_SIZE},
		{0, AT_2M_4K, 1, ADJUST_R, INSN_NPF, 0, ACCESS_SIZE},
		{0, AT_4K_2M, 1, ADJUST_R, INSN_DONE, SNP_FAIL_SIZEMISMATCH, 0},
		{1, AT_VALID, 0, ADJUST_R, INSN_DONE, SNP_FAIL_PERMISSION, 0},
		{0, AT_RUNNING, 0, ADJUST_R, INSN_DONE, SNP_FAIL_INUSE, 0},
		{0, AT_RUNNING, 0, ADJUST_R + SNP_ATTR_VMSA, INSN_DONE, SNP_FAIL_INUSE, 0},
	};

	(void)state;
	snapshot_take();
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct adjust_case *c = &cases[i];
		struct insn_result r = adjust(c->vmpl, c->gpfn, c->size, c->attributes);

		expect_insn(r, c->fault, c->eax, 0);
		if (c->fault == INSN_NPF) {
			assert_int_equal(r.access, c->access);
		}
		snapshot_expect();
	}
}

static void test_rmpadjust_effect(void **state)
{
	(void)state;
	snapshot_take();
	expect_insn(adjust(0, AT_VALID, 0, SNP_ATTR(2, 0xb)), INSN_DONE, SNP_OK, 0);
	snapshot()->rmp.e[0x10].perm[2] = 0xb;
	snapshot_expect();
	expect_insn(adjust(0, AT_2M, 1, SNP_ATTR(3, 0xf)), INSN_DONE, SNP_OK, 0);
	snapshot()->rmp.e[0x200].perm[3] = 0xf;
	snapshot_expect();
	expect_insn(adjust(0, AT_VALID, 0, SNP_ATTR(1, 0) + SNP_ATTR_VMSA), INSN_DONE, SNP_OK, 0);
	snapshot()->rmp.e[0x10].vmsa = 1;
	snapshot_expect();
	expect_insn(adjust(0, AT_VALID, 0, SNP_ATTR(1, 0)), INSN_DONE, SNP_OK, 0);
	snapshot()->rmp.e[0x10].vmsa = 0;
	snapshot_expect();
}

/* Every subset of what VMPL1 has may be granted by VMPL1, nothing else. */
static void test_rmpadjust_grants_subset(void **state)
{
	(void)state;
	for (uint32_t have = 0; have <= SNP_PERM_ALL; have++) {
		adjust(0, AT_VALID, 0, SNP_ATTR(1, have));
		for (uint32_t grant = 0; grant <= SNP_PERM_ALL; grant++) {
			uint32_t want = (grant & ~have) ? SNP_FAIL_PERMISSION : SNP_OK;
			uint8_t before = machine.rmp.e[0x10].perm[3];

			assert_int_equal(adjust(1, AT_VALID, 0, SNP_ATTR(3, grant)).eax, want);
			assert_int_equal(machine.rmp.e[0x10].perm[3],
					 want == SNP_OK ? grant : before);
			assert_int_equal(machine.rmp.e[0x10].perm[1], have);
		}
	}
}

/* The VMSA bit is VMPL0's: above, it is neither set nor cleared. */
static void test_rmpadjust_vmsa_bit(void **state)
{
	(void)state;
	adjust(0, AT_VALID, 0, SNP_ATTR(1, SNP_PERM_ALL));
	expect_insn(adjust(1, AT_VALID, 0, SNP_ATTR(2, 0) + SNP_ATTR_VMSA), INSN_DONE, SNP_OK, 0);
	assert_int_equal(machine.rmp.e[0x10].vmsa, 0);
	adjust(0, AT_VALID, 0, SNP_ATTR(1, SNP_PERM_ALL) + SNP_ATTR_VMSA);
	expect_insn(adjust(1, AT_VALID, 0, SNP_ATTR(2, 0)), INSN_DONE, SNP_OK, 0);
	assert_int_equal(machine.rmp.e[0x10].vmsa, 1);
}

static void test_rmpquery(void **state)
{
	struct insn_result r;

	(void)state;
	adjust(0, AT_VALID, 0, SNP_ATTR(2, 0x9) + SNP_ATTR_VMSA);
	adjust(0, AT_2M, 1, SNP_ATTR(3, 0x3));
	snapshot_take();
	r = machine_rmpquery(&machine, 0, AT_VALID, 2);
	expect_insn(r, INSN_DONE, SNP_OK, 0);
	assert_int_equal(r.rdx, SNP_ATTR(2, 0x9) + SNP_ATTR_VMSA);
	assert_int_equal(r.rcx, SNP_SIZE_4K);
	r = machine_rmpquery(&machine, 2, AT_2M + 77, 3);
	expect_insn(r, INSN_DONE, SNP_OK, 0);
	assert_int_equal(r.rdx, SNP_ATTR(3, 0x3));
	assert_int_equal(r.rcx, SNP_SIZE_2M);
	expect_insn(machine_rmpquery(&machine, 2, NO_PAGE, 2), INSN_DONE, SNP_FAIL_PERMISSION, 0);
	expect_insn(machine_rmpquery(&machine, 0, NO_PAGE, 4), INSN_DONE, SNP_FAIL_INPUT, 0);
	expect_npf(machine_rmpquery(&machine, 0, NO_PAGE, 1), ACCESS_NOT_PRESENT);
	expect_npf(machine_rmpquery(&machine, 0, AT_HOST, 1), ACCESS_RMP);
	expect_insn(machine_rmpquery(&machine, 0, AT_GIVEN, 1), INSN_NOT_VALID, 0, 0);
	snapshot_expect();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_pvalidate_refusals, states),
		cmocka_unit_test_setup(test_pvalidate_only_vmpl0, states),
		cmocka_unit_test_setup(test_pvalidate_effect, states),
		cmocka_unit_test_setup(test_pvalidate_keeps_permissions, states),
		cmocka_unit_test_setup(test_rmpadjust_refusals, states),
		cmocka_unit_test_setup(test_rmpadjust_effect, states),
		cmocka_unit_test_setup(test_rmpadjust_grants_subset, states),
		cmocka_unit_test_setup(test_rmpadjust_vmsa_bit, states),
		cmocka_unit_test_setup(test_rmpquery, states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
