/*
 * The host's instructions. RMPUPDATE (24594, RMPUPDATE; 24593, 15.36.5): operands, FAIL_INPUT;
 * immutable, FAIL_PERMISSION; VMSA of a running vCPU, FAIL_INUSE; a 4K update inside a 2M page or
 * a 2M one over assigned 4K pages, FAIL_OVERLAP. Nothing of the old entry is left. PSMASH (24594,
 * PSMASH; 24593, 15.36.11): the head of a 2M page that is not immutable; 512 entries with
 * everything inherited and successive GPAs.
 */
#include "cases.h"

#define UPDATE_SOURCE "24594 RMPUPDATE"
#define SMASH_SOURCE  "24594 PSMASH"

static const struct rmp_view to_guest = {.assigned = 1, .asid = 1};
static const struct rmp_view to_guest_2m = {.assigned = 1, .asid = 1, .size = SNP_SIZE_2M};
static const struct rmp_view to_host = {.assigned = 0};
static const struct rmp_view to_host_2m = {.size = SNP_SIZE_2M};
static const struct rmp_view to_firmware = {.assigned = 1};
static const struct rmp_view to_immutable = {.assigned = 1, .asid = 1, .immutable = 1};

struct row {
	enum state state;
	enum answer small; /* to the guest, the host, the secure processor; immutable */
	enum answer large; /* 2M, to the guest and the host */
};

static const struct row rows[] = {
	{STATE_SHARED, DONE, DONE},
	{STATE_FIRMWARE, DONE, FAIL_OVERLAP},
	{STATE_IMMUTABLE, FAIL_PERM, FAIL_PERM},
	{STATE_OTHER_GPA, DONE, FAIL_OVERLAP},
	{STATE_UNMAPPED, DONE, FAIL_OVERLAP},
	{STATE_ASSIGNED, DONE, FAIL_OVERLAP},
	{STATE_VALID, DONE, FAIL_OVERLAP},
	{STATE_OPEN, DONE, FAIL_OVERLAP},
	{STATE_VMSA, DONE, FAIL_OVERLAP},
	{STATE_RUNNING, FAIL_INUSE, FAIL_INUSE},
	{STATE_ASSIGNED_2M, FAIL_OVERLAP, DONE},
	{STATE_VALID_2M, FAIL_OVERLAP, DONE},
	{STATE_INSIDE_2M, FAIL_OVERLAP, FAIL_INPUT},
	{STATE_4K_MAPPED_2M, DONE, FAIL_OVERLAP},
	{STATE_FIRMWARE_2M, FAIL_OVERLAP, DONE},
	{STATE_IMMUTABLE_2M, FAIL_PERM, FAIL_PERM},
	{STATE_ASSIGNED_VMSA, DONE, FAIL_OVERLAP},
};

static void update(enum state s, const char *what, struct rmp_view entry, uint16_t page,
		   enum answer answer)
{
	struct test_case c = case_begin("RMPUPDATE", s);
	struct step *step = case_step(&c, DO_RMPUPDATE, 0, answer);

	c.source = UPDATE_SOURCE;
	case_name(&c, what);
	entry.page = entry.assigned != 0 ? page : 0;
	step->entry = entry;
	step->entry.page = page;
	if (answer == DONE) {
		c.after = entry;
		c.after.size = entry.assigned != 0 ? entry.size : SNP_SIZE_4K;
		c.changed = s != STATE_SHARED || entry.assigned != 0;
		if (s == STATE_ASSIGNED && entry.asid != 0 && entry.immutable == 0 && page == 0) {
			c.changed = 0; /* as it was */
		}
	}
	case_run(&c);
}

static void update_states(void)
{
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		update(r->state, "/to-guest-4K", to_guest, 7, r->small);
		update(r->state, "/to-host-4K", to_host, 0, r->small);
		update(r->state, "/to-firmware-4K", to_firmware, 8, r->small);
		update(r->state, "/to-guest-immutable", to_immutable, 9, r->small);
		update(r->state, "/to-guest-2M", to_guest_2m, 512, r->large);
		update(r->state, "/to-host-2M", to_host_2m, 0, r->large);
	}
	update(STATE_ASSIGNED, "/the-same-again", to_guest, 0, DONE);
}

