/* The emulator's options: QEMU's -append string, words separated by spaces. Pure. */
#ifndef EMULATOR_LOADER_OPTIONS_H
#define EMULATOR_LOADER_OPTIONS_H

#include <stdint.h>

#define OPTION_TEXT 24U /* longest attack name + 1 */

struct options {
	uint64_t memory; /* bytes of guest memory: memory=MiB, even, 256..4096; default 256 */
	uint32_t cpus;	 /* cpus=N, 1..; 0 = all there are */
	char attack[OPTION_TEXT]; /* attack=NAME; default "none" */
};

/* Returns 0, or a short English reason: unknown word, then number, then range. text may be null. */
const char *options_parse(struct options *o, const char *text);

#endif
