/* `verismo verify`: good reports of every kind pass; each way to tamper is refused by the named check. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/verify_fixture.h"

#define INSIDE 1800000000 /* a time at which the certificates are valid */

static const struct shape plain = {.product = "Milan", .version = 3};

/* The fixture's own root is trusted; nothing else is asked. */
static void make_spec(struct verify_spec *spec, const struct fixture *f)
{
	memset(spec, 0, sizeof(*spec));
	memset(spec->min_tcb, 0xff, sizeof(spec->min_tcb));
	spec->vmpl = spec->guest_svn = -1;
	spec->at = INSIDE;
	X509_digest(f->ark, EVP_sha256(), spec->pin[spec->pins++], 0);
}

static void judge_with(const struct fixture *f, const struct verify_spec *spec, X509 *const *list,
		       uint32_t count, struct verdict *verdict)
{
	struct certs certs = {.count = count};
	enum tcb_layout layout;

	for (uint32_t i = 0; i < count; i++) {
		certs.cert[i] = list[i];
	}
	assert_int_equal(verify_all(spec, &certs, &f->report, verdict, &layout), TOOL_OK);
}

static void judge(const struct fixture *f, const struct verify_spec *spec, struct verdict *verdict)
{
	X509 *list[] = {f->ark, f->vek, f->ask};

	judge_with(f, spec, list, 3, verdict);
}

static const struct check *find(const struct verdict *verdict, enum check_id id)
{
	for (uint32_t i = 0; i < verdict->count; i++) {
		if (verdict->check[i].id == id) {
			return &verdict->check[i];
		}
	}
	fail_msg("no check '%s'", check_name(id));
	return 0;
}

static void expect_failures(const struct verdict *verdict, enum check_id id, uint32_t failed)
{
	if (find(verdict, id)->result != RESULT_FAIL || verdict->failed != failed) {
		for (uint32_t i = 0; i < verdict->count; i++) {
			printf("%d %s: %s\n", (int)verdict->check[i].result,
			       check_name(verdict->check[i].id), verdict->check[i].detail);
		}
		fail_msg("'%s' and %u checks should have failed", check_name(id), failed);
	}
}

/* id fails and nothing else does, in a report that is authentic or not. */
static void expect_only(const struct verdict *verdict, enum check_id id)
{
	expect_failures(verdict, id, 1);
}

static void expect_good(const struct verdict *verdict)
{
	for (uint32_t i = 0; i < verdict->count; i++) {
		if (verdict->check[i].result != RESULT_OK &&
		    verdict->check[i].result != RESULT_SHOWN) {
			fail_msg("%s: %s", check_name(verdict->check[i].id),
				 verdict->check[i].detail);
		}
	}
	assert_true(verdict->authentic);
	assert_int_equal(verdict->failed, 0);
}

/* ---- good ones ---- */

static void test_good(void **state)
{
	static const struct shape shapes[] = {
		{.product = "Milan", .version = 2},
		{.product = "Milan", .version = 3},
		{.product = "Milan", .version = 5},
		{.product = "Milan", .version = 3, .vlek = 1},
		{.product = "Turin", .version = 2, .turin = 1},
		{.product = "Turin", .version = 5, .turin = 1},
		{.product = "Turin", .version = 5, .turin = 1, .vlek = 1},
		{.product = "Emulated", .version = 5},
		{.product = "Milan", .version = 3, .flaw = FLAW_WRAPPED_ID},
		{.product = "Turin", .version = 5, .turin = 1, .flaw = FLAW_WRAPPED_ID},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct verify_spec spec;
		struct verdict verdict;
		struct fixture f;

		fixture_make(&f, &shapes[i]);
		make_spec(&spec, &f);
		judge(&f, &spec, &verdict);
		expect_good(&verdict);
		assert_int_equal(find(&verdict, CHECK_TCB)->result, RESULT_OK);
		assert_int_equal(find(&verdict, CHECK_CHIP_ID)->result,
				 shapes[i].vlek ? RESULT_SHOWN : RESULT_OK);
		fixture_free(&f);
	}
}

/* ---- the signature covers all ---- */

/* Which check names a flipped byte, besides or instead of the signature. */
static enum check_id named_for(uint32_t at)
{
	static const struct {
		uint32_t start, end;
	} format[] = {{0x034, 0x038}, {0x04c, 0x050}, {0x18b, 0x1a0}, {0x1eb, 0x1ec},
		      {0x1ef, 0x1f0}, {0x1f8, 0x2a0}, {0x2d0, 0x2e8}, {0x318, 0x4a0}};

