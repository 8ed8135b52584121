#include "module/boot/cpu.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include <verismo/reasons.h>

struct descriptors descriptors IMAGE_SEALED;
struct image_stack image_stack[CPUS_MAX] __attribute__((aligned(4096), section(".bss..stacks")));

/*@
  requires image: image_ok;
  requires range: vector < VECTORS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures gate: gate_ok(\result, vector);
*/
static struct gate gate_of(uint32_t vector)
{
	uint64_t stub = image_layout.stubs + vector * STUB_SIZE;
	struct gate g = {
		.offset_low = (uint16_t)(stub % 0x10000),
		.offset_middle = (uint16_t)(stub / 0x10000 % 0x10000),
		.offset_high = (uint32_t)(stub / 0x100000000),
		.selector = SELECTOR_CODE,
		.type = GATE_INTERRUPT,
		.ist = vector == VECTOR_HV ? 0 : FATAL_IST,
		.reserved = 0,
	};

	return g;
}

/* The low word of a TSS descriptor: limit [15:0], base [39:16], type [55:40], base again [63:56]. */
/*@
  requires base: base < 0x100000000;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures fields: tss_descriptor_fields(\result, 0x89, base);
*/
static uint64_t tss_low(uint64_t base)
{
	return sizeof(struct tss) - 1 + base % 0x1000000 * 0x10000 + TSS_AVAILABLE * 0x10000000000 +
	       base / 0x1000000 * 0x100000000000000;
}

/*@
  requires image: image_ok;
  requires range: cpu < CPUS_MAX;
  terminates \true;
  exits \false;
  assigns descriptors;
  ensures tss: tss_ok(descriptors.tss[cpu], cpu);
  ensures low: tss_descriptor_fields(descriptors.gdt.tss[cpu].low, 0x89, tss_at(cpu));
  ensures gdt:
    tss_descriptor_ok(descriptors.gdt.tss[cpu].low, descriptors.gdt.tss[cpu].high, cpu);
  ensures idt: descriptors.idt == \old(descriptors.idt);
  ensures segments: descriptors.gdt.segment == \old(descriptors.gdt.segment);
  ensures others_tss: \forall integer c; 0 <= c < CPUS_MAX && c != cpu ==>
    descriptors.tss[c] == \at(descriptors.tss[c], Pre);
  ensures others_gdt: \forall integer c; 0 <= c < CPUS_MAX && c != cpu ==>
    descriptors.gdt.tss[c].low == \at(descriptors.gdt.tss[c].low, Pre) &&
    descriptors.gdt.tss[c].high == \at(descriptors.gdt.tss[c].high, Pre);
*/
static void set_tss(uint32_t cpu)
{
	struct cpu_tables t = cpu_tables_of(cpu);

	descriptors.tss[cpu].ist[FATAL_IST - 1] =
		image_layout.stacks + (cpu + 1) * IMAGE_STACK_SIZE;
	descriptors.tss[cpu].io_map = sizeof(struct tss);
	descriptors.gdt.tss[cpu].low = tss_low(t.tss);
	descriptors.gdt.tss[cpu].high = t.tss / 0x100000000;
	/*@ assert low: tss_descriptor_fields(descriptors.gdt.tss[cpu].low, 0x89, tss_at(cpu)); */
	/*@ assert high: descriptors.gdt.tss[cpu].high == tss_at(cpu) / 0x100000000; */
}

struct cpu_tables cpu_tables_of(uint32_t cpu)
{
	struct cpu_tables t = {
		.gdt = image_layout.gdt,
		.idt = image_layout.idt,
		.tss = image_layout.tss + cpu * sizeof(struct tss),
		.gdt_limit = GDT_ENTRIES * 8 - 1,
		.idt_limit = VECTORS * sizeof(struct gate) - 1,
		.tss_limit = sizeof(struct tss) - 1,
		.tss_selector = SELECTOR_TSS(cpu),
	};

	return t;
}

/*@
  requires image: image_ok;
  terminates \true;
  exits \false;
  assigns descriptors;
  ensures idt: idt_ok;
*/
static void fill_idt(void)
{
	/*@
	  loop invariant bound: 0 <= v <= VECTORS;
	  loop invariant done: \forall integer w; 0 <= w < v ==> gate_ok(descriptors.idt[w], w);
	  loop assigns v, descriptors;
	  loop variant VECTORS - v;
	*/
	for (uint32_t v = 0; v < VECTORS; v++) {
		descriptors.idt[v] = gate_of(v);
	}
}

/*@
  requires image: image_ok;
  terminates \true;
  exits \false;
  assigns descriptors;
  ensures segments: gdt_segments_ok;
  ensures tss: tss_all_ok(CPUS_MAX);
  ensures gdt: gdt_all_ok(CPUS_MAX);
  ensures available: tss_descriptor_fields(descriptors.gdt.tss[0].low, 0x89, tss_at(0));
  ensures idt: descriptors.idt == \old(descriptors.idt);
*/
static void fill_gdt(void)
{
	descriptors.gdt.segment[0] = 0;
	descriptors.gdt.segment[SELECTOR_CODE / 8] = GDT_CODE;
	descriptors.gdt.segment[SELECTOR_DATA / 8] = GDT_DATA;
	/*@
	  loop invariant bound: 0 <= cpu <= CPUS_MAX;
	  loop invariant segments: gdt_segments_ok;
	  loop invariant tss: tss_all_ok(cpu);
	  loop invariant gdt: gdt_all_ok(cpu);
	  loop invariant available: cpu > 0 ==>
	    tss_descriptor_fields(descriptors.gdt.tss[0].low, 0x89, tss_at(0));
	  loop invariant idt: descriptors.idt == \at(descriptors.idt, Pre);
	  loop assigns cpu, descriptors;
	  loop variant CPUS_MAX - cpu;
	*/
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		set_tss(cpu);
		/*@ assert others: \forall integer c; 0 <= c < cpu ==>
		      tss_descriptor_ok(descriptors.gdt.tss[c].low, descriptors.gdt.tss[c].high, c); */
	}
}

void cpu_load_tables(void)
{
	struct cpu_tables t = cpu_tables_of(0);

	fill_idt();
	fill_gdt();
	hw_load_gdt(t.gdt, (uint16_t)t.gdt_limit);
	hw_load_tr((uint16_t)t.tss_selector);
	/*@ assert busy: tss_descriptor_fields(descriptors.gdt.tss[0].low, 0x8b, tss_at(0)); */
	/*@ assert tss: tss_all_ok(CPUS_MAX); */
	/*@ assert gdt: gdt_all_ok(CPUS_MAX); */
	/*@ assert segments: gdt_segments_ok; */
	hw_load_idt(t.idt, (uint16_t)t.idt_limit);
}

void cpu_fatal(uint32_t vector)
{
	hw_terminate(REASON_EXCEPTION + vector * 0x100);
}
