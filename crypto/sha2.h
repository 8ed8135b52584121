/*
 * SHA-384 and SHA-512 (FIPS 180-4). Sizes are bytes.
 */
#ifndef CRYPTO_SHA2_H
#define CRYPTO_SHA2_H

#include <stdint.h>
#include "crypto/sha2.acsl"

#define CRYPTO_SHA384	 48U /* which hash: the size of its digest */
#define CRYPTO_SHA512	 64U
#define CRYPTO_BLOCK	 128U		      /* of both hashes */
#define CRYPTO_BYTES_MAX 0x1000000000000000UL /* of one hashed message */

/* A hash of what has been absorbed so far. */
struct crypto_hash {
	uint64_t state[8];
	uint8_t block[CRYPTO_BLOCK];
	uint64_t bytes; /* absorbed */
	uint32_t fill;	/* bytes of them in block */
	uint32_t size;	/* CRYPTO_SHA384 or CRYPTO_SHA512 */
};
/*@
  predicate hash_size(integer size) = size == CRYPTO_SHA384 || size == CRYPTO_SHA512;
  predicate hash_ok{L}(struct crypto_hash *h) = h->fill < CRYPTO_BLOCK && hash_size(h->size);
  // m has been absorbed.
  predicate hash_holds{L}(struct crypto_hash *h, message m) =
    h->bytes == msg_length(m) && words(&h->state[0], 8) == sha_chain(h->size, m) &&
    bytes(&h->block[0], h->fill) == sha_rest(m);
*/

/* Begins a hash; size says which. */
/*@
  requires hash: \valid(h);
  requires size: hash_size(size);
  terminates \true;
  exits \false;
  assigns *h;
  ensures ok: hash_ok(h) && h->size == size && h->bytes == 0;
  ensures empty: hash_holds(h, msg_empty);
*/
void crypto_hash_init(struct crypto_hash *h, uint32_t size);

/* Absorbs size bytes more; in all at most CRYPTO_BYTES_MAX. */
/*@
  requires hash: \valid(h) && hash_ok(h);
  requires data: \valid_read(data + (0 .. size - 1)) && \separated(h, data + (0 .. size - 1));
  requires bound: h->bytes + size <= CRYPTO_BYTES_MAX;
  terminates \true;
  exits \false;
  assigns *h;
  ensures ok: hash_ok(h) && h->size == \old(h->size) && h->bytes == \old(h->bytes) + size;
  ensures absorbed: \forall message m; hash_holds{Pre}(h, m) ==>
    hash_holds(h, msg_append(m, bytes{Pre}(data, size)));
*/
void crypto_hash_update(struct crypto_hash *h, const uint8_t *data, uint32_t size);

/* Writes the digest, h->size bytes, and wipes *h. */
/*@
  requires hash: \valid(h) && hash_ok(h) && h->bytes <= CRYPTO_BYTES_MAX;
  requires digest: \valid(digest + (0 .. h->size - 1)) && \separated(h, digest + (0 .. h->size - 1));
  terminates \true;
  exits \false;
  assigns *h, digest[0 .. \old(h->size) - 1];
  ensures digest: \forall message m; hash_holds{Pre}(h, m) ==>
    bytes(digest, \old(h->size)) == sha(\old(h->size), m);
*/
void crypto_hash_final(struct crypto_hash *h, uint8_t *digest);

#endif
