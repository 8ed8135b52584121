/*
 * What crypto uses of BearSSL, with what is believed of it. The build fetches it
 * and checks its sum (scripts/fetch-source); tests/unit/crypto_abi.c compares with its own headers.
 */
#ifndef CRYPTO_BEARSSL_H
#define CRYPTO_BEARSSL_H

#include <stdint.h>
#include "crypto/gcm.h"

/* BearSSL, bearssl_block.h: its br_aes_ct64_ctr_keys, 256 bytes that only it looks into. */
#define AES_KEY_WORDS 32U
struct aes_key {
	uint64_t word[AES_KEY_WORDS];
};
/* The key schedule of AES-256. */
/*@
  requires key: size == 32 && \valid_read(key + (0 .. 31)) && \valid(schedule);
  requires apart: \separated(schedule, key + (0 .. 31));
  terminates \true;
  exits \false;
  assigns *schedule \from key[0 .. 31];
  ensures keyed: words(&schedule->word[0], AES_KEY_WORDS) == aes_schedule(bytes{Pre}(key, 32));
*/
void br_aes_ct64_ctr_init(struct aes_key *schedule, const uint8_t *key, unsigned long size);
/* Exclusive-ors data with the key stream from counter block iv || counter on; the next counter. */
/*@
  requires schedule: \valid_read(schedule) && \valid_read(iv + (0 .. 11));
  requires data: \valid(data + (0 .. size - 1)) && counter <= 2 && size <= CRYPTO_GCM_MAX;
  requires apart: \separated(data + (0 .. size - 1), schedule) &&
    \separated(data + (0 .. size - 1), iv + (0 .. 11));
  terminates \true;
  exits \false;
  assigns data[0 .. size - 1] \from data[0 .. size - 1], *schedule, iv[0 .. 11], counter;
  ensures run: bytes(data, size) == gctr(words{Pre}(&schedule->word[0], AES_KEY_WORDS), bytes{Pre}(iv, 12),
    counter, bytes{Pre}(data, size));
*/
uint32_t br_aes_ct64_ctr_run(const struct aes_key *schedule, const uint8_t *iv, uint32_t counter,
			     uint8_t *data, unsigned long size);

/* BearSSL, bearssl_hash.h: GHASH of data, with zeros up to a whole block, continued from y. */
/*@
  requires blocks: \valid(y + (0 .. 15)) && \valid_read(h + (0 .. 15));
  requires data: \valid_read(data + (0 .. size - 1));
  requires apart: \separated(y + (0 .. 15), h + (0 .. 15)) &&
    \separated(y + (0 .. 15), data + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns y[0 .. 15] \from y[0 .. 15], h[0 .. 15], data[0 .. size - 1];
  ensures hashed: bytes(y, 16) == ghash(bytes{Pre}(y, 16), bytes{Pre}(h, 16), bytes{Pre}(data, size));
*/
void br_ghash_ctmul64(uint8_t *y, const uint8_t *h, const uint8_t *data, unsigned long size);

#endif
