/* A caller at VMPL3: P27, R10, D3, and what differs for it in P8, C4. */
#include "cases.h"

#define LOWER_SLOT  1U
#define MIDDLE_SLOT 0U

/* Pages that a VMPL3 caller makes its own. */
#define LOWER_VMSA SMALL(SMALL_WORK + 8)
#define LOWER_CAA  SMALL(SMALL_WORK + 9)

static uint64_t lower_pvalidate(struct cpu *n, uint64_t entry)
{
	volatile struct pvalidate_list *list = svsm_list(n);

	list->entries = 1;
	list->next = 0;
	list->entry[0] = entry;
	return vcpu_core(n, SVSM_CORE_PVALIDATE, n->caa + CAA_BUFFER, 0, 0);
}

static int start_lower(const struct fixture *f, struct cpu *n)
{
	probe_fill(n->caa, 0);
	return vcpu_open_image(n->vmpl) &&
	       probe_adjust(n->caa, SNP_ATTR(n->vmpl, SNP_PERM_ALL)).eax == SNP_OK &&
	       case_create(f, n) == OK && vcpu_start(f->c, n);
}

static void more_privileged(const struct fixture *f, struct cpu *n, const struct cpu *middle)
{
	uint64_t page = SMALL(SMALL_SPARE);

	probe_fill(page, 0x5555);
	report("P27", "VMPL3 rescinds a page of VMPL2", lower_pvalidate(n, page), IA);
	report("P27", "and validates it, CF ignored",
	       lower_pvalidate(n, page | ENTRY_VALIDATE | ENTRY_IGNORE), IA);
	report_true("P27", "content and permissions as before",
		    probe_is_filled(page, 0x5555) && probe_vmpl3(page) == SNP_PERM_NONE);
	report("P27", "2M of VMPL2", lower_pvalidate(n, AREA_LARGE | ENTRY_2M), IA);
	report("P6", "list of VMPL3 in a page of VMPL2",
	       vcpu_core(n, SVSM_CORE_PVALIDATE, page, 0, 0), IA);
	report("R10", "calling area of VMPL3 in a page of VMPL2",
	       vcpu_core(n, SVSM_CORE_REMAP_CA, page, 0, 0), IA);
	report("D3", "VMPL3 deletes a vCPU of VMPL2",
	       vcpu_core(n, SVSM_CORE_DELETE_VCPU, middle->vmsa, 0, 0), IP);
	report("D3", "VMPL3 deletes the startup vCPU",
	       vcpu_core(n, SVSM_CORE_DELETE_VCPU, f->c->vmsa, 0, 0), IP);
	report("C1", "VMSA of VMPL3 in a page of VMPL2",
	       vcpu_core(n, SVSM_CORE_CREATE_VCPU, SMALL(SMALL_WORK), SMALL(SMALL_WORK + 1),
			 n->apic),
	       IA);
}

/* Rescinded by VMPL2, validated by VMPL3: then both levels may use it. */
static int own_page(const struct fixture *f, struct cpu *n, uint64_t page)
{
	return svsm_pvalidate_one(f->c, page) == OK &&
	       lower_pvalidate(n, page | ENTRY_VALIDATE) == OK;
}

static void own_pages(const struct fixture *f, struct cpu *n)
{
	report_true("P8", "VMPL3 validates a page",
		    own_page(f, n, LOWER_VMSA) && own_page(f, n, LOWER_CAA));
	report("P8", "R, W, X at VMPL3", probe_vmpl3(LOWER_VMSA), SNP_PERM_ALL);
	report_true("P8", "R, W, X at VMPL2", probe_own(LOWER_VMSA, SNP_PERM_ALL));
	report_true("P8", "content zero", probe_is_zero(LOWER_VMSA));
}

static uint64_t create_lower(struct cpu *n, uint32_t vmpl)
{
	struct cpu model = *n;

	model.vmpl = vmpl;
	vcpu_fill_vmsa(&model, LOWER_VMSA);
	return vcpu_core(n, SVSM_CORE_CREATE_VCPU, LOWER_VMSA, LOWER_CAA, 0);
}

static void create_from_lower(const struct fixture *f, struct cpu *n)
{
	report("C4", "by VMPL3: VMPL 2, above the caller", create_lower(n, 2), IP);
	report("C11", "R, W, X at VMPL3 afterwards", probe_vmpl3(LOWER_VMSA), SNP_PERM_ALL);
	report("C4", "by VMPL3: VMPL 4", create_lower(n, 4), IP);
	report("C4", "by VMPL3: VMPL 3, the caller's", create_lower(n, 3), OK);
	report("C12", "VMPL3 may read the VMSA page, no more", probe_vmpl3(LOWER_VMSA), SNP_PERM_R);
	report_true("C12", "VMPL2 may not write it", !probe_own(LOWER_VMSA, SNP_PERM_W));
	report("D5", "by VMPL3: delete", vcpu_core(n, SVSM_CORE_DELETE_VCPU, LOWER_VMSA, 0, 0), OK);
	report("P9", "VMPL2 rescinds a page of VMPL3", svsm_pvalidate_one(f->c, LOWER_CAA), OK);
	svsm_pvalidate_one(f->c, LOWER_CAA | ENTRY_VALIDATE);
}

void cases_levels(const struct fixture *f)
{
	struct cpu *n = case_vcpu(LOWER_SLOT, VCPU_LOWER, 1, 3);
	struct cpu *middle = case_vcpu(MIDDLE_SLOT, VCPU_MIDDLE, 1, 2);

	if (f->cpus < 2) {
		report_skip("P27", "a caller at VMPL3 needs a second CPU");
		report_skip("R10", "a caller at VMPL3 needs a second CPU");
		report_skip("D3", "a caller at VMPL3 needs a second CPU");
		return;
	}
	report_true("C4", "a VMPL3 vCPU runs", start_lower(f, n));
	report("C4", "a VMPL2 vCPU beside it", case_create(f, middle), OK);
	if (!n->alive) {
		return;
	}
	more_privileged(f, n, middle);
	own_pages(f, n);
	create_from_lower(f, n);
}
