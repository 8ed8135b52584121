/* The `verismo` command's parts: launch digest, ELF and bzImage checks, ACPI, image, outcomes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <verismo/vmsa.h>

#include "emulator/exit.h"
#include "tools/elffile.h"
#include "tools/emit.h"
#include "tools/linux.h"
#include "tools/outcome.h"
#include "tools/qemu.h"

#define KERNEL_SIZE 0x3000U
#define PAGE_INFO   0x70U
#define TEST_GPA    0x123000UL

/* ---- launch digest, recomputed by a second way: PAGE_INFO as bytes, EVP instead of SHA384() ---- */

static void extend(uint8_t ld[DIGEST_SIZE], uint8_t type, uint64_t gpa, const uint8_t *page)
{
	uint8_t info[PAGE_INFO] = {0};

	memcpy(info, ld, DIGEST_SIZE);
	if (page) {
		EVP_Digest(page, PAGE_SIZE, info + 0x30, 0, EVP_sha384(), 0);
	}
	info[0x60] = PAGE_INFO;
	info[0x62] = type;
	for (int i = 0; i < 8; i++) {
		info[0x68 + i] = (uint8_t)(gpa >> (8 * i));
	}
	EVP_Digest(info, sizeof(info), ld, 0, EVP_sha384(), 0);
}

static void fill(uint8_t *page, unsigned seed)
{
	for (unsigned i = 0; i < PAGE_SIZE; i++) {
		page[i] = (uint8_t)(i * 5 + i / 256 + seed);
	}
}

static void make_small_file(struct bytes *file, uint8_t *vmsa)
{
	struct pages pages = {0};
	uint64_t gpa;

	fill(pages_add(&pages, TEST_GPA, IGVM_DATA_NORMAL)->data, 1);
	pages_add(&pages, TEST_GPA + PAGE_SIZE, IGVM_DATA_NORMAL);
	pages_add(&pages, MODULE_CPUID_GPA, IGVM_DATA_CPUID);
	pages_add(&pages, MODULE_SECRETS_GPA, IGVM_DATA_SECRETS);
	assert_int_equal(pages_sort(&pages, &gpa), 0);
	start_vmsa(vmsa);
	emit_igvm(&pages, vmsa, file);
	pages_free(&pages);
}

static void test_digest(void **state)
{
	uint8_t expected[DIGEST_SIZE] = {0}, digest[DIGEST_SIZE], vmsa[PAGE_SIZE], page[PAGE_SIZE];
	struct bytes content;
	struct igvm_file file;

	(void)state;
	make_small_file(&content, vmsa);
	assert_null(igvm_open(&file, content.data, content.size));
	assert_null(launch_digest(&file, digest));

	extend(expected, 4, MODULE_PARAMS_GPA, 0);
	extend(expected, 4, MODULE_MEMMAP_GPA, 0);
	fill(page, 1);
	extend(expected, 1, TEST_GPA, page);
	memset(page, 0, sizeof(page));
	extend(expected, 1, TEST_GPA + PAGE_SIZE, page);
	extend(expected, 6, MODULE_CPUID_GPA, 0);
	extend(expected, 5, MODULE_SECRETS_GPA, 0);
	extend(expected, 2, IGVM_VMSA_GPA, vmsa);
	assert_memory_equal(digest, expected, DIGEST_SIZE);
	free(content.data);
}

/* Every byte that is measured changes the digest. */
static void test_digest_depends_on_content(void **state)
{
	uint8_t before[DIGEST_SIZE], after[DIGEST_SIZE], vmsa[PAGE_SIZE];
	struct bytes content;
	struct igvm_file file;

	(void)state;
	make_small_file(&content, vmsa);
	assert_null(igvm_open(&file, content.data, content.size));
	assert_null(launch_digest(&file, before));
	content.data[content.size - 1] ^= 1; /* last byte of the VMSA */
	assert_null(launch_digest(&file, after));
	assert_memory_not_equal(before, after, DIGEST_SIZE);
	content.data[content.size - 1] ^= 1;
	content.data[content.size - PAGE_SIZE - 1] ^= 1; /* last byte of the only stored page */
	assert_null(launch_digest(&file, after));
	assert_memory_not_equal(before, after, DIGEST_SIZE);
	free(content.data);
}

/* ---- ELF ---- */

struct test_elf {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	uint8_t code[16];
};

static struct test_elf good_elf(void)
{
	struct test_elf e = {0};

