#include "sha384.h"
#include "Hacl_Hash_SHA2.h"

void sha384(uint8_t hash[SHA384_SIZE], const void *data, uint32_t size)
{
	/* HACL*'s signature lacks the const; the input is only read. */
	Hacl_Hash_SHA2_hash_384(hash, (uint8_t *)(uintptr_t)data, size);
}
