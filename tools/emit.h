/* Writing IGVM files and the start VMSA, and measuring what is written. */
#ifndef TOOLS_EMIT_H
#define TOOLS_EMIT_H

#include "../igvm/igvm.h"
#include "pages.h"
#include "verismo.h"

#define IGVM_FILE_LIMIT (256UL << 20) /* bytes */

/* Pages sorted; makes the whole file. The order of records is the project's (docs/guest-layout.md). */
void emit_igvm(const struct pages *pages, const uint8_t *vmsa, struct bytes *out);

/* The VMSA in which the module starts: 32-bit protected mode, paging off, so everything private; long
 * mode is one write of CR0 away, with root table, GDT and stack in the early area (verismo/launch.h). */
void start_vmsa(uint8_t *vmsa);

/* Launch digest over the records in file order, as QEMU submits them (zero pages as data). Returns
 * 0 or why it cannot be computed. The file passed igvm_open. */
const char *launch_digest(const struct igvm_file *file, uint8_t digest[DIGEST_SIZE]);
void digest_text(const uint8_t digest[DIGEST_SIZE], char text[DIGEST_HEX]);

/* Reads and checks an IGVM file; content stays owned by the caller (free content->data). */
int igvm_read(const char *path, struct bytes *content, struct igvm_file *file);

#endif
