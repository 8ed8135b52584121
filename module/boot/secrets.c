#include "module/boot/guest.h"
#include "module/boot/image.h"
#include "module/boot/memory.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>
#include <verismo/svsm.h>

#define VERSION_MIN    3U
#define FIXED_END      SECRETS_VMPCK0 /* version, flags, FMS, GOSVW */
#define KEY_OFFSET(n)  (SECRETS_VMPCK0 + (n)*SECRETS_VMPCK_SIZE)
#define TWEAK_BITMAP   0x100U
#define TWEAK_END      0x140U
#define TSC_FACTOR     0x160U
#define TSC_FACTOR_END 0x168U

static void copy_bytes(uint64_t pfn, uint32_t from, uint32_t end)
{
	for (uint32_t i = from / 8; i < end / 8; i++) {
		hw_write64(pfn, i, image_secrets[i]);
	}
}

/* Copies what the guest may know and leaves the rest zero: the keys of more privileged levels,
 * sequence numbers, the AP jump table address, whatever is reserved. */
void secrets_copy_to(uint64_t pfn)
{
	uint64_t gpa = pfn * PAGE_SIZE;

	if ((uint32_t)image_secrets[0] < VERSION_MIN) {
		hw_terminate(REASON_SECRETS);
	}
	copy_bytes(pfn, 0, FIXED_END);
	copy_bytes(pfn, KEY_OFFSET(GUEST_VMPL_MIN), KEY_OFFSET(SNP_VMPLS));
	copy_bytes(pfn, TWEAK_BITMAP, TWEAK_END);
	copy_bytes(pfn, TSC_FACTOR, TSC_FACTOR_END);
	guest_put(gpa + SECRETS_SVSM_BASE, MODULE_BASE, 8);
	guest_put(gpa + SECRETS_SVSM_SIZE, memory_module_size(), 8);
	guest_put(gpa + SECRETS_SVSM_CAA, GUEST_CAA_GPA, 8);
	guest_put(gpa + SECRETS_SVSM_MAX_VERSION, SVSM_CORE_VERSION, 4);
	guest_put(gpa + SECRETS_SVSM_GUEST_VMPL, GUEST_VMPL_MIN, 1);
}
