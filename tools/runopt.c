/* The options of `verismo run`. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attacks.h"
#include "run.h"

#define DEFAULT_CPUS	2U
#define DEFAULT_MEMORY	512U /* MiB */
#define DEFAULT_TIMEOUT 120U
#define TIMEOUT_MAX	86400
#define MIB_MIN		(int64_t)(MEMORY_MIN >> 20)
#define MIB_MAX		(int64_t)(MEMORY_MAX >> 20)

static const char run_help[] =
	"usage: verismo run [--image FILE.igvm | --kernel BZIMAGE] [OPTION]...\n"
	"Boots a launch file in the SNP emulator on QEMU; no SNP hardware, KVM or root is needed.\n"
	"Options:\n"
	"  --image FILE      launch file (default: linux.igvm beside this program, or attack.igvm\n"
	"                    with --attack)\n"
	"  --kernel BZIMAGE  make a launch file from this kernel first (6.12 or later, SVSM "
	"support)\n"
	"  --initrd FILE     its initramfs (default: initramfs.cpio beside this program)\n"
	"  --append STRING   its command line (default: the one of the built image)\n"
	"  --cpus N          1 to 8 (default 2)\n"
	"  --memory SIZE     256M to 4G, an even number of MiB (default 512M)\n"
	"  --attack NAME     a named attack, in the emulator, or in the sim (sim/attack beside "
	"this\n"
	"                    program) if only the sim has it; --list-attacks tells the names\n"
	"  --list-attacks    say which attacks there are (with --json: the emulator's)\n"
	"  --timeout S       seconds until QEMU is stopped (default 120)\n"
	"  --input FILE      what the guest reads from its console\n"
	"  --log FILE        keep the emulator's log\n"
	"  --module ELF      the module for --kernel (default: module/module.elf)\n"
	"  --emulator ELF    the emulator (default: emulator/emulator.elf)\n"
	"  --verbose         show every line of the console and of the emulator's log\n"
	"  --json            print one JSON object about the end instead\n";

static int64_t parse_memory(const char *text)
{
	uint64_t length = strlen(text);
	char number[16];
	int64_t value;

	if (length < 2 || length >= sizeof(number)) {
		return -1;
	}
	memcpy(number, text, length);
	number[length - 1] = 0;
	if (text[length - 1] == 'G') {
		value = 1024 * parse_number(number, 1, MIB_MAX / 1024);
	} else if (text[length - 1] == 'M') {
		value = parse_number(number, MIB_MIN, MIB_MAX);
	} else {
		value = -1;
	}
	return value % 2 ? -1 : value;
}

static int set_cpus(struct run_spec *spec, const char *text)
{
	int64_t value = parse_number(text, 1, CPUS_MAX);

	if (value < 0) {
		return tool_error(TOOL_USAGE, "--cpus %s: a number from 1 to %u is needed", text,
				  CPUS_MAX);
	}
	spec->cpus = (uint32_t)value;
	return TOOL_OK;
}

static int set_memory(struct run_spec *spec, const char *text)
{
	int64_t value = parse_memory(text);

	if (value < 0) {
		return tool_error(TOOL_USAGE,
				  "--memory %s: an even number of MiB from 256M to 4G is needed",
				  text);
	}
	spec->memory = (uint32_t)value;
	return TOOL_OK;
}

static int set_timeout(struct run_spec *spec, const char *text)
{
	int64_t value = parse_number(text, 1, TIMEOUT_MAX);

	if (value < 0) {
		return tool_error(TOOL_USAGE, "--timeout %s: seconds from 1 to %d are needed", text,
				  TIMEOUT_MAX);
	}
	spec->timeout = (uint32_t)value;
	return TOOL_OK;
}

static int set_attack(struct run_spec *spec, const char *text)
{
	enum attack_place place;
	int code;

	if (!strcmp(text, "help")) {
		spec->list_attacks = 1;
		return TOOL_OK;
	}
	code = attack_place(text, &place);
	if (code) {
		return code;
	}
	spec->attack = text;
	spec->in_sim = place == ATTACK_IN_SIM;
	return TOOL_OK;
}

