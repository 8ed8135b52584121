#include "module/boot/vmsa.h"
#include "module/hw/hw_boot.h"
#include <verismo/vmsa.h>

/* Segment attributes: descriptor bits 47..40 in [7:0], 55..52 in [11:8]. */
#define ATTR_CODE64   0x29bU
#define ATTR_DATA     0xc93U
#define ATTR_TSS_BUSY 0x08bU
#define ATTR_LDT      0x082U
#define FLAT	      0xffffffffU

static void set_segment(uint64_t *words, uint32_t field, uint32_t selector, uint32_t attributes,
			uint32_t limit, uint64_t base)
{
	words[field / 8] = selector | (uint64_t)attributes << 16 | (uint64_t)limit << 32;
	words[field / 8 + 1] = base;
}

static void set_segments(uint64_t *words, const struct vmsa_start *s)
{
	set_segment(words, VMSA_CS, SELECTOR_CODE, ATTR_CODE64, FLAT, 0);
	for (uint32_t field = VMSA_SS; field <= VMSA_GS; field += 16) {
		set_segment(words, field, SELECTOR_DATA, ATTR_DATA, FLAT, 0);
	}
	set_segment(words, VMSA_ES, SELECTOR_DATA, ATTR_DATA, FLAT, 0);
	set_segment(words, VMSA_LDTR, 0, ATTR_LDT, 0, 0);
	set_segment(words, VMSA_GDTR, 0, 0, s->gdt_limit, s->gdt);
	set_segment(words, VMSA_IDTR, 0, 0, s->idt_limit, s->idt);
	set_segment(words, VMSA_TR, s->tss_selector, ATTR_TSS_BUSY, s->tss_limit, s->tss);
}

static void set_reset_values(uint64_t *words)
{
	words[VMSA_DR6 / 8] = VMSA_DR6_RESET;
	words[VMSA_DR7 / 8] = VMSA_DR7_RESET;
	words[VMSA_RFLAGS / 8] = 2;
	words[VMSA_PAT / 8] = VMSA_PAT_RESET;
	words[VMSA_XCR0 / 8] = 1;
	words[VMSA_MXCSR / 8] = VMSA_MXCSR_RESET | 0xffffUL << 32; /* FTW: all registers empty */
	words[VMSA_X87_FCW / 8] = VMSA_FCW_RESET;
}

void vmsa_build(uint64_t words[PAGE_WORDS], const struct vmsa_start *s)
{
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		words[i] = 0;
	}
	set_segments(words, s);
	set_reset_values(words);
	words[VMSA_VMPL / 8] = (uint64_t)s->vmpl << VMSA_VMPL % 8 * 8;
	words[VMSA_SEV_FEATURES / 8] = s->sev_features;
	words[VMSA_EFER / 8] = s->efer;
	words[VMSA_CR0 / 8] = s->cr0;
	words[VMSA_CR3 / 8] = s->cr3;
	words[VMSA_CR4 / 8] = s->cr4;
	words[VMSA_RIP / 8] = s->rip;
	words[VMSA_RSP / 8] = s->rsp;
	words[VMSA_RDI / 8] = s->rdi;
	words[VMSA_RSI / 8] = s->rsi;
}
_Static_assert(VMSA_MXCSR % 8 == 0 && VMSA_X87_FTW == VMSA_MXCSR + 4, "FTW above MXCSR");
_Static_assert(VMSA_X87_FCW % 8 == 0, "FCW begins a word");