	memcpy(e.header.e_ident, ELFMAG, SELFMAG);
	e.header.e_ident[EI_CLASS] = ELFCLASS64;
	e.header.e_ident[EI_DATA] = ELFDATA2LSB;
	e.header.e_type = ET_EXEC;
	e.header.e_machine = EM_X86_64;
	e.header.e_entry = TEST_GPA + 0x10;
	e.header.e_phoff = offsetof(struct test_elf, segment);
	e.header.e_phentsize = sizeof(Elf64_Phdr);
	e.header.e_phnum = 1;
	e.segment.p_type = PT_LOAD;
	e.segment.p_offset = offsetof(struct test_elf, code);
	e.segment.p_paddr = TEST_GPA + 0x10;
	e.segment.p_filesz = sizeof(e.code);
	e.segment.p_memsz = 0x2000;
	memset(e.code, 0xcc, sizeof(e.code));
	return e;
}

static int load(const struct test_elf *e, uint64_t size, struct pages *pages)
{
	struct bytes file = {(uint8_t *)e, size};
	uint64_t entry = 0;
	int code = elf_load(&file, "test", TEST_GPA, TEST_GPA + 0x10000, pages, &entry);

	assert_int_equal(entry, code ? 0 : TEST_GPA + 0x10);
	return code;
}

static void test_elf_good(void **state)
{
	struct test_elf e = good_elf();
	struct pages pages = {0};

	(void)state;
	assert_int_equal(load(&e, sizeof(e), &pages), TOOL_OK);
	assert_int_equal(pages.count, 3); /* 0x10 .. 0x2010 */
	assert_int_equal(pages.page[0]->gpa, TEST_GPA);
	assert_int_equal(pages.page[0]->data[0x0f], 0);
	assert_int_equal(pages.page[0]->data[0x10], 0xcc);
	assert_int_equal(pages.page[0]->data[0x1f], 0xcc);
	assert_int_equal(pages.page[0]->data[0x20], 0);
	assert_true(page_is_zero(pages.page[2]));
	pages_free(&pages);
}

static void refuse_elf(const struct test_elf *e, uint64_t size)
{
	struct pages pages = {0};

	assert_int_equal(load(e, size, &pages), TOOL_BAD_FILE);
	assert_int_equal(pages.count, 0);
}

#define REFUSE(change)                                                                             \
	do {                                                                                       \
		struct test_elf e = good_elf();                                                    \
		change;                                                                            \
		refuse_elf(&e, sizeof(e));                                                         \
	} while (0)

static void test_elf_refused(void **state)
{
	struct test_elf whole = good_elf();

	(void)state;
	for (uint64_t size = 0; size < sizeof(whole); size++) {
		refuse_elf(&whole, size);
	}
	REFUSE(e.header.e_ident[1] = 'X');
	REFUSE(e.header.e_type = ET_DYN);
	REFUSE(e.header.e_machine = EM_AARCH64);
	REFUSE(e.header.e_phoff = UINT64_MAX);
	REFUSE(e.header.e_phoff = sizeof(e) - 8);
	REFUSE(e.header.e_phnum = UINT16_MAX);
	REFUSE(e.header.e_phentsize = 8);
	REFUSE(e.header.e_entry = TEST_GPA);
	REFUSE(e.segment.p_offset = UINT64_MAX - 4);
	REFUSE(e.segment.p_filesz = UINT64_MAX);
	REFUSE(e.segment.p_memsz = 4);
	REFUSE(e.segment.p_memsz = UINT64_MAX - TEST_GPA);
	REFUSE(e.segment.p_memsz = 0xfff1);
	REFUSE(e.segment.p_paddr = TEST_GPA - 1);
	REFUSE(e.segment.p_paddr = TEST_GPA + 0x10000);
	REFUSE(e.segment.p_type = PT_DYNAMIC);
}

/* ---- Linux ---- */

static void make_kernel(uint8_t *k)
{
	memset(k, 0, KERNEL_SIZE);
	k[0x1f1] = 3; /* setup sectors */
	k[0x1fe] = 0x55;
	k[0x1ff] = 0xaa;
	k[0x201] = 0x6a; /* end of the header */
	memcpy(k + 0x202, "HdrS", 4);
	k[0x206] = 0x0f;
	k[0x207] = 0x02;
	k[0x211] = 1;
	k[0x232] = 0x20; /* alignment 2 MiB */
	k[0x234] = 1;
	k[0x236] = 1;
	k[0x239] = 0x08; /* command line: 2048 */
	k[0x262] = 0x10; /* 1 MiB while it starts */
	memset(k + 4 * 512, 0xcc, KERNEL_SIZE - 4 * 512);
}

