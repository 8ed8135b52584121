/* Attacks by what the host answers to the module: GHCB MSR protocol and GHCB page. */
#include "policy.h"

#define FIELD(value, shift) ((uint64_t)(value) << (shift))
#define CBIT_SHIFT	    24
#define CBIT_WRONG	    47U /* a position that hardware could have */
#define FEATURES_SHIFT	    12
#define MODULE_VMPL	    0U

void policy_msr_reply(uint32_t vmpl, uint64_t request, uint64_t *reply)
{
	uint64_t code = GHCB_MSR_CODE(request);

	if (vmpl != MODULE_VMPL) {
		return;
	}
	if (policy_attack() == ATTACK_CBIT_LIE && code == GHCB_MSR_SEV_INFO_REQ) {
		*reply = (*reply & ~FIELD(0xff, CBIT_SHIFT)) | FIELD(CBIT_WRONG, CBIT_SHIFT);
		policy_played();
	}
	if (policy_attack() == ATTACK_MSR_REPLY_MISMATCH && code == GHCB_MSR_REGISTER_REQ) {
		*reply += PAGE_SIZE;
		policy_played();
	}
	if (policy_attack() == ATTACK_FEATURES_SHRINK && code == GHCB_MSR_FEATURES_REQ) {
		*reply &= ~FIELD(GHCB_FEATURE_MULTI_VMPL, FEATURES_SHIFT);
		policy_played();
	}
}

void policy_page_reply(uint32_t vmpl, struct ghcb *g)
{
	if (vmpl == MODULE_VMPL && policy_attack() == ATTACK_GHCB_REPLY_MALFORMED) {
		ghcb_unmark(g, GHCB_SW_EXITINFO2);
		policy_played();
	}
}
