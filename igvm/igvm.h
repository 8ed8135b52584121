/*
 * Reading IGVM files, for the tools and the emulator. No allocation, no library; the file may be
 * hostile: every offset and size is checked before it is used.
 */
#ifndef IGVM_IGVM_H
#define IGVM_IGVM_H

#include <verismo/igvm.h>

#define IGVM_AREAS    8U       /* parameter areas: index below this */
#define IGVM_AREA_MAX 0x10000U /* bytes of one */

struct igvm_file {
	const uint8_t *data;
	uint64_t size;	     /* bytes */
	uint64_t first, end; /* byte range of the variable headers */
};
struct igvm_item {
	uint32_t type;	     /* IGVM_* without IGVM_OPTIONAL */
	uint32_t length;     /* bytes of the body */
	const uint8_t *body; /* unaligned */
	uint64_t next;	     /* offset of the next record */
};

/*
 * Checks header, checksum, bounds and every record: known type (or optional), minimal length, file
 * offsets with whole pages behind the headers, GPAs page aligned and below 2^52, order of sections,
 * exactly one platform (SEV_SNP) whose mask all records have, at most one policy, exactly one
 * VP_CONTEXT (CPU 0), one CPUID and one SECRETS page, page data in ascending order without 2M
 * pages, areas declared before use and inserted at most once, no page placed twice.
 * total_file_size must be size. Returns 0 or a short English reason; then *f is not to be used.
 */
const char *igvm_open(struct igvm_file *f, const void *data, uint64_t size);

/* The record at *position (f->first at the start) goes to *item, *position to the next one.
 * Returns 0 at the end. Known records have at least their length and their padding in the file. */
int igvm_next(const struct igvm_file *f, struct igvm_item *item, uint64_t *position);

/* The 4096 bytes of a PAGE_DATA or VP_CONTEXT item, or 0 for a zero page. */
const uint8_t *igvm_page(const struct igvm_file *f, uint32_t file_offset);

/* CRC-32 (IEEE) of size bytes, going on from crc (0 at the start). */
uint32_t igvm_crc32(uint32_t crc, const void *data, uint64_t size);

#endif
