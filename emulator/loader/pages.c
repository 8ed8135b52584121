#include <string.h>
#include <verismo/snp.h>
#include "emulator/host/host.h"
#include "emulator/psp/psp.h"
#include "loader.h"

/* GPA and pages a record places in guest memory; 0 pages: none. */
static uint64_t placed(const struct igvm_item *item, uint64_t *gpa)
{
	struct igvm_page_data data;
	struct igvm_parameter_insert insert;
	struct igvm_required_memory required;

	switch (item->type) {
	case IGVM_PAGE_DATA:
		memcpy(&data, item->body, sizeof(data));
		*gpa = data.gpa;
		return data.flags & IGVM_PAGE_SHARED ? 0 : 1;
	case IGVM_PARAMETER_INSERT:
		memcpy(&insert, item->body, sizeof(insert));
		*gpa = insert.gpa;
		return 1;
	case IGVM_REQUIRED_MEMORY:
		memcpy(&required, item->body, sizeof(required));
		*gpa = required.gpa;
		return (required.size + PAGE_SIZE - 1) / PAGE_SIZE;
	default:
		return 0;
	}
}

const char *pages_reserve(const struct igvm_file *f)
{
	uint64_t position = f->first;
	struct igvm_item item;

	while (igvm_next(f, &item, &position)) {
		uint64_t gpa = 0;
		uint64_t pages = placed(&item, &gpa);
		int launched = item.type != IGVM_REQUIRED_MEMORY;

		for (uint64_t i = 0; i < pages; i++) {
			if (host_reserve(gpa + i * PAGE_SIZE, launched)) {
				return "a page lies outside guest memory or is placed twice";
			}
		}
	}
	return 0;
}

static const char *launch_cpuid(uint64_t spa, uint64_t gpa)
{
	static struct snp_cpuid_page page;

	host_cpuid_page(&page);
	return psp_launch_cpuid(spa, gpa, &page);
}

static const char *launch_data(const struct igvm_file *f, const struct igvm_item *item)
{
	struct igvm_page_data d;
	uint64_t spa;

	memcpy(&d, item->body, sizeof(d));
	if (d.flags & (IGVM_PAGE_2M | IGVM_PAGE_SHARED)) {
		return "page data: 2M and shared pages are not supported";
	}
	spa = host_frame(d.gpa);
	switch (d.data_type) {
	case IGVM_DATA_NORMAL:
		return psp_launch_page(d.flags & IGVM_PAGE_UNMEASURED ? LAUNCH_PAGE_UNMEASURED
								      : LAUNCH_PAGE_NORMAL,
				       spa, d.gpa, igvm_page(f, d.file_offset));
	case IGVM_DATA_SECRETS:
		return psp_launch_secrets(spa, d.gpa);
	case IGVM_DATA_CPUID:
		return launch_cpuid(spa, d.gpa);
	default:
		return "page data: unknown type";
	}
}

static const char *launch_insert(const struct igvm_item *item)
{
	struct igvm_parameter_insert i;
	const uint8_t *content;

	memcpy(&i, item->body, sizeof(i));
	content = params_area(i.index);
	if (!content) {
		return "parameter insert: no such area";
	}
	return psp_launch_page(LAUNCH_PAGE_UNMEASURED, host_frame(i.gpa), i.gpa, content);
}

static const char *launch_vmsa(const struct igvm_file *f, const struct igvm_item *item)
{
	const uint32_t fields = 20; /* what length counts of it */
	struct igvm_vp_context v;
	const uint8_t *vmsa;
	uint64_t spa = host_spare_frame();

	memset(&v, 0, sizeof(v));
	memcpy(&v, item->body, fields);
	vmsa = igvm_page(f, v.file_offset);
	if (v.gpa != IGVM_VMSA_GPA || v.vp_index != 0 || !vmsa) {
		return "VP context: not the VMSA of CPU 0";
	}
	if (!spa) {
		return "no frame for the VMSA";
	}
	host_boot_vmsa(spa);
	return psp_launch_vmsa(spa, host_start_vmsa(vmsa));
}

static const char *launch_record(const struct igvm_file *f, const struct igvm_item *item)
{
	switch (item->type) {
	case IGVM_PAGE_DATA:
		return launch_data(f, item);
	case IGVM_PARAMETER_INSERT:
		return launch_insert(item);
	case IGVM_VP_CONTEXT:
		return launch_vmsa(f, item);
	default:
		return params_record(item);
	}
}

const char *pages_launch(const struct igvm_file *f)
{
	uint64_t position = f->first;
	const char *reason = 0;
	struct igvm_item item;

	while (!reason && igvm_next(f, &item, &position)) {
		reason = launch_record(f, &item);
	}
	return reason;
}
