/*
 * ct_crypto secrets: runs every function of crypto that sees a secret under valgrind, with the
 *   secret's bytes marked undefined: a branch or an address that depends on one is an error there. The
 *   objects are the freestanding ones. Public are sizes and the verdict on a tag, nothing else.
 * ct_crypto stack: runs each twice, on a cleared stack of its own, with different secrets: a byte of
 *   the stack that differs afterwards depends on the secret and was not wiped.
 * Source of the method: A. Langley, "Checking that functions are constant time with Valgrind", 2010.
 * Exit codes: 0 good, 1 a secret shows, 2 usage.
 */
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <valgrind/memcheck.h>
#include "crypto/crypto.h"

#define DATA_BYTES  300U
#define STACK_BYTES 65536U

/* All that a run works on. key and data are the secret. */
struct work {
	uint8_t key[200], data[DATA_BYTES];
	uint8_t iv[CRYPTO_GCM_IV], tag[CRYPTO_GCM_TAG], out[DATA_BYTES];
	int opened;
};
static struct work work;

/* ---- The tag's verdict is public: this stands between crypto_gcm_open and the comparison ---- */

int __real_crypto_differs(const uint8_t *a, const uint8_t *b, uint32_t size);
int __wrap_crypto_differs(const uint8_t *a, const uint8_t *b, uint32_t size);

int __wrap_crypto_differs(const uint8_t *a, const uint8_t *b, uint32_t size)
{
	int differs = __real_crypto_differs(a, b, size) != 0;

	VALGRIND_MAKE_MEM_DEFINED(&differs, sizeof(differs));
	return differs;
}

/* ---- What is run ---- */

static void run_hash(uint32_t size)
{
	struct crypto_hash h;

	crypto_hash_init(&h, size);
	crypto_hash_update(&h, work.data, DATA_BYTES);
	crypto_hash_final(&h, work.out);
}

static void run_hmac(uint32_t size, uint32_t key_size)
{
	struct crypto_hmac h;

	crypto_hmac_init(&h, size, work.key, key_size);
	crypto_hmac_update(&h, work.data, DATA_BYTES);
	crypto_hmac_final(&h, work.out);
}

static void run_sha384(void)
{
	run_hash(CRYPTO_SHA384);
}

static void run_sha512(void)
{
	run_hash(CRYPTO_SHA512);
}

static void run_hmac_short(void)
{
	run_hmac(CRYPTO_SHA384, 48);
}

static void run_hmac_long(void)
{
	run_hmac(CRYPTO_SHA512, sizeof(work.key));
}

static void run_extract(void)
{
	crypto_hkdf_extract(CRYPTO_SHA384, work.key, 48, work.data, DATA_BYTES, work.out);
}

static void run_expand(void)
{
	crypto_hkdf_expand(CRYPTO_SHA384, work.key, work.iv, sizeof(work.iv), work.out, DATA_BYTES);
}

static void run_seal(void)
{
	crypto_gcm_seal(work.key, work.iv, work.iv, sizeof(work.iv), work.data, DATA_BYTES,
			work.tag);
}

static void run_open(void)
{
	work.opened = crypto_gcm_open(work.key, work.iv, work.iv, sizeof(work.iv), work.data,
				      DATA_BYTES, work.tag);
}

/* Sealed before, so that the tag is right. */
static void run_open_right(void)
{
	run_seal();
	run_open();
}

static void run_differs(void)
{
	work.out[0] = crypto_differs(work.key, work.data, sizeof(work.key)) != 0;
}

static void run_wipe(void)
{
	crypto_wipe(work.data, DATA_BYTES);
}

struct run {
	const char *name;
	void (*function)(void);
	int opened; /* what crypto_gcm_open must have said */
};
static const struct run runs[] = {
	{"crypto_hash, SHA-384", run_sha384, 0},
	{"crypto_hash, SHA-512", run_sha512, 0},
	{"crypto_hmac, a key of 48 bytes", run_hmac_short, 0},
	{"crypto_hmac, a key of 200 bytes", run_hmac_long, 0},
	{"crypto_hkdf_extract", run_extract, 0},
	{"crypto_hkdf_expand", run_expand, 0},
	{"crypto_gcm_seal", run_seal, 0},
	{"crypto_gcm_open, the tag wrong", run_open, 0},
	{"crypto_gcm_open, the tag right", run_open_right, 1},
	{"crypto_differs", run_differs, 0},
	{"crypto_wipe", run_wipe, 0},
};
#define RUNS (sizeof(runs) / sizeof(runs[0]))

/* ---- The two questions ---- */

/* Secrets of one kind; everything else is 0. */
static void prepare(uint8_t secret)
{
	memset(&work, 0, sizeof(work));
	memset(work.key, secret, sizeof(work.key));
	memset(work.data, secret ^ 0xff, sizeof(work.data));
}

/* Does a branch or an address of the run depend on the secret? */
static int shows_in_time(const struct run *r)
{
	unsigned before = VALGRIND_COUNT_ERRORS;

	prepare(0x5a);
	VALGRIND_MAKE_MEM_UNDEFINED(work.key, sizeof(work.key));
	VALGRIND_MAKE_MEM_UNDEFINED(work.data, sizeof(work.data));
	r->function();
	return VALGRIND_COUNT_ERRORS != before;
}

static uint8_t stacks[2][STACK_BYTES], stack[STACK_BYTES];
static ucontext_t here, there;
static void (*started)(void);

static void start(void)
{
	started();
}

/* Leaves in to what the run left on its stack. */
static void run_on_stack(const struct run *r, uint8_t secret, uint8_t *to)
{
	prepare(secret);
	memset(stack, 0, sizeof(stack));
	started = r->function;
	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = &here;
	makecontext(&there, start, 0);
	swapcontext(&here, &there);
	memcpy(to, stack, sizeof(stack));
}

/* How many bytes of the stack depend on the secret? */
static int shows_on_stack(const struct run *r)
{
	int differ = 0;
	uint32_t i;

	run_on_stack(r, 0x5a, stacks[0]);
	run_on_stack(r, 0xc3, stacks[1]);
	for (i = 0; i < STACK_BYTES; i++) {
		differ += stacks[0][i] != stacks[1][i];
	}
	return differ;
}

int main(int argc, char **argv)
{
	int (*shows)(const struct run *) = NULL;
	uint32_t i, failed = 0;

	if (argc == 2 && strcmp(argv[1], "secrets") == 0 && RUNNING_ON_VALGRIND) {
		shows = shows_in_time;
	} else if (argc == 2 && strcmp(argv[1], "stack") == 0) {
		shows = shows_on_stack;
	} else {
		fprintf(stderr, "usage: valgrind ct_crypto secrets; or: ct_crypto stack\n");
		return 2;
	}
	for (i = 0; i < RUNS; i++) {
		int found = shows(&runs[i]);

		if (work.opened != runs[i].opened) {
			printf("%s: the verdict on the tag is wrong\n", runs[i].name);
			found = 1;
		}
		printf("%s %s, %s\n", found ? "FAILED" : "ok    ", argv[1], runs[i].name);
		failed += found != 0;
	}
	printf("%u passed, %u failed\n", (unsigned)RUNS - failed, failed);
	return failed != 0;
}
