/* A guest's side of the messages to the secure processor, by libcrypto. */
#ifndef TESTS_UNIT_PSP_GUEST_H
#define TESTS_UNIT_PSP_GUEST_H

#include <stdint.h>
#include <verismo/snp.h>

/* page := a message of this type, sealed with the VMPCK of that level. */
void guest_seal(uint8_t page[PAGE_SIZE], uint32_t vmpck, uint64_t seqno, uint8_t type,
		const void *payload, uint16_t size);
/* Checks the header of a message and opens it; bytes of its payload, or -1. */
int guest_open(const uint8_t page[PAGE_SIZE], uint32_t vmpck, uint64_t seqno, uint8_t type,
	       uint8_t *payload);

#endif
