/*
 * What crypto uses of HACL*, with what is believed of it. The build fetches it
 * and checks its sum (scripts/fetch-source); tests/unit/crypto_abi.c compares with its own headers.
 */
#ifndef CRYPTO_HACL_H
#define CRYPTO_HACL_H

#include <stdint.h>
#include "crypto/sha2.h"

/* HACL*, internal/Hacl_Hash_SHA2.h: compresses the size / 128 blocks at block; here always one. */
/*@
  requires one: size == 128;
  requires block: \valid_read(block + (0 .. 127)) && \valid(state + (0 .. 7));
  requires apart: \separated(block + (0 .. 127), state + (0 .. 7));
  terminates \true;
  exits \false;
  assigns state[0 .. 7] \from state[0 .. 7], block[0 .. 127];
  ensures compressed: words(state, 8) == sha_compress(words{Pre}(state, 8), bytes{Pre}(block, 128));
*/
void Hacl_Hash_SHA2_sha512_update_nblocks(uint32_t size, uint8_t *block, uint64_t *state);

#endif
