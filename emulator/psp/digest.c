#include <string.h>
#include <verismo/snp.h>
#include "digest.h"

struct page_info {
	uint8_t digest_current[SHA384_SIZE];
	uint8_t contents[SHA384_SIZE];
	uint16_t length;
	uint8_t page_type;
	uint8_t imi_page;
	uint8_t vmpl3_permissions;
	uint8_t vmpl2_permissions;
	uint8_t vmpl1_permissions;
	uint8_t reserved;
	uint64_t gpa;
};
_Static_assert(sizeof(struct page_info) == 0x70, "PAGE_INFO");

void digest_start(struct launch_digest *d)
{
	static const uint8_t zeros[PAGE_SIZE];

	memset(d->ld, 0, sizeof(d->ld));
	sha384(d->zero_page, zeros, sizeof(zeros));
}

static int has_contents(uint32_t type)
{
	return type == LAUNCH_PAGE_NORMAL || type == LAUNCH_PAGE_VMSA;
}

void digest_page(struct launch_digest *d, uint32_t type, uint64_t gpa, const void *content)
{
	struct page_info info;

	memset(&info, 0, sizeof(info));
	memcpy(info.digest_current, d->ld, sizeof(d->ld));
	if (has_contents(type) && content) {
		sha384(info.contents, content, PAGE_SIZE);
	} else if (has_contents(type)) {
		memcpy(info.contents, d->zero_page, sizeof(d->zero_page));
	}
	info.length = sizeof(info);
	info.page_type = (uint8_t)type;
	info.gpa = gpa;
	sha384(d->ld, &info, sizeof(info));
}

void digest_hex(const struct launch_digest *d, char hex[DIGEST_HEX_SIZE])
{
	static const char digit[] = "0123456789abcdef";

	for (uint32_t i = 0; i < SHA384_SIZE; i++) {
		hex[2 * i] = digit[d->ld[i] >> 4];
		hex[2 * i + 1] = digit[d->ld[i] & 15];
	}
	hex[2 * SHA384_SIZE] = 0;
}
