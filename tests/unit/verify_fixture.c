/* Certificates and reports for the tests of `verismo verify`. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/verify_fixture.h"

#define SALT  48
#define TCB   8U
#define CHAIN 2U

static EVP_PKEY *authority_keys[CHAIN][2]; /* ARK, ASK */

/* What libcrypto cannot do ends the test program. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "verify_fixture.c:%d: %s\n", __LINE__, #condition);        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static EVP_PKEY *authority_key(uint32_t chain, uint32_t which)
{
	EVP_PKEY **key = &authority_keys[chain][which];

	if (!*key) {
		*key = EVP_RSA_gen(2048); /* AMD's have 4096 bits; shorter ones are made faster */
		MUST(*key);
	}
	return *key;
}

void fixture_end(void)
{
	for (uint32_t i = 0; i < 2 * CHAIN; i++) {
		EVP_PKEY_free(authority_keys[i / 2][i % 2]);
	}
}

static void set_name(X509_NAME *name, const char *common)
{
	MUST(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)"Test", -1, -1,
					0));
	MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)common, -1, -1,
					0));
}

static X509 *new_certificate(const char *name, const char *issuer, EVP_PKEY *key)
{
	X509 *cert = X509_new();

	MUST(cert && X509_set_version(cert, X509_VERSION_3) && X509_set_pubkey(cert, key));
	set_name(X509_get_subject_name(cert), name);
	set_name(X509_get_issuer_name(cert), issuer);
	MUST(ASN1_TIME_set(X509_getm_notBefore(cert), FIXTURE_FROM));
	MUST(ASN1_TIME_set(X509_getm_notAfter(cert), FIXTURE_UNTIL));
	return cert;
}

