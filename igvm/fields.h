/* Little-endian fields of unaligned bytes, for the reader only. */
#ifndef IGVM_FIELDS_H
#define IGVM_FIELDS_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t field16(const uint8_t *p)
{
	return (uint32_t)p[0] + 0x100U * p[1];
}

static inline uint32_t field32(const uint8_t *p)
{
	return field16(p) + 0x10000U * field16(p + 2);
}

static inline uint64_t field64(const uint8_t *p)
{
	return (uint64_t)field32(p) + 0x100000000UL * field32(p + 4);
}

#endif
