/* The files and options of `verismo verify`: good ones are read, each bad one gets its exit code. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/verify_fixture.h"

static const struct shape plain = {.product = "Milan", .version = 3};
static char folder[] = "/tmp/test_verify.XXXXXX";

static const char *put(const char *name, const void *data, uint64_t size)
{
	static char path[8][64];
	static uint32_t next;
	struct bytes content = {(uint8_t *)data, size};

	next = (next + 1) % 8;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	assert_int_equal(file_replace(path[next], &content), TOOL_OK);
	return path[next];
}

static void test_report_files(void **state)
{
	static const uint32_t versions[] = {0, 1, 4, 6, 0x80000003, UINT32_MAX};
	char text[2 * REPORT_SIZE + 2];
	struct snp_report report;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	assert_int_equal(report_read(put("r", &f.report, REPORT_SIZE), &report), TOOL_OK);
	assert_memory_equal(&report, &f.report, REPORT_SIZE);
	hex_encode((uint8_t *)&f.report, REPORT_SIZE, text);
	text[2 * REPORT_SIZE] = '\n';
	memset(&report, 0, sizeof(report));
	assert_int_equal(report_read(put("r", text, sizeof(text) - 1), &report), TOOL_OK);
	assert_memory_equal(&report, &f.report, REPORT_SIZE);
	for (uint32_t size = 0; size < REPORT_SIZE; size += 37) {
		assert_int_equal(report_read(put("r", &f.report, size), &report), TOOL_BAD_FILE);
		assert_int_equal(report_read(put("r", text, 2 * size), &report), TOOL_BAD_FILE);
	}
	assert_int_equal(report_read(put("r", &f, REPORT_SIZE + 1), &report), TOOL_BAD_FILE);
	assert_int_equal(report_read(put("r", text, 2 * REPORT_SIZE - 1), &report), TOOL_BAD_FILE);
	text[100] = 'x';
	assert_int_equal(report_read(put("r", text, 2 * REPORT_SIZE), &report), TOOL_BAD_FILE);
	for (uint32_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		f.report.version = versions[i];
		assert_int_equal(report_read(put("r", &f.report, REPORT_SIZE), &report),
				 TOOL_BAD_FILE);
	}
	assert_int_equal(report_read(folder, &report), TOOL_BAD_FILE);
	assert_int_equal(report_read("/nonexistent", &report), TOOL_BAD_FILE);
	fixture_free(&f);
}

static int count_certs(const char *path, int table, uint32_t *count)
{
	struct certs certs = {.count = 0};
	int code = table ? certs_read_table(path, &certs) : certs_read(path, &certs);

	*count = certs.count;
	certs_free(&certs);
	return code;
}

static void refuse_file(const void *data, uint64_t size, int table)
{
	uint32_t count;

	assert_int_equal(count_certs(put("c", data, size), table, &count), TOOL_BAD_FILE);
}

/* A malformed certificate after a good one. */
static void refuse_second(X509 *cert, const char *pem)
{
	BIO *out = BIO_new(BIO_s_mem());
	uint32_t count;
	char *data;
	long good;

	assert_true(PEM_write_bio_X509(out, cert));
	good = BIO_get_mem_data(out, &data);
	assert_int_equal(count_certs(put("c", data, (uint64_t)good), 0, &count), TOOL_OK);
	assert_int_equal(count, 1);
	BIO_puts(out, pem);
	good = BIO_get_mem_data(out, &data);
	refuse_file(data, (uint64_t)good, 0);
	BIO_free(out);
}

static void test_cert_files(void **state)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	static const char locked[] = "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
				     "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
				     "AAAA\n-----END CERTIFICATE-----\n";
	uint8_t der[4096] = {0}, *at = der;
	uint32_t size, count;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	size = (uint32_t)i2d_X509(f.vek, &at);
	assert_int_equal(count_certs(put("c", der, size), 0, &count), TOOL_OK);
	assert_int_equal(count, 1);
	for (uint32_t cut = 0; cut < size; cut += 13) {
		refuse_file(der, cut, 0);
	}
	refuse_file(der, size + 1, 0);
	refuse_file(pem, sizeof(pem) - 1, 0);
	refuse_file(pem, 27, 0);
	refuse_file(locked, sizeof(locked) - 1, 0); /* and no password is asked for */
	refuse_file("hello", 5, 0);
	refuse_second(f.vek, pem);
	assert_int_equal(count_certs(folder, 0, &count), TOOL_BAD_FILE);
	fixture_free(&f);
}

