/* The guest of an image whose program is all at VMPL0: it is never started. */
	.section .text.entry, "ax"
	.code64
	.globl guest_entry
guest_entry:
	hlt
	jmp guest_entry

	.section .note.GNU-stack, "", @progbits
