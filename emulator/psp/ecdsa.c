#include "ecdsa.h"
#include <string.h>
#include "bearssl.h"

int ecdsa_sign(uint8_t r[ECDSA_SIZE], uint8_t s[ECDSA_SIZE], const uint8_t hash[SHA384_SIZE],
	       const uint8_t key[ECDSA_SIZE])
{
	uint8_t scalar[ECDSA_SIZE], pair[2 * ECDSA_SIZE];
	const br_ec_private_key private = {BR_EC_secp384r1, scalar, sizeof(scalar)};

	memcpy(scalar, key, sizeof(scalar)); /* BearSSL's type lacks the const */
	if (br_ecdsa_i31_sign_raw(&br_ec_prime_i31, &br_sha384_vtable, hash, &private, pair) !=
	    sizeof(pair)) {
		return 1;
	}
	memcpy(r, pair, ECDSA_SIZE);
	memcpy(s, pair + ECDSA_SIZE, ECDSA_SIZE);
	return 0;
}
