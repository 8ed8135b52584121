/*
 * What the compiler and the fetched source call by name (ISO C 7.24). Sizes are bytes. They call them with
 * pointers to void and an int, which are passed alike; of bytes and numbers below 2^32 the proof can speak.
 */
#ifndef CRYPTO_MEMORY_H
#define CRYPTO_MEMORY_H

#include <stdint.h>

/*@
  requires areas: \valid(to + (0 .. bytes - 1)) && \valid_read(from + (0 .. bytes - 1));
  requires apart: \separated(to + (0 .. bytes - 1), from + (0 .. bytes - 1));
  terminates \true;
  exits \false;
  assigns to[0 .. bytes - 1] \from from[0 .. bytes - 1];
  assigns \result \from to;
  ensures copied: \forall integer i; 0 <= i < bytes ==> to[i] == \old(from[i]);
  ensures result: \result == to;
*/
uint8_t *memcpy(uint8_t *to, const uint8_t *from, unsigned long bytes);
/*@
  requires area: \valid(to + (0 .. bytes - 1));
  terminates \true;
  exits \false;
  assigns to[0 .. bytes - 1] \from value;
  assigns \result \from to;
  ensures set: \forall integer i; 0 <= i < bytes ==> to[i] == (value & 0xff);
  ensures result: \result == to;
*/
uint8_t *memset(uint8_t *to, uint32_t value, unsigned long bytes);

#endif
