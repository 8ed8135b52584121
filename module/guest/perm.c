/* RMP permissions of claimed frames. */
#include "module/guest/perm.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

static void perm_set_4k(uint64_t pfn, uint32_t attributes)
{
	if (hw_rmpadjust(pfn, SNP_SIZE_4K, attributes) != SNP_OK) {
		hw_terminate(REASON_RMPADJUST);
	}
}

static void perm_set(uint64_t pfn, uint32_t size, uint32_t attributes)
{
	uint64_t i;

	if (size == SNP_SIZE_4K) {
		perm_set_4k(pfn, attributes);
		return;
	}
	if (hw_rmpadjust(pfn, SNP_SIZE_2M, attributes) == SNP_OK) {
		return;
	}
	for (i = 0; i < PAGES_PER_2M; i++) {
		perm_set_4k(pfn + i, attributes);
	}
}

uint32_t perm_revoke(uint64_t pfn, uint32_t size)
{
	uint32_t eax = hw_rmpadjust(pfn, size, SNP_ATTR(1, SNP_PERM_NONE));

	if (eax != SNP_OK) {
		return eax;
	}
	perm_set(pfn, size, SNP_ATTR(2, SNP_PERM_NONE));
	perm_set(pfn, size, SNP_ATTR(3, SNP_PERM_NONE));
	return SNP_OK;
}

void perm_grant(uint64_t pfn, uint32_t size, uint32_t owner)
{
	uint32_t vmpl;

	for (vmpl = GUEST_VMPL_MIN; vmpl <= owner; vmpl++) {
		perm_set(pfn, size, SNP_ATTR(vmpl, SNP_PERM_ALL));
	}
}

void perm_make_vmsa(uint64_t pfn, uint32_t owner)
{
	uint32_t vmpl;

	for (vmpl = GUEST_VMPL_MIN; vmpl <= owner; vmpl++) {
		perm_set_4k(pfn, SNP_ATTR(vmpl, SNP_PERM_R) + SNP_ATTR_VMSA);
	}
}
