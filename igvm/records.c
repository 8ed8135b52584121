/* What each kind of record must keep to: one function for each kind. */
#include <igvm/check.h>
#include <verismo/snp.h>

#define GPA_END 0x10000000000000UL /* 2^52 */
#define VTL_MAX 2U

static uint32_t gpa_is_wrong(uint64_t gpa, uint64_t bytes)
{
	return gpa % PAGE_SIZE != 0 || gpa >= GPA_END || bytes > GPA_END - gpa;
}

/* File offset 0 means zeros; anything else lies behind the headers, whole. */
static uint32_t offset_is_wrong(const struct check *c, uint64_t offset, uint64_t bytes)
{
	const struct igvm_file *f = c->file;

	return offset != 0 && (offset < f->end || bytes > f->size || offset > f->size - bytes);
}

uint32_t igvm_ranges_meet(struct range a, struct range b)
{
	return a.bytes != 0 && b.bytes != 0 && a.gpa < b.gpa + b.bytes && b.gpa < a.gpa + a.bytes;
}

static const char *check_platform(struct check *c, const struct igvm_item *item)
{
	const uint8_t *kind = item->body + offsetof(struct igvm_supported_platform, platform);
	const uint8_t *vtl = item->body + offsetof(struct igvm_supported_platform, highest_vtl);

	if (c->platforms != 0) {
		return "more than one platform";
	}
	if (*kind != IGVM_PLATFORM_SEV_SNP || *vtl > VTL_MAX ||
	    U16(item, igvm_supported_platform, version) != 1) {
		return "platform is not SEV-SNP version 1";
	}
	if (U64(item, igvm_supported_platform, shared_gpa_boundary) != 0) {
		return "a shared GPA boundary is not supported";
	}
	c->mask = U32(item, igvm_supported_platform, mask);
	c->platforms = 1;
	return c->mask == 0 ? "platform without a mask" : 0;
}

static const char *check_policy(struct check *c, const struct igvm_item *item)
{
	if (c->policies != 0) {
		return "more than one guest policy";
	}
	c->policies = 1;
	if (U32(item, igvm_guest_policy, mask) != c->mask) {
		return "guest policy for another platform";
	}
	return U32(item, igvm_guest_policy, reserved) != 0 ? "guest policy: reserved field" : 0;
}

static const char *check_area(struct check *c, const struct igvm_item *item)
{
	uint64_t bytes = U64(item, igvm_parameter_area, size);
	uint32_t index = U32(item, igvm_parameter_area, index);

	if (index >= IGVM_AREAS || c->area[index] != 0) {
		return "parameter area: index too high or used twice";
	}
	if (bytes == 0 || bytes % PAGE_SIZE != 0 || bytes > IGVM_AREA_MAX) {
		return "parameter area: size";
	}
	if (offset_is_wrong(c, U32(item, igvm_parameter_area, file_offset), bytes)) {
		return "parameter area: content outside the file";
	}
	c->area[index] = bytes;
	return 0;
}

static const char *check_page_kind(struct check *c, uint32_t data_type)
{
	switch (data_type) {
	case IGVM_DATA_NORMAL:
		return 0;
	case IGVM_DATA_SECRETS:
		c->secrets_pages++;
		return c->secrets_pages > 1 ? "more than one secrets page" : 0;
	case IGVM_DATA_CPUID:
		c->cpuid_pages++;
		return c->cpuid_pages > 1 ? "more than one CPUID page" : 0;
	default:
		return "page data: unknown type of page";
	}
}

/* Pages ascend, so that none is placed twice; this is also the order in which they are measured. */
static const char *check_page(struct check *c, const struct igvm_item *item)
{
	uint64_t gpa = U64(item, igvm_page_data, gpa);
	uint32_t flags = U32(item, igvm_page_data, flags);

	if (U32(item, igvm_page_data, mask) != c->mask) {
		return "page data for another platform";
	}
	if ((flags & ~(IGVM_PAGE_UNMEASURED | IGVM_PAGE_SHARED)) != 0) {
		return "page data: unsupported flags";
	}
	if (U16(item, igvm_page_data, reserved) != 0) {
		return "page data: reserved field";
	}
	if (gpa_is_wrong(gpa, PAGE_SIZE)) {
		return "page data: GPA";
	}
	if (gpa < c->page_end) {
		return "page data: pages not in ascending order";
	}
	if (offset_is_wrong(c, U32(item, igvm_page_data, file_offset), PAGE_SIZE)) {
		return "page data: content outside the file";
	}
	c->page_end = gpa + PAGE_SIZE;
	return check_page_kind(c, U16(item, igvm_page_data, data_type));
}

