/* What the compiler and the fetched source call by name (ISO C 7.24). */
#include "crypto/memory.h"

uint8_t *memcpy(uint8_t *to, const uint8_t *from, unsigned long bytes)
{
	unsigned long i;

	/*@
	  loop invariant bound: 0 <= i <= bytes;
	  loop invariant copied: \forall integer j; 0 <= j < i ==> to[j] == \at(from[j], Pre);
	  loop assigns i, to[0 .. bytes - 1];
	  loop variant bytes - i;
	*/
	for (i = 0; i < bytes; i++) {
		to[i] = from[i];
	}
	return to;
}

uint8_t *memset(uint8_t *to, uint32_t value, unsigned long bytes)
{
	unsigned long i;

	/*@
	  loop invariant bound: 0 <= i <= bytes;
	  loop invariant set: \forall integer j; 0 <= j < i ==> to[j] == (value & 0xff);
	  loop assigns i, to[0 .. bytes - 1];
	  loop variant bytes - i;
	*/
	for (i = 0; i < bytes; i++) {
		to[i] = (uint8_t)(value & 0xff);
	}
	return to;
}
