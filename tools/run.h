/* `verismo run`: what is asked for, and the view of a running guest. */
#ifndef TOOLS_RUN_H
#define TOOLS_RUN_H

#include <stdint.h>
#include <stdio.h>

#include "emit.h"
#include "image.h"

struct run_spec {
	const char *image; /* IGVM file, or 0: made from linux */
	struct image_spec linux_guest;
	const char *emulator; /* PVH ELF */
	const char *attack;   /* or 0 */
	const char *input;    /* file for the guest's console to read, or 0 */
	const char *log;      /* file for the emulator's log, or 0 */
	uint32_t cpus;
	uint32_t memory;  /* MiB of guest memory */
	uint32_t timeout; /* seconds */
	int json, verbose;
	int in_sim;	  /* attack runs there */
	int list_attacks; /* say which there are, and do nothing else */
};

#define TAIL_LINES 12U /* kept for the report of a failure */
#define TAIL_BYTES 200U

struct view {
	const struct run_spec *spec;
	FILE *log;
	int terminal; /* stderr is one: spinner, colours */
	int spinner_shown;
	uint32_t ticks;
	double first_line;	 /* seconds until the first line of Linux' init, or 0 */
	double next_notice;	 /* next plain "still running" line */
	double seconds;		 /* of the last event */
	int vmpl;		 /* that the guest reported, or -1 */
	int reason;		 /* of the module's stop, or -1 */
	char digest[DIGEST_HEX]; /* that the emulator reported, or "" */
	uint32_t tail_next;
	char tail[TAIL_LINES][TAIL_BYTES];
};

void view_open(struct view *view, const struct run_spec *spec);
/* A qemu_line: shows, notes or hides one line. */
void view_line(void *context, int stream, const char *line, double seconds);
/* Ends the progress display; on failure prints the last lines that were not shown. */
void view_close(struct view *view, int failed);

/* Parses and checks the options; TOOL_OK, or -1 after --help, or TOOL_USAGE after a message. */
int run_options(int argc, char **argv, struct run_spec *spec);

#endif
