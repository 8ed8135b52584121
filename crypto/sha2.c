#include "crypto/bytes.h"
#include "crypto/hacl.h"

#define PADDING	  0x80
#define ZEROS_MAX (CRYPTO_BLOCK - 1 + 8)

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
	/*@ assert start: words(&h->state[0], 8) == sha_start(size); */
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
	/*@ assert block: bytes(&h->block[0], h->fill) ==
	      msg_byte(bytes{Pre}(&h->block[0], \at(h->fill, Pre)), b); */
	/*@ assert state: words(&h->state[0], 8) == words{Pre}(&h->state[0], 8); */
	if (h->fill == CRYPTO_BLOCK) {
		Hacl_Hash_SHA2_sha512_update_nblocks(CRYPTO_BLOCK, h->block, h->state);
		h->fill = 0;
	}
}

/* Absorbs bytes. The padding may lie beyond the caller's bound. */
/*@
  requires hash: \valid(h) && hash_ok(h) && h->bytes + size <= 2 * CRYPTO_BYTES_MAX;
  requires data: \valid_read(data + (0 .. size - 1)) && \separated(h, data + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns h->state[0 .. 7], h->block[0 .. CRYPTO_BLOCK - 1], h->bytes, h->fill;
  ensures ok: hash_ok(h) && h->bytes == \old(h->bytes) + size;
  ensures absorbed: \forall message m; hash_holds{Pre}(h, m) ==>
    hash_holds(h, msg_append(m, bytes{Pre}(data, size)));
*/
static void absorb_all(struct crypto_hash *h, const uint8_t *data, uint32_t size)
{
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= size;
	  loop invariant ok: hash_ok(h) && h->bytes == \at(h->bytes, Pre) + i;
	  loop invariant absorbed: \forall message m; hash_holds{Pre}(h, m) ==>
	    hash_holds(h, msg_append(m, bytes{Pre}(data, i)));
	  loop assigns i, h->state[0 .. 7], h->block[0 .. CRYPTO_BLOCK - 1], h->bytes, h->fill;
	  loop variant size - i;
	*/
	for (i = 0; i < size; i++) {
		/*@ assert more: bytes{Pre}(data, i + 1) == msg_byte(bytes{Pre}(data, i), data[i]); */
		absorb(h, data[i]);
	}
}

void crypto_hash_update(struct crypto_hash *h, const uint8_t *data, uint32_t size)
{
	absorb_all(h, data, size);
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
	uint8_t padding[1 + ZEROS_MAX + 8];
	uint64_t bits = 8 * h->bytes;
	uint32_t zeros = (239 - h->fill) % CRYPTO_BLOCK + 8; /* 8: the upper half of the length */

	/*@ assert zeros: zeros == sha_zeros(h->fill); */
	crypto_wipe(padding, sizeof(padding));
	padding[0] = PADDING;
	/*@ assert clear: \forall integer i; 1 <= i < zeros + 1 ==> padding[i] == 0; */
	crypto_write64(padding + (1 + zeros), bits);
	/*@ assert one: padding[0] == PADDING; */
	/*@ assert clear: \forall integer i; 1 <= i < 1 + zeros ==> padding[i] == 0; */
	/*@ assert number: \forall integer i; 1 + zeros <= i < 9 + zeros ==>
	      padding[i] == msg_at(bytes(&padding[1 + zeros], 8), i - (1 + zeros)); */
	/*@ assert same: msg_same(bytes(&padding[0], 9 + zeros), sha_padding(h->fill, h->bytes)); */
	/*@ assert kept: words(&h->state[0], 8) == words{Pre}(&h->state[0], 8); */
	/*@ assert kept: bytes(&h->block[0], h->fill) == bytes{Pre}(&h->block[0], h->fill); */
	absorb_all(h, padding, 9 + zeros);
}

void crypto_hash_final(struct crypto_hash *h, uint8_t *digest)
{
	uint32_t i;

	pad(h);
	/*@
	  loop invariant bound: 0 <= i <= h->size;
	  loop invariant digest: \forall message m; hash_holds{Pre}(h, m) ==>
	    \forall integer j; 0 <= j < i ==> digest[j] == msg_at(sha(h->size, m), j);
	  loop assigns i, digest[0 .. h->size - 1];
	  loop variant h->size - i;
	*/
	for (i = 0; i < h->size; i++) {
		/*@ assert word: \forall message m; hash_holds{Pre}(h, m) ==>
		      h->state[i / 8] == msg_at(sha_chain(h->size, sha_padded(m)), i / 8); */
		digest[i] = (uint8_t)(h->state[i / 8] >> (56 - 8 * (i % 8)) & 0xff);
	}
	/*@ assert same: \forall message m; hash_holds{Pre}(h, m) ==>
	      msg_same(bytes(digest, h->size), sha(h->size, m)); */
	/*@ assert digest: \forall message m; hash_holds{Pre}(h, m) ==>
	      bytes(digest, h->size) == sha(h->size, m); */
	crypto_wipe_words(h->state, 8);
	crypto_wipe(h->block, CRYPTO_BLOCK);
	crypto_wipe_stack();
}
