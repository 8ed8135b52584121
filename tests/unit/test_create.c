/* CREATE_VCPU and DELETE_VCPU: conformance cases C1..C14, D1..D7 (docs/module.md). */
#include "sim/guest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include "module/services/request.h"

#define GPA(pfn) ((pfn)*PAGE_SIZE)
#define VMSA	 0x41UL /* private pages for the candidate */
#define CAA	 0x40UL

static void create_refused(uint64_t vmsa, uint64_t caa, uint64_t apic, uint64_t code)
{
	sim_refused(sim_startup, SVSM_CORE_CREATE_VCPU, vmsa, caa, apic, code);
}

static uint64_t create(struct sim_vcpu by, uint64_t vmsa, uint64_t caa, uint64_t apic)
{
	return sim_core(by, SVSM_CORE_CREATE_VCPU, GPA(vmsa), GPA(caa), apic);
}

static uint64_t delete (struct sim_vcpu by, uint64_t vmsa)
{
	return sim_core(by, SVSM_CORE_DELETE_VCPU, GPA(vmsa), 0, 0);
}

static void assert_perm(uint64_t pfn, uint32_t p1, uint32_t p2, uint32_t p3, uint32_t vmsa)
{
	struct rmp_entry e = sim_rmp(pfn);

	assert_int_equal(e.perm[1], p1);
	assert_int_equal(e.perm[2], p2);
	assert_int_equal(e.perm[3], p3);
	assert_int_equal(e.vmsa, vmsa);
}

/* A vCPU at VMPL3 on CPU 1 whose calling area VMPL3 can use. */
static struct sim_vcpu make_low(void)
{
	page_set_initial(0x20, PAGE_GUEST, 3);
	(void)machine_rmpadjust(&hw_machine, 2, 0x20, SNP_SIZE_4K, SNP_ATTR(3, SNP_PERM_ALL));
	return sim_create(sim_startup, 0x21, 0x20, 1, 3);
}

static void give_to_low(uint64_t pfn)
{
	page_set_initial(pfn, PAGE_GUEST, 3);
	assert_int_equal(
		machine_rmpadjust(&hw_machine, 2, pfn, SNP_SIZE_4K, SNP_ATTR(3, SNP_PERM_ALL)).eax,
		SNP_OK);
}

static void test_c1_c3_pages(void **state)
{
	struct sim_vcpu other = sim_create(sim_startup, 0x21, 0x20, 1, 2);
	const uint64_t bad[] = {
		SIM_MODULE,	SIM_MODULE + 0x101, SIM_MODULE_END - 1, SIM_VMSA,
		SIM_CAA,	other.vmsa,	    other.caa,		SIM_SHARED + 1,
		SIM_ABSENT + 1, SIM_PFNS + 1,	    (1UL << 27) + VMSA, (1UL << 40) + VMSA};
	uint32_t i;

	(void)state;
	sim_fill_vmsa(VMSA, 2);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (bad[i] % 512 != 0) { /* else C10 */
			create_refused(GPA(bad[i]), GPA(CAA), 2, SVSM_INVALID_ADDRESS);
		}
		create_refused(GPA(VMSA), GPA(bad[i]), 2, SVSM_INVALID_ADDRESS);
	}
	create_refused(GPA(VMSA), GPA(VMSA), 2, SVSM_INVALID_ADDRESS);
	/* The caller's own area, even for its own CPU: it is executing. */
	create_refused(GPA(VMSA), GPA(SIM_CAA), 0, SVSM_INVALID_ADDRESS);
	sim_refused(other, SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(other.caa), 1,
		    SVSM_INVALID_ADDRESS);
	assert_int_equal(create(sim_startup, VMSA, CAA, 2), SVSM_SUCCESS);
}

static void test_c2_unaligned(void **state)
{
	(void)state;
	sim_fill_vmsa(VMSA, 2);
	create_refused(GPA(VMSA) + 8, GPA(CAA), 1, SVSM_INVALID_PARAMETER);
	create_refused(GPA(VMSA), GPA(CAA) + 8, 1, SVSM_INVALID_PARAMETER);
	create_refused(GPA(VMSA) + 0x800, GPA(CAA), 1, SVSM_INVALID_PARAMETER);
	create_refused(GPA(VMSA), GPA(CAA) + 0xfff, 1, SVSM_INVALID_PARAMETER);
}

