/* The registry of vCPUs: C14, C15, and DELETE_VCPU: D1..D7. */
#include "cases.h"

#define FILL_MAX 100U

struct delete_case {
	const char *id;
	const char *what;
	struct operand vmsa;
	uint64_t expected;
};

static const struct delete_case table[] = {
	{"D1", "ordinary page", {PLACE_SPARE, 0}, IP},
	{"D1", "SVSM page", {PLACE_SVSM, 0}, IP},
	{"D1", "calling area", {PLACE_OTHER_CAA, 0}, IP},
	{"D1", "VMSA + 8", {PLACE_OTHER_VMSA, 8}, IP},
	{"D1", "2^W", {PLACE_END, 0}, IP},
	{"D1", "last address", {PLACE_NUMBER, ~0UL}, IP},
	{"D2", "startup vCPU by itself", {PLACE_FIRST_VMSA, 0}, IP},
};

static struct cpu *filler(const struct fixture *f, uint32_t n)
{
	return case_vcpu(2, VCPU_FILL + 2 * n, f->far, 3);
}

/* Creates until the registry is full, then deletes all of them. */
static void fill(const struct fixture *f)
{
	uint64_t code = OK;
	uint32_t created = 0;
	uint32_t deleted = 0;

	while (created < FILL_MAX && code == OK) {
		code = case_create(f, filler(f, created));
		created += code == OK;
	}
	report("C14", "registry full", code, IR);
	report_true("C14", "VMSA page is still the guest's",
		    probe_own(filler(f, created)->vmsa, SNP_PERM_ALL));
	report("C14", "its calling area too", svsm_pvalidate_one(f->c, filler(f, created)->caa),
	       OK);
	svsm_pvalidate_one(f->c, filler(f, created)->caa | ENTRY_VALIDATE);
	for (uint32_t i = 0; i < created; i++) {
		deleted += case_delete(f, filler(f, i)->vmsa) == OK;
	}
	report("C14", "all of them deleted", deleted, created);
}

/* A new vCPU takes the calling area of an older one of its APIC id and level, which is retired. */
static void hand_over(const struct fixture *f)
{
	struct cpu *n = case_vcpu(2, VCPU_THIRD, f->far, 3);

	report("C15", "an older vCPU", case_create(f, f->fresh), OK);
	n->caa = f->fresh->caa;
	report("C15", "its calling area for a newer one", case_create(f, n), OK);
	report("C15", "retired VMSA is still owned", svsm_pvalidate_one(f->c, f->fresh->vmsa), IA);
	report("C15", "retired vCPU can be deleted", case_delete(f, f->fresh->vmsa), OK);
	report("C15", "calling area stays with the newer one", svsm_pvalidate_one(f->c, n->caa),
	       IA);
	report("C15", "newer vCPU can be deleted", case_delete(f, n->vmsa), OK);
	report("C15", "calling area is ordinary now", svsm_pvalidate_one(f->c, n->caa), OK);
	svsm_pvalidate_one(f->c, n->caa | ENTRY_VALIDATE);
}

void cases_registry(const struct fixture *f)
{
	fill(f);
	hand_over(f);
}

static void deleted_pages(const struct fixture *f)
{
	uint64_t vmsa = f->fresh->vmsa;
	uint64_t caa = f->fresh->caa;

	report("D5", "a vCPU", case_create(f, f->fresh), OK);
	report("D5", "delete", case_delete(f, vmsa), OK);
	report("D5", "delete twice", case_delete(f, vmsa), IP);
	report_true("D7", "VMSA page: R, W, X at VMPL2", probe_own(vmsa, SNP_PERM_ALL));
	report("D7", "VMSA page: rescind", svsm_pvalidate_one(f->c, vmsa), OK);
	report("D7", "VMSA page: validate", svsm_pvalidate_one(f->c, vmsa | ENTRY_VALIDATE), OK);
	report("D7", "calling area: rescind", svsm_pvalidate_one(f->c, caa), OK);
	report("D7", "calling area: validate", svsm_pvalidate_one(f->c, caa | ENTRY_VALIDATE), OK);
	report("D7", "CREATE with the same pages", case_create(f, f->fresh), OK);
	report("D7", "and delete", case_delete(f, vmsa), OK);
}

void cases_delete(const struct fixture *f)
{
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		report(table[i].id, table[i].what, case_delete(f, place(f, table[i].vmsa)),
		       table[i].expected);
	}
	deleted_pages(f);
}
