/*
 * What the CPU itself reads of the module's memory: page tables, descriptor tables, the VMSAs of the
 * further CPUs; and where they and the sections of the image lie, as numbers. boot/layout.c takes them
 * from the linker, and no other file makes an integer of an address. Nothing is believed of them but
 * that: image_check() holds them against image_ok before they are used.
 */
#ifndef MODULE_HW_HW_IMAGE_H
#define MODULE_HW_HW_IMAGE_H

#include <stdint.h>
#include <verismo/launch.h>
#include <verismo/snp.h>
#include "module/hw/ghost.h"

/* Data that is written at boot and read-only afterwards (tables_seal). */
#define IMAGE_SEALED __attribute__((aligned(4096), section(".bss..sealed")))

/* Guest memory is mapped privately, not executable, from here on (tables.c). */
#define HW_DIRECT_MAP 0xffff800000000000UL

/* ---- stacks: below each one a page that is never mapped; the fatal stack is for exceptions ---- */

#define STACK_SIZE	 (4 * PAGE_SIZE)
#define FATAL_STACK_SIZE PAGE_SIZE
struct image_stack {
	uint8_t guard[PAGE_SIZE];
	uint8_t normal[STACK_SIZE];
	uint8_t fatal_guard[PAGE_SIZE];
	uint8_t fatal[FATAL_STACK_SIZE];
};
#define IMAGE_STACK_SIZE  (7 * PAGE_SIZE)
#define IMAGE_FATAL_GUARD (5 * PAGE_SIZE) /* offset; = end of the normal stack */
_Static_assert(sizeof(struct image_stack) == IMAGE_STACK_SIZE, "stack");
_Static_assert(__builtin_offsetof(struct image_stack, fatal_guard) == IMAGE_FATAL_GUARD, "stack");
extern struct image_stack image_stack[CPUS_MAX];

/* ---- page tables ---- */

#define PTE_PRESENT 0x001UL
#define PTE_WRITE   0x002UL
#define PTE_USED    0x060UL /* accessed, dirty: the CPU need not write them into sealed tables */
#define PTE_LARGE   0x080UL
#define PTE_NX	    0x8000000000000000UL

#define MAP_RX	  (PTE_PRESENT + PTE_USED)
#define MAP_R	  (PTE_PRESENT + PTE_USED + PTE_NX)
#define MAP_RW	  (PTE_PRESENT + PTE_USED + PTE_NX + PTE_WRITE)
#define MAP_TABLE (PTE_PRESENT + PTE_USED + PTE_WRITE)
#define MAP_LARGE (MAP_RW + PTE_LARGE)

/* The tables, by number. The direct map has a directory for each GiB. */
#define TABLE_ROOT	  0U
#define TABLE_LOW_PDPT	  1U
#define TABLE_LOW_PD	  2U
#define TABLE_REGION	  3U /* the static region */
#define TABLE_DIRECT_PDPT 4U
#define TABLE_DIRECT_PD	  5U
#define DIRECT_PDS	  5U
#define TABLES		  (TABLE_DIRECT_PD + DIRECT_PDS)
#define DIRECT_SLOT	  256U /* of the direct map in the root */
#define REGION_SLOT	  64U  /* of the static region in its directory, and of 2M in GPA space */
_Static_assert(DIRECT_PDS * 0x40000000UL == MEMORY_GPA_END, "a directory for each GiB");
_Static_assert(HW_DIRECT_MAP / 0x8000000000UL % 512 == DIRECT_SLOT, "the direct map's slot");
_Static_assert(MODULE_BASE == REGION_SLOT * LARGE_PAGE && MODULE_SIZE == LARGE_PAGE, "one 2M");

struct page_tables {
	uint64_t t[TABLES][PAGE_WORDS];
};
struct page_mode {
	uint64_t cbit; /* mask */
};
extern struct page_tables page_tables;
extern struct page_mode page_mode;

/* ---- descriptor tables ---- */

/* GDT selectors; one TSS descriptor (16 bytes) for each CPU. hw_cpu() is read off TR. */
#define SELECTOR_CODE	  0x08U
#define SELECTOR_DATA	  0x10U
#define SELECTOR_TSS(cpu) (0x20U + 0x10U * (cpu))
#define GDT_ENTRIES	  (SELECTOR_TSS(CPUS_MAX) / 8)

#define GDT_CODE       0x00af9b000000ffffUL /* 64-bit code, DPL 0, flat */
#define GDT_DATA       0x00cf93000000ffffUL /* data, writable, DPL 0, flat */
#define TSS_AVAILABLE  0x89UL		    /* [55:40] of a descriptor: present, DPL 0, type 9 */
#define TSS_BUSY       0x0000020000000000UL /* type 11: in use by a CPU */
#define GATE_INTERRUPT 0x8eU		    /* present, DPL 0, interrupts off */
#define FATAL_IST      1U
#define VECTORS	       256U
#define STUB_SIZE      16U /* bytes of code for each vector (idt.S) */

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

