/* `verismo run`: boots a launch file in the emulator and says how it ended. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attacks.h"
#include "outcome.h"
#include "qemu.h"
#include "run.h"

#define QEMU_PROGRAM	"qemu-system-x86_64"
#define EMULATOR_MEMORY 256U /* MiB beside the guest's */
#define OPTIONS_SIZE	128U

struct launch {
	const char *image;	 /* path of the IGVM file */
	char folder[32];	 /* temporary, or "" */
	char temporary[64];	 /* file in it, or "" */
	uint32_t guest_vmpl;	 /* from the launch block */
	uint64_t module_image;	 /* bytes of the module's measured pages that are not zero */
	char digest[DIGEST_HEX]; /* as computed here */
};

static int in_module_image(const struct igvm_page_data *page)
{
	return page->gpa >= MODULE_IMAGE_GPA && page->gpa < MODULE_BASE + MODULE_SIZE;
}

static void read_pages(const struct igvm_file *file, struct launch *launch)
{
	struct launch_block block;
	struct igvm_page_data page;
	struct igvm_item item;
	uint64_t position = file->first;

	while (igvm_next(file, &item, &position)) {
		if (item.type != IGVM_PAGE_DATA) {
			continue;
		}
		memcpy(&page, item.body, sizeof(page));
		if (page.gpa == MODULE_LAUNCH_GPA && page.file_offset) {
			memcpy(&block, igvm_page(file, page.file_offset), sizeof(block));
			launch->guest_vmpl = block.guest_vmpl;
		}
		if (in_module_image(&page) && page.file_offset) {
			launch->module_image += PAGE_SIZE;
		}
	}
}

static int inspect(const struct igvm_file *file, struct launch *launch)
{
	uint8_t digest[DIGEST_SIZE];
	const char *why = launch_digest(file, digest);

	if (why) {
		return tool_error(TOOL_BAD_FILE, "%s: %s", launch->image, why);
	}
	digest_text(digest, launch->digest);
	read_pages(file, launch);
	return TOOL_OK;
}

static int make_image(const struct run_spec *spec, struct launch *launch, struct bytes *content)
{
	int code = image_build(&spec->linux_guest, content);

	if (code) {
		return code;
	}
	snprintf(launch->folder, sizeof(launch->folder), "/tmp/verismo.XXXXXX");
	if (!mkdtemp(launch->folder)) {
		launch->folder[0] = 0;
		free(content->data);
		return tool_error(TOOL_BAD_FILE, "no temporary folder: %s", strerror(errno));
	}
	snprintf(launch->temporary, sizeof(launch->temporary), "%s/linux.igvm", launch->folder);
	launch->image = launch->temporary;
	code = file_replace(launch->temporary, content);
	if (code) {
		free(content->data);
	}
	return code;
}

static int prepare(const struct run_spec *spec, struct launch *launch)
{
	struct bytes content;
	struct igvm_file file;
	const char *why;
	int code;

	if (spec->image) {
		launch->image = spec->image;
		code = file_read(spec->image, IGVM_FILE_LIMIT, &content);
	} else {
		code = make_image(spec, launch, &content);
	}
	if (code) {
		return code;
	}
	why = igvm_open(&file, content.data, content.size);
	code = why ? tool_error(TOOL_BAD_FILE, "%s: %s", launch->image, why)
		   : inspect(&file, launch);
	free(content.data);
	return code;
}

static void clean_up(struct launch *launch)
{
	if (launch->temporary[0]) {
		unlink(launch->temporary);
	}
	if (launch->folder[0]) {
		rmdir(launch->folder);
	}
}

static void print_json(const struct launch *launch, const struct view *view,
		       const struct outcome *outcome)
{
	printf("{\"code\": %d, \"result\": \"%s\", \"seconds\": %.3f, "
	       "\"first_line_seconds\": %.3f, \"vmpl\": %d, \"launch_digest\": \"%s\", "
	       "\"measured_digest\": \"%s\", \"module_image_bytes\": %llu}\n",
	       outcome->code, outcome->text, view->seconds, view->first_line, view->vmpl,
	       launch->digest, view->digest, (unsigned long long)launch->module_image);
}

/* A host that attacks may hand over something else than the file has: then that is what a verifier sees. */
static int digest_differs(const struct launch *launch, const struct view *view)
{
	return view->digest[0] && strcmp(view->digest, launch->digest);
}

static void print_summary(const struct run_spec *spec, const struct launch *launch,
			  const struct view *view, const struct outcome *outcome)
{
	const char *colour = outcome->code ? "\033[31m" : "\033[32m";
	int coloured = isatty(STDOUT_FILENO);

	if (spec->attack) {
		attack_explain(spec->attack);
		if (digest_differs(launch, view)) {
			printf("  the launch digest is another one, too: a verifier sees it\n");
		}
	} else {
		printf("launch digest: %s, the same from emulator and tool\n", launch->digest);
		printf("module image: %llu bytes of at most %lu\n",
		       (unsigned long long)launch->module_image, MODULE_IMAGE_MAX);
	}
	printf("%s%s%s%s%s (%.1f s)\n", spec->attack ? spec->attack : "result", ": ",
	       coloured ? colour : "", outcome->text, coloured ? "\033[0m" : "", view->seconds);
}

