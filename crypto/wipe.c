#include "crypto/bytes.h"

void crypto_wipe(uint8_t *area, uint32_t size)
{
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= size;
	  loop invariant zero: \forall integer j; 0 <= j < i ==> area[j] == 0;
	  loop assigns i, area[0 .. size - 1];
	  loop variant size - i;
	*/
	for (i = 0; i < size; i++) {
		area[i] = 0;
	}
	/*@ assert same: msg_same(bytes(area, size), msg_zeros(size)); */
}

void crypto_wipe_words(uint64_t *area, uint32_t words)
{
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= words;
	  loop invariant zero: \forall integer j; 0 <= j < i ==> area[j] == 0;
	  loop assigns i, area[0 .. words - 1];
	  loop variant words - i;
	*/
	for (i = 0; i < words; i++) {
		area[i] = 0;
	}
}
