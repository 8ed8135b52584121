/* The list of checks, and the verdict as text and as JSON. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verify.h"

#define ABI	 "AMD 56860, 7.3"
#define VEK_DOC	 "AMD 57230"
#define PROTOCOL "docs/verismo-protocol.md"

static const struct {
	const char *name, *field, *source;
} about[CHECKS] = {
#define ABOUT_REGISTER(n) [CHECK_REGISTER + n] = {"register-" #n, "register " #n, PROTOCOL}
	[CHECK_FORMAT] = {"format", "VERSION, SIGNATURE_ALGO, reserved fields", ABI},
	[CHECK_ROOT] = {"root", "ARK", VEK_DOC},
	[CHECK_ARK] = {"ark", "ARK", VEK_DOC},
	[CHECK_ASK] = {"ask", "ASK or ASVK", VEK_DOC},
	[CHECK_VEK] = {"vek", "VCEK or VLEK", VEK_DOC},
	[CHECK_KEY] = {"key", "SIGNING_KEY", ABI},
	[CHECK_SIGNATURE] = {"signature", "SIGNATURE", ABI},
	[CHECK_DATES] = {"dates", "notBefore, notAfter", "RFC 5280, 4.1.2.5"},
	[CHECK_PRODUCT] = {"product", "CPUID_FAM_ID, CPUID_MOD_ID; productName", ABI "; " VEK_DOC},
	[CHECK_TCB] = {"tcb", "REPORTED_TCB; SPLs", "AMD 56860, 2.2; " VEK_DOC},
	[CHECK_CHIP_ID] = {"chip-id", "CHIP_ID; hwID", ABI "; " VEK_DOC},
	[CHECK_VMPL] = {"vmpl", "VMPL", ABI},
	[CHECK_POLICY] = {"policy", "POLICY", "AMD 56860, 4.3"},
	[CHECK_PLATFORM] = {"platform", "PLATFORM_INFO", ABI},
	[CHECK_MIN_TCB] = {"min-tcb", "REPORTED_TCB, COMMITTED_TCB", "AMD 56860, 2.2"},
	[CHECK_GUEST_SVN] = {"guest-svn", "GUEST_SVN", ABI},
	[CHECK_MEASUREMENT] = {"measurement", "MEASUREMENT", ABI},
	[CHECK_REPORT_DATA] = {"report-data", "REPORT_DATA", ABI "; AMD 58019, 7"},
	[CHECK_HOST_DATA] = {"host-data", "HOST_DATA", ABI},
	[CHECK_FAMILY_ID] = {"family-id", "FAMILY_ID", ABI},
	[CHECK_IMAGE_ID] = {"image-id", "IMAGE_ID", ABI},
	[CHECK_ID_KEY] = {"id-key-digest", "ID_KEY_DIGEST", ABI},
	[CHECK_AUTHOR_KEY] = {"author-key-digest", "AUTHOR_KEY_DIGEST", ABI},
	[CHECK_QUOTE] = {"quote", "manifest", PROTOCOL},
	[CHECK_LOCK] = {"lock", "flags", PROTOCOL},
	[CHECK_LOCK_LIST] = {"lock-list", "digest of the list", PROTOCOL},
	ABOUT_REGISTER(0),
	ABOUT_REGISTER(1),
	ABOUT_REGISTER(2),
	ABOUT_REGISTER(3),
	ABOUT_REGISTER(4),
	ABOUT_REGISTER(5),
	ABOUT_REGISTER(6),
	ABOUT_REGISTER(7),
	ABOUT_REGISTER(8),
	ABOUT_REGISTER(9),
	ABOUT_REGISTER(10),
	ABOUT_REGISTER(11),
	ABOUT_REGISTER(12),
	ABOUT_REGISTER(13),
	ABOUT_REGISTER(14),
	ABOUT_REGISTER(15),
	ABOUT_REGISTER(16),
	ABOUT_REGISTER(17),
	ABOUT_REGISTER(18),
	ABOUT_REGISTER(19),
	ABOUT_REGISTER(20),
	ABOUT_REGISTER(21),
	ABOUT_REGISTER(22),
	ABOUT_REGISTER(23),
};
static const struct {
	const char *json, *text, *colour;
} results[] = {
	[RESULT_OK] = {"ok", "ok  ", "\033[32m"},
	[RESULT_FAIL] = {"fail", "FAIL", "\033[31m"},
	[RESULT_SHOWN] = {"shown", "--  ", ""},
	[RESULT_UNVERIFIED] = {"unverified", "?   ", "\033[33m"},
};

const char *check_name(enum check_id id)
{
	return about[id].name;
}

void verdict_add(struct verdict *verdict, enum check_id id, enum check_result result,
		 const char *format, ...)
{
	struct check *check;
	va_list args;

	if (verdict->count == CHECKS) {
		abort(); /* each check is added once */
	}
	check = &verdict->check[verdict->count++];
	check->id = id;
	check->result = result;
	va_start(args, format);
	vsnprintf(check->detail, DETAIL_SIZE, format, args);
	va_end(args);
	verdict->failed += result == RESULT_FAIL;
	verdict->unverified += result == RESULT_UNVERIFIED;
	verdict->judged += result == RESULT_OK || result == RESULT_FAIL;
}

