/*
 * The emulated secure processor's guest messages, natively: header, sequence numbers, sealing, reports and keys. The
 * guest's side is written here with libcrypto (AES-256-GCM, ECDSA, certificates), not with the code under test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <string.h>
#include <verismo/report.h>
#include "emulator/psp/command.h"
#include "emulator/psp/context.h"
#include "emulator/psp/identity.h"
#include "emulator/psp/psp.h"
#include "emulator/svm/launch.h"
#include "emulator/svm/svm.h"
#include "tests/unit/psp_guest.h"
#include "tools/verify.h"

#define POLICY 0x30000UL

static struct psp psp;
static uint8_t request[PAGE_SIZE], response[PAGE_SIZE];
static const uint8_t digest[SHA384_SIZE] = "the launch digest of a guest that is none ......";
static const uint8_t fresh[PSP_FRESH] =
	"report id: thirty-two bytes ....root of the keys of this launch";

static int begin(void **state)
{
	(void)state;
	psp_guest_start(&psp, POLICY, digest, fresh);
	psp.fms = 0x00a00f11; /* 19h/01/1: Milan */
	memset(response, 0xa5, sizeof(response));
	return 0;
}

static uint32_t ask(void)
{
	return psp_guest_request(&psp, request, response);
}

/* ---- reports ---- */

static struct snp_report_request report_request(uint32_t vmpl)
{
	struct snp_report_request r = {.vmpl = vmpl};

	memset(r.report_data, 0x5a, sizeof(r.report_data));
	return r;
}

static void seal_report(uint32_t vmpck, uint64_t seqno, const struct snp_report_request *r)
{
	guest_seal(request, vmpck, seqno, MESSAGE_REPORT_REQ, r, sizeof(*r));
}

/* A request at this level that must be answered; the payload. */
static const uint8_t *exchange(uint32_t vmpck, const struct snp_report_request *r, uint32_t size)
{
	static uint8_t payload[MESSAGE_PAYLOAD_MAX];
	uint64_t seqno = psp.seqno[vmpck] + 1;

	seal_report(vmpck, seqno, r);
	assert_int_equal(ask(), FIRMWARE_OK);
	assert_int_equal(psp.seqno[vmpck], seqno + 1);
	assert_int_equal(guest_open(response, vmpck, seqno + 1, MESSAGE_REPORT_RSP, payload), size);
	assert_true(
		psp_is_zero(response + MESSAGE_PAYLOAD + size, PAGE_SIZE - MESSAGE_PAYLOAD - size));
	return payload;
}

static struct snp_report get_report(uint32_t vmpck, uint32_t vmpl)
{
	struct snp_report_request r = report_request(vmpl);
	const uint8_t *payload = exchange(vmpck, &r, REPORT_RSP_SIZE);
	struct snp_report_response head;
	struct snp_report report;

	memcpy(&head, payload, sizeof(head));
	assert_int_equal(head.status, PSP_OK);
	assert_int_equal(head.report_size, REPORT_SIZE);
	memcpy(&report, payload + sizeof(head), sizeof(report));
	return report;
}

static void refused(uint32_t vmpck, const struct snp_report_request *r, uint32_t status)
{
	const uint8_t *payload = exchange(vmpck, r, REPORT_RSP_REPORT);
	uint8_t zero[REPORT_RSP_REPORT] = {0};

	memcpy(zero, &status, sizeof(status));
	assert_memory_equal(payload, zero, sizeof(zero));
}

static void test_report_fields(void **state)
{
	static const uint8_t tcb[8] = IDENTITY_TCB;
	struct snp_report_request asked = report_request(2);
	struct snp_report r = get_report(2, 2);

	(void)state;
	assert_int_equal(r.version, 3);
	assert_int_equal(r.policy, POLICY);
	assert_int_equal(r.vmpl, 2);
	assert_int_equal(r.signature_algo, REPORT_ALGO_P384);
	assert_int_equal(r.flags, 0);
	assert_memory_equal(r.report_data, asked.report_data, sizeof(r.report_data));
	assert_memory_equal(r.measurement, digest, sizeof(digest));
	assert_memory_equal(r.report_id, fresh, sizeof(r.report_id));
	assert_memory_equal(r.reported_tcb, tcb, sizeof(tcb));
	assert_memory_equal(r.committed_tcb, tcb, sizeof(tcb));
	assert_memory_equal(r.chip_id, IDENTITY_CHIP_ID, sizeof(r.chip_id));
	assert_int_equal(r.cpuid_family, 0x19);
	assert_int_equal(r.cpuid_model, 0x01);
	assert_int_equal(r.cpuid_stepping, 1);
	assert_null(report_reserved(&r));
}

