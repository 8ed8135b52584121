/*
 * One 16-byte stub for each vector. #HV is the host's only event under restricted injection; the
 * module takes no events, so it goes back at once. Everything else ends the VM with its vector.
 */
#define STUB_SIZE 16
#define VECTOR_HV 28

	.text
	.globl idt_stubs
	.balign STUB_SIZE
idt_stubs:
	.set vector, 0
	.rept 256
	.balign STUB_SIZE
	.if vector == VECTOR_HV
	iretq
	.else
	movl $vector, %edi
	jmp fatal
	.endif
	.set vector, vector + 1
	.endr

fatal:
	cld
	andq $-16, %rsp
	call cpu_fatal
	ud2

	.section .note.GNU-stack, "", @progbits
