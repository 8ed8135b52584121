/*
 * What the fuzz targets share: bytes as a source of choices, and the end of a run that found something. A target
 * is one file of this folder; libFuzzer drives it (make fuzz), or fuzz/replay.c does, on given inputs.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Choices in the order in which they are made. After the last byte all choices are 0. */
struct bytes {
	const uint8_t *next;
	size_t left;
};
uint8_t bytes_8(struct bytes *b);
uint16_t bytes_16(struct bytes *b);
uint64_t bytes_64(struct bytes *b);
/* limit: 1..256 */
uint32_t bytes_below(struct bytes *b, uint32_t limit);
/* The first byte says how: 0 for 0, 1 for the next byte, 2 for two bytes, 3 for eight. */
uint64_t bytes_number(struct bytes *b);

/* Ends the process as a crash does, with a line on stderr. */
void fuzz_finding(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* What each target has. The first one is called once, before all runs; both return 0. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
