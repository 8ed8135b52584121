/* Attacks by what a guest names in its calls. */
#include "attack.h"

#define NOT_YOURS "the ownership table says that the pages are not the guest's (0x80000003)"

/* Does any request on the page at gpa succeed? */
static int page_yields(struct cpu *c, uint64_t gpa)
{
	uint64_t large = gpa - gpa % LARGE_PAGE;

	return svsm_pvalidate_one(c, gpa | ENTRY_VALIDATE) == SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, gpa) == SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, large | ENTRY_2M | ENTRY_VALIDATE) == SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, large | ENTRY_2M) == SVSM_SUCCESS ||
	       svsm_core(c, SVSM_CORE_CREATE_VCPU, gpa, PAGE, 0) == SVSM_SUCCESS ||
	       svsm_core(c, SVSM_CORE_CREATE_VCPU, OTHER_PAGE, gpa, 0) == SVSM_SUCCESS ||
	       svsm_core(c, SVSM_CORE_REMAP_CA, gpa, 0, 0) == SVSM_SUCCESS;
}

struct outcome attack_name_svsm_page(struct cpu *c)
{
	const uint64_t page[] = {
		svsm_place.base + svsm_place.size - PAGE_SIZE, /* end of the ownership table */
		svsm_place.base,
		svsm_place.base + PAGE_SIZE,
		MODULE_IMAGE_GPA,
		MODULE_BASE + MODULE_SIZE - PAGE_SIZE,
	};
	int yields = 0;

	for (uint32_t i = 0; i < sizeof(page) / sizeof(page[0]) && !yields; i++) {
		yields = page_yields(c, page[i]);
	}
	return outcome_of(yields, "the module gave a page of its own away", NOT_YOURS);
}

/* A calling area leaves the 2M page that it lies in whole; a VMSA has it split. */
struct outcome attack_straddle_2m(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	int yields;

	n->caa = PAGE_OF(AREA_LARGE, 3);
	if (vcpu_create(c, n) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	yields = svsm_pvalidate_one(c, AREA_LARGE | ENTRY_2M) == SVSM_SUCCESS;
	yields |= svsm_pvalidate_one(c, AREA_VCPU | ENTRY_2M) == SVSM_SUCCESS;
	return outcome_of(yields, "the calling area of a vCPU is gone with the 2M page around it",
			  NOT_YOURS);
}

struct outcome attack_gpa_cbit_alias(struct cpu *c)
{
	const uint64_t alias[] = {cbit, cbit << 1, 1UL << 51, 1UL << 63};
	int yields = 0;

	for (uint32_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++) {
		yields |= svsm_pvalidate_one(c, PAGE | alias[i]) != SVSM_INVALID_ADDRESS;
		yields |= svsm_core(c, SVSM_CORE_REMAP_CA, PAGE | alias[i], 0, 0) !=
			  SVSM_INVALID_ADDRESS;
	}
	return outcome_of(
		yields, "the module cut the address and took another one for it",
		"every bit from the width of an address on makes it invalid (0x80000003)");
}

struct outcome attack_entry_reserved_bits(struct cpu *c)
{
	int yields = 0;

	for (uint64_t bit = 4; bit < 12; bit++) {
		yields |= svsm_pvalidate_one(c, PAGE | 1UL << bit) != SVSM_INVALID_PARAMETER;
	}
	yields |= svsm_pvalidate_one(c, PAGE | 2) != SVSM_INVALID_PARAMETER;
	yields |= svsm_pvalidate_one(c, PAGE | 3) != SVSM_INVALID_PARAMETER;
	yields |= !probe_is_valid(PAGE);
	return outcome_of(yields, "an entry of no defined meaning was executed",
			  "invalid parameter (0x80000005), and the page is as it was");
}

struct outcome attack_rescind_live_caa(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	int yields;

	if (vcpu_create(c, n) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	yields = svsm_pvalidate_one(c, n->caa) == SVSM_SUCCESS ||
		 svsm_pvalidate_one(c, c->caa) == SVSM_SUCCESS;
	return outcome_of(yields, "the calling area of a vCPU is gone", NOT_YOURS);
}

/* A list beside the state of a vCPU: the module would write its next field there. */
struct outcome attack_ptr_into_vmsa(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	volatile struct pvalidate_list *list =
		(volatile struct pvalidate_list *)(n->vmsa + PAGE_SIZE / 2);

	vcpu_fill_vmsa(n, n->vmsa);
	list->entries = 1;
	list->entry[0] = PAGE;
	if (vcpu_create_filled(c, n) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	return outcome_of(svsm_pvalidate(c, (uint64_t)list) != SVSM_INVALID_ADDRESS,
			  "the module wrote into the VMSA of a vCPU for the guest", NOT_YOURS);
}
