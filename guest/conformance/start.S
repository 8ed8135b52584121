/* Entry points, and VMGEXIT with all registers loaded and stored. */

	.section .text.entry, "ax"
	.code64
	.globl guest_entry
guest_entry:				/* %rsi = GPA of the secrets page */
	cli
	cld
	leaq first_stack_top(%rip), %rsp
	movq %rsi, %rdi
	xorl %ebp, %ebp
	call guest_start
1:	hlt
	jmp 1b

	.globl vcpu_entry
vcpu_entry:				/* %rdi = struct cpu, %rsp = its stack */
	xorl %ebp, %ebp
	call vcpu_main
1:	hlt
	jmp 1b

	.section .text, "ax"

/* void svsm_exit(struct registers *r): struct registers in guest.h gives the offsets. */
	.globl svsm_exit
svsm_exit:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdi
	movq 0(%rdi), %rax
	movq 8(%rdi), %rcx
	movq 16(%rdi), %rdx
	movq 24(%rdi), %rbx
	movq 32(%rdi), %rbp
	movq 40(%rdi), %rsi
	movq 56(%rdi), %r8
	movq 64(%rdi), %r9
	movq 72(%rdi), %r10
	movq 80(%rdi), %r11
	movq 88(%rdi), %r12
	movq 96(%rdi), %r13
	movq 104(%rdi), %r14
	movq 112(%rdi), %r15
	movq 48(%rdi), %rdi
	.byte 0xf3, 0x0f, 0x01, 0xd9	/* VMGEXIT */
	pushq %rdi
	movq 8(%rsp), %rdi
	movq %rax, 0(%rdi)
	movq %rcx, 8(%rdi)
	movq %rdx, 16(%rdi)
	movq %rbx, 24(%rdi)
	movq %rbp, 32(%rdi)
	movq %rsi, 40(%rdi)
	movq %r8, 56(%rdi)
	movq %r9, 64(%rdi)
	movq %r10, 72(%rdi)
	movq %r11, 80(%rdi)
	movq %r12, 88(%rdi)
	movq %r13, 96(%rdi)
	movq %r14, 104(%rdi)
	movq %r15, 112(%rdi)
	popq %rax
	movq %rax, 48(%rdi)
	popq %rdi
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

	.bss
	.balign 4096
	.skip 16384
first_stack_top:

	.section .note.GNU-stack, "", @progbits
