/* The `verismo` command: picks the subcommand. */
#include <stdio.h>
#include <string.h>

#include "verismo.h"

static const char help_text[] =
	"usage: verismo COMMAND [OPTION]...\n"
	"\n"
	"  image    put the module and a guest into one launch file (IGVM)\n"
	"  measure  print the launch digest of such a file, as the secure processor computes it\n"
	"  run      boot such a file in the SNP emulator and report how it ended\n"
	"  verify   check an attestation report and tell what holds\n"
	"  help     this text; `verismo COMMAND --help` tells a command's options\n"
	"\n"
	"Exit codes: 0 good, 1 negative verdict, 2 usage, 3 bad input file, 4 missing dependency,\n"
	"5 the emulator failed.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"image", command_image},
	{"measure", command_measure},
	{"run", command_run},
	{"verify", command_verify},
};

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(name, commands[i].name)) {
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h")) {
		fputs(help_text, stdout);
		return TOOL_OK;
	}
	if (*name) {
		tool_error(TOOL_USAGE, "unknown command '%s'", name);
	}
	fputs(help_text, stderr);
	return TOOL_USAGE;
}
