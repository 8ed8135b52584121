/* Exceptions of the freestanding guests (stubs.S). */
#ifndef GUEST_CONFORMANCE_TRAP_H
#define GUEST_CONFORMANCE_TRAP_H

#include <stdint.h>

struct trap {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};
struct descriptor_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

#define TRAP_VECTORS 31U

/* Supplied by the program: may change where the code goes on. */
void trap_handle(struct trap *t);
/* Interrupt gates to the stubs; idt has 2 * TRAP_VECTORS words. */
void trap_fill_idt(uint64_t *idt);

#endif