static void test_table(void **state)
{
	struct bytes table;
	struct fixture f;
	uint32_t count;

	(void)state;
	fixture_make(&f, &plain);
	fixture_table(&f, &table);
	assert_int_equal(count_certs(put("t", table.data, table.size), 1, &count), TOOL_OK);
	assert_int_equal(count, 3); /* the CRL is none */
	refuse_file(table.data, 0, 1);
	refuse_file(table.data, 24, 1);			    /* no end */
	refuse_file(table.data, 4 * 24, 1);		    /* no end */
	refuse_file(table.data, table.size - 1, 1);	    /* the last entry lies outside */
	refuse_file(table.data + 4 * 24, 24, 1);	    /* empty */
	memcpy(table.data + 16, "\0\xff\xff\xff\0\2\0", 8); /* the sum wraps in 32 bits */
	refuse_file(table.data, table.size, 1);
	free(table.data);
	fixture_free(&f);
}

static int options(struct verify_spec *spec, const char *const *words)
{
	char *argv[16] = {(char *)"verify", (char *)"r", (char *)"--cert", (char *)"c"};
	int argc = 4, code;

	while (*words) {
		argv[argc++] = (char *)*words++;
	}
	optind = 0;
	code = verify_options(argc, argv, spec);
	return code ? code : verify_files(spec);
}
#define OPTIONS(...) options(&spec, (const char *const[]){__VA_ARGS__, 0})

static void test_options_good(void **state)
{
	struct verify_spec spec;

	(void)state;
	assert_int_equal(OPTIONS("--at", "2025-06-30"), TOOL_OK);
	assert_int_equal(spec.at, 1751241600);
	assert_int_equal(OPTIONS("--at", "2024-02-29T23:59:59Z"), TOOL_OK);
	assert_int_equal(spec.at, 1709251199);
	assert_int_equal(OPTIONS("--min-tcb", "bootloader=4,tee=0,microcode=255,fmc=1"), TOOL_OK);
	assert_int_equal(spec.min_tcb[TCB_BOOTLOADER], 4);
	assert_int_equal(spec.min_tcb[TCB_TEE], 0);
	assert_int_equal(spec.min_tcb[TCB_SNP], -1);
	assert_int_equal(spec.min_tcb[TCB_MICROCODE], 255);
	assert_int_equal(spec.min_tcb[TCB_FMC], 1);
	assert_int_equal(OPTIONS("--policy-require", "smt,30", "--policy-forbid", "cxl"), TOOL_OK);
	assert_int_equal(spec.require, POLICY_SMT | 1UL << 30);
	assert_int_equal(spec.forbid, 1UL << 21);
	assert_int_equal(OPTIONS("--allow-debug", "--allow-migration"), TOOL_OK);
	assert_int_equal(spec.allow, POLICY_DEBUG | POLICY_MIGRATION);
	assert_int_equal(OPTIONS("--guest-svn", "4294967295", "--vmpl", "3"), TOOL_OK);
	assert_int_equal(spec.guest_svn, UINT32_MAX);
}

/* SHA-512("abc") of FIPS 180-4, however nonce and manifest share the three bytes. */
static void test_nonce(void **state)
{
	static const uint8_t abc[] = {0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba};
	const char *ab = put("ab", "ab", 2), *bc = put("bc", "bc", 2), *c = put("c3", "c", 1);
	const char *empty = put("empty", "", 0);
	struct verify_spec spec;

	(void)state;
	assert_int_equal(OPTIONS("--nonce", ab, "--manifest", c), TOOL_OK);
	assert_true(spec.given[EXPECT_REPORT_DATA]);
	assert_memory_equal(spec.expected[EXPECT_REPORT_DATA], abc, sizeof(abc));
	assert_int_equal(OPTIONS("--nonce", "61", "--manifest", bc), TOOL_OK);
	assert_memory_equal(spec.expected[EXPECT_REPORT_DATA], abc, sizeof(abc));
	assert_int_equal(OPTIONS("--nonce", "616263", "--manifest", empty), TOOL_OK);
	assert_memory_equal(spec.expected[EXPECT_REPORT_DATA], abc, sizeof(abc));
	assert_int_equal(OPTIONS("--nonce", "61626", "--manifest", bc), TOOL_USAGE);
	assert_int_equal(OPTIONS("--nonce", empty, "--manifest", bc), TOOL_BAD_FILE);
	assert_int_equal(OPTIONS("--nonce", "no file", "--manifest", bc), TOOL_BAD_FILE);
	assert_int_equal(OPTIONS("--nonce", ab, "--manifest", folder), TOOL_BAD_FILE);
}

