#include "tests/unit/psp_guest.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <verismo/message.h>
#include "emulator/psp/secrets.h"

#define AAD_SIZE (int)(MESSAGE_PAYLOAD - MESSAGE_AAD)

static void must(int good)
{
	if (!good) {
		abort();
	}
}

/* A context of AES-256-GCM for that level and number; its additional data are in. */
static EVP_CIPHER_CTX *cipher(const uint8_t *page, uint32_t vmpck, int seal)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t key[SECRETS_VMPCK_SIZE], iv[12] = {0};
	int length;

	secrets_vmpck(key, vmpck);
	memcpy(iv, page + MESSAGE_SEQNO, 8);
	must(c && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), 0, key, iv, seal));
	must(EVP_CipherUpdate(c, 0, &length, page + MESSAGE_AAD, AAD_SIZE));
	return c;
}

/* The header of a message, but for its tag. */
static void label(uint8_t *page, uint32_t vmpck, uint64_t seqno, uint8_t type, uint16_t size)
{
	memcpy(page + MESSAGE_SEQNO, &seqno, sizeof(seqno));
	page[MESSAGE_ALGO] = MESSAGE_ALGO_AES_256_GCM;
	page[MESSAGE_HDR_VERSION] = MESSAGE_VERSION_1;
	page[MESSAGE_HDR_SIZE] = MESSAGE_PAYLOAD;
	page[MESSAGE_TYPE] = type;
	page[MESSAGE_VERSION] = MESSAGE_VERSION_1;
	memcpy(page + MESSAGE_SIZE, &size, sizeof(size));
	page[MESSAGE_VMPCK] = (uint8_t)vmpck;
}

void guest_seal(uint8_t page[PAGE_SIZE], uint32_t vmpck, uint64_t seqno, uint8_t type,
		const void *payload, uint16_t size)
{
	EVP_CIPHER_CTX *c;
	int length;

	memset(page, 0, PAGE_SIZE);
	label(page, vmpck, seqno, type, size);
	c = cipher(page, vmpck, 1);
	must(EVP_CipherUpdate(c, page + MESSAGE_PAYLOAD, &length, payload, size));
	must(EVP_CipherFinal_ex(c, page + MESSAGE_PAYLOAD, &length));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, page));
	EVP_CIPHER_CTX_free(c);
}

int guest_open(const uint8_t page[PAGE_SIZE], uint32_t vmpck, uint64_t seqno, uint8_t type,
	       uint8_t *payload)
{
	uint8_t expected[MESSAGE_PAYLOAD] = {0}, tag[16];
	EVP_CIPHER_CTX *c;
	uint16_t size;
	int length, good;

	memcpy(&size, page + MESSAGE_SIZE, sizeof(size));
	memcpy(expected, page, sizeof(tag));
	label(expected, vmpck, seqno, type, size);
	if (memcmp(page, expected, sizeof(expected)) || size > MESSAGE_PAYLOAD_MAX) {
		return -1;
	}
	memcpy(tag, page, sizeof(tag));
	c = cipher(page, vmpck, 0);
	must(EVP_CipherUpdate(c, payload, &length, page + MESSAGE_PAYLOAD, size));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag));
	good = EVP_CipherFinal_ex(c, payload, &length) == 1;
	EVP_CIPHER_CTX_free(c);
	return good ? size : -1;
}
