/* The list of PVALIDATE: P1..P7, P23..P26. */
#include "cases.h"

struct list_case {
	const char *id;
	const char *what;
	struct operand list;
	uint32_t entries;
	uint32_t next;
	int write; /* the header can be written there */
	uint64_t expected;
};

static const struct list_case table[] = {
	{"P1", "RCX + 4", {PLACE_LIST, 4}, 1, 0, 1, IP},
	{"P1", "RCX + 1", {PLACE_LIST, 1}, 1, 0, 1, IP},
	{"P2", "no entries", {PLACE_LIST, 0}, 0, 0, 1, IP},
	{"P3", "511 entries at CAA + 8", {PLACE_OWN_CAA, 8}, 511, 0, 1, IP},
	{"P3", "512 entries at page offset 0", {PLACE_LIST, 0}, 512, 0, 1, IP},
	{"P3", "65535 entries", {PLACE_LIST, 0}, 0xffff, 0, 1, IP},
	{"P4", "next = entries", {PLACE_LIST, 0}, 1, 1, 1, IP},
	{"P4", "next > entries", {PLACE_LIST, 0}, 1, 2, 1, IP},
	{"P4", "next 65535", {PLACE_LIST, 0}, 1, 0xffff, 1, IP},
	{"P5", "offset 0xff8, one entry", {PLACE_LIST, 0xff8}, 1, 0, 1, IP},
	{"P5", "offset 0xff8, no entry", {PLACE_LIST, 0xff8}, 0, 0, 1, IP},
	{"P6", "first SVSM page", {PLACE_SVSM, 0}, 1, 0, 0, IA},
	{"P6", "last SVSM page", {PLACE_SVSM_LAST, 8}, 1, 0, 0, IA},
	{"P6", "VMSA page", {PLACE_OTHER_VMSA, 0}, 1, 0, 0, IA},
	{"P6", "own VMSA page", {PLACE_FIRST_VMSA, 0}, 1, 0, 0, IA},
	{"P6", "calling area of another vCPU", {PLACE_OTHER_CAA, 8}, 1, 0, 1, IA},
	{"P7", "page not validated", {PLACE_INVALID, 0}, 1, 0, 0, IA},
	{"P7", "shared page", {PLACE_SHARED, 0}, 1, 0, 0, IA},
	{"P7", "outside the memory map", {PLACE_NO_RAM, 0}, 1, 0, 0, IA},
	{"P7", "C-bit set", {PLACE_SPARE_CBIT, 0}, 1, 0, 0, IA},
	{"P7", "2^W", {PLACE_END, 0}, 1, 0, 0, IA},
	{"P7", "end of 64 bits", {PLACE_NUMBER, 0xfffffffffffffff8UL}, 1, 0, 0, IA},
};

/* Every entry of a refused list names SPARE, which must stay as it is. */
static void run_case(const struct fixture *f, const struct list_case *t)
{
	uint64_t gpa = place(f, t->list);
	volatile uint16_t *header = (volatile uint16_t *)gpa;
	uint64_t code;

	if (t->write) {
		header[0] = (uint16_t)t->entries;
		header[1] = (uint16_t)t->next;
	}
	if (t->write && gpa % PAGE_SIZE + 16 <= PAGE_SIZE) {
		*(volatile uint64_t *)(gpa + 8) = SMALL(SMALL_SPARE);
	}
	code = case_call(f, SVSM_CORE_PVALIDATE, gpa, 2, 3);
	if (t->write && (header[0] != t->entries || header[1] != t->next)) {
		code = REGISTERS_CHANGED;
	}
	if (!probe_is_valid(SMALL(SMALL_SPARE))) {
		code = REGISTERS_CHANGED;
	}
	report(t->id, t->what, code, t->expected);
}

/* The header and vmsa are readable: what a refused call must not have written. */
static void vmsa_untouched(const struct fixture *f)
{
	uint64_t vmsa = f->other->vmsa;
	uint64_t before = *(volatile uint64_t *)vmsa;

	report("P6", "VMSA page once more", case_call(f, SVSM_CORE_PVALIDATE, vmsa, 2, 3), IA);
	report("P6", "its first bytes", *(volatile uint64_t *)vmsa, before);
}

/* 510 pages in one list, there and back. */
static void full_list(const struct fixture *f, uint64_t flags, const char *what)
{
	volatile struct pvalidate_list *list = svsm_list(f->c);

	list->entries = LIST_ENTRIES;
	list->next = 0;
	for (uint32_t i = 0; i < LIST_ENTRIES; i++) {
		list->entry[i] = PAGE_OF(AREA_LARGE_2, i) | flags;
	}
	report("P3", what, svsm_pvalidate(f->c, f->c->caa + CAA_BUFFER), OK);
	report("P26", "next after the last call", list->next, LIST_ENTRIES);
}

static void own_page(const struct fixture *f)
{
	uint64_t gpa = SMALL(SMALL_LIST);
	volatile struct pvalidate_list *list = (volatile struct pvalidate_list *)gpa;

	probe_fill(gpa, 0);
	list->entries = 2;
	list->entry[0] = SMALL(SMALL_WORK);
	list->entry[1] = gpa;
	report("P23", "list's page as entry 1", case_call(f, SVSM_CORE_PVALIDATE, gpa, 2, 3), IA);
	report_true("P23", "next = 1, list intact",
		    list->entries == 2 && list->next == 1 && list->entry[1] == gpa);
	report("P23", "entry 0 is done", svsm_pvalidate_one(f->c, SMALL(SMALL_WORK)), NOCHANGE);
	report("P23", "own calling area as entry of a list in it",
	       svsm_pvalidate_one(f->c, f->c->caa), IA);
	svsm_pvalidate_one(f->c, SMALL(SMALL_WORK) | ENTRY_VALIDATE);
}

/* Entry 2 of 4 fails, the guest skips it and calls again. */
static void resume(const struct fixture *f)
{
	volatile struct pvalidate_list *list = svsm_list(f->c);
	uint64_t rcx = f->c->caa + CAA_BUFFER;

	list->entries = 4;
	list->next = 0;
	for (uint32_t i = 0; i < 4; i++) {
		list->entry[i] = i == 2 ? svsm_place.base : SMALL(SMALL_WORK + i);
	}
	report("P24", "entry 2 of 4 is refused", svsm_pvalidate(f->c, rcx), IA);
	report("P24", "next", list->next, 2);
	report_true("P24", "entries 0 and 1 done, 3 untouched",
		    !probe_is_valid(SMALL(SMALL_WORK)) && !probe_is_valid(SMALL(SMALL_WORK + 1)) &&
			    probe_is_valid(SMALL(SMALL_WORK + 3)));
	list->next = 3;
	report("P25", "resumed at entry 3", svsm_pvalidate(f->c, rcx), OK);
	report_true("P25", "next 4, entry 3 done",
		    list->next == 4 && !probe_is_valid(SMALL(SMALL_WORK + 3)));
	for (uint32_t i = 0; i < 4; i++) {
		list->entry[i] = SMALL(SMALL_WORK + i) | ENTRY_VALIDATE | ENTRY_IGNORE;
	}
	list->next = 0;
	report("P25", "all four back, one of them never gone", svsm_pvalidate(f->c, rcx), OK);
}

void cases_list(const struct fixture *f)
{
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		run_case(f, &table[i]);
	}
	vmsa_untouched(f);
	full_list(f, 0, "510 entries at CAA + 8, rescind");
	full_list(f, ENTRY_VALIDATE, "510 entries at CAA + 8, validate");
	own_page(f);
	resume(f);
}
