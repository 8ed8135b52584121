/*
 * CREATE_VCPU and DELETE_VCPU (AMD 58019, chapter 6). A VMSA is a blank cheque for a privilege level:
 *   create: revoke, flush, check the frozen page, set the VMSA bit, register;
 *   delete: freeze, take the VMSA bit, deregister.
 * Both hold the registry's lock from the first check to the end.
 */
#include "module/services/core.h"
#include "module/guest/page.h"
#include "module/guest/perm.h"
#include "module/guest/range.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>

/* What CREATE_VCPU is to register. */
struct candidate {
	uint64_t vmsa; /* pfn */
	uint64_t caa;  /* pfn */
	uint32_t apic;
	uint32_t older; /* slot of the vCPU that holds caa now, or VCPU_NONE */
};

/* What CREATE_VCPU judges in a VMSA page: each field read once. */
struct vmsa_view {
	uint32_t vmpl;
	uint64_t efer;
	uint64_t features; /* SEV_FEATURES */
	uint64_t event;	   /* EVENT_INJ */
};

/*@
  // Frames held all the while, other than x and y: only VMPL0's translations may be new.
  predicate create_rely{A, B}(integer x, integer y) =
    \forall integer q; 0 <= q < HW_PFNS && q != x && q != y && \at(hw_held(q), A) ==> hw_accessed{A, B}(q);
  // Tokens of frames other than x and y are as they were.
  predicate create_rest{A, B}(integer x, integer y) =
    \forall integer q; 0 <= q < HW_PFNS && q != x && q != y ==>
      (\at(hw_held(q), A) <==> \at(hw_held(q), B)) &&
      \at(hw_tokens.open[q], A) == \at(hw_tokens.open[q], B);
  // This CPU has given q away, and has it open as before.
  predicate create_given{A, B}(integer q) =
    !\at(hw_held(q), B) && \at(hw_tokens.open[q], B) == \at(hw_tokens.open[q], A);

  // The vCPU that has the calling area of n now can be one that n replaces.
  predicate create_older(struct vcpu v, struct caller c, struct candidate n) =
    vcpu_has_caa(v, n.caa) && n.older != c.slot && v.startup == 0 && v.apic == n.apic;
  // What n says of the registry, which is locked, is true.
  predicate create_known(struct candidate n) =
    n.caa < HW_PFNS && n.apic < CPUS_MAX && n.older <= VCPU_NONE &&
    (n.older == VCPU_NONE ==> vcpu_no_caa(n.caa)) &&
    (n.older != VCPU_NONE ==> vcpu_has_caa(vcpu_table.v[n.older], n.caa));
  // The calling area of n is this CPU's, or an older vCPU's that n may replace.
  predicate create_area(struct caller c, struct candidate n) =
    (n.older == VCPU_NONE ==> page_taken(n.caa, HW_GUEST, c.vmpl)) &&
    (n.older != VCPU_NONE ==>
      !hw_held(n.caa) && create_older(vcpu_table.v[n.older], c, n));
  // So is the page of its VMSA; it is no other vCPU's.
  predicate create_page(struct caller c, struct candidate n) =
    n.vmsa != n.caa && n.vmsa < page_bounds.pfns && hw_mine(n.vmsa) && vcpu_no_vmsa(n.vmsa) &&
    hw_state(hw_pages.p[n.vmsa].entry) == HW_BUSY && c.vmpl <= hw_owner(hw_pages.p[n.vmsa].entry);
  // Nobody above VMPL0 can use the page of the VMSA.
  predicate create_frozen(integer q) =
    hw_pages.p[q].validated == 1 && hw_pages.p[q].secret == 0 && hw_pages.p[q].vmsa == 0 &&
    hw_unreached(q);

  // What the slot of a candidate of c is when it has been registered.
  predicate create_entered(struct vcpu v, struct caller c, struct candidate n) =
    vcpu_is(v, n.vmsa, n.caa, n.apic, v.vmpl) && c.vmpl <= v.vmpl <= 3 && v.startup == 0;

  // The vCPU in slot i, which nobody served, has been retired.
  predicate create_retired{A, B}(integer i) =
    \at(vcpu_table.v[i], A).serving == 0 &&
    \at(vcpu_table.v[i], B) == {\at(vcpu_table.v[i], A) \with .retired = (uint32_t)1};
  // Slot i, which was free, has the candidate now; no other slot changed but the older vCPU's.
  predicate create_slot{A, B}(integer i, struct caller c, struct candidate n) =
    \at(vcpu_table.v[i].used, A) == 0 && create_entered(\at(vcpu_table.v[i], B), c, n) &&
    (\forall integer j; 0 <= j < VCPUS_MAX && j != i && !vcpu_has_caa(\at(vcpu_table.v[j], A), n.caa) ==>
      \at(vcpu_table.v[j], B) == \at(vcpu_table.v[j], A));

  // The content that AMD 58019 asks of a VMSA, for a caller at this level.
  predicate vmsa_good(struct vmsa_view w, integer caller) =
    2 <= w.vmpl <= 3 && caller <= w.vmpl && w.efer / EFER_SVME % 2 == 1 &&
    w.features == vcpu_limits.features && w.event == 0;
*/

