#include <string.h>

#include "linux.h"

/* boot_params, byte offsets; the setup header at 0x1f1 has the same offsets in the bzImage. */
#define BP_ACPI_RSDP_ADDR 0x070
#define BP_SETUP_HEADER	  0x1f1
#define BP_SETUP_SECTS	  0x1f1
#define BP_BOOT_FLAG	  0x1fe
#define BP_HEADER_LENGTH  0x201 /* the setup header ends at 0x202 + this byte */
#define BP_HEADER_MAGIC	  0x202
#define BP_VERSION	  0x206
#define BP_TYPE_OF_LOADER 0x210
#define BP_LOADFLAGS	  0x211
#define BP_RAMDISK_IMAGE  0x218
#define BP_RAMDISK_SIZE	  0x21c
#define BP_CMD_LINE_PTR	  0x228
#define BP_ALIGNMENT	  0x230
#define BP_RELOCATABLE	  0x234
#define BP_XLOADFLAGS	  0x236
#define BP_CMDLINE_SIZE	  0x238
#define BP_SETUP_DATA	  0x250
#define BP_INIT_SIZE	  0x260
#define BP_HEADER_END	  0x264 /* end of the fields used here */

#define BOOT_FLAG	 0xaa55U
#define HEADER_MAGIC	 0x53726448U /* "HdrS" */
#define VERSION_64BIT	 0x020cU     /* first one with xloadflags */
#define LOADED_HIGH	 0x01U
#define XLF_KERNEL_64	 0x01U
#define LOADER_UNDEFINED 0xffU
#define SECTOR		 512UL
#define SETUP_SECTS_IF_0 4UL
#define ENTRY_64	 0x200UL

static uint64_t get(const uint8_t *p, uint32_t offset, uint32_t bytes)
{
	uint64_t value = 0;

	memcpy(&value, p + offset, bytes);
	return value;
}

static void put(uint8_t *p, uint32_t offset, uint64_t value, uint32_t bytes)
{
	memcpy(p + offset, &value, bytes);
}

static uint64_t setup_size(const uint8_t *kernel)
{
	uint64_t sectors = kernel[BP_SETUP_SECTS] ? kernel[BP_SETUP_SECTS] : SETUP_SECTS_IF_0;

	return (sectors + 1) * SECTOR;
}

static const char *check_kernel(const struct bytes *file)
{
	const uint8_t *k = file->data;
	uint64_t room = GUEST_INITRD_GPA - GUEST_KERNEL_GPA, alignment;

	if (file->size < BP_HEADER_END || get(k, BP_BOOT_FLAG, 2) != BOOT_FLAG ||
	    get(k, BP_HEADER_MAGIC, 4) != HEADER_MAGIC) {
		return "not a bzImage";
	}
	if (get(k, BP_VERSION, 2) < VERSION_64BIT || !(k[BP_LOADFLAGS] & LOADED_HIGH) ||
	    !(k[BP_XLOADFLAGS] & XLF_KERNEL_64) || 0x202UL + k[BP_HEADER_LENGTH] < BP_HEADER_END) {
		return "the kernel has no 64-bit entry point";
	}
	if (setup_size(k) + ENTRY_64 >= file->size || 0x202UL + k[BP_HEADER_LENGTH] > file->size) {
		return "the bzImage is cut short";
	}
	if (file->size - setup_size(k) > room || get(k, BP_INIT_SIZE, 4) > room) {
		return "the kernel is too large";
	}
	alignment = get(k, BP_ALIGNMENT, 4);
	if (!k[BP_RELOCATABLE] || !alignment || GUEST_KERNEL_GPA % alignment) {
		return "the kernel cannot run at 16 MiB";
	}
	return 0;
}

static int check_guest(const struct linux_guest *guest)
{
	const char *why = check_kernel(&guest->kernel);
	uint64_t length = strlen(guest->command_line), most;

	if (why) {
		return tool_error(TOOL_BAD_FILE, "%s: %s", guest->kernel_name, why);
	}
	if (guest->initrd.size > MODULE_BASE - GUEST_INITRD_GPA) {
		return tool_error(TOOL_BAD_FILE, "%s: the initramfs is larger than %lu MiB",
				  guest->initrd_name, (MODULE_BASE - GUEST_INITRD_GPA) >> 20);
	}
	most = get(guest->kernel.data, BP_CMDLINE_SIZE, 4);
	if (most > PAGE_SIZE - 1) {
		most = PAGE_SIZE - 1;
	}
	if (length > most) {
		return tool_error(TOOL_BAD_FILE,
				  "the command line has %llu characters, the kernel takes %llu",
				  (unsigned long long)length, (unsigned long long)most);
	}
	return TOOL_OK;
}

static void place_boot_params(const struct linux_guest *guest, struct pages *pages)
{
	uint8_t *bp = pages_add(pages, GUEST_BOOT_PARAMS_GPA, IGVM_DATA_NORMAL)->data;
	const uint8_t *k = guest->kernel.data;

	memcpy(bp + BP_SETUP_HEADER, k + BP_SETUP_HEADER,
	       0x202UL + k[BP_HEADER_LENGTH] - BP_SETUP_HEADER);
	bp[BP_TYPE_OF_LOADER] = LOADER_UNDEFINED;
	bp[BP_LOADFLAGS] |= LOADED_HIGH;
	put(bp, BP_RAMDISK_IMAGE, guest->initrd.size ? GUEST_INITRD_GPA : 0, 4);
	put(bp, BP_RAMDISK_SIZE, guest->initrd.size, 4);
	put(bp, BP_CMD_LINE_PTR, GUEST_CMDLINE_GPA, 4);
	put(bp, BP_ACPI_RSDP_ADDR, GUEST_ACPI_GPA, 8);
	put(bp, BP_SETUP_DATA, GUEST_SETUP_DATA_GPA, 8);
}

int linux_place(const struct linux_guest *guest, struct pages *pages, uint64_t *entry)
{
	int code = check_guest(guest);
	uint64_t skip;

	if (code) {
		return code;
	}
	/* all checks passed */
	skip = setup_size(guest->kernel.data);
	place_boot_params(guest, pages);
	pages_copy(pages, GUEST_CMDLINE_GPA, guest->command_line, strlen(guest->command_line) + 1);
	acpi_place(pages);
	pages_copy(pages, GUEST_KERNEL_GPA, guest->kernel.data + skip, guest->kernel.size - skip);
	pages_copy(pages, GUEST_INITRD_GPA, guest->initrd.data, guest->initrd.size);
	*entry = GUEST_KERNEL_GPA + ENTRY_64;
	return TOOL_OK;
}
