/*
 * The certificates that vouch for a report: the root (ARK) signs the ASK or ASVK, which signs the key
 * of the report, a chip's VCEK or a provider's VLEK. All that is read here may come from an enemy.
 */
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "verify.h"

#define COMPONENT 48U /* bytes of R and S in use */
#define TIME_TEXT 32U

/* SHA-256 of AMD's published roots in DER: ARK-Milan, ARK-Genoa, ARK-Turin. */
static const char *const amd_roots[] = {
	"69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
	"4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
	"1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
};

void cert_name(const X509_NAME *name, char text[NAME_SIZE])
{
	int at = X509_NAME_get_index_by_NID((X509_NAME *)name, NID_commonName, -1);
	const ASN1_STRING *value =
		at < 0 ? 0 : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	const uint8_t *data = value ? ASN1_STRING_get0_data(value) : 0;
	uint32_t length = value ? (uint32_t)ASN1_STRING_length(value) : 0, i;

	for (i = 0; i < length && i < NAME_SIZE - 1; i++) {
		text[i] = data[i] > ' ' && data[i] <= '~' ? (char)data[i] : '?';
	}
	text[i] = 0;
}

static void subject(const X509 *cert, char text[NAME_SIZE])
{
	cert_name(X509_get_subject_name(cert), text);
}

const ASN1_OCTET_STRING *amd_extension(X509 *cert, const char *suffix)
{
	char name[40];
	ASN1_OBJECT *oid;
	int at, again;

	snprintf(name, sizeof(name), "1.3.6.1.4.1.3704.1.%s", suffix);
	oid = OBJ_txt2obj(name, 1);
	at = oid ? X509_get_ext_by_OBJ(cert, oid, -1) : -1;
	again = at < 0 ? -1 : X509_get_ext_by_OBJ(cert, oid, at);
	ASN1_OBJECT_free(oid);
	return at < 0 || again >= 0 ? 0 : X509_EXTENSION_get_data(X509_get_ext(cert, at));
}

/* ---- which certificate is what ---- */

static int is_ec(const X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);

	return key && EVP_PKEY_base_id(key) == EVP_PKEY_EC;
}

static int is_self_issued(const X509 *cert)
{
	return !X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert));
}

static int is_vek(const X509 *cert, int vlek)
{
	char name[NAME_SIZE];

	subject(cert, name);
	return is_ec(cert) && !strcmp(name, vlek ? "SEV-VLEK" : "SEV-VCEK");
}

/* An authority of the wanted kind: the one that is named, or else any, to be refused by the checks. */
static X509 *find_authority(const struct certs *certs, const X509 *child, int root)
{
	X509 *any = 0;

	for (uint32_t i = 0; i < certs->count; i++) {
		X509 *cert = certs->cert[i];

		if (is_ec(cert) || is_self_issued(cert) != root) {
			continue;
		}
		if (child &&
		    !X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(child))) {
			return cert;
		}
		any = any ? any : cert;
	}
	return any;
}

int chain_pick(const struct certs *certs, const struct snp_report *report, struct chain *chain)
{
	X509 *other = 0;

	memset(chain, 0, sizeof(*chain));
	chain->vlek = REPORT_SIGNING_KEY(report->flags) == REPORT_KEY_VLEK;
	for (uint32_t i = 0; i < certs->count; i++) {
		if (is_vek(certs->cert[i], chain->vlek)) {
			if (chain->vek) {
				return tool_error(TOOL_BAD_FILE,
						  "two different %s certificates were given",
						  chain->vlek ? "VLEK" : "VCEK");
			}
			chain->vek = certs->cert[i];
		} else if (is_ec(certs->cert[i])) {
			other = certs->cert[i];
		}
	}
	chain->vek = chain->vek ? chain->vek : other;
	chain->ask = find_authority(certs, chain->vek, 0);
	chain->ark = find_authority(certs, chain->ask, 1);
	return TOOL_OK;
}

/* ---- root and links ---- */

static int is_pinned(const uint8_t digest[PIN_SIZE], const struct verify_spec *spec)
{
	uint8_t pin[PIN_SIZE];

	for (uint32_t i = 0; i < spec->pins; i++) {
		if (!memcmp(digest, spec->pin[i], PIN_SIZE)) {
			return 1;
		}
	}
	for (uint32_t i = 0; !spec->pins && i < sizeof(amd_roots) / sizeof(amd_roots[0]); i++) {
		if (!hex_decode(amd_roots[i], 2 * PIN_SIZE, pin, PIN_SIZE) &&
		    !memcmp(digest, pin, PIN_SIZE)) {
			return 1;
		}
	}
	return 0;
}