	for (uint32_t i = 0; i < sizeof(format) / sizeof(format[0]); i++) {
		if (at >= format[i].start && at < format[i].end) {
			return CHECK_FORMAT;
		}
	}
	return CHECK_SIGNATURE;
}

/* One bit of every byte of the report, one after the other. */
static void test_flipped(void **state)
{
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	make_spec(&spec, &f);
	for (uint32_t at = 4; at < REPORT_SIZE; at++) {
		int covered = at < 0x2d0 || (at >= 0x2e8 && at < 0x318);

		((uint8_t *)&f.report)[at] ^= (uint8_t)(1U << at % 8);
		judge(&f, &spec, &verdict);
		assert_false(verdict.authentic);
		assert_int_equal(find(&verdict, named_for(at))->result, RESULT_FAIL);
		assert_int_equal(find(&verdict, CHECK_SIGNATURE)->result,
				 covered ? RESULT_FAIL : RESULT_OK);
		assert_int_equal(find(&verdict, CHECK_MEASUREMENT)->result, RESULT_UNVERIFIED);
		assert_int_equal(find(&verdict, CHECK_POLICY)->result, RESULT_UNVERIFIED);
		((uint8_t *)&f.report)[at] ^= (uint8_t)(1U << at % 8);
	}
	judge(&f, &spec, &verdict);
	expect_good(&verdict);
	fixture_free(&f);
}

/* Reserved bytes that the key signed: a format that this program does not know. */
static void test_reserved(void **state)
{
	static const uint32_t reserved[] = {0x04c, 0x04f, 0x18b, 0x19f, 0x1eb,
					    0x1ef, 0x1f8, 0x207, 0x208, 0x29f};
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	make_spec(&spec, &f);
	for (uint32_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		((uint8_t *)&f.report)[reserved[i]] = 1;
		fixture_sign(&f);
		judge(&f, &spec, &verdict);
		expect_only(&verdict, CHECK_FORMAT);
		assert_false(verdict.authentic);
		((uint8_t *)&f.report)[reserved[i]] = 0;
	}
	f.report.flags = 1U << 5;
	fixture_sign(&f);
	judge(&f, &spec, &verdict);
	expect_only(&verdict, CHECK_FORMAT);
	f.report.flags = 0;
	f.report.version = 2; /* has no CPUID fields, but these are set */
	fixture_sign(&f);
	judge(&f, &spec, &verdict);
	expect_only(&verdict, CHECK_FORMAT);
	fixture_free(&f);
}

/* R = S = 0 and R = S = order are no signatures. */
static void test_signature_edges(void **state)
{
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	make_spec(&spec, &f);
	memset(f.report.signature_r, 0, 144);
	judge(&f, &spec, &verdict);
	expect_only(&verdict, CHECK_SIGNATURE);
	memset(f.report.signature_r, 0xff, 48);
	memset(f.report.signature_s, 0xff, 48);
	judge(&f, &spec, &verdict);
	expect_only(&verdict, CHECK_SIGNATURE);
	fixture_free(&f);
}

/* ---- the chain ---- */

static void test_root(void **state)
{
	static const struct shape copy = {
		.product = "Milan", .version = 3, .flaw = FLAW_OTHER_CHAIN};
	struct fixture f, g;
	struct verify_spec spec;
	struct verdict verdict;

	(void)state;
	fixture_make(&f, &plain);
	fixture_make(&g, &copy);
	/* An enemy's chain with AMD's names is consistent, and its root is nobody's. */
	make_spec(&spec, &f);
	judge(&g, &spec, &verdict);
	expect_only(&verdict, CHECK_ROOT);
	spec.pins = 0; /* AMD's roots */
	judge(&f, &spec, &verdict);
	expect_only(&verdict, CHECK_ROOT);
	assert_non_null(strstr(find(&verdict, CHECK_ROOT)->detail, "not pinned"));
	assert_false(verdict.authentic);
	/* The right root, the enemy's intermediate. */
	make_spec(&spec, &f);
	judge_with(&f, &spec, (X509 *[]){f.ark, g.ask, f.vek}, 3, &verdict);
	expect_failures(&verdict, CHECK_VEK, 2);
	assert_int_equal(find(&verdict, CHECK_ASK)->result, RESULT_FAIL);
	/* The right chain, the enemy's key. */
	judge_with(&f, &spec, (X509 *[]){f.ark, f.ask, g.vek}, 3, &verdict);
	expect_failures(&verdict, CHECK_VEK, 2);
	assert_int_equal(find(&verdict, CHECK_SIGNATURE)->result, RESULT_FAIL);
	fixture_free(&f);
	fixture_free(&g);
}

