/* Certificates and reports for the tests of `verismo verify`. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#include "tests/unit/verify_fixture.h"
#include "tools/certmake.h"

#define TCB   8U
#define CHAIN 2U

static EVP_PKEY *authority_keys[CHAIN][2]; /* ARK, ASK */

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

static X509 *new_certificate(const char *name, const char *issuer, EVP_PKEY *key)
{
	struct cert_spec spec = {"Test", name, issuer, FIXTURE_FROM, FIXTURE_UNTIL};

	return certmake_new(&spec, key);
}

static void add_versions(X509 *vek, const struct shape *shape, const uint8_t tcb[TCB])
{
	const char *const *suffix = certmake_tcb[shape->turin ? TCB_TURIN : TCB_MILAN];

	for (uint32_t i = 0; i < TCB; i++) {
		if (shape->flaw != FLAW_NO_SPL || strcmp(suffix[i], "3.3")) {
			certmake_add_number(vek, suffix[i], tcb[i]);
		}
	}
	if (shape->flaw == FLAW_DOUBLE_SPL) {
		certmake_add_number(vek, "3.3", 255);
	}
}

static void add_chip(X509 *vek, const struct shape *shape, const uint8_t *chip_id)
{
	uint8_t wrapped[66] = {4}, large[1024] = {0};
	uint8_t size = shape->turin ? 8 : 64;

	wrapped[1] = size;
	memcpy(wrapped + 2, chip_id, size);
	if (shape->flaw == FLAW_WRAPPED_ID) {
		certmake_add(vek, "4", wrapped, size + 2);
	} else if (shape->flaw == FLAW_LONG_ID) {
		memcpy(large, chip_id, size);
		certmake_add(vek, "4", large, sizeof(large));
	} else if (shape->flaw != FLAW_NO_ID) {
		certmake_add(vek, "4", wrapped + 2, size);
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
	certmake_add_ca(f->ark);
	certmake_sign(f->ark, ark_key, EVP_sha384(), 1);
	f->ask = new_certificate(ask, ark, ask_key);
	if (shape->flaw != FLAW_ASK_NO_CA) {
		certmake_add_ca(f->ask);
	}
	certmake_sign(f->ask, ark_key, EVP_sha384(), 1);
	f->key = EVP_EC_gen(shape->flaw == FLAW_P256 ? "P-256" : "P-384");
	f->vek = new_certificate(shape->flaw == FLAW_NAME ? "SEV-OTHER" : name, ask, f->key);
	snprintf(product, sizeof(product), "%s-B0",
		 shape->flaw == FLAW_VEK_PRODUCT ? "Other" : shape->product);
	certmake_add_text(f->vek, "2", product);
	add_versions(f->vek, shape, f->report.reported_tcb);
	if (!shape->vlek) {
		add_chip(f->vek, shape, f->report.chip_id);
	}
	certmake_sign(f->vek, ask_key, shape->flaw == FLAW_SHA256 ? EVP_sha256() : EVP_sha384(),
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
	uint8_t crl[1000]; /* not for us */
	struct table_part part[] = {{GUID_VCEK, certmake_der(f->vek)},
				    {GUID_ASK, certmake_der(f->ask)},
				    {GUID_ARK, certmake_der(f->ark)},
				    {GUID_CRL, {crl, sizeof(crl)}}};

	memset(crl, 0xff, sizeof(crl));
	certmake_table(part, 4, out);
	for (uint32_t i = 0; i < 3; i++) {
		OPENSSL_free(part[i].content.data);
	}
}
