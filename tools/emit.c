#include <stdlib.h>
#include <string.h>

#include "emit.h"

#define SNP_MASK	 1U
#define HIGHEST_VTL	 2U
#define PLATFORM_VERSION 1U
#define POLICY		 0x30000UL /* SMT allowed, reserved bit that must be 1 */
#define AREA_GENERAL	 0U
#define AREA_MEMORY_MAP	 1U
#define RECORDS_FIXED	 12UL /* every record but PAGE_DATA */
#define RECORD_ROOM	 32UL /* bytes: the longest record with its header */
#define VP_CONTEXT_SIZE	 20U  /* without its pad */

struct writer {
	uint8_t *data;
	uint64_t at;   /* where the next record goes */
	uint64_t page; /* file offset of the next page */
};

static void put_record(struct writer *w, uint32_t type, const void *body, uint32_t length)
{
	struct igvm_record record = {type, length};

	memcpy(w->data + w->at, &record, sizeof(record));
	memcpy(w->data + w->at + sizeof(record), body, length);
	w->at += sizeof(record) + (length + 7U) / 8U * 8U;
}

static uint32_t put_page(struct writer *w, const uint8_t *data)
{
	uint64_t offset = w->page;

	memcpy(w->data + offset, data, PAGE_SIZE);
	w->page += PAGE_SIZE;
	return (uint32_t)offset;
}

static void put_parameter(struct writer *w, uint32_t type, uint32_t index, uint32_t offset)
{
	struct igvm_parameter parameter = {index, offset};

	put_record(w, type, &parameter, sizeof(parameter));
}

static void put_area(struct writer *w, uint32_t index)
{
	struct igvm_parameter_area area = {.size = PAGE_SIZE, .index = index};

	put_record(w, IGVM_PARAMETER_AREA, &area, sizeof(area));
}

static void put_insert(struct writer *w, uint32_t index, uint64_t gpa)
{
	struct igvm_parameter_insert insert = {.gpa = gpa, .mask = SNP_MASK, .index = index};

	put_record(w, IGVM_PARAMETER_INSERT, &insert, sizeof(insert));
}

static void put_platform(struct writer *w)
{
	struct igvm_supported_platform platform = {.mask = SNP_MASK,
						   .highest_vtl = HIGHEST_VTL,
						   .platform = IGVM_PLATFORM_SEV_SNP,
						   .version = PLATFORM_VERSION};
	struct igvm_guest_policy policy = {.policy = POLICY, .mask = SNP_MASK};
	struct igvm_required_memory memory = {
		.gpa = MODULE_BASE, .mask = SNP_MASK, .size = MODULE_SIZE};

	put_record(w, IGVM_SUPPORTED_PLATFORM, &platform, sizeof(platform));
	put_record(w, IGVM_GUEST_POLICY, &policy, sizeof(policy));
	put_record(w, IGVM_REQUIRED_MEMORY, &memory, sizeof(memory));
}

static void put_parameters(struct writer *w)
{
	put_area(w, AREA_GENERAL);
	put_area(w, AREA_MEMORY_MAP);
	put_parameter(w, IGVM_VP_COUNT, AREA_GENERAL, 0);
	put_parameter(w, IGVM_ENVIRONMENT_INFO, AREA_GENERAL, 4);
	put_parameter(w, IGVM_MEMORY_MAP, AREA_MEMORY_MAP, 0);
	put_insert(w, AREA_GENERAL, MODULE_PARAMS_GPA);
	put_insert(w, AREA_MEMORY_MAP, MODULE_MEMMAP_GPA);
}

static void put_page_data(struct writer *w, const struct page *page)
{
	struct igvm_page_data record = {
		.gpa = page->gpa, .mask = SNP_MASK, .data_type = page->type};

	if (page->type == IGVM_DATA_NORMAL && !page_is_zero(page)) {
		record.file_offset = put_page(w, page->data);
	}
	put_record(w, IGVM_PAGE_DATA, &record, sizeof(record));
}

static void put_vp_context(struct writer *w, const uint8_t *vmsa)
{
	struct igvm_vp_context context = {.gpa = IGVM_VMSA_GPA, .mask = SNP_MASK};

	context.file_offset = put_page(w, vmsa);
	put_record(w, IGVM_VP_CONTEXT, &context, VP_CONTEXT_SIZE);
}

static void put_header(struct writer *w)
{
	struct igvm_header header = {.magic = IGVM_MAGIC,
				     .format_version = IGVM_FORMAT_VERSION,
				     .variable_header_offset = sizeof(header),
				     .variable_header_size = (uint32_t)(w->at - sizeof(header)),
				     .total_file_size = (uint32_t)w->page};

	memcpy(w->data, &header, sizeof(header));
	header.checksum = igvm_crc32(0, w->data, w->at);
	memcpy(w->data, &header, sizeof(header));
}

void emit_igvm(const struct pages *pages, const uint8_t *vmsa, struct bytes *out)
{
	uint64_t headers =
		sizeof(struct igvm_header) + (RECORDS_FIXED + pages->count) * RECORD_ROOM;
	uint64_t first_page = (headers + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
	struct writer w = {.at = sizeof(struct igvm_header), .page = first_page};

	w.data = tool_alloc(first_page + (pages->count + 1) * PAGE_SIZE);
	put_platform(&w);
	put_parameters(&w);
	for (uint64_t i = 0; i < pages->count; i++) {
		put_page_data(&w, pages->page[i]);
	}
	put_vp_context(&w, vmsa);
	put_header(&w);
	out->data = w.data;
	out->size = w.page;
}
