/* The call frame: conformance cases F1..F12 (docs/module.md), and who is served. */
#include "sim/guest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include "module/services/request.h"

static uint64_t dispatch(uint64_t protocol, uint64_t call)
{
	struct sim_registers r = {SIM_CALL(protocol, call), 0x11, 0x22, 0x33, 0x44};
	uint64_t before = sim_digest();
	struct sim_registers out = sim_call(sim_startup, r);

	assert_int_equal(sim_digest(), before);
	assert_int_equal(out.rcx, 0x11);
	assert_int_equal(out.rdx, 0x22);
	assert_int_equal(out.r8, 0x33);
	assert_int_equal(out.r9, 0x44);
	return out.rax;
}

static void test_f1_unknown_protocol(void **state)
{
	static const uint64_t protocols[] = {3, 4, 5, 6, 0x7fffffff, 0x80000000, 0xffffffff};
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		assert_int_equal(dispatch(protocols[i], 0), SVSM_UNSUPPORTED_PROTOCOL);
		assert_int_equal(dispatch(protocols[i], 1), SVSM_UNSUPPORTED_PROTOCOL);
	}
}

static void test_f2_unknown_call(void **state)
{
	static const uint64_t calls[] = {4, 5, 8, 0xffff, 0xffffffff};
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		assert_int_equal(dispatch(SVSM_PROTOCOL_CORE, calls[i]), SVSM_UNSUPPORTED_CALL);
	}
}

/* The whole VMSA page, for "no register changed". */
static void copy_vmsa(uint64_t pfn, uint64_t *words)
{
	uint32_t i;

	for (i = 0; i < PAGE_WORDS; i++) {
		words[i] = sim_peek(pfn, i);
	}
}

/* One round of the module that must have no effect at all. */
static void assert_no_effect(void)
{
	uint64_t before[PAGE_WORDS];
	uint64_t after[PAGE_WORDS];
	uint64_t digest = sim_digest();

	copy_vmsa(SIM_VMSA, before);
	assert_int_equal(request_round(0), 2);
	copy_vmsa(SIM_VMSA, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(sim_digest(), digest);
}

static void test_f3_nothing_pending(void **state)
{
	struct sim_registers r = {SIM_CALL(0, SVSM_CORE_QUERY_PROTOCOL), 1, 2, 3, 4};

	(void)state;
	sim_prepare(sim_startup, r, 0);
	assert_no_effect();
}

static void test_f4_reserved_pending(void **state)
{
	struct sim_registers r = {SIM_CALL(0, SVSM_CORE_QUERY_PROTOCOL), 1, 2, 3, 4};
	uint32_t pending;

	(void)state;
	for (pending = 2; pending < 256; pending++) {
		sim_prepare(sim_startup, r, (uint8_t)pending);
		assert_int_equal(request_round(0), 2);
		assert_int_equal(sim_result(sim_startup).rax, SVSM_INVALID_FORMAT);
		assert_int_equal(sim_result(sim_startup).rcx, 1);
		assert_int_equal(sim_pending(sim_startup), 0);
	}
}

static void test_f5_other_exit(void **state)
{
	static const uint64_t codes[] = {0x60, 0x7b, 0x400, 0x402, 0x404, 0, ~0UL};
	struct sim_registers r = {SIM_CALL(0, SVSM_CORE_QUERY_PROTOCOL), 1, 2, 3, 4};
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		sim_prepare(sim_startup, r, 1);
		sim_poke(SIM_VMSA, VMSA_EXITCODE / 8, codes[i]);
		assert_no_effect();
		assert_int_equal(sim_pending(sim_startup), 1);
	}
}

