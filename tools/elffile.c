#include <elf.h>
#include <string.h>

#include "elffile.h"

#define SEGMENTS_MAX 64U

static const char *check_header(const struct bytes *file, Elf64_Ehdr *header)
{
	if (file->size < sizeof(*header)) {
		return "too short for an ELF file";
	}
	memcpy(header, file->data, sizeof(*header));
	if (memcmp(header->e_ident, ELFMAG, SELFMAG)) {
		return "not an ELF file";
	}
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != EM_X86_64) {
		return "not an x86-64 ELF file";
	}
	if (header->e_type != ET_EXEC) {
		return "not a static executable (ET_EXEC)";
	}
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum > SEGMENTS_MAX) {
		return "program headers of unexpected size or number";
	}
	if (header->e_phoff > file->size ||
	    header->e_phnum * sizeof(Elf64_Phdr) > file->size - header->e_phoff) {
		return "program headers beyond the end of the file";
	}
	return 0;
}

static const char *check_segment(const struct bytes *file, const Elf64_Phdr *segment, uint64_t low,
				 uint64_t high)
{
	if (segment->p_type == PT_INTERP || segment->p_type == PT_DYNAMIC) {
		return "dynamically linked";
	}
	if (segment->p_type != PT_LOAD || !segment->p_memsz) {
		return 0;
	}
	if (segment->p_filesz > segment->p_memsz || segment->p_offset > file->size ||
	    segment->p_filesz > file->size - segment->p_offset) {
		return "a segment lies beyond the end of the file";
	}
	if (segment->p_paddr < low || segment->p_paddr >= high ||
	    segment->p_memsz > high - segment->p_paddr) {
		return "a segment lies outside the memory it may use";
	}
	return 0;
}

static void load_segment(const struct bytes *file, const Elf64_Phdr *segment, struct pages *pages)
{
	uint64_t end = segment->p_paddr + segment->p_memsz;
	uint64_t file_end = segment->p_paddr + segment->p_filesz;

	for (uint64_t gpa = segment->p_paddr & -PAGE_SIZE; gpa < end; gpa += PAGE_SIZE) {
		uint64_t from = gpa > segment->p_paddr ? gpa : segment->p_paddr;
		uint64_t to = gpa + PAGE_SIZE < file_end ? gpa + PAGE_SIZE : file_end;
		struct page *page = pages_at(pages, gpa);

		if (from < to) {
			memcpy(page->data + (from - gpa),
			       file->data + segment->p_offset + (from - segment->p_paddr),
			       to - from);
		}
	}
}

static int holds_entry(const Elf64_Phdr *segment, uint64_t entry)
{
	return segment->p_type == PT_LOAD && entry >= segment->p_paddr &&
	       entry - segment->p_paddr < segment->p_filesz;
}

int elf_load(const struct bytes *file, const char *name, uint64_t low, uint64_t high,
	     struct pages *pages, uint64_t *entry)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment[SEGMENTS_MAX];
	const char *why = check_header(file, &header);
	int entry_found = 0;

	if (!why) {
		memcpy(segment, file->data + header.e_phoff, header.e_phnum * sizeof(segment[0]));
	}
	for (uint32_t i = 0; !why && i < header.e_phnum; i++) {
		why = check_segment(file, &segment[i], low, high);
		entry_found |= holds_entry(&segment[i], header.e_entry);
	}
	if (!why && !entry_found) {
		why = "the entry point lies in no segment";
	}
	if (why) {
		return tool_error(TOOL_BAD_FILE, "%s: %s", name, why);
	}
	/* all checks passed */
	for (uint32_t i = 0; i < header.e_phnum; i++) {
		if (segment[i].p_type == PT_LOAD && segment[i].p_memsz) {
			load_segment(file, &segment[i], pages);
		}
	}
	*entry = header.e_entry;
	return TOOL_OK;
}
