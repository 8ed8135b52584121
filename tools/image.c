/* `verismo image`: module + guest -> IGVM file. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elffile.h"
#include "emit.h"
#include "image.h"
#include "linux.h"

#define ELF_LIMIT    (64UL << 20)
#define KERNEL_LIMIT (64UL << 20)
#define RESERVED_END GUEST_BOOT_PARAMS_GPA
#define TABLES_END   (GUEST_PAGE_TABLES_GPA + 6 * PAGE_SIZE)

#ifndef DEFAULT_COMMAND_LINE
#	define DEFAULT_COMMAND_LINE "" /* build.mk passes guest/linux/cmdline */
#endif

void image_defaults(struct image_spec *spec)
{
	if (!spec->module) {
		spec->module = build_path("module/module.elf");
	}
	if (!spec->initrd) {
		spec->initrd = build_path("initramfs.cpio");
	}
	if (!spec->command_line) {
		spec->command_line = DEFAULT_COMMAND_LINE;
	}
}

/* Bytes of the module's pages with content; the guest's are placed below it. */
static uint64_t module_image_size(const struct pages *pages)
{
	uint64_t size = 0;

	for (uint64_t i = 0; i < pages->count; i++) {
		if (pages->page[i]->gpa >= MODULE_IMAGE_GPA && !page_is_zero(pages->page[i])) {
			size += PAGE_SIZE;
		}
	}
	return size;
}

static int place_module(const char *name, struct pages *pages)
{
	struct bytes file;
	uint64_t entry;
	int code = file_read(name, ELF_LIMIT, &file);

	if (code) {
		return code;
	}
	code = elf_load(&file, name, MODULE_IMAGE_GPA, MODULE_BASE + MODULE_SIZE, pages, &entry);
	free(file.data);
	if (!code && entry != MODULE_IMAGE_GPA) {
		return tool_error(TOOL_BAD_FILE, "%s: the entry point is not 0x%lx", name,
				  MODULE_IMAGE_GPA);
	}
	if (!code && module_image_size(pages) > MODULE_IMAGE_MAX) {
		return tool_error(TOOL_BAD_FILE, "%s: the module's image is larger than %lu bytes",
				  name, MODULE_IMAGE_MAX);
	}
	return code;
}

static int place_plain(const struct image_spec *spec, struct pages *pages, uint64_t *entry)
{
	struct bytes file;
	int code = file_read(spec->plain, ELF_LIMIT, &file);

	if (code) {
		return code;
	}
	code = elf_load(&file, spec->plain, 0, MODULE_BASE, pages, entry);
	free(file.data);
	for (uint64_t i = 0; !code && i < pages->count; i++) {
		uint64_t gpa = pages->page[i]->gpa;

		if ((gpa >= GUEST_CC_BLOB_GPA && gpa < RESERVED_END) ||
		    gpa == GUEST_SETUP_DATA_GPA ||
		    (gpa >= GUEST_PAGE_TABLES_GPA && gpa < TABLES_END)) {
			code = tool_error(TOOL_BAD_FILE, "%s: page 0x%llx is the module's to fill",
					  spec->plain, (unsigned long long)gpa);
		}
	}
	return code;
}

static int place_linux(const struct image_spec *spec, struct pages *pages, uint64_t *entry)
{
	struct linux_guest guest = {.kernel_name = spec->kernel,
				    .initrd_name = spec->initrd,
				    .command_line = spec->command_line};
	int code = file_read(spec->kernel, KERNEL_LIMIT, &guest.kernel);

	if (code) {
		return code;
	}
	code = file_read(spec->initrd, MODULE_BASE - GUEST_INITRD_GPA, &guest.initrd);
	if (!code) {
		code = linux_place(&guest, pages, entry);
		free(guest.initrd.data);
	}
	free(guest.kernel.data);
	return code;
}

/* What nobody has placed in the module's region is launched as zero pages, the early area among them: so
 * all of the region is private and measured (module/boot/memory.h, boot_start). */
static void fill_region(struct pages *pages)
{
	uint8_t placed[MODULE_SIZE / PAGE_SIZE] = {0};
	uint64_t i;

	for (i = 0; i < pages->count; i++) {
		uint64_t page = (pages->page[i]->gpa - MODULE_BASE) / PAGE_SIZE;

		if (page < MODULE_SIZE / PAGE_SIZE) {
			placed[page] = 1;
		}
	}
	placed[(MODULE_PARAMS_GPA - MODULE_BASE) / PAGE_SIZE] = 1; /* by the loader */
	placed[(MODULE_MEMMAP_GPA - MODULE_BASE) / PAGE_SIZE] = 1;
	for (i = 0; i < MODULE_SIZE / PAGE_SIZE; i++) {
		if (!placed[i]) {
			pages_add(pages, MODULE_BASE + i * PAGE_SIZE, IGVM_DATA_NORMAL);
		}
	}
}

