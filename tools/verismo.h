/*
 * Shared by the subcommands of `verismo`: exit codes, messages, files. A function that can fail
 * prints its message itself and returns an exit code; 0 is success.
 */
#ifndef TOOLS_VERISMO_H
#define TOOLS_VERISMO_H

#include <stdint.h>
#include <verismo/services.h>

#define TOOL_OK	      0
#define TOOL_NEGATIVE 1 /* the run or check ended with a negative verdict */
#define TOOL_USAGE    2
#define TOOL_BAD_FILE 3 /* an input file is missing, malformed or too large; output not writable */
#define TOOL_MISSING  4 /* a program or package is missing */
#define TOOL_EMULATOR 5 /* QEMU or the emulator failed */

#define DIGEST_HEX  (2 * DIGEST_SIZE + 1)

struct bytes {
	uint8_t *data;
	uint64_t size;
};

/* Prints "verismo: ..." to stderr; returns code. */
int tool_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Memory or abort with a message: no tool can do anything useful without. */
void *tool_alloc(uint64_t size);

/* Reads a whole regular file of at most limit bytes. Free out->data. */
int file_read(const char *path, uint64_t limit, struct bytes *out);
/* Writes path as a whole: a temporary file beside it, then rename. No partial file ever remains. */
int file_replace(const char *path, const struct bytes *content);
/* 1 if path can be read. */
int file_readable(const char *path);
/* Path of name in the folder of this executable (build/), or name itself if that is unknown. */
char *build_path(const char *name);

/* A decimal number low..high, or -1. */
int64_t parse_number(const char *text, int64_t low, int64_t high);

int command_image(int argc, char **argv);
int command_measure(int argc, char **argv);
int command_run(int argc, char **argv);
int command_verify(int argc, char **argv);

#endif
