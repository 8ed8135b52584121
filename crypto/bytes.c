#include "crypto/bytes.h"

int crypto_differs(const uint8_t *a, const uint8_t *b, uint32_t size)
{
	int differs = 0;
	uint32_t i;

	/*@
	  loop invariant bound: 0 <= i <= size;
	  loop invariant equal: differs == 0 <==> \forall integer j; 0 <= j < i ==> a[j] == b[j];
	  loop assigns i, differs;
	  loop variant size - i;
	*/
	for (i = 0; i < size; i++) {
		differs |= a[i] ^ b[i];
	}
	return differs;
}

/* The area lies where the frames of the functions were that the caller has called. */
void crypto_wipe_stack(void)
{
	uint8_t area[CRYPTO_STACK];

	crypto_wipe(area, CRYPTO_STACK);
}