/* F6: only RAX and the registers of the call change in the whole VMSA; F9, F10 as well. */
static void test_f6_only_defined_registers(void **state)
{
	struct sim_registers r = {SIM_CALL(0, SVSM_CORE_QUERY_PROTOCOL), 1, 2, 3, 4};
	uint64_t before[PAGE_WORDS];
	uint64_t after[PAGE_WORDS];
	uint32_t i;

	(void)state;
	for (i = 0; i < PAGE_WORDS; i++) {
		if (i != VMSA_EFER / 8 && i != VMSA_VMPL / 8) {
			sim_poke(SIM_VMSA, i, 0xaaaa000000000000UL + i);
		}
	}
	sim_prepare(sim_startup, r, 1);
	copy_vmsa(SIM_VMSA, before);
	assert_int_equal(request_round(0), 2);
	copy_vmsa(SIM_VMSA, after);
	for (i = 0; i < PAGE_WORDS; i++) {
		if (i == VMSA_RAX / 8) {
			assert_int_equal(after[i], SVSM_SUCCESS);
		} else if (i == VMSA_RCX / 8) {
			assert_int_equal(after[i], 1UL << 32 | 1);
		} else {
			assert_int_equal(after[i], before[i]);
		}
	}
}

static void test_f7_executed_once(void **state)
{
	struct sim_registers r = {SIM_CALL(0, SVSM_CORE_QUERY_PROTOCOL), 1, 0, 0, 0};

	(void)state;
	sim_prepare(sim_startup, r, 1);
	assert_int_equal(request_round(0), 2);
	assert_int_equal(sim_result(sim_startup).rcx, 1UL << 32 | 1);
	assert_no_effect();
}

static void test_f11_no_caller(void **state)
{
	uint64_t before = sim_digest();

	(void)state;
	hw_machine_cpu = 1;
	assert_int_equal(request_round(1), 0); /* no guest vCPU there yet */
	hw_machine_cpu = 0;
	assert_int_equal(sim_digest(), before);
	assert_no_effect(); /* EXITCODE is 0: it never ran */
}

static uint32_t tries;

/* The host tries to run the caller's VMSA before each effect of the module. */
static void try_vmrun(struct hw_effect e)
{
	static int frozen;
	uint32_t vmpl;
	uint32_t status;

	status = machine_vmrun(&hw_machine, HW_MACHINE_BASE + SIM_VMSA, &vmpl);
	if (frozen) {
		assert_int_not_equal(status, SNP_OK);
		tries++;
	}
	if (status == SNP_OK) {
		machine_vmexit(&hw_machine, HW_MACHINE_BASE + SIM_VMSA);
	}
	if (e.kind == EFFECT_FREEZE) {
		frozen = 1;
	} else if (e.kind == EFFECT_THAW) {
		frozen = 0;
	}
}

static void test_f12_run_during_call(void **state)
{
	uint64_t gpa = SIM_CAA * PAGE_SIZE + CAA_BUFFER;
	uint64_t entry = SIM_SHARED * PAGE_SIZE + ENTRY_VALIDATE;

	(void)state;
	tries = 0;
	sim_list(sim_startup, gpa, 1, 0, &entry, 1);
	hw_hook = try_vmrun;
	assert_int_equal(sim_core(sim_startup, SVSM_CORE_PVALIDATE, gpa, 0, 0), SVSM_SUCCESS);
	assert_true(tries > 5);
}

/* The module writes a VMSA that runs: the host must let it exit first. */
static void test_freeze_waits_for_exit(void **state)
{
	uint32_t vmpl = 0;

	(void)state;
	assert_int_equal(machine_vmrun(&hw_machine, HW_MACHINE_BASE + SIM_VMSA, &vmpl), SNP_OK);
	assert_int_equal(vmpl, 2);
	assert_no_effect();
	assert_false(sim_rmp(SIM_VMSA).in_use);
}

