/* Reading certificates: PEM, DER, and the certificate table of an extended report request. */
#define _GNU_SOURCE /* memmem */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

#define CERT_FILE_LIMIT (64UL << 10) /* bytes */
#define GUID_SIZE	16U

struct table_entry {
	uint8_t guid[GUID_SIZE]; /* as in RFC 4122: big endian */
	uint32_t offset, length; /* bytes, from the table's start */
};
_Static_assert(sizeof(struct table_entry) == 24, "cert_table entry");

static const uint8_t table_guids[][GUID_SIZE] = {
	/* VCEK 63da758d-e664-4564-adc5-f4b93be8accd */
	{0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac,
	 0xcd},
	/* VLEK a8074bc2-a25a-483e-aae6-39c045a0b8a1 */
	{0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8,
	 0xa1},
	/* ASK 4ab7b379-bbac-4fe4-a02f-05aef327c782 */
	{0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7,
	 0x82},
	/* ARK c0b406a4-a803-4952-9743-3fb6014cd0ae */
	{0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0,
	 0xae},
};

/* Takes over the certificate; one that is there already is dropped. */
static int certs_add(const char *path, struct certs *certs, X509 *cert)
{
	for (uint32_t i = 0; i < certs->count; i++) {
		if (!X509_cmp(certs->cert[i], cert)) {
			X509_free(cert);
			return TOOL_OK;
		}
	}
	if (certs->count == CERTS_MAX) {
		X509_free(cert);
		return tool_error(TOOL_BAD_FILE, "%s: more than %u certificates in all", path,
				  CERTS_MAX);
	}
	certs->cert[certs->count++] = cert;
	return TOOL_OK;
}

/* libcrypto asks at the terminal unless it is told not to. */
static int no_password(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static int read_pem(const char *path, const struct bytes *content, struct certs *certs)
{
	BIO *in = BIO_new_mem_buf(content->data, (int)content->size);
	uint32_t found = 0;
	int code = TOOL_OK;
	X509 *cert;

	while (!code && (cert = PEM_read_bio_X509(in, 0, no_password, 0))) {
		found++;
		code = certs_add(path, certs, cert);
	}
	if (!code && (!found || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)) {
		code = tool_error(TOOL_BAD_FILE, "%s: certificate %u in it is malformed", path,
				  found + 1);
	}
	ERR_clear_error();
	BIO_free(in);
	return code;
}

static int parse(const char *path, const struct bytes *content, struct certs *certs)
{
	static const char pem[] = "-----BEGIN ";
	const uint8_t *at = content->data;
	X509 *cert;

	if (memmem(content->data, content->size, pem, sizeof(pem) - 1)) {
		return read_pem(path, content, certs);
	}
	cert = d2i_X509(0, &at, (long)content->size);
	ERR_clear_error();
	if (!cert) {
		return tool_error(TOOL_BAD_FILE, "%s: not a certificate in PEM or DER", path);
	}
	if (at != content->data + content->size) {
		X509_free(cert);
		return tool_error(TOOL_BAD_FILE, "%s: bytes follow the certificate", path);
	}
	return certs_add(path, certs, cert);
}

int certs_read(const char *path, struct certs *certs)
{
	struct bytes content;
	int code = file_read(path, CERT_FILE_LIMIT, &content);

	if (!code) {
		code = parse(path, &content, certs);
		free(content.data);
	}
	return code;
}

static int is_certificate(const uint8_t guid[GUID_SIZE])
{
	for (uint32_t i = 0; i < sizeof(table_guids) / sizeof(table_guids[0]); i++) {
		if (!memcmp(guid, table_guids[i], GUID_SIZE)) {
			return 1;
		}
	}
	return 0;
}

static int parse_table(const char *path, const struct bytes *content, struct certs *certs)
{
	static const struct table_entry end;
	struct table_entry entry;
	int code = TOOL_OK;

	for (uint64_t at = 0; !code; at += sizeof(entry)) {
		if (at + sizeof(entry) > content->size) {
			return tool_error(TOOL_BAD_FILE, "%s: the certificate table has no end",
					  path);
		}
		memcpy(&entry, content->data + at, sizeof(entry));
		if (!memcmp(&entry, &end, sizeof(entry))) {
			return at ? TOOL_OK
				  : tool_error(TOOL_BAD_FILE, "%s: the certificate table is empty",
					       path);
		}
		if ((uint64_t)entry.offset + entry.length > content->size) {
			return tool_error(TOOL_BAD_FILE,
					  "%s: entry %llu of the certificate table lies outside",
					  path, (unsigned long long)(at / sizeof(entry)));
		}
		if (is_certificate(entry.guid)) {
			struct bytes one = {content->data + entry.offset, entry.length};

			code = parse(path, &one, certs);
		}
	}
	return code;
}

int certs_read_table(const char *path, struct certs *certs)
{
	struct bytes content;
	int code = file_read(path, CERT_FILE_LIMIT, &content);

	if (!code) {
		code = parse_table(path, &content, certs);
		free(content.data);
	}
	return code;
}

void certs_free(struct certs *certs)
{
	while (certs->count) {
		X509_free(certs->cert[--certs->count]);
	}
}