/* One bit of each byte of a certificate, step bytes apart: it is none any more, or vouches for nothing. */
static void flip_certificate(const struct fixture *f, uint32_t which, uint32_t step)
{
	X509 *list[] = {f->ark, f->ask, f->vek}, *whole = list[which];
	struct verify_spec spec;
	struct verdict verdict;
	uint8_t *der = 0;
	uint32_t size = (uint32_t)i2d_X509(whole, &der);

	make_spec(&spec, f);
	for (uint32_t at = 0; at < size; at += step) {
		const uint8_t *from = der;

		der[at] ^= (uint8_t)(1U << at % 8);
		list[which] = d2i_X509(0, &from, size);
		if (list[which]) {
			judge_with(f, &spec, list, 3, &verdict);
			if (verdict.authentic) {
				fail_msg("certificate %u, byte %u", which, at);
			}
		}
		X509_free(list[which]);
		der[at] ^= (uint8_t)(1U << at % 8);
	}
	OPENSSL_free(der);
}

static void test_flipped_certificates(void **state)
{
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	flip_certificate(&f, 0, 5);
	flip_certificate(&f, 1, 5);
	flip_certificate(&f, 2, 1);
	fixture_free(&f);
}

static void test_missing(void **state)
{
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	make_spec(&spec, &f);
	judge_with(&f, &spec, (X509 *[]){f.ask, f.vek}, 2, &verdict);
	expect_failures(&verdict, CHECK_ROOT, 3); /* and ark, ask */
	judge_with(&f, &spec, (X509 *[]){f.ark, f.vek}, 2, &verdict);
	expect_failures(&verdict, CHECK_ASK, 2); /* and vek */
	judge_with(&f, &spec, (X509 *[]){f.ark, f.ask}, 2, &verdict);
	expect_failures(&verdict, CHECK_VEK, 3); /* and key, signature */
	judge_with(&f, &spec, 0, 0, &verdict);
	assert_false(verdict.authentic);
	fixture_free(&f);
}

/* A flaw of the certificates, and the one check that names it. */
static void test_flaws(void **state)
{
	static const struct {
		enum flaw flaw;
		enum check_id check;
		uint32_t failed;
	} flaws[] = {
		{FLAW_ASK_NO_CA, CHECK_VEK, 1},
		{FLAW_PKCS1, CHECK_VEK, 1},
		{FLAW_SHA256, CHECK_VEK, 1},
		{FLAW_NAME, CHECK_KEY, 1},
		{FLAW_P256, CHECK_KEY, 1},
		{FLAW_NO_SPL, CHECK_TCB, 1},
		{FLAW_DOUBLE_SPL, CHECK_TCB, 1},
		{FLAW_NO_ID, CHECK_CHIP_ID, 1},
		{FLAW_LONG_ID, CHECK_CHIP_ID, 1},
		{FLAW_ARK_NAME, CHECK_PRODUCT, 1},
		{FLAW_ASK_PRODUCT, CHECK_PRODUCT, 1},
		{FLAW_VEK_PRODUCT, CHECK_PRODUCT, 1},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(flaws) / sizeof(flaws[0]); i++) {
		struct shape shape = plain;
		struct verify_spec spec;
		struct verdict verdict;
		struct fixture f;

		shape.flaw = flaws[i].flaw;
		fixture_make(&f, &shape);
		make_spec(&spec, &f);
		judge(&f, &spec, &verdict);
		expect_failures(&verdict, flaws[i].check, flaws[i].failed);
		fixture_free(&f);
	}
}

static void test_kinds(void **state)
{
	static const struct shape vlek = {.product = "Milan", .version = 3, .vlek = 1};
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f, g;
	struct certs certs;
	struct chain chain;

	(void)state;
	fixture_make(&f, &plain);
	fixture_make(&g, &vlek);
	make_spec(&spec, &f);
	/* A report that names a VLEK, signed by a VCEK. */
	f.report.flags = REPORT_KEY_VLEK << 2;
	fixture_sign(&f);
	judge(&f, &spec, &verdict);
	expect_only(&verdict, CHECK_KEY);
	f.report.flags = 7U << 2; /* not signed at all */
	fixture_sign(&f);
	judge(&f, &spec, &verdict);
	expect_only(&verdict, CHECK_KEY);
	/* A VLEK under the VCEK's intermediate. */
	make_spec(&spec, &g);
	judge_with(&g, &spec, (X509 *[]){f.ark, f.ask, g.vek}, 3, &verdict);
	expect_failures(&verdict, CHECK_VEK, 2); /* and root: another self-signature */
	/* All in one heap: the kind that the report names is picked. */
	make_spec(&spec, &g);
	judge_with(&g, &spec, (X509 *[]){f.vek, f.ask, g.ark, g.ask, g.vek}, 5, &verdict);
	expect_good(&verdict);
	certs = (struct certs){{g.vek, f.vek, g.ark}, 3};
	f.report.flags = 0;
	assert_int_equal(chain_pick(&certs, &f.report, &chain), TOOL_OK);
	assert_ptr_equal(chain.vek, f.vek);
	certs.cert[0] = certs.cert[1];
	assert_int_equal(chain_pick(&certs, &f.report, &chain), TOOL_BAD_FILE);
	fixture_free(&f);
	fixture_free(&g);
}

