/*
 * The numbers of the image. This file is believed, not proved: each number is the address of the symbol
 * of its name. That they fit together is checked at every start (image_check).
 */
#include "module/boot/cpu.h"
#include "module/boot/image.h"
#include "module/hw/hw_boot.h"
#include "module/hw/hw_image.h"

extern const char image_text[], image_rodata[], image_data[], image_data_end[];
extern const char image_sealed[], image_stacks[], image_bss[], image_end[], idt_stubs[];

const struct image_layout image_layout = {
	.text = (uint64_t)image_text,
	.rodata = (uint64_t)image_rodata,
	.data = (uint64_t)image_data,
	.data_end = (uint64_t)image_data_end,
	.sealed = (uint64_t)image_sealed,
	.stacks = (uint64_t)image_stacks,
	.ghcb = (uint64_t)hw_ghcb_pages,
	.bss = (uint64_t)image_bss,
	.end = (uint64_t)image_end,
	.tables = (uint64_t)&page_tables,
	.gdt = (uint64_t)&descriptors.gdt,
	.idt = (uint64_t)descriptors.idt,
	.tss = (uint64_t)descriptors.tss,
	.vmsas = (uint64_t)&cpu_vmsas,
	.stubs = (uint64_t)idt_stubs,
	.cpu_main = (uint64_t)cpu_main,
};
