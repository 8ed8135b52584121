/*
 * AES-256-GCM (NIST SP 800-38D) with IVs of 96 and tags of 128 bits. Sizes are bytes.
 */
#ifndef CRYPTO_GCM_H
#define CRYPTO_GCM_H

#include <stdint.h>
#include "crypto/gcm.acsl"

#define CRYPTO_GCM_KEY 32U
#define CRYPTO_GCM_IV  12U
#define CRYPTO_GCM_TAG 16U
#define CRYPTO_GCM_MAX 0x10000000U /* of data, of aad: below the counter's 2^32 blocks */
/*@
  predicate gcm_apart{L}(uint8_t *out, integer n, uint8_t *key, uint8_t *iv, uint8_t *aad, integer aad_size) =
    \separated(out + (0 .. n - 1), key + (0 .. CRYPTO_GCM_KEY - 1)) &&
    \separated(out + (0 .. n - 1), iv + (0 .. CRYPTO_GCM_IV - 1)) &&
    \separated(out + (0 .. n - 1), aad + (0 .. aad_size - 1));
  predicate gcm_ok{L}(uint8_t *key, uint8_t *iv, uint8_t *aad, integer aad_size, uint8_t *data, integer size) =
    \valid_read(key + (0 .. CRYPTO_GCM_KEY - 1)) && \valid_read(iv + (0 .. CRYPTO_GCM_IV - 1)) &&
    \valid_read(aad + (0 .. aad_size - 1)) && aad_size <= CRYPTO_GCM_MAX &&
    \valid(data + (0 .. size - 1)) && size <= CRYPTO_GCM_MAX &&
    gcm_apart(data, size, key, iv, aad, aad_size);
*/

/*
 * Encrypts data in place and writes its tag, which covers aad (additional data) too. No iv may ever be
 * used twice with one key: that is the caller's to keep.
 */
/*@
  requires areas: gcm_ok(key, iv, aad, aad_size, data, size);
  requires tag: \valid(tag + (0 .. CRYPTO_GCM_TAG - 1)) &&
    gcm_apart(tag, CRYPTO_GCM_TAG, key, iv, aad, aad_size) &&
    \separated(tag + (0 .. CRYPTO_GCM_TAG - 1), data + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns data[0 .. size - 1], tag[0 .. CRYPTO_GCM_TAG - 1];
  ensures data: bytes(data, size) ==
    gcm_data(bytes{Pre}(key, CRYPTO_GCM_KEY), bytes{Pre}(iv, CRYPTO_GCM_IV), bytes{Pre}(data, size));
  ensures tag: bytes(tag, CRYPTO_GCM_TAG) ==
    gcm_tag(bytes{Pre}(key, CRYPTO_GCM_KEY), bytes{Pre}(iv, CRYPTO_GCM_IV), bytes{Pre}(aad, aad_size),
      bytes(data, size));
*/
void crypto_gcm_seal(const uint8_t *key, const uint8_t *iv, const uint8_t *aad, uint32_t aad_size,
		     uint8_t *data, uint32_t size, uint8_t *tag);

/* 1: the tag is right and data is decrypted in place; 0: it is not, and data is as it was. */
/*@
  requires areas: gcm_ok(key, iv, aad, aad_size, data, size);
  requires tag: \valid_read(tag + (0 .. CRYPTO_GCM_TAG - 1)) &&
    \separated(tag + (0 .. CRYPTO_GCM_TAG - 1), data + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns data[0 .. size - 1];
  ensures verdict: \result == 0 || \result == 1;
  ensures untouched: \result == 0 ==> \forall integer i; 0 <= i < size ==> data[i] == \old(data[i]);
  ensures data: \result == 1 ==> bytes(data, size) ==
    gcm_data(bytes{Pre}(key, CRYPTO_GCM_KEY), bytes{Pre}(iv, CRYPTO_GCM_IV), bytes{Pre}(data, size));
  ensures tag: \result == 1 <==> bytes(tag, CRYPTO_GCM_TAG) ==
    gcm_tag(bytes{Pre}(key, CRYPTO_GCM_KEY), bytes{Pre}(iv, CRYPTO_GCM_IV), bytes{Pre}(aad, aad_size),
      bytes{Pre}(data, size));
*/
int crypto_gcm_open(const uint8_t *key, const uint8_t *iv, const uint8_t *aad, uint32_t aad_size,
		    uint8_t *data, uint32_t size, const uint8_t *tag);

#endif
