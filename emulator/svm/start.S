/*
 * Start-up and the few pieces that cannot be C. QEMU's -kernel enters at start32 by the PVH note: 32-bit
 * protected mode, paging off, EBX = hvm_start_info. Other CPUs come by INIT-SIPI through `trampoline`.
 *
 * CR0.WP/PG/PE and CR4.PAE/PSE/PGE are those of the usual guest: every bit that differs costs a
 * flush of QEMU's TLB at each VMRUN and each exit. EFER.NXE because nested tables follow the host's paging.
 */
#define TRAMPOLINE   0x8000
#define STACK_SHIFT  14          /* CPU_STACK_SIZE of cpu.h */
#define CPUS         8
#define EXIT_PORT    0xf4
#define EXIT_CONFIG  33          /* EXIT_BAD_CONFIG */
#define CODE64       8
#define DATA         16
#define CODE32       24
#define HOST_CR0     0x80010033  /* PG WP NE ET MP PE */

	.section .note.PVH, "a", @note
	.align 4
	.long 4, 8, 18               /* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad start32

	.section .text.start, "ax"
	.code32
	.globl start32
start32:
	cld
	movl %ebx, pvh_info
	movl $0x80000001, %eax
	cpuid
	btl $26, %edx                /* 1G pages */
	jnc no_cpu
	btl $2, %ecx                 /* SVM */
	jc common32
no_cpu:
	movl $EXIT_CONFIG, %eax
	movw $EXIT_PORT, %dx
	outl %eax, %dx
	cli
	hlt
	jmp no_cpu

common32:
	movl $0x6b0, %eax            /* PSE PAE PGE OSFXSR OSXMMEXCPT */
	movl %eax, %cr4
	movl $boot_pml4, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x1901, %eax            /* SVME NXE LME SCE */
	wrmsr
	movl $HOST_CR0, %eax
	movl %eax, %cr0
	lgdt gdt_pointer
	ljmp $CODE64, $start64

	.code64
start64:
	movw $DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw %ax, %fs
	movw %ax, %gs
	movl $1, %eax
	cpuid
	shrl $24, %ebx               /* APIC id: index of this CPU */
	cmpl $CPUS, %ebx
	jae park
	movl %ebx, %edi
	leal 1(%rbx), %eax
	shll $STACK_SHIFT, %eax
	leaq cpu_stacks(%rax), %rsp
	testl %edi, %edi
	jnz 1f
	movl pvh_info, %edi
	call emulator_main
	jmp park
1:	call smp_main
park:
	cli
	hlt
	jmp park

/* Copied to TRAMPOLINE. */
	.code16
	.globl trampoline, trampoline_end
trampoline:
	cli
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl (trampoline_gdt - trampoline + TRAMPOLINE)
	movl $0x11, %eax
	movl %eax, %cr0
	ljmpl $CODE32, $(trampoline32 - trampoline + TRAMPOLINE)
	.code32
trampoline32:
	movw $DATA, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $common32, %eax
	jmp *%eax
	.align 8
trampoline_gdt:
	.word gdt_end - gdt - 1
	.long gdt
trampoline_end:

	.code64
	.section .text
/*
 * void vm_enter(uint64_t *gpr, uint64_t vmcb): gpr[1..15] without RSP, in the order of their encoding.
 * FS, GS, TR, LDTR, STAR.. are the guest's in and outside the guest: the emulator uses none of them.
 */
	.globl vm_enter, vm_enter_vmrun
vm_enter:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdi
	movq %rsi, %rax
	movq 8(%rdi), %rcx
	movq 16(%rdi), %rdx
	movq 24(%rdi), %rbx
	movq 40(%rdi), %rbp
	movq 48(%rdi), %rsi
	movq 64(%rdi), %r8
	movq 72(%rdi), %r9
	movq 80(%rdi), %r10
	movq 88(%rdi), %r11
	movq 96(%rdi), %r12
	movq 104(%rdi), %r13
	movq 112(%rdi), %r14
	movq 120(%rdi), %r15
	movq 56(%rdi), %rdi
vm_enter_vmrun:
	vmrun
	movq %rdi, %rax              /* the VMCB holds the guest's RAX */
	popq %rdi
	movq %rcx, 8(%rdi)
	movq %rdx, 16(%rdi)
	movq %rbx, 24(%rdi)
	movq %rbp, 40(%rdi)
	movq %rsi, 48(%rdi)
	movq %rax, 56(%rdi)
	movq %r8, 64(%rdi)
	movq %r9, 72(%rdi)
	movq %r10, 80(%rdi)
	movq %r11, 88(%rdi)
	movq %r12, 96(%rdi)
	movq %r13, 104(%rdi)
	movq %r14, 112(%rdi)
	movq %r15, 120(%rdi)
	cld
	movq %cr0, %rax
	testl %eax, %eax
	jns 2f
1:
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret
	/* A guest with EFER.LME, paging off and CR4.PAE clear: QEMU's #VMEXIT then leaves CR0 as it was in
	 * the guest. The identity map has carried us here; the next VMRUN needs paging. */
2:	movl $HOST_CR0, %eax
	movq %rax, %cr0
	jmp 1b

/*
 * void cpu_idle(volatile uint32_t *wake). An NMI is not held off by IF, so one that comes between
 * the test and HLT would be slept over; host_isr moves an interrupted RIP in here to the end.
 */
	.globl cpu_idle, cpu_idle_end
cpu_idle:
	cmpl $0, (%rdi)
	jne cpu_idle_end
	sti
	hlt
cpu_idle_end:
	cli
	ret

/* Host IDT: 256 stubs, 16 bytes apart; each pushes an error code (0 if the CPU has none) and its vector. */
	.align 16
	.globl isr_stubs
isr_stubs:
	.set vector, 0
	.rept 256
	.align 16
	.if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17))
	pushq $0
	.endif
	pushq $vector
	jmp isr_common
	.set vector, vector + 1
	.endr
isr_common:
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	leaq 72(%rsp), %rdi          /* vector, error code, RIP, CS, RFLAGS, RSP, SS */
	cld
	call host_isr
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rax
	addq $16, %rsp
	iretq

	.section .data
	.align 16
gdt:
	.quad 0
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
	.quad 0x00cf9b000000ffff
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.quad gdt

/* Identity map of 8 GiB: present, writable, accessed, dirty. */
	.align 4096
boot_pml4:
	.quad boot_pdpt + 0x63
	.fill 511, 8, 0
boot_pdpt:
	.set address, 0
	.rept 8
	.quad address + 0xe3
	.set address, address + 0x40000000
	.endr
	.fill 504, 8, 0

	.section .bss
	.align 4096
	.globl cpu_stacks
cpu_stacks:
	.skip CPUS << STACK_SHIFT
	.align 4
pvh_info:
	.skip 4
	.section .note.GNU-stack, "", @progbits
