/* The checks of the report's format and of its fields against what the caller asks; all checks in order. */
#include <stdio.h>
#include <string.h>

#include "verify.h"

#define VMPL_MAX  3U
#define FIELD(id) (const uint8_t *)report + expect_fields[id].offset

#define EXPECT(option, check, member)                                                              \
	{                                                                                          \
		option, check, offsetof(struct snp_report, member),                                \
			sizeof(((struct snp_report *)0)->member)                                   \
	}
const struct expect_field expect_fields[EXPECTS] = {
	[EXPECT_MEASUREMENT] = EXPECT("measurement", CHECK_MEASUREMENT, measurement),
	[EXPECT_REPORT_DATA] = EXPECT("report-data", CHECK_REPORT_DATA, report_data),
	[EXPECT_HOST_DATA] = EXPECT("host-data", CHECK_HOST_DATA, host_data),
	[EXPECT_FAMILY_ID] = EXPECT("family-id", CHECK_FAMILY_ID, family_id),
	[EXPECT_IMAGE_ID] = EXPECT("image-id", CHECK_IMAGE_ID, image_id),
	[EXPECT_ID_KEY] = EXPECT("id-key-digest", CHECK_ID_KEY, id_key_digest),
	[EXPECT_AUTHOR_KEY] = EXPECT("author-key-digest", CHECK_AUTHOR_KEY, author_key_digest),
};

void check_format(const struct snp_report *report, struct verdict *verdict)
{
	const char *reserved = report_reserved(report);

	if (report->signature_algo != REPORT_ALGO_P384) {
		verdict_add(verdict, CHECK_FORMAT, RESULT_FAIL,
			    "SIGNATURE_ALGO is %u, not 1 (ECDSA P-384 with SHA-384)",
			    report->signature_algo);
	} else if (reserved) {
		verdict_add(verdict, CHECK_FORMAT, RESULT_FAIL,
			    "version %u, but reserved and not zero: %s", report->version, reserved);
	} else {
		verdict_add(verdict, CHECK_FORMAT, RESULT_OK,
			    "a report of version %u, reserved fields are zero", report->version);
	}
}

/* ---- firmware versions ---- */

static void check_min_tcb(const struct snp_report *report, const struct chain *chain,
			  const struct verify_spec *spec, struct verdict *verdict)
{
	enum tcb_layout layout = chain_layout(chain, report);
	char reported[REPORT_TEXT], committed[REPORT_TEXT], value[2 * REPORT_TEXT + 32];
	char why[REPORT_TEXT] = "";
	int asked = 0;

	for (enum tcb_part part = 0; part < TCB_PARTS; part++) {
		int low = tcb_svn(layout, report->reported_tcb, part);
		int other = tcb_svn(layout, report->committed_tcb, part);

		low = other < low ? other : low;
		if (spec->min_tcb[part] >= 0) {
			asked = 1;
			if (low < 0) {
				snprintf(why, sizeof(why), "this processor has no %s version",
					 tcb_part_name[part]);
			} else if (low < spec->min_tcb[part]) {
				snprintf(why, sizeof(why), "%s %d is below the minimum %d",
					 tcb_part_name[part], low, spec->min_tcb[part]);
			}
		}
	}
	if (asked) {
		tcb_text(layout, report->reported_tcb, reported);
		tcb_text(layout, report->committed_tcb, committed);
		snprintf(value, sizeof(value), "reported %s; committed %s", reported, committed);
		verdict_judge(verdict, CHECK_MIN_TCB, *why ? RESULT_FAIL : RESULT_OK, value,
			      *why ? why : 0);
	}
}

/* ---- levels, policy, platform ---- */

static void check_vmpl(const struct snp_report *report, const struct verify_spec *spec,
		       struct verdict *verdict)
{
	enum check_result result = RESULT_OK;
	char value[32], why[64] = "";

	snprintf(value, sizeof(value), "VMPL%u", report->vmpl);
	if (report->vmpl > VMPL_MAX) {
		snprintf(value, sizeof(value), "0x%x", report->vmpl);
		snprintf(why, sizeof(why), "no level of the guest asked for this report");
		result = RESULT_FAIL;
	} else if (spec->vmpl < 0) {
		snprintf(why, sizeof(why), "not compared (--vmpl)");
		result = RESULT_SHOWN;
	} else if (report->vmpl != (uint64_t)spec->vmpl) {
		snprintf(why, sizeof(why), "VMPL%u is expected", (uint32_t)spec->vmpl);
		result = RESULT_FAIL;
	}
	verdict_judge(verdict, CHECK_VMPL, result, value, *why ? why : 0);
}

static const char *policy_name(uint32_t bit)
{
	for (uint32_t i = 0; i < POLICY_BITS; i++) {
		if (policy_bits[i].bit == bit) {
			return policy_bits[i].name;
		}
	}
	return 0;
}

/* "debug, bit 40": at most size bytes. */
static void bits_text(uint64_t bits, char *text, uint32_t size)
{
	uint32_t used = 0;

	text[0] = 0;
	for (uint32_t bit = 16; bit < 64; bit++) {
		const char *name = policy_name(bit);

		if (bits >> bit & 1 && used < size) {
			used += (uint32_t)snprintf(text + used, size - used,
						   name ? "%s%s" : "%sbit %.0s%u", used ? ", " : "",
						   name ? name : "", bit);
		}
	}
}

static uint64_t known_bits(void)
{
	uint64_t known = 0xffff | POLICY_MUST;

	for (uint32_t i = 0; i < POLICY_BITS; i++) {
		known |= 1UL << policy_bits[i].bit;
	}
	return known;
}

