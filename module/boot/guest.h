/*
 * What the guest finds in its first megabyte (docs/guest-layout.md), and its first vCPU. The pages
 * have been taken over before: they are private, granted and, where nothing was loaded, zero.
 */
#ifndef MODULE_BOOT_GUEST_H
#define MODULE_BOOT_GUEST_H

#include <stdint.h>
#include <verismo/launch.h>

/* Secrets copy, CPUID copy, entry page tables (cbit = the mask). */
void guest_fill_common(uint64_t cbit);
/* CC blob and setup_data node, e820, processors of the MADT: for LAUNCH_LINUX. */
void guest_fill_linux(uint32_t cpus);
/* VMSA, registration and announcement of the startup vCPU on CPU 0. */
void guest_make_startup(const struct launch_block *launch, uint64_t cbit);

/* Little-endian value of size bytes (1..8) at a GPA; does not cross a page. */
void guest_put(uint64_t gpa, uint64_t value, uint32_t size);
uint64_t guest_get(uint64_t gpa, uint32_t size);

/* The copy of the secrets page (secrets.c): ends the VM with REASON_SECRETS if the page is of a
 * version before 3. */
void secrets_copy_to(uint64_t pfn);

#endif
