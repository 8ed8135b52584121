/* Attacks by what a guest names: addresses, sizes and pages that are not its to name (catalogue, group 1). */
#include <stddef.h>
#include <verismo/reasons.h>
#include <verismo/snp.h>
#include <verismo/svsm.h>
#include "module/guest/page.h"
#include "sim/attacks/play.h"

#define LIST	      0x160UL /* private pages of VMPL2 */
#define PAGE_A	      0x171UL
#define PAGE_B	      0x172UL
#define VALIDATE(pfn) (GPA(pfn) + ENTRY_VALIDATE)

/* Won if a call was not refused as it had to be, else judged. */
static struct attack_outcome judge(const char *wrong, const char *text)
{
	return wrong != NULL ? attack_won("%s", wrong) : attack_judge("%s", text);
}

/* Every call that takes this page, none of which may. NULL, or what is wrong. */
static const char *name_everywhere(struct sim_vcpu v, uint64_t pfn, uint64_t other)
{
	const char *wrong = play_entry_refused(v, GPA(pfn), SVSM_INVALID_ADDRESS);

	if (wrong == NULL) {
		wrong = play_entry_refused(v, VALIDATE(pfn), SVSM_INVALID_ADDRESS);
	}
	if (wrong == NULL) {
		wrong = play_core_refused(v, SVSM_CORE_PVALIDATE, GPA(pfn), 0, 0,
					  SVSM_INVALID_ADDRESS);
	}
	if (wrong == NULL) {
		wrong = play_core_refused(v, SVSM_CORE_REMAP_CA, GPA(pfn), 0, 0,
					  SVSM_INVALID_ADDRESS);
	}
	if (wrong == NULL) {
		wrong = play_core_refused(v, SVSM_CORE_CREATE_VCPU, GPA(other), GPA(pfn), 2,
					  SVSM_INVALID_ADDRESS);
	}
	if (wrong == NULL) {
		wrong = play_core_refused(v, SVSM_CORE_CREATE_VCPU, GPA(pfn), GPA(other), 2,
					  pfn % PAGES_PER_2M == 0 ? SVSM_INVALID_PARAMETER
								  : SVSM_INVALID_ADDRESS);
	}
	return wrong;
}

/* ---- AT-008 ---- */

static struct attack_outcome name_svsm_page(void)
{
	static const uint64_t pages[] = {SIM_MODULE, SIM_MODULE + 1, SIM_MODULE_END - 1};
	const char *wrong = NULL;
	uint32_t i;

	attack_secrets();
	for (i = 0; i < LENGTH(pages) && wrong == NULL; i++) {
		wrong = name_everywhere(sim_startup, pages[i], PAGE_A);
	}
	return judge(wrong, "INVALID_ADDRESS from every call, and nothing changed");
}

/* ---- AT-009, AT-024: all of 2M ---- */

static struct attack_outcome straddle_2m(void)
{
	uint64_t caa = SIM_PRIVATE_2M + 5, entry = GPA(SIM_PRIVATE_2M) + ENTRY_2M;
	const char *wrong;

	(void)play_call(sim_startup, play_core(SVSM_CORE_REMAP_CA, GPA(caa), 0, 0));
	sim_startup.caa = caa;
	wrong = play_entry_refused(sim_startup, entry, SVSM_INVALID_ADDRESS);
	return judge(wrong, "INVALID_ADDRESS, for one 4K of the 2M is a calling area");
}

static struct attack_outcome validity_tail(void)
{
	uint64_t pfn, code;

	code = play_pvalidate(sim_startup, VALIDATE(SIM_SHARED_2M) + ENTRY_2M);
	if (code >= PLAY_END) {
		return attack_won("a 2M entry ends the VM");
	}
	for (pfn = SIM_SHARED_2M; pfn < SIM_SHARED; pfn++) {
		if (page_look(pfn) != page_entry(PAGE_GUEST, 2)) {
			return attack_won("frame %#lx is validated, and the table does not know",
					  pfn);
		}
	}
	return attack_judge("all 512 frames were claimed and are the guest's");
}

/* ---- AT-025 ---- */

/* The end of the ownership table, and a map of the host from which it would have more entries than there are. */
static struct attack_outcome table_end_overflow(void)
{
	const char *wrong = name_everywhere(sim_startup, SIM_PFNS, PAGE_A);

	if (wrong == NULL) {
		wrong = play_entry_refused(sim_startup, VALIDATE(SIM_PFNS) + ENTRY_2M,
					   SVSM_INVALID_ADDRESS);
	}
	if (wrong != NULL) {
		return attack_won("%s", wrong);
	}
	page_bounds.pfns = 0;
	return attack_judge_end(HW_RUN(page_table_init(HW_PFNS + 1)), REASON_STATE);
}

/* ---- AT-010, AT-011, AT-012: the form of an address ---- */

static struct attack_outcome gpa_wrap(void)
{
	static const uint64_t ends[] = {0xfffffffffffff000UL, 0xffffffffffe00000UL, 0x7ffffff000UL};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(ends) && wrong == NULL; i++) {
		wrong = name_everywhere(sim_startup, ends[i] / PAGE_SIZE, PAGE_A);
	}
	if (wrong == NULL) {
		wrong = play_entry_refused(sim_startup,
					   0xffffffffffe00000UL + ENTRY_VALIDATE + ENTRY_2M,
					   SVSM_INVALID_ADDRESS);
	}
	return judge(wrong, "INVALID_ADDRESS from every call, and nothing changed");
}

static struct attack_outcome gpa_cbit_alias(void)
{
	static const uint32_t bits[] = {39, 47, 51, 63};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(bits) && wrong == NULL; i++) {
		uint64_t pfn = PAGE_A + (1UL << bits[i]) / PAGE_SIZE;

		wrong = name_everywhere(sim_startup, pfn, PAGE_B);
	}
	return judge(wrong, "INVALID_ADDRESS with any bit above the guest's width");
}

