#include <verismo/igvm.h>
#include "emulator/svm/launch.h"
#include "emulator/svm/svm.h"
#include "command.h"
#include "context.h"
#include "identity.h"
#include "psp.h"
#include "secrets.h"

#define POLICY_API(policy) ((policy)&0xffffUL) /* major, minor: the oldest that the guest accepts */
#define ECX_RDRAND	   (1U << 30)	       /* CPUID 1 */

static struct launch_digest digest;
static uint64_t guest_policy;
static struct psp guest;
static uint32_t busy; /* a command is being done */

const char *psp_launch_start(uint64_t policy)
{
	uint32_t id[4];

	svm_cpuid(1, 0, id);
	if (!(id[2] & ECX_RDRAND)) {
		return "this CPU has no RDRAND";
	}
	if (!(policy & POLICY_MUST) || (policy & POLICY_MIGRATION) ||
	    POLICY_API(policy) > IDENTITY_ABI) {
		return "a guest policy that firmware refuses";
	}
	/* all checks passed */
	guest_policy = policy;
	digest_start(&digest);
	return 0;
}

static uint64_t random_word(void)
{
	uint64_t word;
	uint8_t done;

	do {
		__asm__ volatile("rdrand %0; setc %1" : "=r"(word), "=qm"(done) : : "cc");
	} while (!done);
	return word;
}

static const char *launch(uint32_t type, uint64_t spa, uint64_t gpa, const void *content)
{
	if (svm_launch_page(spa, gpa, content, 0) != SNP_OK) {
		return "a launched frame is not the host's";
	}
	digest_page(&digest, type, gpa, content);
	return 0;
}

const char *psp_launch_page(uint32_t type, uint64_t spa, uint64_t gpa, const void *content)
{
	if (type != LAUNCH_PAGE_NORMAL && type != LAUNCH_PAGE_UNMEASURED) {
		return "page type not for plain pages";
	}
	return launch(type, spa, gpa, content);
}

const char *psp_launch_secrets(uint64_t spa, uint64_t gpa)
{
	static uint8_t page[PAGE_SIZE];
	uint32_t id[4];

	svm_cpuid(1, 0, id);
	secrets_fill(page, id[0]);
	return launch(LAUNCH_PAGE_SECRETS, spa, gpa, page);
}

const char *psp_launch_cpuid(uint64_t spa, uint64_t gpa, const struct snp_cpuid_page *page)
{
	const char *reason = psp_cpuid_check(page);

	if (reason) {
		return reason;
	}
	return launch(LAUNCH_PAGE_CPUID, spa, gpa, page);
}

const char *psp_launch_vmsa(uint64_t spa, const void *vmsa)
{
	if (svm_launch_page(spa, IGVM_VMSA_GPA, vmsa, 1) != SNP_OK) {
		return "the VMSA's frame is not the host's";
	}
	digest_page(&digest, LAUNCH_PAGE_VMSA, IGVM_VMSA_GPA, vmsa);
	return 0;
}

void psp_launch_finish(char hex[DIGEST_HEX_SIZE])
{
	uint64_t fresh[PSP_FRESH / sizeof(uint64_t)];
	uint32_t id[4];

	for (uint32_t i = 0; i < sizeof(fresh) / sizeof(fresh[0]); i++) {
		fresh[i] = random_word();
	}
	psp_guest_start(&guest, guest_policy, digest.ld, (const uint8_t *)fresh);
	svm_cpuid(1, 0, id);
	guest.fms = id[0];
	digest_hex(&digest, hex);
}

uint32_t psp_command_guest_request(const uint8_t request[PAGE_SIZE], uint8_t response[PAGE_SIZE])
{
	uint32_t status;

	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE)) {
		__builtin_ia32_pause();
	}
	status = psp_guest_request(&guest, request, response);
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
	return status;
}
