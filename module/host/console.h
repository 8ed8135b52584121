/* The module's log: short lines to the serial port at 0x3f8, through the GHCB page. Nothing secret
 * is ever passed to it. Needs ghcb_register on this CPU. */
#ifndef MODULE_HOST_CONSOLE_H
#define MODULE_HOST_CONSOLE_H

#include <stdint.h>

#define CONSOLE_PORT 0x3f8U
#define CONSOLE_LINE 100U /* longer strings are cut */

void console_text(const char *text);
void console_hex(uint64_t value);
void console_decimal(uint64_t value);
void console_end(void); /* CR LF */
/* text and the end of the line */
void console_line(const char *text);

#endif
