/* CREATE_VCPU: C1..C13. */
#include "cases.h"

#define FAR	0U /* APIC id of the fixture */
#define UNKNOWN 1U /* one that the VM does not have */
#define HUGE	2U /* and one with all bits */

struct create_case {
	const char *id;
	const char *what;
	struct operand vmsa;
	struct operand caa;
	uint32_t apic;
	uint32_t field; /* of the VMSA, changed by flip; NEW_VMSA only */
	uint64_t flip;
	uint64_t expected;
};

#define VMSA_                                                                                      \
	{                                                                                          \
		PLACE_NEW_VMSA, 0                                                                  \
	}
#define CAA_                                                                                       \
	{                                                                                          \
		PLACE_NEW_CAA, 0                                                                   \
	}

/* NEW_VMSA has VMPL 3. */
static const struct create_case table[] = {
	{"C1", "VMSA in the first SVSM page", {PLACE_SVSM, PAGE_SIZE}, CAA_, FAR, 0, 0, IA},
	{"C1", "VMSA in the last SVSM page", {PLACE_SVSM_LAST, 0}, CAA_, FAR, 0, 0, IA},
	{"C1", "VMSA = other VMSA", {PLACE_OTHER_VMSA, 0}, CAA_, FAR, 0, 0, IA},
	{"C1", "VMSA = startup VMSA", {PLACE_FIRST_VMSA, 0}, CAA_, FAR, 0, 0, IA},
	{"C1", "VMSA = other calling area", {PLACE_OTHER_CAA, 0}, CAA_, FAR, 0, 0, IA},
	{"C1", "VMSA = own calling area", {PLACE_OWN_CAA, 0}, CAA_, FAR, 0, 0, IA},
	{"C1", "CAA in the first SVSM page", VMSA_, {PLACE_SVSM, 0}, FAR, 0, 0, IA},
	{"C1", "CAA in the last SVSM page", VMSA_, {PLACE_SVSM_LAST, 0}, FAR, 0, 0, IA},
	{"C1", "CAA = other VMSA", VMSA_, {PLACE_OTHER_VMSA, 0}, FAR, 0, 0, IA},
	{"C1", "CAA = own calling area", VMSA_, {PLACE_OWN_CAA, 0}, FAR, 0, 0, IA},
	{"C1", "VMSA = CAA", VMSA_, VMSA_, FAR, 0, 0, IA},
	{"C2", "VMSA + 8", {PLACE_NEW_VMSA, 8}, CAA_, FAR, 0, 0, IP},
	{"C2", "VMSA + 0x800", {PLACE_NEW_VMSA, 0x800}, CAA_, FAR, 0, 0, IP},
	{"C2", "CAA + 8", VMSA_, {PLACE_NEW_CAA, 8}, FAR, 0, 0, IP},
	{"C2", "CAA + 0xfff", VMSA_, {PLACE_NEW_CAA, 0xfff}, FAR, 0, 0, IP},
	{"C3", "VMSA not validated", {PLACE_INVALID, 0}, CAA_, FAR, 0, 0, IA},
	{"C3", "VMSA shared", {PLACE_SHARED, 0}, CAA_, FAR, 0, 0, IA},
	{"C3", "VMSA outside the map", {PLACE_NO_RAM, PAGE_SIZE}, CAA_, FAR, 0, 0, IA},
	{"C3", "VMSA with the C-bit", {PLACE_SPARE_CBIT, PAGE_SIZE}, CAA_, FAR, 0, 0, IA},
	{"C3", "CAA not validated", VMSA_, {PLACE_INVALID, 0}, FAR, 0, 0, IA},
	{"C3", "CAA shared", VMSA_, {PLACE_SHARED, 0}, FAR, 0, 0, IA},
	{"C3", "CAA outside the map", VMSA_, {PLACE_NO_RAM, 0}, FAR, 0, 0, IA},
	{"C3", "CAA at 2^W", VMSA_, {PLACE_END, 0}, FAR, 0, 0, IA},
	{"C4", "VMPL 0", VMSA_, CAA_, FAR, VMSA_VMPL, 3 ^ 0, IP},
	{"C4", "VMPL 1, above the caller", VMSA_, CAA_, FAR, VMSA_VMPL, 3 ^ 1, IP},
	{"C4", "VMPL 4", VMSA_, CAA_, FAR, VMSA_VMPL, 3 ^ 4, IP},
	{"C4", "VMPL 255", VMSA_, CAA_, FAR, VMSA_VMPL, 3 ^ 255, IP},
	{"C5", "EFER.SVME = 0", VMSA_, CAA_, FAR, VMSA_EFER, EFER_SVME, IP},
	{"C6", "SEV_FEATURES without SNP", VMSA_, CAA_, FAR, VMSA_SEV_FEATURES, SEV_FEATURE_SNP,
	 IP},
	{"C6", "SEV_FEATURES with vTOM", VMSA_, CAA_, FAR, VMSA_SEV_FEATURES, SEV_FEATURE_VTOM, IP},
	{"C6", "SEV_FEATURES with bit 63", VMSA_, CAA_, FAR, VMSA_SEV_FEATURES, 1UL << 63, IP},
	{"C7", "APIC id = number of CPUs", VMSA_, CAA_, UNKNOWN, 0, 0, IP},
	{"C7", "APIC id 0xffffffff", VMSA_, CAA_, HUGE, 0, 0, IP},
	{"C10", "VMSA on a 2M boundary", {PLACE_ALIGNED_VMSA, 0}, CAA_, FAR, 0, 0, IP},
};

