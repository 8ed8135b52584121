/* Attacks before the first instruction: what the host hands over at launch. */
#include <string.h>
#include <verismo/launch.h>
#include <verismo/vmsa.h>
#include "policy.h"

static void change_features(uint8_t *vmsa, uint64_t off, uint64_t on)
{
	uint64_t features;

	memcpy(&features, vmsa + VMSA_SEV_FEATURES, sizeof(features));
	features = (features & ~off) | on;
	memcpy(vmsa + VMSA_SEV_FEATURES, &features, sizeof(features));
	policy_played();
}

/* The page is measured: a verifier sees the difference, whatever the module does. */
void policy_start_vmsa(uint8_t vmsa[PAGE_SIZE])
{
	switch (policy_attack()) {
	case ATTACK_NO_RESTRICTED_INJECTION:
	case ATTACK_VC_INJECT:
	case ATTACK_INT_INJECT:
		change_features(vmsa, SEV_FEATURE_RESTRICTED_INJECTION, 0);
		break;
	case ATTACK_START_VMSA_CHANGED:
		change_features(vmsa, 0, SEV_FEATURE_SECURE_TSC);
		break;
	default:
		break;
	}
}

#define LEAF_SIZES 0x80000008U
#define INVLPGB	   0x00000008U /* EBX */

/* Of what firmware lets pass: claims of less than the CPU has. */
void policy_cpuid_page(struct snp_cpuid_page *page)
{
	if (policy_attack() != ATTACK_CPUID_LIE) {
		return;
	}
	for (uint32_t i = 0; i < page->count; i++) {
		if (page->entry[i].eax_in == LEAF_SIZES) {
			page->entry[i].ebx &= ~INVLPGB;
			policy_played();
		}
	}
}

void policy_memory_map(struct igvm_memory_map_entry *map, uint32_t entries)
{
	uint32_t i = 0;

	if (policy_attack() != ATTACK_MEMMAP_HOSTILE) {
		return;
	}
	while (i < entries && map[i].pages != 0) {
		i++;
	}
	if (i < entries) {
		map[i].start = MODULE_BASE / PAGE_SIZE;
		map[i].pages = MODULE_SIZE / PAGE_SIZE;
		map[i].type = IGVM_MEMORY_RESERVED;
		policy_played();
	}
}
