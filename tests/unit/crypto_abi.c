/*
 * crypto/hacl.h and bearssl.h declare functions of HACL* and BearSSL in the proof's own types. Here the
 * compiler compares with their headers: as many parameters, of the same kinds and sizes. Nothing runs.
 */
#include "bearssl.h"
#include "internal/Hacl_Hash_SHA2.h"

#define SAME(name, type)                                                                           \
	_Static_assert(__builtin_types_compatible_p(__typeof__(name), type),                       \
		       #name " is declared otherwise")

/* Pointers may be to void there and to bytes here; a size_t is the unsigned long of library.h. */
typedef void compress_blocks(uint32_t, uint8_t *, uint64_t *);
typedef void key_schedule(br_aes_ct64_ctr_keys *, const void *, unsigned long);
typedef uint32_t key_stream(const br_aes_ct64_ctr_keys *, const void *, uint32_t, void *,
			    unsigned long);
typedef void hash_blocks(void *, const void *, const void *, unsigned long);
SAME(Hacl_Hash_SHA2_sha512_update_nblocks, compress_blocks);
SAME(br_aes_ct64_ctr_init, key_schedule);
SAME(br_aes_ct64_ctr_run, key_stream);
SAME(br_ghash_ctmul64, hash_blocks);

#define AES_KEY_BYTES 256 /* struct aes_key */
_Static_assert(sizeof(br_aes_ct64_ctr_keys) == AES_KEY_BYTES, "the size of the key schedule");
_Static_assert(_Alignof(br_aes_ct64_ctr_keys) == 8, "the alignment of the key schedule");