void verdict_judge(struct verdict *verdict, enum check_id id, enum check_result result,
		   const char *value, const char *why)
{
	if (!verdict->authentic) {
		verdict_add(verdict, id, RESULT_UNVERIFIED, "%s (unverified)", value);
	} else {
		verdict_add(verdict, id, result, "%s%s%s", value, why ? ": " : "", why ? why : "");
		verdict->check[verdict->count - 1].open = result == RESULT_SHOWN && why;
	}
}

static void print_fields(const struct verdict *verdict, const struct snp_report *report,
			 enum tcb_layout layout)
{
	char text[REPORT_TEXT];

	printf("fields of the report%s:\n", verdict->authentic ? "" : " (all unverified)");
	for (uint32_t i = 0; i < report_field_count; i++) {
		if (report->version >= report_fields[i].since) {
			report_field_text(report, layout, &report_fields[i], text);
			printf("  %-18s %s\n", report_fields[i].name, text);
		}
	}
}

static int print_end(const struct verdict *verdict)
{
	const char *before = "; not compared: ";

	if (verdict->failed) {
		printf("verdict: NOT good: %u of %u checks failed", verdict->failed,
		       verdict->judged);
		if (verdict->unverified) {
			printf(", and %u values are unverified", verdict->unverified);
		}
		putchar('\n');
		return TOOL_NEGATIVE;
	}
	printf("verdict: the report is good (%u checks", verdict->judged);
	for (uint32_t i = 0; i < verdict->count; i++) {
		if (verdict->check[i].open) {
			printf("%s%s", before, check_name(verdict->check[i].id));
			before = ", ";
		}
	}
	printf(")\n");
	return TOOL_OK;
}

int verdict_print(const struct verdict *verdict, const struct snp_report *report,
		  enum tcb_layout layout, int fields)
{
	int colours = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	for (uint32_t i = 0; i < verdict->count; i++) {
		const struct check *check = &verdict->check[i];

		printf("%s%s%s %s: %s", colours ? results[check->result].colour : "",
		       results[check->result].text, colours ? "\033[0m" : "", about[check->id].name,
		       check->detail);
		if (check->result == RESULT_FAIL) {
			printf(" [%s; %s]", about[check->id].field, about[check->id].source);
		}
		putchar('\n');
	}
	if (fields) {
		print_fields(verdict, report, layout);
	}
	return print_end(verdict);
}

static void json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\') {
			printf("\\%c", *text);
		} else if ((unsigned char)*text < ' ') {
			printf("\\u%04x", *text);
		} else {
			putchar(*text);
		}
	}
	putchar('"');
}

static void json_member(const char *before, const char *name, const char *value)
{
	printf("%s\"%s\": ", before, name);
	json_string(value);
}

static void json_quote(const struct quote *quote)
{
	char text[2 * DIGEST_SIZE + 1];

	if (!quote) {
		printf("\"quote\": null,\n");
		return;
	}
	hex_encode(quote->list, DIGEST_SIZE, text);
	printf("\"quote\": {\"locked\": %s, \"entries\": %u, \"frames\": %llu, \"list\": \"%s\",\n"
	       "\"registers\": [",
	       quote->locked ? "true" : "false", quote->entries, (unsigned long long)quote->frames,
	       text);
	for (uint32_t i = 0; i < REGISTERS; i++) {
		hex_encode(quote->reg[i], DIGEST_SIZE, text);
		printf("%s\"%s\"", i ? ",\n" : "", text);
	}
	printf("]},\n");
}

static void json_fields(const struct snp_report *report, enum tcb_layout layout)
{
	const char *before = "";
	char text[REPORT_TEXT];

	printf("\"report\": {");
	for (uint32_t i = 0; i < report_field_count; i++) {
		if (report->version >= report_fields[i].since) {
			report_field_text(report, layout, &report_fields[i], text);
			json_member(before, report_fields[i].name, text);
			before = ", ";
		}
	}
	printf("}}\n");
}

int verdict_print_json(const struct verdict *verdict, const struct snp_report *report,
		       enum tcb_layout layout)
{
	json_member("{", "verdict", verdict->failed ? "not good" : "good");
	printf(", \"authentic\": %s, \"judged\": %u, \"failed\": %u, \"unverified\": %u,\n"
	       "\"checks\": [",
	       verdict->authentic ? "true" : "false", verdict->judged, verdict->failed,
	       verdict->unverified);
	for (uint32_t i = 0; i < verdict->count; i++) {
		const struct check *check = &verdict->check[i];

		json_member(i ? ",\n{" : "\n{", "name", about[check->id].name);
		json_member(", ", "result", results[check->result].json);
		json_member(", ", "field", about[check->id].field);
		json_member(", ", "source", about[check->id].source);
		json_member(", ", "detail", check->detail);
		putchar('}');
	}
	printf("],\n");
	json_quote(verdict->quote);
	json_fields(report, layout);
	return verdict->failed ? TOOL_NEGATIVE : TOOL_OK;
}