/* The pages that describe the launch; the guest's and the module's are placed already. */
static int place_launch(const struct image_spec *spec, struct pages *pages, uint64_t entry)
{
	struct launch_block launch = {.magic = LAUNCH_MAGIC,
				      .kind = spec->plain ? LAUNCH_PLAIN : LAUNCH_LINUX,
				      .guest_vmpl = GUEST_VMPL,
				      .entry = entry,
				      .stack = spec->stack};
	uint8_t *block = pages_add(pages, MODULE_LAUNCH_GPA, IGVM_DATA_NORMAL)->data;
	uint64_t gpa;

	pages_add(pages, MODULE_CPUID_GPA, IGVM_DATA_CPUID);
	pages_add(pages, MODULE_SECRETS_GPA, IGVM_DATA_SECRETS);
	fill_region(pages);
	if (pages_sort(pages, &gpa)) {
		return tool_error(TOOL_BAD_FILE, "page 0x%llx is used twice",
				  (unsigned long long)gpa);
	}
	if (pages_ranges(pages, &launch)) {
		return tool_error(TOOL_BAD_FILE, "the guest has more than %u separate ranges",
				  LAUNCH_RANGES);
	}
	memcpy(block, &launch, sizeof(launch));
	return TOOL_OK;
}

int image_build(const struct image_spec *spec, struct bytes *out)
{
	uint8_t vmsa[PAGE_SIZE];
	struct pages pages = {0};
	struct igvm_file file;
	const char *why;
	uint64_t entry = 0;
	int code =
		spec->plain ? place_plain(spec, &pages, &entry) : place_linux(spec, &pages, &entry);

	if (!code) {
		code = place_module(spec->module, &pages);
	}
	if (!code) {
		code = place_launch(spec, &pages, entry);
	}
	if (!code) {
		start_vmsa(vmsa);
		emit_igvm(&pages, vmsa, out);
		why = igvm_open(&file, out->data, out->size);
		if (why) {
			free(out->data);
			code = tool_error(TOOL_EMULATOR, "internal error: wrote a bad file: %s",
					  why);
		}
	}
	pages_free(&pages);
	return code;
}

static const char image_help[] =
	"usage: verismo image --kernel BZIMAGE [--initrd FILE] [--append STRING] --output "
	"FILE.igvm\n"
	"       verismo image --plain ELF [--stack ADDRESS] --output FILE.igvm\n"
	"Options:\n"
	"  --module ELF      the module (default: module/module.elf beside this program)\n"
	"  --kernel BZIMAGE  a Linux kernel with 64-bit entry\n"
	"  --initrd FILE     its initramfs (default: initramfs.cpio beside this program)\n"
	"  --append STRING   its command line (default: that of guest/linux/cmdline)\n"
	"  --plain ELF       a freestanding guest instead: static, its PT_LOAD segments as guest "
	"pages\n"
	"  --stack ADDRESS   its initial stack pointer, hexadecimal with 0x (default 0)\n"
	"  --output FILE     the launch file; its launch digest is printed\n";

static int write_image(const struct image_spec *spec, const char *output)
{
	struct bytes image;
	struct igvm_file file;
	uint8_t digest[DIGEST_SIZE];
	char text[DIGEST_HEX];
	int code = image_build(spec, &image);

	if (code) {
		return code;
	}
	code = file_replace(output, &image);
	if (!code && !igvm_open(&file, image.data, image.size) && !launch_digest(&file, digest)) {
		digest_text(digest, text);
		printf("%s: launch digest %s\n", output, text);
	}
	free(image.data);
	return code;
}

static int check_spec(struct image_spec *spec, const char *output)
{
	if (!output) {
		return tool_error(TOOL_USAGE, "image: --output is missing");
	}
	if (spec->plain && (spec->kernel || spec->initrd || spec->command_line)) {
		return tool_error(TOOL_USAGE, "image: --plain excludes the options of Linux");
	}
	if (!spec->plain && !spec->kernel) {
		return tool_error(TOOL_USAGE, "image: --kernel or --plain is needed");
	}
	if (spec->stack && !spec->plain) {
		return tool_error(TOOL_USAGE, "image: --stack is for --plain");
	}
	image_defaults(spec);
	return TOOL_OK;
}

int command_image(int argc, char **argv)
{
	static const struct option options[] = {{"module", required_argument, 0, 'm'},
						{"plain", required_argument, 0, 'p'},
						{"kernel", required_argument, 0, 'k'},
						{"initrd", required_argument, 0, 'i'},
						{"append", required_argument, 0, 'a'},
						{"output", required_argument, 0, 'o'},
						{"stack", required_argument, 0, 's'},
						{"help", no_argument, 0, 'h'},
						{0, 0, 0, 0}};
	struct image_spec spec = {0};
	const char *output = 0;
	char *end = "";
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, 0)) != -1) {
		switch (option) {
		case 'm':
			spec.module = optarg;
			break;
		case 'p':
			spec.plain = optarg;
			break;
		case 'k':
			spec.kernel = optarg;
			break;
		case 'i':
			spec.initrd = optarg;
			break;
		case 'a':
			spec.command_line = optarg;
			break;
		case 'o':
			output = optarg;
			break;
		case 's':
			spec.stack = strtoull(optarg, &end, 0);
			break;
		default:
			fputs(image_help, option == 'h' ? stdout : stderr);
			return option == 'h' ? TOOL_OK : TOOL_USAGE;
		}
	}
	if (optind < argc || *end) {
		fputs(image_help, stderr);
		return TOOL_USAGE;
	}
	code = check_spec(&spec, output);
	return code ? code : write_image(&spec, output);
}
