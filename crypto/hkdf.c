#include "crypto/bytes.h"
#include "crypto/hkdf.h"

#define INNER 0x36U /* RFC 2104: ipad, opad */
#define OUTER 0x5cU

/* The block of a key of at most 128 bytes. */
/*@
  requires block: \valid(block + (0 .. CRYPTO_BLOCK - 1)) && x <= 0xff;
  requires key: size <= CRYPTO_BLOCK && \valid_read(key + (0 .. size - 1));
  requires apart: \separated(block + (0 .. CRYPTO_BLOCK - 1), key + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns block[0 .. CRYPTO_BLOCK - 1];
  ensures block: bytes(block, CRYPTO_BLOCK) == hmac_block(bytes{Pre}(key, size), x);
*/
static void key_block(uint8_t *block, const uint8_t *key, uint32_t size, uint32_t x)
{
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= CRYPTO_BLOCK;
	  loop invariant block: \forall integer j; 0 <= j < i ==>
	    block[j] == msg_at(hmac_block(bytes{Pre}(key, size), x), j);
	  loop assigns i, block[0 .. CRYPTO_BLOCK - 1];
	  loop variant CRYPTO_BLOCK - i;
	*/
	for (i = 0; i < CRYPTO_BLOCK; i++) {
		uint8_t b = i < size ? key[i] : 0;

		/*@ assert key: i < size ==> b == msg_at(bytes{Pre}(key, size), i); */
		block[i] = (uint8_t)((b ^ x) & 0xff);
	}
	/*@ assert same: msg_same(bytes(block, CRYPTO_BLOCK), hmac_block(bytes{Pre}(key, size), x)); */
}

/* Begins the inner hash; the key is at most 128 bytes. */
/*@
  requires hmac: \valid(h);
  requires size: hash_size(size);
  requires key: key_size <= CRYPTO_BLOCK && \valid_read(key + (0 .. key_size - 1)) &&
    \separated(h, key + (0 .. key_size - 1));
  terminates \true;
  exits \false;
  assigns *h;
  ensures ok: hmac_ok(h) && h->inner.size == size && h->inner.bytes == CRYPTO_BLOCK;
  ensures inner: hash_holds(&h->inner, hmac_block(bytes{Pre}(key, key_size), INNER));
  ensures outer: bytes(&h->outer[0], CRYPTO_BLOCK) == hmac_block(bytes{Pre}(key, key_size), OUTER);
*/
static void begin(struct crypto_hmac *h, uint32_t size, const uint8_t *key, uint32_t key_size)
{
	key_block(h->outer, key, key_size, INNER);
	crypto_hash_init(&h->inner, size);
	/*@ assert inner: bytes(&h->outer[0], CRYPTO_BLOCK) == hmac_block(bytes{Pre}(key, key_size), INNER); */
	crypto_hash_update(&h->inner, h->outer, CRYPTO_BLOCK);
	/*@ ghost Begun: ; */
	/*@ assert begun: hash_holds(&h->inner, hmac_block(bytes{Pre}(key, key_size), INNER)); */
	/*@ assert kept: bytes(key, key_size) == bytes{Pre}(key, key_size); */
	key_block(h->outer, key, key_size, OUTER);
	/*@ assert kept: bytes(&h->inner.block[0], h->inner.fill) ==
	      bytes{Begun}(&h->inner.block[0], \at(h->inner.fill, Begun)); */
}

/* The digest of data. */
/*@
  requires size: hash_size(size);
  requires data: \valid_read(data + (0 .. data_size - 1));
  requires digest: \valid(digest + (0 .. size - 1)) &&
    \separated(digest + (0 .. size - 1), data + (0 .. data_size - 1));
  terminates \true;
  exits \false;
  assigns digest[0 .. size - 1];
  ensures digest: bytes(digest, size) == sha(size, bytes{Pre}(data, data_size));
*/
static void hash_once(uint32_t size, const uint8_t *data, uint32_t data_size, uint8_t *digest)
{
	struct crypto_hash h;

	crypto_hash_init(&h, size);
	/*@ assert kept: bytes(data, data_size) == bytes{Pre}(data, data_size); */
	crypto_hash_update(&h, data, data_size);
	/*@ assert holds: hash_holds(&h, bytes{Pre}(data, data_size)); */
	crypto_hash_final(&h, digest);
}

void crypto_hmac_init(struct crypto_hmac *h, uint32_t size, const uint8_t *key, uint32_t key_size)
{
	uint8_t digest[CRYPTO_SHA512];

	if (key_size <= CRYPTO_BLOCK) {
		begin(h, size, key, key_size);
		return;
	}
	hash_once(size, key, key_size, digest);
	begin(h, size, digest, size);
	/*@ ghost Begun: ; */
	/*@ assert keyed: hmac_holds(h, bytes{Pre}(key, key_size), msg_empty); */
	crypto_wipe(digest, CRYPTO_SHA512);
	/*@ assert kept: bytes(&h->inner.block[0], h->inner.fill) ==
	      bytes{Begun}(&h->inner.block[0], \at(h->inner.fill, Begun)); */
	/*@ assert kept: bytes(&h->outer[0], CRYPTO_BLOCK) == bytes{Begun}(&h->outer[0], CRYPTO_BLOCK); */
}

