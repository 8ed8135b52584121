/*
 * Memory that holds secrets: overwritten, compared. Numbers as bytes. Sizes are bytes.
 */
#ifndef CRYPTO_BYTES_H
#define CRYPTO_BYTES_H

#include <stdint.h>
#include "crypto/message.acsl"

/* Overwrites with zeros. It is a file of its own: no compiler sees that nobody reads them. */
/*@
  requires area: \valid(area + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns area[0 .. size - 1];
  ensures zero: \forall integer i; 0 <= i < size ==> area[i] == 0;
  ensures zeros: bytes(area, size) == msg_zeros(size);
*/
void crypto_wipe(uint8_t *area, uint32_t size);
/*@
  requires area: \valid(area + (0 .. words - 1));
  terminates \true;
  exits \false;
  assigns area[0 .. words - 1];
  ensures zero: \forall integer i; 0 <= i < words ==> area[i] == 0;
*/
void crypto_wipe_words(uint64_t *area, uint32_t words);
/* Overwrites CRYPTO_STACK bytes below the caller's frame, where functions that it called had theirs. */
#define CRYPTO_STACK 4096U
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
*/
void crypto_wipe_stack(void);

/* 0 if the areas are equal, else another number; takes the same time for all contents. */
/*@
  requires a: \valid_read(a + (0 .. size - 1));
  requires b: \valid_read(b + (0 .. size - 1));
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures equal: \result == 0 <==> bytes(a, size) == bytes(b, size);
*/
int crypto_differs(const uint8_t *a, const uint8_t *b, uint32_t size);

/* Writes v as 8 bytes, big-endian. */
/*@
  requires to: \valid(to + (0 .. 7));
  terminates \true;
  exits \false;
  assigns to[0 .. 7];
  ensures number: bytes(to, 8) == msg_number(v);
*/
void crypto_write64(uint8_t *to, uint64_t v);

#endif
