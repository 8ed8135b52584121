/* REMAP_CA: R. */
#include "cases.h"

struct remap_case {
	const char *id;
	const char *what;
	struct operand rcx;
	uint64_t expected;
};

static const struct remap_case table[] = {
	{"R1", "RCX + 1", {PLACE_SPARE, 1}, IP},
	{"R1", "RCX + 8", {PLACE_SPARE, 8}, IP},
	{"R1", "RCX + 0x800", {PLACE_SPARE, 0x800}, IP},
	{"R1", "RCX + 0xfff", {PLACE_SPARE, 0xfff}, IP},
	{"R1", "own calling area + 8", {PLACE_OWN_CAA, 8}, IP},
	{"R2", "first SVSM page", {PLACE_SVSM, 0}, IA},
	{"R2", "SVSM page in the middle", {PLACE_SVSM_MIDDLE, 0}, IA},
	{"R2", "last SVSM page", {PLACE_SVSM_LAST, 0}, IA},
	{"R3", "own VMSA page", {PLACE_FIRST_VMSA, 0}, IA},
	{"R3", "other VMSA page", {PLACE_OTHER_VMSA, 0}, IA},
	{"R4", "calling area of another vCPU", {PLACE_OTHER_CAA, 0}, IA},
	{"R5", "own calling area", {PLACE_OWN_CAA, 0}, OK},
	{"R6", "page not validated", {PLACE_INVALID, 0}, IA},
	{"R6", "shared page", {PLACE_SHARED, 0}, IA},
	{"R6", "outside the memory map", {PLACE_NO_RAM, 0}, IA},
	{"R6", "C-bit set", {PLACE_SPARE_CBIT, 0}, IA},
	{"R6", "2^W", {PLACE_END, 0}, IA},
	{"R6", "last page of 64 bits", {PLACE_NUMBER, 0xfffffffffffff000UL}, IA},
};

/* After each refusal the next case is a call through the same calling area, and is answered. */
static void run_table(const struct fixture *f)
{
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t rcx = place(f, table[i].rcx);

		report(table[i].id, table[i].what, case_call(f, SVSM_CORE_REMAP_CA, rcx, 2, 3),
		       table[i].expected);
	}
}

/* Calls with pending 1 and looks at the byte before the guest's own exchange clears it. */
static uint8_t pending_after(const struct fixture *f, uint64_t rcx)
{
	volatile uint8_t *pending = (volatile uint8_t *)f->c->caa;
	struct registers r = {.rax = SVSM_CORE_REMAP_CA, .rcx = rcx};
	uint8_t left;

	*pending = 1;
	ghcb_prepare(f->c, &(struct ghcb_event){.code = NAE_RUN_VMPL});
	svsm_exit(&r);
	left = *pending;
	*pending = 0;
	return left;
}

static void remap(const struct fixture *f)
{
	uint64_t old = f->c->caa;
	uint64_t page = SMALL(SMALL_REMAP);
	volatile uint8_t *pending = (volatile uint8_t *)page;

	*pending = 1;
	report("R8", "to an ordinary page", case_call(f, SVSM_CORE_REMAP_CA, page, 2, 3), OK);
	f->c->caa = page;
	report("R8", "pending of the new page, 1 before", *pending, 0);
	report("R8", "a call through the new page", case_call(f, 8, 1, 2, 3), UC);
	report("R9", "rescind of the new page", svsm_pvalidate_one(f->c, page), IA);
	report("R9", "rescind of the old page", svsm_pvalidate_one(f->c, old), OK);
	report("R9", "validate of the old page", svsm_pvalidate_one(f->c, old | ENTRY_VALIDATE),
	       OK);
	report("R9", "back to the old page", case_call(f, SVSM_CORE_REMAP_CA, old, 2, 3), OK);
	f->c->caa = old;
	report("R9", "a call through the old page", case_call(f, 8, 1, 2, 3), UC);
}

void cases_remap(const struct fixture *f)
{
	run_table(f);
	report("R7", "pending after IP", pending_after(f, SMALL(SMALL_SPARE) + 1), 0);
	report("R7", "pending after IA", pending_after(f, svsm_place.base), 0);
	remap(f);
}
