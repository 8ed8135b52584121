/* Reading an attestation report and telling its fields. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "verismo.h"

#define FILE_LIMIT (4 * REPORT_SIZE) /* bytes: two digits and white space for each */

const char *const tcb_part_name[TCB_PARTS] = {"fmc", "bootloader", "tee", "snp", "microcode"};

const struct policy_bit policy_bits[POLICY_BITS] = {
	{"smt", 16},	  {"migration", 18}, {"debug", 19},    {"single-socket", 20},
	{"cxl", 21},	  {"aes-xts", 22},   {"rapl-off", 23}, {"ciphertext-hiding", 24},
	{"swap-off", 25},
};

#define FIELD(name, member, kind, since)                                                           \
	{                                                                                          \
		name, offsetof(struct snp_report, member),                                         \
			sizeof(((struct snp_report *)0)->member), kind, since                      \
	}
const struct report_field report_fields[] = {
	FIELD("version", version, REPORT_NUMBER, 0),
	FIELD("guest_svn", guest_svn, REPORT_NUMBER, 0),
	FIELD("policy", policy, REPORT_NUMBER, 0),
	FIELD("family_id", family_id, REPORT_HEX, 0),
	FIELD("image_id", image_id, REPORT_HEX, 0),
	FIELD("vmpl", vmpl, REPORT_NUMBER, 0),
	FIELD("signature_algo", signature_algo, REPORT_NUMBER, 0),
	FIELD("current_tcb", current_tcb, REPORT_TCB, 0),
	FIELD("platform_info", platform_info, REPORT_NUMBER, 0),
	FIELD("flags", flags, REPORT_NUMBER, 0),
	FIELD("report_data", report_data, REPORT_HEX, 0),
	FIELD("measurement", measurement, REPORT_HEX, 0),
	FIELD("host_data", host_data, REPORT_HEX, 0),
	FIELD("id_key_digest", id_key_digest, REPORT_HEX, 0),
	FIELD("author_key_digest", author_key_digest, REPORT_HEX, 0),
	FIELD("report_id", report_id, REPORT_HEX, 0),
	FIELD("report_id_ma", report_id_ma, REPORT_HEX, 0),
	FIELD("reported_tcb", reported_tcb, REPORT_TCB, 0),
	FIELD("cpuid_family", cpuid_family, REPORT_NUMBER, 3),
	FIELD("cpuid_model", cpuid_model, REPORT_NUMBER, 3),
	FIELD("cpuid_stepping", cpuid_stepping, REPORT_NUMBER, 3),
	FIELD("chip_id", chip_id, REPORT_HEX, 0),
	FIELD("committed_tcb", committed_tcb, REPORT_TCB, 0),
	FIELD("current_version", current_version, REPORT_FIRMWARE, 0),
	FIELD("committed_version", committed_version, REPORT_FIRMWARE, 0),
	FIELD("launch_tcb", launch_tcb, REPORT_TCB, 0),
	FIELD("launch_mit_vector", launch_mit_vector, REPORT_NUMBER, 5),
	FIELD("current_mit_vector", current_mit_vector, REPORT_NUMBER, 5),
};
const uint32_t report_field_count = sizeof(report_fields) / sizeof(report_fields[0]);

