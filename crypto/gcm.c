#include "crypto/bearssl.h"
#include "crypto/bytes.h"
#include "crypto/gcm.h"

/* The counter of J0, which covers the tag, and of the first block of data (SP 800-38D, 7.1). */
#define COUNTER_TAG  1
#define COUNTER_DATA 2

/* Writes v behind the first `from` bytes of a block, 64-bit big-endian. */
/*@
  requires block: from <= 8 && \valid(block + (0 .. 15));
  terminates \true;
  exits \false;
  assigns block[from .. from + 7];
  ensures number: \forall message m; msg_is{Pre}(block, from, m) ==>
    msg_is(block, from + 8, msg_number(m, v, 8));
*/
static void write_number(uint8_t *block, uint32_t from, uint64_t v)
{
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= 8;
	  loop invariant number: \forall message m; msg_is{Pre}(block, from, m) ==>
	    msg_is(block, from + i, msg_number(m, v, i));
	  loop assigns i, block[from .. from + 7];
	  loop variant 8 - i;
	*/
	for (i = 0; i < 8; i++) {
		block[from + i] = (uint8_t)(v >> (56 - 8 * i) & 0xff);
	}
}

/* GHASH under h of additional data, of ciphertext and of both lengths. */
/*@
  requires aad: \valid_read(aad + (0 .. aad_size - 1)) && aad_size <= CRYPTO_GCM_MAX;
  requires data: \valid_read(data + (0 .. size - 1)) && size <= CRYPTO_GCM_MAX;
  requires y: \valid(y + (0 .. 15)) && \valid_read(h + (0 .. 15)) && \separated(y + (0 .. 15), h + (0 .. 15));
  requires apart: \separated(y + (0 .. 15), aad + (0 .. aad_size - 1)) &&
    \separated(y + (0 .. 15), data + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns y[0 .. 15];
  ensures hash: \forall message hm, a, c; msg_is{Pre}(h, 16, hm) &&
    msg_is{Pre}(aad, aad_size, a) && msg_is{Pre}(data, size, c) ==> msg_is(y, 16, gcm_hash(hm, a, c));
*/
static void gcm_hash(const uint8_t *h, const uint8_t *aad, uint32_t aad_size, const uint8_t *data,
		     uint32_t size, uint8_t *y)
{
	uint8_t lengths[CRYPTO_GCM_TAG];

	/*@ assert none: msg_is(&lengths[0], 0, msg_empty); */
	write_number(lengths, 0, 8UL * aad_size);
	/*@ assert first: msg_is(&lengths[0], 8, msg_number(msg_empty, 8 * aad_size, 8)); */
	write_number(lengths, 8, 8UL * size);
	/*@ assert lengths: \forall message a, c; msg_is{Pre}(aad, aad_size, a) &&
	      msg_is{Pre}(data, size, c) ==> msg_is(&lengths[0], 16, gcm_lengths(a, c)); */
	crypto_wipe(y, CRYPTO_GCM_TAG);
	/*@ assert zero: msg_is(y, 16, msg_blank(16)); */
	/*@ assert kept: \forall message hm, a, c; (msg_is{Pre}(h, 16, hm) ==> msg_is(h, 16, hm)) &&
	      (msg_is{Pre}(aad, aad_size, a) ==> msg_is(aad, aad_size, a)) &&
	      (msg_is{Pre}(data, size, c) ==> msg_is(data, size, c)); */
	br_ghash_ctmul64(y, h, aad, aad_size);
	/*@ assert aad: \forall message hm, a; msg_is{Pre}(h, 16, hm) && msg_is{Pre}(aad, aad_size, a) ==>
	      msg_is(y, 16, ghash(msg_blank(16), hm, a)); */
	/*@ assert still: \forall message hm, a, c; (msg_is{Pre}(h, 16, hm) ==> msg_is(h, 16, hm)) &&
	      (msg_is{Pre}(aad, aad_size, a) ==> msg_is(aad, aad_size, a)) &&
	      (msg_is{Pre}(data, size, c) ==> msg_is(data, size, c)); */
	br_ghash_ctmul64(y, h, data, size);
	/*@ assert data: \forall message hm, a, c; msg_is{Pre}(h, 16, hm) &&
	      msg_is{Pre}(aad, aad_size, a) && msg_is{Pre}(data, size, c) ==>
	      msg_is(y, 16, ghash(ghash(msg_blank(16), hm, a), hm, c)); */
	/*@ assert last: \forall message hm, a, c; (msg_is{Pre}(h, 16, hm) ==> msg_is(h, 16, hm)) &&
	      (msg_is{Pre}(aad, aad_size, a) && msg_is{Pre}(data, size, c) ==>
	        msg_is(&lengths[0], 16, gcm_lengths(a, c))); */
	br_ghash_ctmul64(y, h, lengths, CRYPTO_GCM_TAG);
}

