/* The report against its certificate: product, security versions, chip. */
#include <stdio.h>
#include <string.h>

#include "verify.h"

/* ---- product ---- */

static const struct {
	const char *name;
	uint8_t family, model, model_end;
} products[] = {
	{"Milan", 0x19, 0x00, 0x0f},
	{"Genoa", 0x19, 0x10, 0x1f},
	{"Genoa", 0x19, 0xa0, 0xaf}, /* Bergamo, Siena */
	{"Turin", 0x1a, 0x00, 0x1f},
};
#define PRODUCTS (sizeof(products) / sizeof(products[0]))

static const char *product_of_cpu(const struct snp_report *report)
{
	for (uint32_t i = 0; i < PRODUCTS; i++) {
		if (report->cpuid_family == products[i].family &&
		    report->cpuid_model >= products[i].model &&
		    report->cpuid_model <= products[i].model_end) {
			return products[i].name;
		}
	}
	return "unknown";
}

static int is_amd_product(const char *name)
{
	for (uint32_t i = 0; i < PRODUCTS; i++) {
		if (!strcmp(name, products[i].name)) {
			return 1;
		}
	}
	return 0;
}

/* Contents of a short DER string, or "". */
static void extension_text(X509 *cert, const char *suffix, char text[NAME_SIZE])
{
	const ASN1_OCTET_STRING *value = cert ? amd_extension(cert, suffix) : 0;
	const uint8_t *der = value ? ASN1_STRING_get0_data(value) : 0;
	int length = value ? ASN1_STRING_length(value) : 0, i = 0;

	if (length > 2 && der[1] == length - 2 && length - 2 < (int)NAME_SIZE) {
		for (i = 0; i < length - 2; i++) {
			text[i] = der[2 + i] > ' ' && der[2 + i] <= '~' ? (char)der[2 + i] : '?';
		}
	}
	text[i] = 0;
}

/* name is prefix, then product. */
static int is_named(const char *name, const char *prefix, const char *product)
{
	return !strncmp(name, prefix, strlen(prefix)) && !strcmp(name + strlen(prefix), product);
}

/* Names along the chain agree, and with the processor that the report (version 3 on) names. A root
 * of the caller's own may have a product of any other name. */
void check_product(const struct snp_report *report, const struct chain *chain,
		   struct verdict *verdict)
{
	char ark[NAME_SIZE] = "", ask[NAME_SIZE] = "", name[NAME_SIZE], value[2 * NAME_SIZE];
	const char *product = ark + 4, *why = 0;

	extension_text(chain->vek, "2", name);
	if (chain->ark && chain->ask) {
		cert_name(X509_get_subject_name(chain->ark), ark);
		cert_name(X509_get_subject_name(chain->ask), ask);
	}
	if (strncmp(ark, "ARK-", 4) || !*product) {
		why = "the root's name is not ARK-<product>";
	} else if (!is_named(ask, chain->vlek ? "SEV-VLEK-" : "SEV-", product)) {
		why = "root and intermediate certificate are of different products or kinds";
	} else if (strncmp(name, product, strlen(product))) {
		why = "the chain is another product's";
	} else if (report->version >= 3 && is_amd_product(product) &&
		   strcmp(product, product_of_cpu(report))) {
		why = "the report's processor is another product";
	}
	if (report->version >= 3) {
		snprintf(value, sizeof(value), "%s, processor %02xh/%02xh/%u",
			 *name ? name : "no product", report->cpuid_family, report->cpuid_model,
			 report->cpuid_stepping);
	} else {
		snprintf(value, sizeof(value), "%s", *name ? name : "no product");
	}
	verdict_judge(verdict, CHECK_PRODUCT, why ? RESULT_FAIL : RESULT_OK, value, why);
}

/* ---- TCB and chip ---- */

