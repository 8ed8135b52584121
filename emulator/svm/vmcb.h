/*
 * The virtual machine control block, as far as QEMU's emulated SVM looks at it (AMD64 manual volume
 * 2, appendix B). The state save area has the offsets of the VMSA page from 0x000 to 0x2ff.
 */
#ifndef EMULATOR_SVM_VMCB_H
#define EMULATOR_SVM_VMCB_H

#include <stdint.h>
#include <verismo/vmsa.h>

/* Intercept vector 3 (offset 0x0c). */
#define INTERCEPT_INTR	   (1U << 0)
#define INTERCEPT_NMI	   (1U << 1)
#define INTERCEPT_VINTR	   (1U << 4)
#define INTERCEPT_CR0_SEL  (1U << 5)
#define INTERCEPT_CPUID	   (1U << 18)
#define INTERCEPT_SWINT	   (1U << 21) /* INT n, INT3, INTO */
#define INTERCEPT_HLT	   (1U << 24)
#define INTERCEPT_INVLPGA  (1U << 26)
#define INTERCEPT_IOIO	   (1U << 27)
#define INTERCEPT_MSR	   (1U << 28)
#define INTERCEPT_SHUTDOWN (1U << 31)
/* Intercept vector 4 (offset 0x10): VMRUN VMMCALL VMLOAD VMSAVE STGI CLGI SKINIT; MONITOR, MWAIT. */
#define INTERCEPT_SVM_INSNS 0x7fU
#define INTERCEPT_MONITOR   (3U << 10)
/* Debug register accesses (offset 0x04): [15:0] reads, [31:16] writes. */
#define INTERCEPT_DR7 (1U << 7 | 1U << 23)
#define INTERCEPT_UD  (1U << 6)

/* Exit codes that svm/ deals with itself. */
#define VMEXIT_DR7_READ	 0x27U
#define VMEXIT_DR7_WRITE 0x37U
#define VMEXIT_UD	 0x46U
#define VMEXIT_VINTR	 0x64U
#define VMEXIT_CR0_SEL	 0x65U
#define VMEXIT_SWINT	 0x75U
#define VMEXIT_INVLPGA	 0x7aU
#define VMEXIT_VMRUN	 0x80U
#define VMEXIT_VMLOAD	 0x82U
#define VMEXIT_SKINIT	 0x86U
#define VMEXIT_MONITOR	 0x8aU
#define VMEXIT_MWAIT	 0x8bU
#define VMEXIT_ERROR	 0xffffffffU /* QEMU writes 32 bits */

/* Interrupt control. */
#define VINTR_PENDING	 (1U << 8)
#define VINTR_IGNORE_TPR (1U << 20)
#define VINTR_MASKING	 (1U << 24)
#define INT_STATE_SHADOW 1U

/* EVENTINJ and EXITINTINFO, low half. */
#define EVENT_VECTOR(e)	 ((e)&0xffU)
#define EVENT_TYPE(e)	 ((e) >> 8 & 7U)
#define EVENT_INTR	 0U
#define EVENT_NMI	 2U
#define EVENT_EXCEPTION	 3U
#define EVENT_SOFT	 4U
#define EVENT_ERROR_CODE (1U << 11)
#define EVENT_VALID	 (1U << 31)

struct vmcb_segment {
	uint16_t selector;
	uint16_t attributes; /* [7:0] descriptor bits 47:40, [11:8] descriptor bits 55:52 */
	uint32_t limit;
	uint64_t base;
};
#define SEGMENT_LONG 0x200U
#define SEGMENT_BIG  0x400U

struct vmcb_control {
	uint32_t intercept_cr;
	uint32_t intercept_dr;
	uint32_t intercept_exception;
	uint32_t intercept3;
	uint32_t intercept4;
	uint8_t reserved1[0x40 - 0x14];
	uint64_t iopm;
	uint64_t msrpm;
	uint64_t tsc_offset;
	uint32_t asid;
	uint32_t tlb_control;
	uint32_t vintr;
	uint32_t vintr_vector;
	uint32_t int_state;
	uint32_t reserved2;
	uint64_t exit_code;
	uint64_t exit_info1;
	uint64_t exit_info2;
	uint32_t exit_int_info;
	uint32_t exit_int_error;
	uint64_t nested_enable;
	uint8_t reserved3[0xa8 - 0x98];
	uint32_t event;
	uint32_t event_error;
	uint64_t nested_cr3;
	uint8_t reserved4[0x400 - 0xb8];
};

struct vmcb_save {
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t reserved1[0xca - 0xa0];
	uint8_t vmpl;
	uint8_t cpl;
	uint32_t reserved2;
	uint64_t efer;
	uint8_t reserved3[0x148 - 0xd8];
	uint64_t cr4;
	uint64_t cr3;
	uint64_t cr0;
	uint64_t dr7;
	uint64_t dr6;
	uint64_t rflags;
	uint64_t rip;
	uint64_t dr[4];
	uint8_t reserved4[0x1d8 - 0x1a0];
	uint64_t rsp;
	uint8_t reserved5[0x1f8 - 0x1e0];
	uint64_t rax;
	uint64_t star, lstar, cstar, sfmask, kernel_gs;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t cr2;
	uint8_t reserved6[0x268 - 0x248];
	uint64_t pat;
	uint8_t reserved7[0x2ec - 0x270];
	uint32_t tsc_aux; /* of the VMSA; VMRUN does not look at it */
	uint8_t reserved8[0x300 - 0x2f0];
};

struct vmcb {
	struct vmcb_control control;
	struct vmcb_save save;
	uint8_t reserved[0x1000 - 0x700];
} __attribute__((aligned(4096)));

_Static_assert(__builtin_offsetof(struct vmcb_control, iopm) == 0x40, "IOPM_BASE_PA");
_Static_assert(__builtin_offsetof(struct vmcb_control, exit_code) == 0x70, "EXITCODE");
_Static_assert(__builtin_offsetof(struct vmcb_control, nested_enable) == 0x90, "NP_ENABLE");
_Static_assert(__builtin_offsetof(struct vmcb_control, event) == 0xa8, "EVENTINJ");
_Static_assert(__builtin_offsetof(struct vmcb_control, nested_cr3) == 0xb0, "N_CR3");
_Static_assert(__builtin_offsetof(struct vmcb, save) == 0x400, "state save area");
_Static_assert(__builtin_offsetof(struct vmcb_save, tr) == VMSA_TR, "TR");
_Static_assert(__builtin_offsetof(struct vmcb_save, vmpl) == VMSA_VMPL, "VMPL");
_Static_assert(__builtin_offsetof(struct vmcb_save, efer) == VMSA_EFER, "EFER");
_Static_assert(__builtin_offsetof(struct vmcb_save, cr4) == VMSA_CR4, "CR4");
_Static_assert(__builtin_offsetof(struct vmcb_save, rip) == VMSA_RIP, "RIP");
_Static_assert(__builtin_offsetof(struct vmcb_save, dr) == VMSA_DR0, "DR0");
_Static_assert(__builtin_offsetof(struct vmcb_save, rsp) == VMSA_RSP, "RSP");
_Static_assert(__builtin_offsetof(struct vmcb_save, rax) == VMSA_RAX, "RAX");
_Static_assert(__builtin_offsetof(struct vmcb_save, cr2) == VMSA_CR2, "CR2");
_Static_assert(__builtin_offsetof(struct vmcb_save, pat) == VMSA_PAT, "G_PAT");
_Static_assert(sizeof(struct vmcb_save) == 0x300, "common part of VMCB and VMSA");
_Static_assert(sizeof(struct vmcb) == 4096, "VMCB");

#endif
