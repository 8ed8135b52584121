/* SHA-384 by HACL*, the only cryptography of the launch. */
#ifndef EMULATOR_PSP_SHA384_H
#define EMULATOR_PSP_SHA384_H

#include <stdint.h>

#define SHA384_SIZE 48U

/* hash := SHA-384 of size bytes of data. */
void sha384(uint8_t hash[SHA384_SIZE], const void *data, uint32_t size);

#endif
