/* RMPUPDATE, PSMASH, the nested map and launch pages: result codes, and what changes. */
#include "machine_fixture.h"

#define TOP (MACHINE_FRAMES - 1)

static void test_reset(void **state)
{
	struct rmp_entry none = {0};

	(void)state;
	for (uint64_t i = 0; i < MACHINE_FRAMES; i++) {
		assert_memory_equal(&machine.rmp.e[i], &none, sizeof(none));
		assert_int_equal(machine.memory.key[i] | machine.memory.touched[i], 0);
	}
	for (uint64_t i = 0; i < MACHINE_GFNS; i++) {
		assert_int_equal(machine.nested.e[i].present, 0);
	}
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		for (uint32_t i = 0; i < MACHINE_TLB; i++) {
			assert_int_equal(machine.tlb.e[cpu][i].used, 0);
		}
		assert_int_equal(machine.tlb.next[cpu], 0);
	}
	assert_int_equal(machine.guest_key, KEY);
}

static void test_rmpupdate_input(void **state)
{
	static const struct {
		uint64_t spfn;
		struct rmp_update u;
	} bad[] = {
		{MACHINE_FRAMES, {.gpfn = G, .asid = 1, .assigned = 1}},
		{~0UL, {.gpfn = G, .asid = 1, .assigned = 1}},
		{F, {.gpfn = G, .asid = 1, .assigned = 1, .size = 2}},
		{F, {.gpfn = G, .asid = 2, .assigned = 1}},
		{F, {.gpfn = G, .asid = 0x10001, .assigned = 1}},
		{F, {.asid = 1}},
		{F, {.immutable = 1}},
		{F, {.gpfn = MACHINE_GFNS, .asid = 1, .assigned = 1}},
		{F, {.gpfn = 0x100000000UL + G, .asid = 1, .assigned = 1}},
		{BIG + 1, {.gpfn = GBIG, .asid = 1, .assigned = 1, .size = SNP_SIZE_2M}},
		{BIG, {.gpfn = GBIG + 1, .asid = 1, .assigned = 1, .size = SNP_SIZE_2M}},
		{BIG + 1, {.size = SNP_SIZE_2M}},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		REFUSED(SNP_FAIL_INPUT, machine_rmpupdate(&machine, bad[i].spfn, bad[i].u));
	}
}

static void test_rmpupdate_assigns(void **state)
{
	struct rmp_entry want = {.gpfn = G, .asid = MACHINE_ASID, .assigned = 1};

	(void)state;
	snapshot_take();
	assert_int_equal(machine_rmpupdate(&machine, TOP, guest_page(G, SNP_SIZE_4K)), SNP_OK);
	snapshot()->rmp.e[TOP] = want;
	snapshot()->memory.key[TOP] = MACHINE_ASID;
	snapshot_expect();
}

static void test_rmpupdate_assigns_large(void **state)
{
	struct rmp_entry want = {
		.gpfn = GBIG, .asid = MACHINE_ASID, .assigned = 1, .size = SNP_SIZE_2M};

	(void)state;
	snapshot_take();
	assert_int_equal(machine_rmpupdate(&machine, BIG, guest_page(GBIG, SNP_SIZE_2M)), SNP_OK);
	snapshot()->rmp.e[BIG] = want;
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		snapshot()->memory.key[BIG + i] = MACHINE_ASID;
	}
	snapshot_expect();
	assert_int_equal(machine_rmpupdate(&machine, BIG, host_page(SNP_SIZE_2M)), SNP_OK);
	snapshot()->rmp.e[BIG] = (struct rmp_entry){0};
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		snapshot()->memory.key[BIG + i] = 0;
	}
	snapshot_expect();
}

/* Whatever the page was, also with the same owner and place: validated and rights are gone. */
static void test_rmpupdate_clears(void **state)
{
	struct rmp_entry want = {.gpfn = G, .asid = MACHINE_ASID, .assigned = 1};

	(void)state;
	own(F, G);
	expect_insn(machine_rmpadjust(&machine, 0, G, SNP_SIZE_4K,
				      SNP_ATTR(2, SNP_PERM_ALL) + SNP_ATTR_VMSA),
		    INSN_DONE, SNP_OK, 0);
	assert_int_equal(machine_rmpupdate(&machine, F, guest_page(G, SNP_SIZE_4K)), SNP_OK);
	assert_memory_equal(&machine.rmp.e[F], &want, sizeof(want));
}

static void test_rmpupdate_immutable(void **state)
{
	struct rmp_update u = guest_page(G, SNP_SIZE_4K);
	struct rmp_update firmware = {.assigned = 1, .immutable = 1};

	(void)state;
	u.immutable = 1;
	assert_int_equal(machine_rmpupdate(&machine, F, u), SNP_OK);
	REFUSED(SNP_FAIL_PERMISSION, machine_rmpupdate(&machine, F, host_page(SNP_SIZE_4K)));
	REFUSED(SNP_FAIL_PERMISSION, machine_rmpupdate(&machine, F, guest_page(G2, SNP_SIZE_4K)));
	assert_int_equal(machine_rmpupdate(&machine, F2, firmware), SNP_OK);
	assert_int_equal(machine.memory.key[F2], 0);
	REFUSED(SNP_FAIL_PERMISSION, machine_rmpupdate(&machine, F2, host_page(SNP_SIZE_4K)));
	firmware.size = SNP_SIZE_2M;
	assert_int_equal(machine_rmpupdate(&machine, BIG, firmware), SNP_OK);
	REFUSED(SNP_FAIL_PERMISSION, machine_rmpupdate(&machine, BIG + 7, host_page(SNP_SIZE_4K)));
	REFUSED(SNP_FAIL_PERMISSION, machine_psmash(&machine, BIG));
}

