#include <string.h>
#include <verismo/vmsa.h>

#include "emit.h"

#define CODE_SELECTOR 0x08U
#define DATA_SELECTOR 0x10U
#define CODE_32	      0xc9bU /* present, code, readable, accessed; 32-bit; limit in pages */
#define DATA_32	      0xc93U
#define TSS_BUSY_32   0x08bU
#define LDT	      0x082U
#define LIMIT_4G      0xffffffffU
#define LIMIT_64K     0xffffU

#define CR0_START    0x31UL   /* PE, ET, NE */
#define CR4_START    0x60UL   /* PAE, MCE */
#define EFER_START   0x1900UL /* LME, NXE, SVME */
#define RFLAGS_START 0x2UL
#define XCR0_START   0x1UL
#define PLATFORM_SNP 1UL /* RAX */

static void put(uint8_t *p, uint32_t offset, uint64_t value, uint32_t bytes)
{
	memcpy(p + offset, &value, bytes);
}

static void put_segment(uint8_t *vmsa, uint32_t offset, uint32_t selector, uint32_t attributes,
			uint32_t limit)
{
	put(vmsa, offset, selector, 2);
	put(vmsa, offset + 2, attributes, 2);
	put(vmsa, offset + 4, limit, 4);
}

static void put_segments(uint8_t *vmsa)
{
	put_segment(vmsa, VMSA_CS, CODE_SELECTOR, CODE_32, LIMIT_4G);
	put_segment(vmsa, VMSA_DS, DATA_SELECTOR, DATA_32, LIMIT_4G);
	put_segment(vmsa, VMSA_ES, DATA_SELECTOR, DATA_32, LIMIT_4G);
	put_segment(vmsa, VMSA_FS, DATA_SELECTOR, DATA_32, LIMIT_4G);
	put_segment(vmsa, VMSA_GS, DATA_SELECTOR, DATA_32, LIMIT_4G);
	put_segment(vmsa, VMSA_SS, DATA_SELECTOR, DATA_32, LIMIT_4G);
	put_segment(vmsa, VMSA_TR, 0, TSS_BUSY_32, LIMIT_64K);
	put_segment(vmsa, VMSA_LDTR, 0, LDT, LIMIT_64K);
	put_segment(vmsa, VMSA_GDTR, 0, 0, EARLY_GDT_SIZE - 1);
	put(vmsa, VMSA_GDTR + 8, EARLY_GDT_GPA, 8);
	put_segment(vmsa, VMSA_IDTR, 0, 0, LIMIT_64K);
}

void start_vmsa(uint8_t *vmsa)
{
	memset(vmsa, 0, PAGE_SIZE);
	put_segments(vmsa);
	put(vmsa, VMSA_EFER, EFER_START, 8);
	put(vmsa, VMSA_CR0, CR0_START, 8);
	put(vmsa, VMSA_CR3, EARLY_PML4_GPA, 8); /* table walks are private without a C-bit here */
	put(vmsa, VMSA_CR4, CR4_START, 8);
	put(vmsa, VMSA_DR6, VMSA_DR6_RESET, 8);
	put(vmsa, VMSA_DR7, VMSA_DR7_RESET, 8);
	put(vmsa, VMSA_RFLAGS, RFLAGS_START, 8);
	put(vmsa, VMSA_RIP, MODULE_IMAGE_GPA, 8);
	put(vmsa, VMSA_RSP, EARLY_STACK_TOP, 8);
	put(vmsa, VMSA_RAX, PLATFORM_SNP, 8);
	put(vmsa, VMSA_PAT, VMSA_PAT_RESET, 8);
	put(vmsa, VMSA_SEV_FEATURES,
	    SEV_FEATURE_SNP | SEV_FEATURE_RESTRICTED_INJECTION | SEV_FEATURE_DEBUG_SWAP, 8);
	put(vmsa, VMSA_XCR0, XCR0_START, 8);
	put(vmsa, VMSA_MXCSR, VMSA_MXCSR_RESET, 4);
	put(vmsa, VMSA_X87_FCW, VMSA_FCW_RESET, 2);
}