/* Does the vCPU in this frozen VMSA stand where its registers are at rest: never run, or at VMGEXIT? */
/*@
  requires inv: hw_inv;
  requires usable: vmsa < HW_PFNS && hw_usable(vmsa);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_world;
  ensures inv: hw_inv;
  ensures rely: core_rely{Pre, Post};
*/
static int vmsa_is_at_rest(uint64_t vmsa)
{
	uint64_t exit = hw_read64(vmsa, VMSA_EXITCODE / 8);

	return exit == 0 || exit == SVM_EXIT_VMGEXIT;
}

/* Stops a vCPU for good. 0 = it is executing, or a CPU of the module is serving it; unchanged. Registry
 * locked: v is in it, and nobody can begin to serve it. */
/*@
  requires inv: hw_inv;
  requires few: hw_few(950);
  requires locked: hw_locked == 1;
  requires slot: v.used != 0 && vcpu_slot_ok(v);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_tokens, hw_world;
  ensures inv: hw_inv;
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures retired: v.retired != 0 ==> \result == 1;
  ensures serving: v.serving != 0 ==> \result == 0;
  ensures result: \result == 0 || \result == 1;
*/
static int vcpu_stop(struct vcpu v)
{
	int stopped = 1;

	if (v.retired) {
		return 1;
	}
	if (v.serving) {
		return 0;
	}
	/*@ ghost hw_open(v.vmsa); */
	(void)hw_vmsa_freeze(v.vmsa);
	if (!vmsa_is_at_rest(v.vmsa)) {
		hw_vmsa_thaw(v.vmsa);
		stopped = 0;
	}
	/*@ ghost hw_close(v.vmsa); */
	return stopped;
}

/* May the new vCPU take over the calling area of slot older? Its VMPL is compared later. */
/*@
  requires inv: page_ok;
  requires locked: vcpu_locked;
  requires known: create_known(n) && n.older != VCPU_NONE;
  terminates \true;
  exits \false;
  assigns hw_world;
  ensures result: \result == 0 || \result == 1;
  ensures older: \result == 1 ==> create_older(vcpu_table.v[n.older], c, n);
  ensures apart: \result == 1 ==> !hw_held(n.caa);
*/
static int caa_can_be_inherited(struct caller c, struct candidate n)
{
	struct vcpu older = vcpu_get(n.older);
	uint16_t entry = page_look(n.caa);

	return n.older != c.slot && !older.startup && older.apic == n.apic &&
	       page_entry_state(entry) == PAGE_CAA && c.vmpl <= page_entry_owner(entry);
}

/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires locked: vcpu_locked;
  requires known: create_known(n);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures result: \result == 0 || \result == 1;
  ensures gave: hw_gave == \old(hw_gave);
  ensures area: \result == 1 ==> create_area(c, n) && !\old(hw_held(n.caa)) &&
    hw_tokens.open[n.caa] == \old(hw_tokens.open[n.caa]);
  ensures rest: hw_tokens_rest{Pre, Post}(n.caa, 1);
  ensures same: \result == 0 ==> hw_tokens_same{Pre, Post};
  ensures foreign: n.older != VCPU_NONE && !create_older(vcpu_table.v[n.older], c, n) ==> \result == 0;
*/
static int candidate_claim_caa(struct caller c, struct candidate n)
{
	if (n.older != VCPU_NONE) {
		return caa_can_be_inherited(c, n);
	}
	return page_claim(n.caa, PAGE_GUEST, c.vmpl);
}

/* Gives both pages back as the guest pages that they were, each to its owner. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires page: page_taken(n.vmsa, HW_GUEST, 0) && n.vmsa != n.caa;
  requires area: n.caa < HW_PFNS && (n.older == VCPU_NONE ==> page_taken(n.caa, HW_GUEST, 0));
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: create_rely{Pre, Post}(n.vmsa, n.caa);
  ensures rest: create_rest{Pre, Post}(n.vmsa, n.caa);
  ensures page: create_given{Pre, Post}(n.vmsa) && page_gave_back{Pre, Post}(n.vmsa, HW_GUEST);
  ensures area: n.older == VCPU_NONE ==>
    create_given{Pre, Post}(n.caa) && page_gave_back{Pre, Post}(n.caa, HW_GUEST);
  ensures inherited: n.older != VCPU_NONE ==>
    (hw_held(n.caa) <==> \old(hw_held(n.caa))) &&
    hw_tokens.open[n.caa] == \old(hw_tokens.open[n.caa]) &&
    hw_gave.entry[n.caa] == \old(hw_gave).entry[n.caa];
  ensures gave: core_gave_only{Pre, Post}(n.vmsa, n.caa);
*/
static void candidate_give_back(struct candidate n)
{
	if (n.older == VCPU_NONE) {
		page_release(n.caa, PAGE_GUEST, page_claimed_owner(n.caa));
	}
	page_release(n.vmsa, PAGE_GUEST, page_claimed_owner(n.vmsa));
}