static void test_c4_level(void **state)
{
	static const uint32_t bad[] = {0, 1, 4, 5, 128, 255};
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sim_fill_vmsa(VMSA, bad[i]);
		create_refused(GPA(VMSA), GPA(CAA), 1, SVSM_INVALID_PARAMETER);
	}
	sim_fill_vmsa(VMSA, 2);
	assert_int_equal(create(sim_startup, VMSA, CAA, 1), SVSM_SUCCESS);
	sim_fill_vmsa(VMSA + 2, 3);
	assert_int_equal(create(sim_startup, VMSA + 2, CAA + 2, 1), SVSM_SUCCESS);
}

static void test_c4_low_caller(void **state)
{
	struct sim_vcpu low = make_low();

	(void)state;
	give_to_low(VMSA);
	give_to_low(CAA);
	sim_fill_vmsa(VMSA, 2);
	sim_refused(low, SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(CAA), 2, SVSM_INVALID_PARAMETER);
	sim_fill_vmsa(VMSA, 3);
	sim_refused(low, SVSM_CORE_CREATE_VCPU, GPA(VMSA + 2), GPA(CAA), 2, SVSM_INVALID_ADDRESS);
	sim_refused(low, SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(CAA + 2), 2, SVSM_INVALID_ADDRESS);
	assert_int_equal(create(low, VMSA, CAA, 2), SVSM_SUCCESS);
	assert_perm(VMSA, 0, SNP_PERM_R, SNP_PERM_R, 1);
	assert_int_equal(page_look(VMSA), page_entry(PAGE_VMSA, 3));
}

static void test_c5_c6_content(void **state)
{
	uint32_t bit;

	(void)state;
	sim_fill_vmsa(VMSA, 2);
	sim_poke(VMSA, VMSA_EFER / 8, 0xd01);
	create_refused(GPA(VMSA), GPA(CAA), 1, SVSM_INVALID_PARAMETER);
	for (bit = 0; bit < 64; bit++) {
		sim_fill_vmsa(VMSA, 2);
		sim_poke(VMSA, VMSA_SEV_FEATURES / 8, SIM_FEATURES ^ 1UL << bit);
		create_refused(GPA(VMSA), GPA(CAA), 1, SVSM_INVALID_PARAMETER);
	}
	sim_fill_vmsa(VMSA, 2);
	sim_poke(VMSA, VMSA_EVENT_INJ / 8, 0x80000b0d);
	create_refused(GPA(VMSA), GPA(CAA), 1, SVSM_INVALID_PARAMETER);
	/* C11: corrected, it is accepted. */
	sim_fill_vmsa(VMSA, 2);
	assert_int_equal(create(sim_startup, VMSA, CAA, 1), SVSM_SUCCESS);
}

static void test_c7_c10_apic_and_erratum(void **state)
{
	(void)state;
	sim_fill_vmsa(VMSA, 2);
	create_refused(GPA(VMSA), GPA(CAA), SIM_CPUS, SVSM_INVALID_PARAMETER);
	create_refused(GPA(VMSA), GPA(CAA), 0xffffffff, SVSM_INVALID_PARAMETER);
	sim_fill_vmsa(0x200, 2);
	create_refused(GPA(0x200UL), GPA(CAA), 1, SVSM_INVALID_PARAMETER);
	/* Only R8 [31:0] is the APIC id. */
	assert_int_equal(create(sim_startup, VMSA, CAA, 0xabcd00000001UL), SVSM_SUCCESS);
	assert_int_equal(vcpu_get(1).apic, 1);
}

