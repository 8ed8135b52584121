/* The walk's verdicts, stale TLB entries, and VMSA pages. */
#include "machine_fixture.h"
#include <verismo/vmsa.h>

static const enum access_kind kinds[] = {ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH_USER,
					 ACCESS_FETCH_SUPERVISOR};
static const uint8_t needs[] = {SNP_PERM_R, SNP_PERM_W, SNP_PERM_UX, SNP_PERM_SX};

static void expect_walk(uint32_t vmpl, uint64_t gpfn, uint32_t private_view, enum access_kind kind,
			enum access_verdict want)
{
	snapshot_take();
	assert_int_equal(machine_walk(&machine, vmpl, gpfn, private_view, kind).verdict, want);
	snapshot_expect();
}

static void grant(uint64_t gpfn, uint32_t vmpl, uint32_t perm)
{
	expect_insn(machine_rmpadjust(&machine, 0, gpfn, SNP_SIZE_4K, SNP_ATTR(vmpl, perm)),
		    INSN_DONE, SNP_OK, 0);
}

static void test_walk_not_present(void **state)
{
	(void)state;
	for (uint32_t view = 0; view < 2; view++) {
		for (uint32_t i = 0; i < 4; i++) {
			expect_walk(0, G, view, kinds[i], ACCESS_NOT_PRESENT);
			expect_walk(0, MACHINE_GFNS, view, kinds[i], ACCESS_NOT_PRESENT);
			expect_walk(3, 0xfffffffffUL, view, kinds[i], ACCESS_NOT_PRESENT);
		}
	}
}

static void test_walk_shared(void **state)
{
	struct access a;

	(void)state;
	machine_nested_set(&machine, G, F, 1, 0);
	a = machine_walk(&machine, 2, G, 0, ACCESS_WRITE);
	assert_int_equal(a.verdict, ACCESS_OK);
	assert_int_equal(a.spfn, F);
	assert_int_equal(a.perm, SNP_PERM_R | SNP_PERM_W);
	assert_int_equal(a.large, 0);
	expect_walk(0, G, 1, ACCESS_READ, ACCESS_RMP);
	/* a fetch is private whatever the C-bit says */
	expect_walk(0, G, 0, ACCESS_FETCH_SUPERVISOR, ACCESS_RMP);
	expect_walk(3, G, 0, ACCESS_FETCH_USER, ACCESS_RMP);
}

static void test_walk_owner(void **state)
{
	struct rmp_update fixed = guest_page(G, SNP_SIZE_4K);

	(void)state;
	give(F, G);
	expect_walk(0, G, 0, ACCESS_READ, ACCESS_RMP);
	expect_walk(0, G, 0, ACCESS_WRITE, ACCESS_RMP);
	expect_walk(0, G, 1, ACCESS_READ, ACCESS_NOT_VALID);
	machine_pvalidate(&machine, 0, G, SNP_SIZE_4K, 1);
	expect_walk(0, G, 1, ACCESS_READ, ACCESS_OK);
	expect_walk(0, G, 0, ACCESS_READ, ACCESS_RMP);
	expect_walk(1, G, 1, ACCESS_READ, ACCESS_VMPL);
	/* the same frame at another place, and another frame at this place */
	machine_nested_set(&machine, G2, F, 1, 0);
	expect_walk(0, G2, 1, ACCESS_READ, ACCESS_RMP);
	machine_nested_set(&machine, G, F2, 1, 0);
	expect_walk(0, G, 1, ACCESS_READ, ACCESS_RMP);
	machine_nested_set(&machine, G, F, 1, 0);
	/* a page of the secure processor, then an immutable one */
	fixed.asid = 0;
	machine_rmpupdate(&machine, F, fixed);
	expect_walk(0, G, 1, ACCESS_READ, ACCESS_RMP);
	expect_walk(0, G, 0, ACCESS_READ, ACCESS_RMP);
	fixed.asid = MACHINE_ASID;
	fixed.immutable = 1;
	machine_rmpupdate(&machine, F, fixed);
	expect_walk(0, G, 1, ACCESS_READ, ACCESS_RMP);
}

