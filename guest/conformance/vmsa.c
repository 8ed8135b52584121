#include <verismo/vmsa.h>
#include "cpu.h"
#include "vmsa.h"

#define ATTR_CODE64 0x29bU
#define ATTR_FLAT   0xc93U
#define ATTR_LDT    0x082U
#define ATTR_TSS    0x08bU
#define LIMIT_FLAT  0xffffffffUL
#define LIMIT_TSS   0x67UL
#define GUEST_EFER  0x1d01UL	 /* SCE, LME, LMA, NXE, SVME */
#define GUEST_CR0   0x80010031UL /* PG, WP, NE, ET, PE */
#define GUEST_CR4   0x20UL	 /* PAE */

static void set_segment(volatile uint64_t *vmsa, uint32_t field, uint64_t low, uint64_t base)
{
	vmsa[field / 8] = low;
	vmsa[field / 8 + 1] = base;
}

static void fill_segments(volatile uint64_t *vmsa, const struct vmsa_start *start)
{
	for (uint32_t field = VMSA_ES; field <= VMSA_GS; field += 16) {
		set_segment(vmsa, field, SELECTOR_FLAT | ATTR_FLAT << 16 | LIMIT_FLAT << 32, 0);
	}
	set_segment(vmsa, VMSA_CS, SELECTOR_CODE64 | ATTR_CODE64 << 16 | LIMIT_FLAT << 32, 0);
	set_segment(vmsa, VMSA_GDTR, (uint64_t)start->gdt_limit << 32, start->gdt);
	set_segment(vmsa, VMSA_IDTR, (uint64_t)start->idt_limit << 32, start->idt);
	set_segment(vmsa, VMSA_LDTR, ATTR_LDT << 16, 0);
	set_segment(vmsa, VMSA_TR, start->tss_selector | ATTR_TSS << 16 | LIMIT_TSS << 32,
		    start->tss);
}

void vmsa_fill(uint64_t gpa, const struct vmsa_start *start)
{
	volatile uint64_t *vmsa = (volatile uint64_t *)gpa;

	fill_segments(vmsa, start);
	vmsa[VMSA_VMPL / 8] = (uint64_t)start->vmpl << VMSA_VMPL % 8 * 8;
	vmsa[VMSA_EFER / 8] = GUEST_EFER;
	vmsa[VMSA_CR0 / 8] = GUEST_CR0;
	vmsa[VMSA_CR3 / 8] = cpu_read_cr3();
	vmsa[VMSA_CR4 / 8] = GUEST_CR4;
	vmsa[VMSA_DR6 / 8] = VMSA_DR6_RESET;
	vmsa[VMSA_DR7 / 8] = VMSA_DR7_RESET;
	vmsa[VMSA_RFLAGS / 8] = 2;
	vmsa[VMSA_RIP / 8] = start->rip;
	vmsa[VMSA_RSP / 8] = start->rsp;
	vmsa[VMSA_RDI / 8] = start->rdi;
	vmsa[VMSA_PAT / 8] = VMSA_PAT_RESET;
	vmsa[VMSA_XCR0 / 8] = 1;
	vmsa[VMSA_MXCSR / 8] = VMSA_MXCSR_RESET | 0xffffUL << 32;
	vmsa[VMSA_X87_FCW / 8] = VMSA_FCW_RESET;
	vmsa[VMSA_SEV_FEATURES / 8] = start->features;
}
