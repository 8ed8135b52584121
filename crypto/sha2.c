#include "crypto/bytes.h"
#include "crypto/hacl.h"

#define PADDING 0x80

void crypto_hash_init(struct crypto_hash *h, uint32_t size)
{
	uint64_t *s = h->state;

	h->bytes = 0;
	h->fill = 0;
	h->size = size;
	if (size == CRYPTO_SHA384) {
		s[0] = 0xcbbb9d5dc1059ed8;
		s[1] = 0x629a292a367cd507;
		s[2] = 0x9159015a3070dd17;
		s[3] = 0x152fecd8f70e5939;
		s[4] = 0x67332667ffc00b31;
		s[5] = 0x8eb44a8768581511;
		s[6] = 0xdb0c2e0d64f98fa7;
		s[7] = 0x47b5481dbefa4fa4;
	} else {
		s[0] = 0x6a09e667f3bcc908;
		s[1] = 0xbb67ae8584caa73b;
		s[2] = 0x3c6ef372fe94f82b;
		s[3] = 0xa54ff53a5f1d36f1;
		s[4] = 0x510e527fade682d1;
		s[5] = 0x9b05688c2b3e6c1f;
		s[6] = 0x1f83d9abfb41bd6b;
		s[7] = 0x5be0cd19137e2179;
	}
}

/* Absorbs one byte. */
/*@
  requires hash: \valid(h) && hash_ok(h) && h->bytes <= 2 * CRYPTO_BYTES_MAX;
  terminates \true;
  exits \false;
  assigns h->state[0 .. 7], h->block[0 .. CRYPTO_BLOCK - 1], h->bytes, h->fill;
  ensures ok: hash_ok(h) && h->bytes == \old(h->bytes) + 1;
  ensures absorbed: \forall message m; hash_holds{Pre}(h, m) ==> hash_holds(h, msg_byte(m, b));
*/
static void absorb(struct crypto_hash *h, uint8_t b)
{
	h->block[h->fill] = b;
	h->fill++;
	h->bytes++;
	if (h->fill == CRYPTO_BLOCK) {
		Hacl_Hash_SHA2_sha512_update_nblocks(CRYPTO_BLOCK, h->block, h->state);
		h->fill = 0;
	}
}

void crypto_hash_update(struct crypto_hash *h, const uint8_t *data, uint32_t size)
{
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= size;
	  loop invariant ok: hash_ok(h) && h->bytes == \at(h->bytes, Pre) + i;
	  loop invariant absorbed: \forall message m, s;
	    hash_holds{Pre}(h, m) && msg_is{Pre}(data, size, s) ==>
	    hash_holds(h, msg_append(m, msg_prefix(s, i)));
	  loop assigns i, h->state[0 .. 7], h->block[0 .. CRYPTO_BLOCK - 1], h->bytes, h->fill;
	  loop variant size - i;
	*/
	for (i = 0; i < size; i++) {
		/*@ assert more: \forall message m, s; msg_is{Pre}(data, size, s) ==>
		      msg_append(m, msg_prefix(s, i + 1)) == msg_byte(msg_append(m, msg_prefix(s, i)), data[i]); */
		absorb(h, data[i]);
	}
}

/* A bit 1, zeros up to 16 bytes before a block's end, the length in bits (FIPS 180-4, 5.1.2). */
/*@
  requires hash: \valid(h) && hash_ok(h) && h->bytes <= CRYPTO_BYTES_MAX;
  terminates \true;
  exits \false;
  assigns h->state[0 .. 7], h->block[0 .. CRYPTO_BLOCK - 1], h->bytes, h->fill;
  ensures ok: hash_ok(h);
  ensures padded: \forall message m; hash_holds{Pre}(h, m) ==> hash_holds(h, sha_padded(m));
*/
static void pad(struct crypto_hash *h)
{
	uint64_t bits = 8 * h->bytes;
	uint32_t zeros = (239 - h->fill) % CRYPTO_BLOCK + 8; /* 8: the upper half of the length */
	uint32_t i;

	/*@ assert amount: \forall message m; hash_holds(h, m) ==>
	      zeros == sha_zeros(m) && bits == 8 * msg_length(m); */
	absorb(h, PADDING);
	/*@
	  loop invariant bound: 0 <= i <= zeros;
	  loop invariant ok: hash_ok(h) && h->bytes == \at(h->bytes, Pre) + 1 + i;
	  loop invariant zeros: \forall message m; hash_holds{Pre}(h, m) ==>
	    hash_holds(h, msg_zeros(msg_byte(m, 0x80), i));
	  loop assigns i, h->state[0 .. 7], h->block[0 .. CRYPTO_BLOCK - 1], h->bytes, h->fill;
	  loop variant zeros - i;
	*/
	for (i = 0; i < zeros; i++) {
		absorb(h, 0);
	}
	/*@
	  loop invariant bound: 0 <= i <= 8;
	  loop invariant ok: hash_ok(h) && h->bytes == \at(h->bytes, Pre) + 1 + zeros + i;
	  loop invariant length: \forall message m; hash_holds{Pre}(h, m) ==>
	    hash_holds(h, msg_number(msg_zeros(msg_byte(m, 0x80), zeros), bits, i));
	  loop assigns i, h->state[0 .. 7], h->block[0 .. CRYPTO_BLOCK - 1], h->bytes, h->fill;
	  loop variant 8 - i;
	*/
	for (i = 0; i < 8; i++) {
		/*@ assert next: \forall message m; msg_number(m, bits, i + 1) ==
		      msg_byte(msg_number(m, bits, i), (bits >> (56 - 8 * i)) & 0xff); */
		absorb(h, (uint8_t)(bits >> (56 - 8 * i) & 0xff));
	}
}

void crypto_hash_final(struct crypto_hash *h, uint8_t *digest)
{
	uint32_t i;

	pad(h);
	/*@ assert words: \forall message m; hash_holds{Pre}(h, m) ==>
	      words_are(&h->state[0], sha_chain(h->size, sha_padded(m))); */
	/*@
	  loop invariant bound: 0 <= i <= h->size;
	  loop invariant digest: \forall message m; hash_holds{Pre}(h, m) ==>
	    \forall integer j; 0 <= j < i ==> digest[j] == msg_at(sha(h->size, m), j);
	  loop assigns i, digest[0 .. h->size - 1];
	  loop variant h->size - i;
	*/
	for (i = 0; i < h->size; i++) {
		/*@ assert word: \forall message m; hash_holds{Pre}(h, m) ==>
		      h->state[i / 8] == sha_word(sha_chain(h->size, sha_padded(m)), i / 8); */
		digest[i] = (uint8_t)(h->state[i / 8] >> (56 - 8 * (i % 8)) & 0xff);
	}
	crypto_wipe_words(h->state, 8);
	crypto_wipe(h->block, CRYPTO_BLOCK);
	crypto_wipe_stack();
}
