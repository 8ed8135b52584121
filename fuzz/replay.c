/*
 * Runs a fuzz target on given inputs, without libFuzzer: each input in a process of its own, which must end
 * well within RUN_SECONDS.
 */
#include "fuzz/fuzz.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define INPUT_MAX   0x10000U /* bytes */
#define RUN_SECONDS 20U
#define BAD_FILE    3

static const char *program;
static uint32_t inputs;
static uint32_t findings;

static void usage(FILE *to)
{
	fprintf(to,
		"usage: %s FILE|FOLDER...\n"
		"Runs the fuzz target on each file, and on each file of each folder.\n"
		"exit codes: 0 nothing found, 1 a finding, 2 usage, 3 an input that cannot be "
		"read\n",
		program);
}

static void broken(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program, path, why);
	exit(BAD_FILE);
}

/* In the child: a copy of exactly its size, so that a read behind it is seen. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	if (copy == NULL) {
		abort();
	}
	memcpy(copy, data, size);
	alarm(RUN_SECONDS);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	_exit(0);
}

static void judge(const char *path, int status)
{
	inputs++;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		return;
	}
	findings++;
	printf("finding: %s: %s\n", path,
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "it does not end"
								  : "it ends badly (above)");
}

static void run_file(const char *path)
{
	static uint8_t data[INPUT_MAX + 1];
	FILE *file = fopen(path, "rb");
	size_t size;
	pid_t child;
	int status = 0;

	if (file == NULL) {
		broken(path, strerror(errno));
	}
	size = fread(data, 1, sizeof(data), file);
	if (ferror(file) || size > INPUT_MAX) {
		broken(path, ferror(file) ? "cannot be read" : "too long for an input");
	}
	fclose(file);
	fflush(NULL);
	child = fork();
	if (child < 0) {
		broken(path, "no process");
	}
	if (child == 0) {
		run(data, size);
	}
	waitpid(child, &status, 0);
	judge(path, status);
}

/* Its files, in the order of their names. */
static void run_folder(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	uint32_t before = inputs;
	char name[4096];
	int i;

	if (count < 0) {
		broken(path, strerror(errno));
	}
	for (i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
			run_file(name);
		}
		free(entries[i]);
	}
	free(entries);
	if (inputs == before) {
		broken(path, "no inputs in it");
	}
}

int main(int argc, char **argv)
{
	struct stat s;
	int i;

	program = argv[0];
	if (argc < 2 || argv[1][0] == '-') {
		int help = argc > 1 && strcmp(argv[1], "--help") == 0;

		usage(help ? stdout : stderr);
		return help ? 0 : 2;
	}
	(void)LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &s) != 0) {
			broken(argv[i], strerror(errno));
		}
		if (S_ISDIR(s.st_mode)) {
			run_folder(argv[i]);
		} else {
			run_file(argv[i]);
		}
	}
	printf("%u inputs, %u findings\n", inputs, findings);
	return findings == 0 ? 0 : 1;
}
