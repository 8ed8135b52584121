#include <verismo/igvm.h>
#include "emulator/svm/launch.h"
#include "emulator/svm/svm.h"
#include "psp.h"
#include "secrets.h"

static struct launch_digest digest;

void psp_launch_start(void)
{
	digest_start(&digest);
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
	digest_hex(&digest, hex);
}
