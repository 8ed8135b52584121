/* Making certificates in the shape of AMD's, with libcrypto: for the emulated chip (chain.c) and for tests. What
 * libcrypto cannot do ends the program. */
#ifndef TOOLS_CERTMAKE_H
#define TOOLS_CERTMAKE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "report.h"
#include "verismo.h"

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct cert_spec {
	const char *organisation, *name, *issuer; /* O of both; CN of subject and issuer */
	time_t from, until;
};
/* A certificate, version 3, serial number 0, unsigned. */
X509 *certmake_new(const struct cert_spec *spec, EVP_PKEY *key);
void certmake_add_ca(X509 *cert);
/* Adds 1.3.6.1.4.1.3704.1.<suffix> with this content as it is (AMD 57230). */
void certmake_add(X509 *cert, const char *suffix, const void *data, int size);
void certmake_add_text(X509 *cert, const char *suffix, const char *text); /* IA5String */
void certmake_add_number(X509 *cert, const char *suffix, uint8_t number); /* INTEGER */
/* Suffix of the security version in each byte of a TCB_VERSION. */
extern const char *const certmake_tcb[2][8]; /* by enum tcb_layout */
/* pss: RSASSA-PSS as AMD's, else PKCS #1 1.5. */
void certmake_sign(X509 *cert, EVP_PKEY *key, const EVP_MD *md, int pss);

/* The certificate table of an extended guest request (AMD 56421): entries that are certificates in DER or any other
 * bytes. GUIDs as digits in the order of RFC 4122. Free out->data. */
#define GUID_VCEK "63da758de6644564adc5f4b93be8accd"
#define GUID_ASK  "4ab7b379bbac4fe4a02f05aef327c782"
#define GUID_ARK  "c0b406a4a803495297433fb6014cd0ae"
#define GUID_CRL  "92f81bc358114d3d97ffd19f88dc67ea"
struct table_part {
	const char *guid;
	struct bytes content;
};
void certmake_table(const struct table_part *part, uint32_t parts, struct bytes *out);
/* The certificate in DER; free data by OPENSSL_free. */
struct bytes certmake_der(X509 *cert);

#endif