static void test_c8_second_vcpu(void **state)
{
	struct sim_vcpu older = sim_create(sim_startup, VMSA, CAA, 1, 2);
	struct sim_vcpu newer = sim_create(sim_startup, VMSA + 2, CAA + 2, 1, 2);
	struct sim_registers query = {.rax = SVSM_CORE_QUERY_PROTOCOL, .rcx = 1};

	(void)state;
	assert_int_equal(page_look(older.vmsa), page_entry(PAGE_VMSA, 2));
	assert_int_equal(vcpu_find_vmsa(older.vmsa), 1);
	assert_int_equal(sim_call(newer, query).rcx, 1UL << 32 | 1);
	sim_prepare(older, query, 1);
	assert_int_equal(request_round(1), 2);
	assert_int_equal(sim_pending(older), 1); /* the newer one is served */
	assert_int_equal(delete (sim_startup, older.vmsa), SVSM_SUCCESS);
}

static void test_c9_twice(void **state)
{
	(void)state;
	sim_create(sim_startup, VMSA, CAA, 1, 2);
	create_refused(GPA(VMSA), GPA(CAA + 2), 1, SVSM_INVALID_ADDRESS);
	create_refused(GPA(VMSA), GPA(CAA), 1, SVSM_INVALID_ADDRESS);
}

static void test_c12_c13_accepted_page(void **state)
{
	uint64_t gpa = SIM_CAA * PAGE_SIZE + 8;
	uint64_t entry = GPA(VMSA);
	uint64_t value;

	(void)state;
	sim_fill_vmsa(VMSA, 2);
	sim_poke(VMSA, VMSA_EXITCODE / 8, SVM_EXIT_VMGEXIT); /* a call it never made */
	sim_put(2, VMSA, 100, 1); /* a cached translation that must not survive */
	assert_int_equal(create(sim_startup, VMSA, CAA, 1), SVSM_SUCCESS);
	assert_int_equal(sim_write(2, VMSA, 100, 2), ACCESS_VMPL);
	assert_int_equal(sim_read(2, VMSA, VMSA_SEV_FEATURES / 8, &value), ACCESS_OK);
	assert_int_equal(value, SIM_FEATURES);
	assert_int_equal(sim_read(3, VMSA, 0, &value), ACCESS_VMPL);
	assert_perm(VMSA, 0, SNP_PERM_R, 0, 1);
	assert_int_equal(sim_peek(VMSA, VMSA_EXITCODE / 8), 0);
	sim_refused(sim_startup, SVSM_CORE_REMAP_CA, GPA(VMSA), 0, 0, SVSM_INVALID_ADDRESS);
	sim_refused(sim_startup, SVSM_CORE_PVALIDATE, GPA(VMSA), 0, 0, SVSM_INVALID_ADDRESS);
	sim_list(sim_startup, gpa, 1, 0, &entry, 1);
	sim_refused(sim_startup, SVSM_CORE_PVALIDATE, gpa, 0, 0, SVSM_INVALID_ADDRESS);
	create_refused(GPA(VMSA + 2), GPA(VMSA), 1, SVSM_INVALID_ADDRESS);
}

static void test_c14_full(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 1; i < VCPUS_MAX; i++) {
		sim_create(sim_startup, 0x101 + 2 * i, 0x100 + 2 * i, 1 + i % 3, 2);
	}
	sim_fill_vmsa(VMSA, 2);
	create_refused(GPA(VMSA), GPA(CAA), 1, SVSM_INVALID_REQUEST);
	assert_int_equal(delete (sim_startup, 0x103), SVSM_SUCCESS);
	assert_int_equal(create(sim_startup, VMSA, CAA, 1), SVSM_SUCCESS);
}

/* ---- the order, and who may interfere ---- */

static uint32_t vmruns;

/* AT-038: at no instant before the checks can the host run the page. */
static void try_vmrun(struct hw_effect e)
{
	uint32_t vmpl;

	(void)e;
	if (machine_vmrun(&hw_machine, HW_MACHINE_BASE + VMSA, &vmpl) == SNP_OK) {
		machine_vmexit(&hw_machine, HW_MACHINE_BASE + VMSA);
		vmruns++;
	}
}

static void test_never_runnable(void **state)
{
	(void)state;
	vmruns = 0;
	sim_fill_vmsa(VMSA, 2);
	sim_poke(VMSA, VMSA_SEV_FEATURES / 8, 3);
	hw_hook = try_vmrun;
	assert_int_equal(create(sim_startup, VMSA, CAA, 1), SVSM_INVALID_PARAMETER);
	assert_int_equal(vmruns, 0);
}

