/*
 * Operands of a call in guest memory. An operand is held (its page pinned, so that no other vCPU can
 * turn it into something else) before the first byte is read and until the last one is written.
 * Reads may return anything: the guest's other vCPUs write at will. Each value is read once.
 */
#ifndef MODULE_GUEST_ACCESS_H
#define MODULE_GUEST_ACCESS_H

#include <stdint.h>

struct operand {
	uint64_t pfn;
	uint32_t held;	 /* 0: the address is refused, nothing to drop */
	uint32_t pinned; /* 0 for the caller's own calling area, which stays one during its call */
};

/* Holds the page of [gpa, gpa + size), which lies in one page: a guest page that VMPL caller may use,
 * or its own calling area caa (pfn). held = 0 is INVALID_ADDRESS. */
struct operand operand_hold(uint64_t gpa, uint64_t size, uint32_t caller, uint64_t caa);
void operand_drop(struct operand o);

#endif
