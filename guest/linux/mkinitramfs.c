/*
 * mkinitramfs INIT OUTPUT [MODULE | NAME=FILE]...: an initramfs with /init, the mount points, /dev/console, the
 * kernel modules as /modules/0, /modules/1 and so on, and each FILE as /NAME, as an uncompressed cpio archive ("newc";
 * Linux: Documentation/driver-api/early-userspace/buffer-format.rst). Device nodes are records like any other, so no
 * root is needed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODE_FOLDER   0040755U
#define MODE_CONSOLE  0020600U
#define MODE_PROGRAM  0100755U
#define MODE_FILE     0100644U
#define CONSOLE_MAJOR 5U
#define CONSOLE_MINOR 1U
#define FILE_LIMIT    (32L << 20) /* bytes */

struct entry {
	const char *name;
	uint32_t mode;
	uint32_t major, minor; /* of a device */
	const void *data;
	uint32_t size; /* bytes */
};

static void pad(FILE *out, uint64_t bytes)
{
	static const char zeros[4];

	fwrite(zeros, 1, (size_t)(-bytes % 4), out);
}

static void put_entry(FILE *out, const struct entry *e)
{
	static uint32_t inode;
	uint32_t name_size = (uint32_t)strlen(e->name) + 1;

	/* inode, mode, uid, gid, links, time, size, device (2), device node (2), name size, check */
	fprintf(out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ++inode, e->mode,
		0U, 0U, 1U, 0U, e->size, 0U, 0U, e->major, e->minor, name_size, 0U);
	fwrite(e->name, 1, name_size, out);
	pad(out, 110 + name_size);
	fwrite(e->data, 1, e->size, out);
	pad(out, e->size);
}

static void *read_file(const char *path, uint32_t *size)
{
	FILE *in = fopen(path, "rb");
	void *data = malloc(FILE_LIMIT);

	if (!in || !data) {
		goto bad;
	}
	*size = (uint32_t)fread(data, 1, FILE_LIMIT, in);
	if (ferror(in) || *size == 0 || *size == FILE_LIMIT) {
		goto bad;
	}
	fclose(in);
	return data;
bad:
	fprintf(stderr, "mkinitramfs: %s: cannot be read, empty, or too large\n", path);
	exit(3);
}

static void put_file(FILE *out, const char *name, uint32_t mode, const char *path)
{
	struct entry e = {.name = name, .mode = mode};
	void *data = read_file(path, &e.size);

	e.data = data;
	put_entry(out, &e);
	free(data);
}

static void put_all(FILE *out, const char *init, char **modules)
{
	static const struct entry entries[] = {
		{.name = "proc", .mode = MODE_FOLDER},
		{.name = "sys", .mode = MODE_FOLDER},
		{.name = "dev", .mode = MODE_FOLDER},
		{.name = "modules", .mode = MODE_FOLDER},
		{.name = "dev/console",
		 .mode = MODE_CONSOLE,
		 .major = CONSOLE_MAJOR,
		 .minor = CONSOLE_MINOR},
	};
	static const struct entry end = {.name = "TRAILER!!!"};
	unsigned number = 0;
	char name[32];

	for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		put_entry(out, &entries[i]);
	}
	put_file(out, "init", MODE_PROGRAM, init);
	for (unsigned i = 0; modules[i]; i++) {
		char *file = strchr(modules[i], '=');

		if (file) {
			*file++ = 0;
			put_file(out, modules[i], MODE_PROGRAM, file);
			continue;
		}
		snprintf(name, sizeof(name), "modules/%u", number++);
		put_file(out, name, MODE_FILE, modules[i]);
	}
	put_entry(out, &end);
}

int main(int argc, char **argv)
{
	FILE *out;
	int bad;

	if (argc < 3) {
		fputs("usage: mkinitramfs INIT OUTPUT [MODULE | NAME=FILE]...\n", stderr);
		return 2;
	}
	out = fopen(argv[2], "wb");
	if (!out) {
		perror(argv[2]);
		return 3;
	}
	put_all(out, argv[1], argv + 3);
	bad = ferror(out);
	bad |= fclose(out);
	if (bad) {
		remove(argv[2]);
		fprintf(stderr, "mkinitramfs: %s: cannot be written\n", argv[2]);
	}
	return bad ? 3 : 0;
}
