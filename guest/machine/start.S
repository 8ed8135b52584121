/*
 * The start at VMPL0 in the state of the launch VMSA (tools/vmsa.c): 32-bit, paging off. Page
 * tables and GDT; then 64-bit C. Also what runs a probed instruction, and the code of a VMSA that
 * only says that it ran.
 */
#define CBIT	      0x8000000000	/* bit 39, this emulator's (ghcb_msr.c asks) */
#define ENTRY_TABLE   0x27		/* present, writable, user, accessed */
#define ENTRY_LEAF    0xe7		/* and dirty, large */
#define SHARED_CHUNK  16		/* 2M at AREA_SHARED: C-bit clear in the identity map */
#define CR0_LONG      0x80010031	/* PG, WP, NE, ET, PE */
#define CODE64	      0x08
#define USER_DATA     0x1b
#define USER_CODE     0x23
#define MSR_GHCB      0xc0010130
#define RUN_VMPL_REQ  0x016		/* level 0 */

	.section .text.entry, "ax"
	.code32
	.globl machine_entry
machine_entry:
	lgdt gdt_pointer
	movl $machine_root, %eax
	movl %eax, %cr3
	movl $CR0_LONG, %eax
	movl %eax, %cr0
	ljmp $CODE64, $long_mode

	.code64
long_mode:
	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	leaq first_stack_top(%rip), %rsp
	xorl %ebp, %ebp
	cld
	call machine_main
1:	hlt
	jmp 1b

	.section .text, "ax"

	.globl level_entry
level_entry:				/* %rdi = struct worker, %rsp = its stack */
	xorl %ebp, %ebp
	call level_main
1:	hlt
	jmp 1b

	.globl reader_entry
reader_entry:				/* the same on the second CPU */
	xorl %ebp, %ebp
	call reader_main
1:	hlt
	jmp 1b

	.globl vmrun_entry
vmrun_entry:				/* of a VMSA in the test area: one exit */
	movl $MSR_GHCB, %ecx
	movl $RUN_VMPL_REQ, %eax
	xorl %edx, %edx
	wrmsr
	.byte 0xf3, 0x0f, 0x01, 0xd9	/* VMGEXIT */
	jmp vmrun_entry

/*
 * void probe_execute(struct probe *p): calls p->code with RAX, RCX, RDX of p and stores them and
 * the flags afterwards. An exception in between goes on at probe_resume, with %rsp = p->stack
 * (probe.c).
 */
	.globl probe_execute
probe_execute:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdi
	movq %rsp, 40(%rdi)
	movq 0(%rdi), %rax
	movq 8(%rdi), %rcx
	movq 16(%rdi), %rdx
	call *32(%rdi)
	pushfq
	popq %r11
	movq (%rsp), %rdi
	movq %rax, 0(%rdi)
	movq %rcx, 8(%rdi)
	movq %rdx, 16(%rdi)
	movq %r11, 24(%rdi)
	.globl probe_resume
probe_resume:
	popq %rdi
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

/* What is probed. Memory operand in %rax. */
	.globl insn_pvalidate, insn_rmpadjust, insn_rmpquery, insn_flush
insn_pvalidate:
	.byte 0xf2, 0x0f, 0x01, 0xff
	ret
insn_rmpadjust:
	.byte 0xf3, 0x0f, 0x01, 0xfe
	ret
insn_rmpquery:
	.byte 0xf3, 0x0f, 0x01, 0xfd
	ret
insn_flush:
	.byte 0x0f, 0x01, 0xfe		/* INVLPGB */
insn_tlbsync:
	.byte 0x0f, 0x01, 0xff		/* TLBSYNC */
	ret
	.globl insn_exit
insn_exit:				/* %rcx = GHCB MSR; %edx:%eax its value for VMGEXIT, and then */
	wrmsr
	.byte 0xf3, 0x0f, 0x01, 0xd9	/* VMGEXIT */
	rdmsr
	ret
	.globl insn_rdmsr
insn_rdmsr:				/* %rcx */
	rdmsr
	ret
	.globl insn_read, insn_write, insn_fetch, insn_fetch_user
insn_read:
	movq (%rax), %rdx
	ret
insn_write:
	movq %rdx, (%rax)
	ret
	.globl insn_read_loop
insn_read_loop:				/* %rcx = struct reader */
	movq (%rax), %rdx
	incq (%rcx)
	cmpl $0, 8(%rcx)
	je insn_read_loop
	ret
insn_fetch:				/* finds RET */
	jmp *%rax
insn_fetch_user:			/* at CPL3; finds UD2 */
	movq %rax, %r11
enter_user:				/* at CPL3 from %r11 on */
	pushq $USER_DATA
	pushq %rsp
	pushq $2
	pushq $USER_CODE
	pushq %r11
	iretq

	.macro user name, insn
	.globl \name
\name:	leaq \insn(%rip), %r11
	jmp enter_user
	.endm
	user user_pvalidate, insn_pvalidate
	user user_rmpadjust, insn_rmpadjust
	user user_rmpquery, insn_rmpquery
	user user_invlpgb, insn_flush
	user user_tlbsync, insn_tlbsync
	user user_rdmsr, insn_rdmsr

/*
 * Linear address = GPA, private but for the shared chunk, up to 8 GiB; from 2^40 on the same
 * without C-bit. All of it is open to CPL3: what user code may do is the RMP's to say here.
 */
	.data
	.balign 4096
	.globl machine_root
machine_root:
	.quad pdpt_private + CBIT + ENTRY_TABLE
	.quad 0
	.quad pdpt_shared + CBIT + ENTRY_TABLE
	.skip 4096 - 3 * 8
pdpt_private:
	.quad directory + CBIT + ENTRY_TABLE
	.set i, 1
	.rept 7
	.quad (i << 30) + CBIT + ENTRY_LEAF
	.set i, i + 1
	.endr
	.skip 4096 - 8 * 8
pdpt_shared:
	.set i, 0
	.rept 8
	.quad (i << 30) + ENTRY_LEAF
	.set i, i + 1
	.endr
	.skip 4096 - 8 * 8
directory:
	.set i, 0
	.rept 512
	.if i == SHARED_CHUNK
	.quad (i << 21) + ENTRY_LEAF
	.else
	.quad (i << 21) + CBIT + ENTRY_LEAF
	.endif
	.set i, i + 1
	.endr

	.balign 16
	.globl machine_gdt
machine_gdt:				/* null, code, data, user data, user code, TSS (2) */
	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
	.quad 0x00cff3000000ffff, 0x00affb000000ffff, 0, 0
machine_gdt_end:
gdt_pointer:
	.word machine_gdt_end - machine_gdt - 1
	.long machine_gdt

	.bss
	.balign 4096
	.skip 16384
first_stack_top:

	.section .note.GNU-stack, "", @progbits
