/* Initial states of vCPUs that the module makes: its own further CPUs and the guest's first. */
#ifndef MODULE_BOOT_VMSA_H
#define MODULE_BOOT_VMSA_H

#include <stdint.h>
#include <verismo/snp.h>
#include <verismo/vmsa.h>
#include "module/hw/hw_image.h"

/* What differs; the rest is 64-bit mode, flat segments, interrupts off, reset values. */
struct vmsa_start {
	uint64_t sev_features;
	uint64_t efer, cr0, cr3, cr4;
	uint64_t rip, rsp, rdi, rsi;
	uint64_t gdt, idt, tss; /* bases; 0 with limit 0: none yet */
	uint32_t gdt_limit, idt_limit, tss_limit;
	uint32_t tss_selector;
	uint32_t vmpl;
};

/* Segment attributes: descriptor bits 47..40 in [7:0], 55..52 in [11:8]. */
#define ATTR_CODE64   0x29bU /* present, code, readable, accessed; long */
#define ATTR_DATA     0xc93U /* present, data, writable, accessed; 4K granules, 32 bits */
#define ATTR_TSS_BUSY 0x08bU
#define ATTR_LDT      0x082U
#define FLAT	      0xffffffffU

/*@
  // A segment register in its two words (manual volume 2, table B-1).
  predicate vmsa_segment(struct vmsa_page p, integer field, integer selector, integer attributes,
                         integer limit, integer base) =
    p.word[field / 8] == selector + 0x10000 * attributes + 0x100000000 * limit &&
    p.word[field / 8 + 1] == base;
  predicate vmsa_data_segment(struct vmsa_page p, integer field) =
    vmsa_segment(p, field, 0x10, ATTR_DATA, FLAT, 0);
  predicate vmsa_flat(struct vmsa_page p) =
    vmsa_segment(p, VMSA_CS, 0x08, ATTR_CODE64, FLAT, 0) &&
    vmsa_data_segment(p, VMSA_ES) && vmsa_data_segment(p, VMSA_SS) && vmsa_data_segment(p, VMSA_DS) &&
    vmsa_data_segment(p, VMSA_FS) && vmsa_data_segment(p, VMSA_GS) &&
    vmsa_segment(p, VMSA_LDTR, 0, ATTR_LDT, 0, 0);
  predicate vmsa_reset(struct vmsa_page p) =
    p.word[VMSA_DR6 / 8] == VMSA_DR6_RESET && p.word[VMSA_DR7 / 8] == VMSA_DR7_RESET &&
    p.word[VMSA_RFLAGS / 8] == 2 && p.word[VMSA_PAT / 8] == VMSA_PAT_RESET &&
    p.word[VMSA_XCR0 / 8] == 1 &&
    p.word[VMSA_MXCSR / 8] == VMSA_MXCSR_RESET + 0xffff * 0x100000000 && // FTW: all registers empty
    p.word[VMSA_X87_FCW / 8] == VMSA_FCW_RESET;
  // The words that are not zero, or need not be.
  predicate vmsa_used(integer i) =
    i < 0xa0 / 8 || i == VMSA_VMPL / 8 || i == VMSA_EFER / 8 || VMSA_CR4 / 8 <= i <= VMSA_RIP / 8 ||
    i == VMSA_RSP / 8 || i == VMSA_PAT / 8 || i == VMSA_RSI / 8 || i == VMSA_RDI / 8 ||
    i == VMSA_SEV_FEATURES / 8 || i == VMSA_XCR0 / 8 || i == VMSA_MXCSR / 8 || i == VMSA_X87_FCW / 8;
*/

/* The page that vmsa_build() fills: to be copied to where it is needed. */
extern struct vmsa_page vmsa_page;

/* Fills vmsa_page (manual volume 2, table B-4; reset values: table 14-1). */
/*@
  requires fields: s.tss_selector <= 0xffff && s.vmpl < 4;
  terminates \true;
  exits \false;
  assigns vmsa_page;
  ensures flat: vmsa_flat(vmsa_page);
  ensures gdtr: vmsa_segment(vmsa_page, VMSA_GDTR, 0, 0, s.gdt_limit, s.gdt);
  ensures idtr: vmsa_segment(vmsa_page, VMSA_IDTR, 0, 0, s.idt_limit, s.idt);
  ensures tr: vmsa_segment(vmsa_page, VMSA_TR, s.tss_selector, ATTR_TSS_BUSY, s.tss_limit, s.tss);
  ensures vmpl: vmsa_page.word[VMSA_VMPL / 8] == s.vmpl * 0x10000; // CPL 0
  ensures features: vmsa_page.word[VMSA_SEV_FEATURES / 8] == s.sev_features;
  ensures control: vmsa_page.word[VMSA_EFER / 8] == s.efer && vmsa_page.word[VMSA_CR0 / 8] == s.cr0 &&
    vmsa_page.word[VMSA_CR3 / 8] == s.cr3 && vmsa_page.word[VMSA_CR4 / 8] == s.cr4;
  ensures registers: vmsa_page.word[VMSA_RIP / 8] == s.rip && vmsa_page.word[VMSA_RSP / 8] == s.rsp &&
    vmsa_page.word[VMSA_RDI / 8] == s.rdi && vmsa_page.word[VMSA_RSI / 8] == s.rsi;
  ensures reset: vmsa_reset(vmsa_page);
  ensures zero: \forall integer i; 0 <= i < 512 && !vmsa_used(i) ==> vmsa_page.word[i] == 0;
*/
void vmsa_build(struct vmsa_start s);

#endif
