/* GDT, IDT and the handler: faults with a fixup go on there, every other exception ends the VM. */
#include "cpu.h"
#include "guest.h"
#include "probe.h"
#include "trap.h"
#include "vmsa.h"

#define VERDICT_TRAP 15U

extern const struct fixup guest_fixups[], guest_fixups_end[];

static uint64_t gdt[4]
	__attribute__((aligned(16))) = {0, 0x00af9b000000ffffUL, 0x00cf93000000ffffUL, 0};
static uint64_t idt[2 * TRAP_VECTORS] __attribute__((aligned(16)));
_Static_assert(sizeof(gdt) == TRAP_GDT_LIMIT + 1 && sizeof(idt) == TRAP_IDT_LIMIT + 1, "limits");

uint64_t trap_gdt(void)
{
	return (uint64_t)gdt;
}

uint64_t trap_idt(void)
{
	return (uint64_t)idt;
}

void trap_load(void)
{
	struct descriptor_pointer g = {TRAP_GDT_LIMIT, trap_gdt()};
	struct descriptor_pointer d = {TRAP_IDT_LIMIT, trap_idt()};

	trap_fill_idt(idt);
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
