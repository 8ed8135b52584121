/*
 * Accesses: the nested walk with the RMP and VMPL checks (24593, 15.36.10, and 15.34.5 for
 * fetches, which are private whatever the C-bit says). Private: mapped; the guest's at this GPA;
 * validated or #VC; RMP and nested mapping of one size; no write to a running vCPU's VMSA; VMPL
 * permission, R with every other one (15.36.7). Shared: mapped, and not assigned.
 */
#include "cases.h"

#define SOURCE "24593 15.36.10"

static const enum operation kinds[] = {DO_READ, DO_WRITE, DO_FETCH_USER, DO_FETCH_SUPERVISOR,
				       DO_WALK};
#define KINDS 5U
#define WALK  4U
static const char *const kind_names[] = {"/read", "/write", "/fetch-user", "/fetch-supervisor",
					 "/table-walk"};
static const uint32_t needs[] = {SNP_PERM_R, SNP_PERM_W, SNP_PERM_UX, SNP_PERM_SX, SNP_PERM_W};

struct row {
	enum state state;
	enum answer read;   /* private: read and fetches */
	enum answer write;  /* and table walks, which may set bits (15.25.5) */
	enum answer shared; /* read, write */
};

static const struct row rows[] = {
	{STATE_UNMAPPED, FAULT_ABSENT, FAULT_ABSENT, FAULT_ABSENT},
	{STATE_BEYOND, FAULT_ABSENT, FAULT_ABSENT, FAULT_ABSENT},
	{STATE_SHARED, FAULT_RMP, FAULT_RMP, DONE},
	{STATE_SHARED_2M, FAULT_RMP, FAULT_RMP, DONE},
	{STATE_FIRMWARE, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_IMMUTABLE, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_OTHER_GPA, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_ASSIGNED, FAULT_VC, FAULT_VC, FAULT_RMP},
	{STATE_VALID, DONE, DONE, FAULT_RMP},
	{STATE_OPEN, DONE, DONE, FAULT_RMP},
	{STATE_ASSIGNED_2M, FAULT_VC, FAULT_VC, FAULT_RMP},
	{STATE_VALID_2M, DONE, DONE, FAULT_RMP},
	{STATE_INSIDE_2M, DONE, DONE, FAULT_RMP},
	{STATE_2M_MAPPED_4K, FAULT_SIZE, FAULT_SIZE, FAULT_RMP},
	{STATE_INSIDE_2M_4K, FAULT_SIZE, FAULT_SIZE, FAULT_RMP},
	{STATE_4K_MAPPED_2M, FAULT_SIZE, FAULT_SIZE, FAULT_RMP},
	{STATE_ASSIGNED_4K_2M, FAULT_VC, FAULT_VC, FAULT_RMP},
	{STATE_FIRMWARE_2M, FAULT_RMP, FAULT_RMP, FAULT_RMP},
	{STATE_IMMUTABLE_2M, FAULT_RMP, FAULT_RMP, FAULT_RMP},
};

static void run(struct test_case c, uint32_t kind, uint32_t shared, uint32_t vmpl,
		enum answer answer)
{
	struct step *step = case_step(&c, kinds[kind], vmpl, answer);

	c.source = SOURCE;
	step->shared = shared;
	case_number(&c, "/VMPL", vmpl);
	case_name(&c, shared != 0 ? "/shared" : "/private");
	case_name(&c, kind_names[kind]);
	case_run(&c);
}

void cases_access(void)
{
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t kind = 0; kind < 4; kind++) {
			enum answer private =
				kinds[kind] == DO_WRITE ? rows[i].write : rows[i].read;
			enum answer shared = kind < 2 ? rows[i].shared : private;

			run(case_begin("access", rows[i].state), kind, 0, 0, private);
			run(case_begin("access", rows[i].state), kind, 1, 0, shared);
		}
		run(case_begin("access", rows[i].state), WALK, 0, 0, rows[i].write);
		/* whose page it is comes before what VMPL3 may do with it */
		if (rows[i].read != DONE) {
			run(case_begin("access", rows[i].state), 0, 0, 3, rows[i].read);
			run(case_begin("access", rows[i].state), 1, 1, 3, rows[i].shared);
		}
	}
	/* of a running vCPU's VMSA, also with permission, only the hardware writes */
	run(case_begin("access", STATE_RUNNING), 1, 0, 0, FAULT_RMP);
	run(case_begin("access", STATE_RUNNING), 1, 1, 0, FAULT_RMP);
	run(case_begin("access", STATE_RUNNING), WALK, 0, 0, FAULT_RMP);
}

/* A page that one mode may execute: the other may not, whatever was done with the page before. */
static void run_one_x(uint32_t vmpl, uint32_t kind, uint32_t before)
{
	static const char *const names[] = {"/read-then", "/write-then", "/fetch-write-then"};
	enum operation other = kinds[kind] == DO_FETCH_USER ? DO_FETCH_SUPERVISOR : DO_FETCH_USER;
	struct test_case c = case_begin("permission", STATE_VALID);
	uint8_t has = (uint8_t)(SNP_PERM_R | SNP_PERM_W | needs[kind]);

	c.source = SOURCE;
	case_number(&c, "/has", has);
	case_number(&c, "/VMPL", vmpl);
	case_name(&c, names[before]);
	case_name(&c, other == DO_FETCH_USER ? "-fetch-user" : "-fetch-supervisor");
	c.start.entry.perm[vmpl] = has;
	c.after.perm[vmpl] = has;
	if (before == 2) {
		case_step(&c, kinds[kind], vmpl, DONE);
	}
	case_step(&c, before == 0 ? DO_READ : DO_WRITE, vmpl, DONE);
	case_step(&c, other, vmpl, FAULT_VMPL);
	case_run(&c);
}

static void cases_one_x(void)
{
	for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		for (uint32_t before = 0; before < 3; before++) {
			run_one_x(vmpl, 2, before);
			run_one_x(vmpl, 3, before);
		}
	}
}

/* All permissions of a level against all kinds of access. */
void cases_permission(void)
{
	for (uint32_t i = 0; i < 3 * 16 * KINDS; i++) {
		uint32_t vmpl = 1 + i / (16 * KINDS);
		uint32_t has = i / KINDS % 16;
		uint32_t kind = i % KINDS;
		struct test_case c = case_begin("permission", STATE_VALID);
		uint32_t allowed = (has & SNP_PERM_R) != 0 && (has & needs[kind]) != 0;

		case_number(&c, "/has", has);
		c.start.entry.perm[vmpl] = (uint8_t)has;
		c.after.perm[vmpl] = (uint8_t)has;
		run(c, kind, 0, vmpl, allowed ? DONE : FAULT_VMPL);
	}
	cases_one_x();
}
