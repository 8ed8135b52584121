/* The view of a running guest: the lines people see, progress, what is noted for the verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outcome.h"
#include "qemu.h"
#include "run.h"

#define GUEST_PREFIX  "verismo-guest: "
#define ATTACK_PREFIX "attack " /* what the attack guest says was tried, and what refused it */
#define DIGEST_PREFIX "launch digest "
#define VMPL_PREFIX   "SNP running at VMPL"
#define NOTICE_EVERY  10.0 /* seconds */
#define TICKS_A_TURN  4U

void view_open(struct view *view, const struct run_spec *spec)
{
	memset(view, 0, sizeof(*view));
	view->spec = spec;
	view->terminal = isatty(STDERR_FILENO) && !spec->json;
	view->next_notice = NOTICE_EVERY;
	view->vmpl = -1;
	view->reason = -1;
}

static void hide_spinner(struct view *view)
{
	if (view->spinner_shown) {
		fputs("\r\033[K", stderr);
		view->spinner_shown = 0;
	}
}

static void show_progress(struct view *view, double seconds)
{
	if (view->spec->json) {
		return;
	}
	if (view->terminal) {
		fprintf(stderr, "\r\033[K%c %s %.1f s", "|/-\\"[view->ticks++ % TICKS_A_TURN],
			view -> first_line > 0 ? "running" : "booting", seconds);
		view->spinner_shown = 1;
	} else if (seconds >= view->next_notice) {
		fprintf(stderr, "verismo: still %s after %.0f s\n",
			view->first_line > 0 ? "running" : "booting", seconds);
		view->next_notice += NOTICE_EVERY;
	}
	fflush(stderr);
}

static void keep_tail(struct view *view, const char *source, const char *line)
{
	char *slot = view->tail[view->tail_next++ % TAIL_LINES];

	snprintf(slot, TAIL_BYTES, "%s%s", source, line);
}

static void show(struct view *view, const char *source, const char *line)
{
	hide_spinner(view);
	fprintf(view->spec->json ? stderr : stdout, "%s%s\n", source, line);
	fflush(stdout);
}

/* The text behind the kernel's time stamp "[    1.234567] ", or 0 if there is none. */
static const char *kernel_text(const char *line)
{
	const char *end = strstr(line, "] ");

	return line[0] == '[' && end ? end + 2 : 0;
}

/* Is this a line for people? In an attack only the guest's account of it is. */
static int is_own_line(const struct view *view, const char *line, int init)
{
	if (view->spec->attack) {
		return !strncmp(line, ATTACK_PREFIX, sizeof(ATTACK_PREFIX) - 1);
	}
	return init || !kernel_text(line);
}

static void console_line(struct view *view, const char *line, double seconds)
{
	const char *text = kernel_text(line);
	int init = text && !strncmp(text, GUEST_PREFIX, sizeof(GUEST_PREFIX) - 1);
	const char *vmpl = strstr(line, GUEST_PREFIX VMPL_PREFIX);

	if (init && view->first_line == 0) {
		view->first_line = seconds;
	}
	if (vmpl && view->vmpl < 0) {
		view->vmpl = atoi(vmpl + sizeof(GUEST_PREFIX VMPL_PREFIX) - 1);
	}
	if (view->spec->verbose) {
		show(view, "", line);
	} else if (is_own_line(view, line, init) && !view->spec->json) {
		show(view, "  ", text ? text : line);
	} else {
		keep_tail(view, "console: ", line);
	}
}

static void log_line(struct view *view, const char *line)
{
	const char *digest = strstr(line, DIGEST_PREFIX);

	if (view->log) {
		fprintf(view->log, "%s\n", line);
	}
	if (digest && !view->digest[0]) {
		snprintf(view->digest, sizeof(view->digest), "%s",
			 digest + sizeof(DIGEST_PREFIX) - 1);
	}
	if (outcome_reason(line) >= 0) {
		view->reason = outcome_reason(line);
	}
	if (view->spec->verbose) {
		show(view, "emulator: ", line);
	} else {
		keep_tail(view, "emulator: ", line);
	}
}

void view_line(void *context, int stream, const char *line, double seconds)
{
	struct view *view = context;

	view->seconds = seconds;
	if (!line) {
		show_progress(view, seconds);
	} else if (stream == QEMU_CONSOLE) {
		console_line(view, line, seconds);
	} else if (stream == QEMU_LOG) {
		log_line(view, line);
	} else {
		keep_tail(view, "qemu: ", line);
	}
}

void view_close(struct view *view, int failed)
{
	uint32_t first = view->tail_next > TAIL_LINES ? view->tail_next - TAIL_LINES : 0;

	hide_spinner(view);
	for (uint32_t i = first; failed && i < view->tail_next; i++) {
		fprintf(stderr, "  %s\n", view->tail[i % TAIL_LINES]);
	}
}