/* ---- the chain ---- */

static void verdict_of(const struct snp_report *report, int with_root, struct verdict *verdict)
{
	static struct verify_spec spec;
	struct certs certs = {.count = 0};
	enum tcb_layout layout;

	memset(&spec, 0, sizeof(spec));
	memset(spec.min_tcb, 0xff, sizeof(spec.min_tcb));
	spec.vmpl = spec.guest_svn = -1;
	spec.at = time(0);
	if (with_root) {
		spec.ark.path[spec.ark.count++] = EMULATED "/ark.pem";
	}
	assert_int_equal(verify_files(&spec), TOOL_OK);
	assert_int_equal(certs_read_table(EMULATED "/certs.bin", &certs), TOOL_OK);
	assert_int_equal(verify_all(&spec, &certs, report, verdict, &layout), TOOL_OK);
	certs_free(&certs);
}

/* verify's own answer, which is made of libcrypto's: chain, signature, TCB, chip. */
static void test_every_layout_verifies(void **state)
{
	static const uint32_t versions[] = {2, 3, 5};
	struct verdict verdict;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct snp_report r;

		psp.report_version = versions[i];
		r = get_report(0, 0);
		assert_int_equal(r.version, versions[i]);
		assert_int_equal(r.cpuid_family, versions[i] == 2 ? 0 : 0x19);
		verdict_of(&r, 1, &verdict);
		assert_true(verdict.authentic);
		assert_int_equal(verdict.failed, 0);
		verdict_of(&r, 0, &verdict);
		assert_false(verdict.authentic);
	}
}

static void test_signature_covers_every_signed_byte(void **state)
{
	struct snp_report r = get_report(0, 0);
	struct verdict verdict;

	(void)state;
	for (uint32_t at = 0x10; at < REPORT_SIGNED; at += 0x30) {
		((uint8_t *)&r)[at] ^= 1;
		verdict_of(&r, 1, &verdict);
		assert_false(verdict.authentic);
		((uint8_t *)&r)[at] ^= 1;
	}
	r.signature_s[0] ^= 1;
	verdict_of(&r, 1, &verdict);
	assert_false(verdict.authentic);
}

/* RFC 6979: the same report has the same signature; another one another R. */
static void test_signature_is_deterministic(void **state)
{
	struct snp_report a = get_report(0, 0), b = get_report(0, 0), c = get_report(0, 1);

	(void)state;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(a.signature_r, c.signature_r, sizeof(a.signature_r));
}

/* ---- refusals inside a message: answered, and the numbers are used up ---- */

static void test_report_refusals(void **state)
{
	struct snp_report_request r = report_request(1);

	(void)state;
	refused(2, &r, PSP_INVALID); /* a level above the key's */
	r.vmpl = 4;
	refused(2, &r, PSP_INVALID);
	r = report_request(2);
	r.reserved_48[23] = 1;
	refused(2, &r, PSP_INVALID);
	r = report_request(2);
	r.key_select = KEY_SELECT_VLEK;
	refused(2, &r, PSP_INVALID_KEY);
	r.key_select = 3;
	refused(2, &r, PSP_INVALID_KEY);
	r.key_select = 4;
	refused(2, &r, PSP_INVALID_KEY);
	assert_int_equal(psp.seqno[2], 12);
	(void)get_report(2, 3); /* a level below is no secret of the caller's */
}

/* ---- refusals of a message: nothing is answered, no number used ---- */

static void expect_refusal(uint32_t error)
{
	struct psp before = psp;
	uint8_t untouched[PAGE_SIZE];

	memset(untouched, 0xa5, sizeof(untouched));
	assert_int_equal(ask(), error);
	assert_memory_equal(&psp, &before, sizeof(psp));
	assert_memory_equal(response, untouched, sizeof(untouched));
}