/* AT-040: another vCPU keeps writing the page through a cached translation. */
static uint32_t edits;

static void edit(struct hw_effect e)
{
	uint32_t cpu = hw_machine_cpu;

	hw_machine_cpu = 3;
	if (e.kind == EFFECT_READ && e.pfn == VMSA) {
		uint64_t word = 0x1234UL + edits;

		edits += sim_write(2, VMSA, VMSA_RIP / 8, word) == ACCESS_OK;
	}
	hw_machine_cpu = cpu;
}

static void test_frozen_before_check(void **state)
{
	(void)state;
	edits = 0;
	sim_fill_vmsa(VMSA, 2);
	hw_machine_cpu = 3;
	sim_put(2, VMSA, VMSA_RIP / 8, 1);
	hw_machine_cpu = 0;
	hw_hook = edit;
	assert_int_equal(create(sim_startup, VMSA, CAA, 1), SVSM_SUCCESS);
	assert_int_equal(edits, 0);
}

/* What is judged is what is registered: no word of the page is read twice. */
static uint32_t reads[PAGE_WORDS];

static void count_reads(struct hw_effect e)
{
	if (e.kind == EFFECT_READ && e.pfn == VMSA) {
		reads[e.argument]++;
	}
}

static void test_read_once(void **state)
{
	uint32_t i;

	(void)state;
	memset(reads, 0, sizeof(reads));
	sim_fill_vmsa(VMSA, 2);
	hw_hook = count_reads;
	assert_int_equal(create(sim_startup, VMSA, CAA, 1), SVSM_SUCCESS);
	hw_hook = NULL;
	for (i = 0; i < PAGE_WORDS; i++) {
		assert_true(reads[i] <= 1);
	}
	assert_int_equal(reads[VMSA_VMPL / 8], 1);
	assert_int_equal(reads[VMSA_EFER / 8], 1);
}

/* ---- section 30, no. 18: a CPU comes back with a new VMSA and the old calling area ---- */

static void test_hand_over(void **state)
{
	struct sim_vcpu old = sim_create(sim_startup, VMSA, CAA, 1, 2);
	struct sim_vcpu back;
	struct sim_registers query = {.rax = SVSM_CORE_QUERY_PROTOCOL, .rcx = 1};
	uint32_t vmpl;

	(void)state;
	sim_prepare(old, query, 0); /* it stands at a VMGEXIT */
	back = sim_create(sim_startup, VMSA + 2, CAA, 1, 2);
	assert_true(vcpu_get(1).retired);
	assert_int_not_equal(machine_vmrun(&hw_machine, HW_MACHINE_BASE + VMSA, &vmpl), SNP_OK);
	assert_int_equal(sim_call(back, query).rcx, 1UL << 32 | 1);
	assert_int_equal(page_look(CAA), page_entry(PAGE_CAA, 2));
	assert_int_equal(delete (sim_startup, old.vmsa), SVSM_SUCCESS);
	assert_int_equal(page_look(VMSA), page_entry(PAGE_GUEST, 2));
	assert_int_equal(page_look(CAA), page_entry(PAGE_CAA, 2));
	assert_int_equal(sim_call(back, query).rcx, 1UL << 32 | 1);
}

static void test_hand_over_refused(void **state)
{
	struct sim_vcpu old = sim_create(sim_startup, VMSA, CAA, 1, 2);

	(void)state;
	sim_fill_vmsa(VMSA + 2, 2);
	sim_poke(old.vmsa, VMSA_EXITCODE / 8, SVM_EXIT_INTR);
	create_refused(GPA(VMSA + 2), GPA(CAA), 1, SVSM_FAIL_INUSE);
	assert_true(sim_peek(old.vmsa, VMSA_EFER / 8) & EFER_SVME);
	sim_poke(old.vmsa, VMSA_EXITCODE / 8, SVM_EXIT_VMGEXIT);
	create_refused(GPA(VMSA + 2), GPA(CAA), 2, SVSM_INVALID_ADDRESS); /* another APIC id */
	sim_fill_vmsa(VMSA + 2, 3);
	create_refused(GPA(VMSA + 2), GPA(CAA), 1, SVSM_INVALID_ADDRESS); /* another VMPL */
	sim_fill_vmsa(VMSA + 2, 2);
	create_refused(GPA(VMSA + 2), GPA(SIM_CAA), 0, SVSM_INVALID_ADDRESS);
	vcpu_set_serving(1, 1);
	create_refused(GPA(VMSA + 2), GPA(CAA), 1, SVSM_FAIL_INUSE);
}

