/* The contracts of module/services/core.h as checks: what must come of a call, by table and registry before it. */
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "sim/contracts_call.h"

#define GPA_END (1UL << 39) /* as sim_reset says */

static uint16_t entry_at(uint64_t pfn)
{
	return contract_pages[pfn].call == contract_number ? contract_pages[pfn].entry
							   : hw_table_peek(pfn);
}

static void becomes(uint64_t pfn, uint32_t state, uint32_t owner, enum content content)
{
	struct contract_page *p = &contract_pages[pfn];

	world_touch(pfn, 1);
	p->call = contract_number;
	p->entry = page_entry(state, owner);
	p->changed = 1;
	p->content = (uint8_t)content;
}

static int is_takeable(uint64_t pfn)
{
	uint16_t entry = entry_at(pfn);

	return page_entry_state(entry) == PAGE_GUEST && page_entry_pins(entry) == 0 &&
	       contract.v.vmpl <= page_entry_owner(entry);
}

static int is_covered(uint64_t gpa, uint64_t size)
{
	return gpa < GPA_END && size <= GPA_END - gpa && (gpa + size - 1) / PAGE_SIZE < SIM_PFNS;
}

/* ---- PVALIDATE ---- */

static int is_large(uint64_t pfn)
{
	return sim_rmp(pfn).size == SNP_SIZE_2M && hw_machine.nested.e[pfn].large;
}

/* By the table: the code of an entry that is well formed and covered. */
static uint64_t judge(uint64_t pfn, uint64_t count, uint64_t validate)
{
	uint64_t shared = 0, guest = 0;
	uint64_t i;

	for (i = 0; i < count; i++) {
		shared += entry_at(pfn + i) == page_entry(PAGE_SHARED, PAGE_OWNER_NONE);
		guest += (uint64_t)is_takeable(pfn + i);
	}
	if (shared + guest != count) {
		return SVSM_INVALID_ADDRESS;
	}
	if (shared != 0 && guest != 0) {
		return SVSM_FAIL_SIZEMISMATCH;
	}
	return (validate ? guest : shared) != 0 ? SVSM_FAIL_NOCHANGE : SVSM_SUCCESS;
}

static uint64_t expect_entry(uint64_t entry)
{
	uint64_t pfn = entry / PAGE_SIZE, size = entry % 4, validate = entry / 4 % 2;
	uint64_t count = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;
	uint64_t code, i;

	if (size > 1 || entry % PAGE_SIZE / 16 != 0 || (size == 1 && pfn % PAGES_PER_2M != 0)) {
		return SVSM_INVALID_PARAMETER;
	}
	if (!is_covered(pfn * PAGE_SIZE, count * PAGE_SIZE)) {
		return SVSM_INVALID_ADDRESS;
	}
	code = judge(pfn, count, validate);
	if (code == SVSM_FAIL_NOCHANGE && entry / 8 % 2) {
		return SVSM_SUCCESS;
	}
	if (code == SVSM_SUCCESS && size == 1 && !is_large(pfn)) {
		return SVSM_FAIL_SIZEMISMATCH;
	}
	for (i = 0; i < count && code == SVSM_SUCCESS; i++) {
		becomes(pfn + i, validate ? PAGE_GUEST : PAGE_SHARED,
			validate ? contract.v.vmpl : PAGE_OWNER_NONE,
			validate ? CONTENT_ZERO : CONTENT_FREE);
	}
	return code;
}

static uint64_t expect_list(uint64_t pfn, uint32_t word)
{
	uint64_t header = sim_peek(pfn, word);
	uint64_t entries = header % 0x10000, next = header / 0x10000 % 0x10000, i;
	uint64_t code = SVSM_SUCCESS;

	if (8 + 8 * entries > PAGE_SIZE - 8UL * word || next >= entries) {
		return SVSM_INVALID_PARAMETER;
	}
	for (i = next; i < entries && code == SVSM_SUCCESS; i++) {
		code = expect_entry(sim_peek(pfn, (uint32_t)(word + 1 + i)));
	}
	if (i != next + 1 || code == SVSM_SUCCESS) {
		contract_pages[pfn].content = CONTENT_FREE; /* next has changed in it */
	}
	return code;
}