static int set_option(struct run_spec *spec, int option)
{
	switch (option) {
	case 'I':
		spec->image = optarg;
		return TOOL_OK;
	case 'k':
		spec->linux_guest.kernel = optarg;
		return TOOL_OK;
	case 'i':
		spec->linux_guest.initrd = optarg;
		return TOOL_OK;
	case 'a':
		spec->linux_guest.command_line = optarg;
		return TOOL_OK;
	case 'm':
		spec->linux_guest.module = optarg;
		return TOOL_OK;
	case 'e':
		spec->emulator = optarg;
		return TOOL_OK;
	case 'p':
		spec->input = optarg;
		return file_readable(optarg)
			       ? TOOL_OK
			       : tool_error(TOOL_BAD_FILE, "%s: cannot be read", optarg);
	case 'l':
		spec->log = optarg;
		return TOOL_OK;
	case 'c':
		return set_cpus(spec, optarg);
	case 'M':
		return set_memory(spec, optarg);
	case 't':
		return set_timeout(spec, optarg);
	case 'A':
		return set_attack(spec, optarg);
	case 'L':
		spec->list_attacks = 1;
		return TOOL_OK;
	case 'j':
		spec->json = 1;
		return TOOL_OK;
	case 'v':
		spec->verbose = 1;
		return TOOL_OK;
	default:
		fputs(run_help, option == 'h' ? stdout : stderr);
		return option == 'h' ? -1 : TOOL_USAGE;
	}
}

static int check_spec(struct run_spec *spec)
{
	struct image_spec *linux_guest = &spec->linux_guest;

	if (spec->image && linux_guest->kernel) {
		return tool_error(TOOL_USAGE, "run: --image and --kernel exclude each other");
	}
	if (!linux_guest->kernel &&
	    (linux_guest->initrd || linux_guest->command_line || linux_guest->module)) {
		return tool_error(TOOL_USAGE, "run: --initrd, --append and --module need --kernel");
	}
	if (spec->in_sim && (spec->image || linux_guest->kernel || spec->emulator || spec->log)) {
		return tool_error(TOOL_USAGE,
				  "run: --attack %s runs in the sim, without image and emulator",
				  spec->attack);
	}
	/* all checks passed */
	if (linux_guest->kernel) {
		image_defaults(linux_guest);
	} else if (!spec->image) {
		spec->image = build_path(spec->attack ? "attack.igvm" : "linux.igvm");
	}
	if (!spec->emulator) {
		spec->emulator = build_path("emulator/emulator.elf");
	}
	return TOOL_OK;
}

int run_options(int argc, char **argv, struct run_spec *spec)
{
	static const struct option options[] = {{"image", required_argument, 0, 'I'},
						{"kernel", required_argument, 0, 'k'},
						{"initrd", required_argument, 0, 'i'},
						{"append", required_argument, 0, 'a'},
						{"module", required_argument, 0, 'm'},
						{"emulator", required_argument, 0, 'e'},
						{"cpus", required_argument, 0, 'c'},
						{"memory", required_argument, 0, 'M'},
						{"attack", required_argument, 0, 'A'},
						{"list-attacks", no_argument, 0, 'L'},
						{"timeout", required_argument, 0, 't'},
						{"log", required_argument, 0, 'l'},
						{"input", required_argument, 0, 'p'},
						{"json", no_argument, 0, 'j'},
						{"verbose", no_argument, 0, 'v'},
						{"help", no_argument, 0, 'h'},
						{0, 0, 0, 0}};
	int option, code;

	memset(spec, 0, sizeof(*spec));
	spec->cpus = DEFAULT_CPUS;
	spec->memory = DEFAULT_MEMORY;
	spec->timeout = DEFAULT_TIMEOUT;
	while ((option = getopt_long(argc, argv, "", options, 0)) != -1) {
		code = set_option(spec, option);
		if (code) {
			return code;
		}
	}
	if (optind < argc) {
		return tool_error(TOOL_USAGE, "run: unexpected argument '%s'", argv[optind]);
	}
	return check_spec(spec);
}
