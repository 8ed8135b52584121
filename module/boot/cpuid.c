#include "module/boot/cpuid.h"
#include "module/boot/image.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

#define LEAF_FEATURES	  0x00000001U
#define LEAF_EXTENDED_MAX 0x80000000U
#define LEAF_SIZES	  0x80000008U
#define LEAF_ENCRYPTION	  0x8000001fU

#define FEATURES_RDRAND	   0x40000000U /* 1:ECX[30] */
#define SIZES_INVLPGB	   0x00000008U /* 80000008:EBX[3] */
#define SIZES_NESTED_FLUSH 0x00200000U /* 80000008:EBX[21] */
#define ENCRYPTION_SNP	   0x0000003aU /* 8000001F:EAX SEV 1, ES 3, SNP 4, VMPL 5 */

#define CBIT_MIN 32U
#define CBIT_MAX 51U

static const struct snp_cpuid_entry no_entry;

/* The first entry counts; an absent leaf reads as zeros. None of the leaves used here is indexed. */
static const struct snp_cpuid_entry *cpuid_find(uint32_t leaf)
{
	for (uint32_t i = 0; i < image_cpuid.count; i++) {
		if (image_cpuid.entry[i].eax_in == leaf) {
			return &image_cpuid.entry[i];
		}
	}
	return &no_entry;
}

static int has_all(uint32_t value, uint32_t bits)
{
	return (value & bits) == bits;
}

void cpuid_check(uint32_t cbit_position)
{
	if (image_cpuid.count == 0 || image_cpuid.count > SNP_CPUID_MAX) {
		hw_terminate(REASON_CPUID_PAGE);
	}
	if (cpuid_find(LEAF_EXTENDED_MAX)->eax < LEAF_ENCRYPTION ||
	    !has_all(cpuid_find(LEAF_ENCRYPTION)->eax, ENCRYPTION_SNP) ||
	    !has_all(cpuid_find(LEAF_FEATURES)->ecx, FEATURES_RDRAND) ||
	    !has_all(cpuid_find(LEAF_SIZES)->ebx, SIZES_INVLPGB | SIZES_NESTED_FLUSH)) {
		hw_terminate(REASON_CPUID_PAGE);
	}
	if (cbit_position < CBIT_MIN || cbit_position > CBIT_MAX ||
	    cpuid_find(LEAF_ENCRYPTION)->ebx % 64 != cbit_position) {
		hw_terminate(REASON_CBIT);
	}
}

uint32_t cpuid_address_width(void)
{
	uint32_t width = cpuid_find(LEAF_SIZES)->eax % 256;
	uint32_t cbit = cpuid_find(LEAF_ENCRYPTION)->ebx % 64;

	return width < cbit ? width : cbit;
}

void cpuid_copy_to(uint64_t pfn)
{
	const uint64_t *words = (const uint64_t *)&image_cpuid;
	uint32_t used = (16 + image_cpuid.count * sizeof(struct snp_cpuid_entry)) / 8;

	for (uint32_t i = 0; i < used; i++) {
		hw_write64(pfn, i, words[i]);
	}
}
