/* The GHCB protocol, AMD 56421 revision 2.03: MSR protocol, page layout, events. */
#ifndef VERISMO_GHCB_H
#define VERISMO_GHCB_H

/* MSR protocol: request or response code in [11:0]. */
#define GHCB_MSR_CODE(value)	((value) % 0x1000UL)
#define GHCB_MSR_SEV_INFO_RESP	0x001UL
#define GHCB_MSR_SEV_INFO_REQ	0x002UL
#define GHCB_MSR_CPUID_REQ	0x004UL
#define GHCB_MSR_CPUID_RESP	0x005UL
#define GHCB_MSR_AP_HOLD_REQ	0x006UL
#define GHCB_MSR_AP_HOLD_RESP	0x007UL
#define GHCB_MSR_PREFERRED_REQ	0x010UL
#define GHCB_MSR_PREFERRED_RESP 0x011UL
#define GHCB_MSR_REGISTER_REQ	0x012UL
#define GHCB_MSR_REGISTER_RESP	0x013UL
#define GHCB_MSR_PSC_REQ	0x014UL
#define GHCB_MSR_PSC_RESP	0x015UL
#define GHCB_MSR_RUN_VMPL_REQ	0x016UL
#define GHCB_MSR_RUN_VMPL_RESP	0x017UL
#define GHCB_MSR_FEATURES_REQ	0x080UL
#define GHCB_MSR_FEATURES_RESP	0x081UL
#define GHCB_MSR_TERMINATE	0x100UL
#define GHCB_MSR_NO_PREFERRED	0xfffffffffffff000UL
#define GHCB_PSC_PRIVATE	1UL
#define GHCB_PSC_SHARED		2UL
#define GHCB_PSC_SMASH		3UL
#define GHCB_PSC_UNSMASH	4UL

/* Hypervisor features. */
#define GHCB_FEATURE_SNP	  0x01UL
#define GHCB_FEATURE_AP_CREATION  0x02UL
#define GHCB_FEATURE_RINJ	  0x04UL
#define GHCB_FEATURE_RINJ_TIMER	  0x08UL
#define GHCB_FEATURE_APIC_ID_LIST 0x10UL
#define GHCB_FEATURE_MULTI_VMPL	  0x20UL

/* Page layout, byte offsets. The valid bitmap has bit (offset / 8) for each field. */
#define GHCB_RAX	   0x1f8
#define GHCB_RCX	   0x308
#define GHCB_RDX	   0x310
#define GHCB_RBX	   0x318
#define GHCB_SW_EXITCODE   0x390
#define GHCB_SW_EXITINFO1  0x398
#define GHCB_SW_EXITINFO2  0x3a0
#define GHCB_SW_SCRATCH	   0x3a8
#define GHCB_XCR0	   0x3e8
#define GHCB_VALID_BITMAP  0x3f0
#define GHCB_BUFFER	   0x800
#define GHCB_BUFFER_SIZE   0x7f0
#define GHCB_VERSION_FIELD 0xffa
#define GHCB_USAGE	   0xffc
#define GHCB_VERSION	   2

/* Non-automatic exits: SW_EXITCODE beyond the SVM exit codes. */
#define NAE_DR7_READ	      0x00000027UL
#define NAE_DR7_WRITE	      0x00000037UL
#define NAE_RDTSC	      0x0000006eUL
#define NAE_CPUID	      0x00000072UL
#define NAE_IOIO	      0x0000007bUL
#define NAE_MSR		      0x0000007cUL
#define NAE_VMMCALL	      0x00000081UL
#define NAE_WBINVD	      0x00000089UL
#define NAE_MONITOR	      0x0000008aUL
#define NAE_MWAIT	      0x0000008bUL
#define NAE_MMIO_READ	      0x80000001UL
#define NAE_MMIO_WRITE	      0x80000002UL
#define NAE_NMI_COMPLETE      0x80000003UL
#define NAE_AP_RESET_HOLD     0x80000004UL
#define NAE_AP_JUMP_TABLE     0x80000005UL
#define NAE_PSC		      0x80000010UL
#define NAE_GUEST_REQUEST     0x80000011UL
#define NAE_EXT_GUEST_REQUEST 0x80000012UL
#define NAE_AP_CREATION	      0x80000013UL
#define NAE_HV_DOORBELL	      0x80000014UL
#define NAE_APIC_ID_LIST      0x80000017UL
#define NAE_RUN_VMPL	      0x80000018UL
#define NAE_HV_FEATURES	      0x8000fffdUL
#define NAE_TERMINATE	      0x8000fffeUL

/* SW_EXITINFO1 [31:0] of a reply, and SW_EXITINFO2 for malformed input. */
#define GHCB_REPLY_OK	     0UL
#define GHCB_REPLY_EXCEPTION 1UL
#define GHCB_REPLY_MALFORMED 2UL
#define GHCB_NOT_REGISTERED  1UL
#define GHCB_BAD_USAGE	     2UL
#define GHCB_BAD_SCRATCH     3UL
#define GHCB_MISSING_INPUT   4UL
#define GHCB_INVALID_INPUT   5UL
#define GHCB_INVALID_EVENT   6UL
#define GHCB_RAISE_GP	     0x80000b0dUL /* valid, error code valid, exception, #GP */

/* IOIO SW_EXITINFO1. */
#define IOIO_IN	    0x01UL
#define IOIO_STRING 0x04UL
#define IOIO_REP    0x08UL
#define IOIO_SIZE8  0x10UL
#define IOIO_SIZE16 0x20UL
#define IOIO_SIZE32 0x40UL

/* AP creation SW_EXITINFO1 [15:0]. */
#define AP_CREATE_ON_INIT 0UL
#define AP_CREATE	  1UL
#define AP_DESTROY	  2UL

/* Page state change list (NAE_PSC): header word, then at most GHCB_PSC_MAX entries. */
#define GHCB_PSC_MAX 253UL

/* Termination reason sets: 0 general, 1 Linux, this project's own below (docs/module.md). */
#define TERMINATE_SET_VERISMO 5UL

#endif