/* All permissions of all levels against all kinds of access; without R nothing is allowed. */
static void test_walk_permissions(void **state)
{
	(void)state;
	own(F, G);
	for (uint32_t perm = 0; perm <= SNP_PERM_ALL; perm++) {
		for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
			grant(G, vmpl, perm);
		}
		for (uint32_t i = 0; i < 4 * SNP_VMPLS; i++) {
			uint32_t vmpl = i / 4;
			uint8_t have = vmpl == 0 ? SNP_PERM_ALL : (uint8_t)perm;
			int allowed = (have & SNP_PERM_R) && (have & needs[i % 4]);
			struct access a = machine_walk(&machine, vmpl, G, 1, kinds[i % 4]);

			assert_int_equal(a.verdict, allowed ? ACCESS_OK : ACCESS_VMPL);
			assert_int_equal(a.perm, allowed ? have : SNP_PERM_NONE);
		}
	}
}

static void test_walk_sizes(void **state)
{
	struct access a;

	(void)state;
	own_large(BIG, GBIG);
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		a = machine_walk(&machine, 0, GBIG + i, 1, ACCESS_WRITE);
		assert_int_equal(a.verdict, ACCESS_OK);
		assert_int_equal(a.spfn, BIG + i);
		assert_int_equal(a.large, 1);
		assert_int_equal(machine_walk(&machine, 0, GBIG + i, 0, ACCESS_READ).verdict,
				 ACCESS_RMP);
	}
	/* one frame of it elsewhere is no part of it */
	machine_nested_set(&machine, G, BIG + 5, 1, 0);
	expect_walk(0, G, 1, ACCESS_READ, ACCESS_RMP);
	/* 4K RMP under a 2M mapping; then the mapping split too; then 2M RMP under 4K mappings */
	assert_int_equal(machine_psmash(&machine, BIG), SNP_OK);
	expect_walk(0, GBIG + 5, 1, ACCESS_READ, ACCESS_SIZE);
	machine_nested_set(&machine, GBIG, BIG, 1, 0);
	a = machine_walk(&machine, 0, GBIG + 5, 1, ACCESS_READ);
	assert_int_equal(a.verdict, ACCESS_OK);
	assert_int_equal(a.large, 0);
	fresh(state);
	own_large(BIG, GBIG);
	machine_nested_set(&machine, GBIG + 1, BIG + 1, 1, 0);
	expect_walk(0, GBIG, 1, ACCESS_READ, ACCESS_SIZE);
	expect_walk(0, GBIG + 1, 1, ACCESS_READ, ACCESS_SIZE);
}

/* ---- TLB ---- */

static enum access_verdict touch(uint32_t cpu, uint32_t vmpl, uint64_t gpfn, enum access_kind kind)
{
	return machine_access(&machine, cpu, vmpl, gpfn, 1, kind).verdict;
}

static void test_tlb_outlives_rmpadjust(void **state)
{
	(void)state;
	own(F, G);
	grant(G, 2, SNP_PERM_ALL);
	assert_int_equal(touch(1, 2, G, ACCESS_WRITE), ACCESS_OK);
	grant(G, 2, SNP_PERM_NONE);
	assert_int_equal(touch(1, 2, G, ACCESS_WRITE), ACCESS_OK);
	assert_int_equal(touch(0, 2, G, ACCESS_WRITE), ACCESS_VMPL);
	tlb_flush_cpu(&machine, 0);
	assert_int_equal(touch(1, 2, G, ACCESS_WRITE), ACCESS_OK);
	tlb_flush_cpu(&machine, 1);
	assert_int_equal(touch(1, 2, G, ACCESS_WRITE), ACCESS_VMPL);
}

static void test_tlb_outlives_pvalidate(void **state)
{
	(void)state;
	own(F, G);
	assert_int_equal(touch(3, 0, G, ACCESS_READ), ACCESS_OK);
	machine_pvalidate(&machine, 0, G, SNP_SIZE_4K, 0);
	assert_int_equal(touch(3, 0, G, ACCESS_READ), ACCESS_OK);
	tlb_flush_all(&machine);
	assert_int_equal(touch(3, 0, G, ACCESS_READ), ACCESS_NOT_VALID);
}

static void test_tlb_outlives_remap(void **state)
{
	struct access a;

	(void)state;
	own(F, G);
	assert_int_equal(touch(7, 0, G, ACCESS_READ), ACCESS_OK);
	give(F2, G);
	a = machine_access(&machine, 7, 0, G, 1, ACCESS_READ);
	assert_int_equal(a.verdict, ACCESS_OK);
	assert_int_equal(a.spfn, F);
	assert_int_equal(touch(6, 0, G, ACCESS_READ), ACCESS_NOT_VALID);
}

