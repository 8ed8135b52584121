/* Initial states of vCPUs that the module makes: its own further CPUs and the guest's first. */
#ifndef MODULE_BOOT_VMSA_H
#define MODULE_BOOT_VMSA_H

#include <stdint.h>
#include <verismo/snp.h>

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

/* Fills the 512 words of a VMSA page. */
void vmsa_build(uint64_t words[PAGE_WORDS], const struct vmsa_start *s);

#endif
