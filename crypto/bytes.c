#include "crypto/bytes.h"

int crypto_differs(const uint8_t *a, const uint8_t *b, uint32_t size)
{
	int differs = 0;
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= size;
	  loop invariant equal: differs == 0 <==>
	    \forall integer j; 0 <= j < i ==> msg_at(bytes(a, size), j) == msg_at(bytes(b, size), j);
	  loop assigns i, differs;
	  loop variant size - i;
	*/
	for (i = 0; i < size; i++) {
		/*@ assert here: a[i] == msg_at(bytes(a, size), i) && b[i] == msg_at(bytes(b, size), i); */
		differs |= a[i] ^ b[i];
	}
	/*@ assert same: differs == 0 <==> msg_same(bytes(a, size), bytes(b, size)); */
	return differs;
}

void crypto_write64(uint8_t *to, uint64_t v)
{
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= 8;
	  loop invariant number: \forall integer j; 0 <= j < i ==> to[j] == ((v >> (56 - 8 * j)) & 0xff);
	  loop assigns i, to[0 .. 7];
	  loop variant 8 - i;
	*/
	for (i = 0; i < 8; i++) {
		to[i] = (uint8_t)(v >> (56 - 8 * i) & 0xff);
	}
	/*@ assert same: msg_same(bytes(to, 8), msg_number(v)); */
}

/* The area lies where the frames of the functions were that the caller has called. */
void crypto_wipe_stack(void)
{
	uint8_t area[CRYPTO_STACK];

	crypto_wipe(area, CRYPTO_STACK);
}
