#include "crypto/bytes.h"
#include "crypto/hkdf.h"

/* The key as both blocks, from its first at most 128 bytes. */
/*@
  requires outer: \valid(outer + (0 .. CRYPTO_BLOCK - 1)) && \valid(inner + (0 .. CRYPTO_BLOCK - 1));
  requires key: size <= CRYPTO_BLOCK && \valid_read(key + (0 .. size - 1));
  requires apart: \separated(outer + (0 .. CRYPTO_BLOCK - 1), inner + (0 .. CRYPTO_BLOCK - 1),
    key + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns inner[0 .. CRYPTO_BLOCK - 1], outer[0 .. CRYPTO_BLOCK - 1];
  ensures blocks: \forall message k; msg_is{Pre}(key, size, k) ==>
    msg_is(inner, CRYPTO_BLOCK, hmac_block(k, 0x36)) && msg_is(outer, CRYPTO_BLOCK, hmac_block(k, 0x5c));
*/
static void key_blocks(uint8_t *inner, uint8_t *outer, const uint8_t *key, uint32_t size)
{
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= CRYPTO_BLOCK;
	  loop invariant key: \forall integer j; 0 <= j < i && j < size ==>
	    inner[j] == ((\at(key[j], Pre) ^ 0x36) & 0xff) && outer[j] == ((\at(key[j], Pre) ^ 0x5c) & 0xff);
	  loop invariant rest: \forall integer j; size <= j < i ==> inner[j] == 0x36 && outer[j] == 0x5c;
	  loop assigns i, inner[0 .. CRYPTO_BLOCK - 1], outer[0 .. CRYPTO_BLOCK - 1];
	  loop variant CRYPTO_BLOCK - i;
	*/
	for (i = 0; i < CRYPTO_BLOCK; i++) {
		if (i < size) {
			inner[i] = (uint8_t)((key[i] ^ 0x36U) & 0xff);
			outer[i] = (uint8_t)((key[i] ^ 0x5cU) & 0xff);
		} else {
			inner[i] = 0x36;
			outer[i] = 0x5c;
		}
	}
}

void crypto_hmac_init(struct crypto_hmac *h, uint32_t size, const uint8_t *key, uint32_t key_size)
{
	uint8_t inner[CRYPTO_BLOCK];
	uint8_t digest[CRYPTO_SHA512];

	if (key_size > CRYPTO_BLOCK) {
		crypto_hash_init(&h->inner, size);
		/*@ assert key: \forall message k; msg_is{Pre}(key, key_size, k) ==> msg_is(key, key_size, k); */
		crypto_hash_update(&h->inner, key, key_size);
		/*@ assert long: \forall message k; msg_is{Pre}(key, key_size, k) ==> hash_holds(&h->inner, k); */
		crypto_hash_final(&h->inner, digest);
		/*@ assert short: \forall message k; msg_is{Pre}(key, key_size, k) ==>
		      msg_is(&digest[0], size, hmac_key(size, k)); */
		key_blocks(inner, h->outer, digest, size);
	} else {
		key_blocks(inner, h->outer, key, key_size);
	}
	/*@ assert blocks: \forall message k; msg_is{Pre}(key, key_size, k) ==>
	      msg_is(&inner[0], CRYPTO_BLOCK, hmac_block(hmac_key(size, k), 0x36)) &&
	      msg_is(&h->outer[0], CRYPTO_BLOCK, hmac_block(hmac_key(size, k), 0x5c)); */
	crypto_hash_init(&h->inner, size);
	/*@ assert kept: \forall message k; msg_is{Pre}(key, key_size, k) ==>
	      msg_is(&inner[0], CRYPTO_BLOCK, hmac_block(hmac_key(size, k), 0x36)) &&
	      msg_is(&h->outer[0], CRYPTO_BLOCK, hmac_block(hmac_key(size, k), 0x5c)); */
	crypto_hash_update(&h->inner, inner, CRYPTO_BLOCK);
	/*@ assert begun: \forall message k; msg_is{Pre}(key, key_size, k) ==>
	      hash_holds(&h->inner, hmac_block(hmac_key(size, k), 0x36)); */
	crypto_wipe(inner, CRYPTO_BLOCK);
	crypto_wipe(digest, CRYPTO_SHA512);
}

