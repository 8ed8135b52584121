/* The contracts of module/services/core.h as checks: the call, and what has come of it. */
#include "sim/contracts.h"
#include <stddef.h>
#include <string.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "sim/contracts_call.h"

struct contract_page contract_pages[WORLD_FRAMES];
uint32_t contract_number;
struct contract_call contract;

/* ---- pages ---- */

static uint64_t words_hash(uint64_t pfn)
{
	uint64_t hash = pfn;
	uint32_t word;

	for (word = 0; word < PAGE_WORDS; word++) {
		hash = world_mix(hash, sim_peek(pfn, word));
	}
	return hash;
}

static uint64_t flags_of(uint64_t pfn)
{
	struct rmp_entry e = sim_rmp(pfn);

	return e.assigned + 2UL * e.validated + 4UL * e.vmsa + ((uint64_t)e.perm[1] << 8) +
	       ((uint64_t)e.perm[2] << 12) + ((uint64_t)e.perm[3] << 16);
}

uint64_t contract_hash(uint64_t pfn)
{
	return world_mix(words_hash(pfn), flags_of(pfn));
}

/* As it is before the call. */
void contract_remember(uint64_t pfn)
{
	if (contract_pages[pfn].call != contract_number) {
		world_touch(pfn, 1);
		contract_pages[pfn] = (struct contract_page){.call = contract_number,
							     .entry = hw_table_peek(pfn),
							     .hash = contract_hash(pfn)};
	}
}

static void remember_pages(void)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched);
	uint32_t i;

	contract_number++;
	for (i = 0; i < count; i++) {
		contract_remember(touched[i]);
	}
}

uint32_t contract_level(uint64_t vmsa)
{
	return (uint32_t)(sim_peek(vmsa, VMSA_VMPL / 8) >> (VMSA_VMPL % 8 * 8) & 0xff);
}

void contracts_begin(void)
{
	contract.made = 0;
}

void contracts_call(const struct powers_caller *caller)
{
	uint32_t word;

	contract = (struct contract_call){.made = 1,
					  .v = caller->v,
					  .in = caller->r,
					  .out = caller->r,
					  .caa = caller->v.caa,
					  .pending = sim_peek(caller->v.caa, 0) % 256,
					  .answered = 1,
					  .registry = vcpu_table};
	if (caller->exit != SVM_EXIT_VMGEXIT || contract.pending == 0) {
		contract.made = 0;
		return;
	}
	remember_pages();
	for (word = 0; word < PAGE_WORDS; word++) {
		contract.vmsa_words[word] = sim_peek(contract.v.vmsa, word);
	}
	contract.out.rax = contract_expect();
}

/* ---- what has come of it ---- */

static const char *check_registers(void)
{
	struct sim_registers r = sim_result(contract.v);
	uint32_t word;

	if (r.rax != contract.out.rax) {
		return "the result code is not the contract's";
	}
	if (memcmp(&r, &contract.out, sizeof(r)) != 0) {
		return "a register has changed that the call does not define, or one has not";
	}
	if (sim_pending(contract.v) != 0 || sim_peek(contract.caa, 0) % 256 != 0) {
		return "the pending byte is not cleared";
	}
	for (word = 0; word < PAGE_WORDS; word++) {
		int result = word == VMSA_RAX / 8 || word == VMSA_RCX / 8 || word == VMSA_RDX / 8 ||
			     word == VMSA_R8 / 8;

		if (!result && sim_peek(contract.v.vmsa, word) != contract.vmsa_words[word]) {
			return "a word of the caller's VMSA has changed that is no result";
		}
	}
	return NULL;
}

/* The RMP entry that a page with this entry in the table must have when no guest level has changed it. */
static int is_as_owned(uint64_t pfn, uint16_t entry)
{
	struct rmp_entry e = sim_rmp(pfn);
	uint32_t perm = page_entry_state(entry) == PAGE_VMSA ? SNP_PERM_R : SNP_PERM_ALL;

	if (page_entry_state(entry) == PAGE_SHARED) {
		return !e.validated;
	}
	return e.validated && e.vmsa == (page_entry_state(entry) == PAGE_VMSA) && e.perm[1] == 0 &&
	       e.perm[2] == perm && e.perm[3] == (page_entry_owner(entry) == 3 ? perm : 0);
}

static int is_zero(uint64_t pfn)
{
	uint32_t word;

	for (word = 0; word < PAGE_WORDS; word++) {
		if (sim_peek(pfn, word) != 0) {
			return 0;
		}
	}
	return 1;
}

static const char *check_page(uint64_t pfn)
{
	struct contract_page *p = &contract_pages[pfn];

	if (p->call != contract_number) {
		return world_is_base(pfn) ? NULL : "a page has changed that the call does not name";
	}
	if (hw_table_peek(pfn) != p->entry) {
		return "a page has another owner or state than the contract's";
	}
	if (p->changed && !is_as_owned(pfn, p->entry)) {
		return "a page has other permissions than the contract's";
	}
	if (p->content == CONTENT_ZERO && !is_zero(pfn)) {
		return "a page was validated and is not zero";
	}
	if (p->content == CONTENT_SAME && pfn != contract.v.vmsa && pfn != contract.caa &&
	    contract_hash(pfn) != p->hash) {
		return "a page has changed that the call leaves alone";
	}
	return NULL;
}

/* Only CREATE_VCPU, DELETE_VCPU and REMAP_CA change the registry, and only if they succeed. */
static const char *check_registry(void)
{
	uint64_t which = contract.in.rax;
	int may = contract.out.rax == SVSM_SUCCESS &&
		  (which == SVSM_CORE_CREATE_VCPU || which == SVSM_CORE_DELETE_VCPU ||
		   (which == SVSM_CORE_REMAP_CA && contract.caa != contract.v.caa));
	int changed = memcmp(&contract.registry, &vcpu_table, sizeof(vcpu_table)) != 0;
	uint32_t slot;

	if (changed != may) {
		return "the registry has changed, or has not";
	}
	if (may && which == SVSM_CORE_CREATE_VCPU) {
		slot = vcpu_find_vmsa(contract.in.rcx / PAGE_SIZE);
		if (slot == VCPU_NONE || vcpu_get(slot).caa != contract.in.rdx / PAGE_SIZE ||
		    vcpu_get(slot).apic != (uint32_t)contract.in.r8 || vcpu_get(slot).startup ||
		    vcpu_get(slot).vmpl != contract_level(contract.in.rcx / PAGE_SIZE)) {
			return "the new vCPU is not registered as it was asked for";
		}
	}
	return NULL;
}

const char *contracts_answer(uint64_t *pfn)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched);
	const char *wrong = NULL;
	uint32_t i;

	*pfn = contract.v.vmsa;
	if (!contract.made) {
		return NULL;
	}
	contract.made = 0;
	wrong = contract.answered ? check_registers() : NULL;
	wrong = wrong == NULL ? check_registry() : wrong;
	for (i = 0; i < count && wrong == NULL; i++) {
		*pfn = touched[i];
		wrong = check_page(touched[i]);
	}
	return wrong;
}
