/*
 * The module's cryptography against published vectors and against libcrypto.
 * Sources: SHA-2: FIPS 180-4's examples (NIST, "Examples with Intermediate Values"). HMAC: RFC 4231.
 * GCM: McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, cases 13 to 16 (NIST's GCM
 * specification). HKDF has no published vectors for SHA-384 and SHA-512: libcrypto's are compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include "crypto/crypto.h"

#define ROUNDS	  3000
#define BYTES_MAX 700U

static const uint32_t sizes[] = {CRYPTO_SHA384, CRYPTO_SHA512};

/* ---- Helpers ---- */

/* Reads hexadecimal text; returns the bytes read. */
static uint32_t bytes_of(const char *text, uint8_t *to)
{
	uint32_t n;

	for (n = 0; text[2 * n] != 0; n++) {
		char two[3] = {text[2 * n], text[2 * n + 1], 0};

		to[n] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

static void assert_bytes(const uint8_t *found, const char *expected)
{
	uint8_t bytes[256];
	uint32_t n = bytes_of(expected, bytes);

	assert_memory_equal(found, bytes, n);
}

/* xorshift64*: the same run each time. */
static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_number(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1d;
}

static uint32_t random_below(uint32_t limit)
{
	return (uint32_t)(random_number() >> 32) % limit;
}

static void random_bytes(uint8_t *to, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		to[i] = (uint8_t)(random_number() >> 56);
	}
}

/* A copy of exactly n bytes on the heap, so that one byte too far is noticed. */
static uint8_t *copy_of(const uint8_t *from, uint32_t n)
{
	uint8_t *copy = malloc(n + (n == 0));

	assert_non_null(copy);
	memcpy(copy, from, n);
	return copy;
}

static const EVP_MD *digest_of(uint32_t size)
{
	return size == CRYPTO_SHA384 ? EVP_sha384() : EVP_sha512();
}

/* The hash of n bytes, absorbed in random pieces. */
static void hash_in_pieces(uint32_t size, const uint8_t *data, uint32_t n, uint8_t *digest)
{
	struct crypto_hash h;
	uint32_t done = 0;

	crypto_hash_init(&h, size);
	while (done < n) {
		uint32_t piece = 1 + random_below(n - done);
		uint8_t *copy = copy_of(data + done, piece);

		crypto_hash_update(&h, copy, piece);
		free(copy);
		done += piece;
	}
	crypto_hash_final(&h, digest);
}

static void hmac_once(uint32_t size, const uint8_t *key, uint32_t key_size, const uint8_t *data,
		      uint32_t n, uint8_t *code)
{
	struct crypto_hmac h;

	crypto_hmac_init(&h, size, key, key_size);
	crypto_hmac_update(&h, data, n);
	crypto_hmac_final(&h, code);
}

/* ---- SHA-2 ---- */

struct hash_vector {
	const char *text;
	const char *sha384, *sha512;
};
static const struct hash_vector hash_vectors[] = {
	{"",
	 "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14"
	 "898b95b",
	 "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	 "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	{"abc",
	 "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca13"
	 "4c825a7",
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
	 "mnopqrsmnopqrst"
	 "nopqrstu",
	 "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa9"
	 "1746039",
	 "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
	 "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
};

static void test_hash_vectors(void **state)
{
	uint8_t digest[CRYPTO_SHA512];
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(hash_vectors) / sizeof(hash_vectors[0]); i++) {
		const struct hash_vector *v = &hash_vectors[i];
		const uint8_t *text = (const uint8_t *)v->text;

		hash_in_pieces(CRYPTO_SHA384, text, (uint32_t)strlen(v->text), digest);
		assert_bytes(digest, v->sha384);
		hash_in_pieces(CRYPTO_SHA512, text, (uint32_t)strlen(v->text), digest);
		assert_bytes(digest, v->sha512);
	}
}

/* FIPS 180's third example: a million times the letter a. */
static void test_hash_million(void **state)
{
	uint8_t digest[CRYPTO_SHA512];
	uint8_t *text = malloc(1000000);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 1000000);
	hash_in_pieces(CRYPTO_SHA384, text, 1000000, digest);
	assert_bytes(digest, "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b"
			     "3dc38ecc4ebae97ddd87f3d8985");
	hash_in_pieces(CRYPTO_SHA512, text, 1000000, digest);
	assert_bytes(digest, "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
			     "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b");
	free(text);
}

/* Every length around the ends of blocks, then random ones. */
static void test_hash_second(void **state)
{
	uint8_t data[BYTES_MAX], digest[CRYPTO_SHA512], other[EVP_MAX_MD_SIZE];
	uint32_t i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		uint32_t n = i < BYTES_MAX ? i : random_below(BYTES_MAX);
		uint32_t size = sizes[i % 2];

		random_bytes(data, n);
		hash_in_pieces(size, data, n, digest);
		assert_int_equal(EVP_Digest(data, n, other, NULL, digest_of(size), NULL), 1);
		assert_memory_equal(digest, other, size);
	}
}

