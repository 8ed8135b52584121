/* The fixed header, its checksum, and stepping from record to record. */
#include <igvm/check.h>
#include <igvm/fields.h>
#include <verismo/snp.h>

#define CRC_POLYNOMIAL 0xedb88320U /* CRC-32 of IEEE 802.3, reflected */
#define RECORD_ALIGN   8UL	   /* bytes to which a record is padded */
#define HEADER_SIZE    sizeof(struct igvm_header)
#define RECORD_SIZE    sizeof(struct igvm_record)

#define FIELD(p, member) field32((p) + offsetof(struct igvm_header, member))

uint32_t igvm_crc32(uint32_t crc, const void *data, uint64_t size)
{
	const uint8_t *bytes = data;

	crc = ~crc;
	for (uint64_t i = 0; i < size; i++) {
		crc = crc ^ bytes[i];
		for (int bit = 0; bit < 8; bit++) {
			crc = crc / 2 ^ (crc % 2 != 0 ? CRC_POLYNOMIAL : 0);
		}
	}
	return ~crc;
}

/* The checksum covers the fixed header, its own field taken as 0, and the variable headers. */
static uint32_t header_checksum(const struct igvm_file *f)
{
	static const uint8_t zero[sizeof(uint32_t)];
	uint32_t crc = igvm_crc32(0, f->data, offsetof(struct igvm_header, checksum));

	crc = igvm_crc32(crc, zero, sizeof(zero));
	return igvm_crc32(crc, f->data + f->first, f->end - f->first);
}

static const char *open_header(struct igvm_file *f, const uint8_t *data, uint64_t size)
{
	if (size < HEADER_SIZE) {
		return "file is shorter than an IGVM header";
	}
	if (FIELD(data, magic) != IGVM_MAGIC) {
		return "not an IGVM file";
	}
	if (FIELD(data, format_version) != IGVM_FORMAT_VERSION) {
		return "unknown version of the IGVM format";
	}
	if (FIELD(data, total_file_size) != size) {
		return "file size differs from its header";
	}
	f->data = data;
	f->size = size;
	f->first = FIELD(data, variable_header_offset);
	f->end = f->first + FIELD(data, variable_header_size);
	if (f->first != HEADER_SIZE || f->end > size) {
		return "variable headers outside the file";
	}
	if (FIELD(data, checksum) != header_checksum(f)) {
		return "checksum of the headers is wrong";
	}
	return 0;
}

int igvm_next(const struct igvm_file *f, struct igvm_item *item, uint64_t *position)
{
	const uint64_t at = *position;
	uint64_t length;
	uint64_t padded;

	if (at < f->first || at > f->end || f->end - at < RECORD_SIZE) {
		return 0;
	}
	length = field32(f->data + at + offsetof(struct igvm_record, length));
	padded = (length + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
	if (padded > f->end - at - RECORD_SIZE) {
		return 0;
	}
	item->type = field32(f->data + at) & ~IGVM_OPTIONAL;
	item->length = (uint32_t)length;
	item->body = f->data + at + RECORD_SIZE;
	item->next = at + RECORD_SIZE + padded;
	*position = item->next;
	return 1;
}

uint32_t igvm_optional(const struct igvm_item *item)
{
	return field32(item->body - RECORD_SIZE) & IGVM_OPTIONAL;
}

const uint8_t *igvm_page(const struct igvm_file *f, uint32_t file_offset)
{
	if (file_offset == 0 || f->size < PAGE_SIZE || file_offset > f->size - PAGE_SIZE) {
		return 0;
	}
	return f->data + file_offset;
}

const char *igvm_open(struct igvm_file *f, const void *data, uint64_t size)
{
	const char *why = open_header(f, data, size);

	return why != 0 ? why : igvm_check(f);
}
