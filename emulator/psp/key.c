/*
 * MSG_KEY_REQ: a key for the guest, derived from one of the processor's. AMD does not publish how; here it is
 * HKDF with SHA-384 from the root, with the selected fields as context. What is fixed is what a key depends on: the
 * root, the set of selected fields, their values, and the level.
 */
#include <string.h>
#include "context.h"
#include "crypto/hkdf.h"
#include "identity.h"

/* HKDF's context: fields that are not selected are zero. */
struct mixed {
	uint64_t field_select;
	uint64_t policy;
	uint8_t image_id[16]; /* without an ID block image and family are zero, selected or not */
	uint8_t family_id[16];
	uint8_t digest[SHA384_SIZE];
	uint8_t tcb_version[8];
	uint32_t guest_svn;
	uint32_t vmpl;
};
_Static_assert(sizeof(struct mixed) == 112, "no padding in what is hashed");

static int exceeds_tcb(const uint8_t tcb[8])
{
	static const uint8_t committed[8] = IDENTITY_TCB;

	for (uint32_t i = 0; i < sizeof(committed); i++) {
		if (tcb[i] > committed[i]) {
			return 1;
		}
	}
	return 0;
}

static uint32_t check(uint32_t vmpck, const struct snp_key_request *r)
{
	if ((r->key_select & ~KEY_SELECT_BITS) != 0 || r->reserved_04 != 0 ||
	    (r->field_select & ~KEY_FIELDS) != 0 || r->vmpl >= SNP_VMPLS || r->vmpl < vmpck ||
	    r->guest_svn > IDENTITY_GUEST_SVN || exceeds_tcb(r->tcb_version)) {
		return PSP_INVALID;
	}
	return KEY_ENDORSEMENT(r->key_select) > KEY_SELECT_VCEK ? PSP_INVALID_KEY : PSP_OK;
}

static void mix(struct mixed *m, const struct psp *psp, const struct snp_key_request *r)
{
	memset(m, 0, sizeof(*m));
	m->field_select = r->field_select;
	m->vmpl = r->vmpl;
	if (r->field_select & KEY_FIELD_POLICY) {
		m->policy = psp->policy;
	}
	if (r->field_select & KEY_FIELD_MEASUREMENT) {
		memcpy(m->digest, psp->digest, sizeof(m->digest));
	}
	if (r->field_select & KEY_FIELD_SVN) {
		m->guest_svn = r->guest_svn;
	}
	if (r->field_select & KEY_FIELD_TCB) {
		memcpy(m->tcb_version, r->tcb_version, sizeof(m->tcb_version));
	}
}

uint32_t psp_key(const struct psp *psp, uint32_t vmpck, const struct snp_key_request *request,
		 uint8_t key[DERIVED_KEY])
{
	static const uint8_t salt[] = "verismo emulator: MSG_KEY_REQ";
	uint32_t status = check(vmpck, request);
	int vmrk = (request->key_select & KEY_ROOT_VMRK) != 0;
	uint8_t prk[SHA384_SIZE];
	struct mixed m;

	memset(key, 0, DERIVED_KEY);
	if (status != PSP_OK) {
		return status;
	}
	/* all checks passed */
	mix(&m, psp, request);
	crypto_hkdf_extract(SHA384_SIZE, salt, sizeof(salt), vmrk ? psp->vmrk : identity_vcek,
			    vmrk ? sizeof(psp->vmrk) : IDENTITY_KEY_SIZE, prk);
	crypto_hkdf_expand(SHA384_SIZE, prk, (const uint8_t *)&m, sizeof(m), key, DERIVED_KEY);
	return PSP_OK;
}
