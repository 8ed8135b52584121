/* 2M entries of PVALIDATE: P8, P9, P12, P18. */
#include "cases.h"

#define LAST 511U

static uint64_t one(const struct fixture *f, uint64_t entry)
{
	return svsm_pvalidate_one(f->c, entry);
}

/* No access in between goes by 4K, so the 2M entry of the RMP stays whole. */
static void whole(const struct fixture *f)
{
	uint64_t base = AREA_LARGE;

	probe_fill(base, 0x3333);
	probe_fill(PAGE_OF(base, LAST), 0x3333);
	report("P9", "2M rescind", one(f, base | ENTRY_2M), OK);
	report("P9", "first page: access is #VC", probe_read(base).vc, SVM_EXIT_NOT_VALID);
	report("P9", "last page: access is #VC", probe_read(PAGE_OF(base, LAST)).vc,
	       SVM_EXIT_NOT_VALID);
	report("P11", "2M rescind twice", one(f, base | ENTRY_2M), NOCHANGE);
	report("P8", "2M validate", one(f, base | ENTRY_2M | ENTRY_VALIDATE), OK);
	report_true("P8", "first and last page zero",
		    probe_is_zero(base) && probe_is_zero(PAGE_OF(base, LAST)));
	report("P10", "2M validate twice", one(f, base | ENTRY_2M | ENTRY_VALIDATE), NOCHANGE);
	report("P8", "last page: nothing at VMPL3", probe_vmpl3(PAGE_OF(base, LAST)),
	       SNP_PERM_NONE);
}

static uint32_t each(const struct fixture *f, uint64_t base, uint64_t flags)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < PAGES_PER_2M; i++) {
		done += one(f, PAGE_OF(base, i) | flags) == OK;
	}
	return done;
}

/* AREA_LARGE_2 consists of 4K RMP entries since its pages were changed one by one. */
static void over_small(const struct fixture *f)
{
	uint64_t base = AREA_LARGE_2;

	report("P12", "512 rescinds of 4K", each(f, base, ENTRY_IGNORE), PAGES_PER_2M);
	report("P12", "2M validate over 4K entries", one(f, base | ENTRY_2M | ENTRY_VALIDATE),
	       MISMATCH);
	report("P12", "next", svsm_list(f->c)->next, 0);
	report_true("P12", "nothing changed",
		    !probe_is_valid(base) && !probe_is_valid(PAGE_OF(base, LAST)));
	report("P12", "half of them validated again", one(f, base | ENTRY_VALIDATE), OK);
	report("P12", "2M validate over a mixture", one(f, base | ENTRY_2M | ENTRY_VALIDATE),
	       MISMATCH);
	report("P12", "2M rescind over a mixture", one(f, base | ENTRY_2M), MISMATCH);
	report("P12", "the rest validated again", each(f, base, ENTRY_VALIDATE | ENTRY_IGNORE),
	       PAGES_PER_2M);
	probe_fill(base, 0x4444);
	report("P12", "2M rescind over 4K entries", one(f, base | ENTRY_2M), MISMATCH);
	report_true("P12", "nothing changed", probe_is_filled(base, 0x4444));
	report_true("P12", "permissions as before", probe_own(base, SNP_PERM_ALL));
}

static void last_is_vmsa(const struct fixture *f)
{
	uint64_t base = AREA_LARGE;
	struct cpu *n = case_vcpu(2, VCPU_THIRD, f->far, 3);

	n->vmsa = PAGE_OF(base, LAST);
	report("P18", "VMSA in the last 4K of a 2M", case_create(f, n), OK);
	report("P18", "2M rescind over it", one(f, base | ENTRY_2M), IA);
	report("P18", "2M validate over it", one(f, base | ENTRY_2M | ENTRY_VALIDATE), IA);
	report("P18", "it goes", case_delete(f, n->vmsa), OK);
}

static void last_is_caa(const struct fixture *f)
{
	uint64_t base = AREA_LARGE;
	uint64_t old = f->c->caa;

	report("P18", "calling area in the last 4K of a 2M",
	       case_call(f, SVSM_CORE_REMAP_CA, PAGE_OF(base, LAST), 2, 3), OK);
	f->c->caa = PAGE_OF(base, LAST);
	report("P18", "2M rescind over it", one(f, base | ENTRY_2M), IA);
	report("P18", "2M validate over it, CF ignored",
	       one(f, base | ENTRY_2M | ENTRY_VALIDATE | ENTRY_IGNORE), IA);
	report_true("P18", "first page is untouched", probe_is_valid(base));
	report("P18", "calling area back", case_call(f, SVSM_CORE_REMAP_CA, old, 2, 3), OK);
	f->c->caa = old;
}

void cases_large(const struct fixture *f)
{
	whole(f);
	over_small(f);
	last_is_vmsa(f);
	last_is_caa(f);
}
