/* The GHCB protocol of the module against a host that answers well, or badly. */
#include "sim/hw_machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include "module/hw/hw.h"
#include "module/host/console.h"
#include "module/host/ghcb.h"

#define GHCB_PFN 0x8100UL

static uint64_t answer;	 /* what the MSR holds after the exit */
static uint64_t request; /* what it held before */
static uint64_t status;	 /* of the page protocol */
static uint64_t info2;
static uint64_t seen[512];
static char console[256];
static uint32_t printed;

static int reset(void **state)
{
	(void)state;
	memset(hw_ghcb_words, 0, sizeof(hw_ghcb_words));
	memset(console, 0, sizeof(console));
	printed = 0;
	hw_hook = NULL;
	status = 0;
	info2 = 0;
	return 0;
}

static void msr_host(uint32_t cpu)
{
	request = hw_ghcb_msr[cpu];
	hw_ghcb_msr[cpu] = answer;
}

static void page_host(uint32_t cpu)
{
	memcpy(seen, hw_ghcb_words[cpu], sizeof(seen));
	hw_ghcb_words[cpu][GHCB_SW_EXITINFO1 / 8] = status;
	hw_ghcb_words[cpu][GHCB_SW_EXITINFO2 / 8] = info2;
	if (seen[GHCB_SW_EXITCODE / 8] == NAE_IOIO && printed < sizeof(console) - 1) {
		console[printed] = (char)seen[GHCB_RAX / 8];
		printed++;
	}
}

/* The reason with which statement ends if the MSR protocol answers value. */
#define WITH_ANSWER(value, statement)                                                              \
	(answer = (value), hw_vmgexit_host = msr_host, HW_RUN(statement))

static void test_negotiate(void **state)
{
	uint64_t good = 2UL << 48 | 1UL << 32 | 39UL << 24 | GHCB_MSR_SEV_INFO_RESP;

	(void)state;
	assert_int_equal(WITH_ANSWER(good, ghcb_negotiate(39)), 0);
	assert_int_equal(request, GHCB_MSR_SEV_INFO_REQ);
	assert_int_equal(WITH_ANSWER(good, ghcb_negotiate(51)), REASON_CBIT);
	assert_int_equal(WITH_ANSWER(good - (1UL << 48), ghcb_negotiate(39)), REASON_GHCB_PROTOCOL);
	assert_int_equal(WITH_ANSWER(good + (2UL << 32), ghcb_negotiate(39)), REASON_GHCB_PROTOCOL);
	assert_int_equal(WITH_ANSWER(good + 1, ghcb_negotiate(39)), REASON_GHCB_PROTOCOL);
	/* [23:12] are reserved */
	assert_int_equal(WITH_ANSWER(good + (1UL << 12), ghcb_negotiate(39)), REASON_GHCB_PROTOCOL);
	assert_int_equal(WITH_ANSWER(good + (1UL << 23), ghcb_negotiate(39)), REASON_GHCB_PROTOCOL);
}

static void test_features(void **state)
{
	uint64_t need = GHCB_FEATURE_SNP | GHCB_FEATURE_MULTI_VMPL;

	(void)state;
	assert_int_equal(WITH_ANSWER(0x21UL << 12 | 0x81, ghcb_features(need)), 0);
	assert_int_equal(WITH_ANSWER(0x01UL << 12 | 0x81, ghcb_features(need)),
			 REASON_GHCB_PROTOCOL);
	assert_int_equal(WITH_ANSWER(0x21UL << 12 | 0x80, ghcb_features(need)),
			 REASON_GHCB_PROTOCOL);
}

static void test_register(void **state)
{
	(void)state;
	assert_int_equal(
		WITH_ANSWER(GHCB_PFN * PAGE_SIZE + GHCB_MSR_REGISTER_RESP, ghcb_register(GHCB_PFN)),
		0);
	assert_int_equal(request, GHCB_PFN * PAGE_SIZE + GHCB_MSR_REGISTER_REQ);
	assert_int_equal(hw_ghcb_msr[0], GHCB_PFN * PAGE_SIZE);
	assert_int_equal(WITH_ANSWER((GHCB_PFN + 1) * PAGE_SIZE + GHCB_MSR_REGISTER_RESP,
				     ghcb_register(GHCB_PFN)),
			 REASON_GHCB_REPLY);
	assert_int_equal(WITH_ANSWER(GHCB_MSR_NO_PREFERRED + GHCB_MSR_REGISTER_RESP,
				     ghcb_register(GHCB_PFN)),
			 REASON_GHCB_REPLY);
}

