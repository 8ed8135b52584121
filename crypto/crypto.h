/*
 * Cryptography of the module: SHA-384 and SHA-512, HMAC, HKDF, AES-256-GCM. All sizes are bytes. What
 * has no error cannot fail; a call outside the stated ranges is a defect of the caller. Time and
 * addresses depend on sizes, never on the bytes of keys, messages or tags.
 *
 * The compression function of SHA-2 is HACL*'s, AES and GHASH are BearSSL's (hacl.h, bearssl.h); the
 * rest is here. No static storage: what is worked on lies in the caller's structures and on the
 * stack, and is overwritten before the return.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "crypto/bytes.h"
#include "crypto/gcm.h"
#include "crypto/hkdf.h"
#include "crypto/sha2.h"

#endif