/* The state is gone afterwards. */
static void test_hash_wiped(void **state)
{
	static const uint8_t zero[CRYPTO_BLOCK];
	uint8_t digest[CRYPTO_SHA512];
	struct crypto_hmac h;

	(void)state;
	crypto_hmac_init(&h, CRYPTO_SHA384, (const uint8_t *)"secret", 6);
	crypto_hmac_update(&h, (const uint8_t *)"text", 4);
	crypto_hmac_final(&h, digest);
	assert_memory_equal(h.inner.state, zero, sizeof(h.inner.state));
	assert_memory_equal(h.inner.block, zero, sizeof(h.inner.block));
	assert_memory_equal(h.outer, zero, sizeof(h.outer));
}

/* ---- HMAC ---- */

struct hmac_vector {
	const char *key, *data;
	const char *sha384, *sha512;
};
#define AA16  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define AA131 AA16 AA16 AA16 AA16 AA16 AA16 AA16 AA16 "aaaaaa"
/* RFC 4231, test cases 1 to 4, 6 and 7 (5 is a shortened code). */
static const struct hmac_vector hmac_vectors[] = {
	{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	 "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b"
	 "2fa9cb6",
	 "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	 "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
	{"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	 "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecf"
	 "ab21649",
	 "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	 "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	 "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
	 "ddddddddddd",
	 "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e10"
	 "1a34f27",
	 "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
	 "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
	{"0102030405060708090a0b0c0d0e0f10111213141516171819",
	 "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdc"
	 "dcdcdcdcdcd",
	 "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c"
	 "674cffb",
	 "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
	 "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"},
	{AA131,
	 "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20486173682"
	 "04b6579204669"
	 "727374",
	 "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df16"
	 "3f44952",
	 "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	 "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
	{AA131,
	 "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a6"
	 "5206b657920"
	 "616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6"
	 "565647320"
	 "746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616"
	 "c676f7269"
	 "74686d2e",
	 "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110"
	 "c46523e",
	 "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
	 "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"},
};

static void test_hmac_vectors(void **state)
{
	uint8_t key[256], data[256], code[CRYPTO_SHA512];
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(hmac_vectors) / sizeof(hmac_vectors[0]); i++) {
		const struct hmac_vector *v = &hmac_vectors[i];
		uint32_t key_size = bytes_of(v->key, key), n = bytes_of(v->data, data);

		hmac_once(CRYPTO_SHA384, key, key_size, data, n, code);
		assert_bytes(code, v->sha384);
		hmac_once(CRYPTO_SHA512, key, key_size, data, n, code);
		assert_bytes(code, v->sha512);
	}
}

static void test_hmac_second(void **state)
{
	uint8_t key[300], data[BYTES_MAX], code[CRYPTO_SHA512], other[EVP_MAX_MD_SIZE];
	uint32_t i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		uint32_t key_size = i < 300 ? i : random_below(300), n = random_below(BYTES_MAX);
		uint32_t size = sizes[random_below(2)];

		random_bytes(key, key_size);
		random_bytes(data, n);
		hmac_once(size, key, key_size, data, n, code);
		assert_non_null(HMAC(digest_of(size), key, (int)key_size, data, n, other, NULL));
		assert_memory_equal(code, other, size);
	}
}

/* ---- HKDF ---- */

/* libcrypto's HKDF: extract and expand in one. */
static void hkdf_second(uint32_t size, const uint8_t *salt, uint32_t salt_size,
			const uint8_t *input, uint32_t input_size, const uint8_t *info,
			uint32_t info_size, uint8_t *out, size_t n)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);

	assert_non_null(c);
	assert_int_equal(EVP_PKEY_derive_init(c), 1);
	assert_int_equal(EVP_PKEY_CTX_set_hkdf_md(c, digest_of(size)), 1);
	assert_int_equal(EVP_PKEY_CTX_set1_hkdf_salt(c, salt, (int)salt_size), 1);
	assert_int_equal(EVP_PKEY_CTX_set1_hkdf_key(c, input, (int)input_size), 1);
	assert_int_equal(EVP_PKEY_CTX_add1_hkdf_info(c, info, (int)info_size), 1);
	assert_int_equal(EVP_PKEY_derive(c, out, &n), 1);
	EVP_PKEY_CTX_free(c);
}

