/* verify_make FOLDER: writes a good report and its certificates, for tests/system/verify. */
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/verify_fixture.h"

static const uint8_t nonce[64] = "a nonce of the person who asks";
static const char manifest[] = "a services manifest";

static char *path_of(const char *folder, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *folder, const char *name, const void *data, uint64_t size)
{
	struct bytes content = {(uint8_t *)data, size};

	if (file_replace(path_of(folder, name), &content)) {
		exit(1);
	}
}

static void write_pem(const char *folder, const char *name, X509 *first, X509 *second)
{
	FILE *out = fopen(path_of(folder, name), "w");

	if (!out || !PEM_write_X509(out, first) || (second && !PEM_write_X509(out, second)) ||
	    fclose(out)) {
		fprintf(stderr, "verify_make: %s cannot be written\n", name);
		exit(1);
	}
}

static void write_chain(const char *folder, const struct fixture *f)
{
	uint8_t *der = 0;
	int size = i2d_X509(f->vek, &der);
	struct bytes table;

	write_file(folder, "vcek.der", der, (uint64_t)size);
	OPENSSL_free(der);
	write_pem(folder, "ark.pem", f->ark, 0);
	write_pem(folder, "ask.pem", f->ask, 0);
	write_pem(folder, "vcek.pem", f->vek, 0);
	write_pem(folder, "chain.pem", f->ask, f->ark);
	fixture_table(f, &table);
	write_file(folder, "table.bin", table.data, table.size);
	free(table.data);
}

/* A quote of an unlocked guest, register n filled with n; and the report that binds it. */
static void write_quote(const char *folder, struct fixture *f)
{
	static uint8_t both[sizeof(nonce) + QUOTE_SIZE];
	uint8_t *quote = both + sizeof(nonce);
	uint64_t magic = QUOTE_MAGIC;

	memcpy(both, nonce, sizeof(nonce));
	memcpy(quote, &magic, sizeof(magic));
	quote[QUOTE_VERSION_AT] = QUOTE_VERSION;
	quote[QUOTE_COUNT_AT] = REGISTERS;
	for (uint32_t i = 0; i < READ_SIZE; i++) {
		quote[QUOTE_REGISTERS_AT + i] = (uint8_t)(i / DIGEST_SIZE);
	}
	SHA512(both, sizeof(both), f->report.report_data);
	fixture_sign(f);
	write_file(folder, "quote", quote, QUOTE_SIZE);
	write_file(folder, "quote.bin", &f->report, sizeof(f->report));
}

int main(int argc, char **argv)
{
	static const struct shape shape = {.product = "Emulated", .version = 3};
	static const struct shape other = {
		.product = "Emulated", .version = 3, .flaw = FLAW_OTHER_CHAIN};
	uint8_t both[sizeof(nonce) + sizeof(manifest) - 1];
	struct fixture f;

	if (argc != 2) {
		fputs("usage: verify_make FOLDER\n", stderr);
		return 2;
	}
	fixture_make(&f, &other);
	write_pem(argv[1], "other.pem", f.ask, f.ark);
	write_pem(argv[1], "other-ark.pem", f.ark, 0);
	fixture_free(&f);

	fixture_make(&f, &shape);
	memcpy(both, nonce, sizeof(nonce));
	memcpy(both + sizeof(nonce), manifest, sizeof(manifest) - 1);
	SHA512(both, sizeof(both), f.report.report_data);
	fixture_sign(&f);
	write_chain(argv[1], &f);
	write_file(argv[1], "report.bin", &f.report, sizeof(f.report));
	write_file(argv[1], "nonce", nonce, sizeof(nonce));
	write_file(argv[1], "manifest", manifest, sizeof(manifest) - 1);
	write_quote(argv[1], &f);
	f.report.policy |= POLICY_DEBUG;
	fixture_sign(&f);
	write_file(argv[1], "debug.bin", &f.report, sizeof(f.report));
	fixture_free(&f);
	fixture_end();
	return 0;
}
