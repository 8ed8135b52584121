/*
 * What the secure processor keeps of the guest that it has launched (56860, guest context). Nothing here depends on
 * hardware: the emulator, the sim and the native tests have one each.
 */
#ifndef EMULATOR_PSP_CONTEXT_H
#define EMULATOR_PSP_CONTEXT_H

#include <stdint.h>
#include <verismo/snp.h>
#include "sha384.h"
#include "wire.h"

struct psp {
	uint32_t report_version;     /* 2, 3 or 5: the layout of its reports */
	uint32_t fms;		     /* CPUID 1 EAX of the machine */
	uint64_t policy;	     /* of the guest */
	uint8_t digest[SHA384_SIZE]; /* of its launch */
	uint8_t report_id[32];
	uint8_t vmrk[32];
	uint64_t seqno[SNP_VMPLS]; /* of the last message for this VMPCK; 0 at the launch */
};
#define PSP_REPORT_VERSION 3U /* what firmware makes that knows no mitigation vectors */

#define PSP_FRESH 64U /* bytes */

/* A guest with this policy and launch digest; no message has been exchanged. fresh: PSP_FRESH bytes that no
 * other launch had, for report_id and vmrk. */
void psp_guest_start(struct psp *psp, uint64_t policy, const uint8_t digest[SHA384_SIZE],
		     const uint8_t fresh[PSP_FRESH]);

/* Are these size bytes zero? */
int psp_is_zero(const uint8_t *data, uint32_t size);

/* ---- message.c ---- */

/*
 * SNP_GUEST_REQUEST (56860, 8.26): one message of the guest. request and response are pages, which may hold anything;
 * response is written if the result is FIRMWARE_OK. Errors in this order:
 *   FIRMWARE_INVALID_PARAM  a field of the header: fixed values, reserved ones, type or its size, msg_vmpck
 *   FIRMWARE_AEAD_OFLOW     the counter of that VMPCK has no two numbers left
 *   FIRMWARE_INVALID_PARAM  msg_seqno is not the counter + 1
 *   FIRMWARE_BAD_TAG        the message was not sealed with that VMPCK
 * An error changes nothing. Otherwise the counter has advanced by 2 and the response says what came of it.
 */
uint32_t psp_guest_request(struct psp *psp, const uint8_t request[PAGE_SIZE],
			   uint8_t response[PAGE_SIZE]);

/* ---- report.c, key.c: the commands inside; vmpck is the level whose key sealed the request ---- */

/* MSG_REPORT_REQ. PSP_OK, PSP_INVALID (reserved fields, no level, a level above vmpck),
 * PSP_INVALID_KEY (a VLEK: there is none; or no such key): then *report is zero. */
uint32_t psp_report(const struct psp *psp, uint32_t vmpck, const struct snp_report_request *request,
		    struct snp_report *report);

/* MSG_KEY_REQ. PSP_OK, PSP_INVALID (reserved fields, no level, a level above vmpck, a guest SVN or TCB
 * beyond the guest's and the chip's), PSP_INVALID_KEY as above: then key is zero. */
uint32_t psp_key(const struct psp *psp, uint32_t vmpck, const struct snp_key_request *request,
		 uint8_t key[DERIVED_KEY]);

#endif