static void test_options_bad(void **state)
{
	static const char *const bad[][5] = {
		{"--at", "yesterday"},
		{"--at", "2025-06-31"},
		{"--at", "2025-06-30T25:00:00Z"},
		{"--at", "2025-06-30T12:00:00"},
		{"--at", "2025-06-30T12:00:00Zx"},
		{"--at", ""},
		{"--min-tcb", ""},
		{"--min-tcb", "bootloader=256"},
		{"--min-tcb", "bootloader"},
		{"--min-tcb", "boot=4"},
		{"--min-tcb", "bootloader=4,"},
		{"--policy-require", "nothing"},
		{"--policy-require", "15"},
		{"--policy-forbid", "64"},
		{"--policy-forbid", ""},
		{"--policy-forbid", "smt", "--policy-require", "smt"},
		{"--vmpl", "4"},
		{"--vmpl", "-1"},
		{"--guest-svn", "4294967296"},
		{"--measurement", "abc"},
		{"--measurement", ""},
		{"--host-data", "zz"},
		{"--ark-sha256", "00"},
		{"--nonce", "00"},
		{"--manifest", "r"},
		{"--no-such-option"},
		{"--cert"},
		{"second-report"},
	};
	struct verify_spec spec;
	char many[2 * 64 + 1];

	(void)state;
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (options(&spec, bad[i]) != TOOL_USAGE) {
			fail_msg("accepted: %s %s", bad[i][0], bad[i][1] ? bad[i][1] : "");
		}
	}
	memset(many, 'a', sizeof(many) - 1);
	many[128] = 0;
	assert_int_equal(OPTIONS("--report-data", many), TOOL_OK);
	assert_int_equal(OPTIONS("--report-data", many, "--report-data", many), TOOL_USAGE);
	assert_int_equal(OPTIONS("--report-data", many, "--nonce", "00", "--manifest", "r"),
			 TOOL_USAGE);
	many[127] = 0;
	assert_int_equal(OPTIONS("--report-data", many), TOOL_USAGE);
	many[96] = 0;
	assert_int_equal(OPTIONS("--measurement", many, "--image", "r"), TOOL_USAGE);
}

/* Exit code of the whole command on the files r (report), t (certificate table). */
static int command(const char *first, const char *second, const char *third)
{
	char paths[2][64];
	char *argv[] = {(char *)"verify",  paths[0],
			(char *)"--certs", paths[1],
			(char *)"--at",	   (char *)"2027-01-15",
			(char *)first,	   (char *)second,
			(char *)third,	   0};
	int argc = 6, out = dup(STDOUT_FILENO), code;

	while (argc < 9 && argv[argc]) {
		argc++;
	}
	snprintf(paths[0], sizeof(paths[0]), "%s/r", folder);
	snprintf(paths[1], sizeof(paths[1]), "%s/t", folder);
	fflush(stdout);
	assert_non_null(freopen("/dev/null", "w", stdout));
	optind = 0;
	code = command_verify(argc, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	return code;
}

static void test_command(void **state)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char pin[2 * PIN_SIZE + 1];
	struct bytes table;
	struct fixture f;

	(void)state;
	fixture_make(&f, &plain);
	fixture_table(&f, &table);
	X509_digest(f.ark, EVP_sha256(), digest, 0);
	hex_encode(digest, PIN_SIZE, pin);
	put("t", table.data, table.size);
	put("r", &f.report, REPORT_SIZE);
	assert_int_equal(command("--ark-sha256", pin, 0), TOOL_OK);
	assert_int_equal(command("--ark-sha256", pin, "--json"), TOOL_OK);
	assert_int_equal(command("--ark-sha256", pin, "--fields"), TOOL_OK);
	assert_int_equal(command("--json", "--fields", 0), TOOL_NEGATIVE); /* no root is named */
	f.report.measurement[0] ^= 1;
	put("r", &f.report, REPORT_SIZE);
	assert_int_equal(command("--ark-sha256", pin, 0), TOOL_NEGATIVE);
	assert_int_equal(command("--ark-sha256", pin, "--json"), TOOL_NEGATIVE);
	assert_int_equal(command("--ark-sha256", pin, "--fields"), TOOL_NEGATIVE);
	put("t", table.data, 24);
	assert_int_equal(command("--ark-sha256", pin, 0), TOOL_BAD_FILE);
	assert_int_equal(command("--help", 0, 0), TOOL_OK);
	free(table.data);
	fixture_free(&f);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char line[64];

	(void)state;
	fixture_end();
	snprintf(line, sizeof(line), "rm -r %s", folder);
	return system(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_files), cmocka_unit_test(test_cert_files),
		cmocka_unit_test(test_table),	     cmocka_unit_test(test_options_good),
		cmocka_unit_test(test_nonce),	     cmocka_unit_test(test_options_bad),
		cmocka_unit_test(test_command),
	};

	if (!freopen("/dev/null", "w", stderr)) { /* the refusals' messages */
		return 1;
	}
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
