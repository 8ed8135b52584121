/* Guest messages: header, sequence numbers, sealing. */
#include <string.h>
#include "context.h"
#include "crypto/gcm.h"
#include "secrets.h"

/* A payload in clear, and the response that takes its place. */
union payload {
	uint8_t byte[REPORT_RSP_SIZE];
	struct snp_report_request report_request;
	struct {
		struct snp_report_response head;
		struct snp_report report;
	} report_response;
	struct snp_key_request key_request;
	struct snp_key_response key_response;
};
_Static_assert(sizeof(union payload) == REPORT_RSP_SIZE &&
		       sizeof(union payload) <= MESSAGE_PAYLOAD_MAX,
	       "the longest payload");

/* Bytes of a request of this type; 0: no such request. */
static uint32_t request_size(uint32_t type)
{
	switch (type) {
	case MESSAGE_KEY_REQ:
		return sizeof(struct snp_key_request);
	case MESSAGE_REPORT_REQ:
		return sizeof(struct snp_report_request);
	default:
		return 0;
	}
}

static int is_well_formed(const struct snp_message *h)
{
	const uint32_t unused = sizeof(h->authtag) - CRYPTO_GCM_TAG;

	return psp_is_zero(h->authtag + CRYPTO_GCM_TAG, unused) && h->reserved_28 == 0 &&
	       h->algo == MESSAGE_ALGO_AES_256_GCM && h->hdr_version == MESSAGE_HDR_VERSION_1 &&
	       h->hdr_size == MESSAGE_PAYLOAD && h->msg_version == MESSAGE_VERSION_1 &&
	       h->msg_size != 0 && h->msg_size == request_size(h->msg_type) &&
	       h->reserved_38 == 0 && h->msg_vmpck < SNP_VMPLS &&
	       psp_is_zero(h->reserved_3d, sizeof(h->reserved_3d));
}

static uint32_t check(const struct psp *psp, const struct snp_message *h)
{
	if (!is_well_formed(h)) {
		return FIRMWARE_INVALID_PARAM;
	}
	if (psp->seqno[h->msg_vmpck] > UINT64_MAX - 2) {
		return FIRMWARE_AEAD_OFLOW;
	}
	return h->msg_seqno == psp->seqno[h->msg_vmpck] + 1 ? FIRMWARE_OK : FIRMWARE_INVALID_PARAM;
}

/* The key of the level, and the IV of the message. */
struct seal {
	uint8_t key[CRYPTO_GCM_KEY];
	uint8_t iv[CRYPTO_GCM_IV];
	uint8_t aad[MESSAGE_PAYLOAD - MESSAGE_AAD];
};

static struct seal seal_of(const struct snp_message *h)
{
	struct seal s;

	memset(&s, 0, sizeof(s));
	secrets_vmpck(s.key, h->msg_vmpck);
	memcpy(s.iv, &h->msg_seqno, sizeof(h->msg_seqno));
	memcpy(s.aad, (const uint8_t *)h + MESSAGE_AAD, sizeof(s.aad));
	return s;
}

/* Answers the request in *p in its place; bytes of the response. */
static uint32_t answer(const struct psp *psp, const struct snp_message *h, union payload *p)
{
	union payload in = *p;

	memset(p, 0, sizeof(*p));
	if (h->msg_type == MESSAGE_KEY_REQ) {
		p->key_response.status =
			psp_key(psp, h->msg_vmpck, &in.key_request, p->key_response.key);
		return sizeof(p->key_response);
	}
	p->report_response.head.status =
		psp_report(psp, h->msg_vmpck, &in.report_request, &p->report_response.report);
	if (p->report_response.head.status != PSP_OK) {
		return sizeof(p->report_response.head);
	}
	p->report_response.head.report_size = REPORT_SIZE;
	return sizeof(p->report_response);
}

static void reply(struct snp_message *h, union payload *p, uint32_t size,
		  uint8_t response[PAGE_SIZE])
{
	struct seal s;

	h->msg_type++;
	h->msg_seqno++;
	h->msg_size = (uint16_t)size;
	s = seal_of(h);
	crypto_gcm_seal(s.key, s.iv, s.aad, sizeof(s.aad), p->byte, size, h->authtag);
	memset(response, 0, PAGE_SIZE);
	memcpy(response, h, sizeof(*h));
	memcpy(response + sizeof(*h), p->byte, size);
}

uint32_t psp_guest_request(struct psp *psp, const uint8_t request[PAGE_SIZE],
			   uint8_t response[PAGE_SIZE])
{
	struct snp_message h;
	union payload p;
	struct seal s;
	uint32_t status;

	memcpy(&h, request, sizeof(h));
	status = check(psp, &h);
	if (status != FIRMWARE_OK) {
		return status;
	}
	memcpy(p.byte, request + sizeof(h), h.msg_size);
	s = seal_of(&h);
	if (!crypto_gcm_open(s.key, s.iv, s.aad, sizeof(s.aad), p.byte, h.msg_size, h.authtag)) {
		return FIRMWARE_BAD_TAG;
	}
	/* all checks passed */
	psp->seqno[h.msg_vmpck] += 2;
	reply(&h, &p, answer(psp, &h, &p), response);
	return FIRMWARE_OK;
}