static void test_page_state(void **state)
{
	(void)state;
	assert_int_equal(WITH_ANSWER(GHCB_MSR_PSC_RESP, ghcb_page_state(0x1234, GHCB_PSC_SHARED)),
			 0);
	assert_int_equal(request, 2UL << 52 | 0x1234UL << 12 | GHCB_MSR_PSC_REQ);
	assert_int_equal(
		WITH_ANSWER(1UL << 32 | GHCB_MSR_PSC_RESP, ghcb_page_state(1, GHCB_PSC_SHARED)),
		REASON_GHCB_REPLY);
	assert_int_equal(
		WITH_ANSWER(1UL << 12 | GHCB_MSR_PSC_RESP, ghcb_page_state(1, GHCB_PSC_SHARED)),
		REASON_GHCB_REPLY);
	assert_int_equal(WITH_ANSWER(GHCB_MSR_PSC_REQ, ghcb_page_state(1, GHCB_PSC_SHARED)),
			 REASON_GHCB_REPLY);
}

static int valid(uint32_t offset)
{
	return (int)(seen[GHCB_VALID_BITMAP / 8 + offset / 8 / 64] >> (offset / 8 % 64) & 1);
}

static void test_run_vmpl(void **state)
{
	(void)state;
	hw_vmgexit_host = page_host;
	assert_int_equal(ghcb_run_vmpl(2), 0);
	assert_int_equal(seen[GHCB_SW_EXITCODE / 8], NAE_RUN_VMPL);
	assert_int_equal(seen[GHCB_SW_EXITINFO1 / 8], 2);
	assert_int_equal(seen[0xff8 / 8], 2UL << 16); /* version 2, usage 0 */
	assert_true(valid(GHCB_SW_EXITCODE) && valid(GHCB_SW_EXITINFO1));
	assert_true(valid(GHCB_SW_EXITINFO2) && valid(GHCB_RAX) && valid(GHCB_SW_SCRATCH));
	assert_false(valid(GHCB_RCX) || valid(GHCB_RBX) || valid(GHCB_XCR0));
	status = GHCB_REPLY_MALFORMED;
	assert_int_equal(ghcb_run_vmpl(2), -1);
}

static void test_ap_create(void **state)
{
	(void)state;
	hw_vmgexit_host = page_host;
	assert_int_equal(ghcb_ap_create(3, 2, 0x7000, 0x29, AP_CREATE), 0);
	assert_int_equal(seen[GHCB_SW_EXITCODE / 8], NAE_AP_CREATION);
	assert_int_equal(seen[GHCB_SW_EXITINFO1 / 8], 3UL << 32 | 2UL << 16 | 1);
	assert_int_equal(seen[GHCB_SW_EXITINFO2 / 8], 0x7000);
	assert_int_equal(seen[GHCB_RAX / 8], 0x29);
	status = GHCB_REPLY_EXCEPTION;
	assert_int_equal(ghcb_ap_create(3, 2, 0x7000, 0x29, AP_CREATE), -1);
}

static void drop_valid(uint32_t cpu)
{
	hw_ghcb_words[cpu][GHCB_VALID_BITMAP / 8 + 1] = 0;
}

static void test_reply_without_fields(void **state)
{
	(void)state;
	hw_vmgexit_host = drop_valid;
	assert_int_equal(HW_RUN((void)ghcb_run_vmpl(2)), REASON_GHCB_REPLY);
}

