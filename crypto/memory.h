/* What the compiler and the fetched source call by name (ISO C 7.24). Sizes are bytes. */
#ifndef CRYPTO_MEMORY_H
#define CRYPTO_MEMORY_H

#include <stdint.h>

/*@
  requires areas: \valid((uint8_t *)to + (0 .. bytes - 1)) && \valid_read((uint8_t *)from + (0 .. bytes - 1));
  requires apart: \separated((uint8_t *)to + (0 .. bytes - 1), (uint8_t *)from + (0 .. bytes - 1));
  terminates \true;
  exits \false;
  assigns ((uint8_t *)to)[0 .. bytes - 1];
  ensures copied: \forall integer i; 0 <= i < bytes ==> ((uint8_t *)to)[i] == ((uint8_t *)from)[i];
  ensures result: \result == to;
*/
void *memcpy(void *to, const void *from, unsigned long bytes);
/*@
  requires area: \valid((uint8_t *)to + (0 .. bytes - 1));
  terminates \true;
  exits \false;
  assigns ((uint8_t *)to)[0 .. bytes - 1];
  ensures set: \forall integer i; 0 <= i < bytes ==> ((uint8_t *)to)[i] == (value & 0xff);
  ensures result: \result == to;
*/
void *memset(void *to, int value, unsigned long bytes);

#endif
