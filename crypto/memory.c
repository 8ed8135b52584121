/* What the compiler and the fetched source call by name (ISO C 7.24). */
#include "crypto/memory.h"

void *memcpy(void *to, const void *from, unsigned long bytes)
{
	uint8_t *d = to;
	const uint8_t *s = from;
	unsigned long i;

	/*@
	  loop invariant bound: 0 <= i <= bytes;
	  loop invariant copied: \forall integer j; 0 <= j < i ==> d[j] == \at(((uint8_t *)from)[j], Pre);
	  loop assigns i, d[0 .. bytes - 1];
	  loop variant bytes - i;
	*/
	for (i = 0; i < bytes; i++) {
		d[i] = s[i];
	}
	return to;
}

void *memset(void *to, int value, unsigned long bytes)
{
	uint8_t *d = to;
	unsigned long i;

	/*@
	  loop invariant bound: 0 <= i <= bytes;
	  loop invariant set: \forall integer j; 0 <= j < i ==> d[j] == (value & 0xff);
	  loop assigns i, d[0 .. bytes - 1];
	  loop variant bytes - i;
	*/
	for (i = 0; i < bytes; i++) {
		d[i] = (uint8_t)(value & 0xff);
	}
	return to;
}