static void test_header(void **state)
{
	static const struct {
		uint16_t offset;
		uint8_t flip;
	} wrong[] = {
		{0x10, 1},
		{0x1f, 1},
		{0x28, 1},
		{0x2f, 1},
		{MESSAGE_ALGO, 1},
		{MESSAGE_HDR_VERSION, 3},
		{MESSAGE_HDR_SIZE, 1},
		{MESSAGE_HDR_SIZE + 1, 1},
		{MESSAGE_TYPE, 1},
		{MESSAGE_TYPE, 4},
		{MESSAGE_TYPE, 0x80},
		{MESSAGE_VERSION, 3},
		{MESSAGE_SIZE, 1},
		{MESSAGE_SIZE + 1, 0x10},
		{0x38, 1},
		{0x3b, 1},
		{MESSAGE_VMPCK, 4},
		{MESSAGE_VMPCK, 0x80},
		{0x3d, 1},
		{0x5f, 1},
	};
	struct snp_report_request r = report_request(0);

	(void)state;
	for (uint32_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		seal_report(0, 1, &r);
		request[wrong[i].offset] ^= wrong[i].flip;
		expect_refusal(FIRMWARE_INVALID_PARAM);
	}
	(void)get_report(0, 0);
}

/* Sealed well, but of a size that its type has not: 0, one byte less or more, the page's limit and beyond. */
static void test_sizes(void **state)
{
	static const uint16_t sizes[] = {0,
					 REPORT_REQ_SIZE - 1,
					 REPORT_REQ_SIZE + 1,
					 MESSAGE_PAYLOAD_MAX,
					 MESSAGE_PAYLOAD_MAX + 1,
					 0xffff};
	static uint8_t payload[PAGE_SIZE];

	(void)state;
	for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		guest_seal(request, 0, 1, MESSAGE_REPORT_REQ, payload,
			   sizes[i] > MESSAGE_PAYLOAD_MAX ? MESSAGE_PAYLOAD_MAX : sizes[i]);
		memcpy(request + MESSAGE_SIZE, &sizes[i], sizeof(sizes[i]));
		expect_refusal(FIRMWARE_INVALID_PARAM);
	}
}

static void test_authentication(void **state)
{
	static const uint16_t flipped[] = {0x00, 0x0f, MESSAGE_PAYLOAD,
					   MESSAGE_PAYLOAD + REPORT_REQ_SIZE - 1};
	struct snp_report_request r = report_request(0);

	(void)state;
	for (uint32_t i = 0; i < sizeof(flipped) / sizeof(flipped[0]); i++) {
		seal_report(0, 1, &r);
		request[flipped[i]] ^= 1;
		expect_refusal(FIRMWARE_BAD_TAG);
	}
	seal_report(1, 1, &r); /* another level's key */
	request[MESSAGE_VMPCK] = 0;
	expect_refusal(FIRMWARE_BAD_TAG);
	seal_report(0, 2, &r); /* another message's IV */
	request[MESSAGE_SEQNO] = 1;
	expect_refusal(FIRMWARE_BAD_TAG);
	(void)get_report(0, 0); /* no number has been used up */
}

static void test_sequence(void **state)
{
	static const uint64_t wrong[] = {0, 2, 3, UINT64_MAX, 1UL << 32 | 1};
	struct snp_report_request r = report_request(3);
	uint8_t first[PAGE_SIZE];

	(void)state;
	for (uint32_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		seal_report(3, wrong[i], &r);
		expect_refusal(FIRMWARE_INVALID_PARAM);
	}
	seal_report(3, 1, &r);
	memcpy(first, request, sizeof(first));
	assert_int_equal(ask(), FIRMWARE_OK);
	memset(response, 0xa5, sizeof(response));
	memcpy(request, first, sizeof(first)); /* replayed */
	expect_refusal(FIRMWARE_INVALID_PARAM);
	(void)get_report(3, 3);
	assert_int_equal(psp.seqno[3], 4);
	assert_int_equal(psp.seqno[0], 0); /* each level counts for itself */
}

static void test_counter_runs_out(void **state)
{
	struct snp_report_request r = report_request(0);

	(void)state;
	psp.seqno[0] = UINT64_MAX - 2;
	(void)get_report(0, 0);
	assert_int_equal(psp.seqno[0], UINT64_MAX);
	memset(response, 0xa5, sizeof(response));
	seal_report(0, 0, &r);
	expect_refusal(FIRMWARE_AEAD_OFLOW);
	psp.seqno[0] = UINT64_MAX - 1; /* the response would have number 0 */
	seal_report(0, UINT64_MAX, &r);
	expect_refusal(FIRMWARE_AEAD_OFLOW);
}