void hex_encode(const uint8_t *data, uint64_t size, char *text)
{
	for (uint64_t i = 0; i < size; i++) {
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int hex_decode(const char *text, uint64_t length, uint8_t *data, uint64_t size)
{
	if (length != 2 * size) {
		return -1;
	}
	for (uint64_t i = 0; i < size; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0) {
			return -1;
		}
		data[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int tcb_svn(enum tcb_layout layout, const uint8_t tcb[8], enum tcb_part part)
{
	static const int8_t at[2][TCB_PARTS] = {
		[TCB_MILAN] = {-1, 0, 1, 6, 7},
		[TCB_TURIN] = {0, 1, 2, 3, 7},
	};
	int8_t i = at[layout][part];

	return i < 0 ? -1 : tcb[i];
}

void tcb_text(enum tcb_layout layout, const uint8_t tcb[8], char text[REPORT_TEXT])
{
	uint32_t used = 0;

	text[0] = 0;
	for (enum tcb_part part = 0; part < TCB_PARTS; part++) {
		int svn = tcb_svn(layout, tcb, part);

		if (svn >= 0) {
			used += (uint32_t)snprintf(text + used, REPORT_TEXT - used, "%s%s %d",
						   used ? ", " : "", tcb_part_name[part], svn);
		}
	}
}

void report_field_text(const struct snp_report *report, enum tcb_layout layout,
		       const struct report_field *field, char text[REPORT_TEXT])
{
	const uint8_t *data = (const uint8_t *)report + field->offset;
	uint64_t number = 0;

	switch (field->kind) {
	case REPORT_NUMBER:
		memcpy(&number, data, field->size);
		snprintf(text, REPORT_TEXT, "0x%llx", (unsigned long long)number);
		break;
	case REPORT_HEX:
		hex_encode(data, field->size, text);
		break;
	case REPORT_TCB:
		tcb_text(layout, data, text);
		break;
	case REPORT_FIRMWARE:
		snprintf(text, REPORT_TEXT, "%u.%u.%u", data[2], data[1], data[0]);
		break;
	}
}

int bytes_are_zero(const uint8_t *data, uint64_t size)
{
	while (size && !data[size - 1]) {
		size--;
	}
	return !size;
}

const char *report_reserved(const struct snp_report *report)
{
	static const struct {
		const char *name;
		uint16_t offset, end;
		uint32_t until; /* reserved before this version; 0: in every one */
	} reserved[] = {
		{"bytes 0x4c to 0x4f", 0x04c, 0x050, 0},
		{"bytes 0x188 to 0x18a", 0x188, 0x18b, 3},
		{"bytes 0x18b to 0x19f", 0x18b, 0x1a0, 0},
		{"byte 0x1eb", 0x1eb, 0x1ec, 0},
		{"byte 0x1ef", 0x1ef, 0x1f0, 0},
		{"bytes 0x1f8 to 0x207", 0x1f8, 0x208, 5},
		{"bytes 0x208 to 0x29f", 0x208, 0x2a0, 0},
		{"the upper bytes of R", 0x2d0, 0x2e8, 0},
		{"the upper bytes of S", 0x318, 0x330, 0},
		{"bytes 0x330 to 0x49f", 0x330, 0x4a0, 0},
	};

	for (uint32_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if ((!reserved[i].until || report->version < reserved[i].until) &&
		    !bytes_are_zero((const uint8_t *)report + reserved[i].offset,
				    reserved[i].end - (uint64_t)reserved[i].offset)) {
			return reserved[i].name;
		}
	}
	return report->flags >> 5 ? "bits 31:5 of FLAGS" : 0;
}

/* 1 if the content is a report in hexadecimal, perhaps in several lines. */
static int from_hex(const struct bytes *content, uint8_t *raw)
{
	char text[2 * REPORT_SIZE];
	uint64_t length = 0;

	for (uint64_t i = 0; i < content->size; i++) {
		char c = (char)content->data[i];

		if (isspace((unsigned char)c)) {
			continue;
		}
		if (length == sizeof(text) || digit(c) < 0) {
			return 0;
		}
		text[length++] = c;
	}
	return !hex_decode(text, length, raw, REPORT_SIZE);
}

int report_read(const char *path, struct snp_report *report)
{
	struct bytes content;
	int code = file_read(path, FILE_LIMIT, &content);
	unsigned long long size;

	if (code) {
		return code;
	}
	size = content.size;
	if (size == REPORT_SIZE) {
		memcpy(report, content.data, REPORT_SIZE);
	} else if (!from_hex(&content, (uint8_t *)report)) {
		code = tool_error(TOOL_BAD_FILE,
				  "%s: not an attestation report: %llu bytes, %u are needed", path,
				  size, REPORT_SIZE);
	}
	free(content.data);
	if (!code && report->version != 2 && report->version != 3 && report->version != 5) {
		code = tool_error(TOOL_BAD_FILE,
				  "%s: not an attestation report of version 2, 3 or 5: version %u",
				  path, report->version);
	}
	return code;
}
