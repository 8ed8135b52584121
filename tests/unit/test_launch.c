/*
 * The launch of the emulator's secure processor, natively: launch digest against values computed
 * with another SHA-384 (Python's hashlib) from the PAGE_INFO layout, secrets page, option parsing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <verismo/igvm.h>
#include <verismo/launch.h>
#include <verismo/snp.h>
#include "emulator/loader/options.h"
#include "emulator/psp/digest.h"
#include "emulator/psp/psp.h"
#include "emulator/psp/secrets.h"
#include "emulator/svm/svm.h"

static uint8_t pattern[PAGE_SIZE];

static int fill_pattern(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < PAGE_SIZE; i++) {
		pattern[i] = (uint8_t)(7 * i + (i >> 8));
	}
	return 0;
}

static void expect(const struct launch_digest *d, const char *hex)
{
	char got[DIGEST_HEX_SIZE];

	digest_hex(d, got);
	assert_string_equal(got, hex);
}

static void test_digest_of_every_type(void **state)
{
	struct launch_digest d;

	(void)state;
	digest_start(&d);
	digest_page(&d, LAUNCH_PAGE_NORMAL, MODULE_BASE, pattern);
	expect(&d,
	       "438c848d549276e743d1bf054993f74580540bccfc767183835a35613bc0a0011a2ae18b96a0077f2e"
	       "1f7a18b57af300");
	digest_page(&d, LAUNCH_PAGE_NORMAL, MODULE_BASE + 0x5000, 0);
	expect(&d,
	       "f27a4bf6cd17a582f3b45dc9d88d212fa935057975f784da19897ac93d4774f9d58a9cdc73ccb189bd"
	       "cde6a677cd4345");
	digest_page(&d, LAUNCH_PAGE_UNMEASURED, MODULE_PARAMS_GPA, pattern);
	digest_page(&d, LAUNCH_PAGE_CPUID, MODULE_CPUID_GPA, pattern);
	digest_page(&d, LAUNCH_PAGE_SECRETS, MODULE_SECRETS_GPA, pattern);
	expect(&d,
	       "92c27b60f7cc90ec69e631ff03a599c69b1d3aec78e69b52f0d9fa2800fb0a4bdc6a182f8e2d36380c"
	       "b5e7858bfd06a2");
	digest_page(&d, LAUNCH_PAGE_VMSA, IGVM_VMSA_GPA, pattern);
	expect(&d,
	       "894db37035a0a897ebe7a4ed58e88a4071bdb44922bab3bd636cba123da0caa686c7779f2bb664bce4"
	       "8735c7d3610260");
}

static void test_null_page_equals_page_of_zeros(void **state)
{
	static const uint8_t zeros[PAGE_SIZE];
	struct launch_digest a, b;

	(void)state;
	digest_start(&a);
	digest_start(&b);
	digest_page(&a, LAUNCH_PAGE_NORMAL, 0, 0);
	digest_page(&b, LAUNCH_PAGE_NORMAL, 0, zeros);
	assert_memory_equal(a.ld, b.ld, sizeof(a.ld));
}

static void test_digest_depends_on_order_place_and_type(void **state)
{
	struct launch_digest d[4];

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		digest_start(&d[i]);
	}
	digest_page(&d[0], LAUNCH_PAGE_NORMAL, 0, pattern);
	digest_page(&d[0], LAUNCH_PAGE_NORMAL, PAGE_SIZE, 0);
	digest_page(&d[1], LAUNCH_PAGE_NORMAL, PAGE_SIZE, 0);
	digest_page(&d[1], LAUNCH_PAGE_NORMAL, 0, pattern);
	digest_page(&d[2], LAUNCH_PAGE_NORMAL, PAGE_SIZE, pattern);
	digest_page(&d[2], LAUNCH_PAGE_NORMAL, 0, 0);
	digest_page(&d[3], LAUNCH_PAGE_NORMAL, 0, pattern);
	digest_page(&d[3], LAUNCH_PAGE_VMSA, PAGE_SIZE, 0);
	for (uint32_t i = 0; i < 4; i++) {
		for (uint32_t j = 0; j < i; j++) {
			assert_memory_not_equal(d[i].ld, d[j].ld, SHA384_SIZE);
		}
	}
}

static void test_secrets_page(void **state)
{
	uint8_t page[PAGE_SIZE];
	uint32_t word;

	(void)state;
	memset(page, 0xff, sizeof(page));
	secrets_fill(page, 0x00a20f10);
	memcpy(&word, page + SECRETS_VERSION, sizeof(word));
	assert_int_equal(word, 3);
	memcpy(&word, page + SECRETS_FMS, sizeof(word));
	assert_int_equal(word, 0x00a20f10);
	assert_memory_equal(page + SECRETS_VMPCK0, "verismo emulator test key VMPCK0", 32);
	assert_memory_equal(page + SECRETS_VMPCK0 + 96, "verismo emulator test key VMPCK3", 32);
	for (uint32_t i = SECRETS_MSG_SEQNO0; i < PAGE_SIZE; i++) {
		assert_int_equal(page[i], 0);
	}
}

static void test_options(void **state)
{
	struct options o;

	(void)state;
	assert_null(options_parse(&o, 0));
	assert_int_equal(o.memory, MEMORY_MIN);
	assert_int_equal(o.cpus, 0);
	assert_string_equal(o.attack, "none");
	assert_null(options_parse(&o, "  memory=512 attack=double-map-gpa  cpus=2 "));
	assert_int_equal(o.memory, 512UL << 20);
	assert_int_equal(o.cpus, 2);
	assert_string_equal(o.attack, "double-map-gpa");
}

static void test_options_refused(void **state)
{
	static const char *const bad[] = {
		"memory=254",
		"memory=257",
		"memory=4098",
		"memory=",
		"memory=0x100",
		"memory=99999999999999999999",
		"cpus=0",
		"cpus=9",
		"cpus=two",
		"attack=",
		"attack=a-name-that-is-far-too-long",
		"verbose",
		"memory",
	};
	struct options o;

	(void)state;
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_non_null(options_parse(&o, bad[i]));
	}
}

/* The CPU of these tests: has every feature but AVX (leaf 1, ECX bit 28). */
void svm_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t v[4])
{
	(void)subleaf;
	memset(v, 0xff, 4 * sizeof(v[0]));
	if (leaf == 1) {
		v[2] &= ~(1U << 28);
	}
}

