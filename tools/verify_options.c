/* The options of `verismo verify`. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

#define OPTION_EXPECT 256 /* and the EXPECTS - 1 values after it */

static const char verify_help[] =
	"usage: verismo verify REPORT --cert FILE... [OPTION]...\n"
	"Checks an SEV-SNP attestation report (binary or hexadecimal) and tells what holds.\n"
	"Certificates:\n"
	"  --cert FILE         certificates in PEM or DER: VCEK or VLEK, ASK or ASVK, ARK; many "
	"times,\n"
	"                      any order\n"
	"  --certs FILE        certificate table as a guest gets it with an extended report\n"
	"  --ark FILE          the root to trust instead of AMD's\n"
	"  --ark-sha256 HEX    the same by its fingerprint (SHA-256 of the DER)\n"
	"  --at TIME           check dates for this time, 2025-06-30 or 2025-06-30T12:00:00Z "
	"(default: now)\n"
	"What the report must say:\n"
	"  --image FILE.igvm   launch digest of this launch file\n"
	"  --measurement HEX   this launch digest\n"
	"  --nonce HEX|FILE    with --manifest FILE: REPORT_DATA = SHA-512(nonce, manifest), as an "
	"SVSM "
	"makes it\n"
	"  --report-data HEX   this REPORT_DATA\n"
	"What a quote in the manifest must say:\n"
	"  --kernel FILE, --initrd FILE, --cmdline STRING\n"
	"                      registers 0, 1, 2: launched from these, and not extended since\n"
	"  --register N=HEX    register N, 0 to 23, has this value\n"
	"  --locked            the kernel is locked\n"
	"  --lock-list FILE    with this list, as LOCKED gives it\n"
	"What else the report must say:\n"
	"  --vmpl N            asked for at this level, 0 to 3\n"
	"  --min-tcb LIST      security versions at least, such as bootloader=4,tee=0,snp=22,"
	"microcode=209\n"
	"                      (and fmc=N on Turin)\n"
	"  --guest-svn N       at least this GUEST_SVN\n"
	"  --host-data HEX, --family-id HEX, --image-id HEX, --id-key-digest HEX,\n"
	"  --author-key-digest HEX\n"
	"  --policy-require LIST, --policy-forbid LIST\n"
	"                      policy bits: smt, migration, debug, single-socket, cxl, aes-xts,\n"
	"                      rapl-off, ciphertext-hiding, swap-off, or bit numbers from 16 on\n"
	"  --allow-debug       accept a guest that the host may debug (else refused)\n"
	"  --allow-migration   accept a guest with a migration agent (else refused)\n"
	"Output:\n"
	"  --fields            print every field of the report, too\n"
	"  --json              print one JSON object instead\n"
	"Exit codes: 0 all checks passed, 1 a check failed, 2 usage, 3 a file that cannot be "
	"read.\n";

static int add_file(struct files *files, const char *option)
{
	if (files->count == FILES_MAX) {
		return tool_error(TOOL_USAGE, "verify: --%s more than %u times", option, FILES_MAX);
	}
	files->path[files->count++] = optarg;
	return TOOL_OK;
}

static int set_hex(const char *option, uint8_t *data, uint32_t size)
{
	if (hex_decode(optarg, strlen(optarg), data, size)) {
		return tool_error(TOOL_USAGE, "--%s: %u hexadecimal digits are needed", option,
				  2 * size);
	}
	return TOOL_OK;
}

static int add_pin(struct verify_spec *spec)
{
	if (spec->pins == PINS_MAX) {
		return tool_error(TOOL_USAGE, "verify: more than %u roots", PINS_MAX);
	}
	return set_hex("ark-sha256", spec->pin[spec->pins++], PIN_SIZE);
}

static int set_expected(struct verify_spec *spec, uint32_t id)
{
	if (spec->given[id]) {
		return tool_error(TOOL_USAGE, "--%s is given twice", expect_fields[id].option);
	}
	spec->given[id] = 1;
	return set_hex(expect_fields[id].option, spec->expected[id], expect_fields[id].size);
}

