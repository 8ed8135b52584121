#include "module/boot/cpu.h"
#include "module/boot/image.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include <verismo/reasons.h>

#define VECTORS	       256U
#define STUB_SIZE      16U
#define GATE_INTERRUPT 0x8eU /* present, DPL 0, interrupts off */
#define FATAL_IST      1U
#define GDT_CODE       0x00af9b000000ffffUL
#define GDT_DATA       0x00cf93000000ffffUL
#define TSS_AVAILABLE  0x0000890000000000UL
#define GDT_ENTRIES    (SELECTOR_TSS(CPUS_MAX) / 8)

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "TSS");

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "gate");

static struct {
	struct gate idt[VECTORS];
	uint64_t gdt[GDT_ENTRIES];
	struct tss tss[CPUS_MAX];
} descriptors IMAGE_SEALED;

struct image_stack image_stack[CPUS_MAX] __attribute__((aligned(4096), section(".bss..stacks")));

extern const char idt_stubs[];

static void set_gate(uint32_t vector)
{
	struct gate *g = &descriptors.idt[vector];
	uint64_t stub = (uint64_t)idt_stubs + vector * STUB_SIZE;

	g->offset_low = (uint16_t)stub;
	g->offset_middle = (uint16_t)(stub >> 16);
	g->offset_high = (uint32_t)(stub >> 32);
	g->selector = SELECTOR_CODE;
	g->type = GATE_INTERRUPT;
	g->ist = vector == VECTOR_HV ? 0 : FATAL_IST;
}

static void set_tss(uint32_t cpu)
{
	struct cpu_tables t = cpu_tables_of(cpu);
	uint64_t *low = &descriptors.gdt[t.tss_selector / 8];

	descriptors.tss[cpu].ist[FATAL_IST - 1] = (uint64_t)(&image_stack[cpu] + 1);
	descriptors.tss[cpu].io_map = sizeof(struct tss);
	low[0] = TSS_AVAILABLE | t.tss_limit | (t.tss & 0xffffffUL) << 16 |
		 (t.tss & 0xff000000UL) << 32;
	low[1] = t.tss >> 32;
}

struct cpu_tables cpu_tables_of(uint32_t cpu)
{
	struct cpu_tables t = {
		.gdt = (uint64_t)descriptors.gdt,
		.idt = (uint64_t)descriptors.idt,
		.tss = (uint64_t)&descriptors.tss[cpu],
		.gdt_limit = sizeof(descriptors.gdt) - 1,
		.idt_limit = sizeof(descriptors.idt) - 1,
		.tss_limit = sizeof(struct tss) - 1,
		.tss_selector = SELECTOR_TSS(cpu),
	};

	return t;
}

void cpu_load_tables(void)
{
	struct cpu_tables t = cpu_tables_of(0);

	descriptors.gdt[SELECTOR_CODE / 8] = GDT_CODE;
	descriptors.gdt[SELECTOR_DATA / 8] = GDT_DATA;
	for (uint32_t vector = 0; vector < VECTORS; vector++) {
		set_gate(vector);
	}
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		set_tss(cpu);
	}
	hw_load_gdt(t.gdt, (uint16_t)t.gdt_limit);
	hw_load_tr((uint16_t)t.tss_selector);
	hw_load_idt(t.idt, (uint16_t)t.idt_limit);
}

void cpu_fatal(uint32_t vector)
{
	hw_terminate(REASON_EXCEPTION | vector << 8);
}
