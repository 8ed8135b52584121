/*
 * The quote of the VeriSMo protocol (docs/verismo-protocol.md): a manifest with the measurement registers and
 * the lock, bare or in a services manifest (AMD 58019, 7). It is believed if REPORT_DATA of an authentic
 * report binds it and VMPL0 asked for that report: every level can get a report of its own.
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

#define GUID_SIZE      16U
#define TABLE_SIZE     24U /* header: GUID, u32 bytes in all, u32 services */
#define ENTRY_SIZE     24U /* GUID, u32 offset, u32 bytes */
#define FLAG_LOCKED    1U
#define LIST_LIMIT     4096UL	   /* bytes */
#define MEASURED_LIMIT (1UL << 30) /* bytes */

/* 63849ebb-3d92-4670-a1ff-58f9c94b87bb, as EFI has it */
static const uint8_t table_guid[GUID_SIZE] = {0xbb, 0x9e, 0x84, 0x63, 0x92, 0x3d, 0x70, 0x46,
					      0xa1, 0xff, 0x58, 0xf9, 0xc9, 0x4b, 0x87, 0xbb};

static uint32_t get32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t get64(const uint8_t *at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static int is_zero(const uint8_t *data, uint32_t size)
{
	return bytes_are_zero(data, size);
}

/* ---- the manifest ---- */

static int is_quote_guid(const uint8_t *guid)
{
	return get64(guid) == QUOTE_GUID_LOW && get64(guid + 8) == QUOTE_GUID_HIGH;
}

/* The one quote in a services manifest; 0 with why. */
static const uint8_t *find_service(const struct bytes *manifest, const char **why)
{
	const uint8_t *found = 0, *entry = manifest->data + TABLE_SIZE;
	uint64_t count = get32(manifest->data + 20);

	*why = "the services manifest is malformed";
	if (get32(manifest->data + 16) != manifest->size ||
	    count > (manifest->size - TABLE_SIZE) / ENTRY_SIZE) {
		return 0;
	}
	for (uint64_t i = 0; i < count; i++, entry += ENTRY_SIZE) {
		uint64_t offset = get32(entry + GUID_SIZE), size = get32(entry + GUID_SIZE + 4);

		if (offset + size > manifest->size || (is_quote_guid(entry) && found)) {
			return 0;
		}
		if (is_quote_guid(entry) && size != QUOTE_SIZE) {
			return 0;
		}
		if (is_quote_guid(entry)) {
			found = manifest->data + offset;
		}
	}
	*why = found ? 0 : "no quote is among the services of the manifest";
	return found;
}

static const uint8_t *find_quote(const struct bytes *manifest, const char **why)
{
	if (manifest->size >= TABLE_SIZE && !memcmp(manifest->data, table_guid, GUID_SIZE)) {
		return find_service(manifest, why);
	}
	if (manifest->size == QUOTE_SIZE) {
		*why = 0;
		return manifest->data;
	}
	*why = "the manifest is no quote";
	return 0;
}

static void copy_quote(const uint8_t *at, struct quote *quote)
{
	quote->locked = (get32(at + QUOTE_FLAGS_AT) & FLAG_LOCKED) != 0;
	quote->entries = get32(at + QUOTE_ENTRIES_AT);
	quote->frames = get64(at + QUOTE_FRAMES_AT);
	memcpy(quote->list, at + QUOTE_LIST_AT, DIGEST_SIZE);
	memcpy(quote->reg, at + QUOTE_REGISTERS_AT, READ_SIZE);
}

const char *quote_parse(const struct bytes *manifest, struct quote *quote)
{
	const char *why;
	const uint8_t *at = find_quote(manifest, &why);

	memset(quote, 0, sizeof(*quote));
	if (!at) {
		return why;
	}
	if (get64(at) != QUOTE_MAGIC) {
		return "the manifest is no quote";
	}
	if (get32(at + QUOTE_VERSION_AT) != QUOTE_VERSION) {
		return "a quote of an unknown version";
	}
	if (get32(at + QUOTE_COUNT_AT) != REGISTERS || get32(at + QUOTE_FLAGS_AT) & ~FLAG_LOCKED) {
		return "the quote is malformed";
	}
	copy_quote(at, quote);
	if (!quote->locked &&
	    (quote->entries || quote->frames || !is_zero(quote->list, DIGEST_SIZE))) {
		return "the quote names a list, and that nothing is locked";
	}
	return 0;
}

/* ---- what files and words say that a register must be ---- */

/* What the launch makes of a register: SHA-384(48 zeros || SHA-384(content)). */
static void expect_launch(struct verify_spec *spec, uint32_t number, const void *data,
			  uint64_t size)
{
	uint8_t both[2 * DIGEST_SIZE] = {0};

	SHA384(data, size, both + DIGEST_SIZE);
	SHA384(both, sizeof(both), spec->reg[number]);
}

static int expect_file(struct verify_spec *spec, uint32_t number, const char *path)
{
	struct bytes content;
	int code = path ? file_read(path, MEASURED_LIMIT, &content) : TOOL_OK;

	if (path && !code) {
		expect_launch(spec, number, content.data, content.size);
		free(content.data);
	}
	return code;
}

/* The list as LOCKED returns it; what is behind its entries is not looked at. */
static int expect_list(struct verify_spec *spec)
{
	struct bytes content;
	uint64_t size;
	int code = file_read(spec->lock_list, LIST_LIMIT, &content);

	if (code) {
		return code;
	}
	size = content.size < LOCK_ENTRIES
		       ? 0
		       : LOCK_ENTRIES + LOCK_ENTRY_SIZE *
						(content.data[0] | (uint64_t)content.data[1] << 8);
	if (!size || size > content.size) {
		code = tool_error(TOOL_BAD_FILE, "%s: not a lock's list", spec->lock_list);
	} else {
		SHA384(content.data, size, spec->list);
	}
	free(content.data);
	return code;
}

int quote_files(struct verify_spec *spec)
{
	int code = expect_file(spec, REGISTER_KERNEL, spec->kernel);

	if (!code) {
		code = expect_file(spec, REGISTER_INITRD, spec->initrd);
	}
	if (!code && spec->cmdline) {
		expect_launch(spec, REGISTER_CMDLINE, spec->cmdline, strlen(spec->cmdline));
	}
	return !code && spec->lock_list ? expect_list(spec) : code;
}

/* ---- checks ---- */

/* Values are believed after this one, or shown as unverified: 1 if they are to be compared. */
static int check_form(const struct snp_report *report, const struct quote *quote, const char *why,
		      int bound, struct verdict *verdict)
{
	const char *value = "24 registers and the lock";
	char level[96];

	snprintf(level, sizeof(level),
		 "the report was asked for at VMPL%u, not by the module at VMPL0", report->vmpl);
	if (why) {
		verdict_judge(verdict, CHECK_QUOTE, RESULT_FAIL, "none", why);
	} else if (!bound || !verdict->authentic) {
		verdict_add(verdict, CHECK_QUOTE, RESULT_UNVERIFIED,
			    "%s: REPORT_DATA does not bind them (unverified)", value);
	} else if (report->vmpl) {
		verdict_judge(verdict, CHECK_QUOTE, RESULT_FAIL, value, level);
	} else {
		verdict_judge(verdict, CHECK_QUOTE, RESULT_OK, value, 0);
		verdict->quote = quote;
	}
	return verdict->quote != 0;
}

static void judge(struct verdict *verdict, enum check_id id, enum check_result result,
		  const char *value, const char *why)
{
	if (verdict->quote) {
		verdict_judge(verdict, id, result, value, why);
	} else {
		verdict_add(verdict, id, RESULT_UNVERIFIED, "%s (unverified)", value);
	}
}

static void check_lock(const struct verify_spec *spec, const struct quote *quote,
		       struct verdict *verdict)
{
	char value[96] = "not locked";

	if (quote->locked) {
		snprintf(value, sizeof(value), "locked, %u ranges, %llu pages", quote->entries,
			 (unsigned long long)quote->frames);
	}
	if (!spec->locked) {
		judge(verdict, CHECK_LOCK, RESULT_SHOWN, value, "not compared (--locked)");
	} else if (quote->locked) {
		judge(verdict, CHECK_LOCK, RESULT_OK, value, 0);
	} else {
		judge(verdict, CHECK_LOCK, RESULT_FAIL, value, "the kernel must be locked");
	}
}

/* Compares a digest with the one that is expected, if any; an unexpected one that is not zero is shown. */
static void check_digest(enum check_id id, const uint8_t *digest, const uint8_t *expected,
			 const char *option, struct verdict *verdict)
{
	char value[2 * DIGEST_SIZE + 1], other[2 * DIGEST_SIZE + 1], why[160];

	hex_encode(digest, DIGEST_SIZE, value);
	snprintf(why, sizeof(why), "not compared (%s)", option);
	if (!expected) {
		if (!is_zero(digest, DIGEST_SIZE)) {
			judge(verdict, id, RESULT_SHOWN, value, why);
		}
		return;
	}
	hex_encode(expected, DIGEST_SIZE, other);
	snprintf(why, sizeof(why), "%s is expected", other);
	if (memcmp(digest, expected, DIGEST_SIZE)) {
		judge(verdict, id, RESULT_FAIL, value, why);
	} else {
		judge(verdict, id, RESULT_OK, value, 0);
	}
}

static int is_bound(const struct verdict *verdict)
{
	for (uint32_t i = 0; i < verdict->count; i++) {
		if (verdict->check[i].id == CHECK_REPORT_DATA) {
			return verdict->check[i].result == RESULT_OK;
		}
	}
	return 0;
}

void check_quote(const struct snp_report *report, const struct verify_spec *spec,
		 struct verdict *verdict)
{
	static const char *const options[REGISTERS] = {
		"--kernel, --register", "--initrd, --register", "--cmdline, --register"};

	if (!spec->manifest || (spec->quote_why && !spec->quote_asked)) {
		return; /* another manifest, and nobody asks about a quote */
	}
	check_form(report, &spec->quote, spec->quote_why, is_bound(verdict), verdict);
	if (spec->quote_why) {
		return;
	}
	check_lock(spec, &spec->quote, verdict);
	check_digest(CHECK_LOCK_LIST, spec->quote.list, spec->lock_list ? spec->list : 0,
		     "--lock-list", verdict);
	for (uint32_t i = 0; i < REGISTERS; i++) {
		check_digest(CHECK_REGISTER + i, spec->quote.reg[i],
			     spec->reg_given[i] ? spec->reg[i] : 0,
			     options[i] ? options[i] : "--register", verdict);
	}
}
