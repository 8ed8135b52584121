#include "context.h"
#include <string.h>

void psp_guest_start(struct psp *psp, uint64_t policy, const uint8_t digest[SHA384_SIZE],
		     const uint8_t fresh[PSP_FRESH])
{
	memset(psp, 0, sizeof(*psp));
	psp->report_version = PSP_REPORT_VERSION;
	psp->policy = policy;
	memcpy(psp->digest, digest, sizeof(psp->digest));
	memcpy(psp->report_id, fresh, sizeof(psp->report_id));
	memcpy(psp->vmrk, fresh + sizeof(psp->report_id), sizeof(psp->vmrk));
}

int psp_is_zero(const uint8_t *data, uint32_t size)
{
	while (size && !data[size - 1]) {
		size--;
	}
	return !size;
}