/* ---- DELETE_VCPU ---- */

static void delete_refused(struct sim_vcpu by, uint64_t gpa, uint64_t code)
{
	sim_refused(by, SVSM_CORE_DELETE_VCPU, gpa, 0, 0, code);
}

static void test_d1_unknown(void **state)
{
	(void)state;
	sim_create(sim_startup, VMSA, CAA, 1, 2);
	delete_refused(sim_startup, GPA(VMSA) + 8, SVSM_INVALID_PARAMETER);
	delete_refused(sim_startup, GPA(VMSA) + 1, SVSM_INVALID_PARAMETER);
	delete_refused(sim_startup, GPA(CAA), SVSM_INVALID_PARAMETER);
	delete_refused(sim_startup, GPA(VMSA + 2), SVSM_INVALID_PARAMETER);
	delete_refused(sim_startup, GPA(SIM_MODULE), SVSM_INVALID_PARAMETER);
	delete_refused(sim_startup, GPA(VMSA) + (1UL << 39), SVSM_INVALID_PARAMETER);
	delete_refused(sim_startup, ~0UL, SVSM_INVALID_PARAMETER);
	delete_refused(sim_startup, 0, SVSM_INVALID_PARAMETER); /* free slots are not page 0 */
}

static void test_d2_d3_protected(void **state)
{
	struct sim_vcpu low = make_low();
	struct sim_vcpu peer = sim_create(sim_startup, VMSA, CAA, 2, 2);

	(void)state;
	delete_refused(sim_startup, GPA(SIM_VMSA), SVSM_INVALID_PARAMETER);
	delete_refused(peer, GPA(SIM_VMSA), SVSM_INVALID_PARAMETER);
	delete_refused(low, GPA(SIM_VMSA), SVSM_INVALID_PARAMETER);
	delete_refused(low, GPA(peer.vmsa), SVSM_INVALID_PARAMETER);
}

static void test_d4_executing(void **state)
{
	static const uint64_t codes[] = {SVM_EXIT_INTR, SVM_EXIT_NPF, SVM_EXIT_HLT, 0x404, ~0UL};
	struct sim_vcpu v = sim_create(sim_startup, VMSA, CAA, 1, 2);
	uint32_t vmpl = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		sim_poke(v.vmsa, VMSA_EXITCODE / 8, codes[i]);
		delete_refused(sim_startup, GPA(v.vmsa), SVSM_FAIL_INUSE);
		assert_true(sim_peek(v.vmsa, VMSA_EFER / 8) & EFER_SVME);
	}
	/* Running on a CPU: the store makes the host let it exit; it was in the middle of code. */
	assert_int_equal(machine_vmrun(&hw_machine, HW_MACHINE_BASE + VMSA, &vmpl), SNP_OK);
	assert_int_equal(delete (sim_startup, v.vmsa), SVSM_FAIL_INUSE);
	vcpu_set_serving(1, 1);
	sim_poke(v.vmsa, VMSA_EXITCODE / 8, SVM_EXIT_VMGEXIT);
	delete_refused(sim_startup, GPA(v.vmsa), SVSM_FAIL_INUSE);
}

static void test_d5_d7_afterwards(void **state)
{
	struct sim_vcpu v = sim_create(sim_startup, VMSA, CAA, 1, 2);
	uint32_t vmpl;

	(void)state;
	assert_int_equal(delete (sim_startup, v.vmsa), SVSM_SUCCESS); /* it never ran */
	assert_perm(VMSA, 0, SNP_PERM_ALL, 0, 0);
	assert_int_equal(page_look(VMSA), page_entry(PAGE_GUEST, 2));
	assert_int_equal(page_look(CAA), page_entry(PAGE_GUEST, 2));
	assert_int_equal(machine_vmrun(&hw_machine, HW_MACHINE_BASE + VMSA, &vmpl),
			 SNP_FAIL_PERMISSION);
	delete_refused(sim_startup, GPA(v.vmsa), SVSM_INVALID_PARAMETER);
	sim_create(sim_startup, VMSA, CAA, 1, 2);
	assert_int_equal(delete (sim_startup, v.vmsa), SVSM_SUCCESS);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(VMSA)), SVSM_SUCCESS);
	assert_int_equal(sim_pvalidate(sim_startup, GPA(CAA)), SVSM_SUCCESS);
}