static void test_rmpupdate_in_use(void **state)
{
	uint32_t vmpl;

	(void)state;
	make_vmsa(F, G, 2, EFER_SVME);
	assert_int_equal(machine_vmrun(&machine, F, &vmpl), SNP_OK);
	REFUSED(SNP_FAIL_INUSE, machine_rmpupdate(&machine, F, host_page(SNP_SIZE_4K)));
	REFUSED(SNP_FAIL_INUSE, machine_rmpupdate(&machine, F, guest_page(G, SNP_SIZE_4K)));
	machine_vmexit(&machine, F);
	assert_int_equal(machine_rmpupdate(&machine, F, host_page(SNP_SIZE_4K)), SNP_OK);
}

static void test_rmpupdate_overlap(void **state)
{
	static const uint64_t inside[] = {0, 1, 255, 511};

	(void)state;
	own_large(BIG, GBIG);
	for (uint32_t i = 0; i < 4; i++) {
		uint64_t spfn = BIG + inside[i];

		REFUSED(SNP_FAIL_OVERLAP, machine_rmpupdate(&machine, spfn, host_page(0)));
		REFUSED(SNP_FAIL_OVERLAP, machine_rmpupdate(&machine, spfn, guest_page(G, 0)));
	}
	assert_int_equal(machine_rmpupdate(&machine, BIG, guest_page(GBIG, SNP_SIZE_2M)), SNP_OK);
	assert_int_equal(machine_rmpupdate(&machine, BIG, host_page(SNP_SIZE_2M)), SNP_OK);
	for (uint32_t i = 0; i < 4; i++) {
		uint64_t spfn = BIG + inside[i];

		give(spfn, G);
		REFUSED(SNP_FAIL_OVERLAP,
			machine_rmpupdate(&machine, BIG, guest_page(GBIG, SNP_SIZE_2M)));
		REFUSED(SNP_FAIL_OVERLAP, machine_rmpupdate(&machine, BIG, host_page(1)));
		assert_int_equal(machine_rmpupdate(&machine, spfn, host_page(0)), SNP_OK);
	}
	give(BIG - 1, G);
	give(BIG + PAGES_PER_2M, G2);
	assert_int_equal(machine_rmpupdate(&machine, BIG, guest_page(GBIG, SNP_SIZE_2M)), SNP_OK);
}

static void test_psmash_input(void **state)
{
	(void)state;
	own_large(BIG, GBIG);
	own(F, G);
	REFUSED(SNP_FAIL_INPUT, machine_psmash(&machine, MACHINE_FRAMES));
	REFUSED(SNP_FAIL_INPUT, machine_psmash(&machine, ~0UL));
	REFUSED(SNP_FAIL_INPUT, machine_psmash(&machine, BIG + 1));
	REFUSED(SNP_FAIL_INPUT, machine_psmash(&machine, F));
	REFUSED(SNP_FAIL_INPUT, machine_psmash(&machine, 0));
	assert_int_equal(machine_psmash(&machine, BIG), SNP_OK);
	REFUSED(SNP_FAIL_INPUT, machine_psmash(&machine, BIG));
}

/* Every 4K entry inherits validated and the permissions, at its own gpfn. */
static void test_psmash_inherits(void **state)
{
	struct rmp_entry want;

	(void)state;
	own_large(BIG, GBIG);
	expect_insn(machine_rmpadjust(&machine, 0, GBIG, SNP_SIZE_2M, SNP_ATTR(2, 3)), INSN_DONE,
		    SNP_OK, 0);
	snapshot_take();
	want = machine.rmp.e[BIG];
	want.size = SNP_SIZE_4K;
	assert_int_equal(want.validated, 1);
	assert_int_equal(want.perm[0], SNP_PERM_ALL);
	assert_int_equal(want.perm[2], SNP_PERM_R | SNP_PERM_W);
	assert_int_equal(machine_psmash(&machine, BIG), SNP_OK);
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		want.gpfn = (uint32_t)(GBIG + i);
		snapshot()->rmp.e[BIG + i] = want;
	}
	snapshot_expect();
}