static int place(uint8_t *kernel, uint64_t size, uint64_t initrd, const char *line,
		 struct pages *pages)
{
	static uint8_t zeros[PAGE_SIZE];
	struct linux_guest guest = {"kernel", "initrd", {kernel, size}, {zeros, initrd}, line};
	uint64_t entry = 0;
	int code = linux_place(&guest, pages, &entry);

	assert_int_equal(entry, code ? 0 : GUEST_KERNEL_GPA + 0x200);
	return code;
}

static uint64_t field(const struct pages *pages, uint64_t gpa, uint32_t bytes)
{
	uint64_t value = 0;

	for (uint64_t i = 0; i < pages->count; i++) {
		if (pages->page[i]->gpa == gpa / PAGE_SIZE * PAGE_SIZE) {
			memcpy(&value, pages->page[i]->data + gpa % PAGE_SIZE, bytes);
			return value;
		}
	}
	fail();
	return 0;
}

static void test_linux_good(void **state)
{
	uint8_t kernel[KERNEL_SIZE];
	struct pages pages = {0};

	(void)state;
	make_kernel(kernel);
	assert_int_equal(place(kernel, sizeof(kernel), 100, "quiet", &pages), TOOL_OK);
	assert_int_equal(field(&pages, GUEST_KERNEL_GPA, 1), 0xcc);
	assert_int_equal(field(&pages, GUEST_BOOT_PARAMS_GPA + 0x202, 4), 0x53726448);
	assert_int_equal(field(&pages, GUEST_BOOT_PARAMS_GPA + 0x210, 1), 0xff);
	assert_int_equal(field(&pages, GUEST_BOOT_PARAMS_GPA + 0x218, 4), GUEST_INITRD_GPA);
	assert_int_equal(field(&pages, GUEST_BOOT_PARAMS_GPA + 0x21c, 4), 100);
	assert_int_equal(field(&pages, GUEST_BOOT_PARAMS_GPA + 0x228, 4), GUEST_CMDLINE_GPA);
	assert_int_equal(field(&pages, GUEST_BOOT_PARAMS_GPA + 0x070, 8), GUEST_ACPI_GPA);
	assert_int_equal(field(&pages, GUEST_BOOT_PARAMS_GPA + 0x250, 8), GUEST_SETUP_DATA_GPA);
	assert_int_equal(field(&pages, GUEST_BOOT_PARAMS_GPA + 0x1e8, 1), 0); /* e820: the module */
	assert_int_equal(field(&pages, GUEST_CMDLINE_GPA, 6), 0x7465697571);  /* "quiet", 0 */
	pages_free(&pages);
}

static void refuse_kernel(uint32_t offset, uint8_t value, uint64_t size)
{
	uint8_t kernel[KERNEL_SIZE];
	struct pages pages = {0};

	make_kernel(kernel);
	kernel[offset] = value;
	assert_int_equal(place(kernel, size, 0, "", &pages), TOOL_BAD_FILE);
	assert_int_equal(pages.count, 0);
}

static void test_linux_refused(void **state)
{
	static char line[2100];
	uint8_t kernel[KERNEL_SIZE];
	struct pages pages = {0};

	(void)state;
	for (uint64_t size = 0; size <= 4 * 512 + 0x200; size += 8) {
		refuse_kernel(0, 0, size);
	}
	refuse_kernel(0x1fe, 0, KERNEL_SIZE);	 /* boot flag */
	refuse_kernel(0x202, 0, KERNEL_SIZE);	 /* magic */
	refuse_kernel(0x206, 0x0b, KERNEL_SIZE); /* protocol 2.11 */
	refuse_kernel(0x211, 0, KERNEL_SIZE);	 /* zImage */
	refuse_kernel(0x236, 0, KERNEL_SIZE);	 /* no 64-bit entry */
	refuse_kernel(0x234, 0, KERNEL_SIZE);	 /* not relocatable */
	refuse_kernel(0x201, 0, KERNEL_SIZE);	 /* header too short */
	refuse_kernel(0x263, 0x10, KERNEL_SIZE); /* 256 MiB while it starts */
	refuse_kernel(0x1f1, 40, KERNEL_SIZE);	 /* setup longer than the file */
	make_kernel(kernel);
	memset(line, 'a', 2049);
	assert_int_equal(place(kernel, KERNEL_SIZE, 0, line, &pages), TOOL_BAD_FILE);
	assert_int_equal(place(kernel, KERNEL_SIZE, MODULE_BASE - GUEST_INITRD_GPA + 1, "", &pages),
			 TOOL_BAD_FILE);
	assert_int_equal(pages.count, 0);
	line[2048] = 0;
	assert_int_equal(place(kernel, KERNEL_SIZE, 0, line, &pages), TOOL_OK);
	pages_free(&pages);
}

