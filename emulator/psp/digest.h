/*
 * The launch digest as SNP firmware computes it over the pages of SNP_LAUNCH_UPDATE, in the order
 * they arrive (56860, "Launch digest", PAGE_INFO). Pure: no globals, no hardware.
 */
#ifndef EMULATOR_PSP_DIGEST_H
#define EMULATOR_PSP_DIGEST_H

#include <stdint.h>
#include "sha384.h"

/* Page types of SNP_LAUNCH_UPDATE. */
#define LAUNCH_PAGE_NORMAL     1U
#define LAUNCH_PAGE_VMSA       2U
#define LAUNCH_PAGE_ZERO       3U
#define LAUNCH_PAGE_UNMEASURED 4U
#define LAUNCH_PAGE_SECRETS    5U
#define LAUNCH_PAGE_CPUID      6U

#define DIGEST_HEX_SIZE (2U * SHA384_SIZE + 1U)

struct launch_digest {
	uint8_t ld[SHA384_SIZE];
	uint8_t zero_page[SHA384_SIZE]; /* hash of 4096 zero bytes: most pages of a bss are that */
};

/* An empty launch: 48 zero bytes. */
void digest_start(struct launch_digest *d);

/*
 * Adds one 4K page. type: LAUNCH_PAGE_*. gpa: 4K multiple. content: the page, or null for a page of
 * zeros; it counts for NORMAL and VMSA only, the other types are recorded by place and type alone.
 */
void digest_page(struct launch_digest *d, uint32_t type, uint64_t gpa, const void *content);

/* The digest in lower-case hexadecimal, with a final zero. */
void digest_hex(const struct launch_digest *d, char hex[DIGEST_HEX_SIZE]);

#endif
