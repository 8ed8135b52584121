/*
 * Nested page faults: ask the machine, and map what it allows. Filling the cache is one critical
 * section with the question, so no change of the RMP can come between.
 */
#include <emulator/svm/exits.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/x86.h>

#define NPF_WALK    (1UL << 33) /* the fault is on a guest page table */
#define ONE_X_TURNS 8U

static enum access_kind npf_kind(const struct context *x, uint64_t error)
{
	if ((error & NPF_WALK) != 0 || (error & NPF_WRITE) != 0) {
		return ACCESS_WRITE;
	}
	if ((error & NPF_FETCH) != 0) {
		return x->vmcb.save.cpl == 3 ? ACCESS_FETCH_USER : ACCESS_FETCH_SUPERVISOR;
	}
	return ACCESS_READ;
}

/*
 * The nested tables have one NX bit for both modes. A page that only one of them may execute is mapped either to be
 * written or to be executed, never both: what was written can be executed only by a new fetch, which faults and asks
 * the machine for the mode that fetches. So code that one mode may not execute does not run in it, unless the other
 * mode executes the same bytes of the same page.
 */
static uint32_t has_one_x(uint32_t perm)
{
	return ((perm & SNP_PERM_UX) != 0) != ((perm & SNP_PERM_SX) != 0);
}

static uint32_t is_fetch(enum access_kind kind)
{
	return kind == ACCESS_FETCH_USER || kind == ACCESS_FETCH_SUPERVISOR;
}

/* What of these permissions is mapped now. */
static uint32_t perm_for(uint32_t perm, enum access_kind kind)
{
	if (has_one_x(perm) == 0) {
		return perm;
	}
	return is_fetch(kind) != 0 ? perm & ~SNP_PERM_W : perm & ~(SNP_PERM_UX | SNP_PERM_SX);
}

/* An instruction that writes to its own page would fault for ever: after some turns the page gets both. */
static uint32_t is_stuck(struct context *x, uint64_t gpfn, enum access_kind kind)
{
	uint64_t turn = gpfn * 2 + is_fetch(kind);

	x->one_x_count = (turn ^ 1U) == x->one_x_turn ? x->one_x_count + 1U : 0;
	x->one_x_turn = turn;
	return x->one_x_count > ONE_X_TURNS;
}

/*
 * A VMSA page becomes read-only when its vCPU runs. So it is mapped for writing only by a write, and
 * QEMU's dirty bit says whether a CPU can hold a translation that allows it.
 */
static void map_page(struct context *x, uint32_t view, uint64_t gpfn, struct access a,
		     enum access_kind kind)
{
	uint32_t vmsa = the_machine.rmp.e[a.spfn].vmsa;
	uint32_t perm = perm_for(a.perm, kind);

	if (vmsa != 0 && kind != ACCESS_WRITE) {
		perm &= ~SNP_PERM_W;
	}
	if ((perm & SNP_PERM_W) != 0) {
		machine_touch(&the_machine, a.spfn);
	}
	nested_map(x->vmpl, view, gpfn, a.spfn, perm, vmsa == 0);
}

static void map_large(struct context *x, uint32_t view, uint64_t gpfn, struct access a)
{
	uint64_t first = a.spfn - a.spfn % PAGES_PER_2M;

	if ((a.perm & SNP_PERM_W) != 0) {
		for (uint64_t i = 0; i < PAGES_PER_2M; i++) {
			machine_touch(&the_machine, first + i);
		}
	}
	nested_map_large(x->vmpl, view, gpfn - gpfn % PAGES_PER_2M, first, a.perm);
}

/* The 2M around, as far as the same access gives the same permissions: each fault saved is an exit. */
static void map_neighbours(struct context *x, uint32_t view, uint64_t gpfn, struct access a,
			   enum access_kind kind)
{
	uint64_t first = gpfn - gpfn % PAGES_PER_2M;

	for (uint64_t i = first; i < first + PAGES_PER_2M; i++) {
		struct access b;

		if (nested_is_mapped(x->vmpl, view, i) != 0) {
			continue;
		}
		b = machine_walk(&the_machine, x->vmpl, i, view, kind);
		if (b.verdict == ACCESS_OK && b.perm == a.perm &&
		    the_machine.rmp.e[b.spfn].vmsa == 0 &&
		    memory_is_guest(b.spfn * PAGE_SIZE) != 0) {
			map_page(x, view, i, b, kind);
		}
	}
}

/*
 * Table walks and fetches are private even below the C-bit, where QEMU knows only the shared view.
 * The shared alias of that one page then leads to the private page.
 */
static void map_allowed(struct context *x, uint32_t view, uint64_t gpfn, struct access a,
			enum access_kind kind, uint32_t forced)
{
	uint32_t one_x = has_one_x(a.perm);

	if (one_x != 0 && is_stuck(x, gpfn, kind) != 0) {
		machine_touch(&the_machine, a.spfn);
		nested_map(x->vmpl, view, gpfn, a.spfn, a.perm, 1);
	} else if ((view == VIEW_SHARED && forced != 0) || (one_x != 0 && is_fetch(kind) != 0)) {
		map_page(x, view, gpfn, a, kind);
	} else if (a.large != 0 && one_x == 0) {
		map_large(x, view, gpfn, a);
	} else {
		map_page(x, view, gpfn, a, kind);
		map_neighbours(x, view, gpfn, a, kind);
	}
}

/* A shared access to what the host mapped nowhere is MMIO: the guest's own #VC handler does it. */
static uint32_t npf_is_mmio(const struct context *x, uint32_t view, struct access a)
{
	return view == VIEW_SHARED && a.verdict == ACCESS_NOT_PRESENT && x->vmpl > 0 &&
	       context_long_mode(x) != 0;
}

enum flow exit_npf(struct context *x, struct svm_control *c)
{
	uint64_t gpa = x->vmcb.control.exit_info2;
	uint64_t error = x->vmcb.control.exit_info1;
	uint32_t view = guest_view(x, &gpa);
	enum access_kind kind = npf_kind(x, error);
	uint32_t forced = (error & (NPF_WALK | NPF_FETCH)) != 0;
	struct guest_fault f = {.gpa = gpa, .kind = kind};
	struct access a;

	f.view = forced != 0 ? VIEW_PRIVATE : view;
	a = machine_walk(&the_machine, x->vmpl, gpa / PAGE_SIZE, f.view, kind);
	if (a.verdict == ACCESS_OK && memory_is_guest(a.spfn * PAGE_SIZE) != 0) {
		map_allowed(x, view, gpa / PAGE_SIZE, a, kind, forced);
		return FLOW_GUEST;
	}
	if (a.verdict == ACCESS_NOT_VALID) {
		return deliver_vc(x, c, SVM_EXIT_NOT_VALID);
	}
	if (npf_is_mmio(x, f.view, a) != 0) {
		return deliver_vc(x, c, SVM_EXIT_NPF);
	}
	f.verdict = a.verdict;
	return exit_nested(x, c, &f);
}
