/*
 * mkinitramfs INIT OUTPUT: an initramfs with /init, the mount points and /dev/console, as an
 * uncompressed cpio archive ("newc"; Linux: Documentation/driver-api/early-userspace/
 * buffer-format.rst). Device nodes are records like any other, so no root is needed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODE_FOLDER   0040755U
#define MODE_CONSOLE  0020600U
#define MODE_PROGRAM  0100755U
#define CONSOLE_MAJOR 5U
#define CONSOLE_MINOR 1U
#define INIT_LIMIT    (32L << 20) /* bytes */

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

static void *read_program(const char *path, uint32_t *size)
{
	FILE *in = fopen(path, "rb");
	void *data = malloc(INIT_LIMIT);

	if (!in || !data) {
		return 0;
	}
	*size = (uint32_t)fread(data, 1, INIT_LIMIT, in);
	if (ferror(in) || *size == 0 || *size == INIT_LIMIT) {
		return 0;
	}
	fclose(in);
	return data;
}

int main(int argc, char **argv)
{
	struct entry entries[] = {
		{.name = "proc", .mode = MODE_FOLDER},
		{.name = "sys", .mode = MODE_FOLDER},
		{.name = "dev", .mode = MODE_FOLDER},
		{.name = "dev/console",
		 .mode = MODE_CONSOLE,
		 .major = CONSOLE_MAJOR,
		 .minor = CONSOLE_MINOR},
		{.name = "init", .mode = MODE_PROGRAM},
		{.name = "TRAILER!!!"},
	};
	FILE *out;
	int bad;

	if (argc != 3) {
		fputs("usage: mkinitramfs INIT OUTPUT\n", stderr);
		return 2;
	}
	entries[4].data = read_program(argv[1], &entries[4].size);
	if (!entries[4].data) {
		fprintf(stderr, "mkinitramfs: %s: cannot be read, or too large\n", argv[1]);
		return 3;
	}
	out = fopen(argv[2], "wb");
	if (!out) {
		perror(argv[2]);
		return 3;
	}
	for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		put_entry(out, &entries[i]);
	}
	bad = ferror(out);
	bad |= fclose(out);
	if (bad) {
		remove(argv[2]);
		fprintf(stderr, "mkinitramfs: %s: cannot be written\n", argv[2]);
	}
	return bad ? 3 : 0;
}
