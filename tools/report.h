/* The SEV-SNP attestation report: layout, reading, fields (AMD 56860, 7.3, ATTESTATION_REPORT). */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <stddef.h>
#include <stdint.h>

#define REPORT_SIZE   0x4a0U /* bytes */
#define REPORT_SIGNED 0x2a0U /* bytes from the start that the signature covers */

#define REPORT_ALGO_P384 1U /* ECDSA P-384 with SHA-384 */

#define REPORT_MASK_CHIP_KEY  0x2U /* FLAGS */
#define REPORT_SIGNING_KEY(f) ((f) >> 2 & 7U)
#define REPORT_KEY_VCEK	      0U
#define REPORT_KEY_VLEK	      1U

/* Little endian, like the machine that this runs on. What a version does not have is zero. */
struct snp_report {
	uint32_t version; /* 2, 3 or 5 */
	uint32_t guest_svn;
	uint64_t policy;
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t vmpl;
	uint32_t signature_algo;
	uint8_t current_tcb[8];
	uint64_t platform_info;
	uint32_t flags;
	uint32_t reserved_04c;
	uint8_t report_data[64];
	uint8_t measurement[48];
	uint8_t host_data[32];
	uint8_t id_key_digest[48];
	uint8_t author_key_digest[48];
	uint8_t report_id[32];
	uint8_t report_id_ma[32];
	uint8_t reported_tcb[8];
	uint8_t cpuid_family; /* version 3 on, as are the next two */
	uint8_t cpuid_model;
	uint8_t cpuid_stepping;
	uint8_t reserved_18b[21];
	uint8_t chip_id[64]; /* zero if the host masks it */
	uint8_t committed_tcb[8];
	uint8_t current_version[4]; /* build, minor, major, 0 */
	uint8_t committed_version[4];
	uint8_t launch_tcb[8];
	uint64_t launch_mit_vector; /* version 5 on, as is the next */
	uint64_t current_mit_vector;
	uint8_t reserved_208[0x98];
	uint8_t signature_r[72]; /* 48 bytes in use */
	uint8_t signature_s[72];
	uint8_t reserved_330[0x170];
};
_Static_assert(sizeof(struct snp_report) == REPORT_SIZE, "ATTESTATION_REPORT");
_Static_assert(offsetof(struct snp_report, report_data) == 0x050, "REPORT_DATA");
_Static_assert(offsetof(struct snp_report, measurement) == 0x090, "MEASUREMENT");
_Static_assert(offsetof(struct snp_report, reported_tcb) == 0x180, "REPORTED_TCB");
_Static_assert(offsetof(struct snp_report, chip_id) == 0x1a0, "CHIP_ID");
_Static_assert(offsetof(struct snp_report, committed_tcb) == 0x1e0, "COMMITTED_TCB");
_Static_assert(offsetof(struct snp_report, launch_mit_vector) == 0x1f8, "LAUNCH_MIT_VECTOR");
_Static_assert(offsetof(struct snp_report, signature_r) == REPORT_SIGNED, "SIGNATURE");

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
#define POLICY_SMT	 (1UL << 16)
#define POLICY_MUST	 (1UL << 17) /* reserved, must be 1 */
#define POLICY_MIGRATION (1UL << 18)
#define POLICY_DEBUG	 (1UL << 19)

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