/*@
  requires inv: hw_inv;
  requires held: vmsa < HW_PFNS && hw_mine(vmsa);
  requires frozen: create_frozen(vmsa);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_world;
  ensures inv: hw_inv;
  ensures rely: core_rely{Pre, Post};
*/
static struct vmsa_view vmsa_read(uint64_t vmsa)
{
	struct vmsa_view w = {
		.vmpl = hw_read8(vmsa, VMSA_VMPL),
		.efer = hw_read64(vmsa, VMSA_EFER / 8),
		.features = hw_read64(vmsa, VMSA_SEV_FEATURES / 8),
		.event = hw_read64(vmsa, VMSA_EVENT_INJ / 8),
	};

	return w;
}

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> vmsa_good(w, caller);
*/
static int vmsa_is_good(struct vmsa_view w, uint32_t caller)
{
	return w.vmpl >= GUEST_VMPL_MIN && w.vmpl >= caller && w.vmpl <= GUEST_VMPL_MAX &&
	       w.efer / EFER_SVME % 2 == 1 && w.features == vcpu_guest_features() && w.event == 0;
}

/* Is the frozen VMSA good? Then the vCPU that has the calling area, if there is one, is stopped for good. */
/*@
  requires inv: hw_inv;
  requires few: hw_few(950);
  requires locked: vcpu_locked;
  requires older: n.older <= VCPU_NONE && (n.older != VCPU_NONE ==> vcpu_table.v[n.older].used != 0);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_tokens, hw_world;
  ensures inv: hw_inv;
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures content: !vmsa_good(w, c.vmpl) ==> \result == SVSM_INVALID_PARAMETER;
  ensures level: vmsa_good(w, c.vmpl) && n.older != VCPU_NONE &&
    vcpu_table.v[n.older].vmpl != w.vmpl ==> \result == SVSM_INVALID_ADDRESS;
  ensures codes: vmsa_good(w, c.vmpl) &&
    !(n.older != VCPU_NONE && vcpu_table.v[n.older].vmpl != w.vmpl) ==>
    \result == SVSM_SUCCESS || (n.older != VCPU_NONE && \result == SVSM_FAIL_INUSE);
  ensures idle: \result == SVSM_SUCCESS && n.older != VCPU_NONE ==> vcpu_table.v[n.older].serving == 0;
*/
static uint64_t candidate_judge(struct caller c, struct candidate n, struct vmsa_view w)
{
	if (!vmsa_is_good(w, c.vmpl)) {
		return SVSM_INVALID_PARAMETER;
	}
	if (n.older == VCPU_NONE) {
		return SVSM_SUCCESS;
	}
	if (vcpu_get(n.older).vmpl != w.vmpl) {
		return SVSM_INVALID_ADDRESS;
	}
	return vcpu_stop(vcpu_get(n.older)) ? SVSM_SUCCESS : SVSM_FAIL_INUSE;
}

/* The vCPU has not run, and has not called: in its pages, which the guest cannot reach or which no vCPU
 * that can run has for its own. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires locked: hw_locked == 1;
  requires page: n.vmsa != n.caa && n.vmsa < HW_PFNS && hw_mine(n.vmsa);
  requires area: n.caa < HW_PFNS && !hw_static(n.caa);
  terminates \true;
  exits \false;
  assigns HW_STORES, hw_tokens;
  ensures inv: page_ok;
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures not_run: hw_stored.word[HW_STORED_WORD(n.vmsa, VMSA_EXITCODE / 8)] == 0;
  ensures not_called: hw_stored.byte[HW_STORED_BYTE(n.caa, CAA_CALL_PENDING)] == 0;
*/
static void candidate_reset(struct candidate n)
{
	hw_write64(n.vmsa, VMSA_EXITCODE / 8, 0);
	/*@ ghost hw_open(n.caa); */
	hw_write8(n.caa, CAA_CALL_PENDING, 0);
	/*@ ghost hw_close(n.caa); */
}

