/* Who can read what: ciphertext for the host, plaintext for the guest, through changes of owner. */
#include "machine_fixture.h"

static const uint64_t words[] = {0, 1, 2, 255, 511};
static const uint64_t values[] = {0, 1, 0x1122334455667788UL, ~0UL, 1UL << 63};

static uint64_t random_state = 1;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void test_cipher_roundtrip(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		uint64_t key = random64(), spfn = random64() % MACHINE_FRAMES, word = i % 512;
		uint64_t plain = i < 5 ? values[i] : random64();
		uint64_t cipher = cipher_encrypt(key, spfn, word, plain);

		assert_int_equal(cipher_decrypt(key, spfn, word, cipher), plain);
		assert_int_equal(
			cipher_encrypt(key, spfn, word, cipher_decrypt(key, spfn, word, plain)),
			plain);
	}
}

/* Key, frame and word all matter. */
static void test_cipher_depends_on_place(void **state)
{
	uint64_t c = cipher_encrypt(KEY, F, 5, 0x1234);

	(void)state;
	assert_int_not_equal(c, 0x1234);
	assert_int_not_equal(c, cipher_encrypt(KEY + 1, F, 5, 0x1234));
	assert_int_not_equal(c, cipher_encrypt(KEY, F + 1, 5, 0x1234));
	assert_int_not_equal(c, cipher_encrypt(KEY, F, 6, 0x1234));
	assert_int_not_equal(c, cipher_encrypt(KEY, F, 5, 0x1235));
}

static void fill_private(uint64_t spfn)
{
	for (uint64_t word = 0; word < PAGE_WORDS; word++) {
		machine_guest_write64(&machine, spfn, word, 1, values[word % 5] + word);
	}
}

static void expect_private(uint64_t spfn)
{
	for (uint64_t word = 0; word < PAGE_WORDS; word++) {
		assert_int_equal(machine_guest_read64(&machine, spfn, word, 1),
				 values[word % 5] + word);
	}
}

static void test_host_sees_ciphertext(void **state)
{
	(void)state;
	own(F, G);
	fill_private(F);
	expect_private(F);
	for (uint64_t word = 0; word < PAGE_WORDS; word++) {
		uint64_t plain = values[word % 5] + word;

		assert_int_not_equal(machine_host_read64(&machine, F, word), plain);
		assert_int_equal(machine_host_read64(&machine, F, word),
				 cipher_encrypt(KEY, F, word, plain));
		/* the guest's own shared view shows the same as the host's */
		assert_int_equal(machine_guest_read64(&machine, F, word, 0),
				 machine_host_read64(&machine, F, word));
	}
}

/* The host takes the page back: what it reads does not change, the plaintext is not there. */
static void test_unassign_leaves_ciphertext(void **state)
{
	uint64_t before[PAGE_WORDS];

	(void)state;
	own(F, G);
	fill_private(F);
	for (uint64_t word = 0; word < PAGE_WORDS; word++) {
		before[word] = machine_host_read64(&machine, F, word);
	}
	assert_int_equal(machine_rmpupdate(&machine, F, host_page(0)), SNP_OK);
	for (uint64_t word = 0; word < PAGE_WORDS; word++) {
		assert_int_equal(machine_host_read64(&machine, F, word), before[word]);
		assert_int_equal(dram_read64(F, word), before[word]);
	}
	give(F, G);
	expect_private(F);
}

/* What the host wrote in clear is no chosen plaintext for the guest. */
static void test_assign_scrambles(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(machine_host_write64(&machine, F, words[i], values[i]), SNP_OK);
	}
	own(F, G);
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(machine_host_read64(&machine, F, words[i]), values[i]);
		assert_int_equal(machine_guest_read64(&machine, F, words[i], 1),
				 cipher_decrypt(KEY, F, words[i], values[i]));
	}
}

/* The same frame at another GPA under the same key: the plaintext comes along (page swap). */
static void test_moved_frame_keeps_plaintext(void **state)
{
	(void)state;
	own(F, G);
	fill_private(F);
	assert_int_equal(machine_rmpupdate(&machine, F, guest_page(G2, SNP_SIZE_4K)), SNP_OK);
	expect_private(F);
	assert_int_equal(machine_rmpupdate(&machine, F, host_page(0)), SNP_OK);
	assert_int_equal(machine_rmpupdate(&machine, F, guest_page(G, SNP_SIZE_4K)), SNP_OK);
	expect_private(F);
}

