/* GDT, IDT and the handler: faults with a fixup go on there, every other exception ends the VM. */
#include "cpu.h"
#include "guest.h"
#include "probe.h"

#define VECTORS	     31U
#define STUB_BYTES   16U
#define GATE_INTR    0x8eUL
#define VERDICT_TRAP 15U

struct trap {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};
struct descriptor_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern const char trap_stubs[];
extern const struct fixup guest_fixups[], guest_fixups_end[];
void trap_handle(struct trap *t);

static uint64_t gdt[4]
	__attribute__((aligned(16))) = {0, 0x00af9b000000ffffUL, 0x00cf93000000ffffUL, 0};
static uint64_t idt[2 * VECTORS] __attribute__((aligned(16)));
_Static_assert(sizeof(gdt) == TRAP_GDT_LIMIT + 1 && sizeof(idt) == TRAP_IDT_LIMIT + 1, "limits");

uint64_t trap_gdt(void)
{
	return (uint64_t)gdt;
}

uint64_t trap_idt(void)
{
	return (uint64_t)idt;
}

static void fill_idt(void)
{
	for (uint32_t i = 0; i < VECTORS; i++) {
		uint64_t at = (uint64_t)trap_stubs + i * STUB_BYTES;

		idt[2 * i] = (at & 0xffffUL) | (uint64_t)SELECTOR_CODE64 << 16 | GATE_INTR << 40 |
			     (at & 0xffff0000UL) << 32;
		idt[2 * i + 1] = at >> 32;
	}
}

void trap_load(void)
{
	struct descriptor_pointer g = {TRAP_GDT_LIMIT, trap_gdt()};
	struct descriptor_pointer d = {TRAP_IDT_LIMIT, trap_idt()};

	fill_idt();
	__asm__ volatile("lgdt %0\n\tlidt %1\n\t"
			 "mov %2, %%ds\n\tmov %2, %%es\n\tmov %2, %%ss\n\t"
			 "pushq %3\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:"
			 :
			 : "m"(g), "m"(d), "r"(SELECTOR_FLAT), "i"(SELECTOR_CODE64)
			 : "rax", "memory");
}

void trap_handle(struct trap *t)
{
	for (const struct fixup *f = guest_fixups; f < guest_fixups_end; f++) {
		if (t->vector == VECTOR_VC && t->rip == f->at) {
			t->rip = f->resume;
			t->rsi = t->error;
			return;
		}
	}
	print("unexpected exception %u, error %lx, rip %lx\n", (uint32_t)t->vector, t->error,
	      t->rip);
	guest_end(&first_cpu, VERDICT_TRAP);
}