struct tss_descriptor {
	uint64_t low;
	uint64_t high;
};
struct gdt {
	uint64_t segment[4]; /* null, code, data, none */
	struct tss_descriptor tss[CPUS_MAX];
};
_Static_assert(sizeof(struct gdt) == 8 * GDT_ENTRIES, "GDT");
_Static_assert(__builtin_offsetof(struct gdt, tss) == SELECTOR_TSS(0), "GDT");

struct descriptors {
	struct gate idt[VECTORS];
	struct gdt gdt;
	struct tss tss[CPUS_MAX];
};
extern struct descriptors descriptors;

/* ---- VMSAs of the further CPUs ---- */

struct vmsa_page {
	uint64_t word[PAGE_WORDS];
};
struct cpu_vmsas {
	struct vmsa_page page[CPUS_MAX];
};
extern struct cpu_vmsas cpu_vmsas;

/* ---- where everything lies ---- */

/* GPA = VA, in bytes. */
struct image_layout {
	uint64_t text, rodata, data, data_end, sealed, stacks, ghcb, bss,
		end;			       /* sections, ascending */
	uint64_t tables, gdt, idt, tss, vmsas; /* sealed */
	uint64_t stubs, cpu_main;	       /* code */
};
extern const struct image_layout image_layout;

/*@
  // A section: whole pages, not ending before it begins.
  predicate image_section(integer start, integer end) = start <= end && start % 4096 == 0;
  // An object of the sealed section.
  predicate image_sealed_object(integer start, integer size) =
    image_layout.sealed <= start && start + size <= image_layout.stacks;
  predicate image_sections_ok =
    image_layout.text == MODULE_IMAGE_GPA &&
    image_section(image_layout.text, image_layout.rodata) &&
    image_section(image_layout.rodata, image_layout.data) &&
    image_section(image_layout.data, image_layout.sealed) &&
    image_section(image_layout.sealed, image_layout.stacks) &&
    image_section(image_layout.stacks, image_layout.ghcb) &&
    image_section(image_layout.ghcb, image_layout.bss) &&
    image_section(image_layout.bss, image_layout.end) &&
    image_layout.end <= MODULE_BASE + MODULE_SIZE && image_layout.end % 4096 == 0 &&
    image_layout.data <= image_layout.data_end <= image_layout.sealed &&
    image_layout.ghcb == image_layout.stacks + CPUS_MAX * IMAGE_STACK_SIZE &&
    image_layout.bss == image_layout.ghcb + CPUS_MAX * PAGE_SIZE;
  predicate image_objects_ok =
    image_sealed_object(image_layout.tables, TABLES * PAGE_SIZE) && image_layout.tables % 4096 == 0 &&
    image_sealed_object(image_layout.vmsas, CPUS_MAX * PAGE_SIZE) && image_layout.vmsas % 4096 == 0 &&
    image_sealed_object(image_layout.idt, VECTORS * 16) &&
    image_sealed_object(image_layout.gdt, GDT_ENTRIES * 8) &&
    image_sealed_object(image_layout.tss, CPUS_MAX * 104);
  predicate image_code_ok =
    image_layout.text <= image_layout.stubs &&
    image_layout.stubs + VECTORS * STUB_SIZE <= image_layout.rodata &&
    image_layout.text <= image_layout.cpu_main < image_layout.rodata;
  predicate image_ok = image_sections_ok && image_objects_ok && image_code_ok;

  logic integer image_ghcb_pfn(integer cpu) = image_layout.ghcb / 4096 + cpu;
  logic integer image_vmsa_pfn(integer cpu) = image_layout.vmsas / 4096 + cpu;
  logic integer image_stack_at(integer cpu) = image_layout.stacks + IMAGE_STACK_SIZE * cpu;
*/

