/* `verismo verify` on quotes: what the manifest says is compared, and believed only if a report of VMPL0 binds it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <getopt.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/verify_fixture.h"

#define NONCE	 "6e6f6e6365"
#define HEADER	 24U
#define WORDS	 24
#define TABLE	 (HEADER + 2 * HEADER) /* two services */
#define MANIFEST 2048U
#define ZEROS	 "000000000000000000000000000000000000000000000000"

static char folder[] = "/tmp/test_quote.XXXXXX";
static struct fixture fixture;
static struct verify_spec spec;
static struct verdict verdict;
static uint8_t manifest[MANIFEST];
static uint32_t manifest_size;

static const char *path_of(const char *name)
{
	static char path[16][64];
	static uint32_t next;

	next = (next + 1) % 16;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

static void put(const char *name, const void *data, uint64_t size)
{
	struct bytes content = {(uint8_t *)data, size};

	assert_int_equal(file_replace(path_of(name), &content), TOOL_OK);
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* ---- manifests ---- */

static const uint8_t list[] = {1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 1, 0, 0, 0x30, 0, 0xaa, 0xbb};
#define LIST_USED 16U /* the rest is none of it */

/* What the launch makes of a register. */
static void launched(uint8_t *reg, const char *content)
{
	uint8_t both[2 * DIGEST_SIZE] = {0};

	SHA384((const uint8_t *)content, strlen(content), both + DIGEST_SIZE);
	SHA384(both, sizeof(both), reg);
}

static void make_quote(uint8_t *at, int locked)
{
	memset(at, 0, QUOTE_SIZE);
	put64(at, QUOTE_MAGIC);
	put32(at + QUOTE_VERSION_AT, QUOTE_VERSION);
	put32(at + QUOTE_COUNT_AT, REGISTERS);
	if (locked) {
		put32(at + QUOTE_FLAGS_AT, 1);
		put32(at + QUOTE_ENTRIES_AT, 1);
		put64(at + QUOTE_FRAMES_AT, 4);
		SHA384(list, LIST_USED, at + QUOTE_LIST_AT);
	}
	launched(at + QUOTE_REGISTERS_AT, "a kernel");
	launched(at + QUOTE_REGISTERS_AT + DIGEST_SIZE, "an initramfs");
	launched(at + QUOTE_REGISTERS_AT + 2UL * DIGEST_SIZE, "quiet");
	memset(at + QUOTE_REGISTERS_AT + 23UL * DIGEST_SIZE, 0x23, DIGEST_SIZE);
}

static void make_bare(int locked)
{
	make_quote(manifest, locked);
	manifest_size = QUOTE_SIZE;
}

/* Two services: one of no interest, then the quote. */
static void make_services(int locked)
{
	static const uint8_t guid[16] = {0xbb, 0x9e, 0x84, 0x63, 0x92, 0x3d, 0x70, 0x46,
					 0xa1, 0xff, 0x58, 0xf9, 0xc9, 0x4b, 0x87, 0xbb};

	memset(manifest, 0, sizeof(manifest));
	manifest_size = TABLE + 8 + QUOTE_SIZE;
	memcpy(manifest, guid, sizeof(guid));
	put32(manifest + 16, manifest_size);
	put32(manifest + 20, 2);
	memset(manifest + HEADER, 0x77, 16);
	put32(manifest + HEADER + 16, TABLE);
	put32(manifest + HEADER + 20, 8);
	put64(manifest + 2UL * HEADER, QUOTE_GUID_LOW);
	put64(manifest + 2UL * HEADER + 8, QUOTE_GUID_HIGH);
	put32(manifest + 2UL * HEADER + 16, TABLE + 8);
	put32(manifest + 2UL * HEADER + 20, QUOTE_SIZE);
	make_quote(manifest + TABLE + 8, locked);
}

/* The report binds this manifest, and the module asked for it. */
static void bind(void)
{
	uint8_t both[5 + MANIFEST];

	memcpy(both, "nonce", 5);
	memcpy(both + 5, manifest, manifest_size);
	SHA512(both, 5 + manifest_size, fixture.report.report_data);
	fixture.report.vmpl = 0;
	fixture_sign(&fixture);
}

/* ---- judging ---- */

static int options(const char *const *more)
{
	char *argv[WORDS] = {
		(char *)"verify",  (char *)"r",		(char *)"--cert",     (char *)"c",
		(char *)"--nonce", (char *)NONCE,	(char *)"--manifest", 0,
		(char *)"--at",	   (char *)"2027-01-15"};
	int argc = 10, code;

	argv[7] = (char *)path_of("manifest");
	put("manifest", manifest, manifest_size);
	for (; *more; more++) {
		argv[argc++] = (char *)*more;
	}
	optind = 0;
	code = verify_options(argc, argv, &spec);
	return code ? code : verify_files(&spec);
}

static void judge_words(const char *const *more)
{
	struct certs certs = {{fixture.ark, fixture.ask, fixture.vek}, 3};
	enum tcb_layout layout;

	assert_int_equal(options(more), TOOL_OK);
	X509_digest(fixture.ark, EVP_sha256(), spec.pin[spec.pins++], 0);
	assert_int_equal(verify_all(&spec, &certs, &fixture.report, &verdict, &layout), TOOL_OK);
}
#define JUDGE(...) judge_words((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) 0})

static const struct check *find(enum check_id id)
{
	for (uint32_t i = 0; i < verdict.count; i++) {
		if (verdict.check[i].id == id) {
			return &verdict.check[i];
		}
	}
	return 0;
}

static void expect(enum check_id id, enum check_result result)
{
	const struct check *check = find(id);

	if (!check || check->result != result) {
		fail_msg("%s: %s", check_name(id), check ? check->detail : "absent");
	}
}

/* This check fails and no other. */
static void expect_only(enum check_id id)
{
	expect(id, RESULT_FAIL);
	assert_int_equal(verdict.failed, 1);
}

static void expect_good(void)
{
	assert_true(verdict.authentic);
	assert_int_equal(verdict.failed, 0);
	assert_int_equal(verdict.unverified, 0);
	expect(CHECK_QUOTE, RESULT_OK);
	assert_non_null(verdict.quote);
}

/* ---- tests ---- */

static void test_good(void **state)
{
	char reg[128];

	(void)state;
	snprintf(reg, sizeof(reg), "23=%s",
		 "2323232323232323232323232323232323232323232323232323232323"
		 "23232323232323232323232323232323232323");
	for (int services = 0; services < 2; services++) {
		services ? make_services(1) : make_bare(1);
		bind();
		JUDGE();
		expect_good();
		expect(CHECK_LOCK, RESULT_SHOWN);
		expect(CHECK_LOCK_LIST, RESULT_SHOWN);
		expect(CHECK_REGISTER, RESULT_SHOWN);
		expect(CHECK_REGISTER + 23, RESULT_SHOWN);
		assert_null(find(CHECK_REGISTER + 3)); /* zero, and nobody asks */
		JUDGE("--locked", "--lock-list", path_of("list"), "--kernel", path_of("kernel"),
		      "--initrd", path_of("initrd"), "--cmdline", "quiet", "--register", reg,
		      "--register", "3=" ZEROS ZEROS);
		expect_good();
		expect(CHECK_LOCK, RESULT_OK);
		expect(CHECK_LOCK_LIST, RESULT_OK);
		expect(CHECK_REGISTER + 0, RESULT_OK);
		expect(CHECK_REGISTER + 1, RESULT_OK);
		expect(CHECK_REGISTER + 2, RESULT_OK);
		expect(CHECK_REGISTER + 3, RESULT_OK);
		expect(CHECK_REGISTER + 23, RESULT_OK);
		assert_int_equal(verdict.quote->frames, 4);
	}
	make_bare(0);
	bind();
	JUDGE();
	expect_good();
	assert_null(find(CHECK_LOCK_LIST));
}

static void test_other_values(void **state)
{
	(void)state;
	make_services(0);
	bind();
	JUDGE("--locked");
	expect_only(CHECK_LOCK);
	make_services(1);
	bind();
	JUDGE("--lock-list", path_of("other-list"));
	expect_only(CHECK_LOCK_LIST);
	JUDGE("--kernel", path_of("initrd"));
	expect_only(CHECK_REGISTER + 0);
	JUDGE("--initrd", path_of("kernel"));
	expect_only(CHECK_REGISTER + 1);
	JUDGE("--cmdline", "quiet ");
	expect_only(CHECK_REGISTER + 2);
	JUDGE("--register", "23=" ZEROS ZEROS);
	expect_only(CHECK_REGISTER + 23);
	manifest[TABLE + 8 + QUOTE_REGISTERS_AT + 5 * DIGEST_SIZE] = 1;
	bind();
	JUDGE("--register", "5=" ZEROS ZEROS);
	expect_only(CHECK_REGISTER + 5);
}

/* What the report does not bind is not believed, and neither is what another level got signed. */
static void test_binding(void **state)
{
	(void)state;
	make_bare(1);
	bind();
	manifest[QUOTE_REGISTERS_AT] ^= 1;
	JUDGE("--locked", "--kernel", path_of("kernel"));
	expect_only(CHECK_REPORT_DATA);
	expect(CHECK_QUOTE, RESULT_UNVERIFIED);
	expect(CHECK_LOCK, RESULT_UNVERIFIED);
	expect(CHECK_REGISTER, RESULT_UNVERIFIED);
	assert_null(verdict.quote);
	bind();
	fixture.report.measurement[0] ^= 1;
	JUDGE("--locked");
	expect(CHECK_SIGNATURE, RESULT_FAIL);
	expect(CHECK_LOCK, RESULT_UNVERIFIED);
	fixture.report.measurement[0] ^= 1;
	for (uint32_t vmpl = 1; vmpl < 4; vmpl++) {
		bind();
		fixture.report.vmpl = vmpl;
		fixture_sign(&fixture);
		JUDGE("--locked");
		expect_only(CHECK_QUOTE);
		expect(CHECK_LOCK, RESULT_UNVERIFIED);
		assert_null(verdict.quote);
	}
}

/* Manifests that VMPL0 signed, and that are no quotes. */
static void refuse(uint32_t at, uint8_t value, int services, int locked)
{
	services ? make_services(locked) : make_bare(locked);
	manifest[at] = value;
	bind();
	JUDGE("--locked");
	if (find(CHECK_QUOTE)->result != RESULT_FAIL || verdict.failed != 1 || verdict.quote) {
		fail_msg("byte 0x%x = %u: %s", at, value, find(CHECK_QUOTE)->detail);
	}
}

static void test_malformed(void **state)
{
	static const uint8_t places[] = {
		QUOTE_MAGIC_AT, QUOTE_MAGIC_AT + 7, QUOTE_VERSION_AT,	QUOTE_VERSION_AT + 3,
		QUOTE_COUNT_AT, QUOTE_COUNT_AT + 1, QUOTE_FLAGS_AT + 1, QUOTE_FLAGS_AT + 3};

	(void)state;
	for (uint32_t i = 0; i < sizeof(places); i++) {
		refuse(places[i], 0x55, 0, 1);
		refuse(TABLE + 8U + places[i], 0x55, 1, 1);
	}
	refuse(QUOTE_FLAGS_AT, 2, 0, 0);
	refuse(QUOTE_ENTRIES_AT, 1, 0, 0);
	refuse(QUOTE_FRAMES_AT + 7, 1, 0, 0);
	refuse(QUOTE_LIST_AT + 47, 1, 0, 0);
	refuse(16, 0, 1, 1);		     /* bytes in all */
	refuse(20, 1, 1, 1);		     /* the quote is not counted */
	refuse(23, 0x80, 1, 1);		     /* more services than there is room for */
	refuse(2 * HEADER, 0, 1, 1);	     /* another GUID */
	refuse(2 * HEADER + 19, 0xff, 1, 1); /* outside */
	refuse(2 * HEADER + 20, 0xcf, 1, 1); /* one byte short */
	refuse(2 * HEADER + 23, 0xff, 1, 1);
	make_services(1);
	memcpy(manifest + HEADER, manifest + 2UL * HEADER, HEADER); /* twice */
	bind();
	JUDGE("--locked");
	expect_only(CHECK_QUOTE);
}

static void test_sizes(void **state)
{
	(void)state;
	for (uint32_t size = 0; size < TABLE + 8 + QUOTE_SIZE; size += 31) {
		make_services(1);
		manifest_size = size;
		bind();
		JUDGE("--locked");
		expect_only(CHECK_QUOTE);
		JUDGE(); /* a manifest like others, if nobody asks about a quote */
		assert_int_equal(verdict.failed, 0);
		assert_null(find(CHECK_QUOTE));
	}
	for (uint32_t more = 0; more < 3; more += 2) {
		make_bare(1);
		manifest_size = QUOTE_SIZE - 1 + more;
		bind();
		JUDGE("--locked");
		expect_only(CHECK_QUOTE);
	}
}

static void test_usage(void **state)
{
	static const char *const bad[][5] = {
		{"--register", "24=" ZEROS ZEROS},
		{"--register", "-1=" ZEROS ZEROS},
		{"--register", "=" ZEROS ZEROS},
		{"--register", "100=" ZEROS ZEROS},
		{"--register", "1"},
		{"--register", "1=" ZEROS},
		{"--register", "1=" ZEROS ZEROS "00"},
		{"--register", "1=" ZEROS ZEROS, "--register", "1=" ZEROS ZEROS},
		{"--register", "2=" ZEROS ZEROS, "--cmdline", "quiet"},
		{"--cmdline", "quiet", "--cmdline", "quiet"},
		{"--kernel"},
	};
	static const uint8_t cut[] = {3, 0, 0, 0, 0, 0, 0, 0, 1};
	char *alone[] = {(char *)"verify", (char *)"r", (char *)"--cert", (char *)"c",
			 (char *)"--locked"};

	(void)state;
	make_bare(1);
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (options(bad[i]) != TOOL_USAGE) {
			fail_msg("accepted: %s %s", bad[i][0], bad[i][1]);
		}
	}
	optind = 0;
	assert_int_equal(verify_options(5, alone, &spec), TOOL_USAGE); /* no manifest */
	assert_int_equal(options((const char *const[]){"--kernel", "/nonexistent", 0}),
			 TOOL_BAD_FILE);
	assert_int_equal(options((const char *const[]){"--lock-list", folder, 0}), TOOL_BAD_FILE);
	put("cut", cut, sizeof(cut));
	assert_int_equal(options((const char *const[]){"--lock-list", path_of("cut"), 0}),
			 TOOL_BAD_FILE);
	put("cut", cut, 7);
	assert_int_equal(options((const char *const[]){"--lock-list", path_of("cut"), 0}),
			 TOOL_BAD_FILE);
}

static int begin(void **state)
{
	static const struct shape plain = {.product = "Emulated", .version = 3};
	uint8_t other[sizeof(list)];

	(void)state;
	if (!mkdtemp(folder)) {
		return -1;
	}
	fixture_make(&fixture, &plain);
	put("kernel", "a kernel", 8);
	put("initrd", "an initramfs", 12);
	put("list", list, sizeof(list));
	memcpy(other, list, sizeof(list));
	other[LIST_USED - 1] ^= 1;
	put("other-list", other, sizeof(other));
	return 0;
}

static int end(void **state)
{
	char line[64];

	(void)state;
	fixture_free(&fixture);
	fixture_end();
	snprintf(line, sizeof(line), "rm -r %s", folder);
	return system(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	cmocka_unit_test(test_other_values),
		cmocka_unit_test(test_binding), cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_sizes),	cmocka_unit_test(test_usage),
	};

	if (!freopen("/dev/null", "w", stderr)) { /* the refusals' messages */
		return 1;
	}
	return cmocka_run_group_tests(tests, begin, end);
}
