#ifndef MODULE_BOOT_BOOT_H
#define MODULE_BOOT_BOOT_H

#include <stdint.h>

/* Called once by entry.S on CPU 0, on temporary page tables; cbit = mask of the C-bit. */
void boot_main(uint64_t cbit) __attribute__((noreturn));

#endif
