/*
 * Guest memory as the guest itself may reach it, for what the emulated hardware does on its behalf:
 * fetching an instruction, pushing an exception frame, translating an operand. The guest's own page
 * tables, then machine_walk with the guest's VMPL. All functions: machine lock held.
 */
#ifndef EMULATOR_SVM_GUESTMEM_H
#define EMULATOR_SVM_GUESTMEM_H

#include <emulator/svm/context.h>

enum guest_status {
	GUEST_OK,
	GUEST_PAGE_FAULT, /* the guest's own tables refuse */
	GUEST_NESTED,	  /* the host's map or the RMP refuses: a nested page fault */
	GUEST_NOT_VALID,  /* #VC 0x404 */
};
struct guest_fault {
	enum guest_status status;
	uint32_t error; /* PF_* of a page fault */
	uint64_t gva;
	uint64_t gpa; /* without C-bit */
	uint32_t view;
	enum access_verdict verdict; /* why GUEST_NESTED */
	enum access_kind kind;
};

/* how: PF_WRITE, PF_USER, PF_FETCH. *gpa has the C-bit, if it was set. */
enum guest_status guest_translate(struct context *x, uint64_t gva, uint32_t how, uint64_t *gpa,
				  struct guest_fault *fault);
/* n bytes at a linear address; may cross pages. A refused write has written nothing of that page. */
enum guest_status guest_read(struct context *x, uint64_t gva, uint32_t how, void *to, uint64_t n,
			     struct guest_fault *fault);
/* Stores the byte of code at gva over itself: QEMU forgets its translations of it. */
enum guest_status guest_touch_code(struct context *x, uint64_t gva, uint32_t how,
				   struct guest_fault *fault);
enum guest_status guest_write(struct context *x, uint64_t gva, uint32_t how, const void *from,
			      uint64_t n, struct guest_fault *fault);

/* The view an access to gpa belongs to; the C-bit is taken off. */
uint32_t guest_view(const struct context *x, uint64_t *gpa);

#endif