/* Both pages are claimed, the VMSA page is frozen and good, the older vCPU is stopped. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires locked: vcpu_locked;
  requires slot: slot < VCPUS_MAX && vcpu_table.v[slot].used == 0;
  requires known: create_known(n);
  requires level: 2 <= c.vmpl <= vmpl <= 3;
  requires page: create_page(c, n);
  requires frozen: create_frozen(n.vmsa);
  requires area: create_area(c, n);
  requires idle: n.older != VCPU_NONE ==> vcpu_table.v[n.older].serving == 0;
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table;
  ensures inv: page_ok;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures rely: create_rely{Pre, Post}(n.vmsa, n.caa);
  ensures rest: create_rest{Pre, Post}(n.vmsa, n.caa);
  ensures page: create_given{Pre, Post}(n.vmsa) && page_gave(n.vmsa, HW_VMSA, c.vmpl);
  ensures area: create_given{Pre, Post}(n.caa);
  ensures new_area: n.older == VCPU_NONE ==> page_gave_back{Pre, Post}(n.caa, HW_CAA);
  ensures old_area: n.older != VCPU_NONE ==> hw_gave.entry[n.caa] == \old(hw_gave).entry[n.caa];
  ensures gave: core_gave_only{Pre, Post}(n.vmsa, n.caa);
  ensures entered: vcpu_is(vcpu_table.v[slot], n.vmsa, n.caa, n.apic, vmpl) &&
    vcpu_table.v[slot].startup == 0;
  ensures retired: n.older != VCPU_NONE ==>
    vcpu_table.v[n.older] == {\old(vcpu_table).v[n.older] \with .retired = (uint32_t)1};
  ensures others: \forall integer i; 0 <= i < VCPUS_MAX && i != slot && i != n.older ==>
    vcpu_table.v[i] == \at(vcpu_table.v[i], Pre);
*/
static void candidate_register(struct caller c, struct candidate n, uint32_t slot, uint32_t vmpl)
{
	candidate_reset(n);
	perm_make_vmsa(n.vmsa, c.vmpl);
	/*@ assert area: n.older == VCPU_NONE ==> page_taken(n.caa, HW_GUEST, c.vmpl); */
	/*@ assert owner: n.older == VCPU_NONE ==>
	      hw_pages.p[n.caa].entry == \at(hw_pages.p[n.caa].entry, Pre); */
	if (n.older == VCPU_NONE) {
		page_release(n.caa, PAGE_CAA, page_claimed_owner(n.caa));
	} else {
		vcpu_retire(n.older);
	}
	vcpu_set(slot, n.vmsa, n.caa, n.apic, vmpl);
	page_release(n.vmsa, PAGE_VMSA, c.vmpl);
}

/* Takes a claimed guest page from everybody above VMPL0. EAX: if it is not SNP_OK, nothing has changed. */
/*@
  requires inv: page_ok;
  requires held: vmsa < page_bounds.pfns && hw_mine(vmsa);
  requires guest: hw_is_guest(vmsa);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(vmsa, 1);
  ensures entry: hw_pages.p[vmsa].entry == \old(hw_pages).p[vmsa].entry;
  ensures frozen: \result == 0 ==> create_frozen(vmsa);
  ensures refused: \result != 0 ==> hw_is_guest(vmsa) && hw_changed == \old(hw_changed);
*/
static uint32_t vmsa_freeze(uint64_t vmsa)
{
	uint32_t eax = perm_revoke(vmsa, SNP_SIZE_4K);

	if (eax == SNP_OK) {
		hw_flush_guest();
	}
	return eax;
}

/* Undoes vmsa_freeze: the owner of the page can use it again. */
/*@
  requires inv: page_ok;
  requires held: vmsa < page_bounds.pfns && hw_mine(vmsa);
  requires frozen: create_frozen(vmsa);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(vmsa, 1);
  ensures guest: hw_is_guest(vmsa) && hw_pages.p[vmsa].entry == \old(hw_pages).p[vmsa].entry;
*/
static void vmsa_restore(uint64_t vmsa)
{
	perm_grant(vmsa, SNP_SIZE_4K, page_claimed_owner(vmsa));
}