static uint64_t expect_pvalidate(uint64_t gpa)
{
	uint64_t pfn = gpa / PAGE_SIZE;
	uint64_t code;

	if (gpa % 8 != 0) {
		return SVSM_INVALID_PARAMETER;
	}
	if (!is_covered(gpa, 8) || (pfn != contract.v.caa && !is_takeable(pfn))) {
		return SVSM_INVALID_ADDRESS;
	}
	contract_remember(pfn);
	contract_pages[pfn].entry = (uint16_t)(contract_pages[pfn].entry +
					       (pfn != contract.v.caa ? 256U : 0U)); /* a pin */
	code = expect_list(pfn, (uint32_t)(gpa % PAGE_SIZE / 8));
	contract_pages[pfn].entry = contract_pages[pfn].entry % 256;
	return code;
}

/* ---- REMAP_CA, CREATE_VCPU, DELETE_VCPU ---- */

static uint64_t expect_remap(uint64_t gpa)
{
	uint64_t pfn = gpa / PAGE_SIZE;

	if (gpa % PAGE_SIZE != 0) {
		return SVSM_INVALID_PARAMETER;
	}
	if (!is_covered(gpa, PAGE_SIZE)) {
		return SVSM_INVALID_ADDRESS;
	}
	if (pfn == contract.v.caa) {
		return SVSM_SUCCESS;
	}
	if (!is_takeable(pfn)) {
		return SVSM_INVALID_ADDRESS;
	}
	becomes(pfn, PAGE_CAA, page_entry_owner(entry_at(pfn)), CONTENT_FREE);
	becomes(contract.v.caa, PAGE_GUEST, page_entry_owner(entry_at(contract.v.caa)),
		CONTENT_FREE);
	contract.caa = pfn;
	return SVSM_SUCCESS;
}

static int is_at_rest(uint64_t vmsa)
{
	uint64_t exit = sim_peek(vmsa, VMSA_EXITCODE / 8);

	return exit == 0 || exit == SVM_EXIT_VMGEXIT;
}

static int is_good_vmsa(uint64_t vmsa)
{
	uint32_t vmpl = contract_level(vmsa);

	return vmpl >= 2 && vmpl >= contract.v.vmpl && vmpl <= 3 &&
	       (sim_peek(vmsa, VMSA_EFER / 8) & EFER_SVME) != 0 &&
	       sim_peek(vmsa, VMSA_SEV_FEATURES / 8) == SIM_FEATURES &&
	       sim_peek(vmsa, VMSA_EVENT_INJ / 8) == 0;
}

/* May the calling area be taken, or taken over from the vCPU in slot older? */
static int is_good_caa(uint64_t vmsa, uint64_t caa, uint64_t apic, uint32_t older)
{
	struct vcpu v;

	if (older == VCPU_NONE) {
		return caa != vmsa && is_takeable(caa);
	}
	v = vcpu_get(older);
	return v.vmsa != contract.v.vmsa && !v.startup && v.apic == apic &&
	       contract.v.vmpl <= page_entry_owner(entry_at(caa));
}

static uint64_t expect_create_pages(uint64_t vmsa, uint64_t caa, uint64_t apic)
{
	uint32_t older = vcpu_find_caa(caa);

	if (!is_takeable(vmsa) || !is_good_caa(vmsa, caa, apic, older)) {
		return SVSM_INVALID_ADDRESS;
	}
	if (vcpu_find_free() == VCPU_NONE) {
		return SVSM_INVALID_REQUEST;
	}
	if (!is_good_vmsa(vmsa)) {
		return SVSM_INVALID_PARAMETER;
	}
	if (older != VCPU_NONE && vcpu_get(older).vmpl != contract_level(vmsa)) {
		return SVSM_INVALID_ADDRESS;
	}
	if (older != VCPU_NONE && !is_at_rest(vcpu_get(older).vmsa)) {
		return SVSM_FAIL_INUSE;
	}
	becomes(vmsa, PAGE_VMSA, contract.v.vmpl, CONTENT_FREE);
	becomes(caa, PAGE_CAA, page_entry_owner(entry_at(caa)), CONTENT_FREE);
	if (older != VCPU_NONE) {
		contract_remember(vcpu_get(older).vmsa);
		contract_pages[vcpu_get(older).vmsa].content = CONTENT_FREE; /* frozen */
	}
	return SVSM_SUCCESS;
}

