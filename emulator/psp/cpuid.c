#include "emulator/svm/svm.h"
#include "psp.h"

#define SEV_LEAF	  0x8000001fU
#define SEV_NEEDED	  0x0000001aU /* SEV, SEV-ES, SEV-SNP */
#define CBIT_FIELD	  0x0000003fU
#define CBIT_POSITION	  39U
#define LEAF1_ECX_VIRTUAL 0x80200000U /* hypervisor and x2APIC are the host's to offer */

/* Feature words that may not claim more than the CPU has. reg: 0 EAX .. 3 EDX. */
static const struct feature_word {
	uint32_t leaf;
	uint32_t reg;
	uint32_t offered; /* bits the host may set although the CPU lacks them */
} feature_words[] = {
	{0x00000001U, 2, LEAF1_ECX_VIRTUAL},
	{0x00000001U, 3, 0},
	{0x00000007U, 1, 0},
	{0x00000007U, 2, 0},
	{0x00000007U, 3, 0},
	{0x80000001U, 2, 0},
	{0x80000001U, 3, 0},
};
#define FEATURE_WORDS (sizeof(feature_words) / sizeof(feature_words[0]))

static uint32_t output(const struct snp_cpuid_entry *e, uint32_t reg)
{
	const uint32_t v[4] = {e->eax, e->ebx, e->ecx, e->edx};

	return v[reg];
}

static int claims_too_much(const struct snp_cpuid_entry *e)
{
	uint32_t real[4];

	for (uint32_t i = 0; i < FEATURE_WORDS; i++) {
		const struct feature_word *w = &feature_words[i];

		if (w->leaf != e->eax_in) {
			continue;
		}
		svm_cpuid(e->eax_in, e->ecx_in, real);
		if (output(e, w->reg) & ~(real[w->reg] | w->offered)) {
			return 1;
		}
	}
	return 0;
}

static int is_repeated(const struct snp_cpuid_page *page, uint32_t n)
{
	const struct snp_cpuid_entry *e = &page->entry[n];

	for (uint32_t i = 0; i < n; i++) {
		const struct snp_cpuid_entry *o = &page->entry[i];

		if (o->eax_in == e->eax_in && o->ecx_in == e->ecx_in && o->xcr0_in == e->xcr0_in &&
		    o->xss_in == e->xss_in) {
			return 1;
		}
	}
	return 0;
}

static int is_wrong_about_sev(const struct snp_cpuid_entry *e)
{
	if (e->eax_in != SEV_LEAF) {
		return 0;
	}
	return (e->eax & SEV_NEEDED) != SEV_NEEDED || (e->ebx & CBIT_FIELD) != CBIT_POSITION;
}

const char *psp_cpuid_check(const struct snp_cpuid_page *page)
{
	if (page->count == 0 || page->count > SNP_CPUID_MAX) {
		return "CPUID page: count";
	}
	for (uint32_t i = 0; i < page->count; i++) {
		const struct snp_cpuid_entry *e = &page->entry[i];

		if (e->reserved != 0) {
			return "CPUID page: reserved field";
		}
		if (is_repeated(page, i)) {
			return "CPUID page: an entry twice";
		}
		if (is_wrong_about_sev(e)) {
			return "CPUID page: leaf 0x8000001f";
		}
		if (claims_too_much(e)) {
			return "CPUID page: a feature this CPU lacks";
		}
	}
	return 0;
}
