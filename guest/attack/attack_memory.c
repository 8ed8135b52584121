/* Attacks on frames and their contents; the host moves the frames (emulator/host/attack_frames.c). */
#include "attack.h"

/* PAGE becomes a shared one for module and host. */
static int give_up(struct cpu *c)
{
	return svsm_pvalidate_one(c, PAGE) == SVSM_SUCCESS &&
	       ghcb_page_state(PAGE, GHCB_PSC_SHARED);
}

static uint64_t validate(struct cpu *c)
{
	return svsm_pvalidate_one(c, PAGE | ENTRY_VALIDATE);
}

struct outcome attack_swap_svsm_frame(struct cpu *c)
{
	uint64_t code;

	if (!give_up(c)) {
		return outcome_broken();
	}
	collude(c, COLLUDE_BEGIN, PAGE);
	code = validate(c);
	return outcome_of(
		code == SVSM_SUCCESS && !probe_is_zero(PAGE), "the page still holds the secrets",
		"the module cleared the page before it granted it (PVALIDATE, zero, RMPADJUST)");
}

struct outcome attack_double_map_gpa(struct cpu *c)
{
	uint64_t code;

	write_word(PAGE, OLD_VALUE);
	collude(c, COLLUDE_BEGIN, PAGE);
	code = validate(c);
	if (code == SVSM_SUCCESS) {
		write_word(PAGE, NEW_VALUE);
	}
	collude(c, COLLUDE_BACK, PAGE);
	return outcome_of(code == SVSM_SUCCESS && read_word(PAGE) == OLD_VALUE,
			  "the page reads back what it held before the last write",
			  "the ownership table knows the page as validated, nothing was executed "
			  "(0x80001010)");
}

struct outcome attack_share_without_rescind(struct cpu *c)
{
	struct probe p;

	write_word(PAGE, OLD_VALUE);
	collude(c, COLLUDE_BEGIN, PAGE);
	if (!give_up(c) || !ghcb_page_state(PAGE, GHCB_PSC_PRIVATE) ||
	    validate(c) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	write_word(PAGE, NEW_VALUE);
	collude(c, COLLUDE_BACK, PAGE);
	p = probe_read(PAGE);
	return outcome_of(p.vc == 0 && p.value == OLD_VALUE,
			  "the page reads back what it held before it was shared",
			  "the old frame is not validated any more: #VC");
}

struct outcome attack_psc_lie(struct cpu *c)
{
	uint64_t code;

	if (!give_up(c)) {
		return outcome_broken();
	}
	collude(c, COLLUDE_BEGIN, PAGE);
	if (!ghcb_page_state(PAGE, GHCB_PSC_PRIVATE)) {
		return outcome_broken();
	}
	code = validate(c);
	return outcome_of(
		code == SVSM_SUCCESS && !probe_is_zero(PAGE),
		"a private page holds what the host has put there",
		"PVALIDATE faulted until the page was private, and the module cleared it");
}

/* The list lies in a page that the host replaces: the module's first look at it is a #VC. */
struct outcome attack_not_validated_vc(struct cpu *c)
{
	volatile struct pvalidate_list *list = (volatile struct pvalidate_list *)PAGE;

	list->entries = 1;
	list->next = 0;
	list->entry[0] = OTHER_PAGE;
	collude(c, COLLUDE_BEGIN, PAGE);
	svsm_pvalidate(c, PAGE);
	return outcome_of(1, "the module went on with a page that it never validated", "");
}

struct outcome attack_host_touches_private(struct cpu *c)
{
	struct probe p;

	probe_fill(PAGE, COLLUDE_CANARY);
	collude(c, COLLUDE_BEGIN, PAGE);
	p = probe_read(PAGE);
	return outcome_of(p.vc == 0 && p.value != COLLUDE_CANARY,
			  "the guest reads in a private page what the host has written",
			  "ciphertext for the host's read, a fault for its write; a page that was "
			  "taken away is not validated: #VC");
}

struct outcome attack_stale_permission(struct cpu *c)
{
	struct probe p = probe_adjust(PAGE, SNP_ATTR(3, SNP_PERM_ALL));

	if (p.vc != 0 || p.eax != SNP_OK || probe_vmpl3(PAGE) != SNP_PERM_ALL ||
	    svsm_pvalidate_one(c, PAGE) != SVSM_SUCCESS || validate(c) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	return outcome_of(probe_vmpl3(PAGE) != SNP_PERM_NONE,
			  "VMPL3 has its old permissions on the page's next life",
			  "the rescind took the permissions of VMPL1, 2 and 3 before PVALIDATE");
}

#define MIDDLE PAGE_OF(AREA_LARGE, 7)

/* The module learns of the split by RMPADJUST; if it went on, VMPL3 would keep what VMPL2 has given it. */
struct outcome attack_psmash_midway(struct cpu *c)
{
	uint64_t code;
	struct probe p;

	collude(c, COLLUDE_BEGIN, AREA_LARGE);
	p = probe_adjust(MIDDLE, SNP_ATTR(3, SNP_PERM_ALL));
	if (p.vc != 0 || p.eax != SNP_OK) {
		return outcome_broken();
	}
	code = svsm_pvalidate_one(c, AREA_LARGE | ENTRY_2M);
	if (code == SVSM_SUCCESS) {
		svsm_pvalidate_one(c, MIDDLE | ENTRY_VALIDATE);
	}
	return outcome_of(code == SVSM_SUCCESS && probe_vmpl3(MIDDLE) != SNP_PERM_NONE,
			  "half of the rescind was done: VMPL3 keeps its permissions",
			  "the sizes differ (0x80001006), nothing has changed");
}
