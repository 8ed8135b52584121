/*
 * The CPUID page: filled by the host, checked by the secure processor as far as its policy goes. The
 * module reads its own facts from here and never executes CPUID.
 */
#ifndef MODULE_BOOT_CPUID_H
#define MODULE_BOOT_CPUID_H

#include <stdint.h>

/* Ends the VM with REASON_CPUID_PAGE if the page is malformed or lacks what the module needs (SNP with
 * VMPLs, RDRAND, INVLPGB with nested flush), with REASON_CBIT unless the C-bit is at cbit_position. */
void cpuid_check(uint32_t cbit_position);
/* Guest physical addresses are below 2^this: the smaller of C-bit position and physical width. */
uint32_t cpuid_address_width(void);
/* Copies the used part of the page to a guest page; the rest of that page is zero already. */
void cpuid_copy_to(uint64_t pfn);

#endif
