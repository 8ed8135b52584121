/* ECDSA on P-384 with deterministic random numbers (RFC 6979), by BearSSL. */
#ifndef EMULATOR_PSP_ECDSA_H
#define EMULATOR_PSP_ECDSA_H

#include <stdint.h>
#include "sha384.h"

#define ECDSA_SIZE 48U /* bytes of R, of S and of a key */

/* r, s := signature of hash with the private scalar key, all big endian. 1 = key is none on the curve. */
int ecdsa_sign(uint8_t r[ECDSA_SIZE], uint8_t s[ECDSA_SIZE], const uint8_t hash[SHA384_SIZE],
	       const uint8_t key[ECDSA_SIZE]);

#endif
