/* Entries of PVALIDATE: P8..P22. Permissions of VMPL1 cannot be seen from VMPL2: native tests. */
#include "cases.h"

struct entry_case {
	const char *id;
	const char *what;
	struct operand entry; /* flags and reserved bits in the offset */
	uint64_t expected;
};

static const struct entry_case table[] = {
	{"P13", "2M rescind at + 4K", {PLACE_LARGE, PAGE_SIZE | ENTRY_2M}, IP},
	{"P13", "2M validate at + 1M", {PLACE_LARGE, 0x100000 | ENTRY_2M | ENTRY_VALIDATE}, IP},
	{"P14", "size 2", {PLACE_SPARE, 2}, IP},
	{"P14", "size 3", {PLACE_SPARE, 3}, IP},
	{"P15", "bit 4", {PLACE_SPARE, 1UL << 4}, IP},
	{"P15", "bit 5", {PLACE_SPARE, 1UL << 5}, IP},
	{"P15", "bit 6", {PLACE_SPARE, 1UL << 6}, IP},
	{"P15", "bit 7", {PLACE_SPARE, 1UL << 7}, IP},
	{"P15", "bit 8", {PLACE_SPARE, 1UL << 8}, IP},
	{"P15", "bit 9", {PLACE_SPARE, 1UL << 9}, IP},
	{"P15", "bit 10", {PLACE_SPARE, 1UL << 10}, IP},
	{"P15", "bit 11", {PLACE_SPARE, 1UL << 11}, IP},
	{"P16", "first SVSM page, rescind", {PLACE_SVSM, 0}, IA},
	{"P16", "first SVSM page, validate", {PLACE_SVSM, ENTRY_VALIDATE}, IA},
	{"P16", "SVSM page in the middle, rescind", {PLACE_SVSM_MIDDLE, 0}, IA},
	{"P16", "last SVSM page, rescind", {PLACE_SVSM_LAST, 0}, IA},
	{"P16",
	 "last SVSM page, validate, CF ignored",
	 {PLACE_SVSM_LAST, ENTRY_VALIDATE | ENTRY_IGNORE},
	 IA},
	{"P17", "2M at the SVSM's base, rescind", {PLACE_SVSM, ENTRY_2M}, IA},
	{"P17", "2M at the SVSM's base, validate", {PLACE_SVSM, ENTRY_2M | ENTRY_VALIDATE}, IA},
	{"P17", "2M with the SVSM's end, rescind", {PLACE_SVSM_LAST_2M, ENTRY_2M}, IA},
	{"P17",
	 "2M with the SVSM's end, validate",
	 {PLACE_SVSM_LAST_2M, ENTRY_2M | ENTRY_VALIDATE},
	 IA},
	{"P19", "2^W", {PLACE_END, ENTRY_VALIDATE}, IA},
	{"P19", "2^W, 2M", {PLACE_END, ENTRY_2M | ENTRY_VALIDATE}, IA},
	{"P19", "highest page number", {PLACE_NUMBER, 0xfffffffffffff000UL}, IA},
	{"P19", "highest 2M, which wraps", {PLACE_NUMBER, 0xffffffffffe00000UL | ENTRY_2M}, IA},
	{"P19", "outside the memory map", {PLACE_NO_RAM, ENTRY_VALIDATE}, IA},
	{"P19", "outside the memory map, 2M", {PLACE_NO_RAM, ENTRY_2M | ENTRY_VALIDATE}, IA},
	{"P21", "C-bit set, rescind", {PLACE_SPARE_CBIT, 0}, IA},
	{"P21", "C-bit set, validate", {PLACE_SPARE_CBIT, ENTRY_VALIDATE}, IA},
	{"P22", "own VMSA page, rescind", {PLACE_FIRST_VMSA, 0}, IA},
	{"P22", "other VMSA page, rescind", {PLACE_OTHER_VMSA, 0}, IA},
	{"P22",
	 "other VMSA page, validate, CF ignored",
	 {PLACE_OTHER_VMSA, ENTRY_VALIDATE | ENTRY_IGNORE},
	 IA},
	{"P22", "own calling area, rescind", {PLACE_OWN_CAA, 0}, IA},
	{"P22", "own calling area, validate", {PLACE_OWN_CAA, ENTRY_VALIDATE}, IA},
	{"P22", "other calling area, rescind", {PLACE_OTHER_CAA, 0}, IA},
};

static void run_table(const struct fixture *f)
{
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t code = svsm_pvalidate_one(f->c, place(f, table[i].entry));

		if (svsm_list(f->c)->next != 0 || !probe_is_valid(SMALL(SMALL_SPARE))) {
			code = REGISTERS_CHANGED;
		}
		report(table[i].id, table[i].what, code, table[i].expected);
	}
}

static void one_page(const struct fixture *f)
{
	uint64_t page = SMALL(SMALL_WORK);

	probe_fill(page, 0x1111);
	probe_adjust(page, SNP_ATTR(3, SNP_PERM_R));
	report("P9", "4K rescind", svsm_pvalidate_one(f->c, page), OK);
	report("P9", "access afterwards is #VC", probe_read(page).vc, SVM_EXIT_NOT_VALID);
	report("P9", "RMPQUERY afterwards is #VC", probe_query(page, 3).vc, SVM_EXIT_NOT_VALID);
	report("P11", "rescind twice", svsm_pvalidate_one(f->c, page), NOCHANGE);
	report("P11", "rescind twice, CF ignored", svsm_pvalidate_one(f->c, page | ENTRY_IGNORE),
	       OK);
	report("P8", "4K validate", svsm_pvalidate_one(f->c, page | ENTRY_VALIDATE), OK);
	report_true("P8", "content zero", probe_is_zero(page));
	report_true("P8", "R, W, X at VMPL2", probe_own(page, SNP_PERM_ALL));
	report("P8", "nothing at VMPL3", probe_vmpl3(page), SNP_PERM_NONE);
	probe_fill(page, 0x2222);
	report("P10", "validate twice", svsm_pvalidate_one(f->c, page | ENTRY_VALIDATE), NOCHANGE);
	report("P10", "validate twice, CF ignored",
	       svsm_pvalidate_one(f->c, page | ENTRY_VALIDATE | ENTRY_IGNORE), OK);
	report_true("P10", "content as it was", probe_is_filled(page, 0x2222));
}

static void there_and_back(const struct fixture *f, const char *id, const char *what, uint64_t page)
{
	uint64_t code = svsm_pvalidate_one(f->c, page);

	if (code == OK) {
		code = svsm_pvalidate_one(f->c, page | ENTRY_VALIDATE);
	}
	report(id, what, code, OK);
}

void cases_pvalidate(const struct fixture *f)
{
	run_table(f);
	one_page(f);
	there_and_back(f, "P16", "page below the SVSM", svsm_place.base - PAGE_SIZE);
	there_and_back(f, "P16", "page above the SVSM", svsm_place.base + svsm_place.size);
	there_and_back(f, "P20", "address 0", 0);
}
