/* The start in 32-bit mode, as C: what the CPUID page may hold, and what the CPU finds for long mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "module/boot/early.h"
#include "tests/unit/boot_image.h"

#define LEAF	    0x8000001f
#define CR0	    0x80010031UL
#define BAD_CPUID   0x35100UL
#define BAD_CBIT    0x45100UL
#define SOME_FIELDS 0xfff00UL /* beside the position in EBX: number of keys and so on */

struct early_area image_early;

/* A page with the leaf at an index, and memory as if someone had used it. */
static void make_page(uint32_t count, uint32_t at, uint32_t position)
{
	memset(&image_early, 0xee, sizeof(image_early));
	memset(boot_cpuid, 0, sizeof(*boot_cpuid));
	boot_cpuid->count = count;
	for (uint32_t i = 0; i < SNP_CPUID_MAX; i++) {
		boot_cpuid->entry[i].eax_in = i;
		boot_cpuid->entry[i].ebx = 5;
	}
	if (at < SNP_CPUID_MAX) {
		boot_cpuid->entry[at].eax_in = LEAF;
		boot_cpuid->entry[at].ebx = (uint32_t)SOME_FIELDS + position;
	}
}

static void check_table(const uint64_t *table, uint32_t used, uint64_t entry)
{
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		assert_int_equal(table[i], i == used ? entry : 0);
	}
}

static void test_positions(void **state)
{
	(void)state;
	for (uint32_t position = 0; position < 64; position++) {
		uint64_t cbit = 1UL << position;

		make_page(10, 3, position);
		if (position < 32 || position > 51) {
			assert_int_equal(early_start(), BAD_CBIT);
			continue;
		}
		assert_int_equal(early_start(), CR0);
		assert_int_equal(image_early.cbit, cbit);
		check_table(image_early.pml4, 0, cbit + 0x8006003);
		check_table(image_early.pdpt, 0, cbit + 0x8007003);
		check_table(image_early.pd, 64, cbit + 0x8000083);
		assert_int_equal(image_early.gdt[0], 0);
		assert_int_equal(image_early.gdt[1], 0x00af9b000000ffff);
	}
}

/* The leaf may be any used entry; an entry beyond the count is none. */
static void test_count(void **state)
{
	(void)state;
	for (uint32_t at = 0; at < SNP_CPUID_MAX; at++) {
		for (uint32_t count = 0; count <= SNP_CPUID_MAX; count++) {
			make_page(count, at, 40);
			assert_int_equal(early_start(), at < count ? CR0 : BAD_CPUID);
		}
	}
	for (uint32_t shift = 0; shift < 32; shift++) {
		make_page(SNP_CPUID_MAX + (1U << shift), 3, 40);
		assert_int_equal(early_start(), BAD_CPUID);
	}
	make_page(SNP_CPUID_MAX, SNP_CPUID_MAX, 0);
	assert_int_equal(early_start(), BAD_CPUID);
}

/* The first entry of the leaf counts: a second one cannot change the C-bit. */
static void test_first(void **state)
{
	(void)state;
	make_page(10, 7, 51);
	boot_cpuid->entry[2].eax_in = LEAF;
	boot_cpuid->entry[2].ebx = 47;
	assert_int_equal(early_start(), CR0);
	assert_int_equal(image_early.cbit, 1UL << 47);
	boot_cpuid->entry[2].ebx = 31;
	assert_int_equal(early_start(), BAD_CBIT);
}

/* A refused start writes nothing. */
static void test_refused(void **state)
{
	static const struct early_area before;

	(void)state;
	make_page(10, 3, 52);
	memset(&image_early, 0, sizeof(image_early));
	assert_int_equal(early_start(), BAD_CBIT);
	assert_memory_equal(&image_early, &before, sizeof(before));
	make_page(0, 3, 40);
	memset(&image_early, 0, sizeof(image_early));
	assert_int_equal(early_start(), BAD_CPUID);
	assert_memory_equal(&image_early, &before, sizeof(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