static void check_root(const X509 *ark, const struct verify_spec *spec, struct verdict *verdict)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char name[NAME_SIZE], text[2 * PIN_SIZE + 1];

	if (!ark) {
		verdict_add(verdict, CHECK_ROOT, RESULT_FAIL,
			    "no ARK (root certificate) was given");
		return;
	}
	subject(ark, name);
	if (X509_digest(ark, EVP_sha256(), digest, 0) != 1) {
		verdict_add(verdict, CHECK_ROOT, RESULT_FAIL, "%s cannot be hashed", name);
		return;
	}
	hex_encode(digest, PIN_SIZE, text);
	if (is_pinned(digest, spec)) {
		verdict_add(verdict, CHECK_ROOT, RESULT_OK, "%s is %s (SHA-256 %s)", name,
			    spec->pins ? "the root that you named" : "AMD's", text);
	} else if (spec->pins) {
		verdict_add(verdict, CHECK_ROOT, RESULT_FAIL,
			    "%s is not the root that you named (SHA-256 %s)", name, text);
	} else {
		verdict_add(verdict, CHECK_ROOT, RESULT_FAIL,
			    "%s is not pinned: none of AMD's roots, and anyone can make such a "
			    "one; --ark or --ark-sha256 names a root of yours (SHA-256 %s)",
			    name, text);
	}
}

/* Why issuer does not vouch for cert, or 0. (AMD 57230: RSASSA-PSS, SHA-384) */
static const char *link_fault(X509 *cert, X509 *issuer)
{
	int hash = NID_undef, key = NID_undef;
	const char *why = 0;

	X509_get_signature_info(cert, &hash, &key, 0, 0);
	if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(issuer))) {
		why = "it names another issuer";
	} else if (X509_check_ca(issuer) != 1) {
		why = "the issuer is no certificate authority";
	} else if (key != NID_rsassaPss || hash != NID_sha384) {
		why = "the signature is not RSASSA-PSS with SHA-384";
	} else if (X509_verify(cert, X509_get0_pubkey(issuer)) != 1) {
		why = "the signature is wrong";
	}
	ERR_clear_error();
	return why;
}

static void check_link(struct verdict *verdict, enum check_id id, X509 *cert, X509 *issuer,
		       const char *missing)
{
	char name[NAME_SIZE], by[NAME_SIZE];
	const char *why;

	if (!cert || !issuer) {
		verdict_add(verdict, id, RESULT_FAIL, "no %s certificate was given", missing);
		return;
	}
	subject(cert, name);
	subject(issuer, by);
	why = link_fault(cert, issuer);
	verdict_add(verdict, id, why ? RESULT_FAIL : RESULT_OK, "%s is %ssigned by %s%s%s", name,
		    why ? "not " : "", cert == issuer ? "itself" : by, why ? ": " : "",
		    why ? why : "");
}

/* ---- the key and its signature ---- */

static int is_p384(const X509 *cert)
{
	char group[32];
	size_t length = 0;

	return is_ec(cert) &&
	       EVP_PKEY_get_group_name(X509_get0_pubkey(cert), group, sizeof(group), &length) &&
	       !strcmp(group, "secp384r1");
}

static void check_key(const struct chain *chain, const struct snp_report *report,
		      struct verdict *verdict)
{
	uint32_t signing_key = REPORT_SIGNING_KEY(report->flags);
	const char *wanted = chain->vlek ? "VLEK" : "VCEK";
	char name[NAME_SIZE];

	if (signing_key != REPORT_KEY_VCEK && signing_key != REPORT_KEY_VLEK) {
		verdict_add(verdict, CHECK_KEY, RESULT_FAIL,
			    "SIGNING_KEY is %u: neither a VCEK (0) nor a VLEK (1)", signing_key);
		return;
	}
	if (!chain->vek) {
		verdict_add(verdict, CHECK_KEY, RESULT_FAIL, "no %s certificate was given", wanted);
		return;
	}
	subject(chain->vek, name);
	if (!is_vek(chain->vek, chain->vlek)) {
		verdict_add(verdict, CHECK_KEY, RESULT_FAIL,
			    "the report names a %s; the certificate is for %s", wanted, name);
	} else if (!is_p384(chain->vek)) {
		verdict_add(verdict, CHECK_KEY, RESULT_FAIL, "the key of %s is not on P-384", name);
	} else {
		verdict_add(verdict, CHECK_KEY, RESULT_OK, "a %s on P-384, as the report says",
			    wanted);
	}
}

/* R or S: little endian in the report. */
static BIGNUM *component(const uint8_t *field)
{
	return BN_lebin2bn(field, COMPONENT, 0);
}

