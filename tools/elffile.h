/* Loading static x86-64 ELF programs into pages. The file is input from outside: all is checked. */
#ifndef TOOLS_ELFFILE_H
#define TOOLS_ELFFILE_H

#include "pages.h"
#include "verismo.h"

/* Places the PT_LOAD segments of a static executable at their physical addresses, which must lie in
 * [low, high); memory beyond a segment's file part becomes zero pages. *entry: the entry point,
 * inside a segment. name: for messages. Errors: not such an ELF file, out of bounds, no segment. */
int elf_load(const struct bytes *file, const char *name, uint64_t low, uint64_t high,
	     struct pages *pages, uint64_t *entry);

#endif
