/* The invariants of the sim. */
#include "sim/check.h"
#include <stddef.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "sim/guest.h"
#include "sim/world.h"

static struct rmp_entry entry_of(uint64_t spfn)
{
	struct rmp_entry head = hw_machine.rmp.e[spfn - spfn % PAGES_PER_2M];

	return head.assigned && head.size == SNP_SIZE_2M ? head : hw_machine.rmp.e[spfn];
}

static int is_live(struct rmp_entry e)
{
	return e.assigned && e.validated && !e.immutable;
}

const char *check_frame(uint64_t spfn, uint64_t *pfn)
{
	struct rmp_entry e = entry_of(spfn);
	uint32_t any = (uint32_t)(e.perm[1] | e.perm[2] | e.perm[3]);

	*pfn = e.size == SNP_SIZE_2M ? e.gpfn + spfn % PAGES_PER_2M : e.gpfn;
	if (e.assigned && e.asid == MACHINE_ASID && !e.validated && (any || e.vmsa)) {
		return "a frame that is not validated has permissions";
	}
	if (!is_live(e) || *pfn >= WORLD_FRAMES) {
		return NULL;
	}
	switch (hw_table_peek(*pfn) % 16) {
	case PAGE_SHARED:
		return "a shared page has a validated frame";
	case PAGE_MODULE:
		return any ? "a page of the module is in reach" : NULL;
	case PAGE_VMSA:
		return !e.vmsa || (any & SNP_PERM_W) != 0
			       ? "a registered VMSA page is no VMSA, or can be written"
			       : NULL;
	case PAGE_GUEST:
	case PAGE_CAA:
		return e.vmsa || e.perm[1] ? "a guest page is a VMSA, or VMPL1 has a permission"
					   : NULL;
	default:
		return NULL;
	}
}

const char *check_two(const uint32_t *touched, uint32_t count, uint64_t *pfn)
{
	static uint32_t owner[WORLD_FRAMES]; /* the check in which a frame was live for it, last */
	static uint32_t check;
	uint32_t i;

	check++;
	for (i = 0; i < count; i++) {
		struct rmp_entry e = entry_of(HW_MACHINE_BASE + touched[i]);

		*pfn = e.size == SNP_SIZE_2M ? e.gpfn + touched[i] % PAGES_PER_2M : e.gpfn;
		if (!is_live(e) || *pfn >= WORLD_FRAMES) {
			continue;
		}
		if (owner[*pfn] == check) {
			return "two validated frames for one address";
		}
		owner[*pfn] = check;
	}
	return NULL;
}

/* ---- the module's discipline ---- */

const char *check_access(struct hw_effect e, int has_lock)
{
	uint16_t entry = hw_table_peek(e.pfn);
	uint32_t state = page_entry_state(entry);
	uint32_t i;

	if (state == PAGE_BUSY || (state == PAGE_GUEST && page_entry_pins(entry) != 0)) {
		return NULL;
	}
	if (state == PAGE_MODULE && e.kind == EFFECT_READ) {
		return NULL; /* its own memory; what it learns there is the matter of paired runs */
	}
	if (has_lock && (state == PAGE_VMSA || state == PAGE_CAA)) {
		return NULL;
	}
	for (i = 0; i < VCPUS_MAX; i++) {
		struct vcpu v = vcpu_table.v[i];

		if (v.used && v.serving &&
		    ((state == PAGE_VMSA && v.vmsa == e.pfn) ||
		     (state == PAGE_CAA && v.caa == e.pfn))) {
			return NULL;
		}
	}
	return e.kind == EFFECT_WRITE ? "the module writes a page that it has not pinned"
				      : "the module reads a page that it has not pinned";
}

static int is_registered(uint64_t pfn, uint32_t state)
{
	return state == PAGE_VMSA ? vcpu_find_vmsa(pfn) != VCPU_NONE
				  : vcpu_find_caa(pfn) != VCPU_NONE;
}