static void test_console(void **state)
{
	(void)state;
	hw_vmgexit_host = page_host;
	console_text("a ");
	console_hex(0);
	console_text(" ");
	console_hex(0xdeadbeef01234567UL);
	console_text(" ");
	console_decimal(18446744073709551615UL);
	console_text(" ");
	console_decimal(10);
	console_line("!");
	assert_string_equal(console, "a 0 deadbeef01234567 18446744073709551615 10!\r\n");
	assert_int_equal(seen[GHCB_SW_EXITINFO1 / 8], 0x3f8UL << 16 | IOIO_SIZE8);
}

/* ---- page state change lists ---- */

static uint64_t step; /* entries the host does in one exit */
static uint64_t jump; /* and what it adds to the header beyond */
static uint64_t exits;
static uint64_t turn; /* the exit at which it goes back to entry 1 */

static void psc_host(uint32_t cpu)
{
	uint64_t *header = &hw_ghcb_words[cpu][GHCB_BUFFER / 8];
	uint64_t end = (*header >> 16 & 0xffff) + 1;
	uint64_t current = *header & 0xffff;

	page_host(cpu);
	current = current + step < end ? current + step : end;
	*header = (*header & ~0xffffUL) | ((current + jump) & 0xffff);
	exits++;
	if (exits == turn) {
		*header = (*header & ~0xffffUL) | 1;
	}
}

#define PSC() HW_RUN(ghcb_page_state_list(GHCB_PFN, 0x400, 10, SNP_SIZE_2M, GHCB_PSC_PRIVATE))

static void test_psc_list(void **state)
{
	uint32_t i;

	(void)state;
	hw_vmgexit_host = psc_host;
	step = 10;
	jump = 0;
	assert_int_equal(PSC(), 0);
	assert_int_equal(seen[GHCB_SW_EXITCODE / 8], NAE_PSC);
	assert_int_equal(seen[GHCB_SW_SCRATCH / 8], GHCB_PFN * PAGE_SIZE + GHCB_BUFFER);
	assert_int_equal(seen[GHCB_BUFFER / 8], 9UL << 16);
	for (i = 0; i < 10; i++) {
		assert_int_equal(seen[GHCB_BUFFER / 8 + 1 + i],
				 1UL << 56 | 1UL << 52 | (0x400UL + 512 * i) << 12);
	}
	exits = 0;
	step = 3;
	assert_int_equal(PSC(), 0);
	assert_int_equal(exits, 4);
}

static void test_psc_hostile(void **state)
{
	(void)state;
	hw_vmgexit_host = psc_host;
	step = 3;
	jump = 100; /* beyond the end */
	assert_int_equal(PSC(), REASON_GHCB_REPLY);
	jump = 0;
	exits = 0;
	turn = 2;
	assert_int_equal(PSC(), REASON_GHCB_REPLY);
	assert_int_equal(exits, 2);
	turn = 0;
	step = 0; /* never any progress: bounded */
	exits = 0;
	assert_int_equal(PSC(), REASON_GHCB_REPLY);
	assert_true(exits > 0 && exits <= 10 * 512 + 1);
	info2 = 1UL << 32 | 2;
	step = 10;
	assert_int_equal(PSC(), REASON_GHCB_REPLY);
	info2 = 0;
	assert_int_equal(
		HW_RUN(ghcb_page_state_list(GHCB_PFN, 0, 0, SNP_SIZE_4K, GHCB_PSC_PRIVATE)),
		REASON_STATE);
	assert_int_equal(
		HW_RUN(ghcb_page_state_list(GHCB_PFN, 0, 254, SNP_SIZE_4K, GHCB_PSC_PRIVATE)),
		REASON_STATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_negotiate, reset),
		cmocka_unit_test_setup(test_features, reset),
		cmocka_unit_test_setup(test_register, reset),
		cmocka_unit_test_setup(test_page_state, reset),
		cmocka_unit_test_setup(test_run_vmpl, reset),
		cmocka_unit_test_setup(test_ap_create, reset),
		cmocka_unit_test_setup(test_reply_without_fields, reset),
		cmocka_unit_test_setup(test_console, reset),
		cmocka_unit_test_setup(test_psc_list, reset),
		cmocka_unit_test_setup(test_psc_hostile, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
