/* The guest's calls: what the vCPU that runs on this CPU writes to memory and registers before its VMGEXIT. Most
 * of them are what the module grants, or one step away from it. */
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "sim/powers_rows.h"

#define ENTRIES_MAX 6U

static struct powers_caller *self(void)
{
	return &powers_caller[hw_machine_cpu];
}

static void core(uint64_t call, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	self()->r = (struct sim_registers){
		.rax = SIM_CALL(SVSM_PROTOCOL_CORE, call), .rcx = rcx, .rdx = rdx, .r8 = r8};
}

/* A store by the vCPU; if it faults there is no call: the host gets the exit. */
static void put(uint64_t pfn, uint32_t word, uint64_t value)
{
	powers_touch(pfn);
	if (hw_machine.nested.e[pfn].present) {
		powers_touch(hw_machine.nested.e[pfn].spfn - HW_MACHINE_BASE);
	}
	if (sim_write(self()->v.vmpl, pfn, word, value) != ACCESS_OK) {
		self()->exit = SVM_EXIT_NPF;
	}
}

static void pending(uint64_t value)
{
	put(self()->v.caa, 0, value);
}

/* Bits that an address or entry should not have. */
static uint64_t slip(struct choice_source *c)
{
	return choice_rarely(c, 24) ? 1UL << choice_below(c, 64) : 0;
}

void call_remap(struct choice_source *c)
{
	core(SVSM_CORE_REMAP_CA, GPA(power_page_in(c, PAGE_GUEST)) ^ slip(c), 0, 0);
	pending(1);
}

/* ---- PVALIDATE ---- */

/* In the calling area, or in one of the pages for lists. */
static uint64_t list_place(struct choice_source *c)
{
	if (choice_below(c, 2) == 0) {
		return GPA(self()->v.caa) + CAA_BUFFER;
	}
	return GPA(LIST_PAGE + choice_below(c, LIST_PAGES)) + 8 * choice_below(c, 4);
}

static void list(struct choice_source *c, const uint64_t *entry, uint32_t count)
{
	uint64_t gpa = list_place(c);
	uint64_t next = choice_rarely(c, 16) ? choice_below(c, count + 2) : 0;
	uint32_t word = (uint32_t)(gpa % PAGE_SIZE / 8);
	uint32_t i;

	put(gpa / PAGE_SIZE, word, count + next * 0x10000);
	for (i = 0; i < count; i++) {
		put(gpa / PAGE_SIZE, word + 1 + i, entry[i]);
	}
	core(SVSM_CORE_PVALIDATE, gpa ^ slip(c), 0, 0);
	pending(1);
}

/* For the whole of a 2M region: what its first page lets expect. */
static uint64_t large_entry(struct choice_source *c, uint64_t head)
{
	uint64_t validate = page_entry_state(hw_table_peek(head)) == PAGE_SHARED;

	return (GPA(head) + ENTRY_2M + ENTRY_VALIDATE * validate +
		ENTRY_IGNORE * choice_below(c, 2)) ^
	       slip(c);
}

static uint64_t entry_for(struct choice_source *c, uint64_t validate)
{
	uint64_t head = power_region(c);
	uint64_t pfn;

	if (head != 0 && choice_rarely(c, 3)) {
		return large_entry(c, head);
	}
	pfn = power_page_in(c, validate ? PAGE_SHARED : PAGE_GUEST);
	return (GPA(pfn) + ENTRY_VALIDATE * validate + ENTRY_IGNORE * choice_below(c, 2)) ^ slip(c);
}

void call_validate(struct choice_source *c)
{
	uint64_t entry = entry_for(c, 1);

	list(c, &entry, 1);
}

void call_rescind(struct choice_source *c)
{
	uint64_t entry = entry_for(c, 0);

	list(c, &entry, 1);
}

void call_list(struct choice_source *c)
{
	uint64_t entry[ENTRIES_MAX];
	uint32_t count = (uint32_t)(1 + choice_below(c, ENTRIES_MAX));
	uint32_t i;

	for (i = 0; i < count; i++) {
		entry[i] = entry_for(c, choice_below(c, 2));
	}
	list(c, entry, count);
}

void call_large(struct choice_source *c)
{
	uint64_t head = power_region(c);
	uint64_t entry;

	if (head != 0) {
		entry = large_entry(c, head);
	} else { /* without 2M regions: one that is refused */
		entry = GPA(power_page(c)) + ENTRY_2M + ENTRY_VALIDATE * choice_below(c, 2);
	}
	list(c, &entry, 1);
}

/* ---- vCPUs ---- */

/* A VMSA at the page, good but for one time in eight. */
static void fill(struct choice_source *c, uint64_t pfn)
{
	uint64_t vmpl = self()->v.vmpl == 2 ? 2 + choice_rarely(c, 3) : 3;

	put(pfn, VMSA_VMPL / 8, (choice_rarely(c, 16) ? 0 : vmpl) << (VMSA_VMPL % 8 * 8));
	put(pfn, VMSA_EFER / 8, choice_rarely(c, 16) ? 0x500 : EFER_SVME | 0x500);
	put(pfn, VMSA_SEV_FEATURES / 8, choice_rarely(c, 32) ? 0 : SIM_FEATURES);
	put(pfn, VMSA_EVENT_INJ / 8, choice_rarely(c, 32) ? 0x80000300 : 0);
}

static void create(struct choice_source *c, uint64_t caa, uint64_t cpu)
{
	uint64_t vmsa = power_page_in(c, PAGE_GUEST);

	if (choice_below(c, 2) == 0) {
		fill(c, vmsa);
	}
	core(SVSM_CORE_CREATE_VCPU, GPA(vmsa) ^ slip(c), GPA(caa) ^ slip(c), cpu);
	pending(1);
}

void call_create(struct choice_source *c)
{
	uint64_t caa = power_page_in(c, PAGE_GUEST);

	create(c, caa, choice_rarely(c, 16) ? SIM_CPUS : choice_below(c, POWERS_CPUS));
}

void call_create_again(struct choice_source *c)
{
	struct vcpu older = vcpu_table.v[choice_below(c, 8)];

	create(c, older.used ? older.caa : power_page_in(c, PAGE_CAA), older.apic);
}

void call_delete(struct choice_source *c)
{
	core(SVSM_CORE_DELETE_VCPU, GPA(power_page_in(c, PAGE_VMSA)) ^ slip(c), 0, 0);
	pending(1);
}

/* ---- the rest ---- */

void call_query(struct choice_source *c)
{
	core(SVSM_CORE_QUERY_PROTOCOL, choice_below(c, 4) == 3 ? choice_below(c, UINT64_MAX) : 1, 0,
	     0);
	pending(1);
}

void call_vtom(struct choice_source *c)
{
	core(SVSM_CORE_CONFIGURE_VTOM, choice_below(c, 64), choice_below(c, 2), 0);
	pending(1);
}

void call_unknown(struct choice_source *c)
{
	self()->r = (struct sim_registers){.rax = SIM_CALL(choice_below(c, 4), choice_below(c, 16)),
					   .rcx = choice_below(c, 2) ? GPA(power_page(c))
								     : choice_below(c, UINT64_MAX),
					   .rdx = choice_below(c, UINT64_MAX),
					   .r8 = choice_below(c, UINT64_MAX),
					   .r9 = choice_below(c, UINT64_MAX)};
	pending(1);
}

void call_nothing(struct choice_source *c)
{
	core(SVSM_CORE_QUERY_PROTOCOL, 1, 0, 0);
	pending(choice_below(c, 2) ? 0 : 2 + choice_below(c, 254));
}