/* Both pages are claimed: freezes the VMSA page, judges it, registers it or makes it a guest page again. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires locked: vcpu_locked;
  requires slot: slot < VCPUS_MAX && vcpu_table.v[slot].used == 0;
  requires known: create_known(n);
  requires level: 2 <= c.vmpl <= 3;
  requires page: create_page(c, n);
  requires guest: hw_is_guest(n.vmsa);
  requires area: create_area(c, n);
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table;
  ensures inv: page_ok;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures rely: create_rely{Pre, Post}(n.vmsa, n.caa);
  ensures nothing: \result != SVSM_SUCCESS ==>
    vcpu_table == \old(vcpu_table) && hw_gave == \old(hw_gave) && hw_tokens_same{Pre, Post};
  ensures restored: \result != SVSM_SUCCESS ==> create_page(c, n) && hw_is_guest(n.vmsa) &&
    hw_pages.p[n.vmsa].entry == \old(hw_pages).p[n.vmsa].entry;
  ensures rely_refused: \result != SVSM_SUCCESS ==> create_rely{Pre, Post}(n.vmsa, n.vmsa);
  ensures codes: core_create_code(\result) && \result != SVSM_INVALID_REQUEST;
  ensures early: core_create_early(\result) ==> hw_changed == \old(hw_changed);
  ensures rest: create_rest{Pre, Post}(n.vmsa, n.caa);
  ensures page: \result == SVSM_SUCCESS ==>
    create_given{Pre, Post}(n.vmsa) && page_gave(n.vmsa, HW_VMSA, c.vmpl);
  ensures given: \result == SVSM_SUCCESS ==> create_given{Pre, Post}(n.caa);
  ensures new_area: \result == SVSM_SUCCESS && n.older == VCPU_NONE ==>
    core_gave_own(n.caa, HW_CAA, c.vmpl);
  ensures old_area: \result == SVSM_SUCCESS && n.older != VCPU_NONE ==>
    hw_gave.entry[n.caa] == \old(hw_gave).entry[n.caa];
  ensures gave: core_gave_only{Pre, Post}(n.vmsa, n.caa);
  ensures entered: \result == SVSM_SUCCESS ==> create_entered(vcpu_table.v[slot], c, n);
  ensures retired: \result == SVSM_SUCCESS && n.older != VCPU_NONE ==>
    create_retired{Pre, Post}(n.older) && vcpu_table.v[n.older].vmpl == vcpu_table.v[slot].vmpl;
  ensures others: \forall integer i; 0 <= i < VCPUS_MAX && i != slot && i != n.older ==>
    vcpu_table.v[i] == \at(vcpu_table.v[i], Pre);
*/
static uint64_t candidate_accept(struct caller c, struct candidate n, uint32_t slot)
{
	uint32_t eax = vmsa_freeze(n.vmsa);
	struct vmsa_view w;
	uint64_t code;

	if (eax != SNP_OK) {
		return core_error(eax);
	}
	w = vmsa_read(n.vmsa);
	code = candidate_judge(c, n, w);
	/*@ assert frozen: create_frozen(n.vmsa); */
	/*@ assert area: create_area(c, n); */
	if (code != SVSM_SUCCESS) {
		vmsa_restore(n.vmsa);
		return code;
	}
	/* all checks passed */
	candidate_register(c, n, slot, w.vmpl);
	return SVSM_SUCCESS;
}

/* Both pages are claimed: they are registered, if there is a free slot, or given back. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires locked: vcpu_locked;
  requires known: create_known(n);
  requires level: 2 <= c.vmpl <= 3;
  requires page: create_page(c, n);
  requires guest: hw_is_guest(n.vmsa);
  requires area: create_area(c, n);
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table;
  ensures inv: page_ok;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures rely: create_rely{Pre, Post}(n.vmsa, n.caa);
  ensures rest: create_rest{Pre, Post}(n.vmsa, n.caa);
  ensures page: create_given{Pre, Post}(n.vmsa);
  ensures area: create_given{Pre, Post}(n.caa);
  ensures codes: core_create_code(\result);
  ensures early: core_create_early(\result) ==> hw_changed == \old(hw_changed);
  ensures full: \result == SVSM_INVALID_REQUEST ==>
    \forall integer i; 0 <= i < VCPUS_MAX ==> vcpu_table.v[i].used != 0;
  ensures gave: core_gave_only{Pre, Post}(n.vmsa, n.caa);
  ensures nothing: \result != SVSM_SUCCESS ==> vcpu_table == \old(vcpu_table);
  ensures back: \result != SVSM_SUCCESS ==> page_gave_back{Pre, Post}(n.vmsa, HW_GUEST);
  ensures back_area: \result != SVSM_SUCCESS && n.older == VCPU_NONE ==>
    page_gave_back{Pre, Post}(n.caa, HW_GUEST);
  ensures done: \result == SVSM_SUCCESS ==> page_gave(n.vmsa, HW_VMSA, c.vmpl);
  ensures new_area: \result == SVSM_SUCCESS && n.older == VCPU_NONE ==>
    core_gave_own(n.caa, HW_CAA, c.vmpl);
  ensures old_area: n.older != VCPU_NONE ==> hw_gave.entry[n.caa] == \old(hw_gave).entry[n.caa];
  ensures retired: \result == SVSM_SUCCESS && n.older != VCPU_NONE ==>
    create_retired{Pre, Post}(n.older);
  ensures entered: \result == SVSM_SUCCESS ==>
    \exists integer i; 0 <= i < VCPUS_MAX && create_slot{Pre, Post}(i, c, n);
*/
static uint64_t candidate_enter(struct caller c, struct candidate n)
{
	uint32_t slot = vcpu_find_free();
	uint64_t code = SVSM_INVALID_REQUEST;

	if (slot != VCPU_NONE) {
		code = candidate_accept(c, n, slot);
	}
	if (code != SVSM_SUCCESS) {
		candidate_give_back(n);
	}
	return code;
}