static uint8_t sum(const struct pages *pages, uint64_t gpa, uint64_t bytes)
{
	uint8_t total = 0;

	for (uint64_t i = 0; i < bytes; i++) {
		total = (uint8_t)(total + field(pages, gpa + i, 1));
	}
	return total;
}

static void check_table(const struct pages *pages, uint64_t gpa, const char *signature)
{
	uint64_t length = field(pages, gpa + 4, 4);
	uint32_t name;

	memcpy(&name, signature, 4);
	assert_int_equal(field(pages, gpa, 4), name);
	assert_in_range(length, 36, 0x400);
	assert_int_equal(sum(pages, gpa, length), 0);
}

static void test_acpi(void **state)
{
	struct pages pages = {0};
	uint64_t xsdt, fadt, madt;

	(void)state;
	acpi_place(&pages);
	assert_int_equal(sum(&pages, GUEST_ACPI_GPA, 20), 0);
	assert_int_equal(sum(&pages, GUEST_ACPI_GPA, 36), 0);
	xsdt = field(&pages, GUEST_ACPI_GPA + 24, 8);
	check_table(&pages, xsdt, "XSDT");
	fadt = field(&pages, xsdt + 36, 8);
	madt = field(&pages, xsdt + 44, 8);
	check_table(&pages, fadt, "FACP");
	check_table(&pages, madt, "APIC");
	check_table(&pages, field(&pages, fadt + 140, 8), "DSDT");
	assert_int_equal(madt, GUEST_ACPI_GPA + ACPI_MADT_OFFSET);
	assert_int_equal(field(&pages, madt + 4, 4), ACPI_MADT_HEADER + CPUS_MAX * ACPI_MADT_ENTRY);
	for (uint64_t i = 0; i < CPUS_MAX; i++) {
		uint64_t entry = madt + ACPI_MADT_HEADER + i * ACPI_MADT_ENTRY;

		assert_int_equal(field(&pages, entry, 2), ACPI_MADT_ENTRY << 8 | 9);
		assert_int_equal(field(&pages, entry + 4, 4), i);
		assert_int_equal(field(&pages, entry + 8, 4), 0); /* the module enables it */
	}
	pages_free(&pages);
}

/* ---- pages and the start VMSA ---- */

static void test_pages(void **state)
{
	struct launch_block launch;
	struct pages pages = {0};
	uint64_t gpa = 0;

	(void)state;
	pages_add(&pages, 0x5000, IGVM_DATA_NORMAL);
	pages_add(&pages, MODULE_IMAGE_GPA, IGVM_DATA_NORMAL);
	pages_add(&pages, 0x2000, IGVM_DATA_NORMAL);
	pages_add(&pages, 0x1000, IGVM_DATA_NORMAL);
	assert_int_equal(pages_sort(&pages, &gpa), 0);
	assert_int_equal(pages_ranges(&pages, &launch), 0);
	assert_int_equal(launch.ranges, 2);
	assert_int_equal(launch.range[0].gpa, 0x1000);
	assert_int_equal(launch.range[0].pages, 2);
	assert_int_equal(launch.range[1].gpa, 0x5000);
	assert_int_equal(launch.range[1].pages, 1);
	pages_add(&pages, 0x5000, IGVM_DATA_NORMAL);
	assert_int_equal(pages_sort(&pages, &gpa), 1);
	assert_int_equal(gpa, 0x5000);
	for (uint64_t i = 0; i < LAUNCH_RANGES; i++) {
		pages_add(&pages, 0x100000 + i * 0x2000, IGVM_DATA_NORMAL);
	}
	pages_sort(&pages, &gpa);
	assert_int_equal(pages_ranges(&pages, &launch), 1);
	pages_free(&pages);
}

