#include <string.h>
#include "host.h"
#include "policy.h"

static const struct leaf {
	uint32_t leaf;
	uint32_t subleaf;
} leaves[] = {
	{0x00000000U, 0}, {0x00000001U, 0}, {0x00000006U, 0}, {0x00000007U, 0}, {0x0000000bU, 0},
	{0x0000000bU, 1}, {0x40000000U, 0}, {0x40000001U, 0}, {0x80000000U, 0}, {0x80000001U, 0},
	{0x80000002U, 0}, {0x80000003U, 0}, {0x80000004U, 0}, {0x80000005U, 0}, {0x80000006U, 0},
	{0x80000007U, 0}, {0x80000008U, 0}, {0x8000001fU, 0},
};
#define LEAVES (sizeof(leaves) / sizeof(leaves[0]))
_Static_assert(LEAVES <= SNP_CPUID_MAX, "the leaves fit the page");

void host_cpuid_page(struct snp_cpuid_page *page)
{
	memset(page, 0, sizeof(*page));
	page->count = LEAVES;
	for (uint32_t i = 0; i < LEAVES; i++) {
		struct snp_cpuid_entry *e = &page->entry[i];
		uint32_t v[4];

		host_cpuid(0, leaves[i].leaf, leaves[i].subleaf, v);
		e->eax_in = leaves[i].leaf;
		e->ecx_in = leaves[i].subleaf;
		e->eax = v[0];
		e->ebx = v[1];
		e->ecx = v[2];
		e->edx = v[3];
	}
	policy_cpuid_page(page);
}
