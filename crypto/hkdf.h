/*
 * HMAC (RFC 2104) and HKDF (RFC 5869) with SHA-384 or SHA-512. Sizes are bytes.
 */
#ifndef CRYPTO_HKDF_H
#define CRYPTO_HKDF_H

#include <stdint.h>
#include "crypto/hkdf.acsl"
#include "crypto/sha2.h"

struct crypto_hmac {
	struct crypto_hash inner;
	uint8_t outer[CRYPTO_BLOCK]; /* the key's block for the outer hash */
};
/*@
  predicate hmac_ok{L}(struct crypto_hmac *h) = hash_ok(&h->inner);
  // m has been absorbed under the key k.
  predicate hmac_holds{L}(struct crypto_hmac *h, message k, message m) =
    hash_holds(&h->inner, msg_append(hmac_inner(h->inner.size, k), m)) &&
    bytes(&h->outer[0], CRYPTO_BLOCK) == hmac_outer(h->inner.size, k);
*/

/* Begins an HMAC with the hash of that size. */
/*@
  requires hmac: \valid(h);
  requires size: hash_size(size);
  requires key: \valid_read(key + (0 .. key_size - 1)) && \separated(h, key + (0 .. key_size - 1));
  terminates \true;
  exits \false;
  assigns *h;
  ensures ok: hmac_ok(h) && h->inner.size == size && h->inner.bytes == CRYPTO_BLOCK;
  ensures keyed: hmac_holds(h, bytes{Pre}(key, key_size), msg_empty);
*/
void crypto_hmac_init(struct crypto_hmac *h, uint32_t size, const uint8_t *key, uint32_t key_size);

/* Absorbs size bytes more. */
/*@
  requires hmac: \valid(h) && hmac_ok(h);
  requires data: \valid_read(data + (0 .. size - 1)) && \separated(h, data + (0 .. size - 1));
  requires bound: h->inner.bytes + size <= CRYPTO_BYTES_MAX;
  terminates \true;
  exits \false;
  assigns h->inner;
  ensures ok: hmac_ok(h) && h->inner.size == \old(h->inner.size);
  ensures bytes: h->inner.bytes == \old(h->inner.bytes) + size;
  ensures absorbed: \forall message k, m; hmac_holds{Pre}(h, k, m) ==>
    hmac_holds(h, k, msg_append(m, bytes{Pre}(data, size)));
*/
void crypto_hmac_update(struct crypto_hmac *h, const uint8_t *data, uint32_t size);

/* Writes the code, as long as the digest, and wipes *h. */
/*@
  requires hmac: \valid(h) && hmac_ok(h) && h->inner.bytes <= CRYPTO_BYTES_MAX;
  requires code: \valid(code + (0 .. h->inner.size - 1)) &&
    \separated(h, code + (0 .. h->inner.size - 1));
  terminates \true;
  exits \false;
  assigns *h, code[0 .. \old(h->inner.size) - 1];
  ensures code: \forall message k, m; hmac_holds{Pre}(h, k, m) ==>
    bytes(code, \old(h->inner.size)) == hmac(\old(h->inner.size), k, m);
*/
void crypto_hmac_final(struct crypto_hmac *h, uint8_t *code);

/* HKDF-Extract: the pseudorandom key prk, size bytes, from input keying material. */
/*@
  requires size: hash_size(size);
  requires salt: \valid_read(salt + (0 .. salt_size - 1));
  requires input: \valid_read(input + (0 .. input_size - 1));
  requires prk: \valid(prk + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns prk[0 .. size - 1];
  ensures prk: bytes(prk, size) == hmac(size, bytes{Pre}(salt, salt_size), bytes{Pre}(input, input_size));
*/
void crypto_hkdf_extract(uint32_t size, const uint8_t *salt, uint32_t salt_size,
			 const uint8_t *input, uint32_t input_size, uint8_t *prk);

/* HKDF-Expand: out_size bytes of keys, at most 255 * size, from prk (size bytes) and the context info. */
/*@
  requires size: hash_size(size);
  requires prk: \valid_read(prk + (0 .. size - 1));
  requires info: \valid_read(info + (0 .. info_size - 1));
  requires out: \valid(out + (0 .. out_size - 1)) && out_size <= 255 * size;
  requires apart: \separated(out + (0 .. out_size - 1), prk + (0 .. size - 1)) &&
    \separated(out + (0 .. out_size - 1), info + (0 .. info_size - 1));
  terminates \true;
  exits \false;
  assigns out[0 .. out_size - 1];
  ensures keys: bytes(out, out_size) == hkdf(size, bytes{Pre}(prk, size), bytes{Pre}(info, info_size), out_size);
*/
void crypto_hkdf_expand(uint32_t size, const uint8_t *prk, const uint8_t *info, uint32_t info_size,
			uint8_t *out, uint32_t out_size);

#endif