void crypto_hmac_update(struct crypto_hmac *h, const uint8_t *data, uint32_t size)
{
	crypto_hash_update(&h->inner, data, size);
	/*@ assert kept: bytes(&h->outer[0], CRYPTO_BLOCK) == bytes{Pre}(&h->outer[0], CRYPTO_BLOCK); */
}

/* The digest of the outer key block and of the inner digest. */
/*@
  requires hmac: \valid(h) && hash_size(size);
  requires digest: \valid_read(digest + (0 .. size - 1)) && \separated(h, digest + (0 .. size - 1));
  requires code: \valid(code + (0 .. size - 1)) && \separated(h, code + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns h->inner, code[0 .. size - 1];
  ensures code: bytes(code, size) ==
    sha(size, msg_append(bytes{Pre}(&h->outer[0], CRYPTO_BLOCK), bytes{Pre}(digest, size)));
*/
static void hash_outer(struct crypto_hmac *h, uint32_t size, const uint8_t *digest, uint8_t *code)
{
	crypto_hash_init(&h->inner, size);
	/*@ assert kept: bytes(&h->outer[0], CRYPTO_BLOCK) == bytes{Pre}(&h->outer[0], CRYPTO_BLOCK); */
	crypto_hash_update(&h->inner, h->outer, CRYPTO_BLOCK);
	/*@ assert outer: hash_holds(&h->inner, bytes{Pre}(&h->outer[0], CRYPTO_BLOCK)); */
	/*@ assert kept: bytes(digest, size) == bytes{Pre}(digest, size); */
	crypto_hash_update(&h->inner, digest, size);
	/*@ assert both: hash_holds(&h->inner,
	      msg_append(bytes{Pre}(&h->outer[0], CRYPTO_BLOCK), bytes{Pre}(digest, size))); */
	crypto_hash_final(&h->inner, code);
}

void crypto_hmac_final(struct crypto_hmac *h, uint8_t *code)
{
	uint32_t size = h->inner.size;
	uint8_t digest[CRYPTO_SHA512];

	crypto_hash_final(&h->inner, digest);
	/*@ assert inner: \forall message k, m; hmac_holds{Pre}(h, k, m) ==>
	      bytes(&digest[0], size) == sha(size, msg_append(hmac_inner(size, k), m)); */
	/*@ assert kept: bytes(&h->outer[0], CRYPTO_BLOCK) == bytes{Pre}(&h->outer[0], CRYPTO_BLOCK); */
	hash_outer(h, size, digest, code);
	/*@ ghost Coded: ; */
	/*@ assert code: \forall message k, m; hmac_holds{Pre}(h, k, m) ==> bytes(code, size) == hmac(size, k, m); */
	crypto_wipe(h->outer, CRYPTO_BLOCK);
	/*@ assert kept: bytes(code, size) == bytes{Coded}(code, size); */
	crypto_wipe(digest, CRYPTO_SHA512);
	/*@ assert kept: bytes(code, size) == bytes{Coded}(code, size); */
}

void crypto_hkdf_extract(uint32_t size, const uint8_t *salt, uint32_t salt_size,
			 const uint8_t *input, uint32_t input_size, uint8_t *prk)
{
	struct crypto_hmac h;

	crypto_hmac_init(&h, size, salt, salt_size);
	/*@ assert kept: bytes(input, input_size) == bytes{Pre}(input, input_size); */
	crypto_hmac_update(&h, input, input_size);
	/*@ assert holds: hmac_holds(&h, bytes{Pre}(salt, salt_size), bytes{Pre}(input, input_size)); */
	crypto_hmac_final(&h, prk);
}

