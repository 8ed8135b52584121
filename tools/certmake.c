/* Certificates in the shape of AMD's. */
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "certmake.h"

#define SALT 48 /* bytes (AMD 57230) */

const char *const certmake_tcb[2][8] = {
	[TCB_MILAN] = {"3.1", "3.2", "3.4", "3.5", "3.6", "3.7", "3.3", "3.8"},
	[TCB_TURIN] = {"3.9", "3.1", "3.2", "3.3", "3.5", "3.6", "3.7", "3.8"},
};

static void add_name(X509_NAME *name, const char *key, const char *text)
{
	MUST(X509_NAME_add_entry_by_txt(name, key, MBSTRING_ASC, (const uint8_t *)text, -1, -1, 0));
}

static void set_name(X509_NAME *name, const char *organisation, const char *common)
{
	add_name(name, "O", organisation);
	add_name(name, "CN", common);
}

X509 *certmake_new(const struct cert_spec *spec, EVP_PKEY *key)
{
	X509 *cert = X509_new();

	MUST(cert && X509_set_version(cert, X509_VERSION_3) && X509_set_pubkey(cert, key));
	MUST(ASN1_INTEGER_set(X509_get_serialNumber(cert), 0));
	set_name(X509_get_subject_name(cert), spec->organisation, spec->name);
	set_name(X509_get_issuer_name(cert), spec->organisation, spec->issuer);
	MUST(ASN1_TIME_set(X509_getm_notBefore(cert), spec->from));
	MUST(ASN1_TIME_set(X509_getm_notAfter(cert), spec->until));
	return cert;
}

void certmake_add_ca(X509 *cert)
{
	X509_EXTENSION *extension =
		X509V3_EXT_conf_nid(0, 0, NID_basic_constraints, "critical,CA:TRUE");

	MUST(extension && X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

void certmake_add(X509 *cert, const char *suffix, const void *data, int size)
{
	char text[40];
	ASN1_OBJECT *oid;
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	snprintf(text, sizeof(text), "1.3.6.1.4.1.3704.1.%s", suffix);
	oid = OBJ_txt2obj(text, 1);
	MUST(oid && value && ASN1_OCTET_STRING_set(value, data, size));
	extension = X509_EXTENSION_create_by_OBJ(0, oid, 0, value);
	MUST(extension && X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
}

void certmake_add_text(X509 *cert, const char *suffix, const char *text)
{
	uint8_t der[128] = {0x16};
	size_t length = strlen(text);

	MUST(length < sizeof(der) - 2);
	der[1] = (uint8_t)length;
	memcpy(der + 2, text, length);
	certmake_add(cert, suffix, der, (int)length + 2);
}

void certmake_add_number(X509 *cert, const char *suffix, uint8_t number)
{
	uint8_t small[] = {2, 1, number}, large[] = {2, 2, 0, number};

	certmake_add(cert, suffix, number < 0x80 ? small : large, number < 0x80 ? 3 : 4);
}

void certmake_sign(X509 *cert, EVP_PKEY *key, const EVP_MD *md, int pss)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx;

	MUST(ctx && EVP_DigestSignInit(ctx, &key_ctx, md, 0, key) == 1);
	if (pss) {
		MUST(EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) == 1);
		MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, SALT) == 1);
	}
	MUST(X509_sign_ctx(cert, ctx) > 0);
	EVP_MD_CTX_free(ctx);
}

struct bytes certmake_der(X509 *cert)
{
	struct bytes der = {0, 0};
	int size = i2d_X509(cert, &der.data);

	MUST(size > 0);
	der.size = (uint64_t)size;
	return der;
}

void certmake_table(const struct table_part *part, uint32_t parts, struct bytes *out)
{
	const uint32_t entry =
		24; /* bytes: GUID, offset, length; an entry of zeros ends the table */
	uint32_t offset = (parts + 1) * entry;

	out->size = offset;
	for (uint32_t i = 0; i < parts; i++) {
		out->size += part[i].content.size;
	}
	out->data = tool_alloc(out->size);
	memset(out->data, 0, offset);
	for (uint32_t i = 0; i < parts; i++) {
		uint8_t *at = out->data + (uint64_t)i * entry;
		uint32_t length = (uint32_t)part[i].content.size;

		MUST(!hex_decode(part[i].guid, 32, at, 16));
		memcpy(at + 16, &offset, 4);
		memcpy(at + 20, &length, 4);
		memcpy(out->data + offset, part[i].content.data, length);
		offset += length;
	}
}