static void check_hkdf(uint32_t size, uint32_t salt_size, uint32_t input_size, uint32_t info_size,
		       uint32_t n)
{
	uint8_t salt[200], input[200], info[200], prk[CRYPTO_SHA512];
	uint8_t *out = malloc(n), *other = malloc(n);

	assert_true(out != NULL && other != NULL);
	random_bytes(salt, salt_size);
	random_bytes(input, input_size);
	random_bytes(info, info_size);
	crypto_hkdf_extract(size, salt, salt_size, input, input_size, prk);
	crypto_hkdf_expand(size, prk, info, info_size, out, n);
	hkdf_second(size, salt, salt_size, input, input_size, info, info_size, other, n);
	assert_memory_equal(out, other, n);
	free(out);
	free(other);
}

static void test_hkdf_second(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		check_hkdf(sizes[i % 2], random_below(200), 1 + random_below(199),
			   random_below(200), 1 + random_below(400));
	}
}

/* The most that there is: 255 blocks. And the ends of the first two. */
static void test_hkdf_ends(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		check_hkdf(sizes[i], 13, 22, 10, 255 * sizes[i]);
		check_hkdf(sizes[i], 13, 22, 0, sizes[i]);
		check_hkdf(sizes[i], 0, 22, 10, sizes[i] + 1);
		check_hkdf(sizes[i], 13, 22, 10, 2 * sizes[i]);
	}
}

/* ---- GCM ---- */

struct gcm_vector {
	const char *key, *iv, *aad, *plain, *cipher, *tag;
};
#define GCM_KEY "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define GCM_IV	"cafebabefacedbaddecaf888"
#define GCM_PLAIN                                                                                  \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                         \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_CIPHER                                                                                 \
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"                         \
	"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
static const struct gcm_vector gcm_vectors[] = {
	{"0000000000000000000000000000000000000000000000000000000000000000",
	 "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
	{"0000000000000000000000000000000000000000000000000000000000000000",
	 "000000000000000000000000", "", "00000000000000000000000000000000",
	 "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
	{GCM_KEY, GCM_IV, "", GCM_PLAIN "1aafd255", GCM_CIPHER "898015ad",
	 "b094dac5d93471bdec1a502270e3cc6c"},
	{GCM_KEY, GCM_IV, "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAIN, GCM_CIPHER,
	 "76fc6ece0f4e1768cddf8853bb2d551b"},
};

static void test_gcm_vectors(void **state)
{
	uint8_t key[64], iv[64], aad[64], data[64], plain[64], tag[CRYPTO_GCM_TAG];
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(gcm_vectors) / sizeof(gcm_vectors[0]); i++) {
		const struct gcm_vector *v = &gcm_vectors[i];
		uint32_t aad_size = bytes_of(v->aad, aad), n = bytes_of(v->plain, data);

		bytes_of(v->key, key);
		bytes_of(v->iv, iv);
		memcpy(plain, data, n);
		crypto_gcm_seal(key, iv, aad, aad_size, data, n, tag);
		assert_bytes(data, v->cipher);
		assert_bytes(tag, v->tag);
		assert_int_equal(crypto_gcm_open(key, iv, aad, aad_size, data, n, tag), 1);
		assert_memory_equal(data, plain, n);
	}
}

/* libcrypto's AES-256-GCM; returns its tag in tag, its cipher in out. */
static void gcm_second(const uint8_t *key, const uint8_t *iv, const uint8_t *aad, uint32_t aad_size,
		       const uint8_t *data, uint32_t n, uint8_t *out, uint8_t *tag)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int made;

	assert_non_null(c);
	assert_int_equal(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(c, NULL, &made, aad, (int)aad_size), 1);
	assert_int_equal(EVP_EncryptUpdate(c, out, &made, data, (int)n), 1);
	assert_int_equal(EVP_EncryptFinal_ex(c, out + made, &made), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, CRYPTO_GCM_TAG, tag), 1);
	EVP_CIPHER_CTX_free(c);
}

/* One message, sealed, compared, opened. Its parts stay for the caller. */
struct sealed {
	uint8_t key[CRYPTO_GCM_KEY], iv[CRYPTO_GCM_IV], tag[CRYPTO_GCM_TAG];
	uint8_t aad[100], plain[BYTES_MAX], cipher[BYTES_MAX];
	uint32_t aad_size, size;
};

