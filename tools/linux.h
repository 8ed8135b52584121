/* Placing a Linux kernel, its initramfs and command line for the 64-bit boot protocol. */
#ifndef TOOLS_LINUX_H
#define TOOLS_LINUX_H

#include "pages.h"
#include "verismo.h"

struct linux_guest {
	const char *kernel_name; /* for messages */
	const char *initrd_name;
	struct bytes kernel; /* bzImage */
	struct bytes initrd;
	const char *command_line;
};

/* The layout is that of <verismo/launch.h>. boot_params is a template: the module adds the memory
 * map. *entry: 64-bit entry point. Errors: no bzImage, no 64-bit entry, kernel, initramfs or
 * command line too large. (Linux: Documentation/arch/x86/boot.rst, zero-page.rst) */
int linux_place(const struct linux_guest *guest, struct pages *pages, uint64_t *entry);

/* RSDP, XSDT, FADT, MADT and DSDT of a machine without legacy devices, at GUEST_ACPI_GPA. The
 * MADT's CPUS_MAX processors are disabled: the module enables those that exist. */
void acpi_place(struct pages *pages);

#endif
