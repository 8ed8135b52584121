/*
 * Reading IGVM files, for the tools and the emulator. No allocation, no library; the file may be
 * hostile: every offset and size is checked before it is used.
 */
#ifndef IGVM_IGVM_H
#define IGVM_IGVM_H

#include <verismo/igvm.h>

struct igvm_file {
	const uint8_t *data;
	uint64_t size;          /* bytes */
	uint64_t first, end;    /* byte range of the variable headers */
};
struct igvm_item {
	uint32_t type;          /* IGVM_* without IGVM_OPTIONAL */
	uint32_t length;        /* bytes of the body */
	const uint8_t *body;    /* unaligned */
	uint64_t next;          /* offset of the next record */
};

/* Checks header, checksum, bounds and every record: known type (or optional), minimal length, file
 * offsets with whole pages, GPAs page aligned and below 2^52, order of sections, exactly one
 * SEV_SNP platform, at most one policy, exactly one VP_CONTEXT, one CPUID and one SECRETS page, no
 * page placed twice. Returns 0 or a short English reason. */
const char *igvm_open(struct igvm_file *f, const void *data, uint64_t size);

/* Iterates: *item with item->next = f->first to start from; returns 0 at the end. */
int igvm_next(const struct igvm_file *f, struct igvm_item *item, uint64_t *position);

/* The 4096 bytes of a PAGE_DATA or VP_CONTEXT item, or 0 for a zero page. */
const uint8_t *igvm_page(const struct igvm_file *f, uint32_t file_offset);

uint32_t igvm_crc32(uint32_t crc, const void *data, uint64_t size);

#endif