static void test_vmsa(void **state)
{
	uint8_t vmsa[PAGE_SIZE];
	uint64_t value;

	(void)state;
	start_vmsa(vmsa);
	memcpy(&value, vmsa + VMSA_RIP, 8);
	assert_int_equal(value, MODULE_IMAGE_GPA);
	memcpy(&value, vmsa + VMSA_CR0, 8);
	assert_int_equal(value & 0x80000001, 1); /* protected mode, no paging */
	memcpy(&value, vmsa + VMSA_EFER, 8);
	assert_int_equal(value & (EFER_SVME | 0x900), EFER_SVME | 0x900); /* and LME, NXE */
	assert_int_equal(value & 0x400, 0);				  /* LMA */
	memcpy(&value, vmsa + VMSA_CR4, 8);
	assert_int_equal(value & 0x20, 0x20); /* PAE */
	memcpy(&value, vmsa + VMSA_CR3, 8);
	assert_int_equal(value, 0x8005000);
	memcpy(&value, vmsa + VMSA_GDTR + 8, 8);
	assert_int_equal(value, 0x8008000);
	memcpy(&value, vmsa + VMSA_RSP, 8);
	assert_int_equal(value, 0x8009000);
	memcpy(&value, vmsa + VMSA_SEV_FEATURES, 8);
	assert_int_equal(value, 0x29);
	assert_int_equal(vmsa[VMSA_VMPL], 0);
}

/* ---- outcomes ---- */

static int code_of(int exit, const char *attack, int measured)
{
	return outcome_of(QEMU_ENDED, (2 * exit + 1) << 8, attack, measured, -1).code;
}

static void test_outcomes(void **state)
{
	(void)state;
	assert_int_equal(code_of(EXIT_GUEST_OK, 0, 1), TOOL_OK);
	assert_int_equal(code_of(EXIT_GUEST_OK, "swap-svsm-frame", 1), TOOL_OK);
	assert_int_equal(code_of(EXIT_GUEST_OK, 0, 0), TOOL_EMULATOR); /* QEMU's own failure */
	for (int i = EXIT_GUEST_FAILED; i <= EXIT_GUEST_MAX; i++) {
		assert_int_equal(code_of(i, 0, 1), TOOL_NEGATIVE);
	}
	for (int i = EXIT_GUEST_SHUTDOWN; i <= EXIT_TIMEOUT; i++) {
		assert_int_equal(code_of(i, 0, 1), TOOL_NEGATIVE);
	}
	assert_int_equal(code_of(EXIT_BAD_IMAGE, 0, 0), TOOL_BAD_FILE);
	assert_int_equal(code_of(EXIT_BAD_CONFIG, 0, 0), TOOL_USAGE);
	assert_int_equal(code_of(EXIT_EMULATOR, 0, 1), TOOL_EMULATOR);
	assert_int_equal(code_of(99, 0, 1), TOOL_EMULATOR);
	assert_int_equal(outcome_of(QEMU_ENDED, 0, 0, 1, -1).code, TOOL_EMULATOR); /* reset */
	assert_int_equal(outcome_of(QEMU_ENDED, 9, 0, 1, -1).code, TOOL_EMULATOR); /* killed */
	assert_int_equal(outcome_of(QEMU_TIMED_OUT, 9, 0, 1, -1).code, TOOL_NEGATIVE);
}

static void test_reason(void **state)
{
	struct outcome o = outcome_of(QEMU_ENDED, (2 * EXIT_MODULE_STOPPED + 1) << 8, 0, 1, 8);

	(void)state;
	assert_int_equal(outcome_reason("terminated by vmpl 0 of cpu 1: 5:8 memory map, x"), 8);
	assert_int_equal(outcome_reason("terminated by vmpl 2 of cpu 1: 5:8 memory map"), -1);
	assert_int_equal(outcome_reason("terminated by vmpl 0 of cpu 1: 1:8 memory map"), -1);
	assert_int_equal(outcome_reason(""), -1);
	assert_non_null(strstr(o.text, "memory map"));
}

static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(parse_number("8", 1, 8), 8);
	assert_int_equal(parse_number("9", 1, 8), -1);
	assert_int_equal(parse_number("0", 1, 8), -1);
	assert_int_equal(parse_number("-1", 1, 8), -1);
	assert_int_equal(parse_number("", 1, 8), -1);
	assert_int_equal(parse_number("4x", 1, 8), -1);
	assert_int_equal(parse_number("99999999999999999999", 1, 8), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),	   cmocka_unit_test(test_digest_depends_on_content),
		cmocka_unit_test(test_elf_good),   cmocka_unit_test(test_elf_refused),
		cmocka_unit_test(test_linux_good), cmocka_unit_test(test_linux_refused),
		cmocka_unit_test(test_acpi),	   cmocka_unit_test(test_pages),
		cmocka_unit_test(test_vmsa),	   cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_reason),	   cmocka_unit_test(test_numbers),
	};

	if (!freopen("/dev/null", "w", stderr)) { /* the refusals' messages */
		return 1;
	}
	return cmocka_run_group_tests(tests, 0, 0);
}