static void test_delete_takes_all_levels(void **state)
{
	struct sim_vcpu low = make_low();

	(void)state;
	give_to_low(VMSA);
	give_to_low(CAA);
	sim_fill_vmsa(VMSA, 3);
	assert_int_equal(create(low, VMSA, CAA, 2), SVSM_SUCCESS);
	assert_int_equal(delete (sim_startup, VMSA), SVSM_SUCCESS);
	assert_perm(VMSA, 0, SNP_PERM_ALL, 0, 0);
	assert_int_equal(page_look(VMSA), page_entry(PAGE_GUEST, 2));
	assert_int_equal(page_look(CAA), page_entry(PAGE_GUEST, 3));
}

static void touch_nothing(struct hw_effect e)
{
	if (e.kind == EFFECT_WRITE || e.kind == EFFECT_THAW || e.kind == EFFECT_FREEZE) {
		assert_int_equal(vcpu_find_vmsa(VMSA), 1);
	}
}

static void test_d6_oneself(void **state)
{
	struct sim_vcpu v = sim_create(sim_startup, VMSA, CAA, 1, 2);
	struct sim_registers r = {.rax = SVSM_CORE_DELETE_VCPU, .rcx = GPA(VMSA)};
	uint32_t vmpl;

	(void)state;
	sim_prepare(v, r, 1);
	hw_machine_cpu = 1;
	hw_hook = touch_nothing;
	assert_int_equal(request_round(1), 0);
	hw_hook = NULL;
	assert_int_equal(vcpu_find_vmsa(VMSA), VCPU_NONE);
	assert_int_not_equal(machine_vmrun(&hw_machine, HW_MACHINE_BASE + VMSA, &vmpl), SNP_OK);
	assert_int_equal(sim_peek(VMSA, VMSA_RAX / 8), SVSM_CORE_DELETE_VCPU);
	assert_int_equal(sim_peek(CAA, 0) % 256, 1);
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_QUERY_PROTOCOL, 1, 0, 0), SVSM_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_c1_c3_pages, sim_reset),
		cmocka_unit_test_setup(test_c2_unaligned, sim_reset),
		cmocka_unit_test_setup(test_c4_level, sim_reset),
		cmocka_unit_test_setup(test_c4_low_caller, sim_reset),
		cmocka_unit_test_setup(test_c5_c6_content, sim_reset),
		cmocka_unit_test_setup(test_c7_c10_apic_and_erratum, sim_reset),
		cmocka_unit_test_setup(test_c8_second_vcpu, sim_reset),
		cmocka_unit_test_setup(test_c9_twice, sim_reset),
		cmocka_unit_test_setup(test_c12_c13_accepted_page, sim_reset),
		cmocka_unit_test_setup(test_c14_full, sim_reset),
		cmocka_unit_test_setup(test_never_runnable, sim_reset),
		cmocka_unit_test_setup(test_frozen_before_check, sim_reset),
		cmocka_unit_test_setup(test_read_once, sim_reset),
		cmocka_unit_test_setup(test_hand_over, sim_reset),
		cmocka_unit_test_setup(test_hand_over_refused, sim_reset),
		cmocka_unit_test_setup(test_d1_unknown, sim_reset),
		cmocka_unit_test_setup(test_d2_d3_protected, sim_reset),
		cmocka_unit_test_setup(test_d4_executing, sim_reset),
		cmocka_unit_test_setup(test_d5_d7_afterwards, sim_reset),
		cmocka_unit_test_setup(test_delete_takes_all_levels, sim_reset),
		cmocka_unit_test_setup(test_d6_oneself, sim_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