static void test_dates(void **state)
{
	static const struct {
		time_t at;
		int valid;
	} times[] = {{FIXTURE_FROM - 1, 0},  {FIXTURE_FROM, 1},	      {FIXTURE_UNTIL - 1, 1},
		     {FIXTURE_UNTIL + 1, 0}, {FIXTURE_UNTIL * 2L, 0}, {0, 0}};
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	make_spec(&spec, &f);
	for (uint32_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		spec.at = times[i].at;
		judge(&f, &spec, &verdict);
		if (times[i].valid) {
			expect_good(&verdict);
		} else {
			expect_only(&verdict, CHECK_DATES);
			assert_true(verdict.authentic);
		}
	}
	fixture_free(&f);
}

/* ---- the report against its certificate ---- */

/* A report that the real key signed after this change; ok: the check passes. */
#define SIGNED(f, spec, verdict, change)                                                           \
	do {                                                                                       \
		struct snp_report kept = (f).report;                                               \
		change;                                                                            \
		fixture_sign(&(f));                                                                \
		judge(&(f), &(spec), &(verdict));                                                  \
		(f).report = kept;                                                                 \
	} while (0)
#define REFUSED(change, id)                                                                        \
	do {                                                                                       \
		SIGNED(f, spec, verdict, change);                                                  \
		expect_only(&verdict, id);                                                         \
		assert_true(verdict.authentic);                                                    \
	} while (0)
#define ACCEPTED(change)                                                                           \
	do {                                                                                       \
		SIGNED(f, spec, verdict, change);                                                  \
		expect_good(&verdict);                                                             \
	} while (0)

static void test_certificate_fields(void **state)
{
	static const struct shape shapes[] = {{.product = "Milan", .version = 3},
					      {.product = "Turin", .version = 5, .turin = 1}};
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	for (uint32_t s = 0; s < 2; s++) {
		fixture_make(&f, &shapes[s]);
		make_spec(&spec, &f);
		for (uint32_t i = 0; i < 8; i++) {
			REFUSED(f.report.reported_tcb[i] ^= 1, CHECK_TCB);
		}
		for (uint32_t i = 0; i < 64; i++) {
			REFUSED(f.report.chip_id[i] ^= 1, CHECK_CHIP_ID);
		}
		ACCEPTED(memset(f.report.chip_id, 0, 64)); /* masked */
		ACCEPTED(f.report.current_tcb[0]++);
		REFUSED(f.report.cpuid_model = 0x20, CHECK_PRODUCT);
		SIGNED(f, spec, verdict, f.report.cpuid_family ^= 3); /* the other layout, too */
		expect_failures(&verdict, CHECK_PRODUCT, 2);
		assert_int_equal(find(&verdict, CHECK_TCB)->result, RESULT_FAIL);
		fixture_free(&f);
	}
}

/* ---- what the caller asks ---- */

static void test_vmpl(void **state)
{
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	make_spec(&spec, &f);
	ACCEPTED(f.report.vmpl = 3);
	assert_int_equal(find(&verdict, CHECK_VMPL)->result, RESULT_SHOWN);
	REFUSED(f.report.vmpl = 4, CHECK_VMPL);
	REFUSED(f.report.vmpl = UINT32_MAX, CHECK_VMPL); /* the host asked for it */
	spec.vmpl = 0;
	ACCEPTED(f.report.vmpl = 0);
	REFUSED(f.report.vmpl = 1, CHECK_VMPL);
	spec.vmpl = 2;
	ACCEPTED(f.report.vmpl = 2);
	REFUSED(f.report.vmpl = 0, CHECK_VMPL);
	fixture_free(&f);
}