void crypto_hmac_update(struct crypto_hmac *h, const uint8_t *data, uint32_t size)
{
	crypto_hash_update(&h->inner, data, size);
}

void crypto_hmac_final(struct crypto_hmac *h, uint8_t *code)
{
	uint32_t size = h->inner.size;
	uint8_t digest[CRYPTO_SHA512];

	crypto_hash_final(&h->inner, digest);
	/*@ assert inner: \forall message k, m; hmac_holds{Pre}(h, k, m) ==>
	      msg_is(&digest[0], size, sha(size, msg_append(hmac_block(hmac_key(size, k), 0x36), m))) &&
	      msg_is(&h->outer[0], CRYPTO_BLOCK, hmac_block(hmac_key(size, k), 0x5c)); */
	crypto_hash_init(&h->inner, size);
	/*@ assert kept: \forall message k, m; hmac_holds{Pre}(h, k, m) ==>
	      msg_is(&digest[0], size, sha(size, msg_append(hmac_block(hmac_key(size, k), 0x36), m))) &&
	      msg_is(&h->outer[0], CRYPTO_BLOCK, hmac_block(hmac_key(size, k), 0x5c)); */
	crypto_hash_update(&h->inner, h->outer, CRYPTO_BLOCK);
	/*@ assert outer: \forall message k, m; hmac_holds{Pre}(h, k, m) ==>
	      hash_holds(&h->inner, hmac_block(hmac_key(size, k), 0x5c)) &&
	      msg_is(&digest[0], size, sha(size, msg_append(hmac_block(hmac_key(size, k), 0x36), m))); */
	crypto_hash_update(&h->inner, digest, size);
	/*@ assert both: \forall message k, m; hmac_holds{Pre}(h, k, m) ==>
	      hash_holds(&h->inner, msg_append(hmac_block(hmac_key(size, k), 0x5c),
	        sha(size, msg_append(hmac_block(hmac_key(size, k), 0x36), m)))); */
	crypto_hash_final(&h->inner, code);
	/*@ assert code: \forall message k, m; hmac_holds{Pre}(h, k, m) ==> msg_is(code, size, hmac(size, k, m)); */
	crypto_wipe(h->outer, CRYPTO_BLOCK);
	crypto_wipe(digest, CRYPTO_SHA512);
}

void crypto_hkdf_extract(uint32_t size, const uint8_t *salt, uint32_t salt_size,
			 const uint8_t *input, uint32_t input_size, uint8_t *prk)
{
	struct crypto_hmac h;

	crypto_hmac_init(&h, size, salt, salt_size);
	/*@ assert input: \forall message m; msg_is{Pre}(input, input_size, m) ==> msg_is(input, input_size, m); */
	crypto_hmac_update(&h, input, input_size);
	/*@ assert absorbed: \forall message k, m; msg_is{Pre}(salt, salt_size, k) &&
	      msg_is{Pre}(input, input_size, m) ==> hmac_holds(&h, k, m); */
	crypto_hmac_final(&h, prk);
}

