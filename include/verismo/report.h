/* The SEV-SNP attestation report (AMD 56860, 7.3, ATTESTATION_REPORT). */
#ifndef VERISMO_REPORT_H
#define VERISMO_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <verismo/message.h> /* REPORT_SIZE */

#define REPORT_SIGNED 0x2a0U /* bytes from the start that the signature covers */

#define REPORT_ALGO_P384 1U /* ECDSA P-384 with SHA-384 */

#define REPORT_MASK_CHIP_KEY  0x2U /* FLAGS */
#define REPORT_SIGNING_KEY(f) ((f) >> 2 & 7U)
#define REPORT_KEY_VCEK	      0U
#define REPORT_KEY_VLEK	      1U

/* Little endian, like the machine that this runs on. What a version does not have is zero. */
struct snp_report {
	uint32_t version; /* 2, 3 or 5 */
	uint32_t guest_svn;
	uint64_t policy;
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t vmpl;
	uint32_t signature_algo;
	uint8_t current_tcb[8];
	uint64_t platform_info;
	uint32_t flags;
	uint32_t reserved_04c;
	uint8_t report_data[64];
	uint8_t measurement[48];
	uint8_t host_data[32];
	uint8_t id_key_digest[48];
	uint8_t author_key_digest[48];
	uint8_t report_id[32];
	uint8_t report_id_ma[32];
	uint8_t reported_tcb[8];
	uint8_t cpuid_family; /* version 3 on, as are the next two */
	uint8_t cpuid_model;
	uint8_t cpuid_stepping;
	uint8_t reserved_18b[21];
	uint8_t chip_id[64]; /* zero if the host masks it */
	uint8_t committed_tcb[8];
	uint8_t current_version[4]; /* build, minor, major, 0 */
	uint8_t committed_version[4];
	uint8_t launch_tcb[8];
	uint64_t launch_mit_vector; /* version 5 on, as is the next */
	uint64_t current_mit_vector;
	uint8_t reserved_208[0x98];
	uint8_t signature_r[72]; /* 48 bytes in use */
	uint8_t signature_s[72];
	uint8_t reserved_330[0x170];
};
_Static_assert(sizeof(struct snp_report) == REPORT_SIZE, "ATTESTATION_REPORT");
_Static_assert(offsetof(struct snp_report, report_data) == 0x050, "REPORT_DATA");
_Static_assert(offsetof(struct snp_report, measurement) == 0x090, "MEASUREMENT");
_Static_assert(offsetof(struct snp_report, reported_tcb) == 0x180, "REPORTED_TCB");
_Static_assert(offsetof(struct snp_report, chip_id) == 0x1a0, "CHIP_ID");
_Static_assert(offsetof(struct snp_report, committed_tcb) == 0x1e0, "COMMITTED_TCB");
_Static_assert(offsetof(struct snp_report, launch_mit_vector) == 0x1f8, "LAUNCH_MIT_VECTOR");
_Static_assert(offsetof(struct snp_report, signature_r) == REPORT_SIGNED, "SIGNATURE");

/* Bits of the guest policy (AMD 56860, 4.3); the others have names in tools/report.c. */
#define POLICY_SMT	 (1UL << 16)
#define POLICY_MUST	 (1UL << 17) /* reserved, must be 1 */
#define POLICY_MIGRATION (1UL << 18)
#define POLICY_DEBUG	 (1UL << 19)

#endif
