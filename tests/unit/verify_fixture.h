/* Certificates and reports made here, in the shape of AMD's, with keys that exist for one run. */
#ifndef TESTS_UNIT_VERIFY_FIXTURE_H
#define TESTS_UNIT_VERIFY_FIXTURE_H

#include "tools/verify.h"

/* Of one certificate. */
enum flaw {
	FLAW_NONE,
	FLAW_ASK_NO_CA,	  /* the ASK is no certificate authority */
	FLAW_PKCS1,	  /* the VCEK is signed by RSA PKCS #1 1.5 */
	FLAW_SHA256,	  /* the VCEK is signed with SHA-256 */
	FLAW_P256,	  /* the VCEK's key is on P-256 */
	FLAW_NAME,	  /* the VCEK has another name */
	FLAW_NO_SPL,	  /* one security version is missing */
	FLAW_DOUBLE_SPL,  /* one is there twice */
	FLAW_WRAPPED_ID,  /* no flaw: the hardware id as DER OCTET STRING */
	FLAW_NO_ID,	  /* there is none */
	FLAW_LONG_ID,	  /* it is longer than a report */
	FLAW_ARK_NAME,	  /* the root is no ARK-... */
	FLAW_ASK_PRODUCT, /* the ASK is another product's */
	FLAW_VEK_PRODUCT, /* the VCEK is */
	FLAW_OTHER_CHAIN, /* no flaw: another ARK and ASK of the same names */
};
struct shape {
	const char *product;
	int vlek, turin;
	uint32_t version; /* of the report */
	enum flaw flaw;
};
struct fixture {
	X509 *ark, *ask, *vek;
	EVP_PKEY *key; /* the VCEK's or VLEK's */
	struct snp_report report;
};

#define FIXTURE_FROM  1700000000 /* certificates are valid from here, seconds since 1970 (2023) */
#define FIXTURE_UNTIL 1900000000 /* to here (2030) */

/* A good report of this shape: VMPL0, policy 0x30000, each field with its own content. */
void fixture_make(struct fixture *fixture, const struct shape *shape);
/* Signs the report, after a change that the real processor would have signed. */
void fixture_sign(struct fixture *fixture);
void fixture_free(struct fixture *fixture);
/* The certificate table of an extended report request with these certificates; free out->data. */
void fixture_table(const struct fixture *fixture, struct bytes *out);
/* Frees the authorities' keys that fixtures share. */
void fixture_end(void);

#endif
