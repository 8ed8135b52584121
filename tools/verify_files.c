/* What the files say that options name: nonce and manifest, a launch file, trusted roots. */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "verify.h"

#define NONCE_MAX      4096U	   /* bytes */
#define MANIFEST_LIMIT (1UL << 20) /* bytes */

/* Digits are the nonce itself, anything else names a file. */
static int read_nonce(const char *text, struct bytes *nonce)
{
	uint64_t length = strlen(text);
	int code;

	if (length && strspn(text, "0123456789abcdefABCDEF") == length) {
		nonce->size = length / 2;
		nonce->data = tool_alloc(nonce->size);
		if (hex_decode(text, length, nonce->data, nonce->size)) {
			free(nonce->data);
			return tool_error(TOOL_USAGE,
					  "--nonce: an even number of hexadecimal digits is needed "
					  "(or ./%s, if it is a file)",
					  text);
		}
		return TOOL_OK;
	}
	code = file_read(text, NONCE_MAX, nonce);
	if (!code && !nonce->size) {
		free(nonce->data);
		code = tool_error(TOOL_BAD_FILE, "%s: the nonce is empty", text);
	}
	return code;
}

/* REPORT_DATA = SHA-512(nonce || manifest) (AMD 58019, 7) */
static void hash_nonce(const struct bytes *nonce, const struct bytes *manifest, uint8_t *hash)
{
	uint8_t *both = tool_alloc(nonce->size + manifest->size);

	memcpy(both, nonce->data, nonce->size);
	memcpy(both + nonce->size, manifest->data, manifest->size);
	SHA512(both, nonce->size + manifest->size, hash);
	free(both);
}

static int expect_nonce(struct verify_spec *spec)
{
	struct bytes nonce, manifest;
	int code = read_nonce(spec->nonce, &nonce);

	if (code) {
		return code;
	}
	code = file_read(spec->manifest, MANIFEST_LIMIT, &manifest);
	if (!code) {
		hash_nonce(&nonce, &manifest, spec->expected[EXPECT_REPORT_DATA]);
		spec->given[EXPECT_REPORT_DATA] = 1;
		spec->quote_why = quote_parse(&manifest, &spec->quote);
		free(manifest.data);
	}
	free(nonce.data);
	return code;
}

static int expect_image(struct verify_spec *spec)
{
	struct igvm_file file;
	struct bytes content;
	const char *why;
	int code = igvm_read(spec->image, &content, &file);

	if (code) {
		return code;
	}
	why = launch_digest(&file, spec->expected[EXPECT_MEASUREMENT]);
	spec->given[EXPECT_MEASUREMENT] = 1;
	free(content.data);
	return why ? tool_error(TOOL_BAD_FILE, "%s: %s", spec->image, why) : TOOL_OK;
}

/* What is named by --ark is trusted: the roots in those files. */
static int pin_files(struct verify_spec *spec)
{
	int code = TOOL_OK;

	for (uint32_t i = 0; !code && i < spec->ark.count; i++) {
		struct certs certs = {.count = 0};
		const char *path = spec->ark.path[i];

		code = certs_read(path, &certs);
		if (!code &&
		    (certs.count != 1 || X509_NAME_cmp(X509_get_subject_name(certs.cert[0]),
						       X509_get_issuer_name(certs.cert[0])))) {
			code = tool_error(TOOL_BAD_FILE, "%s: not one root certificate", path);
		} else if (!code && spec->pins == PINS_MAX) {
			code = tool_error(TOOL_USAGE, "verify: more than %u roots", PINS_MAX);
		} else if (!code) {
			X509_digest(certs.cert[0], EVP_sha256(), spec->pin[spec->pins++], 0);
		}
		certs_free(&certs);
	}
	return code;
}

int verify_files(struct verify_spec *spec)
{
	int code = spec->nonce ? expect_nonce(spec) : TOOL_OK;

	if (!code && spec->image) {
		code = expect_image(spec);
	}
	if (!code) {
		code = quote_files(spec);
	}
	return code ? code : pin_files(spec);
}
