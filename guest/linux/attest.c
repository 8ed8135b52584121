/*
 * An attestation report by the kernel's configfs-tsm (Linux: Documentation/ABI/testing/configfs-tsm), asked for by a
 * word of the kernel command line; the nonce is 64 bytes in hexadecimal:
 *
 *   verismo.attest=NONCE            the guest's own report: it asks the secure processor itself, with its VMPCK
 *   verismo.attest=svsm:NONCE       the module's report for all services
 *   verismo.attest=svsm/GUID:NONCE  the module's report for one service
 *
 * Each blob is printed as lines "NAME OFFSET HEX" and a last line "NAME: N bytes", for a program on the other side of
 * the console. Modules lie in /modules by number, in the order of guest/linux/modules.list.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

#define WORD	    "verismo.attest="
#define MODULES_MAX 16
#define COMPRESSED  4 /* MODULE_INIT_COMPRESSED_FILE */
#define CONFIGFS    "/sys/kernel/config"
#define REPORT	    CONFIGFS "/tsm/report/verismo"
#define NONCE_SIZE  64U
#define LINE_BYTES  64U
#define BLOB_SIZE   (64U << 10) /* bytes: more than any of them */

static const char *path_of(const char *folder, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int failed(const char *what)
{
	say("attest: %s: %s", what, strerror(errno));
	return 1;
}

/* ---- the command line ---- */

char *kernel_word(const char *begin, char text[COMMAND_LINE])
{
	char *value;
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, COMMAND_LINE - 1);

	close(fd);
	text[length < 0 ? 0 : length] = 0;
	value = strstr(text, begin);
	if (!value) {
		return 0;
	}
	value += strlen(begin);
	value[strcspn(value, " \n")] = 0;
	return value;
}

static int decode(const char *digits, uint8_t nonce[NONCE_SIZE])
{
	if (strlen(digits) != 2 * NONCE_SIZE ||
	    strspn(digits, "0123456789abcdef") != 2 * NONCE_SIZE) {
		say("attest: the nonce must have %u hexadecimal digits, lower case",
		    2 * NONCE_SIZE);
		return 1;
	}
	for (uint32_t i = 0; i < NONCE_SIZE; i++) {
		char byte[3] = {digits[2 * i], digits[2 * i + 1], 0};

		nonce[i] = (uint8_t)strtoul(byte, 0, 16);
	}
	return 0;
}

/* ---- the kernel's drivers ---- */

int load_modules(void)
{
	char number[16];

	for (int i = 0; i < MODULES_MAX; i++) {
		int fd, bad;

		snprintf(number, sizeof(number), "%d", i);
		fd = open(path_of("/modules", number), O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			return i == 0 ? failed("/modules") : 0;
		}
		bad = syscall(SYS_finit_module, fd, "", COMPRESSED) != 0 && errno != EEXIST;
		close(fd);
		if (bad) {
			return failed(path_of("/modules", number));
		}
	}
	return 0;
}

static int write_attribute(const char *name, const void *data, size_t size)
{
	int fd = open(path_of(REPORT, name), O_WRONLY | O_CLOEXEC);
	int bad = fd < 0 || write(fd, data, size) != (ssize_t)size;

	/* configfs hands a binary attribute over at the close */
	if (fd >= 0) {
		bad |= close(fd) != 0;
	}
	return bad ? failed(name) : 0;
}

/* Bytes that the attribute has, or -1 after a message. */
static ssize_t read_attribute(const char *name, uint8_t blob[BLOB_SIZE])
{
	int fd = open(path_of(REPORT, name), O_RDONLY | O_CLOEXEC);
	ssize_t size = 0, more = fd < 0 ? -1 : 1;

	while (more > 0 && size < (ssize_t)BLOB_SIZE) {
		more = read(fd, blob + size, BLOB_SIZE - (size_t)size);
		size += more > 0 ? more : 0;
	}
	if (more < 0) {
		failed(name);
		size = -1;
	}
	close(fd);
	return size;
}

/* ---- the report ---- */

/* Of the module: "svsm" or "svsm/GUID". */
static int choose_service(const char *provider)
{
	const char *guid = strchr(provider, '/');

	return write_attribute("service_provider", "svsm", 4) ||
	       (guid && write_attribute("service_guid", guid + 1, strlen(guid + 1)));
}

/* The guest's own: for the level whose VMPCK the kernel has. */
static int choose_level(void)
{
	static uint8_t level[BLOB_SIZE];
	ssize_t size = read_attribute("privlevel_floor", level);

	return size < 0 || write_attribute("privlevel", level, (size_t)size);
}

void print_bytes(const char *name, const uint8_t *data, size_t size)
{
	char line[2 * LINE_BYTES + 1];

	for (size_t at = 0; at < size; at += LINE_BYTES) {
		for (size_t i = 0; i < LINE_BYTES && at + i < size; i++) {
			snprintf(line + 2 * i, 3, "%02x", data[at + i]);
		}
		say("%s %05zx %s", name, at, line);
	}
	say("%s: %zu bytes", name, size);
}

static int print_blob(const char *name)
{
	static uint8_t blob[BLOB_SIZE];
	ssize_t size = read_attribute(name, blob);

	if (size >= 0) {
		print_bytes(name, blob, (size_t)size);
	}
	return size < 0;
}

static int get_report(const char *provider, const uint8_t nonce[NONCE_SIZE])
{
	mount("configfs", CONFIGFS, "configfs", 0, 0);
	if (mkdir(REPORT, 0700)) {
		return failed(REPORT);
	}
	if (write_attribute("inblob", nonce, NONCE_SIZE) ||
	    (provider ? choose_service(provider) : choose_level())) {
		return 1;
	}
	return print_blob("outblob") || print_blob("auxblob") ||
	       (provider && print_blob("manifestblob"));
}

int check_attestation(void)
{
	static char text[COMMAND_LINE];
	char *provider = kernel_word(WORD, text), *digits;
	uint8_t nonce[NONCE_SIZE];

	if (!provider) {
		return 0;
	}
	digits = strchr(provider, ':');
	if (digits) {
		*digits++ = 0;
	} else {
		digits = provider;
		provider = 0;
	}
	return decode(digits, nonce) || load_modules() || get_report(provider, nonce);
}
