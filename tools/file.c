/* Messages, memory and whole files. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verismo.h"

int tool_error(int code, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("verismo: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

void *tool_alloc(uint64_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p) {
		exit(tool_error(TOOL_EMULATOR, "out of memory"));
	}
	return p;
}

static int read_all(int fd, struct bytes *out)
{
	uint64_t done = 0;

	while (done < out->size) {
		ssize_t n = read(fd, out->data + done, out->size - done);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return 1;
		}
		done += (uint64_t)n;
	}
	return 0;
}

int file_read(const char *path, uint64_t limit, struct bytes *out)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code = TOOL_OK;

	if (fd < 0) {
		return tool_error(TOOL_BAD_FILE, "%s: %s", path, strerror(errno));
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		code = tool_error(TOOL_BAD_FILE, "%s: not a regular file", path);
	} else if ((uint64_t)st.st_size > limit) {
		code = tool_error(TOOL_BAD_FILE, "%s: %llu bytes, more than the %llu that fit",
				  path, (unsigned long long)st.st_size, (unsigned long long)limit);
	} else {
		out->size = (uint64_t)st.st_size;
		out->data = tool_alloc(out->size);
		if (read_all(fd, out)) {
			free(out->data);
			code = tool_error(TOOL_BAD_FILE, "%s: cannot be read", path);
		}
	}
	close(fd);
	return code;
}

static int write_all(int fd, const struct bytes *content)
{
	uint64_t done = 0;

	while (done < content->size) {
		ssize_t n = write(fd, content->data + done, content->size - done);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return 1;
		}
		done += (uint64_t)n;
	}
	return 0;
}

int file_replace(const char *path, const struct bytes *content)
{
	uint64_t length = strlen(path) + sizeof(".XXXXXX");
	char *temporary = tool_alloc(length);
	int fd, failed, code = TOOL_OK;
	mode_t mask = umask(0);

	umask(mask);
	snprintf(temporary, length, "%s.XXXXXX", path);
	fd = mkstemp(temporary);
	if (fd < 0) {
		code = tool_error(TOOL_BAD_FILE, "%s: cannot be written: %s", path,
				  strerror(errno));
		free(temporary);
		return code;
	}
	failed = write_all(fd, content) || fchmod(fd, 0666 & ~mask);
	failed |= close(fd);
	if (failed || rename(temporary, path)) {
		code = tool_error(TOOL_BAD_FILE, "%s: cannot be written: %s", path,
				  strerror(errno));
		unlink(temporary);
	}
	free(temporary);
	return code;
}

int file_readable(const char *path)
{
	return access(path, R_OK) == 0;
}

char *build_path(const char *name)
{
	char self[4096], *slash, *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	uint64_t length;

	self[n < 0 ? 0 : n] = 0;
	slash = strrchr(self, '/');
	if (!slash) {
		return strdup(name);
	}
	slash[1] = 0;
	length = strlen(self) + strlen(name) + 1;
	path = tool_alloc(length);
	snprintf(path, length, "%s%s", self, name);
	return path;
}

int64_t parse_number(const char *text, int64_t low, int64_t high)
{
	char *end;
	long long value;

	if (text[0] < '0' || text[0] > '9') {
		return -1;
	}
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno || *end || value < low || value > high ? -1 : value;
}
