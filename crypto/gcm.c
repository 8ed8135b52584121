#include "crypto/bearssl.h"
#include "crypto/bytes.h"
#include "crypto/gcm.h"

/* The counter of J0, which covers the tag, and of the first block of data (SP 800-38D, 7.1). */
#define COUNTER_TAG  1
#define COUNTER_DATA 2

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
  ensures hash: bytes(y, 16) == gcm_hash(bytes{Pre}(h, 16), bytes{Pre}(aad, aad_size), bytes{Pre}(data, size));
*/
static void hash_all(const uint8_t *h, const uint8_t *aad, uint32_t aad_size, const uint8_t *data,
		     uint32_t size, uint8_t *y)
{
	uint8_t lengths[CRYPTO_GCM_TAG];

	crypto_write64(lengths, 8UL * aad_size);
	crypto_write64(lengths + 8, 8UL * size);
	/*@ assert first: bytes(&lengths[0], 8) == msg_number(8 * aad_size); */
	/*@ assert lengths: bytes(&lengths[0], 16) == gcm_lengths(aad_size, size); */
	crypto_wipe(y, CRYPTO_GCM_TAG);
	/*@ assert kept: bytes(h, 16) == bytes{Pre}(h, 16); */
	/*@ assert kept: bytes(aad, aad_size) == bytes{Pre}(aad, aad_size); */
	br_ghash_ctmul64(y, h, aad, aad_size);
	/*@ assert kept: bytes(h, 16) == bytes{Pre}(h, 16); */
	/*@ assert kept: bytes(data, size) == bytes{Pre}(data, size); */
	br_ghash_ctmul64(y, h, data, size);
	/*@ assert kept: bytes(h, 16) == bytes{Pre}(h, 16); */
	/*@ assert kept: bytes(&lengths[0], 16) == gcm_lengths(aad_size, size); */
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
  ensures tag: bytes(tag, CRYPTO_GCM_TAG) == gcm_tag_of(words{Pre}(&schedule->word[0], AES_KEY_WORDS),
    bytes{Pre}(iv, CRYPTO_GCM_IV), bytes{Pre}(aad, aad_size), bytes{Pre}(data, size));
*/
static void write_tag(const struct aes_key *schedule, const uint8_t *iv, const uint8_t *aad,
		      uint32_t aad_size, const uint8_t *data, uint32_t size, uint8_t *tag)
{
	uint8_t h[CRYPTO_GCM_TAG];
	uint8_t zero[CRYPTO_GCM_IV];

	crypto_wipe(h, CRYPTO_GCM_TAG);
	crypto_wipe(zero, CRYPTO_GCM_IV);
	/*@ assert zeros: bytes(&h[0], 16) == msg_zeros(16); */
	br_aes_ct64_ctr_run(schedule, zero, 0, h, CRYPTO_GCM_TAG);
	/*@ assert h: bytes(&h[0], 16) == gcm_h(words{Pre}(&schedule->word[0], AES_KEY_WORDS)); */
	/*@ assert kept: bytes(aad, aad_size) == bytes{Pre}(aad, aad_size); */
	/*@ assert kept: bytes(data, size) == bytes{Pre}(data, size); */
	/*@ assert kept: bytes(iv, 12) == bytes{Pre}(iv, 12); */
	hash_all(h, aad, aad_size, data, size, tag);
	/*@ assert hash: bytes(tag, 16) == gcm_hash(gcm_h(words{Pre}(&schedule->word[0], AES_KEY_WORDS)),
	      bytes{Pre}(aad, aad_size), bytes{Pre}(data, size)); */
	/*@ assert iv: bytes(iv, 12) == bytes{Pre}(iv, 12); */
	br_aes_ct64_ctr_run(schedule, iv, COUNTER_TAG, tag, CRYPTO_GCM_TAG);
	/*@ assert tag: bytes(tag, 16) == gcm_tag_of(words{Pre}(&schedule->word[0], AES_KEY_WORDS),
	      bytes{Pre}(iv, 12), bytes{Pre}(aad, aad_size), bytes{Pre}(data, size)); */
	crypto_wipe(h, CRYPTO_GCM_TAG);
}

void crypto_gcm_seal(const uint8_t *key, const uint8_t *iv, const uint8_t *aad, uint32_t aad_size,
		     uint8_t *data, uint32_t size, uint8_t *tag)
{
	struct aes_key schedule;

	br_aes_ct64_ctr_init(&schedule, key, CRYPTO_GCM_KEY);
	/*@ assert kept: bytes(iv, 12) == bytes{Pre}(iv, 12); */
	/*@ assert kept: bytes(data, size) == bytes{Pre}(data, size); */
	br_aes_ct64_ctr_run(&schedule, iv, COUNTER_DATA, data, size);
	/*@ assert kept: bytes(iv, 12) == bytes{Pre}(iv, 12); */
	/*@ assert kept: bytes(aad, aad_size) == bytes{Pre}(aad, aad_size); */
	write_tag(&schedule, iv, aad, aad_size, data, size, tag);
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
	write_tag(&schedule, iv, aad, aad_size, data, size, right);
	/*@ assert kept: bytes(iv, 12) == bytes{Pre}(iv, 12); */
	/*@ assert kept: bytes(data, size) == bytes{Pre}(data, size); */
	/*@ assert right: bytes(&right[0], 16) == gcm_tag(bytes{Pre}(key, CRYPTO_GCM_KEY),
	      bytes{Pre}(iv, 12), bytes{Pre}(aad, aad_size), bytes{Pre}(data, size)); */
	/*@ assert kept: bytes(tag, 16) == bytes{Pre}(tag, 16); */
	differs = crypto_differs(right, tag, CRYPTO_GCM_TAG);
	if (differs == 0) {
		br_aes_ct64_ctr_run(&schedule, iv, COUNTER_DATA, data, size);
	}
	crypto_wipe(right, CRYPTO_GCM_TAG);
	crypto_wipe_words(schedule.word, AES_KEY_WORDS);
	crypto_wipe_stack();
	return differs == 0;
}