static struct snp_cpuid_page good_page(void)
{
	struct snp_cpuid_page page;

	memset(&page, 0, sizeof(page));
	page.count = 3;
	page.entry[0].eax_in = 1;
	page.entry[0].ecx = 0x80200201;
	page.entry[1].eax_in = 0xb;
	page.entry[1].ecx_in = 1;
	page.entry[2].eax_in = 0x8000001f;
	page.entry[2].eax = 0x1a;
	page.entry[2].ebx = 39;
	return page;
}

static void test_cpuid_page_accepted(void **state)
{
	struct snp_cpuid_page page = good_page();

	(void)state;
	assert_null(psp_cpuid_check(&page));
}

static void test_cpuid_page_refused(void **state)
{
	struct snp_cpuid_page page[7];

	(void)state;
	for (uint32_t i = 0; i < 7; i++) {
		page[i] = good_page();
	}
	page[0].count = 0;
	page[1].count = SNP_CPUID_MAX + 1;
	page[2].entry[1].reserved = 1;
	page[3].entry[1] = page[3].entry[0];
	page[4].entry[2].ebx = 51;
	page[5].entry[2].eax = 0xa;
	page[6].entry[0].ecx |= 1U << 28;
	for (uint32_t i = 0; i < 7; i++) {
		assert_non_null(psp_cpuid_check(&page[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_of_every_type),
		cmocka_unit_test(test_null_page_equals_page_of_zeros),
		cmocka_unit_test(test_digest_depends_on_order_place_and_type),
		cmocka_unit_test(test_secrets_page),
		cmocka_unit_test(test_cpuid_page_accepted),
		cmocka_unit_test(test_cpuid_page_refused),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_options_refused),
	};

	return cmocka_run_group_tests_name("launch", tests, fill_pattern, 0);
}