static void test_nested_input(void **state)
{
	(void)state;
	REFUSED(SNP_FAIL_INPUT, machine_nested_set(&machine, MACHINE_GFNS, F, 1, 0));
	REFUSED(SNP_FAIL_INPUT, machine_nested_set(&machine, ~0UL, F, 0, 0));
	REFUSED(SNP_FAIL_INPUT, machine_nested_set(&machine, G, MACHINE_FRAMES, 1, 0));
	REFUSED(SNP_FAIL_INPUT, machine_nested_set(&machine, G, 0x100000000UL, 1, 0));
	REFUSED(SNP_FAIL_INPUT, machine_nested_set(&machine, GBIG + 1, BIG, 1, 1));
	REFUSED(SNP_FAIL_INPUT, machine_nested_set(&machine, GBIG, BIG + 1, 1, 1));
	REFUSED(SNP_FAIL_INPUT, machine_nested_set(&machine, GBIG + 1, 0, 0, 1));
}

static void test_nested_split(void **state)
{
	(void)state;
	assert_int_equal(machine_nested_set(&machine, GBIG, BIG, 1, 1), SNP_OK);
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		assert_int_equal(machine.nested.e[GBIG + i].spfn, BIG + i);
		assert_int_equal(machine.nested.e[GBIG + i].large, 1);
	}
	snapshot_take();
	assert_int_equal(machine_nested_set(&machine, GBIG + 9, F, 1, 0), SNP_OK);
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		snapshot()->nested.e[GBIG + i].large = 0;
	}
	snapshot()->nested.e[GBIG + 9].spfn = F;
	assert_memory_equal(&snapshot()->rmp, &machine.rmp, sizeof(machine.rmp));
	for (uint64_t i = 0; i < MACHINE_GFNS; i++) {
		assert_int_equal(machine.nested.e[i].spfn, snapshot()->nested.e[i].spfn);
		assert_int_equal(machine.nested.e[i].present, snapshot()->nested.e[i].present);
		assert_int_equal(machine.nested.e[i].large, 0);
	}
	assert_int_equal(machine_nested_set(&machine, GBIG, 0, 0, 1), SNP_OK);
	assert_int_equal(machine.nested.e[GBIG + 511].present, 0);
}

static void test_launch_page(void **state)
{
	struct rmp_entry want = {.gpfn = G, .asid = 1, .assigned = 1, .validated = 1};

	(void)state;
	want.perm[0] = SNP_PERM_ALL;
	assert_int_equal(machine_host_write64(&machine, F, 3, 0x1234), SNP_OK);
	assert_int_equal(machine_launch_page(&machine, F, G, 0), SNP_OK);
	assert_memory_equal(&machine.rmp.e[F], &want, sizeof(want));
	assert_int_equal(machine_guest_read64(&machine, F, 3, 1), 0x1234);
	assert_int_not_equal(machine_host_read64(&machine, F, 3), 0x1234);
	REFUSED(SNP_FAIL_PERMISSION, machine_launch_page(&machine, F, G, 0));
	REFUSED(SNP_FAIL_INPUT, machine_launch_page(&machine, MACHINE_FRAMES, G, 0));
	own_large(BIG, GBIG);
	REFUSED(SNP_FAIL_PERMISSION, machine_launch_page(&machine, BIG + 5, G, 0));
	assert_int_equal(machine_launch_page(&machine, F2, 0xfffffffffUL, 1), SNP_OK);
	assert_int_equal(machine.rmp.e[F2].gpfn, MACHINE_NOWHERE);
	assert_int_equal(machine.rmp.e[F2].vmsa, 1);
}

/* Launching ends the shared translations of the frame, and makes its content the guest's. */
static void test_launch_takes_frame(void **state)
{
	(void)state;
	assert_int_equal(machine_nested_set(&machine, G, F, 1, 0), SNP_OK);
	assert_int_equal(machine_access(&machine, 2, 0, G, 0, ACCESS_WRITE).verdict, ACCESS_OK);
	assert_int_equal(machine_launch_page(&machine, F, G, 0), SNP_OK);
	assert_int_equal(machine_access(&machine, 2, 0, G, 0, ACCESS_WRITE).verdict, ACCESS_RMP);
	assert_int_equal(machine_access(&machine, 2, 0, G, 1, ACCESS_WRITE).verdict, ACCESS_OK);
	dram_write64(F, 0, 0x1234); /* as the secure processor does */
	assert_int_equal(machine_host_read64(&machine, F, 0), cipher_encrypt(KEY, F, 0, 0x1234));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reset, fresh),
		cmocka_unit_test_setup(test_rmpupdate_input, fresh),
		cmocka_unit_test_setup(test_rmpupdate_assigns, fresh),
		cmocka_unit_test_setup(test_rmpupdate_assigns_large, fresh),
		cmocka_unit_test_setup(test_rmpupdate_clears, fresh),
		cmocka_unit_test_setup(test_rmpupdate_immutable, fresh),
		cmocka_unit_test_setup(test_rmpupdate_in_use, fresh),
		cmocka_unit_test_setup(test_rmpupdate_overlap, fresh),
		cmocka_unit_test_setup(test_psmash_input, fresh),
		cmocka_unit_test_setup(test_psmash_inherits, fresh),
		cmocka_unit_test_setup(test_nested_input, fresh),
		cmocka_unit_test_setup(test_nested_split, fresh),
		cmocka_unit_test_setup(test_launch_page, fresh),
		cmocka_unit_test_setup(test_launch_takes_frame, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