/* The tag of ciphertext data. */
/*@
  requires schedule: \valid_read(schedule) && \valid_read(iv + (0 .. CRYPTO_GCM_IV - 1));
  requires aad: \valid_read(aad + (0 .. aad_size - 1)) && aad_size <= CRYPTO_GCM_MAX;
  requires data: \valid_read(data + (0 .. size - 1)) && size <= CRYPTO_GCM_MAX;
  requires tag: \valid(tag + (0 .. CRYPTO_GCM_TAG - 1));
  requires apart: \separated(tag + (0 .. CRYPTO_GCM_TAG - 1), iv + (0 .. CRYPTO_GCM_IV - 1)) &&
    \separated(tag + (0 .. CRYPTO_GCM_TAG - 1), aad + (0 .. aad_size - 1)) &&
    \separated(tag + (0 .. CRYPTO_GCM_TAG - 1), data + (0 .. size - 1)) &&
    \separated(tag + (0 .. CRYPTO_GCM_TAG - 1), schedule);
  terminates \true;
  exits \false;
  assigns tag[0 .. CRYPTO_GCM_TAG - 1];
  ensures tag: \forall message k, v, a, c; aes_is{Pre}(schedule, k) &&
    msg_is{Pre}(iv, CRYPTO_GCM_IV, v) && msg_is{Pre}(aad, aad_size, a) && msg_is{Pre}(data, size, c) ==>
    \forall integer i; 0 <= i < CRYPTO_GCM_TAG ==> tag[i] == gcm_tag_at(k, v, a, c, i);
*/
static void gcm_tag(const struct aes_key *schedule, const uint8_t *iv, const uint8_t *aad,
		    uint32_t aad_size, const uint8_t *data, uint32_t size, uint8_t *tag)
{
	uint8_t h[CRYPTO_GCM_TAG];
	uint8_t zero[CRYPTO_GCM_IV];

	crypto_wipe(h, CRYPTO_GCM_TAG);
	crypto_wipe(zero, CRYPTO_GCM_IV);
	/*@ assert zero: msg_is(&zero[0], 12, msg_blank(12)); */
	br_aes_ct64_ctr_run(schedule, zero, 0, h, CRYPTO_GCM_TAG);
	/*@ assert h: \forall message k; aes_is{Pre}(schedule, k) ==> msg_is(&h[0], 16, gcm_h(k)); */
	/*@ assert kept: \forall message a, c; (msg_is{Pre}(aad, aad_size, a) ==> msg_is(aad, aad_size, a)) &&
	      (msg_is{Pre}(data, size, c) ==> msg_is(data, size, c)); */
	gcm_hash(h, aad, aad_size, data, size, tag);
	/*@ assert hash: \forall message k, a, c; aes_is{Pre}(schedule, k) &&
	      msg_is{Pre}(aad, aad_size, a) && msg_is{Pre}(data, size, c) ==>
	      msg_is(tag, 16, gcm_hash(gcm_h(k), a, c)); */
	/*@ assert iv: \forall message v; msg_is{Pre}(iv, 12, v) ==> msg_is(iv, 12, v); */
	br_aes_ct64_ctr_run(schedule, iv, COUNTER_TAG, tag, CRYPTO_GCM_TAG);
	crypto_wipe(h, CRYPTO_GCM_TAG);
}

void crypto_gcm_seal(const uint8_t *key, const uint8_t *iv, const uint8_t *aad, uint32_t aad_size,
		     uint8_t *data, uint32_t size, uint8_t *tag)
{
	struct aes_key schedule;

	br_aes_ct64_ctr_init(&schedule, key, CRYPTO_GCM_KEY);
	br_aes_ct64_ctr_run(&schedule, iv, COUNTER_DATA, data, size);
	/*@ assert inputs: \forall message k, v, a; (msg_is{Pre}(key, 32, k) ==> aes_is(&schedule, k)) &&
	      (msg_is{Pre}(iv, 12, v) ==> msg_is(iv, 12, v)) &&
	      (msg_is{Pre}(aad, aad_size, a) ==> msg_is(aad, aad_size, a)); */
	gcm_tag(&schedule, iv, aad, aad_size, data, size, tag);
	crypto_wipe_words(schedule.word, AES_KEY_WORDS);
	crypto_wipe_stack();
}

int crypto_gcm_open(const uint8_t *key, const uint8_t *iv, const uint8_t *aad, uint32_t aad_size,
		    uint8_t *data, uint32_t size, const uint8_t *tag)
{
	struct aes_key schedule;
	uint8_t right[CRYPTO_GCM_TAG];
	int differs;

	br_aes_ct64_ctr_init(&schedule, key, CRYPTO_GCM_KEY);
	gcm_tag(&schedule, iv, aad, aad_size, data, size, right);
	differs = crypto_differs(right, tag, CRYPTO_GCM_TAG);
	if (differs == 0) {
		br_aes_ct64_ctr_run(&schedule, iv, COUNTER_DATA, data, size);
	}
	crypto_wipe(right, CRYPTO_GCM_TAG);
	crypto_wipe_words(schedule.word, AES_KEY_WORDS);
	crypto_wipe_stack();
	return differs == 0;
}
