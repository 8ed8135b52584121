/* A VMSA page for 64-bit code with this CPU's page tables. */
#ifndef GUEST_CONFORMANCE_VMSA_H
#define GUEST_CONFORMANCE_VMSA_H

#include <stdint.h>

#define SELECTOR_CODE64 0x08U
#define SELECTOR_FLAT	0x10U

struct vmsa_start {
	uint32_t vmpl;
	uint64_t rip;
	uint64_t rsp;
	uint64_t rdi;
	uint64_t gdt; /* GPA = linear address, here and below */
	uint32_t gdt_limit;
	uint64_t idt;
	uint32_t idt_limit;
	uint16_t tss_selector;
	uint64_t tss;
	uint64_t features; /* SEV_FEATURES */
};
/* Writes the fields into a page of zeros. */
void vmsa_fill(uint64_t gpa, const struct vmsa_start *start);

#endif