/* A security version number of the certificate: DER INTEGER 0..255; -1 if absent or malformed. */
static int certificate_svn(X509 *vek, const char *suffix)
{
	const ASN1_OCTET_STRING *value = amd_extension(vek, suffix);
	const uint8_t *der = value ? ASN1_STRING_get0_data(value) : 0;
	int length = value ? ASN1_STRING_length(value) : 0;

	if (length == 3 && der[0] == 2 && der[1] == 1 && der[2] < 0x80) {
		return der[2];
	}
	return length == 4 && der[0] == 2 && der[1] == 2 && !der[2] && der[3] >= 0x80 ? der[3] : -1;
}

/* All eight bytes of REPORTED_TCB against the certificate's extensions. */
void check_tcb(const struct snp_report *report, const struct chain *chain, struct verdict *verdict)
{
	static const struct {
		const char *suffix, *name;
	} spl[2][8] = {
		[TCB_MILAN] = {{"3.1", "bootloader"},
			       {"3.2", "tee"},
			       {"3.4", "spl4"},
			       {"3.5", "spl5"},
			       {"3.6", "spl6"},
			       {"3.7", "spl7"},
			       {"3.3", "snp"},
			       {"3.8", "microcode"}},
		[TCB_TURIN] = {{"3.9", "fmc"},
			       {"3.1", "bootloader"},
			       {"3.2", "tee"},
			       {"3.3", "snp"},
			       {"3.5", "spl5"},
			       {"3.6", "spl6"},
			       {"3.7", "spl7"},
			       {"3.8", "microcode"}},
	};
	enum tcb_layout layout = chain_layout(chain, report);
	char value[REPORT_TEXT], why[REPORT_TEXT] = "";

	for (uint32_t i = 0; chain->vek && i < 8; i++) {
		int svn = certificate_svn(chain->vek, spl[layout][i].suffix);

		if (svn < 0) {
			snprintf(why, sizeof(why), "the certificate has no %s",
				 spl[layout][i].name);
		} else if (svn != report->reported_tcb[i]) {
			snprintf(why, sizeof(why), "the certificate is for %s %d",
				 spl[layout][i].name, svn);
		}
	}
	tcb_text(layout, report->reported_tcb, value);
	verdict_judge(verdict, CHECK_TCB, *why ? RESULT_FAIL : RESULT_OK, value, *why ? why : 0);
}

/* The certificate's hardware id: raw octets, or wrapped as a DER OCTET STRING; *size 0: none. */
static const uint8_t *hardware_id(X509 *vek, uint32_t *size)
{
	const ASN1_OCTET_STRING *value = vek ? amd_extension(vek, "4") : 0;
	const uint8_t *id = value ? ASN1_STRING_get0_data(value) : 0;

	*size = value ? (uint32_t)ASN1_STRING_length(value) : 0;
	if ((*size == 66 || *size == 10) && id[0] == 4 && id[1] == *size - 2) {
		*size -= 2;
		id += 2;
	}
	return id;
}

void check_chip_id(const struct snp_report *report, const struct chain *chain,
		   struct verdict *verdict)
{
	char value[2 * sizeof(report->chip_id) + 1];
	uint32_t size;
	const uint8_t *id = hardware_id(chain->vek, &size);
	const char *why = 0;

	hex_encode(report->chip_id, sizeof(report->chip_id), value);
	if (bytes_are_zero(report->chip_id, sizeof(report->chip_id))) {
		verdict_judge(verdict, CHECK_CHIP_ID, RESULT_SHOWN,
			      chain->vlek
				      ? "masked (a VLEK is for no single chip)"
				      : "masked by the host; the VCEK's signature names the chip",
			      0);
		return;
	}
	if (chain->vlek) {
		why = 0; /* a VLEK has no hardware id to compare with */
	} else if (size != 8 && size != sizeof(report->chip_id)) {
		why = "the certificate has no hardware id";
	} else if (memcmp(id, report->chip_id, size) ||
		   !bytes_are_zero(report->chip_id + size, sizeof(report->chip_id) - size)) {
		why = "the certificate is for another chip";
	}
	verdict_judge(verdict, CHECK_CHIP_ID,
		      why	    ? RESULT_FAIL
		      : chain->vlek ? RESULT_SHOWN
				    : RESULT_OK,
		      value, why);
}