static void test_order_of_the_answer(void **state)
{
	struct sim_registers r = {SIM_CALL(0, SVSM_CORE_QUERY_PROTOCOL), 1, 0, 0, 0};
	uint32_t n;

	(void)state;
	sim_prepare(sim_startup, r, 1);
	hw_trace.count = 0;
	assert_int_equal(request_round(0), 2);
	n = hw_trace.count;
	assert_int_equal(hw_trace.e[0].kind, EFFECT_FREEZE);
	assert_int_equal(hw_trace.e[1].kind, EFFECT_READ);
	assert_int_equal(hw_trace.e[1].argument, VMSA_EXITCODE / 8);
	assert_int_equal(hw_trace.e[2].pfn, SIM_CAA);
	assert_int_equal(hw_trace.e[n - 1].kind, EFFECT_THAW);
	assert_int_equal(hw_trace.e[n - 2].kind, EFFECT_WRITE);
	assert_int_equal(hw_trace.e[n - 2].pfn, SIM_CAA);
	assert_int_equal(hw_trace.e[n - 3].pfn, SIM_VMSA);
}

/* Two levels on one CPU: who called is found by looking, the most privileged first. */
static void test_levels_of_one_cpu(void **state)
{
	struct sim_vcpu low = sim_create(sim_startup, 0x21, 0x20, 0, 3);
	struct sim_registers query = {SIM_CALL(0, SVSM_CORE_QUERY_PROTOCOL), 1, 0, 0, 0};
	struct sim_registers unknown = {SIM_CALL(9, 0), 1, 0, 0, 0};

	(void)state;
	/* VMPL3 needs its calling area: VMPL2 gives it permission. */
	assert_int_equal(machine_rmpadjust(&hw_machine, 2, 0x20, SNP_SIZE_4K,
					   SNP_ATTR(3, SNP_PERM_R | SNP_PERM_W))
				 .eax,
			 SNP_OK);
	assert_int_equal(sim_call(low, query).rcx, 1UL << 32 | 1);
	assert_int_equal(sim_call(sim_startup, query).rcx, 1UL << 32 | 1);
	sim_prepare(low, unknown, 1);
	sim_prepare(sim_startup, query, 1);
	assert_int_equal(request_round(0), 3);
	assert_int_equal(sim_result(low).rax, SVSM_UNSUPPORTED_PROTOCOL);
	assert_int_equal(sim_result(sim_startup).rax, SVSM_SUCCESS);
	assert_int_equal(request_round(0), 2);
}

/* While a CPU serves a vCPU, its slot says so, and afterwards no longer. */
static uint32_t seen_serving;
static void watch_serving(struct hw_effect e)
{
	if (e.kind == EFFECT_READ && vcpu_get(0).serving) {
		seen_serving++;
	}
}

static void test_serving_mark(void **state)
{
	(void)state;
	seen_serving = 0;
	hw_hook = watch_serving;
	assert_int_equal(dispatch(9, 9), SVSM_UNSUPPORTED_PROTOCOL);
	assert_true(seen_serving > 0);
	assert_int_equal(vcpu_get(0).serving, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_f1_unknown_protocol, sim_reset),
		cmocka_unit_test_setup(test_f2_unknown_call, sim_reset),
		cmocka_unit_test_setup(test_f3_nothing_pending, sim_reset),
		cmocka_unit_test_setup(test_f4_reserved_pending, sim_reset),
		cmocka_unit_test_setup(test_f5_other_exit, sim_reset),
		cmocka_unit_test_setup(test_f6_only_defined_registers, sim_reset),
		cmocka_unit_test_setup(test_f7_executed_once, sim_reset),
		cmocka_unit_test_setup(test_f11_no_caller, sim_reset),
		cmocka_unit_test_setup(test_f12_run_during_call, sim_reset),
		cmocka_unit_test_setup(test_freeze_waits_for_exit, sim_reset),
		cmocka_unit_test_setup(test_order_of_the_answer, sim_reset),
		cmocka_unit_test_setup(test_levels_of_one_cpu, sim_reset),
		cmocka_unit_test_setup(test_serving_mark, sim_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