/* T(n) in the place of T(n - 1), which for n = 1 is empty. */
/*@
  requires size: hash_size(size) && 1 <= n;
  requires prk: \valid_read(prk + (0 .. size - 1)) && \valid(t + (0 .. size - 1));
  requires info: \valid_read(info + (0 .. info_size - 1));
  requires apart: \separated(t + (0 .. size - 1), prk + (0 .. size - 1)) &&
    \separated(t + (0 .. size - 1), info + (0 .. info_size - 1));
  terminates \true;
  exits \false;
  assigns t[0 .. size - 1];
  ensures block: bytes(t, size) == hkdf_next(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size),
    bytes{Pre}(t, n > 1 ? size : 0), n);
*/
static void next_block(uint32_t size, const uint8_t *prk, const uint8_t *info, uint32_t info_size,
		       uint8_t n, uint8_t *t)
{
	struct crypto_hmac h;
	uint32_t last = n > 1 ? size : 0;

	crypto_hmac_init(&h, size, prk, size);
	/*@ assert kept: bytes(t, last) == bytes{Pre}(t, last); */
	crypto_hmac_update(&h, t, last);
	/*@ assert chained: hmac_holds(&h, bytes{Pre}(prk, size), bytes{Pre}(t, last)); */
	/*@ assert kept: bytes(info, info_size) == bytes{Pre}(info, info_size); */
	crypto_hmac_update(&h, info, info_size);
	/*@ assert informed: hmac_holds(&h, bytes{Pre}(prk, size),
	      msg_append(bytes{Pre}(t, last), bytes{Pre}(info, info_size))); */
	/*@ assert one: bytes(&n, 1) == msg_byte(msg_empty, n); */
	crypto_hmac_update(&h, &n, 1);
	/*@ assert added: hmac_holds(&h, bytes{Pre}(prk, size), msg_append(
	      msg_append(bytes{Pre}(t, last), bytes{Pre}(info, info_size)), msg_byte(msg_empty, n))); */
	/*@ assert numbered: hmac_holds(&h, bytes{Pre}(prk, size), msg_byte(
	      msg_append(bytes{Pre}(t, last), bytes{Pre}(info, info_size)), n)); */
	crypto_hmac_final(&h, t);
}

/* As crypto_hkdf_expand, with room for T(n). */
/*@
  requires size: hash_size(size);
  requires prk: \valid_read(prk + (0 .. size - 1));
  requires info: \valid_read(info + (0 .. info_size - 1));
  requires out: \valid(out + (0 .. out_size - 1)) && out_size <= 255 * size;
  requires t: \valid(t + (0 .. size - 1)) && \separated(t + (0 .. size - 1), out + (0 .. out_size - 1));
  requires apart: \separated(out + (0 .. out_size - 1), prk + (0 .. size - 1)) &&
    \separated(out + (0 .. out_size - 1), info + (0 .. info_size - 1)) &&
    \separated(t + (0 .. size - 1), prk + (0 .. size - 1)) &&
    \separated(t + (0 .. size - 1), info + (0 .. info_size - 1));
  terminates \true;
  exits \false;
  assigns t[0 .. size - 1], out[0 .. out_size - 1];
  ensures keys: bytes(out, out_size) == hkdf(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), out_size);
*/
static void expand(uint32_t size, const uint8_t *prk, const uint8_t *info, uint32_t info_size,
		   uint8_t *out, uint32_t out_size, uint8_t *t)
{
	uint32_t n = 0, used = size; /* T(n), and how many bytes of it are in out */
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= out_size && 0 <= n <= 255 && used <= size;
	  loop invariant place: size == 48 && i + 48 == 48 * n + used || size == 64 && i + 64 == 64 * n + used;
	  loop invariant block: bytes(t, n > 0 ? size : 0) ==
	    hkdf_block(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), n);
	  loop invariant keys: \forall integer j; 0 <= j < i ==>
	    out[j] == msg_at(hkdf(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), out_size), j);
	  loop assigns i, n, used, t[0 .. size - 1], out[0 .. out_size - 1];
	  loop variant out_size - i;
	*/
	for (i = 0; i < out_size; i++) {
		if (used == size) {
			n++;
			/*@ assert kept: bytes(prk, size) == bytes{Pre}(prk, size); */
			/*@ assert kept: bytes(info, info_size) == bytes{Pre}(info, info_size); */
			next_block(size, prk, info, info_size, (uint8_t)n, t);
			used = 0;
		}
		/*@ assert block: bytes(t, size) ==
		      hkdf_block(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), n); */
		/*@ assert short: size == 48 ==> i / 48 + 1 == n && i % 48 == used; */
		/*@ assert long: size == 64 ==> i / 64 + 1 == n && i % 64 == used; */
		/*@ assert place: i / size + 1 == n && i % size == used; */
		/*@ assert byte: t[used] == msg_at(bytes(t, size), used); */
		/*@ assert key: t[used] ==
		      msg_at(hkdf(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), out_size), i); */
		/*@ assert keys: \forall integer j; 0 <= j < i ==>
		      out[j] == msg_at(hkdf(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), out_size), j); */
		out[i] = t[used];
		used++;
		/*@ assert block: bytes(t, size) ==
		      hkdf_block(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), n); */
	}
	/*@ assert same: msg_same(bytes(out, out_size),
	      hkdf(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), out_size)); */
}

void crypto_hkdf_expand(uint32_t size, const uint8_t *prk, const uint8_t *info, uint32_t info_size,
			uint8_t *out, uint32_t out_size)
{
	uint8_t t[CRYPTO_SHA512];

	expand(size, prk, info, info_size, out, out_size, t);
	crypto_wipe(t, CRYPTO_SHA512);
}
