/*
 * The theorem's clauses on concrete states: a guest and a hostile host at work, every clause evaluated; and
 * each clause shown able to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tests/unit/account_native.h"
#include "sim/guest.h"
#include <verismo/svsm.h>

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (seed >> 33) % below;
}

static int start(void **state)
{
	sim_reset(state);
	account_follow();
	seed = 1;
	return 0;
}

static void holds(void)
{
	const char *broken = account_check();

	if (broken != NULL) {
		fail_msg("clause %s does not hold", broken);
	}
}

static void test_first_state(void **state)
{
	(void)state;
	holds();
}

/* ---- steps of the others ---- */

static uint64_t any_pfn(void)
{
	static const uint64_t base[] = {SIM_PRIVATE + 0x100, SIM_SHARED, SIM_SHARED_2M,
					SIM_PRIVATE_2M};

	return base[draw(4)] + draw(16);
}

static void host_step(void)
{
	uint64_t pfn = any_pfn();
	uint64_t spfn = HW_MACHINE_BASE + any_pfn();
	struct rmp_update u = {.gpfn = pfn, .asid = MACHINE_ASID, .assigned = 1};

	switch (draw(4)) {
	case 0:
		(void)machine_nested_set(&hw_machine, pfn, spfn, 1, 0);
		break;
	case 1:
		(void)machine_rmpupdate(&hw_machine, spfn, u);
		break;
	case 2:
		(void)machine_psmash(&hw_machine, spfn - spfn % PAGES_PER_2M);
		break;
	default:
		(void)machine_host_write64(&hw_machine, spfn, draw(512), draw(1000));
		break;
	}
}

static void guest_step(void)
{
	uint32_t vmpl = (uint32_t)(1 + draw(3));
	uint64_t pfn = any_pfn();
	uint64_t attributes = SNP_ATTR(1 + draw(3), draw(16));
	uint64_t value;

	switch (draw(3)) {
	case 0:
		(void)sim_read(vmpl, pfn, 0, &value);
		break;
	case 1:
		(void)sim_write(vmpl, pfn, 0, draw(1000));
		break;
	default: {
		struct insn_result r =
			machine_rmpadjust(&hw_machine, vmpl, pfn, SNP_SIZE_4K, attributes);

		if (r.fault == INSN_DONE && r.eax == SNP_OK) {
			account_adjusted(pfn, SNP_SIZE_4K, attributes);
		}
		break;
	}
	}
}

/* A spare frame takes the place of the one at pfn, which stays as it is in the RMP. */
static void swap_frame(uint64_t pfn)
{
	uint64_t spare = HW_MACHINE_BASE + SIM_ABSENT + draw(64);
	struct rmp_update u = {.gpfn = pfn, .asid = MACHINE_ASID, .assigned = 1};

	(void)machine_rmpupdate(&hw_machine, spare, u);
	(void)machine_nested_set(&hw_machine, pfn, spare, 1, 0);
}

/* The host and the guest may come between any two effects of the module. */
static void interfere(struct hw_effect e)
{
	if (draw(8) == 0) {
		host_step();
		guest_step();
	}
	if (e.kind == EFFECT_PVALIDATE && draw(4) == 0) {
		swap_frame(e.pfn);
	}
}

/* 0: the module has ended the VM, as it must when the host plays with frames. */
static int module_step(void)
{
	uint64_t gpa = any_pfn() * PAGE_SIZE;
	uint64_t entry = gpa + (draw(2) ? ENTRY_VALIDATE : 0);

	return HW_RUN(sim_pvalidate(sim_startup, entry)) == 0;
}

static void test_hostile_runs(void **state)
{
	for (uint32_t run = 0; run < 40; run++) {
		start(state);
		seed = run + 2;
		hw_hook = interfere;
		for (uint32_t i = 0; i < 60; i++) {
			if (draw(3) == 0) {
				host_step();
			}
			guest_step();
			if (!module_step()) {
				break; /* nothing runs any more */
			}
		}
		holds();
	}
}

/* ---- each clause can fail ---- */

static void breaks(const char *clause)
{
	const char *broken = account_check();

	assert_non_null(broken);
	assert_string_equal(broken, clause);
}

static void test_two_frames(void **state)
{
	struct rmp_update u = {.gpfn = SIM_PRIVATE, .asid = MACHINE_ASID, .assigned = 1};

	(void)state;
	assert_int_equal(machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + SIM_SHARED, u), SNP_OK);
	hw_machine.rmp.e[HW_MACHINE_BASE + SIM_SHARED].validated = 1;
	breaks("bijection");
}

static void test_hidden_permission(void **state)
{
	(void)state;
	hw_machine.rmp.e[HW_MACHINE_BASE + SIM_PRIVATE].perm[3] = SNP_PERM_R;
	breaks("account");
}

static void test_permission_before_validation(void **state)
{
	(void)state;
	hw_machine.rmp.e[HW_MACHINE_BASE + SIM_SHARED].perm[2] = SNP_PERM_ALL;
	breaks("blank");
}

static void test_wrong_key(void **state)
{
	(void)state;
	hw_machine.memory.key[HW_MACHINE_BASE + SIM_PRIVATE] = 0;
	breaks("key");
}

static void test_stale_translation(void **state)
{
	(void)state;
	sim_put(2, SIM_PRIVATE, 0, 1);
	hw_machine.rmp.e[HW_MACHINE_BASE + SIM_PRIVATE].gpfn = SIM_ABSENT;
	account.page[SIM_ABSENT] = account.page[SIM_PRIVATE];
	account.home[SIM_ABSENT] = HW_MACHINE_BASE + SIM_PRIVATE;
	breaks("tlb");
}

static void test_taken_without_account(void **state)
{
	(void)state;
	sim_put(2, SIM_PRIVATE, 0, 1);
	hw_machine.rmp.e[HW_MACHINE_BASE + SIM_PRIVATE].perm[2] = SNP_PERM_NONE;
	account.page[SIM_PRIVATE].perm[2] = SNP_PERM_NONE;
	breaks("cached");
}

static void test_secret_in_reach(void **state)
{
	(void)state;
	account.page[SIM_PRIVATE].secret = 1;
	breaks("secret");
}

static void test_broken_promise(void **state)
{
	(void)state;
	hw_machine.rmp.e[HW_MACHINE_BASE + SIM_PRIVATE].perm[1] = SNP_PERM_R;
	account.page[SIM_PRIVATE].perm[1] = SNP_PERM_R;
	breaks("promise");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_first_state, start),
		cmocka_unit_test_setup(test_hostile_runs, start),
		cmocka_unit_test_setup(test_two_frames, start),
		cmocka_unit_test_setup(test_hidden_permission, start),
		cmocka_unit_test_setup(test_permission_before_validation, start),
		cmocka_unit_test_setup(test_wrong_key, start),
		cmocka_unit_test_setup(test_stale_translation, start),
		cmocka_unit_test_setup(test_taken_without_account, start),
		cmocka_unit_test_setup(test_secret_in_reach, start),
		cmocka_unit_test_setup(test_broken_promise, start),
	};

	return cmocka_run_group_tests_name("theorem", tests, NULL, NULL);
}