static const char *check_vcpu(struct vcpu v, uint64_t *pfn)
{
	uint64_t spfn = hw_machine.nested.e[v.vmsa].spfn;
	struct rmp_entry e = hw_machine.rmp.e[spfn];

	*pfn = v.vmsa;
	if (page_entry_state(hw_table_peek(v.vmsa)) != PAGE_VMSA) {
		return "a vCPU whose VMSA page is none";
	}
	if (v.retired) {
		return NULL;
	}
	if (page_entry_state(hw_table_peek(v.caa)) != PAGE_CAA || v.serving) {
		return "a vCPU without its calling area, or served for ever";
	}
	if (!hw_machine.nested.e[v.vmsa].present || !is_live(e) || e.gpfn != v.vmsa) {
		return NULL; /* the host has hidden it */
	}
	return machine_guest_read64(&hw_machine, spfn, VMSA_EFER / 8, 1) & EFER_SVME
		       ? NULL
		       : "a vCPU is frozen and nobody serves it";
}

const char *check_rest(const uint32_t *touched, uint32_t count, uint64_t *pfn)
{
	const char *wrong = hw_lock_held ? "the lock is kept" : NULL;
	uint32_t i;

	for (i = 0; i < count && wrong == NULL; i++) {
		uint16_t entry = hw_table_peek(touched[i]);
		uint32_t state = page_entry_state(entry);

		*pfn = touched[i];
		if (state == PAGE_BUSY || page_entry_pins(entry) != 0) {
			wrong = "a page is lost: taken or pinned, and nobody uses it";
		} else if ((state == PAGE_VMSA || state == PAGE_CAA) &&
			   !is_registered(touched[i], state)) {
			wrong = "a page of a vCPU that the registry does not know";
		}
	}
	for (i = 0; i < VCPUS_MAX && wrong == NULL; i++) {
		wrong = vcpu_table.v[i].used ? check_vcpu(vcpu_table.v[i], pfn) : NULL;
	}
	return wrong;
}

const char *check_all(uint64_t *pfn)
{
	static uint32_t owner[WORLD_FRAMES]; /* 1 + the frame that is live for a guest frame */
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < WORLD_FRAMES; i++) {
		owner[i] = 0;
	}
	for (i = 0; i < WORLD_FRAMES && wrong == NULL; i++) {
		uint64_t spfn = HW_MACHINE_BASE + i;

		wrong = check_frame(spfn, pfn);
		if (wrong == NULL && is_live(entry_of(spfn)) && *pfn < WORLD_FRAMES) {
			wrong = owner[*pfn] ? "two validated frames for one address" : NULL;
			owner[*pfn] = 1 + i;
		}
	}
	return wrong;
}

static int has_canary(uint64_t spfn, uint32_t private_view)
{
	uint32_t word;

	for (word = 0; word < PAGE_WORDS; word++) {
		if (machine_guest_read64(&hw_machine, spfn, word, private_view) == SIM_CANARY) {
			return 1;
		}
	}
	return 0;
}

static int guest_sees(uint64_t pfn)
{
	uint32_t vmpl, view;

	for (vmpl = 1; vmpl <= 3; vmpl++) {
		for (view = 0; view <= 1; view++) {
			struct access a = machine_access(&hw_machine, hw_machine_cpu, vmpl, pfn,
							 view, ACCESS_READ);

			if (a.verdict == ACCESS_OK && hw_machine.memory.touched[a.spfn] &&
			    has_canary(a.spfn, view)) {
				return 1;
			}
		}
	}
	return 0;
}

static int host_sees(uint64_t spfn)
{
	uint32_t word;

	for (word = 0; word < PAGE_WORDS && hw_machine.memory.touched[spfn]; word++) {
		if (machine_host_read64(&hw_machine, spfn, word) == SIM_CANARY) {
			return 1;
		}
	}
	return 0;
}

const char *check_secrets(uint64_t *pfn)
{
	for (*pfn = 0; *pfn < WORLD_FRAMES; ++*pfn) {
		if (guest_sees(*pfn)) {
			return "the guest reads a secret of the module";
		}
		if (host_sees(HW_MACHINE_BASE + *pfn)) {
			return "the host reads a secret of the module";
		}
	}
	return NULL;
}