static void seal_random(struct sealed *s, uint32_t aad_size, uint32_t size)
{
	uint8_t *data;

	random_bytes((uint8_t *)s, sizeof(*s));
	s->aad_size = aad_size;
	s->size = size;
	data = copy_of(s->plain, size);
	crypto_gcm_seal(s->key, s->iv, s->aad, aad_size, data, size, s->tag);
	memcpy(s->cipher, data, size);
	free(data);
}

static void test_gcm_second(void **state)
{
	uint8_t cipher[BYTES_MAX + 16], tag[CRYPTO_GCM_TAG];
	struct sealed s;
	uint32_t i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		seal_random(&s, random_below(100), i < BYTES_MAX ? i : random_below(BYTES_MAX));
		gcm_second(s.key, s.iv, s.aad, s.aad_size, s.plain, s.size, cipher, tag);
		assert_memory_equal(s.cipher, cipher, s.size);
		assert_memory_equal(s.tag, tag, CRYPTO_GCM_TAG);
		assert_int_equal(
			crypto_gcm_open(s.key, s.iv, s.aad, s.aad_size, s.cipher, s.size, s.tag),
			1);
		assert_memory_equal(s.cipher, s.plain, s.size);
	}
}

/* The message is refused and its data is as it was. */
static void assert_refused(const struct sealed *s)
{
	uint8_t *data = copy_of(s->cipher, s->size);

	assert_int_equal(crypto_gcm_open(s->key, s->iv, s->aad, s->aad_size, data, s->size, s->tag),
			 0);
	assert_memory_equal(data, s->cipher, s->size);
	free(data);
}

/* Flips one bit of a part, asks, and flips it back. */
static void flip(const struct sealed *s, uint8_t *part, uint32_t bit)
{
	part[bit / 8] ^= (uint8_t)(1 << bit % 8);
	assert_refused(s);
	part[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* Every bit of tag, IV, key, aad and cipher; one byte less and one more. */
static void test_gcm_refused(void **state)
{
	struct sealed s;
	uint32_t bit;

	(void)state;
	seal_random(&s, 48, 96);
	for (bit = 0; bit < 8 * CRYPTO_GCM_TAG; bit++) {
		flip(&s, s.tag, bit);
	}
	for (bit = 0; bit < 8 * CRYPTO_GCM_IV; bit++) {
		flip(&s, s.iv, bit);
	}
	for (bit = 0; bit < 8 * CRYPTO_GCM_KEY; bit++) {
		flip(&s, s.key, bit);
	}
	for (bit = 0; bit < 8 * s.aad_size; bit++) {
		flip(&s, s.aad, bit);
	}
	for (bit = 0; bit < 8 * s.size; bit++) {
		flip(&s, s.cipher, bit);
	}
	s.size--;
	assert_refused(&s);
	s.size += 2;
	assert_refused(&s);
	s.size--;
	s.aad_size--;
	assert_refused(&s);
}

/* ---- Memory ---- */

static void test_differs(void **state)
{
	uint8_t a[40], b[40];
	uint32_t i;

	(void)state;
	random_bytes(a, sizeof(a));
	memcpy(b, a, sizeof(a));
	assert_int_equal(crypto_differs(a, b, sizeof(a)), 0);
	assert_int_equal(crypto_differs(a, b, 0), 0);
	for (i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(crypto_differs(a, b, sizeof(a)), 0);
		b[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	b[39] ^= 1;
	assert_int_equal(crypto_differs(a, b, 39), 0);
}

static void test_wipe(void **state)
{
	uint64_t words[4] = {1, 2, 3, 4};
	uint8_t area[6] = {1, 2, 3, 4, 5, 6};

	(void)state;
	crypto_wipe(area + 1, 4);
	assert_memory_equal(area, "\1\0\0\0\0\6", 6);
	crypto_wipe_words(words + 1, 2);
	assert_true(words[0] == 1 && words[1] == 0 && words[2] == 0 && words[3] == 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_vectors), cmocka_unit_test(test_hash_million),
		cmocka_unit_test(test_hash_second),  cmocka_unit_test(test_hash_wiped),
		cmocka_unit_test(test_hmac_vectors), cmocka_unit_test(test_hmac_second),
		cmocka_unit_test(test_hkdf_second),  cmocka_unit_test(test_hkdf_ends),
		cmocka_unit_test(test_gcm_vectors),  cmocka_unit_test(test_gcm_second),
		cmocka_unit_test(test_gcm_refused),  cmocka_unit_test(test_differs),
		cmocka_unit_test(test_wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
