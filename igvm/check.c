/* The records of a file together: known, long enough, in order, complete, no page placed twice. */
#include <igvm/check.h>
#include <verismo/snp.h>

#define VP_CONTEXT_LENGTH 20U /* without its padding */

/* Smallest body of each known record, 0 for unknown ones. */
static uint32_t record_length(uint32_t type)
{
	switch (type) {
	case IGVM_SUPPORTED_PLATFORM:
		return sizeof(struct igvm_supported_platform);
	case IGVM_GUEST_POLICY:
		return sizeof(struct igvm_guest_policy);
	case IGVM_PARAMETER_AREA:
		return sizeof(struct igvm_parameter_area);
	case IGVM_PAGE_DATA:
		return sizeof(struct igvm_page_data);
	case IGVM_PARAMETER_INSERT:
		return sizeof(struct igvm_parameter_insert);
	case IGVM_VP_CONTEXT:
		return VP_CONTEXT_LENGTH;
	case IGVM_REQUIRED_MEMORY:
		return sizeof(struct igvm_required_memory);
	case IGVM_VP_COUNT:
	case IGVM_ENVIRONMENT_INFO:
	case IGVM_MEMORY_MAP:
		return sizeof(struct igvm_parameter);
	default:
		return 0;
	}
}

static uint32_t record_section(uint32_t type)
{
	if (type == IGVM_SUPPORTED_PLATFORM) {
		return 0;
	}
	return type == IGVM_GUEST_POLICY ? 1 : 2;
}

static const char *check_record(struct check *c, const struct igvm_item *item)
{
	uint32_t length = record_length(item->type);

	if (length == 0) {
		return igvm_optional(item) != 0 ? 0 : "unknown record";
	}
	if (item->length < length) {
		return "record too short";
	}
	if (record_section(item->type) < c->section) {
		return "records not in the order platform, initialisation, directives";
	}
	c->section = record_section(item->type);
	return igvm_check_record(c, item);
}

/* Inserts and the VMSA take no page that is page data too; known once all records were seen. */
static const char *check_overlaps(const struct check *c)
{
	uint64_t position = c->file->first;
	struct range vmsa = {.gpa = c->context_gpa, .bytes = PAGE_SIZE};
	struct igvm_item item;

	for (uint32_t i = 0; i < IGVM_AREAS; i++) {
		if (igvm_ranges_meet(vmsa, c->insert[i])) {
			return "a page is placed twice";
		}
	}
	while (igvm_next(c->file, &item, &position)) {
		struct range page = {.bytes = PAGE_SIZE};

		if (item.type != IGVM_PAGE_DATA) {
			continue;
		}
		page.gpa = U64(&item, igvm_page_data, gpa);
		if (page.gpa == vmsa.gpa) {
			return "a page is placed twice";
		}
		for (uint32_t i = 0; i < IGVM_AREAS; i++) {
			if (igvm_ranges_meet(page, c->insert[i])) {
				return "a page is placed twice";
			}
		}
	}
	return 0;
}

const char *igvm_check(const struct igvm_file *f)
{
	struct check c = {.file = f};
	uint64_t position = f->first;
	struct igvm_item item;
	const char *why = 0;

	while (why == 0 && igvm_next(f, &item, &position)) {
		why = check_record(&c, &item);
	}
	if (why != 0) {
		return why;
	}
	if (position != f->end) {
		return "record reaches beyond the headers";
	}
	if (c.platforms != 1 || c.contexts != 1 || c.cpuid_pages != 1 || c.secrets_pages != 1) {
		return "platform, VP context, CPUID page or secrets page missing";
	}
	return check_overlaps(&c);
}