static struct attack_outcome entry_reserved_bits(void)
{
	static const uint64_t entries[] = {
		GPA(SIM_SHARED) + ENTRY_VALIDATE + 0x10,
		GPA(SIM_SHARED) + ENTRY_VALIDATE + 0x800,
		GPA(SIM_SHARED) + ENTRY_VALIDATE + 2,
		GPA(SIM_SHARED) + ENTRY_VALIDATE + 3,
		GPA(SIM_SHARED_2M + 1) + ENTRY_VALIDATE + ENTRY_2M,
	};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(entries) && wrong == NULL; i++) {
		wrong = play_entry_refused(sim_startup, entries[i], SVSM_INVALID_PARAMETER);
	}
	return judge(wrong, "INVALID_PARAMETER, next at the entry, nothing changed");
}

/* ---- AT-013, AT-014: pages that a call is using ---- */

/* An entry of a list in LIST that rescinds a page which the call itself needs. */
static struct attack_outcome rescind_in_use(uint64_t pfn, const char *text)
{
	uint64_t entry = GPA(pfn);

	sim_list(sim_startup, GPA(LIST), 1, 0, &entry, 1);
	return judge(play_core_refused(sim_startup, SVSM_CORE_PVALIDATE, GPA(LIST), 0, 0,
				       SVSM_INVALID_ADDRESS),
		     text);
}

static struct attack_outcome rescind_live_caa(void)
{
	return rescind_in_use(SIM_CAA, "INVALID_ADDRESS: a calling area is no ordinary page");
}

static struct attack_outcome rescind_list_page(void)
{
	return rescind_in_use(LIST,
			      "INVALID_ADDRESS: the page is pinned; list and next are intact");
}

/* ---- AT-028, AT-029: levels ---- */

static struct attack_outcome cross_level_state(void)
{
	struct sim_vcpu low = play_low();

	attack_give_vmpl3(0x22, 1);
	return judge(name_everywhere(low, PAGE_A, 0x22),
		     "INVALID_ADDRESS from every call of VMPL3 on a page of VMPL2");
}

static struct attack_outcome service_level_grant(void)
{
	uint64_t code, value;

	code = play_pvalidate(sim_startup, VALIDATE(SIM_SHARED));
	if (sim_read(1, SIM_SHARED, 0, &value) == ACCESS_OK) {
		return attack_won("VMPL1 reads a page that VMPL2 has validated");
	}
	return attack_judge("validated with code %#lx; VMPL1 has no permission", code);
}

const struct attack attacks_names[] = {
	{"AT-008", "name-svsm-page", "guest",
	 "first, second and last page of the module as operand of every call",
	 "module/guest/page.c: page_entry_is_takeable", "page_entry_is_takeable",
	 "tests/attacks/guest-maps-module.patch", name_svsm_page},
	{"AT-009", "straddle-2m", "guest",
	 "the guest makes a later 4K of a 2M page its calling area and rescinds the 2M",
	 "module/services/pvalidate.c: span_look asks for each frame", "span_decode: fields",
	 "tests/attacks/span-start-only.patch", straddle_2m},
	{"AT-010", "gpa-wrap", "guest",
	 "addresses whose end is beyond 2^64 or beyond the guest's width",
	 "module/guest/range.c: range_is_covered; module/guest/page.c: page_look",
	 "range_is_covered: whole", "tests/attacks/gpa-wrap-unlooked.patch", gpa_wrap},
	{"AT-011", "gpa-cbit-alias", "guest",
	 "addresses of a guest page with the C-bit or another high bit set",
	 "module/guest/range.c: range_is_covered", "range_is_covered: whole",
	 "tests/attacks/cbit-masked.patch", gpa_cbit_alias},
	{"AT-012", "entry-reserved-bits", "guest",
	 "entries with reserved bits, sizes 2 and 3, and 2M on a page that is not aligned so",
	 "module/services/pvalidate.c: span_decode", "span_decode: form",
	 "proof/red/reserved-bits.patch", entry_reserved_bits},
	{"AT-013", "rescind-live-caa", "guest", "the guest rescinds the calling area it calls with",
	 "module/guest/page.c: page_entry_is_takeable", "page_entry_is_takeable",
	 "tests/attacks/caa-takeable.patch", rescind_live_caa},
	{"AT-014", "rescind-list-page", "guest",
	 "an entry of a list rescinds the page that the list is in",
	 "module/guest/access.c: operand_hold pins it", "page_entry_is_takeable",
	 "proof/red/claim-pinned.patch", rescind_list_page},
	{"AT-024", "validity-tail", "guest",
	 "a 2M entry: is its last frame tracked like the others?",
	 "module/guest/page.c: page_claim_region", "page_claim_region: taken",
	 "proof/red/claim-tail.patch", validity_tail},
	{"AT-025", "table-end-overflow", "both",
	 "pages at the end of the ownership table; memory for which it would have too many entries",
	 "module/guest/page.c: page_table_init, page_look", "page_table_init",
	 "proof/red/table-overflow.patch", table_end_overflow},
	{"AT-028", "cross-level-state", "guest", "VMPL3 names a page of VMPL2 in every call",
	 "module/guest/page.c: page_entry_is_takeable compares levels", "page_entry_is_takeable",
	 "proof/red/cross-level.patch", cross_level_state},
	{"AT-029", "service-level-grant", "guest",
	 "VMPL1, where services run, reads a page that the guest has validated",
	 "module/guest/perm.c: perm_grant begins at VMPL2", "perm_grant: granted",
	 "proof/red/grant-vmpl1.patch", service_level_grant},
	{0},
};