/* ---- keys ---- */

static uint32_t get_key(uint32_t vmpck, const struct snp_key_request *r, uint8_t key[DERIVED_KEY])
{
	static uint8_t payload[MESSAGE_PAYLOAD_MAX];
	static const uint8_t zero[28];
	struct snp_key_response answer;
	uint64_t seqno = psp.seqno[vmpck] + 1;

	guest_seal(request, vmpck, seqno, MESSAGE_KEY_REQ, r, sizeof(*r));
	assert_int_equal(ask(), FIRMWARE_OK);
	assert_int_equal(guest_open(response, vmpck, seqno + 1, MESSAGE_KEY_RSP, payload),
			 KEY_RSP_SIZE);
	memcpy(&answer, payload, sizeof(answer));
	assert_memory_equal(answer.reserved_04, zero, sizeof(zero));
	memcpy(key, answer.key, DERIVED_KEY);
	return answer.status;
}

static void key_of(const struct snp_key_request *r, uint8_t key[DERIVED_KEY])
{
	assert_int_equal(get_key(0, r, key), PSP_OK);
}

static const struct snp_key_request all = {
	.field_select = KEY_FIELDS, .vmpl = 1, .tcb_version = IDENTITY_TCB};

/* The same request has the same key; each part of it, and each selected field, changes the key. */
static void test_key_depends_on_what_is_asked(void **state)
{
	struct snp_key_request r[12];
	uint8_t key[12][DERIVED_KEY], again[DERIVED_KEY];

	(void)state;
	for (uint32_t i = 0; i < 12; i++) {
		r[i] = all;
	}
	for (uint32_t i = 1; i < 7; i++) {
		r[i].field_select ^= 1UL << (i - 1);
	}
	r[7].key_select = KEY_ROOT_VMRK;
	r[8].vmpl = 2;
	r[9].tcb_version[0]--;
	r[10].tcb_version[7] = 0;
	r[11].field_select = 0;
	for (uint32_t i = 0; i < 12; i++) {
		key_of(&r[i], key[i]);
		key_of(&r[i], again);
		assert_memory_equal(key[i], again, DERIVED_KEY);
		for (uint32_t j = 0; j < i; j++) {
			assert_memory_not_equal(key[i], key[j], DERIVED_KEY);
		}
	}
}

static void test_key_depends_on_the_guest(void **state)
{
	struct snp_key_request digest_only = {.field_select = KEY_FIELD_MEASUREMENT};
	struct snp_key_request policy_only = {.field_select = KEY_FIELD_POLICY};
	struct snp_key_request launch = {.key_select = KEY_ROOT_VMRK};
	uint8_t key[4][DERIVED_KEY], now[DERIVED_KEY];

	(void)state;
	key_of(&digest_only, key[0]);
	key_of(&policy_only, key[1]);
	key_of(&launch, key[2]);
	psp.digest[0] ^= 1;
	key_of(&digest_only, now);
	assert_memory_not_equal(now, key[0], DERIVED_KEY);
	key_of(&policy_only, now);
	assert_memory_equal(now, key[1], DERIVED_KEY);
	psp.policy ^= POLICY_DEBUG;
	key_of(&policy_only, now);
	assert_memory_not_equal(now, key[1], DERIVED_KEY);
	psp.vmrk[31] ^= 1; /* another launch */
	key_of(&launch, now);
	assert_memory_not_equal(now, key[2], DERIVED_KEY);
}

static void refuse_key(uint32_t vmpck, const struct snp_key_request *r, uint32_t status)
{
	static const uint8_t zero[DERIVED_KEY];
	uint8_t key[DERIVED_KEY];

	assert_int_equal(get_key(vmpck, r, key), status);
	assert_memory_equal(key, zero, sizeof(zero));
}

static void test_key_refusals(void **state)
{
	struct snp_key_request r[8];

	(void)state;
	for (uint32_t i = 0; i < 8; i++) {
		r[i] = all;
	}
	r[0].key_select = KEY_SELECT_BITS + 1;
	r[1].reserved_04 = 1;
	r[2].field_select = KEY_FIELDS + 1;
	r[3].vmpl = 4;
	r[4].guest_svn = IDENTITY_GUEST_SVN + 1;
	r[5].tcb_version[1]++;
	r[6].tcb_version[7]++;
	for (uint32_t i = 0; i < 7; i++) {
		refuse_key(0, &r[i], PSP_INVALID);
	}
	refuse_key(2, &all, PSP_INVALID); /* VMPL1's key for VMPL2 */
	r[7].key_select = KEY_SELECT_VLEK << 1;
	refuse_key(0, &r[7], PSP_INVALID_KEY);
	r[7].key_select = 3U << 1 | KEY_ROOT_VMRK;
	refuse_key(0, &r[7], PSP_INVALID_KEY);
}

