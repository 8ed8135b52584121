/* What other vCPUs of the guest do while the module works: each on a CPU, through its TLB. */
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "sim/powers_rows.h"

/* As VMPL2 or 3 of some CPU; now and then as VMPL1, which must have no access at all. */
struct actor {
	uint32_t cpu;
	uint32_t vmpl;
};
static struct actor any_actor(struct choice_source *c)
{
	struct actor a = {.cpu = (uint32_t)choice_below(c, POWERS_CPUS)};

	a.vmpl = choice_rarely(c, 16) ? 1U : (uint32_t)(2 + choice_below(c, 2));
	return a;
}

static struct access reach(struct actor a, uint64_t pfn, uint32_t view, enum access_kind kind)
{
	struct access got = machine_access(&hw_machine, a.cpu, a.vmpl, pfn, view, kind);

	if (got.verdict == ACCESS_OK && view && a.vmpl == 1) {
		powers_find("VMPL1 reaches a page", pfn);
	}
	return got;
}

static void read(struct choice_source *c, uint32_t view)
{
	uint64_t pfn = power_page(c);
	struct access got = reach(any_actor(c), pfn, view, ACCESS_READ);
	uint64_t word = choice_below(c, PAGE_WORDS);

	if (got.verdict != ACCESS_OK) {
		powers_guest_sees(pfn, (uint64_t)got.verdict);
	} else if (view) {
		powers_guest_sees(pfn, machine_guest_read64(&hw_machine, got.spfn, word, 1));
	} else {
		power_sees_host(got.spfn, word,
				machine_guest_read64(&hw_machine, got.spfn, word, 0));
	}
}

void guest_read(struct choice_source *c)
{
	read(c, 1);
}

void guest_read_shared(struct choice_source *c)
{
	read(c, 0);
}

/* A private write; the page must be one that the guest may write. */
static void store(struct actor a, uint64_t pfn, uint64_t word, uint64_t value)
{
	struct access got = reach(a, pfn, 1, ACCESS_WRITE);
	uint32_t state = page_entry_state(hw_table_peek(pfn));

	if (got.verdict != ACCESS_OK) {
		return;
	}
	powers_touch(got.spfn - HW_MACHINE_BASE);
	machine_guest_write64(&hw_machine, got.spfn, word, 1, value);
	if (state == PAGE_VMSA || state == PAGE_MODULE || state == PAGE_SHARED) {
		powers_find("the guest writes a page that is not its own", pfn);
	}
}

void guest_write(struct choice_source *c)
{
	uint64_t pfn = power_page(c);
	struct actor a = any_actor(c);
	uint64_t word = choice_below(c, PAGE_WORDS);

	store(a, pfn, word, choice_below(c, 1000));
}

void guest_write_shared(struct choice_source *c)
{
	uint64_t pfn = power_page(c);
	struct access got = reach(any_actor(c), pfn, 0, ACCESS_WRITE);
	uint64_t word = choice_below(c, PAGE_WORDS);

	if (got.verdict == ACCESS_OK) {
		powers_touch(got.spfn - HW_MACHINE_BASE);
		machine_guest_write64(&hw_machine, got.spfn, word, 0, choice_below(c, 1000));
	}
}

void guest_fetch(struct choice_source *c)
{
	uint64_t pfn = power_page(c);
	struct access got = reach(any_actor(c), pfn, 1,
				  choice_below(c, 2) ? ACCESS_FETCH_USER : ACCESS_FETCH_SUPERVISOR);

	if (got.verdict == ACCESS_OK && page_entry_state(hw_table_peek(pfn)) == PAGE_MODULE) {
		powers_find("the guest executes a page of the module", pfn);
	}
	powers_guest_sees(pfn, (uint64_t)got.verdict);
}

void guest_edit_vmsa(struct choice_source *c)
{
	static const struct {
		uint16_t offset;
		uint64_t value;
	} edits[] = {{VMSA_VMPL & ~7U, 0},	   {VMSA_VMPL & ~7U, 3UL << (VMSA_VMPL % 8 * 8)},
		     {VMSA_EFER, 0x500},	   {VMSA_SEV_FEATURES, 0},
		     {VMSA_EVENT_INJ, 0x80000300}, {VMSA_EXITCODE, SVM_EXIT_VMGEXIT}};
	uint64_t pfn = power_page(c);
	struct actor a = any_actor(c);
	uint64_t i = choice_below(c, sizeof(edits) / sizeof(edits[0]));

	store(a, pfn, edits[i].offset / 8, edits[i].value);
}

void guest_store_list(struct choice_source *c)
{
	uint64_t pfn = LIST_PAGE + choice_below(c, LIST_PAGES);
	uint64_t word = choice_below(c, 8);
	struct actor a = any_actor(c);

	powers_touch(pfn);
	store(a, pfn, word, choice_below(c, 2) ? choice_below(c, 0x40000) : GPA(power_page(c)) + 4);
}

void guest_store_caa(struct choice_source *c)
{
	struct vcpu v = vcpu_table.v[choice_below(c, 8)];
	struct actor a = any_actor(c);

	if (v.used && !v.retired) {
		powers_touch(v.caa);
		store(a, v.caa, 0, choice_below(c, 4));
	}
}

void guest_rmpadjust(struct choice_source *c)
{
	uint64_t pfn = power_page(c);
	struct actor a = any_actor(c);
	uint32_t target = (uint32_t)choice_below(c, 4);
	uint32_t size = power_region(c) != 0 && choice_rarely(c, 4) ? SNP_SIZE_2M : SNP_SIZE_4K;
	uint64_t attributes =
		SNP_ATTR(target, choice_below(c, 16)) + (choice_rarely(c, 8) ? SNP_ATTR_VMSA : 0);
	struct insn_result r;

	pfn -= size == SNP_SIZE_2M ? pfn % PAGES_PER_2M : 0;
	powers_touch(pfn);
	r = machine_rmpadjust(&hw_machine, a.vmpl, pfn, size, attributes);
	if (r.fault != INSN_DONE || r.eax != SNP_OK) {
		return;
	}
	if (target <= a.vmpl) {
		powers_find("RMPADJUST gives a level to itself", pfn);
	}
	power_adjusted(pfn, size, attributes);
}

void guest_pvalidate(struct choice_source *c)
{
	uint64_t pfn = power_page(c);
	struct actor a = any_actor(c);
	uint32_t validate = (uint32_t)choice_below(c, 2);

	if (machine_pvalidate(&hw_machine, a.vmpl, pfn, SNP_SIZE_4K, validate).fault != INSN_GP) {
		powers_find("PVALIDATE is executed above VMPL0", pfn);
	}
}

void guest_rmpquery(struct choice_source *c)
{
	uint64_t pfn = power_page(c);
	struct actor a = any_actor(c);
	struct insn_result r = machine_rmpquery(&hw_machine, a.vmpl, pfn, choice_below(c, 5));

	powers_guest_sees(pfn, r.fault + 16UL * r.eax);
	powers_guest_sees(pfn, r.rdx + r.rcx);
}

void guest_flush(struct choice_source *c)
{
	tlb_flush_cpu(&hw_machine, (uint32_t)choice_below(c, POWERS_CPUS));
}