static struct outcome judge(const struct run_spec *spec, const struct launch *launch,
			    const struct view *view, int end, int status)
{
	struct outcome outcome =
		outcome_of(end, status, spec->attack, view->digest[0] != 0, view->reason);

	if (!spec->attack && digest_differs(launch, view)) {
		outcome.code = TOOL_NEGATIVE;
		snprintf(outcome.text, sizeof(outcome.text),
			 "the emulator measured another launch digest than this tool");
	} else if (!outcome.code && view->vmpl >= 0 && (uint32_t)view->vmpl != launch->guest_vmpl) {
		outcome.code = TOOL_NEGATIVE;
		snprintf(outcome.text, sizeof(outcome.text), "the guest ran at VMPL%d, not VMPL%u",
			 view->vmpl, launch->guest_vmpl);
	}
	return outcome;
}

static int report(const struct run_spec *spec, const struct launch *launch, struct view *view,
		  const struct outcome *outcome)
{
	view_close(view, outcome->code && !spec->verbose);
	if (spec->json) {
		print_json(launch, view, outcome);
	} else if (outcome->code) {
		tool_error(outcome->code, "%s%s%s (%.1f s)", spec->attack ? spec->attack : "",
			   spec->attack ? ": " : "", outcome->text, view->seconds);
	} else {
		print_summary(spec, launch, view, outcome);
	}
	return outcome->code;
}

static void show_line(void *context, enum qemu_stream stream, const char *line, double seconds)
{
	view_line(context, (int)stream, line, seconds);
}

static int boot(const struct run_spec *spec, const struct launch *launch, const char *program,
		struct view *view, int *interrupted)
{
	char options[OPTIONS_SIZE];
	struct qemu_config config = {.program = program,
				     .emulator = spec->emulator,
				     .image = launch->image,
				     .options = options,
				     .input = spec->input ? spec->input : "/dev/null",
				     .cpus = spec->cpus,
				     .memory = spec->memory + EMULATOR_MEMORY,
				     .timeout = spec->timeout};
	struct outcome outcome;
	int end, status;

	snprintf(options, sizeof(options), "memory=%u%s%s", spec->memory,
		 spec->attack ? " attack=" : "", spec->attack ? spec->attack : "");
	end = qemu_run(&config, show_line, view, &status, interrupted);
	if (end < 0) {
		return tool_error(TOOL_EMULATOR, "cannot start %s: %s", program, strerror(errno));
	}
	if (end == QEMU_INTERRUPTED) {
		view_close(view, 0);
		return TOOL_EMULATOR;
	}
	outcome = judge(spec, launch, view, end, status);
	return report(spec, launch, view, &outcome);
}

static int boot_with_log(const struct run_spec *spec, const struct launch *launch,
			 const char *program, int *interrupted)
{
	struct view view;
	int code;

	view_open(&view, spec);
	if (spec->log) {
		view.log = fopen(spec->log, "we");
		if (!view.log) {
			return tool_error(TOOL_BAD_FILE, "%s: %s", spec->log, strerror(errno));
		}
	}
	if (!spec->json && !spec->attack) {
		printf("booting %s in the SNP emulator: %u CPU%s, %u MiB\n", launch->image,
		       spec->cpus, spec->cpus == 1 ? "" : "s", spec->memory);
		fflush(stdout);
	}
	code = boot(spec, launch, program, &view, interrupted);
	if (view.log) {
		fclose(view.log);
	}
	return code;
}

static int check_programs(const struct run_spec *spec, char **program)
{
	*program = find_program(QEMU_PROGRAM);
	if (!*program) {
		return tool_error(TOOL_MISSING, QEMU_PROGRAM " is not installed; `make doctor` "
							     "tells what is needed");
	}
	if (!file_readable(spec->emulator)) {
		free(*program);
		return tool_error(TOOL_MISSING, "%s is not there; `make` builds it",
				  spec->emulator);
	}
	return TOOL_OK;
}

int command_run(int argc, char **argv)
{
	struct run_spec spec;
	struct launch launch = {0};
	char *program;
	int interrupted = 0, code = run_options(argc, argv, &spec);

	if (code) {
		return code < 0 ? TOOL_OK : code;
	}
	if (spec.list_attacks) {
		return attack_list(spec.json);
	}
	if (spec.in_sim) {
		return attack_run_in_sim(spec.attack, spec.json);
	}
	code = check_programs(&spec, &program);
	if (code) {
		return code;
	}
	code = prepare(&spec, &launch);
	if (!code) {
		code = boot_with_log(&spec, &launch, program, &interrupted);
	}
	clean_up(&launch);
	free(program);
	if (interrupted) {
		signal(interrupted, SIG_DFL);
		raise(interrupted);
	}
	return code;
}
