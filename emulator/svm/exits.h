/*
 * The exits that the emulated hardware deals with. Each handler is called with the machine lock
 * held and says whether the guest goes on or the host is to be told (c->exit_* set).
 */
#ifndef EMULATOR_SVM_EXITS_H
#define EMULATOR_SVM_EXITS_H

#include <emulator/svm/guestmem.h>

enum flow { FLOW_GUEST, FLOW_HOST };

/* ---- exit.c: what can happen to a vCPU ---- */
enum flow exit_to_host(struct context *x, struct svm_control *c, uint64_t code, uint64_t info1,
		       uint64_t info2);
/* A fault in memory the hardware touched for the guest: #PF, nested page fault or #VC 0x404. */
enum flow exit_guest_fault(struct context *x, struct svm_control *c, const struct guest_fault *f);
/* Nested page fault to the host for an access that machine_walk or an instruction refused. */
enum flow exit_nested(struct context *x, struct svm_control *c, const struct guest_fault *f);
/* An exception to be injected before the next instruction. error < 0: none. */
enum flow raise_exception(struct context *x, uint32_t vector, int64_t error);

/* ---- deliver.c ---- */
/* #VC with this exit code as error code. A frame that cannot be written is #DF. */
enum flow deliver_vc(struct context *x, struct svm_control *c, uint64_t code);

/* ---- fetch.c: the instruction at CS:RIP ---- */
struct insn {
	uint8_t bytes[15];
	uint32_t length; /* bytes fetched */
	uint32_t opcode; /* index of the first opcode byte */
	uint8_t rex;
	uint8_t repeat; /* 0xf2, 0xf3 or 0 */
	uint8_t other;	/* operand size, lock or segment prefix seen */
};
/* Fetches and skips prefixes. Not GUEST_OK: the instruction cannot be read at all. */
enum guest_status insn_fetch(struct context *x, struct insn *in, struct guest_fault *f);
/* Linear address of CS:RIP. */
uint64_t insn_linear(const struct context *x);
/* Byte at opcode + n, or 0 beyond what was fetched. */
uint8_t insn_byte(const struct insn *in, uint32_t n);
/* Moves RIP past an instruction whose opcode and operands take bytes. */
void insn_skip(struct context *x, const struct insn *in, uint32_t bytes);
void reg_set(struct context *x, uint32_t number, uint64_t value);

/* ---- the handlers ---- */
enum flow exit_npf(struct context *x, struct svm_control *c);		     /* npf.c */
enum flow exit_ud(struct context *x, struct svm_control *c);		     /* snp.c */
enum flow exit_msr(struct context *x, struct svm_control *c);		     /* msr.c */
enum flow exit_cr0(struct context *x, struct svm_control *c);		     /* cr0.c */
enum flow exit_vmmcall(struct context *x, struct svm_control *c);	     /* exit.c */
enum flow exit_hlt(struct context *x, struct svm_control *c);		     /* exit.c */
enum flow exit_software_interrupt(struct context *x, struct svm_control *c); /* exit.c */
enum flow exit_error(struct context *x, struct svm_control *c);		     /* exit.c */

#endif
