/* The SVSM protocol, AMD 58019 revision 1.00: result codes, protocols, calls, calling area. */
#ifndef VERISMO_SVSM_H
#define VERISMO_SVSM_H

#define SVSM_SUCCESS              0x00000000UL
#define SVSM_INCOMPLETE           0x80000000UL
#define SVSM_UNSUPPORTED_PROTOCOL 0x80000001UL
#define SVSM_UNSUPPORTED_CALL     0x80000002UL
#define SVSM_INVALID_ADDRESS      0x80000003UL
#define SVSM_INVALID_FORMAT       0x80000004UL
#define SVSM_INVALID_PARAMETER    0x80000005UL
#define SVSM_INVALID_REQUEST      0x80000006UL
#define SVSM_BUSY                 0x80000007UL

/* Core protocol errors: 0x8000_1000 + EAX of the refused instruction. */
#define SVSM_CORE_ERROR           0x80001000UL
#define SVSM_FAIL_INPUT           0x80001001UL
#define SVSM_FAIL_PERMISSION      0x80001002UL
#define SVSM_FAIL_INUSE           0x80001003UL
#define SVSM_FAIL_SIZEMISMATCH    0x80001006UL
#define SVSM_FAIL_NOCHANGE        0x80001010UL /* PVALIDATE: CF = 1 */
#define SVSM_FAIL_UNKNOWN         0x80001011UL /* PVALIDATE: EAX > 0xF */

#define SVSM_PROTOCOL_CORE        0UL
#define SVSM_PROTOCOL_ATTEST      1UL
#define SVSM_PROTOCOL_VTPM        2UL
#define SVSM_CORE_VERSION         1UL

#define SVSM_CORE_REMAP_CA        0UL
#define SVSM_CORE_PVALIDATE       1UL
#define SVSM_CORE_CREATE_VCPU     2UL
#define SVSM_CORE_DELETE_VCPU     3UL
#define SVSM_CORE_DEPOSIT_MEM     4UL
#define SVSM_CORE_WITHDRAW_MEM    5UL
#define SVSM_CORE_QUERY_PROTOCOL  6UL
#define SVSM_CORE_CONFIGURE_VTOM  7UL

/* Calling area, byte offsets. */
#define CAA_CALL_PENDING  0
#define CAA_MEM_AVAILABLE 1
#define CAA_BUFFER        8

/* PVALIDATE list: header word, then entries (58019 section 8.2). */
#define PVALIDATE_HEADER_SIZE 8UL
#define PVALIDATE_ENTRY_SIZE  8UL

#endif
