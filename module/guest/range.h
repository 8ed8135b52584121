/*
 * Addresses that a guest names. An address is valid below 2^W, W being the smaller of the C-bit's
 * position and the guest physical width: a higher bit is an error and is never masked (abi.md 1, 8.0).
 */
#ifndef MODULE_GUEST_RANGE_H
#define MODULE_GUEST_RANGE_H

#include <stdint.h>

/* Sets W (32..51), once at boot; terminates with REASON_STATE otherwise. */
void range_init(uint32_t width);
/* Is every byte of [gpa, gpa + size) below 2^W and covered by the ownership table? size > 0, bytes. */
int range_is_covered(uint64_t gpa, uint64_t size);
/* Is gpa a multiple of size (a power of two)? */
int range_is_aligned(uint64_t gpa, uint64_t size);

#endif