static uint64_t expect_create(uint64_t vmsa, uint64_t caa, uint64_t apic)
{
	if (vmsa % PAGE_SIZE != 0 || caa % PAGE_SIZE != 0 || vmsa % LARGE_PAGE == 0 ||
	    apic % 0x100000000UL >= SIM_CPUS) {
		return SVSM_INVALID_PARAMETER;
	}
	if (!is_covered(vmsa, PAGE_SIZE) || !is_covered(caa, PAGE_SIZE)) {
		return SVSM_INVALID_ADDRESS;
	}
	return expect_create_pages(vmsa / PAGE_SIZE, caa / PAGE_SIZE, apic % 0x100000000UL);
}

static uint64_t expect_delete(uint64_t gpa)
{
	uint32_t slot = vcpu_find_vmsa(gpa / PAGE_SIZE);
	struct vcpu v;

	if (slot == VCPU_NONE || gpa % PAGE_SIZE != 0) {
		return SVSM_INVALID_PARAMETER;
	}
	v = vcpu_get(slot);
	if (v.startup || v.vmpl < contract.v.vmpl) {
		return SVSM_INVALID_PARAMETER;
	}
	if (v.vmsa != contract.v.vmsa && !v.retired && !is_at_rest(v.vmsa)) {
		return SVSM_FAIL_INUSE;
	}
	contract.answered = v.vmsa != contract.v.vmsa;
	becomes(v.vmsa, PAGE_GUEST, contract.v.vmpl, CONTENT_FREE);
	if (!v.retired) {
		becomes(v.caa, PAGE_GUEST, page_entry_owner(entry_at(v.caa)), CONTENT_FREE);
	}
	return SVSM_SUCCESS;
}

/* ---- what must come of a call ---- */

static uint64_t expect_vtom(void)
{
	uint64_t flags = contract.in.rcx;

	if (flags == 1) {
		contract.out.rcx = 0;
		contract.out.rdx = 0;
		contract.out.r8 = 0;
		return SVSM_SUCCESS;
	}
	return flags % 2 == 0 && flags % 4096 < 32 ? SVSM_INVALID_REQUEST : SVSM_INVALID_PARAMETER;
}

uint64_t contract_expect(void)
{
	struct sim_registers r = contract.in;

	if (contract.pending != 1) {
		return SVSM_INVALID_FORMAT;
	}
	if (r.rax >> 32 != SVSM_PROTOCOL_CORE) {
		return SVSM_UNSUPPORTED_PROTOCOL;
	}
	switch (r.rax) {
	case SVSM_CORE_REMAP_CA:
		return expect_remap(r.rcx);
	case SVSM_CORE_PVALIDATE:
		return expect_pvalidate(r.rcx);
	case SVSM_CORE_CREATE_VCPU:
		return expect_create(r.rcx, r.rdx, r.r8);
	case SVSM_CORE_DELETE_VCPU:
		return expect_delete(r.rcx);
	case SVSM_CORE_QUERY_PROTOCOL:
		contract.out.rcx = r.rcx == SVSM_CORE_VERSION ? 0x100000001UL : 0;
		return SVSM_SUCCESS;
	case SVSM_CORE_CONFIGURE_VTOM:
		return expect_vtom();
	default:
		return SVSM_UNSUPPORTED_CALL;
	}
}
