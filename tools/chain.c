/*
 * chain FOLDER: makes the emulated chip's key and the certificates for it, which say 'Emulated' in every name. Their
 * private keys but the chip's are forgotten: nobody can make a second chip of this root.
 */
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "certmake.h"
#include "emulator/psp/identity.h"

#define RSA_BITS 4096
#define PAST	 (24L * 3600L)		    /* seconds: clocks differ */
#define LIFE	 (10L * 365L * 24L * 3600L) /* seconds */
#define LINE	 12			    /* bytes of a line in C */

struct chain {
	X509 *ark, *ask, *vcek;
	EVP_PKEY *key; /* the VCEK's */
};

static const char *folder;

static FILE *create(const char *name, char path[4096])
{
	FILE *out;

	snprintf(path, 4096, "%s/%s", folder, name);
	out = fopen(path, "wb");
	if (!out) {
		perror(path);
		exit(TOOL_BAD_FILE);
	}
	return out;
}

static void finish(FILE *out, const char *path)
{
	int bad = ferror(out);

	bad |= fclose(out);
	if (bad) {
		remove(path);
		fprintf(stderr, "chain: %s: cannot be written\n", path);
		exit(TOOL_BAD_FILE);
	}
}

static void write_bytes(const char *name, const void *data, uint64_t size)
{
	char path[4096];
	FILE *out = create(name, path);

	fwrite(data, 1, size, out);
	finish(out, path);
}

/* As what stands between the braces of an array in C. */
static void write_c(const char *name, const uint8_t *data, uint64_t size)
{
	char path[4096];
	FILE *out = create(name, path);

	for (uint64_t i = 0; i < size; i++) {
		fprintf(out, "0x%02x,%c", data[i], i % LINE == LINE - 1 ? '\n' : ' ');
	}
	fputc('\n', out);
	finish(out, path);
}

static void write_pem(const char *name, X509 *cert)
{
	char path[4096];
	FILE *out = create(name, path);

	MUST(PEM_write_X509(out, cert));
	finish(out, path);
}

static X509 *new_certificate(const char *name, const char *issuer, EVP_PKEY *key)
{
	struct cert_spec spec = {"verismo emulator", name, issuer, time(0) - PAST, time(0) + LIFE};

	return certmake_new(&spec, key);
}

static void describe_chip(X509 *vcek)
{
	static const uint8_t tcb[8] = IDENTITY_TCB;

	certmake_add_number(vcek, "1", 0); /* structVersion */
	certmake_add_text(vcek, "2", IDENTITY_PRODUCT "-A0");
	for (uint32_t i = 0; i < sizeof(tcb); i++) {
		certmake_add_number(vcek, certmake_tcb[TCB_MILAN][i], tcb[i]);
	}
	certmake_add(vcek, "4", IDENTITY_CHIP_ID, sizeof(IDENTITY_CHIP_ID) - 1);
}

static void make_chain(struct chain *c)
{
	EVP_PKEY *ark_key = EVP_RSA_gen(RSA_BITS), *ask_key = EVP_RSA_gen(RSA_BITS);

	c->key = EVP_EC_gen("P-384");
	MUST(ark_key && ask_key && c->key);
	c->ark = new_certificate("ARK-" IDENTITY_PRODUCT, "ARK-" IDENTITY_PRODUCT, ark_key);
	certmake_add_ca(c->ark);
	certmake_sign(c->ark, ark_key, EVP_sha384(), 1);
	c->ask = new_certificate("SEV-" IDENTITY_PRODUCT, "ARK-" IDENTITY_PRODUCT, ask_key);
	certmake_add_ca(c->ask);
	certmake_sign(c->ask, ark_key, EVP_sha384(), 1);
	c->vcek = new_certificate("SEV-VCEK", "SEV-" IDENTITY_PRODUCT, c->key);
	describe_chip(c->vcek);
	certmake_sign(c->vcek, ask_key, EVP_sha384(), 1);
	EVP_PKEY_free(ark_key);
	EVP_PKEY_free(ask_key);
}

static void write_table(const struct chain *c)
{
	struct table_part part[] = {{GUID_VCEK, certmake_der(c->vcek)},
				    {GUID_ASK, certmake_der(c->ask)},
				    {GUID_ARK, certmake_der(c->ark)}};
	struct bytes table;

	certmake_table(part, 3, &table);
	write_bytes("certs.bin", table.data, table.size);
	write_c("certs.inc", table.data, table.size);
	free(table.data);
	for (uint32_t i = 0; i < 3; i++) {
		OPENSSL_free(part[i].content.data);
	}
}

static void write_key(const EVP_PKEY *key)
{
	uint8_t scalar[IDENTITY_KEY_SIZE];
	BIGNUM *number = 0;

	MUST(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number));
	MUST(BN_bn2binpad(number, scalar, sizeof(scalar)) == (int)sizeof(scalar));
	write_c("vcek_key.inc", scalar, sizeof(scalar));
	BN_clear_free(number);
}

int main(int argc, char **argv)
{
	struct chain c;

	if (argc != 2 || argv[1][0] == '-') {
		fputs("usage: chain FOLDER\n"
		      "Makes the emulated chip's key and certificates: ark.pem, ask.pem, vcek.pem, "
		      "certs.bin\n"
		      "(the table that the host hands out), and for C certs.inc, vcek_key.inc.\n",
		      argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
		return argc == 2 && !strcmp(argv[1], "--help") ? TOOL_OK : TOOL_USAGE;
	}
	folder = argv[1];
	if (isatty(STDERR_FILENO)) {
		fputs("chain: making RSA keys of 4096 bits, some seconds\n", stderr);
	}
	make_chain(&c);
	write_pem("ark.pem", c.ark);
	write_pem("ask.pem", c.ask);
	write_pem("vcek.pem", c.vcek);
	write_table(&c);
	write_key(c.key);
	X509_free(c.ark);
	X509_free(c.ask);
	X509_free(c.vcek);
	EVP_PKEY_free(c.key);
	return TOOL_OK;
}
