/*
 * The first instructions, in the state of the launch VMSA (tools/vmsa.c): 32-bit protected mode, paging
 * off, everything private, stack and GDT in the early area. early_start() fills the area or refuses;
 * boot_main() does not return. No IDT yet: an exception here is a shutdown of the guest.
 */
#include "module/boot/entry.h"

	.section .text.entry, "ax"
	.code32
	.globl module_entry
module_entry:
	call early_start		/* %eax: CR0 with PG, bit 31; or what to tell the host */
	testl %eax, %eax
	jns refuse
	movl %eax, %cr0
	ljmp $ENTRY_CODE, $long_mode

refuse:
	movl $ENTRY_MSR_GHCB, %ecx
	wrmsr
	.byte 0xf3, 0x0f, 0x01, 0xd9	/* VMGEXIT */
	jmp refuse

	.code64
long_mode:
	movl $(image_stack + ENTRY_STACK_TOP), %esp
	call boot_main

	.section .note.GNU-stack, "", @progbits
