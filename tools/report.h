/* Reading an attestation report (verismo/report.h) and telling its fields. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <verismo/report.h>

/* Which byte of a TCB_VERSION is what (AMD 56860, 2.2): Turin has its own order. */
enum tcb_layout { TCB_MILAN, TCB_TURIN };
enum tcb_part { TCB_FMC, TCB_BOOTLOADER, TCB_TEE, TCB_SNP, TCB_MICROCODE, TCB_PARTS };

extern const char *const tcb_part_name[TCB_PARTS];
/* Security version number of a part, or -1: this layout has none (FMC before Turin). */
int tcb_svn(enum tcb_layout layout, const uint8_t tcb[8], enum tcb_part part);

/* Bits of the guest policy (AMD 56860, 4.3) that a person can name. */
struct policy_bit {
	const char *name;
	uint32_t bit;
};
#define POLICY_BITS 9U
extern const struct policy_bit policy_bits[POLICY_BITS];

/* Reads a report: 1184 bytes, or as many in hexadecimal. Returns TOOL_OK, or TOOL_BAD_FILE after a
 * message: unreadable, another size, a version that is not known. Its content is checked by nobody. */
int report_read(const char *path, struct snp_report *report);

/* Name of the first reserved field that is not zero, or 0. */
const char *report_reserved(const struct snp_report *report);

/* The fields in the report's order, for display. */
enum report_kind { REPORT_NUMBER, REPORT_HEX, REPORT_TCB, REPORT_FIRMWARE };
struct report_field {
	const char *name;
	uint16_t offset, size; /* bytes */
	enum report_kind kind;
	uint32_t since; /* report version */
};
extern const struct report_field report_fields[];
extern const uint32_t report_field_count;

#define REPORT_TEXT 160U /* bytes that suffice for the text of any field */
void report_field_text(const struct snp_report *report, enum tcb_layout layout,
		       const struct report_field *field, char text[REPORT_TEXT]);
/* "bootloader 4, tee 0, ...". */
void tcb_text(enum tcb_layout layout, const uint8_t tcb[8], char text[REPORT_TEXT]);

int bytes_are_zero(const uint8_t *data, uint64_t size);
/* text gets 2 * size digits and a 0. */
void hex_encode(const uint8_t *data, uint64_t size, char *text);
/* Reads exactly size bytes from 2 * size digits; 0, or -1: another length or no digit. */
int hex_decode(const char *text, uint64_t length, uint8_t *data, uint64_t size);

#endif