/* T(n) in the place of T(n - 1). */
/*@
  requires size: hash_size(size) && 1 <= n;
  requires prk: \valid_read(prk + (0 .. size - 1)) && \valid(t + (0 .. size - 1));
  requires info: \valid_read(info + (0 .. info_size - 1));
  requires apart: \separated(t + (0 .. size - 1), prk + (0 .. size - 1)) &&
    \separated(t + (0 .. size - 1), info + (0 .. info_size - 1));
  terminates \true;
  exits \false;
  assigns t[0 .. size - 1];
  ensures block: \forall message k, c; msg_is{Pre}(prk, size, k) && msg_is{Pre}(info, info_size, c) &&
    (n > 1 ==> msg_is{Pre}(t, size, hkdf_block(size, k, c, n - 1))) ==>
    msg_is(t, size, hkdf_block(size, k, c, n));
*/
static void next_block(uint32_t size, const uint8_t *prk, const uint8_t *info, uint32_t info_size,
		       uint8_t n, uint8_t *t)
{
	struct crypto_hmac h;

	crypto_hmac_init(&h, size, prk, size);
	/*@ assert last: \forall message m; msg_is{Pre}(t, size, m) ==> msg_is(t, size, m); */
	if (n > 1) {
		crypto_hmac_update(&h, t, size);
	}
	/*@ assert chained: \forall message k, c; msg_is{Pre}(prk, size, k) &&
	      (n > 1 ==> msg_is{Pre}(t, size, hkdf_block(size, k, c, n - 1))) ==>
	      hmac_holds(&h, k, hkdf_block(size, k, c, n - 1)); */
	/*@ assert info: \forall message c; msg_is{Pre}(info, info_size, c) ==> msg_is(info, info_size, c); */
	crypto_hmac_update(&h, info, info_size);
	/*@ assert informed: \forall message k, c; msg_is{Pre}(prk, size, k) &&
	      msg_is{Pre}(info, info_size, c) &&
	      (n > 1 ==> msg_is{Pre}(t, size, hkdf_block(size, k, c, n - 1))) ==>
	      hmac_holds(&h, k, msg_append(hkdf_block(size, k, c, n - 1), c)); */
	/*@ assert number: msg_is(&n, 1, msg_byte(msg_empty, n)); */
	crypto_hmac_update(&h, &n, 1);
	/*@ assert numbered: \forall message k, c; msg_is{Pre}(prk, size, k) &&
	      msg_is{Pre}(info, info_size, c) &&
	      (n > 1 ==> msg_is{Pre}(t, size, hkdf_block(size, k, c, n - 1))) ==>
	      hmac_holds(&h, k, msg_byte(msg_append(hkdf_block(size, k, c, n - 1), c), n)); */
	crypto_hmac_final(&h, t);
}

void crypto_hkdf_expand(uint32_t size, const uint8_t *prk, const uint8_t *info, uint32_t info_size,
			uint8_t *out, uint32_t out_size)
{
	uint8_t t[CRYPTO_SHA512];
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= out_size;
	  loop invariant block: \forall message k, c; i > 0 &&
	    msg_is{Pre}(prk, size, k) && msg_is{Pre}(info, info_size, c) ==>
	    msg_is(&t[0], size, hkdf_block(size, k, c, (i - 1) / size + 1));
	  loop invariant keys: \forall message k, c;
	    msg_is{Pre}(prk, size, k) && msg_is{Pre}(info, info_size, c) ==>
	    \forall integer j; 0 <= j < i ==>
	      out[j] == msg_at(hkdf_block(size, k, c, j / size + 1), j % size);
	  loop assigns i, t[0 .. CRYPTO_SHA512 - 1], out[0 .. out_size - 1];
	  loop variant out_size - i;
	*/
	for (i = 0; i < out_size; i++) {
		/*@ assert edge: i > 0 && i % size == 0 ==> (i - 1) / size + 1 == i / size; */
		/*@ assert inside: i % size != 0 ==> (i - 1) / size == i / size; */
		if (i % size == 0) {
			next_block(size, prk, info, info_size, (uint8_t)(i / size + 1), t);
		}
		/*@ assert block: \forall message k, c;
		      msg_is{Pre}(prk, size, k) && msg_is{Pre}(info, info_size, c) ==>
		      msg_is(&t[0], size, hkdf_block(size, k, c, i / size + 1)); */
		out[i] = t[i % size];
	}
	crypto_wipe(t, CRYPTO_SHA512);
}
