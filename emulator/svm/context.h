/*
 * The state of one vCPU while its VMSA is in use: in the VMCB, in this structure and, for the FPU
 * and system registers that VMRUN does not switch, in the CPU itself.
 */
#ifndef EMULATOR_SVM_CONTEXT_H
#define EMULATOR_SVM_CONTEXT_H

#include <emulator/svm/cpu.h>
#include <emulator/svm/vmcb.h>

enum { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI };

#define FPU_BYTES 1024U /* XSAVE area for x87, SSE, AVX: 832 bytes */

struct context {
	struct vmcb vmcb;
	uint8_t fpu[FPU_BYTES] __attribute__((aligned(64)));
	uint64_t gpr[16];  /* RAX and RSP live in the VMCB */
	uint64_t vmsa;	   /* SPA; 0 = none ever */
	uint64_t features; /* SEV_FEATURES, read when loaded */
	uint64_t xcr0;
	uint32_t cpu;
	uint32_t vmpl;
	uint32_t event; /* to be injected first: an interrupted or a new event */
	uint32_t event_error;
	uint64_t one_x_turn;  /* npf.c: page of one X that faulted last, times 2; 1: a fetch */
	uint32_t one_x_count; /* faults there in a row, by turns */
	uint32_t failed;      /* the last exit was #GP in place of VMEXIT_INVALID */
	uint32_t refused;     /* VMRUN refused this state and left the host's in the VMCB */
	uint64_t shadow_rip;  /* where the last exit in an interrupt shadow was */
	int held; /* an external interrupt taken back from an interrupted delivery, or -1 */
	uint64_t exit_code; /* last automatic exit, for the VMSA */
	uint64_t exit_info1;
	uint64_t exit_info2;
};

void context_init(void);
/* Makes the VMSA at spa the one in use on cpu, storing the one that was. Lock held. SNP_OK and
 * *out, or the SNP_FAIL_* of machine_vmrun. */
uint32_t context_enter(struct cpu *cpu, uint64_t spa, struct context **out);
/* Stores the CPU's vCPU, if any, to its VMSA and ends its use. Lock held; the state is not live. */
void context_leave(struct cpu *cpu);

/* What VMRUN does not switch: from the structure into the CPU, if it is not there yet, and back. */
void context_resume(struct cpu *cpu, struct context *x);
void context_suspend(struct context *x);
/* FS, GS, TR, LDTR, KernelGSBase, STAR.. and SYSENTER of the running guest into the VMCB. */
void context_sync(struct context *x);

/* fpu.c: XSAVE image <-> VMSA page. */
void fpu_from_vmsa(struct context *x, const uint8_t *page);
void fpu_to_vmsa(const struct context *x, uint8_t *page);
void fpu_load(struct context *x);
void fpu_save(struct context *x);
/* Once on each CPU: CR4.OSXSAVE if there is XSAVE. */
void fpu_init(void);

/* number: 0..15 as encoded in instructions. */
static inline uint64_t reg_get(const struct context *x, uint32_t number)
{
	switch (number) {
	case REG_RAX:
		return x->vmcb.save.rax;
	case REG_RSP:
		return x->vmcb.save.rsp;
	default:
		return x->gpr[number % 16U];
	}
}

/* Paging off or without PAE: no C-bit in the tables, all memory is private. */
static inline uint32_t context_all_private(const struct context *x)
{
	return (x->vmcb.save.cr0 >> 31 & 1U) == 0 || (x->vmcb.save.cr4 >> 5 & 1U) == 0;
}

static inline uint32_t context_long_mode(const struct context *x)
{
	return (x->vmcb.save.efer >> 10 & 1U) != 0;
}

#endif
