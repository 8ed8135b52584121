#include "module/boot/vmsa.h"
#include "module/hw/hw_boot.h"

#define FTW_EMPTY 0xffff00000000UL /* in the word of MXCSR: all x87 registers empty */

struct vmsa_page vmsa_page;

/* The first word of a segment register; the second one is its base. */
/*@
  requires fields: selector <= 0xffff && attributes <= 0xffff;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == selector + 0x10000 * attributes + 0x100000000 * limit;
*/
static uint64_t segment(uint32_t selector, uint32_t attributes, uint32_t limit)
{
	return selector + attributes * 0x10000UL + limit * 0x100000000UL;
}

/*@
  requires fields: s.tss_selector <= 0xffff;
  terminates \true;
  exits \false;
  assigns vmsa_page;
  ensures flat: vmsa_flat(vmsa_page);
  ensures gdtr: vmsa_segment(vmsa_page, VMSA_GDTR, 0, 0, s.gdt_limit, s.gdt);
  ensures idtr: vmsa_segment(vmsa_page, VMSA_IDTR, 0, 0, s.idt_limit, s.idt);
  ensures tr: vmsa_segment(vmsa_page, VMSA_TR, s.tss_selector, ATTR_TSS_BUSY, s.tss_limit, s.tss);
  ensures rest: \forall integer i; 20 <= i < 512 ==> vmsa_page.word[i] == \at(vmsa_page.word[i], Pre);
*/
static void set_segments(struct vmsa_start s)
{
	uint64_t data = segment(SELECTOR_DATA, ATTR_DATA, FLAT);

	vmsa_page.word[VMSA_ES / 8] = data;
	vmsa_page.word[VMSA_ES / 8 + 1] = 0;
	vmsa_page.word[VMSA_CS / 8] = segment(SELECTOR_CODE, ATTR_CODE64, FLAT);
	vmsa_page.word[VMSA_CS / 8 + 1] = 0;
	vmsa_page.word[VMSA_SS / 8] = data;
	vmsa_page.word[VMSA_SS / 8 + 1] = 0;
	vmsa_page.word[VMSA_DS / 8] = data;
	vmsa_page.word[VMSA_DS / 8 + 1] = 0;
	vmsa_page.word[VMSA_FS / 8] = data;
	vmsa_page.word[VMSA_FS / 8 + 1] = 0;
	vmsa_page.word[VMSA_GS / 8] = data;
	vmsa_page.word[VMSA_GS / 8 + 1] = 0;
	vmsa_page.word[VMSA_GDTR / 8] = segment(0, 0, s.gdt_limit);
	vmsa_page.word[VMSA_GDTR / 8 + 1] = s.gdt;
	vmsa_page.word[VMSA_LDTR / 8] = segment(0, ATTR_LDT, 0);
	vmsa_page.word[VMSA_LDTR / 8 + 1] = 0;
	vmsa_page.word[VMSA_IDTR / 8] = segment(0, 0, s.idt_limit);
	vmsa_page.word[VMSA_IDTR / 8 + 1] = s.idt;
	vmsa_page.word[VMSA_TR / 8] = segment(s.tss_selector, ATTR_TSS_BUSY, s.tss_limit);
	vmsa_page.word[VMSA_TR / 8 + 1] = s.tss;
}

void vmsa_build(struct vmsa_start s)
{
	/*@
	  loop invariant bound: 0 <= i <= 512;
	  loop invariant zero: \forall integer j; 0 <= j < i ==> vmsa_page.word[j] == 0;
	  loop assigns i, vmsa_page;
	  loop variant 512 - i;
	*/
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		vmsa_page.word[i] = 0;
	}
	set_segments(s);
	vmsa_page.word[VMSA_DR6 / 8] = VMSA_DR6_RESET;
	vmsa_page.word[VMSA_DR7 / 8] = VMSA_DR7_RESET;
	vmsa_page.word[VMSA_RFLAGS / 8] = 2;
	vmsa_page.word[VMSA_PAT / 8] = VMSA_PAT_RESET;
	vmsa_page.word[VMSA_XCR0 / 8] = 1;
	vmsa_page.word[VMSA_MXCSR / 8] = VMSA_MXCSR_RESET + FTW_EMPTY;
	vmsa_page.word[VMSA_X87_FCW / 8] = VMSA_FCW_RESET;
	vmsa_page.word[VMSA_VMPL / 8] = s.vmpl * 0x10000UL;
	vmsa_page.word[VMSA_SEV_FEATURES / 8] = s.sev_features;
	vmsa_page.word[VMSA_EFER / 8] = s.efer;
	vmsa_page.word[VMSA_CR0 / 8] = s.cr0;
	vmsa_page.word[VMSA_CR3 / 8] = s.cr3;
	vmsa_page.word[VMSA_CR4 / 8] = s.cr4;
	vmsa_page.word[VMSA_RIP / 8] = s.rip;
	vmsa_page.word[VMSA_RSP / 8] = s.rsp;
	vmsa_page.word[VMSA_RDI / 8] = s.rdi;
	vmsa_page.word[VMSA_RSI / 8] = s.rsi;
}
_Static_assert(VMSA_VMPL % 8 == 2, "VMPL is the third byte of its word, CPL the fourth");
_Static_assert(VMSA_MXCSR % 8 == 0 && VMSA_X87_FTW == VMSA_MXCSR + 4, "FTW above MXCSR");
_Static_assert(VMSA_X87_FCW % 8 == 0, "FCW begins a word");
