/* The parts of /init. */
#ifndef GUEST_LINUX_INIT_H
#define GUEST_LINUX_INIT_H

#include <stddef.h>
#include <stdint.h>

/* One line on the console, below 256 characters. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* N bytes as lines "NAME OFFSET HEX" and a last line "NAME: N bytes", for a program on the other side of the console. */
void print_bytes(const char *name, const uint8_t *data, size_t size);

#define COMMAND_LINE 4096U /* bytes */
/* The rest of the word of the kernel command line that begins so, copied to text, or 0. */
char *kernel_word(const char *begin, char text[COMMAND_LINE]);

/* Loads the kernel's drivers for attestation reports (attest.c). 0, or 1 after a line that says what failed. */
int load_modules(void);

/*
 * If the kernel command line has the word verismo.attest=NONCE (attest.c): loads the kernel's drivers for attestation
 * reports, asks for a report with this nonce, and prints it. 0, or 1 after a line that says what failed.
 */
int check_attestation(void);

#endif