/* The page of the VMSA is claimed. Claims the calling area, which fails if the two are one; a refusal
 * gives both back. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires locked: vcpu_locked;
  requires known: create_known(n);
  requires level: 2 <= c.vmpl <= 3;
  requires page: page_taken(n.vmsa, HW_GUEST, c.vmpl) && vcpu_no_vmsa(n.vmsa);
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table;
  ensures inv: page_ok;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures rely: create_rely{Pre, Post}(n.vmsa, n.vmsa);
  ensures rest: create_rest{Pre, Post}(n.vmsa, n.vmsa);
  ensures page: create_given{Pre, Post}(n.vmsa);
  ensures foreign: n.older != VCPU_NONE && !\old(create_older(vcpu_table.v[n.older], c, n)) ==>
    \result == SVSM_INVALID_ADDRESS;
  ensures codes: core_create_code(\result);
  ensures early: core_create_early(\result) ==> hw_changed == \old(hw_changed);
  ensures full: \result == SVSM_INVALID_REQUEST ==>
    \forall integer i; 0 <= i < VCPUS_MAX ==> vcpu_table.v[i].used != 0;
  ensures gave: core_gave_only{Pre, Post}(n.vmsa, n.caa);
  ensures nothing: \result != SVSM_SUCCESS ==> vcpu_table == \old(vcpu_table);
  ensures back: \result != SVSM_SUCCESS ==> page_gave_back{Pre, Post}(n.vmsa, HW_GUEST);
  ensures back_area: \result != SVSM_SUCCESS && n.caa != n.vmsa ==>
    core_gave_own(n.caa, HW_GUEST, c.vmpl) || hw_gave.entry[n.caa] == \old(hw_gave).entry[n.caa];
  ensures done: \result == SVSM_SUCCESS ==>
    n.vmsa != n.caa && page_gave(n.vmsa, HW_VMSA, c.vmpl);
  ensures new_area: \result == SVSM_SUCCESS && n.older == VCPU_NONE ==>
    core_gave_own(n.caa, HW_CAA, c.vmpl);
  ensures old_area: \result == SVSM_SUCCESS && n.older != VCPU_NONE ==>
    hw_gave.entry[n.caa] == \old(hw_gave).entry[n.caa] && create_retired{Pre, Post}(n.older);
  ensures entered: \result == SVSM_SUCCESS ==>
    \exists integer i; 0 <= i < VCPUS_MAX && create_slot{Pre, Post}(i, c, n);
*/
static uint64_t candidate_create(struct caller c, struct candidate n)
{
	int claimed = candidate_claim_caa(c, n);

	/*@ assert owner: hw_pages.p[n.vmsa].entry == \at(hw_pages.p[n.vmsa].entry, Pre); */
	if (!claimed) {
		page_release(n.vmsa, PAGE_GUEST, page_claimed_owner(n.vmsa));
		return SVSM_INVALID_ADDRESS;
	}
	/*@ assert page: create_page(c, n); */
	/*@ assert area: create_area(c, n); */
	return candidate_enter(c, n);
}

/* Registry locked. */
/*@
  requires inv: page_ok;
  requires few: hw_few(900);
  requires locked: vcpu_locked;
  requires level: 2 <= c.vmpl <= 3;
  requires operands: n.vmsa < HW_PFNS && n.caa < HW_PFNS && n.apic < CPUS_MAX;
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table;
  ensures inv: page_ok;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures registered: !\old(vcpu_no_vmsa(n.vmsa)) ==>
    \result == SVSM_INVALID_ADDRESS && core_silent{Pre, Post};
  ensures foreign: \forall integer i; 0 <= i < VCPUS_MAX &&
    vcpu_has_caa(\at(vcpu_table.v[i], Pre), n.caa) &&
    (i == c.slot || \at(vcpu_table.v[i], Pre).startup != 0 || \at(vcpu_table.v[i], Pre).apic != n.apic) ==>
    \result == SVSM_INVALID_ADDRESS;
  ensures codes: core_create_code(\result);
  ensures early: core_create_early(\result) ==> hw_changed == \old(hw_changed);
  ensures full: \result == SVSM_INVALID_REQUEST ==>
    \forall integer i; 0 <= i < VCPUS_MAX ==> vcpu_table.v[i].used != 0;
  ensures gave: core_gave_only{Pre, Post}(n.vmsa, n.caa);
  ensures nothing: \result != SVSM_SUCCESS ==> vcpu_table == \old(vcpu_table);
  ensures back: \result != SVSM_SUCCESS ==>
    core_gave_own(n.vmsa, HW_GUEST, c.vmpl) || hw_gave.entry[n.vmsa] == \old(hw_gave).entry[n.vmsa];
  ensures back_area: \result != SVSM_SUCCESS ==>
    core_gave_own(n.caa, HW_GUEST, c.vmpl) || hw_gave.entry[n.caa] == \old(hw_gave).entry[n.caa];
  ensures done: \result == SVSM_SUCCESS ==>
    n.vmsa != n.caa && page_gave(n.vmsa, HW_VMSA, c.vmpl);
  ensures new_area: \result == SVSM_SUCCESS && \old(vcpu_no_caa(n.caa)) ==>
    core_gave_own(n.caa, HW_CAA, c.vmpl);
  ensures old_area: \forall integer i; 0 <= i < VCPUS_MAX &&
    vcpu_has_caa(\at(vcpu_table.v[i], Pre), n.caa) && \result == SVSM_SUCCESS ==>
    hw_gave.entry[n.caa] == \at(hw_gave.entry[n.caa], Pre) && create_retired{Pre, Post}(i);
  ensures entered: \result == SVSM_SUCCESS ==> \exists integer i; 0 <= i < VCPUS_MAX &&
    create_slot{Pre, Post}(i, c, n);
*/
static uint64_t create_locked(struct caller c, struct candidate n)
{
	n.older = vcpu_find_caa(n.caa);
	/*@ assert one: \forall integer i; 0 <= i < VCPUS_MAX && vcpu_has_caa(vcpu_table.v[i], n.caa) ==>
	      i == n.older; */
	/* The registry is asked as well as the ownership table: they must agree. */
	if (vcpu_find_vmsa(n.vmsa) != VCPU_NONE || !page_claim(n.vmsa, PAGE_GUEST, c.vmpl)) {
		return SVSM_INVALID_ADDRESS;
	}
	return candidate_create(c, n);
}