static void test_tlb_rmpupdate_flushes(void **state)
{
	(void)state;
	own(F, G);
	own(F2, G2);
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		assert_int_equal(touch(cpu, 0, G, ACCESS_READ), ACCESS_OK);
		assert_int_equal(touch(cpu, 0, G2, ACCESS_READ), ACCESS_OK);
	}
	machine_pvalidate(&machine, 0, G2, SNP_SIZE_4K, 0);
	assert_int_equal(machine_rmpupdate(&machine, F, host_page(0)), SNP_OK);
	for (uint32_t cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		assert_int_equal(touch(cpu, 0, G, ACCESS_READ), ACCESS_RMP);
		assert_int_equal(touch(cpu, 0, G2, ACCESS_READ), ACCESS_OK); /* another frame's */
	}
}

static void test_tlb_large_flushes(void **state)
{
	(void)state;
	for (uint32_t smash = 0; smash < 2; smash++) {
		fresh(state);
		own_large(BIG, GBIG);
		own(F, G);
		assert_int_equal(touch(0, 0, GBIG, ACCESS_READ), ACCESS_OK);
		assert_int_equal(touch(5, 0, GBIG + 511, ACCESS_READ), ACCESS_OK);
		assert_int_equal(touch(5, 0, G, ACCESS_READ), ACCESS_OK);
		if (smash) {
			assert_int_equal(machine_psmash(&machine, BIG), SNP_OK);
		} else {
			assert_int_equal(machine_rmpupdate(&machine, BIG, host_page(1)), SNP_OK);
		}
		assert_int_not_equal(touch(0, 0, GBIG, ACCESS_READ), ACCESS_OK);
		assert_int_not_equal(touch(5, 0, GBIG + 511, ACCESS_READ), ACCESS_OK);
		machine_pvalidate(&machine, 0, G, SNP_SIZE_4K, 0);
		assert_int_equal(touch(5, 0, G, ACCESS_READ), ACCESS_OK);
	}
}

/* A cached refusal is walked again; views and levels do not share entries. */
static void test_tlb_tags(void **state)
{
	(void)state;
	own(F, G);
	grant(G, 2, SNP_PERM_R);
	assert_int_equal(touch(0, 2, G, ACCESS_READ), ACCESS_OK);
	assert_int_equal(touch(0, 2, G, ACCESS_WRITE), ACCESS_VMPL);
	grant(G, 2, SNP_PERM_R | SNP_PERM_W);
	assert_int_equal(touch(0, 2, G, ACCESS_WRITE), ACCESS_OK);
	/* the wider translation took the place of the narrow one */
	grant(G, 2, SNP_PERM_NONE);
	assert_int_equal(touch(0, 2, G, ACCESS_WRITE), ACCESS_OK);
	assert_int_equal(touch(0, 3, G, ACCESS_READ), ACCESS_VMPL);
	assert_int_equal(machine_access(&machine, 0, 2, G, 0, ACCESS_READ).verdict, ACCESS_RMP);
}

static void test_tlb_evicts(void **state)
{
	(void)state;
	for (uint64_t i = 0; i <= MACHINE_TLB; i++) {
		own(F + i, 0x2000 + i);
		assert_int_equal(touch(0, 0, 0x2000 + i, ACCESS_READ), ACCESS_OK);
	}
	for (uint64_t i = 0; i <= MACHINE_TLB; i++) {
		machine_pvalidate(&machine, 0, 0x2000 + i, SNP_SIZE_4K, 0);
	}
	assert_int_equal(touch(0, 0, 0x2000, ACCESS_READ), ACCESS_NOT_VALID);
	for (uint64_t i = 1; i <= MACHINE_TLB; i++) {
		assert_int_equal(touch(0, 0, 0x2000 + i, ACCESS_READ), ACCESS_OK);
	}
}

/* ---- VMSA ---- */