static const char *check_insert(struct check *c, const struct igvm_item *item)
{
	uint32_t index = U32(item, igvm_parameter_insert, index);
	struct range r = {.gpa = U64(item, igvm_parameter_insert, gpa)};

	if (U32(item, igvm_parameter_insert, mask) != c->mask) {
		return "parameter insert for another platform";
	}
	if (index >= IGVM_AREAS || c->area[index] == 0 || c->insert[index].bytes != 0) {
		return "parameter insert: no such area, or inserted twice";
	}
	r.bytes = c->area[index];
	if (gpa_is_wrong(r.gpa, r.bytes)) {
		return "parameter insert: GPA";
	}
	for (uint32_t i = 0; i < IGVM_AREAS; i++) {
		if (igvm_ranges_meet(r, c->insert[i])) {
			return "parameter inserts overlap";
		}
	}
	c->insert[index] = r;
	return 0;
}

static const char *check_context(struct check *c, const struct igvm_item *item)
{
	uint32_t offset = U32(item, igvm_vp_context, file_offset);

	if (c->contexts != 0) {
		return "more than one VP context";
	}
	c->contexts = 1;
	c->context_gpa = U64(item, igvm_vp_context, gpa);
	if (U32(item, igvm_vp_context, mask) != c->mask) {
		return "VP context for another platform";
	}
	if (gpa_is_wrong(c->context_gpa, PAGE_SIZE)) {
		return "VP context: GPA";
	}
	if (offset == 0 || offset_is_wrong(c, offset, PAGE_SIZE)) {
		return "VP context: content outside the file";
	}
	if (U16(item, igvm_vp_context, vp_index) != 0 ||
	    U16(item, igvm_vp_context, reserved) != 0) {
		return "VP context: not of the first CPU";
	}
	return 0;
}

static const char *check_required_memory(const struct check *c, const struct igvm_item *item)
{
	uint64_t bytes = U32(item, igvm_required_memory, size);

	if (U32(item, igvm_required_memory, mask) != c->mask) {
		return "required memory for another platform";
	}
	if (bytes == 0 || bytes % PAGE_SIZE != 0 ||
	    gpa_is_wrong(U64(item, igvm_required_memory, gpa), bytes)) {
		return "required memory: range";
	}
	if (U32(item, igvm_required_memory, flags) != 0 ||
	    U32(item, igvm_required_memory, reserved) != 0) {
		return "required memory: flags";
	}
	return 0;
}

/* A value of bytes goes to an offset of a declared area. */
static const char *check_parameter(const struct check *c, const struct igvm_item *item,
				   uint64_t bytes)
{
	uint32_t index = U32(item, igvm_parameter, index);
	uint64_t offset = U32(item, igvm_parameter, offset);

	if (index >= IGVM_AREAS || c->area[index] == 0) {
		return "parameter: no such area";
	}
	return bytes > c->area[index] || offset > c->area[index] - bytes
		       ? "parameter: outside its area"
		       : 0;
}

const char *igvm_check_record(struct check *c, const struct igvm_item *item)
{
	switch (item->type) {
	case IGVM_SUPPORTED_PLATFORM:
		return check_platform(c, item);
	case IGVM_GUEST_POLICY:
		return check_policy(c, item);
	case IGVM_PARAMETER_AREA:
		return check_area(c, item);
	case IGVM_PAGE_DATA:
		return check_page(c, item);
	case IGVM_PARAMETER_INSERT:
		return check_insert(c, item);
	case IGVM_VP_CONTEXT:
		return check_context(c, item);
	case IGVM_REQUIRED_MEMORY:
		return check_required_memory(c, item);
	case IGVM_MEMORY_MAP:
		return check_parameter(c, item, sizeof(struct igvm_memory_map_entry));
	default: /* VP_COUNT, ENVIRONMENT_INFO */
		return check_parameter(c, item, sizeof(uint32_t));
	}
}
