/* The invariants of the sim. */
#include "sim/check.h"
#include <stddef.h>
#include "module/guest/page.h"
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
	uint32_t i, j;

	for (i = 0; i < count; i++) {
		struct rmp_entry a = hw_machine.rmp.e[HW_MACHINE_BASE + touched[i]];

		for (j = i + 1; j < count && is_live(a); j++) {
			struct rmp_entry b = hw_machine.rmp.e[HW_MACHINE_BASE + touched[j]];

			if (is_live(b) && a.gpfn == b.gpfn && a.size == 0 && b.size == 0) {
				*pfn = a.gpfn;
				return "two validated frames for one address";
			}
		}
	}
	return NULL;
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