/* ---- the launch ---- */

static uint32_t cpu_features = 0xffffffffU; /* CPUID 1 ECX */

void svm_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t v[4])
{
	(void)leaf;
	(void)subleaf;
	memset(v, 0, 4 * sizeof(v[0]));
	v[0] = 0x00a00f11;
	v[2] = cpu_features;
}

uint32_t svm_launch_page(uint64_t spa, uint64_t gpa, const void *content, uint32_t vmsa)
{
	(void)spa, (void)gpa, (void)content, (void)vmsa;
	return SNP_OK;
}

/* Launches one page and asks for a report at VMPL1. */
static struct snp_report launched_report(uint64_t policy, char hex[DIGEST_HEX_SIZE])
{
	static uint8_t payload[MESSAGE_PAYLOAD_MAX];
	struct snp_report_request r = report_request(1);
	struct snp_report report;

	assert_null(psp_launch_start(policy));
	assert_null(psp_launch_page(LAUNCH_PAGE_NORMAL, 0, PAGE_SIZE, 0));
	psp_launch_finish(hex);
	seal_report(1, 1, &r);
	assert_int_equal(psp_command_guest_request(request, response), FIRMWARE_OK);
	assert_int_equal(guest_open(response, 1, 2, MESSAGE_REPORT_RSP, payload), REPORT_RSP_SIZE);
	memcpy(&report, payload + REPORT_RSP_REPORT, sizeof(report));
	return report;
}

static void test_launch_is_what_reports_say(void **state)
{
	struct snp_report first, second;
	char digest_text[DIGEST_HEX_SIZE], measured[DIGEST_HEX_SIZE];

	(void)state;
	first = launched_report(POLICY | POLICY_DEBUG, digest_text);
	hex_encode(first.measurement, sizeof(first.measurement), measured);
	assert_string_equal(measured, digest_text);
	assert_int_equal(first.policy, POLICY | POLICY_DEBUG);
	assert_int_equal(first.vmpl, 1);
	assert_int_equal(first.cpuid_family, 0x19);
	assert_int_equal(psp_command_guest_request(request, response), FIRMWARE_INVALID_PARAM);
	second = launched_report(POLICY | IDENTITY_ABI, digest_text); /* counters begin anew */
	assert_memory_equal(first.measurement, second.measurement, sizeof(first.measurement));
	assert_memory_not_equal(first.report_id, second.report_id, sizeof(first.report_id));
}

static void test_launch_refused(void **state)
{
	(void)state;
	assert_non_null(psp_launch_start(POLICY & ~POLICY_MUST));
	assert_non_null(psp_launch_start(POLICY | POLICY_MIGRATION));
	assert_non_null(psp_launch_start(POLICY | (IDENTITY_ABI + 1)));
	cpu_features = 0;
	assert_non_null(psp_launch_start(POLICY));
	cpu_features = 0xffffffffU;
	assert_null(psp_launch_start(POLICY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_report_fields, begin),
		cmocka_unit_test_setup(test_every_layout_verifies, begin),
		cmocka_unit_test_setup(test_signature_covers_every_signed_byte, begin),
		cmocka_unit_test_setup(test_signature_is_deterministic, begin),
		cmocka_unit_test_setup(test_report_refusals, begin),
		cmocka_unit_test_setup(test_header, begin),
		cmocka_unit_test_setup(test_sizes, begin),
		cmocka_unit_test_setup(test_authentication, begin),
		cmocka_unit_test_setup(test_sequence, begin),
		cmocka_unit_test_setup(test_counter_runs_out, begin),
		cmocka_unit_test_setup(test_key_depends_on_what_is_asked, begin),
		cmocka_unit_test_setup(test_key_depends_on_the_guest, begin),
		cmocka_unit_test_setup(test_key_refusals, begin),
		cmocka_unit_test(test_launch_is_what_reports_say),
		cmocka_unit_test(test_launch_refused),
	};

	return cmocka_run_group_tests(tests, 0, 0);
}
