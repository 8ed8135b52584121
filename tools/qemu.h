/* One QEMU process: started, read line by line, ended whatever happens. */
#ifndef TOOLS_QEMU_H
#define TOOLS_QEMU_H

#include <stdint.h>
#include <sys/types.h>

/* What QEMU writes: the guest's console (COM1), the emulator's log (COM2), its own messages. */
enum qemu_stream { QEMU_CONSOLE, QEMU_LOG, QEMU_STDERR, QEMU_STREAMS };

enum qemu_end { QEMU_ENDED, QEMU_TIMED_OUT, QEMU_INTERRUPTED };

struct qemu_config {
	const char *program;  /* path of qemu-system-x86_64 */
	const char *emulator; /* PVH ELF */
	const char *image;    /* IGVM file */
	const char *options;  /* the emulator's command line */
	const char *input;    /* file that the console reads */
	uint32_t cpus;
	uint32_t memory;  /* MiB of the whole machine */
	uint32_t timeout; /* seconds */
};

/* Called for each line (without its end, control characters replaced), and every 100 ms with line 0. */
typedef void qemu_line(void *context, enum qemu_stream stream, const char *line, double seconds);

/* Runs QEMU to its end or kills it. *status: of waitpid. A signal that arrived (SIGINT, SIGTERM,
 * SIGHUP) is in *signal. Returns -1 if the process could not be started. */
int qemu_run(const struct qemu_config *config, qemu_line *line, void *context, int *status,
	     int *signal);

/* Path of a program in PATH, or 0. Free it. */
char *find_program(const char *name);

#endif