static int set_time(struct verify_spec *spec)
{
	struct tm tm = {0}, back;
	int end = 0;

	if (sscanf(optarg, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end) == 3 &&
	    optarg[end]) {
		int rest = 0;

		sscanf(optarg + end, "T%2d:%2d:%2dZ%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &rest);
		end = rest ? end + rest : 0;
	}
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	back = tm;
	spec->at = timegm(&back); /* puts a 31 June right, which is no date */
	if (!end || optarg[end] || back.tm_mon != tm.tm_mon || back.tm_mday != tm.tm_mday ||
	    back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min || back.tm_sec != tm.tm_sec ||
	    tm.tm_year < 70) {
		return tool_error(TOOL_USAGE,
				  "--at %s: a time such as 2025-06-30 or 2025-06-30T12:00:00Z is "
				  "needed (UTC)",
				  optarg);
	}
	return TOOL_OK;
}

static int set_number(int64_t *number, const char *option, int64_t high)
{
	*number = parse_number(optarg, 0, high);
	return *number < 0 ? tool_error(TOOL_USAGE, "--%s %s: a number from 0 to %lld is needed",
					option, optarg, (long long)high)
			   : TOOL_OK;
}

/* Register number has an expected value; a second one is refused. */
static int claim_register(struct verify_spec *spec, uint32_t number)
{
	spec->quote_asked = 1;
	if (spec->reg_given[number]) {
		return tool_error(TOOL_USAGE, "verify: register %u is given twice", number);
	}
	spec->reg_given[number] = 1;
	return TOOL_OK;
}

/* N=HEX */
static int set_register(struct verify_spec *spec)
{
	char digits[3] = "";
	const char *hex = strchr(optarg, '=');
	int64_t number;

	if (hex && hex - optarg < (int64_t)sizeof(digits)) {
		memcpy(digits, optarg, (size_t)(hex - optarg));
	}
	number = parse_number(digits, 0, REGISTERS - 1);
	if (number < 0 || hex_decode(hex + 1, strlen(hex + 1), spec->reg[number], DIGEST_SIZE)) {
		return tool_error(
			TOOL_USAGE,
			"--register %s: a number from 0 to %u, = and %u hexadecimal digits "
			"are needed",
			optarg, REGISTERS - 1, 2 * DIGEST_SIZE);
	}
	return claim_register(spec, (uint32_t)number);
}

static int set_launched(struct verify_spec *spec, const char **word, uint32_t number)
{
	*word = optarg;
	return claim_register(spec, number);
}

static int set_lock(struct verify_spec *spec, const char *list)
{
	spec->locked = spec->quote_asked = 1;
	spec->lock_list = list ? list : spec->lock_list;
	return TOOL_OK;
}

/* Number of a policy bit by name or digits, or -1. */
static int64_t policy_bit(const char *word)
{
	for (uint32_t i = 0; i < POLICY_BITS; i++) {
		if (!strcmp(word, policy_bits[i].name)) {
			return policy_bits[i].bit;
		}
	}
	return parse_number(word, 16, 63);
}

static int set_policy(uint64_t *mask, const char *option)
{
	char *list = strdup(optarg), *rest = list, *word;
	int code = TOOL_OK;

	while (!code && (word = strsep(&rest, ","))) {
		int64_t bit = policy_bit(word);

		if (bit < 0) {
			code = tool_error(TOOL_USAGE, "--%s: no policy bit '%s'", option, word);
		} else {
			*mask |= 1UL << bit;
		}
	}
	free(list);
	return code;
}

static int set_min_part(struct verify_spec *spec, const char *word)
{
	for (uint32_t part = 0; part < TCB_PARTS; part++) {
		uint64_t length = strlen(tcb_part_name[part]);

		if (!strncmp(word, tcb_part_name[part], length) && word[length] == '=') {
			spec->min_tcb[part] = (int16_t)parse_number(word + length + 1, 0, 255);
			return spec->min_tcb[part] < 0;
		}
	}
	return 1;
}

static int set_min_tcb(struct verify_spec *spec)
{
	char *list = strdup(optarg), *rest = list, *word;
	int code = TOOL_OK;

	while (!code && (word = strsep(&rest, ","))) {
		if (set_min_part(spec, word)) {
			code = tool_error(
				TOOL_USAGE,
				"--min-tcb: '%s' is not a part (fmc, bootloader, tee, snp, "
				"microcode) with = and 0 to 255",
				word);
		}
	}
	free(list);
	return code;
}

/* What the quote must say. */
static int set_quote_option(struct verify_spec *spec, int option)
{
	switch (option) {
	case 'K':
		return set_launched(spec, &spec->kernel, REGISTER_KERNEL);
	case 'I':
		return set_launched(spec, &spec->initrd, REGISTER_INITRD);
	case 'C':
		return set_launched(spec, &spec->cmdline, REGISTER_CMDLINE);
	case 'g':
		return set_register(spec);
	case 'l':
		return set_lock(spec, 0);
	default:
		return set_lock(spec, optarg);
	}
}

static int set_option(struct verify_spec *spec, int option)
{
	switch (option) {
	case 'c':
		return add_file(&spec->cert, "cert");
	case 't':
		return add_file(&spec->table, "certs");
	case 'r':
		return add_file(&spec->ark, "ark");
	case 'p':
		return add_pin(spec);
	case 'a':
		return set_time(spec);
	case 'i':
		spec->image = optarg;
		return TOOL_OK;
	case 'n':
		spec->nonce = optarg;
		return TOOL_OK;
	case 'm':
		spec->manifest = optarg;
		return TOOL_OK;
	case 'v':
		return set_number(&spec->vmpl, "vmpl", 3);
	case 's':
		return set_number(&spec->guest_svn, "guest-svn", UINT32_MAX);
	case 'T':
		return set_min_tcb(spec);
	case 'R':
		return set_policy(&spec->require, "policy-require");
	case 'F':
		return set_policy(&spec->forbid, "policy-forbid");
	case 'D':
		spec->allow |= POLICY_DEBUG;
		return TOOL_OK;
	case 'M':
		spec->allow |= POLICY_MIGRATION;
		return TOOL_OK;
	case 'K':
	case 'I':
	case 'C':
	case 'g':
	case 'l':
	case 'L':
		return set_quote_option(spec, option);
	case 'f':
		spec->fields = 1;
		return TOOL_OK;
	case 'j':
		spec->json = 1;
		return TOOL_OK;
	default:
		if (option >= OPTION_EXPECT) {
			return set_expected(spec, (uint32_t)option - OPTION_EXPECT);
		}
		fputs(verify_help, option == 'h' ? stdout : stderr);
		return option == 'h' ? -1 : TOOL_USAGE;
	}
}

static int check_spec(int argc, char **argv, struct verify_spec *spec)
{
	if (argc - optind != 1) {
		return tool_error(TOOL_USAGE, "verify: one report is needed, %d are named",
				  argc - optind);
	}
	spec->report = argv[optind];
	if (!spec->cert.count && !spec->table.count) {
		return tool_error(TOOL_USAGE, "verify: certificates are needed: --cert or --certs");
	}
	if (!spec->nonce != !spec->manifest) {
		return tool_error(TOOL_USAGE, "verify: --nonce and --manifest need each other");
	}
	if (spec->quote_asked && !spec->manifest) {
		return tool_error(TOOL_USAGE,
				  "verify: what a quote must say needs --nonce and --manifest");
	}
	if (spec->nonce && spec->given[EXPECT_REPORT_DATA]) {
		return tool_error(TOOL_USAGE,
				  "verify: --report-data and --nonce exclude each other");
	}
	if (spec->image && spec->given[EXPECT_MEASUREMENT]) {
		return tool_error(TOOL_USAGE,
				  "verify: --measurement and --image exclude each other");
	}
	if (spec->require & spec->forbid) {
		return tool_error(TOOL_USAGE,
				  "verify: a policy bit is both required and forbidden");
	}
	spec->allow |= spec->require;
	return TOOL_OK;
}

int verify_options(int argc, char **argv, struct verify_spec *spec)
{
	static const struct option fixed[] = {
		{"cert", required_argument, 0, 'c'},
		{"certs", required_argument, 0, 't'},
		{"ark", required_argument, 0, 'r'},
		{"ark-sha256", required_argument, 0, 'p'},
		{"at", required_argument, 0, 'a'},
		{"image", required_argument, 0, 'i'},
		{"nonce", required_argument, 0, 'n'},
		{"manifest", required_argument, 0, 'm'},
		{"vmpl", required_argument, 0, 'v'},
		{"guest-svn", required_argument, 0, 's'},
		{"min-tcb", required_argument, 0, 'T'},
		{"policy-require", required_argument, 0, 'R'},
		{"policy-forbid", required_argument, 0, 'F'},
		{"allow-debug", no_argument, 0, 'D'},
		{"allow-migration", no_argument, 0, 'M'},
		{"kernel", required_argument, 0, 'K'},
		{"initrd", required_argument, 0, 'I'},
		{"cmdline", required_argument, 0, 'C'},
		{"register", required_argument, 0, 'g'},
		{"locked", no_argument, 0, 'l'},
		{"lock-list", required_argument, 0, 'L'},
		{"fields", no_argument, 0, 'f'},
		{"json", no_argument, 0, 'j'},
		{"help", no_argument, 0, 'h'},
	};
	enum { FIXED = sizeof(fixed) / sizeof(fixed[0]) };
	struct option options[FIXED + EXPECTS + 1] = {{0}};
	int option, code;

	memset(spec, 0, sizeof(*spec));
	memset(spec->min_tcb, 0xff, sizeof(spec->min_tcb));
	spec->vmpl = spec->guest_svn = -1;
	spec->at = time(0);
	memcpy(options, fixed, sizeof(fixed));
	for (int i = 0; i < EXPECTS; i++) {
		options[FIXED + i] = (struct option){expect_fields[i].option, required_argument, 0,
						     OPTION_EXPECT + i};
	}
	while ((option = getopt_long(argc, argv, "", options, 0)) != -1) {
		code = set_option(spec, option);
		if (code) {
			return code;
		}
	}
	return check_spec(argc, argv, spec);
}