/* Ciphertext carried to another frame, or replayed, decrypts to something else, or the old text. */
static void test_ciphertext_is_bound_to_frame(void **state)
{
	uint64_t cipher;

	(void)state;
	own(F, G);
	machine_guest_write64(&machine, F, 9, 1, 0x5ec7e7);
	cipher = machine_host_read64(&machine, F, 9);
	assert_int_equal(machine_host_write64(&machine, F2, 9, cipher), SNP_OK);
	give(F2, G2);
	assert_int_not_equal(machine_guest_read64(&machine, F2, 9, 1), 0x5ec7e7);
}

static void test_host_write_refused(void **state)
{
	struct rmp_update firmware = {.assigned = 1};

	(void)state;
	own(F, G);
	own_large(BIG, GBIG);
	machine_rmpupdate(&machine, F2, firmware);
	fill_private(F);
	REFUSED(SNP_FAIL_PERMISSION, machine_host_write64(&machine, F, 0, 1));
	REFUSED(SNP_FAIL_PERMISSION, machine_host_write64(&machine, F2, 0, 1));
	REFUSED(SNP_FAIL_PERMISSION, machine_host_write64(&machine, BIG, 0, 1));
	REFUSED(SNP_FAIL_PERMISSION, machine_host_write64(&machine, BIG + 300, 0, 1));
	REFUSED(SNP_FAIL_INPUT, machine_host_write64(&machine, MACHINE_FRAMES, 0, 1));
	REFUSED(SNP_FAIL_INPUT, machine_host_write64(&machine, 0, PAGE_WORDS, 1));
	assert_int_equal(machine_host_write64(&machine, BIG + 512, 511, 1), SNP_OK);
}

static void test_shared_page(void **state)
{
	(void)state;
	machine_nested_set(&machine, G, F, 1, 0);
	machine_guest_write64(&machine, F, 4, 0, 0xabc);
	assert_int_equal(machine_host_read64(&machine, F, 4), 0xabc);
	assert_int_equal(machine_host_write64(&machine, F, 4, 0xdef), SNP_OK);
	assert_int_equal(machine_guest_read64(&machine, F, 4, 0), 0xdef);
	machine_guest_write64(&machine, F, 4, 1, 0x777);
	assert_int_equal(machine_guest_read64(&machine, F, 4, 1), 0x777);
	assert_int_equal(machine_host_read64(&machine, F, 4), cipher_encrypt(KEY, F, 4, 0x777));
}

/* A frame nobody wrote is zero for everybody and is not scrambled when its owner changes. */
static void test_untouched_stays_zero(void **state)
{
	(void)state;
	own_large(BIG, GBIG);
	assert_int_equal(machine_guest_read64(&machine, BIG + 1, 7, 1), 0);
	assert_int_equal(machine_host_read64(&machine, BIG + 1, 7), 0);
	machine_guest_write64(&machine, BIG, 7, 1, 5);
	assert_int_equal(machine_rmpupdate(&machine, BIG, host_page(1)), SNP_OK);
	for (uint64_t word = 0; word < PAGE_WORDS; word++) {
		assert_int_not_equal(dram_read64(BIG, word), 0);
		assert_int_equal(dram_read64(BIG + 1, word), 0);
	}
	machine_touch(&machine, F);
	give(F, G);
	assert_int_not_equal(machine_guest_read64(&machine, F, 7, 1), 0);
}

/* Every frame of a 2M page keeps its text through a smash and 4K updates. */
static void test_large_content(void **state)
{
	(void)state;
	own_large(BIG, GBIG);
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		machine_guest_write64(&machine, BIG + i, i, 1, 0x1000 + i);
	}
	assert_int_equal(machine_psmash(&machine, BIG), SNP_OK);
	assert_int_equal(machine_rmpupdate(&machine, BIG + 3, host_page(0)), SNP_OK);
	for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
		uint64_t plain = 0x1000 + i;

		assert_int_equal(machine_guest_read64(&machine, BIG + i, i, 1), plain);
		assert_int_equal(machine_host_read64(&machine, BIG + i, i),
				 cipher_encrypt(KEY, BIG + i, i, plain));
		assert_int_equal(dram_read64(BIG + i, i) == plain, i != 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cipher_roundtrip, fresh),
		cmocka_unit_test_setup(test_cipher_depends_on_place, fresh),
		cmocka_unit_test_setup(test_host_sees_ciphertext, fresh),
		cmocka_unit_test_setup(test_unassign_leaves_ciphertext, fresh),
		cmocka_unit_test_setup(test_assign_scrambles, fresh),
		cmocka_unit_test_setup(test_moved_frame_keeps_plaintext, fresh),
		cmocka_unit_test_setup(test_ciphertext_is_bound_to_frame, fresh),
		cmocka_unit_test_setup(test_host_write_refused, fresh),
		cmocka_unit_test_setup(test_shared_page, fresh),
		cmocka_unit_test_setup(test_untouched_stays_zero, fresh),
		cmocka_unit_test_setup(test_large_content, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
