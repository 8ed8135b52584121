#include "module/boot/guest.h"
#include "module/boot/cpuid.h"
#include "module/boot/vmsa.h"
#include "module/guest/page.h"
#include "module/guest/perm.h"
#include "module/guest/vcpu.h"
#include "module/host/ghcb.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include <verismo/vmsa.h>

#define PFN(gpa)       ((gpa) / PAGE_SIZE)
#define ENTRY_TABLE    0x23UL /* present, writable, accessed */
#define ENTRY_LARGE    0xe3UL /* and dirty, 2M page */
#define GUEST_FEATURES SEV_FEATURE_SNP
#define GUEST_EFER     0x1d01UL	    /* SCE, LME, LMA, NXE, SVME */
#define GUEST_CR0      0x80010031UL /* PG, WP, NE, ET, PE */
#define GUEST_CR4      0x20UL	    /* PAE */

void guest_put(uint64_t gpa, uint64_t value, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++) {
		hw_write8(PFN(gpa), (uint32_t)(gpa % PAGE_SIZE) + i, (uint8_t)(value >> 8 * i));
	}
}

uint64_t guest_get(uint64_t gpa, uint32_t size)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < size; i++) {
		value |= (uint64_t)hw_read8(PFN(gpa), (uint32_t)(gpa % PAGE_SIZE) + i) << 8 * i;
	}
	return value;
}

/* Six pages: root, one PDPT, four directories of 2M pages. */
static void fill_page_tables(uint64_t cbit)
{
	uint64_t root = PFN(GUEST_PAGE_TABLES_GPA);

	hw_write64(root, 0, (root + 1) * PAGE_SIZE | cbit | ENTRY_TABLE);
	for (uint32_t i = 0; i < 4; i++) {
		hw_write64(root + 1, i, (root + 2 + i) * PAGE_SIZE | cbit | ENTRY_TABLE);
	}
	for (uint32_t i = 0; i < 4 * PAGE_WORDS; i++) {
		hw_write64(root + 2 + i / PAGE_WORDS, i % PAGE_WORDS,
			   i * LARGE_PAGE | cbit | ENTRY_LARGE);
	}
}

void guest_fill_common(uint64_t cbit)
{
	secrets_copy_to(PFN(GUEST_SECRETS_GPA));
	cpuid_copy_to(PFN(GUEST_CPUID_GPA));
	fill_page_tables(cbit);
}

/* The page loses the write permission it was granted; nobody has used it, so no TLB knows it. */
static void write_vmsa(const struct vmsa_start *s)
{
	static uint64_t words[PAGE_WORDS];
	uint64_t pfn = PFN(GUEST_VMSA_GPA);

	vmsa_build(words, s);
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		hw_write64(pfn, i, words[i]);
	}
	perm_make_vmsa(pfn, s->vmpl);
}

void guest_make_startup(const struct launch_block *launch, uint64_t cbit)
{
	int plain = launch->kind == LAUNCH_PLAIN;
	struct vmsa_start s = {
		.sev_features = GUEST_FEATURES,
		.efer = GUEST_EFER,
		.cr0 = GUEST_CR0,
		.cr3 = GUEST_PAGE_TABLES_GPA | cbit,
		.cr4 = GUEST_CR4,
		.rip = launch->entry,
		.rsp = launch->stack,
		.rsi = plain ? GUEST_SECRETS_GPA : GUEST_BOOT_PARAMS_GPA,
		.vmpl = launch->guest_vmpl,
	};

	write_vmsa(&s);
	page_set_initial(PFN(GUEST_VMSA_GPA), PAGE_VMSA, s.vmpl);
	page_set_initial(PFN(GUEST_CAA_GPA), PAGE_CAA, s.vmpl);
	vcpu_register_startup(PFN(GUEST_VMSA_GPA), PFN(GUEST_CAA_GPA), 0, s.vmpl, GUEST_FEATURES);
	if (ghcb_ap_create(0, s.vmpl, GUEST_VMSA_GPA, GUEST_FEATURES, AP_CREATE)) {
		hw_terminate(REASON_CPU_START);
	}
}
