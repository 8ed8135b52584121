#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "qemu.h"
#include "verismo.h"

#define LINE_MAX_BYTES 512U
#define TICK_MS	       100
#define LOG_FD	       3 /* in the child */

struct stream {
	int fd; /* -1 at its end */
	uint32_t used;
	char line[LINE_MAX_BYTES + 1];
};
struct session {
	pid_t pid;
	struct stream stream[QEMU_STREAMS];
	struct timespec start;
	qemu_line *line;
	void *context;
};

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void end_line(struct session *s, enum qemu_stream which)
{
	struct stream *stream = &s->stream[which];

	stream->line[stream->used] = 0;
	if (stream->used) {
		s->line(s->context, which, stream->line, seconds_since(&s->start));
	}
	stream->used = 0;
}

/* The bytes come from a guest and may go to a terminal: only printable ASCII is let through. */
static void add_byte(struct session *s, enum qemu_stream which, char byte)
{
	struct stream *stream = &s->stream[which];

	if (byte == '\n' || stream->used == LINE_MAX_BYTES) {
		end_line(s, which);
	}
	if (byte == '\n' || byte == '\r') {
		return;
	}
	if (byte == '\t') {
		byte = ' ';
	}
	stream->line[stream->used++] = byte >= ' ' && byte <= '~' ? byte : '?';
}

static void read_stream(struct session *s, enum qemu_stream which)
{
	struct stream *stream = &s->stream[which];
	char buffer[4096];
	ssize_t n = read(stream->fd, buffer, sizeof(buffer));

	if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		add_byte(s, which, buffer[i]);
	}
	if (n <= 0) {
		end_line(s, which);
		close(stream->fd);
		stream->fd = -1;
	}
}

static int streams_open(const struct session *s)
{
	for (int i = 0; i < QEMU_STREAMS; i++) {
		if (s->stream[i].fd >= 0) {
			return 1;
		}
	}
	return 0;
}

static void poll_once(struct session *s)
{
	struct pollfd polls[QEMU_STREAMS];

	for (int i = 0; i < QEMU_STREAMS; i++) {
		polls[i] = (struct pollfd){.fd = s->stream[i].fd, .events = POLLIN};
	}
	if (poll(polls, QEMU_STREAMS, TICK_MS) > 0) {
		for (int i = 0; i < QEMU_STREAMS; i++) {
			if (polls[i].fd >= 0 && polls[i].revents) {
				read_stream(s, (enum qemu_stream)i);
			}
		}
	}
	s->line(s->context, QEMU_CONSOLE, 0, seconds_since(&s->start));
}

static enum qemu_end pump(struct session *s, uint32_t timeout)
{
	while (streams_open(s)) {
		if (caught) {
			return QEMU_INTERRUPTED;
		}
		if (seconds_since(&s->start) > (double)timeout) {
			return QEMU_TIMED_OUT;
		}
		poll_once(s);
	}
	return QEMU_ENDED;
}

static void exec_qemu(const struct qemu_config *config)
{
	char cpus[16], memory[16];
	/* clang-format off */
	char *argv[] = {(char *)config->program, "-machine", "q35", "-accel", "tcg,thread=multi",
			"-cpu", "max,-cx16", "-smp", cpus, "-m", memory, "-display", "none",
			"-monitor", "none", "-no-reboot", "-nodefaults", "-serial", "stdio",
			"-serial", "file:/dev/fd/3",
			"-device", "isa-debug-exit,iobase=0xf4,iosize=4",
			"-kernel", (char *)config->emulator, "-initrd", (char *)config->image,
			"-append", (char *)config->options, 0};
	/* clang-format on */

	snprintf(cpus, sizeof(cpus), "%u", config->cpus);
	snprintf(memory, sizeof(memory), "%u", config->memory);
	execv(config->program, argv);
	dprintf(STDERR_FILENO, "%s: %s\n", config->program, strerror(errno));
	_exit(127);
}

static void run_child(const struct qemu_config *config, int pipes[QEMU_STREAMS][2], pid_t parent)
{
	int input = open(config->input, O_RDONLY);
	int high = fcntl(pipes[QEMU_LOG][1], F_DUPFD, 10);

	setpgid(0, 0); /* the terminal's Ctrl-C goes to this tool alone */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || input < 0 || high < 0) {
		_exit(127);
	}
	dup2(pipes[QEMU_CONSOLE][1], STDOUT_FILENO);
	dup2(pipes[QEMU_STDERR][1], STDERR_FILENO);
	dup2(input, STDIN_FILENO);
	dup2(high, LOG_FD);
	close(high);
	exec_qemu(config);
}

static int start(struct session *s, const struct qemu_config *config)
{
	int pipes[QEMU_STREAMS][2];
	pid_t parent = getpid();

	for (int i = 0; i < QEMU_STREAMS; i++) {
		if (pipe2(pipes[i], O_CLOEXEC)) {
			return -1;
		}
		s->stream[i].fd = pipes[i][0];
	}
	clock_gettime(CLOCK_MONOTONIC, &s->start);
	s->pid = fork();
	if (s->pid == 0) {
		run_child(config, pipes, parent);
	}
	for (int i = 0; i < QEMU_STREAMS; i++) {
		close(pipes[i][1]);
	}
	if (s->pid > 0) {
		setpgid(s->pid, s->pid); /* both sides: no race with the kill */
	}
	return s->pid < 0 ? -1 : 0;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	caught = 0;
	sigaction(SIGINT, &action, 0);
	sigaction(SIGTERM, &action, 0);
	sigaction(SIGHUP, &action, 0);
	signal(SIGPIPE, SIG_IGN);
}

int qemu_run(const struct qemu_config *config, qemu_line *line, void *context, int *status,
	     int *signal_number)
{
	struct session s = {.line = line, .context = context};
	enum qemu_end end;

	catch_signals();
	if (start(&s, config)) {
		return -1;
	}
	end = pump(&s, config->timeout);
	if (end != QEMU_ENDED) {
		kill(-s.pid, SIGKILL);
	}
	while (waitpid(s.pid, status, 0) < 0 && errno == EINTR) {
	}
	for (int i = 0; i < QEMU_STREAMS; i++) {
		if (s.stream[i].fd >= 0) {
			close(s.stream[i].fd);
		}
	}
	*signal_number = caught;
	return (int)end;
}

char *find_program(const char *name)
{
	const char *path = getenv("PATH");

	for (const char *p = path ? path : "/usr/bin:/bin"; *p;) {
		uint64_t length = strcspn(p, ":"), size = length + strlen(name) + 2;
		char *candidate = tool_alloc(size);

		snprintf(candidate, size, "%.*s/%s", (int)length, p, name);
		if (access(candidate, X_OK) == 0) {
			return candidate;
		}
		free(candidate);
		p += length + (p[length] == ':');
	}
	return 0;
}