static uint64_t apic_id(const struct fixture *f, uint32_t which)
{
	if (which == FAR) {
		return f->far;
	}
	return which == UNKNOWN ? f->cpus : 0xffffffffUL;
}

static void flip_field(uint64_t vmsa, uint32_t field, uint64_t flip)
{
	volatile uint64_t *word = (volatile uint64_t *)(vmsa + field / 8 * 8);

	*word ^= flip << field % 8 * 8;
}

/* After a refusal the page is the guest's as before, and good enough once corrected. */
static int is_usable(const struct fixture *f)
{
	uint64_t vmsa = f->fresh->vmsa;

	return probe_own(vmsa, SNP_PERM_ALL) && probe_vmpl3(vmsa) == SNP_PERM_NONE &&
	       case_create(f, f->fresh) == OK && case_delete(f, vmsa) == OK &&
	       probe_own(vmsa, SNP_PERM_ALL);
}

static void run_case(const struct fixture *f, const struct create_case *t)
{
	uint64_t code;

	vcpu_fill_vmsa(f->fresh, f->fresh->vmsa);
	if (t->vmsa.place == PLACE_ALIGNED_VMSA) {
		vcpu_fill_vmsa(f->fresh, place(f, t->vmsa));
	}
	if (t->flip) {
		flip_field(f->fresh->vmsa, t->field, t->flip);
	}
	code = case_call(f, SVSM_CORE_CREATE_VCPU, place(f, t->vmsa), place(f, t->caa),
			 apic_id(f, t->apic));
	report(t->id, t->what, code, t->expected);
	if (t->vmsa.place == PLACE_NEW_VMSA) {
		report_true("C11", "the page afterwards, and CREATE of it", is_usable(f));
	}
}

/* The accepted page as an operand of everything else. */
static void as_operand(const struct fixture *f)
{
	uint64_t vmsa = f->fresh->vmsa;

	report("C9", "the same VMSA again",
	       case_call(f, SVSM_CORE_CREATE_VCPU, vmsa, SMALL(SMALL_SPARE), f->far), IA);
	report("C13", "as calling area of REMAP_CA", case_call(f, SVSM_CORE_REMAP_CA, vmsa, 2, 3),
	       IA);
	report("C13", "as list of PVALIDATE", case_call(f, SVSM_CORE_PVALIDATE, vmsa, 2, 3), IA);
	report("C13", "rescind", svsm_pvalidate_one(f->c, vmsa), IA);
	report("C13", "validate, CF ignored",
	       svsm_pvalidate_one(f->c, vmsa | ENTRY_VALIDATE | ENTRY_IGNORE), IA);
	report("C13", "as calling area of CREATE_VCPU",
	       case_call(f, SVSM_CORE_CREATE_VCPU, VCPU_PAGE(VCPU_THIRD), vmsa, f->far), IA);
}

/* A guest write would end the VM; that the permission is gone shows when VMPL2 hands it on. */
static void permissions(const struct fixture *f)
{
	uint64_t vmsa = f->fresh->vmsa;

	report("C12", "SEV_FEATURES can be read", *(volatile uint64_t *)(vmsa + VMSA_SEV_FEATURES),
	       SEV_FEATURE_SNP);
	report_true("C12", "VMPL2 may read", probe_own(vmsa, SNP_PERM_R));
	report_true("C12", "VMPL2 may not write", !probe_own(vmsa, SNP_PERM_W));
	report_true("C12", "VMPL2 may not execute",
		    !probe_own(vmsa, SNP_PERM_UX) && !probe_own(vmsa, SNP_PERM_SX));
	report("C12", "nothing at VMPL3", probe_vmpl3(vmsa), SNP_PERM_NONE);
}

static void accepted(const struct fixture *f)
{
	struct cpu *same_level;

	report("C4", "VMPL 3, caller + 1", case_create(f, f->fresh), OK);
	permissions(f);
	as_operand(f);
	report("C8", "older VMSA of that APIC id is still owned",
	       svsm_pvalidate_one(f->c, f->other->vmsa), IA);
	report("C8", "and its calling area", svsm_pvalidate_one(f->c, f->other->caa), IA);
	report("D5", "delete", case_delete(f, f->fresh->vmsa), OK);
	if (f->cpus < 2) {
		report_skip("C4", "VMPL 2, caller: needs a second CPU");
		return;
	}
	same_level = case_vcpu(2, VCPU_THIRD, f->far, 2);
	report("C4", "VMPL 2, caller", case_create(f, same_level), OK);
	report("D5", "delete", case_delete(f, same_level->vmsa), OK);
}

void cases_create(const struct fixture *f)
{
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		run_case(f, &table[i]);
	}
	accepted(f);
}