static void test_vmrun_refusals(void **state)
{
	uint32_t vmpl = 77;

	(void)state;
	REFUSED(SNP_FAIL_INPUT, machine_vmrun(&machine, MACHINE_FRAMES, &vmpl));
	REFUSED(SNP_FAIL_PERMISSION, machine_vmrun(&machine, F, &vmpl));
	own(F, G);
	machine_guest_write64(&machine, F, VMSA_EFER / 8, 1, EFER_SVME);
	REFUSED(SNP_FAIL_PERMISSION, machine_vmrun(&machine, F, &vmpl));
	own_large(BIG, GBIG);
	REFUSED(SNP_FAIL_PERMISSION, machine_vmrun(&machine, BIG, &vmpl));
	make_vmsa(F2, G2, 2, 0xd01);
	REFUSED(SNP_FAIL_INPUT, machine_vmrun(&machine, F2, &vmpl));
	machine_guest_write64(&machine, F2, VMSA_EFER / 8, 1, 0xd01 | EFER_SVME);
	for (uint64_t level = 4; level < 256; level += 63) {
		machine_guest_write64(&machine, F2, VMSA_VMPL / 8, 1, level * 0x10000);
		REFUSED(SNP_FAIL_INPUT, machine_vmrun(&machine, F2, &vmpl));
	}
	machine_guest_write64(&machine, F2, VMSA_VMPL / 8, 1, 3 * 0x10000);
	machine_pvalidate(&machine, 0, G2, SNP_SIZE_4K, 0);
	REFUSED(SNP_FAIL_PERMISSION, machine_vmrun(&machine, F2, &vmpl));
	assert_int_equal(vmpl, 77);
}

static void test_vmrun_in_use(void **state)
{
	uint32_t vmpl = 77;

	(void)state;
	make_vmsa(F, G, 3, EFER_SVME);
	snapshot_take();
	assert_int_equal(machine_vmrun(&machine, F, &vmpl), SNP_OK);
	assert_int_equal(vmpl, 3);
	snapshot()->rmp.e[F].in_use = 1;
	snapshot_expect();
	REFUSED(SNP_FAIL_INUSE, machine_vmrun(&machine, F, &vmpl));
	machine_vmexit(&machine, F);
	snapshot()->rmp.e[F].in_use = 0;
	snapshot_expect();
	machine_vmexit(&machine, MACHINE_FRAMES);
	snapshot_expect();
	assert_int_equal(machine_vmrun(&machine, F, &vmpl), SNP_OK);
}

/* A running vCPU's VMSA can be read, not written, also not through a translation cached before. */
static void test_in_use_is_not_written(void **state)
{
	uint32_t vmpl;

	(void)state;
	make_vmsa(F, G, 2, EFER_SVME);
	assert_int_equal(touch(1, 0, G, ACCESS_WRITE), ACCESS_OK);
	assert_int_equal(machine_vmrun(&machine, F, &vmpl), SNP_OK);
	assert_int_equal(touch(1, 0, G, ACCESS_WRITE), ACCESS_RMP);
	assert_int_equal(touch(1, 0, G, ACCESS_READ), ACCESS_OK);
	assert_int_equal(machine_walk(&machine, 0, G, 1, ACCESS_READ).perm & SNP_PERM_W, 0);
	assert_int_equal(touch(1, 0, G, ACCESS_WRITE), ACCESS_RMP);
	machine_vmexit(&machine, F);
	assert_int_equal(touch(1, 0, G, ACCESS_WRITE), ACCESS_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_walk_not_present, fresh),
		cmocka_unit_test_setup(test_walk_shared, fresh),
		cmocka_unit_test_setup(test_walk_owner, fresh),
		cmocka_unit_test_setup(test_walk_permissions, fresh),
		cmocka_unit_test_setup(test_walk_sizes, fresh),
		cmocka_unit_test_setup(test_tlb_outlives_rmpadjust, fresh),
		cmocka_unit_test_setup(test_tlb_outlives_pvalidate, fresh),
		cmocka_unit_test_setup(test_tlb_outlives_remap, fresh),
		cmocka_unit_test_setup(test_tlb_rmpupdate_flushes, fresh),
		cmocka_unit_test_setup(test_tlb_large_flushes, fresh),
		cmocka_unit_test_setup(test_tlb_tags, fresh),
		cmocka_unit_test_setup(test_tlb_evicts, fresh),
		cmocka_unit_test_setup(test_vmrun_refusals, fresh),
		cmocka_unit_test_setup(test_vmrun_in_use, fresh),
		cmocka_unit_test_setup(test_in_use_is_not_written, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
