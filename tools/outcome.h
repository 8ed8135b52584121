/* What the end of a run means: exit codes of the emulator and reasons of the module, in words. */
#ifndef TOOLS_OUTCOME_H
#define TOOLS_OUTCOME_H

#include <stdint.h>

struct outcome {
	int code;	/* TOOL_* */
	char text[160]; /* one line for people */
};

/* end: enum qemu_end; status: of waitpid; attack: name or 0; measured: the emulator got so far as to
 * print its launch digest. reason: the module's last words in the log, or -1. */
struct outcome outcome_of(int end, int status, const char *attack, int measured, int reason);

/* The reason in the emulator's line "terminated by vmpl 0 of cpu 0: 5:11 ...", or -1. */
int outcome_reason(const char *line);

#endif
