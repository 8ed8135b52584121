/*
 * The emulated secure processor at launch: it makes frames the guest's, measures them in the order
 * they come and finishes with the launch digest. The host chooses places and contents; what the
 * firmware decides itself (secrets, which CPUID values may be claimed) is decided here.
 * SPA and GPA in bytes, 4K multiples; frames must be owned by the host.
 */
#ifndef EMULATOR_PSP_PSP_H
#define EMULATOR_PSP_PSP_H

#include <stdint.h>
#include <verismo/snp.h>
#include "digest.h"

/* All but psp_launch_finish return 0, or a short English reason; nothing is measured then. */

/* Begins a launch with this guest policy: the digest is empty. Refuses a policy that firmware refuses (56860,
 * SNP_LAUNCH_START): bit 17 clear, a newer API than its own; and, as there is none, a migration agent. */
const char *psp_launch_start(uint64_t policy);

/* type: LAUNCH_PAGE_NORMAL or LAUNCH_PAGE_UNMEASURED; content null: a page of zeros. */
const char *psp_launch_page(uint32_t type, uint64_t spa, uint64_t gpa, const void *content);
const char *psp_launch_secrets(uint64_t spa, uint64_t gpa);
/* Refuses a page that claims what the CPU cannot do (cpuid.c). */
const char *psp_launch_cpuid(uint64_t spa, uint64_t gpa, const struct snp_cpuid_page *page);
/* The start state of the first vCPU, measured at IGVM_VMSA_GPA. */
const char *psp_launch_vmsa(uint64_t spa, const void *vmsa);

/* The launch digest; from now on the guest's messages are answered (command.h). */
void psp_launch_finish(char hex[DIGEST_HEX_SIZE]);

/* Policy for CPUID pages: well formed, no entry twice, C-bit as it is, no feature the CPU lacks. */
const char *psp_cpuid_check(const struct snp_cpuid_page *page);

#endif
