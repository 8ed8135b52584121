/* `verismo verify`: what is asked for, the certificates, the checks and the verdict. */
#ifndef TOOLS_VERIFY_H
#define TOOLS_VERIFY_H

#include <openssl/x509.h>
#include <stdint.h>
#include <time.h>

#include "report.h"
#include "verismo.h"

/* ---- the verdict (verify_verdict.c) ---- */

enum check_id {
	CHECK_FORMAT,
	CHECK_ROOT,
	CHECK_ARK,
	CHECK_ASK,
	CHECK_VEK,
	CHECK_KEY,
	CHECK_SIGNATURE,
	CHECK_DATES,
	CHECK_PRODUCT,
	CHECK_TCB,
	CHECK_CHIP_ID,
	CHECK_VMPL,
	CHECK_POLICY,
	CHECK_PLATFORM,
	CHECK_MIN_TCB,
	CHECK_GUEST_SVN,
	CHECK_MEASUREMENT,
	CHECK_REPORT_DATA,
	CHECK_HOST_DATA,
	CHECK_FAMILY_ID,
	CHECK_IMAGE_ID,
	CHECK_ID_KEY,
	CHECK_AUTHOR_KEY,
	CHECK_QUOTE,
	CHECK_LOCK,
	CHECK_LOCK_LIST,
	CHECK_REGISTER, /* 0, and the others after it */
	CHECKS = CHECK_REGISTER + REGISTERS,
};
enum check_result {
	RESULT_OK,
	RESULT_FAIL,
	RESULT_SHOWN,	   /* a value that nothing was asked about */
	RESULT_UNVERIFIED, /* a value of a report that is not authentic */
};

#define DETAIL_SIZE 512U /* bytes */

struct check {
	enum check_id id;
	enum check_result result;
	int open; /* shown, and a caller could have asked about it */
	char detail[DETAIL_SIZE];
};
/* What the manifest of a quote says (include/verismo/services.h). */
struct quote {
	int locked;
	uint32_t entries; /* of the lock's list */
	uint64_t frames;
	uint8_t list[DIGEST_SIZE];
	uint8_t reg[REGISTERS][DIGEST_SIZE];
};
struct verdict {
	struct check check[CHECKS];
	uint32_t count;
	uint32_t failed, unverified, judged; /* judged: ok or failed */
	const struct quote *quote;	     /* one that is believed, or 0 */
	int authentic; /* the report has this layout and a trusted root vouches for its signature */
};

