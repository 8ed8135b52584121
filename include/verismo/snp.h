/*
 * SEV-SNP as software sees it: page sizes, instruction operands and results, MSRs, feature bits.
 * Sources: AMD64 manual volumes 2 (15.36) and 3 (PVALIDATE, RMPADJUST, RMPQUERY, PSMASH, RMPUPDATE).
 */
#ifndef VERISMO_SNP_H
#define VERISMO_SNP_H

#include <stdint.h>

#define PAGE_SIZE    4096UL
#define PAGE_WORDS   512UL /* 64-bit words in a 4K page */
#define LARGE_PAGE   0x200000UL
#define PAGES_PER_2M 512UL

#define SNP_VMPLS 4

/* Page size operand of PVALIDATE, RMPADJUST and RMP entries. */
#define SNP_SIZE_4K 0U
#define SNP_SIZE_2M 1U

/* EAX of PVALIDATE, RMPADJUST, RMPQUERY (guest) and of PSMASH, RMPUPDATE (host). */
#define SNP_OK		      0U
#define SNP_FAIL_INPUT	      1U
#define SNP_FAIL_PERMISSION   2U
#define SNP_FAIL_INUSE	      3U
#define SNP_FAIL_OVERLAP      4U
#define SNP_FAIL_SIZEMISMATCH 6U

/* RMPADJUST operand RDX: [7:0] target VMPL, [15:8] permissions, [16] VMSA. */
#define SNP_PERM_R	     0x1U
#define SNP_PERM_W	     0x2U
#define SNP_PERM_UX	     0x4U /* user mode execute */
#define SNP_PERM_SX	     0x8U /* supervisor mode execute */
#define SNP_PERM_NONE	     0x0U
#define SNP_PERM_ALL	     0xfU
#define SNP_ATTR(vmpl, perm) ((uint32_t)(vmpl) + 0x100U * (uint32_t)(perm))
#define SNP_ATTR_VMSA	     0x10000U

/* MSRs that SNP adds or changes. */
#define MSR_EFER       0xc0000080U
#define MSR_GHCB       0xc0010130U
#define MSR_SEV_STATUS 0xc0010131U
#define MSR_SVSM_CAA   0xc001f000U
#define EFER_SVME      0x1000UL

/* VMSA.SEV_FEATURES; SEV_STATUS = SEV_FEATURES << 2 | SEV_STATUS_SEV | SEV_STATUS_ES. */
#define SEV_FEATURE_SNP			 0x0001UL
#define SEV_FEATURE_VTOM		 0x0002UL
#define SEV_FEATURE_REFLECT_VC		 0x0004UL
#define SEV_FEATURE_RESTRICTED_INJECTION 0x0008UL
#define SEV_FEATURE_ALTERNATE_INJECTION	 0x0010UL
#define SEV_FEATURE_DEBUG_SWAP		 0x0020UL
#define SEV_FEATURE_PREVENT_HOST_IBS	 0x0040UL
#define SEV_FEATURE_BTB_ISOLATION	 0x0080UL
#define SEV_FEATURE_VMPL_SSS		 0x0100UL
#define SEV_FEATURE_SECURE_TSC		 0x0200UL
#define SEV_FEATURE_SMT_PROTECTION	 0x8000UL
#define SEV_STATUS_SEV			 0x1UL
#define SEV_STATUS_ES			 0x2UL

/* Exit codes: VMCB.EXITCODE, VMSA.GUEST_EXITCODE, error code of #VC (manual volume 2, appendix C). */
#define SVM_EXIT_INTR	   0x60UL
#define SVM_EXIT_NMI	   0x61UL
#define SVM_EXIT_CPUID	   0x72UL
#define SVM_EXIT_HLT	   0x78UL
#define SVM_EXIT_IOIO	   0x7bUL
#define SVM_EXIT_MSR	   0x7cUL
#define SVM_EXIT_SHUTDOWN  0x7fUL
#define SVM_EXIT_VMMCALL   0x81UL
#define SVM_EXIT_NPF	   0x400UL
#define SVM_EXIT_VMGEXIT   0x403UL
#define SVM_EXIT_NOT_VALID 0x404UL /* #VC: access to a page that is not validated */
#define SVM_EXIT_INVALID   0xffffffffffffffffUL
#define SVM_EXIT_BUSY	   0xfffffffffffffffeUL

/* Vectors with a meaning of their own under SNP. */
#define VECTOR_HV 28U /* #HV, the only event of the host under restricted injection */
#define VECTOR_VC 29U

/* Secrets page, byte offsets (56860, secrets page; SVSM fields: 58019 section 2). */
#define SECRETS_VERSION		 0x000
#define SECRETS_FMS		 0x008
#define SECRETS_VMPCK0		 0x020
#define SECRETS_VMPCK_SIZE	 0x020
#define SECRETS_MSG_SEQNO0	 0x0a0
#define SECRETS_AP_JUMP_TABLE	 0x0b0
#define SECRETS_SVSM_BASE	 0x140
#define SECRETS_SVSM_SIZE	 0x148
#define SECRETS_SVSM_CAA	 0x150
#define SECRETS_SVSM_MAX_VERSION 0x158
#define SECRETS_SVSM_GUEST_VMPL	 0x15c

/* CPUID page (56860, CPUID page). */
struct snp_cpuid_entry {
	uint32_t eax_in;
	uint32_t ecx_in;
	uint64_t xcr0_in;
	uint64_t xss_in;
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
	uint64_t reserved;
};
#define SNP_CPUID_MAX 64
struct snp_cpuid_page {
	uint32_t count;
	uint32_t reserved1;
	uint64_t reserved2;
	struct snp_cpuid_entry entry[SNP_CPUID_MAX];
	uint8_t pad[PAGE_SIZE - 16 - SNP_CPUID_MAX * 48];
};
_Static_assert(sizeof(struct snp_cpuid_entry) == 48, "CPUID entry");
_Static_assert(sizeof(struct snp_cpuid_page) == PAGE_SIZE, "CPUID page");

#endif