static void test_policy(void **state)
{
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	make_spec(&spec, &f);
	ACCEPTED(f.report.policy = 0x2001f);
	REFUSED(f.report.policy = 0x10000, CHECK_POLICY); /* bit 17 */
	REFUSED(f.report.policy |= POLICY_DEBUG, CHECK_POLICY);
	REFUSED(f.report.policy |= POLICY_MIGRATION, CHECK_POLICY);
	for (uint32_t bit = 26; bit < 64; bit++) {
		REFUSED(f.report.policy |= 1UL << bit, CHECK_POLICY);
	}
	spec.allow = POLICY_DEBUG;
	ACCEPTED(f.report.policy |= POLICY_DEBUG);
	REFUSED(f.report.policy |= POLICY_DEBUG | POLICY_MIGRATION, CHECK_POLICY);
	spec.allow = POLICY_MIGRATION;
	ACCEPTED(f.report.policy |= POLICY_MIGRATION);
	REFUSED(f.report.policy |= POLICY_DEBUG, CHECK_POLICY);
	spec.forbid = POLICY_DEBUG | POLICY_SMT;
	spec.allow = POLICY_DEBUG;
	REFUSED(f.report.policy |= POLICY_DEBUG, CHECK_POLICY);
	REFUSED((void)0, CHECK_POLICY);
	ACCEPTED(f.report.policy = POLICY_MUST);
	spec.forbid = 0;
	spec.require = POLICY_SMT | 1UL << 40; /* named, so no longer of unknown meaning */
	ACCEPTED(f.report.policy |= 1UL << 40);
	REFUSED((void)0, CHECK_POLICY);
	REFUSED(f.report.policy |= 1UL << 40 | 1UL << 41, CHECK_POLICY);
	fixture_free(&f);
}

static void test_floor(void **state)
{
	static const struct shape turin = {.product = "Turin", .version = 5, .turin = 1};
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain); /* bootloader 4, tee 1, snp 22, microcode 213 */
	make_spec(&spec, &f);
	spec.min_tcb[TCB_BOOTLOADER] = 4;
	spec.min_tcb[TCB_TEE] = 1;
	spec.min_tcb[TCB_SNP] = 22;
	spec.min_tcb[TCB_MICROCODE] = 213;
	ACCEPTED((void)0);
	assert_int_equal(find(&verdict, CHECK_MIN_TCB)->result, RESULT_OK);
	REFUSED(f.report.committed_tcb[0] = 3, CHECK_MIN_TCB);
	REFUSED(f.report.committed_tcb[7] = 212, CHECK_MIN_TCB);
	for (enum tcb_part part = TCB_BOOTLOADER; part < TCB_PARTS; part++) {
		spec.min_tcb[part]++;
		REFUSED((void)0, CHECK_MIN_TCB);
		spec.min_tcb[part]--;
	}
	spec.min_tcb[TCB_FMC] = 0; /* Milan has none */
	REFUSED((void)0, CHECK_MIN_TCB);
	spec.min_tcb[TCB_FMC] = -1;
	spec.guest_svn = 7;
	ACCEPTED((void)0);
	REFUSED(f.report.guest_svn = 6, CHECK_GUEST_SVN);
	fixture_free(&f);

	fixture_make(&f, &turin); /* fmc 1, bootloader 2, tee 3, snp 4, microcode 81 */
	make_spec(&spec, &f);
	spec.min_tcb[TCB_FMC] = 1;
	spec.min_tcb[TCB_BOOTLOADER] = 2;
	ACCEPTED((void)0);
	spec.min_tcb[TCB_FMC] = 2;
	REFUSED((void)0, CHECK_MIN_TCB);
	fixture_free(&f);
}

/* First and last byte of every field that a caller can give. */
static void test_expected(void **state)
{
	struct verify_spec spec;
	struct verdict verdict;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	make_spec(&spec, &f);
	for (enum expect_id id = 0; id < EXPECTS; id++) {
		const struct expect_field *field = &expect_fields[id];
		uint8_t *data = (uint8_t *)&f.report + field->offset;

		spec.given[id] = 1;
		memcpy(spec.expected[id], data, field->size);
		ACCEPTED((void)0);
		assert_int_equal(find(&verdict, field->check)->result, RESULT_OK);
		REFUSED(data[0] ^= 1, field->check);
		REFUSED(data[field->size - 1] ^= 0x80, field->check);
	}
	fixture_free(&f);
}

static int end(void **state)
{
	(void)state;
	fixture_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_signature_edges),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_flipped_certificates),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_flaws),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_certificate_fields),
		cmocka_unit_test(test_vmpl),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_expected),
	};

	if (!freopen("/dev/null", "w", stderr)) { /* the refusals' messages */
		return 1;
	}
	return cmocka_run_group_tests(tests, 0, end);
}
