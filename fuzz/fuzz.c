#include "fuzz/fuzz.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

uint8_t bytes_8(struct bytes *b)
{
	uint8_t value;

	if (b->left == 0) {
		return 0;
	}
	value = *b->next;
	b->next++;
	b->left--;
	return value;
}

uint16_t bytes_16(struct bytes *b)
{
	uint16_t low = bytes_8(b);

	return (uint16_t)(low + 0x100U * bytes_8(b));
}

uint64_t bytes_64(struct bytes *b)
{
	uint64_t value = 0;
	uint32_t i;

	for (i = 0; i < 8; i++) {
		value += (uint64_t)bytes_8(b) << 8 * i;
	}
	return value;
}

uint32_t bytes_below(struct bytes *b, uint32_t limit)
{
	return bytes_8(b) % limit;
}

uint64_t bytes_number(struct bytes *b)
{
	switch (bytes_below(b, 4)) {
	case 0:
		return 0;
	case 1:
		return bytes_8(b);
	case 2:
		return bytes_16(b);
	default:
		return bytes_64(b);
	}
}

void fuzz_finding(const char *format, ...)
{
	va_list list;

	fprintf(stderr, "FINDING: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "\n");
	abort();
}