static void update_operands(void)
{
	struct rmp_view size_2 = {.assigned = 1, .asid = 1, .size = 2};
	struct rmp_view size_ff = {.size = 0xff};
	struct rmp_view asid_2 = {.assigned = 1, .asid = 2};
	struct rmp_view asid_ff = {.assigned = 1, .asid = 0xff};
	struct rmp_view host_asid = {.asid = 1};
	struct rmp_view host_immutable = {.immutable = 1};

	update(STATE_SHARED, "/size-2", size_2, 0, FAIL_INPUT);
	update(STATE_SHARED, "/size-ff", size_ff, 0, FAIL_INPUT);
	update(STATE_SHARED, "/unknown-ASID", asid_2, 0, FAIL_INPUT);
	update(STATE_SHARED, "/unknown-ASID-ff", asid_ff, 0, FAIL_INPUT);
	update(STATE_SHARED, "/to-host-with-ASID", host_asid, 0, FAIL_INPUT);
	update(STATE_SHARED, "/to-host-immutable", host_immutable, 0, FAIL_INPUT);
	update(STATE_SHARED, "/GPA-beyond", to_guest, PAGE_BEYOND, FAIL_INPUT);
	update(STATE_SHARED, "/2M-GPA-unaligned", to_guest_2m, 1, FAIL_INPUT);
	update(STATE_SHARED, "/2M-GPA-unaligned-511", to_guest_2m, 511, FAIL_INPUT);
	update(STATE_BEYOND, "/frame-beyond", to_guest, 0, FAIL_INPUT);
	update(STATE_BEYOND, "/frame-beyond-to-host", to_host, 0, FAIL_INPUT);
	/* operands are looked at before the entry */
	update(STATE_IMMUTABLE, "/size-2", size_2, 0, FAIL_INPUT);
	update(STATE_RUNNING, "/unknown-ASID", asid_2, 0, FAIL_INPUT);
	update(STATE_VALID_2M, "/to-host-with-ASID", host_asid, 0, FAIL_INPUT);
}

void cases_rmpupdate(void)
{
	update_states();
	update_operands();
}

struct smash_row {
	enum state state;
	enum answer answer;
};

static const struct smash_row smash_rows[] = {
	{STATE_SHARED, FAIL_INPUT},	 {STATE_SHARED_2M, FAIL_INPUT},
	{STATE_BEYOND, FAIL_INPUT},	 {STATE_FIRMWARE, FAIL_INPUT},
	{STATE_IMMUTABLE, FAIL_INPUT},	 {STATE_ASSIGNED, FAIL_INPUT},
	{STATE_VALID, FAIL_INPUT},	 {STATE_RUNNING, FAIL_INPUT},
	{STATE_INSIDE_2M, FAIL_INPUT},	 {STATE_4K_MAPPED_2M, FAIL_INPUT},
	{STATE_ASSIGNED_2M, DONE},	 {STATE_VALID_2M, DONE},
	{STATE_2M_MAPPED_4K, DONE},	 {STATE_FIRMWARE_2M, DONE},
	{STATE_IMMUTABLE_2M, FAIL_PERM},
};

static struct test_case smash(enum state s, enum answer answer)
{
	struct test_case c = case_begin("PSMASH", s);

	c.source = SMASH_SOURCE;
	case_step(&c, DO_PSMASH, 0, answer);
	if (answer == DONE) {
		c.after.size = SNP_SIZE_4K;
		c.changed = 512;
	}
	return c;
}

/* After a smash every 4K is what the whole was, at its own GPA; also the last one. */
static void smash_then(const char *name, uint16_t page, enum operation what, uint64_t operand,
		       enum answer answer)
{
	struct test_case c = smash(STATE_VALID_2M, DONE);
	struct step *step = case_step(&c, what, 0, answer);

	case_name(&c, name);
	step->page = page;
	step->operand = operand;
	case_run(&c);
}

void cases_psmash(void)
{
	for (uint32_t i = 0; i < sizeof(smash_rows) / sizeof(smash_rows[0]); i++) {
		struct test_case c = smash(smash_rows[i].state, smash_rows[i].answer);

		case_run(&c);
	}
	smash_then("/then-validate-511", 511, DO_PVALIDATE, 1, UNCHANGED);
	smash_then("/then-rescind-511", 511, DO_PVALIDATE, 0, DONE);
	smash_then("/then-validate-1", 1, DO_PVALIDATE, 1, UNCHANGED);
	smash_then("/then-read-2M-mapping", 5, DO_READ, 0, FAULT_SIZE);
}
