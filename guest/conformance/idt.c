#include "trap.h"
#include "vmsa.h"

#define STUB_BYTES 16U
#define GATE_INTR  0x8eUL

extern const char trap_stubs[];

void trap_fill_idt(uint64_t *idt)
{
	for (uint32_t i = 0; i < TRAP_VECTORS; i++) {
		uint64_t at = (uint64_t)trap_stubs + i * STUB_BYTES;

		idt[2 * i] = (at & 0xffffUL) | (uint64_t)SELECTOR_CODE64 << 16 | GATE_INTR << 40 |
			     (at & 0xffff0000UL) << 32;
		idt[2 * i + 1] = at >> 32;
	}
}
