/*
 * Page tables: the module's identity map in 2M pages; two areas get 4K entries so that single pages
 * can lose the C-bit.
 */
#include "cpu.h"
#include "guest.h"

#define ENTRY_TABLE 0x23UL /* present, writable, accessed */
#define ENTRY_PAGE  0x63UL /* and dirty */
#define LEAF_CBIT   0x8000001fU
#define CBIT_FIELD  0x3fU
#define DIRECTORIES (GUEST_PAGE_TABLES_GPA + 2 * PAGE_SIZE) /* after root and PDPT */
#define AREAS	    2U

static const uint64_t area_base[AREAS] = {AREA_SHARED, AREA_SMALL};
static uint64_t area_table[AREAS][PAGE_WORDS] __attribute__((aligned(4096)));

uint64_t cbit;

static uint64_t find_cbit(void)
{
	const struct snp_cpuid_page *page = (const struct snp_cpuid_page *)GUEST_CPUID_GPA;

	for (uint32_t i = 0; i < page->count && i < SNP_CPUID_MAX; i++) {
		if (page->entry[i].eax_in == LEAF_CBIT) {
			return 1UL << (page->entry[i].ebx & CBIT_FIELD);
		}
	}
	return 0;
}

static void split_area(uint32_t n)
{
	uint64_t *directory = (uint64_t *)DIRECTORIES;

	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		area_table[n][i] = PAGE_OF(area_base[n], i) | cbit | ENTRY_PAGE;
	}
	directory[area_base[n] / LARGE_PAGE] = (uint64_t)area_table[n] | cbit | ENTRY_TABLE;
}

void memory_init(void)
{
	cbit = find_cbit();
	for (uint32_t i = 0; i < AREAS; i++) {
		split_area(i);
	}
	cpu_flush();
}

static uint64_t *find_entry(uint64_t gpa)
{
	for (uint32_t i = 0; i < AREAS; i++) {
		if (gpa >= area_base[i] && gpa - area_base[i] < LARGE_PAGE) {
			return &area_table[i][(gpa - area_base[i]) / PAGE_SIZE];
		}
	}
	return 0;
}

static void set_private(uint64_t gpa, uint64_t mask)
{
	*find_entry(gpa) = gpa | mask | ENTRY_PAGE;
	cpu_flush();
}

int memory_share(struct cpu *c, uint64_t gpa)
{
	if (!find_entry(gpa) || svsm_pvalidate_one(c, gpa) != SVSM_SUCCESS ||
	    !ghcb_page_state(gpa, GHCB_PSC_SHARED)) {
		return 0;
	}
	set_private(gpa, 0);
	return 1;
}

int memory_unshare(struct cpu *c, uint64_t gpa)
{
	set_private(gpa, cbit);
	return ghcb_page_state(gpa, GHCB_PSC_PRIVATE) &&
	       svsm_pvalidate_one(c, gpa | ENTRY_VALIDATE) == SVSM_SUCCESS;
}
