/* Building a launch file: what goes in, for `verismo image` and for `verismo run --kernel`. */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include "verismo.h"

#define GUEST_VMPL	 2U	       /* VMPL1 is reserved for services */
#define MODULE_IMAGE_MAX (128UL << 10) /* bytes of code and data, whole pages */

struct image_spec {
	const char *module; /* ELF */
	const char *plain;  /* ELF of a freestanding guest, or 0 for Linux */
	const char *kernel;
	const char *initrd;
	const char *command_line;
	uint64_t stack; /* RSP of a freestanding guest */
};
/* Fills in the files beside this program and the command line for what is not given. */
void image_defaults(struct image_spec *spec);
/* Makes the file in memory; free out->data. */
int image_build(const struct image_spec *spec, struct bytes *out);

#endif
