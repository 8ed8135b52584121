/*
 * From the launch state (32-bit protected mode, paging off, everything private) to boot_main in long
 * mode. The C-bit position comes from the CPUID page, which the secure processor has checked; the
 * CPUID instruction is never executed. No IDT yet: an exception here is a shutdown of the guest.
 */
#include "module/boot/entry.h"

	.section .text.entry, "ax"
	.code32
	.globl module_entry
module_entry:
	cli
	cld
	movl $ENTRY_CPUID_PAGE, %esi
	movl (%esi), %ecx
	cmpl $ENTRY_CPUID_MAX, %ecx
	ja bad_cpuid
	addl $ENTRY_CPUID_FIRST, %esi
next_leaf:
	subl $1, %ecx
	jc bad_cpuid
	cmpl $0x8000001f, (%esi)
	je found_leaf
	addl $ENTRY_CPUID_SIZE, %esi
	jmp next_leaf
found_leaf:
	movl ENTRY_CPUID_EBX(%esi), %ecx
	andl $0x3f, %ecx
	subl $32, %ecx			/* %edi = upper half of the C-bit's mask */
	jc bad_cbit
	cmpl $(51 - 32), %ecx
	ja bad_cbit
	movl $1, %edi
	shll %cl, %edi

	/* Temporary tables: the static region alone, one 2M page. Sealed or unused later. */
	movl $(boot_pdpt + ENTRY_TABLE), boot_pml4
	movl %edi, boot_pml4 + 4
	movl $(boot_pd + ENTRY_TABLE), boot_pdpt
	movl %edi, boot_pdpt + 4
	movl $(ENTRY_REGION + ENTRY_LARGE), boot_pd + ENTRY_REGION_SLOT * 8
	movl %edi, boot_pd + ENTRY_REGION_SLOT * 8 + 4

	movl %cr4, %eax
	orl $ENTRY_CR4_PAE, %eax
	movl %eax, %cr4
	movl $boot_pml4, %eax		/* table walks are private without a C-bit here */
	movl %eax, %cr3
	movl $ENTRY_MSR_EFER, %ecx
	rdmsr
	orl $ENTRY_EFER_LME_NXE, %eax
	wrmsr
	movl %cr0, %eax
	orl $ENTRY_CR0_PG_WP_NE, %eax
	movl %eax, %cr0
	lgdt boot_gdt_pointer
	ljmp $ENTRY_CODE, $long_mode

bad_cpuid:
	movl $(ENTRY_TERMINATE + (ENTRY_BAD_CPUID << 16)), %eax
	jmp terminate
bad_cbit:
	movl $(ENTRY_TERMINATE + (ENTRY_BAD_CBIT << 16)), %eax
terminate:
	xorl %edx, %edx
	movl $ENTRY_MSR_GHCB, %ecx
	wrmsr
	.byte 0xf3, 0x0f, 0x01, 0xd9	/* VMGEXIT */
	hlt
	jmp terminate

	.code64
long_mode:
	movl $ENTRY_DATA, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	lldt %ax
	movl $(image_stack + ENTRY_STACK_TOP), %esp
	movl %edi, %edi
	shlq $32, %rdi
	xorl %ebp, %ebp
	call boot_main
	ud2

	.section .rodata, "a"
	.balign 8
boot_gdt:
	.quad 0
	.quad ENTRY_GDT_CODE
	.quad ENTRY_GDT_DATA
boot_gdt_end:
boot_gdt_pointer:
	.word boot_gdt_end - boot_gdt - 1
	.long boot_gdt

	.section .bss..sealed, "aw", @nobits
	.balign 4096
boot_pml4:
	.skip 4096
boot_pdpt:
	.skip 4096
boot_pd:
	.skip 4096

	.section .note.GNU-stack, "", @progbits
