/* Why the module ended the VM: GHCB MSR 0x100, reason set TERMINATE_SET_VERISMO, reason [23:16]. */
#ifndef VERISMO_REASONS_H
#define VERISMO_REASONS_H

#define REASON_SEV_STATUS    0x01 /* SEV, ES, SNP, RestrictedInjection, DebugSwap required */
#define REASON_SEV_FEATURES  0x02 /* an SEV feature the module does not know is on */
#define REASON_CPUID_PAGE    0x03 /* CPUID page malformed, or a leaf it needs is missing */
#define REASON_CBIT	     0x04 /* C-bit position wrong or self check failed */
#define REASON_GHCB_PROTOCOL 0x05 /* host's protocol version or features do not suffice */
#define REASON_GHCB_REPLY    0x06 /* a reply of the host is malformed */
#define REASON_LAUNCH_BLOCK  0x07 /* measured launch block inconsistent */
#define REASON_MEMORY_MAP    0x08 /* host's memory map malformed, too small or too large */
#define REASON_CPU_COUNT     0x09 /* 0 or more than CPUS_MAX */
#define REASON_SECRETS	     0x0a /* secrets page version */
#define REASON_PVALIDATE     0x0b /* PVALIDATE result contradicts the ownership table */
#define REASON_RMPADJUST     0x0c /* RMPADJUST failed where it cannot */
#define REASON_CPU_START     0x0d /* a CPU could not be started, or started twice */
#define REASON_EXCEPTION     0x0e /* any exception but #HV; vector in [31:24] of the request */
#define REASON_STATE	     0x0f /* the module's own tables contradict each other */

#endif
