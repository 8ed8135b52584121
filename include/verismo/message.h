/*
 * Guest messages: what the module, and a guest, say to the secure processor through the host (AMD 56860,
 * "SNP guest messages", and 56421 section 4.1.7). One page of a request, one of its response; both shared.
 * Offsets and sizes are bytes, numbers little endian.
 */
#ifndef VERISMO_MESSAGE_H
#define VERISMO_MESSAGE_H

#define MESSAGE_TAG	    0x00U /* 16 bytes, then 16 of zeros */
#define MESSAGE_SEQNO	    0x20U /* u64: the IV is this number and 4 bytes of zeros */
#define MESSAGE_AAD	    0x30U /* what the tag covers besides the payload: up to the payload */
#define MESSAGE_ALGO	    0x30U /* u8 */
#define MESSAGE_HDR_VERSION 0x31U /* u8 */
#define MESSAGE_HDR_SIZE    0x32U /* u16 */
#define MESSAGE_TYPE	    0x34U /* u8; a response has the request's and 1 */
#define MESSAGE_VERSION	    0x35U /* u8 */
#define MESSAGE_SIZE	    0x36U /* u16, of the payload */
#define MESSAGE_VMPCK	    0x3cU /* u8 */
#define MESSAGE_PAYLOAD	    0x60U
#define MESSAGE_PAYLOAD_MAX 4000U

#define MESSAGE_ALGO_AES_256_GCM 1U
#define MESSAGE_VERSION_1	 1U
#define MESSAGE_KEY_REQ		 3U
#define MESSAGE_KEY_RSP		 4U
#define MESSAGE_REPORT_REQ	 5U
#define MESSAGE_REPORT_RSP	 6U

/* The request for a report: payload offsets. */
#define REPORT_REQ_DATA 0x00U /* 64 bytes */
#define REPORT_REQ_VMPL 0x40U /* u32 */
#define REPORT_REQ_KEY	0x44U /* u32: 0 = VLEK if there is one, else VCEK */
#define REPORT_REQ_SIZE 0x60U
/* Its response. */
#define REPORT_RSP_STATUS 0x00U /* u32: 0, 0x16 invalid parameter, 0x27 invalid key selection */
#define REPORT_RSP_LENGTH 0x04U /* u32: REPORT_SIZE */
#define REPORT_RSP_REPORT 0x20U
#define REPORT_SIZE	  0x4a0U
#define REPORT_RSP_SIZE	  (REPORT_RSP_REPORT + REPORT_SIZE)

/* The request for a derived key. */
#define KEY_REQ_ROOT   0x00U /* u32: bit 0: 0 = VCEK, 1 = VMRK */
#define KEY_REQ_FIELDS 0x08U /* u64: what is mixed in, KEY_FIELD_* */
#define KEY_REQ_VMPL   0x10U /* u32 */
#define KEY_REQ_SVN    0x14U /* u32 */
#define KEY_REQ_TCB    0x18U /* u64 */
#define KEY_REQ_SIZE   0x20U
#define KEY_RSP_STATUS 0x00U /* u32 */
#define KEY_RSP_KEY    0x20U
#define KEY_RSP_SIZE   0x40U
#define DERIVED_KEY    32U

#define KEY_FIELD_POLICY      0x01UL
#define KEY_FIELD_IMAGE_ID    0x02UL
#define KEY_FIELD_FAMILY_ID   0x04UL
#define KEY_FIELD_MEASUREMENT 0x08UL
#define KEY_FIELD_SVN	      0x10UL
#define KEY_FIELD_TCB	      0x20UL

/* The host's answer to the exit (56421): SW_EXITINFO2 [63:32]. [31:0] is the firmware's error. */
#define MESSAGE_HOST_INVALID_LEN 1U
#define MESSAGE_HOST_BUSY	 2U

#endif
