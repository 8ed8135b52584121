/*
 * The levels of this program: it runs at VMPL0, and has a vCPU at each of VMPL1..3 of the same
 * CPU that executes one instruction when VMPL0 asks. What goes wrong with the instruction is part
 * of the answer.
 */
#ifndef GUEST_MACHINE_LEVELS_H
#define GUEST_MACHINE_LEVELS_H

#include <stdint.h>
#include <verismo/snp.h>
#include "cases.h"
#include "guest/conformance/guest.h"

#define NO_VECTOR 0xffffffffU

/* start.S knows the offsets. */
struct probe {
	uint64_t rax, rcx, rdx; /* in and out */
	uint64_t rflags;
	void (*code)(void);
	uint64_t stack;
	uint32_t active;
	uint32_t vector; /* of the exception that came instead, or NO_VECTOR */
	uint64_t error;
};

/* start.S */
void insn_pvalidate(void);
void insn_rmpadjust(void);
void insn_rmpquery(void);
void insn_flush(void);
void insn_rdmsr(void);
void insn_exit(void); /* VMGEXIT with a value in the GHCB MSR */
void insn_read(void);
void insn_write(void);
void insn_fetch(void);
void insn_fetch_user(void);
/* The same at CPL3. */
void user_pvalidate(void);
void user_rmpadjust(void);
void user_rmpquery(void);
void user_invlpgb(void);
void user_tlbsync(void);
void user_rdmsr(void);

/* The linear address of a GPA in the shared view; in the private one it is the GPA. */
#define SHARED_VIEW(gpa) ((gpa) + (1UL << 40))

/* Descriptor tables of VMPL0, and the image for the other levels; 1 = done. */
int levels_prepare(void);
/* VMSAs of VMPL1..3, given to the host. 1 = done. */
int levels_start(struct cpu *c);
/* GPA of a VMSA's content that, when run, exits once. */
uint64_t levels_vmsa_content(void);
/* GPA of the VMSA of VMPL1..3. */
uint64_t level_vmsa(uint32_t vmpl);
/* Executes p at this level. */
void level_execute(uint32_t vmpl, struct probe *p);

/* SEV_FEATURES of VMPL1..3. */
#define LEVEL_FEATURES (SEV_FEATURE_SNP | SEV_FEATURE_DEBUG_SWAP)

/* What came instead of an instruction; asks the door for nested page faults (rig_guest.c). */
enum answer rig_fault(const struct probe *p);

/* ---- a vCPU at VMPL1 of the second CPU that reads one word over and over, without an exit ---- */

struct reader {
	uint64_t count; /* of reads; start.S knows this offset and the next */
	uint32_t stop;
	uint32_t go;
	uint32_t running;
	struct probe probe; /* how it ended */
};
extern struct reader reader;
void insn_read_loop(void);
/* 1 = the vCPU exists; 0 if there is one CPU only. */
int reader_start(struct cpu *c);
uint64_t reader_vmsa(void); /* GPA */
void reader_go(uint64_t address);
/* Ends a loop that has not ended by a fault. */
void reader_stop(void);

#endif