/* What the operands say by themselves. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures formed: !core_create_formed(vmsa, caa, n.apic) ==> \result == SVSM_INVALID_PARAMETER;
  ensures covered: core_create_formed(vmsa, caa, n.apic) &&
    !(range_covered(vmsa, 4096) && range_covered(caa, 4096)) ==> \result == SVSM_INVALID_ADDRESS;
  ensures good: core_create_formed(vmsa, caa, n.apic) && range_covered(vmsa, 4096) && range_covered(caa, 4096) ==>
    \result == SVSM_SUCCESS;
*/
static uint64_t create_decode(uint64_t vmsa, uint64_t caa, struct candidate n)
{
	/* A VMSA on a 2M boundary collides with the RMP check of large mappings (erratum). */
	if (!range_is_aligned(vmsa, PAGE_SIZE) || !range_is_aligned(caa, PAGE_SIZE) ||
	    range_is_aligned(vmsa, LARGE_PAGE) || !vcpu_apic_known(n.apic)) {
		return SVSM_INVALID_PARAMETER;
	}
	if (!range_is_covered(vmsa, PAGE_SIZE) || !range_is_covered(caa, PAGE_SIZE)) {
		return SVSM_INVALID_ADDRESS;
	}
	return SVSM_SUCCESS;
}

uint64_t core_create_vcpu(struct caller c, uint64_t vmsa, uint64_t caa, uint64_t apic)
{
	struct candidate n = {
		.vmsa = vmsa / PAGE_SIZE,
		.caa = caa / PAGE_SIZE,
		.apic = (uint32_t)(apic % 0x100000000UL),
		.older = VCPU_NONE,
	};
	uint64_t code = create_decode(vmsa, caa, n);

	if (code != SVSM_SUCCESS) {
		return code;
	}
	hw_lock();
	code = create_locked(c, n);
	hw_unlock();
	return code;
}

/* Takes the page from state, which it must have. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires frame: pfn < HW_PFNS;
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures taken: page_taken(pfn, state, caller) && !\old(hw_held(pfn)) &&
    hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]);
  ensures gave: hw_gave == \old(hw_gave);
*/
static void page_must_claim(uint64_t pfn, uint32_t state, uint32_t caller)
{
	if (!page_claim(pfn, state, caller)) {
		hw_terminate(REASON_STATE);
	}
}

/* The VMSA page of a stopped vCPU: the VMSA bit is taken before anybody can write the page. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires frame: vmsa < HW_PFNS && 2 <= owner <= 3;
  terminates \false;
  exits \false;
  assigns HW_ALL;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures gave: page_gave(vmsa, HW_GUEST, owner) && page_gave_rest{Pre, Post}(vmsa, 1);
*/
static void vmsa_dismantle(uint64_t vmsa, uint32_t owner)
{
	page_must_claim(vmsa, PAGE_VMSA, owner);
	/*@ assert vmsa: hw_pages.p[vmsa].vmsa == 1; */
	if (perm_revoke(vmsa, SNP_SIZE_4K) != SNP_OK) {
		hw_terminate(REASON_RMPADJUST);
	}
	perm_grant(vmsa, SNP_SIZE_4K, owner);
	page_release(vmsa, PAGE_GUEST, owner);
}

/* The calling area of a stopped vCPU: its owner's page again. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires frame: caa < HW_PFNS;
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures gave: core_gave_own(caa, HW_GUEST, 0) && page_gave_rest{Pre, Post}(caa, 1);
*/
static void caa_dismantle(uint64_t caa, uint32_t caller)
{
	page_must_claim(caa, PAGE_CAA, caller);
	page_release(caa, PAGE_GUEST, page_claimed_owner(caa));
}