static void add_ca(X509 *cert)
{
	X509_EXTENSION *extension =
		X509V3_EXT_conf_nid(0, 0, NID_basic_constraints, "critical,CA:TRUE");

	MUST(extension && X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

/* Adds 1.3.6.1.4.1.3704.1.<suffix> with this content as it is. */
static void add_amd(X509 *cert, const char *suffix, const void *data, int size)
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

static void add_svn(X509 *cert, const char *suffix, uint8_t svn)
{
	uint8_t small[] = {2, 1, svn}, large[] = {2, 2, 0, svn};

	add_amd(cert, suffix, svn < 0x80 ? small : large, svn < 0x80 ? 3 : 4);
}

static void sign(X509 *cert, EVP_PKEY *key, const EVP_MD *md, int pss)
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

static void add_versions(X509 *vek, const struct shape *shape, const uint8_t tcb[TCB])
{
	static const char *const milan[TCB] = {"3.1", "3.2", "3.4", "3.5",
					       "3.6", "3.7", "3.3", "3.8"};
	static const char *const turin[TCB] = {"3.9", "3.1", "3.2", "3.3",
					       "3.5", "3.6", "3.7", "3.8"};
	const char *const *suffix = shape->turin ? turin : milan;

	for (uint32_t i = 0; i < TCB; i++) {
		if (shape->flaw != FLAW_NO_SPL || strcmp(suffix[i], "3.3")) {
			add_svn(vek, suffix[i], tcb[i]);
		}
	}
	if (shape->flaw == FLAW_DOUBLE_SPL) {
		add_svn(vek, "3.3", 255);
	}
}

static void add_chip(X509 *vek, const struct shape *shape, const uint8_t *chip_id)
{
	uint8_t wrapped[66] = {4}, large[1024] = {0};
	uint8_t size = shape->turin ? 8 : 64;

	wrapped[1] = size;
	memcpy(wrapped + 2, chip_id, size);
	if (shape->flaw == FLAW_WRAPPED_ID) {
		add_amd(vek, "4", wrapped, size + 2);
	} else if (shape->flaw == FLAW_LONG_ID) {
		memcpy(large, chip_id, size);
		add_amd(vek, "4", large, sizeof(large));
	} else if (shape->flaw != FLAW_NO_ID) {
		add_amd(vek, "4", wrapped + 2, size);
	}
}

static void make_chain(struct fixture *f, const struct shape *shape)
{
	uint32_t chain = shape->flaw == FLAW_OTHER_CHAIN;
	EVP_PKEY *ark_key = authority_key(chain, 0), *ask_key = authority_key(chain, 1);
	char ark[NAME_SIZE], ask[NAME_SIZE], product[NAME_SIZE];
	const char *name = shape->vlek ? "SEV-VLEK" : "SEV-VCEK";

	snprintf(ark, sizeof(ark), "%s-%s", shape->flaw == FLAW_ARK_NAME ? "ABC" : "ARK",
		 shape->product);
	snprintf(ask, sizeof(ask), "SEV-%s%s", shape->vlek ? "VLEK-" : "",
		 shape->flaw == FLAW_ASK_PRODUCT ? "Other" : shape->product);
	f->ark = new_certificate(ark, ark, ark_key);
	add_ca(f->ark);
	sign(f->ark, ark_key, EVP_sha384(), 1);
	f->ask = new_certificate(ask, ark, ask_key);
	if (shape->flaw != FLAW_ASK_NO_CA) {
		add_ca(f->ask);
	}
	sign(f->ask, ark_key, EVP_sha384(), 1);
	f->key = EVP_EC_gen(shape->flaw == FLAW_P256 ? "P-256" : "P-384");
	f->vek = new_certificate(shape->flaw == FLAW_NAME ? "SEV-OTHER" : name, ask, f->key);
	product[0] = 0x16;
	product[1] = (char)snprintf(product + 2, sizeof(product) - 2, "%s-B0",
				    shape->flaw == FLAW_VEK_PRODUCT ? "Other" : shape->product);
	add_amd(f->vek, "2", product, product[1] + 2);
	add_versions(f->vek, shape, f->report.reported_tcb);
	if (!shape->vlek) {
		add_chip(f->vek, shape, f->report.chip_id);
	}
	sign(f->vek, ask_key, shape->flaw == FLAW_SHA256 ? EVP_sha256() : EVP_sha384(),
	     shape->flaw != FLAW_PKCS1);
}

static void fill(uint8_t *data, uint32_t size, uint8_t seed)
{
	for (uint32_t i = 0; i < size; i++) {
		data[i] = (uint8_t)(seed + i);
	}
}

static void make_report(struct snp_report *r, const struct shape *shape)
{
	static const uint8_t milan[TCB] = {4, 1, 0, 0, 0, 0, 22, 213};
	static const uint8_t turin[TCB] = {1, 2, 3, 4, 0, 0, 0, 81};

	memset(r, 0, sizeof(*r));
	r->version = shape->version;
	r->guest_svn = 7;
	r->policy = 0x30000;
	fill(r->family_id, sizeof(r->family_id), 0x10);
	fill(r->image_id, sizeof(r->image_id), 0x20);
	r->signature_algo = 1;
	r->flags = shape->vlek ? REPORT_KEY_VLEK << 2 : 0;
	fill(r->report_data, sizeof(r->report_data), 0x30);
	fill(r->measurement, sizeof(r->measurement), 0x40);
	fill(r->host_data, sizeof(r->host_data), 0x50);
	fill(r->id_key_digest, sizeof(r->id_key_digest), 0x60);
	fill(r->author_key_digest, sizeof(r->author_key_digest), 0x70);
	fill(r->report_id, sizeof(r->report_id), 0x80);
	memcpy(r->reported_tcb, shape->turin ? turin : milan, TCB);
	memcpy(r->current_tcb, r->reported_tcb, TCB);
	memcpy(r->committed_tcb, r->reported_tcb, TCB);
	memcpy(r->launch_tcb, r->reported_tcb, TCB);
	if (shape->version >= 3) {
		r->cpuid_family = shape->turin ? 0x1a : 0x19;
		r->cpuid_model = shape->turin ? 2 : 1;
		r->cpuid_stepping = 1;
	}
	if (!shape->vlek) {
		fill(r->chip_id, shape->turin ? 8 : 64, 0x90);
	}
}

static void reverse(const BIGNUM *number, uint8_t field[72])
{
	memset(field, 0, 72);
	MUST(BN_bn2lebinpad(number, field, 48) == 48);
}

void fixture_sign(struct fixture *f)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[256];
	const uint8_t *at = der;
	size_t size = sizeof(der);
	ECDSA_SIG *pair;

	MUST(ctx && EVP_DigestSignInit(ctx, 0, EVP_sha384(), 0, f->key) == 1);
	MUST(EVP_DigestSign(ctx, der, &size, (const uint8_t *)&f->report, REPORT_SIGNED) == 1);
	pair = d2i_ECDSA_SIG(0, &at, (long)size);
	MUST(pair);
	reverse(ECDSA_SIG_get0_r(pair), f->report.signature_r);
	reverse(ECDSA_SIG_get0_s(pair), f->report.signature_s);
	ECDSA_SIG_free(pair);
	EVP_MD_CTX_free(ctx);
}

void fixture_make(struct fixture *f, const struct shape *shape)
{
	make_report(&f->report, shape);
	make_chain(f, shape);
	fixture_sign(f);
}

void fixture_free(struct fixture *f)
{
	X509_free(f->ark);
	X509_free(f->ask);
	X509_free(f->vek);
	EVP_PKEY_free(f->key);
}

void fixture_table(const struct fixture *f, struct bytes *out)
{
	static const char *const guids[] = {
		"63da758de6644564adc5f4b93be8accd", /* VCEK */
		"4ab7b379bbac4fe4a02f05aef327c782", /* ASK */
		"c0b406a4a803495297433fb6014cd0ae", /* ARK */
		"92f81bc358114d3d97ffd19f88dc67ea", /* CRL: not for us */
	};
	X509 *certs[] = {f->vek, f->ask, f->ark, f->ark};
	uint32_t offset = 5 * 24;
	uint8_t *at;

	out->data = tool_alloc(16384);
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t length = (uint32_t)i2d_X509(certs[i], 0);

		hex_decode(guids[i], 32, out->data + 24UL * i, 16);
		memcpy(out->data + 24UL * i + 16, &offset, 4);
		memcpy(out->data + 24UL * i + 20, &length, 4);
		at = out->data + offset;
		if (i == 3) {
			memset(at, 0xff, length);
		} else {
			i2d_X509(certs[i], &at);
		}
		offset += length;
	}
	out->size = offset;
}
