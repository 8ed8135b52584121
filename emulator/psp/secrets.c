#include <string.h>
#include <verismo/snp.h>
#include "emulator/test_key.h"
#include "secrets.h"

#define VERSION 3U /* the last one without TSC_FACTOR */

static void put32(uint8_t *page, uint32_t offset, uint32_t value)
{
	memcpy(page + offset, &value, sizeof(value));
}

void secrets_vmpck(uint8_t key[SECRETS_VMPCK_SIZE], uint32_t vmpl)
{
	static const char text[] = TEST_KEY_TEXT;

	_Static_assert(sizeof(text) == SECRETS_VMPCK_SIZE, "the text and one digit fill a key");
	memcpy(key, text, sizeof(text) - 1);
	key[sizeof(text) - 1] = (uint8_t)('0' + vmpl);
}

void secrets_fill(uint8_t *page, uint32_t fms)
{
	memset(page, 0, PAGE_SIZE);
	put32(page, SECRETS_VERSION, VERSION);
	put32(page, SECRETS_FMS, fms);
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		secrets_vmpck(page + SECRETS_VMPCK0 + vmpl * SECRETS_VMPCK_SIZE, vmpl);
	}
}