/* What the page tables hold, word by word. sealed = 1 after tables_seal. */
/*@
  // The C-bit's mask: above all addresses of guest memory, inside the address field of an entry.
  predicate cbit_ok(integer cbit) =
    0x200000000 <= cbit <= 0x8000000000000 && cbit % 0x200000000 == 0;

  // A page of the static region, privately mapped: what its section may do, 0 where nothing is mapped.
  logic integer image_flags(integer gpa, integer sealed) =
    gpa < MODULE_MEMMAP_GPA + 4096 ? MAP_R :
    gpa < image_layout.text ? 0 :
    gpa < image_layout.rodata ? MAP_RX :
    gpa < image_layout.data ? MAP_R :
    gpa < image_layout.sealed ? MAP_RW :
    gpa < image_layout.stacks ? (sealed == 1 ? MAP_R : MAP_RW) :
    gpa < image_layout.ghcb ?
      ((gpa - image_layout.stacks) % IMAGE_STACK_SIZE == 0 ||
       (gpa - image_layout.stacks) % IMAGE_STACK_SIZE == IMAGE_FATAL_GUARD ? 0 : MAP_RW) :
    gpa < image_layout.end ? MAP_RW : 0;
  logic integer image_entry(integer gpa, integer sealed) =
    image_flags(gpa, sealed) == 0 ? 0 : gpa + page_mode.cbit + image_flags(gpa, sealed);
  predicate image_is_ghcb(integer gpa) = image_layout.ghcb <= gpa < image_layout.bss;

  logic integer table_link(integer n) = image_layout.tables + 4096 * n + page_mode.cbit + MAP_TABLE;
  logic integer direct_entry(integer n) = LARGE_PAGE * n + page_mode.cbit + MAP_LARGE;

  predicate root_is(integer i, integer e) =
    e == (i == 0 ? table_link(TABLE_LOW_PDPT) : i == DIRECT_SLOT ? table_link(TABLE_DIRECT_PDPT) : 0);
  predicate low_pdpt_is(integer i, integer e) = e == (i == 0 ? table_link(TABLE_LOW_PD) : 0);
  predicate low_pd_is(integer i, integer e) = e == (i == REGION_SLOT ? table_link(TABLE_REGION) : 0);
  predicate direct_pdpt_is(integer i, integer e) =
    e == (i < DIRECT_PDS ? table_link(TABLE_DIRECT_PD + i) : 0);
  // Only a GHCB page may be mapped without the C-bit.
  predicate region_is(integer i, integer e, integer sealed) =
    e == image_entry(MODULE_BASE + 4096 * i, sealed) ||
    (image_is_ghcb(MODULE_BASE + 4096 * i) && e == MODULE_BASE + 4096 * i + MAP_RW);
  predicate direct_is(integer n, integer e) = e == 0 || (n != REGION_SLOT && e == direct_entry(n));

  predicate tables_root_ok = \forall integer i; 0 <= i < 512 ==> root_is(i, page_tables.t[TABLE_ROOT][i]);
  predicate tables_low_ok =
    (\forall integer i; 0 <= i < 512 ==> low_pdpt_is(i, page_tables.t[TABLE_LOW_PDPT][i])) &&
    (\forall integer i; 0 <= i < 512 ==> low_pd_is(i, page_tables.t[TABLE_LOW_PD][i]));
  predicate tables_pdpt_ok =
    \forall integer i; 0 <= i < 512 ==> direct_pdpt_is(i, page_tables.t[TABLE_DIRECT_PDPT][i]);
  predicate tables_region_ok(integer sealed) =
    \forall integer i; 0 <= i < 512 ==> region_is(i, page_tables.t[TABLE_REGION][i], sealed);
  predicate tables_direct_ok =
    \forall integer k, i; 0 <= k < DIRECT_PDS && 0 <= i < 512 ==>
      direct_is(512 * k + i, page_tables.t[TABLE_DIRECT_PD + k][i]);
  predicate tables_ok(integer sealed) =
    image_ok && cbit_ok(page_mode.cbit) && tables_root_ok && tables_low_ok && tables_pdpt_ok &&
    tables_region_ok(sealed) && tables_direct_ok;
*/

/* What the descriptor tables hold (manual volume 2, sections 4.8 and 12.2). */
/*@
  predicate gate_ok(struct gate g, integer vector) =
    g.offset_low + 0x10000 * g.offset_middle + 0x100000000 * g.offset_high ==
      image_layout.stubs + STUB_SIZE * vector &&
    g.selector == SELECTOR_CODE && g.type == GATE_INTERRUPT && g.reserved == 0 &&
    g.ist == (vector == VECTOR_HV ? 0 : FATAL_IST);
  predicate idt_ok = \forall integer v; 0 <= v < VECTORS ==> gate_ok(descriptors.idt[v], v);
  // The exception stack ends where the CPU's stacks end. No port is allowed to user mode.
  predicate tss_ok(struct tss t, integer cpu) =
    t.ist[FATAL_IST - 1] == image_stack_at(cpu) + IMAGE_STACK_SIZE && t.io_map == 104;
  logic integer tss_at(integer cpu) = image_layout.tss + 104 * cpu;
  // Base and limit in the pieces of the manual's figure, type 9 or busy.
  // Limit [15:0], base [39:16], type [55:40], base again [63:56].
  predicate tss_descriptor_fields(integer low, integer type, integer base) =
    low == 103 + 0x10000 * (base % 0x1000000) + 0x10000000000 * type +
           0x100000000000000 * (base / 0x1000000);
  predicate tss_descriptor_ok(integer low, integer high, integer cpu) =
    (tss_descriptor_fields(low, 0x89, tss_at(cpu)) || tss_descriptor_fields(low, 0x8b, tss_at(cpu))) &&
    high == tss_at(cpu) / 0x100000000;
  predicate gdt_segments_ok =
    descriptors.gdt.segment[0] == 0 && descriptors.gdt.segment[SELECTOR_CODE / 8] == GDT_CODE &&
    descriptors.gdt.segment[SELECTOR_DATA / 8] == GDT_DATA;
  predicate tss_all_ok(integer cpus) = \forall integer c; 0 <= c < cpus ==> tss_ok(descriptors.tss[c], c);
  predicate gdt_all_ok(integer cpus) =
    \forall integer c; 0 <= c < cpus ==>
      tss_descriptor_ok(descriptors.gdt.tss[c].low, descriptors.gdt.tss[c].high, c);
  predicate descriptors_ok =
    gdt_segments_ok && idt_ok && tss_all_ok(CPUS_MAX) && gdt_all_ok(CPUS_MAX);
*/

#endif