/* Name of a check as printed. */
const char *check_name(enum check_id id);
void verdict_add(struct verdict *verdict, enum check_id id, enum check_result result,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A check of a field of the report: its value, and why not or 0. While the report is not authentic the
 * value is added as unverified, whatever the result would be. */
void verdict_judge(struct verdict *verdict, enum check_id id, enum check_result result,
		   const char *value, const char *why);
/* fields: print every field of the report too. Exit code of the verdict. */
int verdict_print(const struct verdict *verdict, const struct snp_report *report,
		  enum tcb_layout layout, int fields);
int verdict_print_json(const struct verdict *verdict, const struct snp_report *report,
		       enum tcb_layout layout);

/* ---- what is asked for (verify_options.c) ---- */

#define FILES_MAX 16U
#define PINS_MAX  16U
#define PIN_SIZE  32U /* bytes: SHA-256 of a certificate in DER */

enum expect_id { /* fields that are compared with a given value */
		 EXPECT_MEASUREMENT,
		 EXPECT_REPORT_DATA,
		 EXPECT_HOST_DATA,
		 EXPECT_FAMILY_ID,
		 EXPECT_IMAGE_ID,
		 EXPECT_ID_KEY,
		 EXPECT_AUTHOR_KEY,
		 EXPECTS,
};
struct expect_field {
	const char *option; /* without the dashes */
	enum check_id check;
	uint16_t offset, size; /* in the report, bytes */
};
extern const struct expect_field expect_fields[EXPECTS];

struct files {
	const char *path[FILES_MAX];
	uint32_t count;
};
struct verify_spec {
	const char *report;
	struct files cert, table, ark;
	const char *image, *nonce, *manifest; /* or 0 */
	uint8_t pin[PINS_MAX][PIN_SIZE];
	uint32_t pins; /* 0: AMD's roots */
	time_t at;
	int given[EXPECTS];
	uint8_t expected[EXPECTS][64];
	int64_t vmpl, guest_svn;	 /* or -1 */
	int16_t min_tcb[TCB_PARTS];	 /* or -1 */
	uint64_t require, forbid, allow; /* policy bits */
	int json, fields;
	/* Of the quote in the manifest: */
	int locked, quote_asked; /* it must be locked; some option asks about it */
	const char *kernel, *initrd, *cmdline, *lock_list; /* or 0 */
	int reg_given[REGISTERS];
	uint8_t reg[REGISTERS][DIGEST_SIZE], list[DIGEST_SIZE];
	struct quote quote;
	const char *quote_why; /* the manifest has none */
};

/* Parses and checks the options; TOOL_OK, or -1 after --help, or TOOL_USAGE after a message. */
int verify_options(int argc, char **argv, struct verify_spec *spec);
/* Reads what --nonce, --manifest, --image and --ark name into expected values and pins. (verify_files.c)
 * TOOL_OK, TOOL_USAGE or TOOL_BAD_FILE after a message. */
int verify_files(struct verify_spec *spec);

/* ---- certificates (verify_certs.c, verify_chain.c) ---- */

#define CERTS_MAX 32U

struct certs {
	X509 *cert[CERTS_MAX];
	uint32_t count;
};
/* Adds the certificates of a file: PEM, any number, or one in DER. */
int certs_read(const char *path, struct certs *certs);
/* Adds those of a certificate table, as an extended report request and an SVSM return it (GHCB 2.03,
 * SNP Extended Guest Request). Entries that are no certificate (a CRL) are left out. */
int certs_read_table(const char *path, struct certs *certs);
void certs_free(struct certs *certs);

#define NAME_SIZE 64U
/* Common name of subject or issuer, printable characters only. */
void cert_name(const X509_NAME *name, char text[NAME_SIZE]);
/* Value of the extension 1.3.6.1.4.1.3704.1.<suffix> (AMD 57230), or 0: absent or there twice. */
const ASN1_OCTET_STRING *amd_extension(X509 *cert, const char *suffix);

struct chain { /* borrowed from certs; 0: there is none */
	X509 *ark, *ask, *vek;
	int vlek; /* the report says that a VLEK signed it */
};
/* Picks the three certificates, in any order and among others. TOOL_BAD_FILE after a message if two
 * keys of the wanted kind are there. */
int chain_pick(const struct certs *certs, const struct snp_report *report, struct chain *chain);
/* Root, links, kind of key, signature of the report. */
void chain_check(const struct chain *chain, const struct verify_spec *spec,
		 const struct snp_report *report, struct verdict *verdict);
void chain_check_dates(const struct chain *chain, time_t at, struct verdict *verdict);
enum tcb_layout chain_layout(const struct chain *chain, const struct snp_report *report);

/* ---- the report (verify_vek.c, verify_checks.c) ---- */

/* Names along the chain, and the processor that the report (version 3 on) names. */
void check_product(const struct snp_report *report, const struct chain *chain,
		   struct verdict *verdict);
/* REPORTED_TCB against the security versions of the certificate. */
void check_tcb(const struct snp_report *report, const struct chain *chain, struct verdict *verdict);
/* CHIP_ID against the certificate's hardware id. */
void check_chip_id(const struct snp_report *report, const struct chain *chain,
		   struct verdict *verdict);

/* Version's layout, algorithm, reserved bytes. */
void check_format(const struct snp_report *report, struct verdict *verdict);
/* All checks of the report's fields, against certificates and spec. */
void check_report(const struct snp_report *report, const struct chain *chain,
		  const struct verify_spec *spec, struct verdict *verdict);
/* ---- the quote (verify_quote.c) ---- */

/* The quote of a manifest, bare or among services; 0, or why there is none. */
const char *quote_parse(const struct bytes *manifest, struct quote *quote);
/* Reads what --kernel, --initrd, --cmdline and --lock-list name into expected values. */
int quote_files(struct verify_spec *spec);
/* After the checks of the report: is it a quote of VMPL0, and what does it say? */
void check_quote(const struct snp_report *report, const struct verify_spec *spec,
		 struct verdict *verdict);

/* Every check, in order. */
int verify_all(const struct verify_spec *spec, const struct certs *certs,
	       const struct snp_report *report, struct verdict *verdict, enum tcb_layout *layout);

#endif