static int signature_holds(const X509 *vek, const struct snp_report *report)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	BIGNUM *r = component(report->signature_r), *s = component(report->signature_s);
	uint8_t *der = 0;
	int length, holds = 0;

	if (!pair || !hash || !r || !s || ECDSA_SIG_set0(pair, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else {
		length = i2d_ECDSA_SIG(pair, &der);
		holds = length > 0 &&
			EVP_DigestVerifyInit(hash, 0, EVP_sha384(), 0, X509_get0_pubkey(vek)) ==
				1 &&
			EVP_DigestVerify(hash, der, (size_t)length, (const uint8_t *)report,
					 REPORT_SIGNED) == 1;
	}
	OPENSSL_free(der);
	EVP_MD_CTX_free(hash);
	ECDSA_SIG_free(pair);
	ERR_clear_error();
	return holds;
}

static void check_signature(const struct chain *chain, const struct snp_report *report,
			    struct verdict *verdict)
{
	char name[NAME_SIZE];

	if (!chain->vek) {
		verdict_add(verdict, CHECK_SIGNATURE, RESULT_FAIL, "no key to check it with");
		return;
	}
	subject(chain->vek, name);
	if (signature_holds(chain->vek, report)) {
		verdict_add(verdict, CHECK_SIGNATURE, RESULT_OK,
			    "%s signed this report (ECDSA P-384, SHA-384)", name);
	} else {
		verdict_add(verdict, CHECK_SIGNATURE, RESULT_FAIL,
			    "%s did not sign this report: it is altered, or another key's", name);
	}
}

void chain_check(const struct chain *chain, const struct verify_spec *spec,
		 const struct snp_report *report, struct verdict *verdict)
{
	check_root(chain->ark, spec, verdict);
	check_link(verdict, CHECK_ARK, chain->ark, chain->ark, "ARK");
	check_link(verdict, CHECK_ASK, chain->ask, chain->ark,
		   chain->ask	 ? "ARK"
		   : chain->vlek ? "ASVK"
				 : "ASK");
	check_link(verdict, CHECK_VEK, chain->vek, chain->ask,
		   chain->vek	 ? chain->vlek ? "ASVK" : "ASK"
		   : chain->vlek ? "VLEK"
				 : "VCEK");
	check_key(chain, report, verdict);
	check_signature(chain, report, verdict);
}

/* ---- dates and layout ---- */

static void time_text(const struct tm *tm, char text[TIME_TEXT])
{
	strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", tm);
}

/* 1 and detail if the certificate is not valid at that time. */
static int date_fault(const X509 *cert, time_t at, struct verdict *verdict)
{
	const ASN1_TIME *from = X509_get0_notBefore(cert), *until = X509_get0_notAfter(cert);
	char name[NAME_SIZE], now_text[TIME_TEXT], limit_text[TIME_TEXT] = "?";
	int early = X509_cmp_time(from, &at) >= 0, late = X509_cmp_time(until, &at) <= 0;
	struct tm now, limit;

	/* X509_cmp_time answers 0 for a malformed time: refused either way. */
	if (!early && !late) {
		return 0;
	}
	subject(cert, name);
	gmtime_r(&at, &now);
	time_text(&now, now_text);
	if (ASN1_TIME_to_tm(early ? from : until, &limit) == 1) {
		time_text(&limit, limit_text);
	}
	verdict_add(verdict, CHECK_DATES, RESULT_FAIL, "%s is %s: valid %s %s, checked for %s",
		    name, early ? "not valid yet" : "expired", early ? "from" : "until", limit_text,
		    now_text);
	ERR_clear_error();
	return 1;
}

void chain_check_dates(const struct chain *chain, time_t at, struct verdict *verdict)
{
	const X509 *certs[] = {chain->vek, chain->ask, chain->ark};
	char text[TIME_TEXT];
	struct tm now;

	for (uint32_t i = 0; i < 3; i++) {
		if (certs[i] && date_fault(certs[i], at, verdict)) {
			return;
		}
	}
	gmtime_r(&at, &now);
	time_text(&now, text);
	verdict_add(verdict, CHECK_DATES, RESULT_OK, "all certificates given are valid at %s",
		    text);
}

enum tcb_layout chain_layout(const struct chain *chain, const struct snp_report *report)
{
	const ASN1_OCTET_STRING *product = chain->vek ? amd_extension(chain->vek, "2") : 0;
	static const char turin[] = "\x16\x05Turin"; /* DER: IA5String */

	if (report->version >= 3) {
		return report->cpuid_family >= 0x1a ? TCB_TURIN : TCB_MILAN;
	}
	return product && ASN1_STRING_length(product) >= (int)sizeof(turin) - 1 &&
			       !memcmp(ASN1_STRING_get0_data(product) + 2, turin + 2, 5)
		       ? TCB_TURIN
		       : TCB_MILAN;
}
