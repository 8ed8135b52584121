/*
 * One 16-byte stub for each vector. #HV is the host's only event under restricted injection; the
 * module takes no events, so it goes back at once. Everything else ends the VM with its vector:
 * cpu_fatal() does not return, and nothing in the module sets the direction flag.
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
	andq $-16, %rsp
	call cpu_fatal
	.endif
	.set vector, vector + 1
	.endr

	.section .note.GNU-stack, "", @progbits
