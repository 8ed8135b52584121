/*
 * Guest messages as the secure processor reads and writes them: the structures of 56860 (7 and 8.26), whose offsets
 * verismo/message.h names for the module. Little endian, as the machine is.
 */
#ifndef EMULATOR_PSP_WIRE_H
#define EMULATOR_PSP_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <verismo/message.h>
#include <verismo/report.h>

/* The header of a message page. The payload follows it. */
struct snp_message {
	uint8_t authtag[32]; /* 16 bytes in use, the others zero */
	uint64_t msg_seqno;
	uint64_t reserved_28;
	uint8_t algo; /* from here on the header is authenticated */
	uint8_t hdr_version;
	uint16_t hdr_size;
	uint8_t msg_type;
	uint8_t msg_version;
	uint16_t msg_size; /* bytes of the payload */
	uint32_t reserved_38;
	uint8_t msg_vmpck;
	uint8_t reserved_3d[35];
};
#define MESSAGE_HDR_VERSION_1 1U

/* MSG_REPORT_REQ and MSG_REPORT_RSP (7.3). */
struct snp_report_request {
	uint8_t report_data[64];
	uint32_t vmpl;
	uint32_t key_select;
	uint8_t reserved_48[24];
};
#define KEY_SELECT_ANY	0U /* the VLEK if there is one, else the VCEK */
#define KEY_SELECT_VCEK 1U
#define KEY_SELECT_VLEK 2U
struct snp_report_response { /* the report follows, if status is PSP_OK */
	uint32_t status;
	uint32_t report_size;
	uint8_t reserved_08[24];
};

/* MSG_KEY_REQ and MSG_KEY_RSP (7.2). */
struct snp_key_request {
	uint32_t key_select; /* bit 0: KEY_ROOT_VMRK; [2:1] KEY_SELECT_* */
	uint32_t reserved_04;
	uint64_t field_select; /* KEY_FIELD_* */
	uint32_t vmpl;
	uint32_t guest_svn;
	uint8_t tcb_version[8];
};
#define KEY_ROOT_VMRK	   0x1U
#define KEY_ENDORSEMENT(k) ((k) >> 1 & 3U)
#define KEY_SELECT_BITS	   0x7U
#define KEY_FIELDS                                                                                 \
	(KEY_FIELD_POLICY | KEY_FIELD_IMAGE_ID | KEY_FIELD_FAMILY_ID | KEY_FIELD_MEASUREMENT |     \
	 KEY_FIELD_SVN | KEY_FIELD_TCB)
struct snp_key_response {
	uint32_t status;
	uint8_t reserved_04[28];
	uint8_t key[DERIVED_KEY];
};

/* The status of a response. */
#define PSP_OK		0x00U
#define PSP_INVALID	0x16U /* a parameter */
#define PSP_INVALID_KEY 0x27U /* the key that was selected */

/* What SNP_GUEST_REQUEST answers to the host, which hands it to the guest (status codes of 56860). */
#define FIRMWARE_OK	       0x00U
#define FIRMWARE_BAD_TAG       0x0bU /* BAD_MEASUREMENT: the message does not authenticate */
#define FIRMWARE_INVALID_PARAM 0x16U
#define FIRMWARE_AEAD_OFLOW    0x1dU /* the message counter is used up */

#define AT(type, member, offset) _Static_assert(offsetof(struct type, member) == (offset), #offset)
AT(snp_message, msg_seqno, MESSAGE_SEQNO);
AT(snp_message, algo, MESSAGE_ALGO);
AT(snp_message, algo, MESSAGE_AAD);
AT(snp_message, hdr_version, MESSAGE_HDR_VERSION);
AT(snp_message, hdr_size, MESSAGE_HDR_SIZE);
AT(snp_message, msg_type, MESSAGE_TYPE);
AT(snp_message, msg_version, MESSAGE_VERSION);
AT(snp_message, msg_size, MESSAGE_SIZE);
AT(snp_message, msg_vmpck, MESSAGE_VMPCK);
AT(snp_report_request, vmpl, REPORT_REQ_VMPL);
AT(snp_report_request, key_select, REPORT_REQ_KEY);
AT(snp_report_response, report_size, REPORT_RSP_LENGTH);
AT(snp_key_request, field_select, KEY_REQ_FIELDS);
AT(snp_key_request, vmpl, KEY_REQ_VMPL);
AT(snp_key_request, guest_svn, KEY_REQ_SVN);
AT(snp_key_request, tcb_version, KEY_REQ_TCB);
AT(snp_key_response, key, KEY_RSP_KEY);
#undef AT
_Static_assert(sizeof(struct snp_message) == MESSAGE_PAYLOAD, "message header");
_Static_assert(sizeof(struct snp_report_request) == REPORT_REQ_SIZE, "MSG_REPORT_REQ");
_Static_assert(sizeof(struct snp_report_response) == REPORT_RSP_REPORT, "MSG_REPORT_RSP");
_Static_assert(sizeof(struct snp_key_request) == KEY_REQ_SIZE, "MSG_KEY_REQ");
_Static_assert(sizeof(struct snp_key_response) == KEY_RSP_SIZE, "MSG_KEY_RSP");

#endif