/* Registry locked, the vCPU stopped: its pages become ordinary ones, then it leaves the registry. */
/*@
  requires inv: page_ok;
  requires few: hw_few(950);
  requires locked: vcpu_locked;
  requires level: 2 <= c.vmpl <= 3;
  requires slot: slot < VCPUS_MAX && vcpu_table.v[slot].used != 0;
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table;
  ensures inv: page_ok;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures page: page_gave(\old(vcpu_table).v[slot].vmsa, HW_GUEST, c.vmpl);
  ensures area: \old(vcpu_table).v[slot].retired == 0 ==>
    core_gave_own(\old(vcpu_table).v[slot].caa, HW_GUEST, 0) &&
    core_gave_only{Pre, Post}(\old(vcpu_table).v[slot].vmsa, \old(vcpu_table).v[slot].caa);
  ensures no_area: \old(vcpu_table).v[slot].retired != 0 ==>
    page_gave_rest{Pre, Post}(\old(vcpu_table).v[slot].vmsa, 1);
  ensures freed: vcpu_table.v[slot].used == 0;
  ensures others: vcpu_rest{Pre, Post}(slot);
*/
static void vcpu_dismantle(struct caller c, uint32_t slot)
{
	struct vcpu v = vcpu_get(slot);

	vmsa_dismantle(v.vmsa, c.vmpl);
	if (!v.retired) {
		caa_dismantle(v.caa, c.vmpl);
	}
	vcpu_clear(slot);
}

/*@
  // DELETE_VCPU of v by c is refused whatever v is doing: the startup vCPU, or a more privileged one.
  predicate delete_guarded(struct vcpu v, struct caller c) = v.startup != 0 || v.vmpl < c.vmpl;
*/
/*@
  requires inv: page_ok;
  requires few: hw_few(900);
  requires locked: vcpu_locked;
  requires level: 2 <= c.vmpl <= 3;
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table;
  ensures inv: page_ok;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures codes: \result == SVSM_SUCCESS || \result == SVSM_INVALID_PARAMETER ||
    \result == SVSM_FAIL_INUSE;
  ensures unknown: gpa % 4096 != 0 || \old(vcpu_no_vmsa(gpa / 4096)) ==> \result == SVSM_INVALID_PARAMETER;
  ensures guarded: gpa % 4096 == 0 ==> \forall integer i; 0 <= i < VCPUS_MAX &&
    vcpu_has_vmsa(\at(vcpu_table.v[i], Pre), gpa / 4096) ==>
    (\result == SVSM_INVALID_PARAMETER <==> delete_guarded(\at(vcpu_table.v[i], Pre), c));
  ensures idle: gpa % 4096 == 0 ==> \forall integer i; 0 <= i < VCPUS_MAX &&
    vcpu_has_vmsa(\at(vcpu_table.v[i], Pre), gpa / 4096) &&
    !delete_guarded(\at(vcpu_table.v[i], Pre), c) ==>
    (i == c.slot || \at(vcpu_table.v[i], Pre).retired != 0 ==> \result == SVSM_SUCCESS) &&
    (i != c.slot && \at(vcpu_table.v[i], Pre).serving != 0 ==> \result == SVSM_FAIL_INUSE);
  ensures refused: \result != SVSM_SUCCESS ==> vcpu_table == \old(vcpu_table) && core_silent{Pre, Post};
  ensures gone: \result == SVSM_SUCCESS ==>
    vcpu_no_vmsa(gpa / 4096) && page_gave(gpa / 4096, HW_GUEST, c.vmpl);
  ensures freed: \result == SVSM_SUCCESS ==> \forall integer i; 0 <= i < VCPUS_MAX &&
    vcpu_has_vmsa(\at(vcpu_table.v[i], Pre), gpa / 4096) ==>
    vcpu_table.v[i].used == 0 && vcpu_rest{Pre, Post}(i) &&
    (\at(vcpu_table.v[i], Pre).retired == 0 ==>
      core_gave_own(\at(vcpu_table.v[i], Pre).caa, HW_GUEST, 0)) &&
    core_gave_only{Pre, Post}(gpa / 4096, \at(vcpu_table.v[i], Pre).caa);
*/
static uint64_t delete_locked(struct caller c, uint64_t gpa)
{
	uint32_t slot = vcpu_find_vmsa(gpa / PAGE_SIZE);
	struct vcpu v;

	if (slot == VCPU_NONE || !range_is_aligned(gpa, PAGE_SIZE)) {
		return SVSM_INVALID_PARAMETER;
	}
	v = vcpu_get(slot);
	if (v.startup || v.vmpl < c.vmpl) {
		return SVSM_INVALID_PARAMETER;
	}
	/* The caller itself is being served: it is frozen and stands at its VMGEXIT. */
	if (slot != c.slot && !vcpu_stop(v)) {
		return SVSM_FAIL_INUSE;
	}
	/* all checks passed */
	vcpu_dismantle(c, slot);
	return SVSM_SUCCESS;
}

uint64_t core_delete_vcpu(struct caller c, uint64_t gpa)
{
	uint64_t code;

	hw_lock();
	code = delete_locked(c, gpa);
	hw_unlock();
	return code;
}