static void check_policy(const struct snp_report *report, const struct verify_spec *spec,
			 struct verdict *verdict)
{
	uint64_t policy = report->policy, refused;
	char set[256], names[256], value[300], why[320] = "";

	bits_text(policy & ~POLICY_MUST, set, sizeof(set));
	snprintf(value, sizeof(value), "0x%llx (%s)", (unsigned long long)policy,
		 *set ? set : "no bit of choice");
	refused = policy & (spec->forbid | ((POLICY_DEBUG | POLICY_MIGRATION) & ~spec->allow));
	bits_text(refused, names, sizeof(names));
	if (!(policy & POLICY_MUST)) {
		snprintf(why, sizeof(why), "bit 17 must be 1");
	} else if (refused & POLICY_DEBUG & ~spec->forbid) {
		snprintf(why, sizeof(why),
			 "debugging is allowed: the host may read and write the guest's memory");
	} else if (refused) {
		snprintf(why, sizeof(why), "not allowed: %s", names);
	} else if (spec->require & ~policy) {
		bits_text(spec->require & ~policy, names, sizeof(names));
		snprintf(why, sizeof(why), "required and not set: %s", names);
	} else if (policy & ~known_bits() & ~spec->require) {
		bits_text(policy & ~known_bits() & ~spec->require, names, sizeof(names));
		snprintf(why, sizeof(why), "of unknown meaning: %s", names);
	}
	verdict_judge(verdict, CHECK_POLICY, *why ? RESULT_FAIL : RESULT_OK, value, *why ? why : 0);
}

/* What the machine has switched on; nobody is asked. */
static void show_platform(const struct snp_report *report, struct verdict *verdict)
{
	static const char *const names[] = {
		"SMT", "TSME", "ECC", "RAPL off", "ciphertext hiding", "alias check", 0, "TIO"};
	uint32_t used = 0;
	char set[128] = "", value[160];

	for (uint32_t bit = 0; bit < sizeof(names) / sizeof(names[0]); bit++) {
		if (report->platform_info >> bit & 1 && names[bit]) {
			used += (uint32_t)snprintf(set + used, sizeof(set) - used, "%s%s",
						   used ? ", " : "", names[bit]);
		}
	}
	snprintf(value, sizeof(value), "0x%llx (on: %s)", (unsigned long long)report->platform_info,
		 *set ? set : "nothing");
	verdict_judge(verdict, CHECK_PLATFORM, RESULT_SHOWN, value, 0);
}

static void check_guest_svn(const struct snp_report *report, const struct verify_spec *spec,
			    struct verdict *verdict)
{
	char value[16], why[64];

	if (spec->guest_svn >= 0) {
		int low = report->guest_svn < (uint64_t)spec->guest_svn;

		snprintf(value, sizeof(value), "%u", report->guest_svn);
		snprintf(why, sizeof(why), "below the minimum %u", (uint32_t)spec->guest_svn);
		verdict_judge(verdict, CHECK_GUEST_SVN, low ? RESULT_FAIL : RESULT_OK, value,
			      low ? why : 0);
	}
}

/* ---- fields that the caller knows ---- */

static void check_expected(const struct snp_report *report, const struct verify_spec *spec,
			   enum expect_id id, struct verdict *verdict)
{
	const struct expect_field *field = &expect_fields[id];
	char value[2 * 64 + 1], expected[2 * 64 + 1], why[256];
	/* Two fields without which a good report says little. */
	int essential = id == EXPECT_MEASUREMENT || id == EXPECT_REPORT_DATA;

	hex_encode(FIELD(id), field->size, value);
	hex_encode(spec->expected[id], field->size, expected);
	if (spec->given[id] && memcmp(FIELD(id), spec->expected[id], field->size)) {
		snprintf(why, sizeof(why), "%s is expected", expected);
		verdict_judge(verdict, field->check, RESULT_FAIL, value, why);
	} else if (spec->given[id]) {
		verdict_judge(verdict, field->check, RESULT_OK, value, 0);
	} else if (essential) {
		verdict_judge(verdict, field->check, RESULT_SHOWN, value,
			      id == EXPECT_MEASUREMENT ? "not compared (--measurement, --image)"
						       : "not compared (--report-data, --nonce)");
	}
}

void check_report(const struct snp_report *report, const struct chain *chain,
		  const struct verify_spec *spec, struct verdict *verdict)
{
	check_product(report, chain, verdict);
	check_tcb(report, chain, verdict);
	check_chip_id(report, chain, verdict);
	check_vmpl(report, spec, verdict);
	check_policy(report, spec, verdict);
	show_platform(report, verdict);
	check_min_tcb(report, chain, spec, verdict);
	check_guest_svn(report, spec, verdict);
	for (enum expect_id id = 0; id < EXPECTS; id++) {
		check_expected(report, spec, id, verdict);
	}
}

int verify_all(const struct verify_spec *spec, const struct certs *certs,
	       const struct snp_report *report, struct verdict *verdict, enum tcb_layout *layout)
{
	struct chain chain;
	int code = chain_pick(certs, report, &chain);

	memset(verdict, 0, sizeof(*verdict));
	if (code) {
		return code;
	}
	check_format(report, verdict);
	chain_check(&chain, spec, report, verdict);
	verdict->authentic = !verdict->failed;
	/* From here on the report is believed, if it is authentic. */
	chain_check_dates(&chain, spec->at, verdict);
	check_report(report, &chain, spec, verdict);
	check_quote(report, spec, verdict);
	*layout = chain_layout(&chain, report);
	return TOOL_OK;
}
