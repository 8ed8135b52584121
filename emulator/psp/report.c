/* MSG_REPORT_REQ: an attestation report, signed by the emulated VCEK. */
#include <string.h>
#include "context.h"
#include "ecdsa.h"
#include "identity.h"

#define FAMILY(fms)   (((fms) >> 8 & 15U) + (((fms) >> 8 & 15U) == 15U ? (fms) >> 20 & 255U : 0U))
#define MODEL(fms)    (((fms) >> 4 & 15U) + ((fms) >> 12 & 0xf0U))
#define STEPPING(fms) ((fms)&15U)

#define VERSION_CPUID	    3U /* the first one with the processor's model */
#define VERSION_MITIGATIONS 5U
#define MITIGATIONS	    0UL /* none of them is known to this firmware */

static uint32_t check(uint32_t vmpck, const struct snp_report_request *r)
{
	if (!psp_is_zero(r->reserved_48, sizeof(r->reserved_48)) || r->vmpl >= SNP_VMPLS ||
	    r->vmpl < vmpck) {
		return PSP_INVALID;
	}
	return r->key_select > KEY_SELECT_VCEK ? PSP_INVALID_KEY : PSP_OK;
}

static void describe_chip(struct snp_report *r)
{
	static const uint8_t tcb[8] = IDENTITY_TCB;
	static const uint8_t firmware[4] = IDENTITY_FIRMWARE;

	memcpy(r->current_tcb, tcb, sizeof(tcb));
	memcpy(r->reported_tcb, tcb, sizeof(tcb));
	memcpy(r->committed_tcb, tcb, sizeof(tcb));
	memcpy(r->launch_tcb, tcb, sizeof(tcb));
	memcpy(r->current_version, firmware, sizeof(firmware));
	memcpy(r->committed_version, firmware, sizeof(firmware));
	memcpy(r->chip_id, IDENTITY_CHIP_ID, sizeof(r->chip_id));
	r->signature_algo = REPORT_ALGO_P384;
	r->flags = REPORT_KEY_VCEK << 2;
}

static void describe_guest(struct snp_report *r, const struct psp *psp)
{
	r->version = psp->report_version;
	r->guest_svn = IDENTITY_GUEST_SVN;
	r->policy = psp->policy;
	memcpy(r->measurement, psp->digest, sizeof(r->measurement));
	memcpy(r->report_id, psp->report_id, sizeof(r->report_id));
	if (r->version >= VERSION_CPUID) {
		r->cpuid_family = (uint8_t)FAMILY(psp->fms);
		r->cpuid_model = (uint8_t)MODEL(psp->fms);
		r->cpuid_stepping = (uint8_t)STEPPING(psp->fms);
	}
	if (r->version >= VERSION_MITIGATIONS) {
		r->launch_mit_vector = MITIGATIONS;
		r->current_mit_vector = MITIGATIONS;
	}
}

/* R and S stand in the report little endian. */
static void reverse(uint8_t *field, const uint8_t number[ECDSA_SIZE])
{
	for (uint32_t i = 0; i < ECDSA_SIZE; i++) {
		field[i] = number[ECDSA_SIZE - 1 - i];
	}
}

static uint32_t sign(struct snp_report *report)
{
	uint8_t hash[SHA384_SIZE], r[ECDSA_SIZE], s[ECDSA_SIZE];

	sha384(hash, report, REPORT_SIGNED);
	if (ecdsa_sign(r, s, hash, identity_vcek)) {
		memset(report, 0, sizeof(*report));
		return PSP_INVALID_KEY;
	}
	reverse(report->signature_r, r);
	reverse(report->signature_s, s);
	return PSP_OK;
}

uint32_t psp_report(const struct psp *psp, uint32_t vmpck, const struct snp_report_request *request,
		    struct snp_report *report)
{
	uint32_t status = check(vmpck, request);

	memset(report, 0, sizeof(*report));
	if (status != PSP_OK) {
		return status;
	}
	/* all checks passed */
	describe_chip(report);
	describe_guest(report, psp);
	report->vmpl = request->vmpl;
	memcpy(report->report_data, request->report_data, sizeof(report->report_data));
	return sign(report);
}
