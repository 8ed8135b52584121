/* Page state changes by list (AMD 56421, 4.1.6), on the test area; the door says what the RMP
 * holds then. */
#include "check.h"
#include "door.h"
#include "machine.h"
#include "rig.h"

#define SOURCE	 "56421 4.1.6"
#define BAD_HEAD 0x100000001UL /* info2: [63:32] 1 = invalid input; [31:0] 1 = header */
#define BAD_ITEM 0x100000002UL /* 2 = entry */
#define NO_RAM	 0xd0000000UL
#define ENTRIES	 4U

struct list {
	uint16_t current;
	uint16_t end;
	uint32_t reserved;
	uint64_t entry[GHCB_PSC_MAX];
};

/* An entry; page: of the test area. */
#define ENTRY(page, operation) (DOOR_TEST_GPA + (page)*PAGE_SIZE + ((uint64_t)(operation) << 52))
#define LARGE		       (1UL << 56)

struct psc_case {
	const char *name;
	enum state start;
	struct list_head {
		uint16_t current;
		uint16_t end;
		uint32_t reserved;
	} head;
	uint64_t entry[ENTRIES];
	uint64_t info2;
	uint16_t current; /* afterwards */
	uint32_t changed; /* RMP entries */
};

#define SHARE	GHCB_PSC_SHARED
#define PRIVATE GHCB_PSC_PRIVATE

static const struct psc_case table[] = {
	{"one-to-shared", STATE_ASSIGNED, {0, 0, 0}, {ENTRY(0, SHARE)}, 0, 1, 1},
	{"one-to-private", STATE_SHARED, {0, 0, 0}, {ENTRY(0, PRIVATE)}, 0, 1, 1},
	{"already-private", STATE_ASSIGNED, {0, 0, 0}, {ENTRY(0, PRIVATE)}, 0, 1, 0},
	{"already-shared", STATE_SHARED, {0, 0, 0}, {ENTRY(0, SHARE)}, 0, 1, 0},
	{"three-to-shared",
	 STATE_ASSIGNED_4K_2M,
	 {0, 2, 0},
	 {ENTRY(0, SHARE), ENTRY(1, SHARE), ENTRY(511, SHARE)},
	 0,
	 3,
	 3},
	{"from-the-second",
	 STATE_ASSIGNED_4K_2M,
	 {1, 2, 0},
	 {ENTRY(0, SHARE), ENTRY(1, SHARE), ENTRY(2, SHARE)},
	 0,
	 3,
	 2},
	{"current-beyond-end", STATE_ASSIGNED, {1, 0, 0}, {ENTRY(0, SHARE)}, 0, 1, 0},
	{"there-and-back",
	 STATE_ASSIGNED,
	 {0, 1, 0},
	 {ENTRY(0, SHARE), ENTRY(0, PRIVATE)},
	 0,
	 2,
	 0},
	{"2M-to-shared", STATE_ASSIGNED_2M, {0, 0, 0}, {ENTRY(0, SHARE) | LARGE}, 0, 1, 1},
	{"2M-to-private", STATE_SHARED_2M, {0, 0, 0}, {ENTRY(0, PRIVATE) | LARGE}, 0, 1, 1},
	{"validated-2M-to-shared", STATE_VALID_2M, {0, 0, 0}, {ENTRY(0, SHARE) | LARGE}, 0, 1, 1},
	{"4K-of-2M-to-shared", STATE_ASSIGNED_2M, {0, 0, 0}, {ENTRY(3, SHARE)}, 0, 1, 511},
	{"smash", STATE_VALID_2M, {0, 0, 0}, {ENTRY(0, GHCB_PSC_SMASH) | LARGE}, 0, 1, 512},
	{"unsmash-is-a-hint",
	 STATE_4K_MAPPED_2M,
	 {0, 0, 0},
	 {ENTRY(0, GHCB_PSC_UNSMASH) | LARGE},
	 0,
	 1,
	 0},
	{"end-253", STATE_ASSIGNED, {0, 253, 0}, {ENTRY(0, SHARE)}, BAD_HEAD, 0, 0},
	{"end-0xffff", STATE_ASSIGNED, {0, 0xffff, 0}, {ENTRY(0, SHARE)}, BAD_HEAD, 0, 0},
	{"reserved-header", STATE_ASSIGNED, {0, 0, 1}, {ENTRY(0, SHARE)}, BAD_HEAD, 0, 0},
	{"operation-0", STATE_ASSIGNED, {0, 0, 0}, {ENTRY(0, 0)}, BAD_ITEM, 0, 0},
	{"operation-5", STATE_ASSIGNED, {0, 0, 0}, {ENTRY(0, 5)}, BAD_ITEM, 0, 0},
	{"operation-15", STATE_ASSIGNED, {0, 0, 0}, {ENTRY(0, 15)}, BAD_ITEM, 0, 0},
	{"reserved-bit-57",
	 STATE_ASSIGNED,
	 {0, 0, 0},
	 {ENTRY(0, SHARE) | 1UL << 57},
	 BAD_ITEM,
	 0,
	 0},
	{"reserved-bit-63",
	 STATE_ASSIGNED,
	 {0, 0, 0},
	 {ENTRY(0, SHARE) | 1UL << 63},
	 BAD_ITEM,
	 0,
	 0},
	{"current-page-2-of-4K", STATE_ASSIGNED, {0, 0, 0}, {ENTRY(0, SHARE) | 2}, BAD_ITEM, 0, 0},
	{"current-page-513-of-2M",
	 STATE_ASSIGNED_2M,
	 {0, 0, 0},
	 {ENTRY(0, SHARE) | LARGE | 513},
	 BAD_ITEM,
	 0,
	 0},
	{"2M-unaligned", STATE_ASSIGNED_2M, {0, 0, 0}, {ENTRY(1, SHARE) | LARGE}, BAD_ITEM, 0, 0},
	{"not-mapped", STATE_UNMAPPED, {0, 0, 0}, {ENTRY(0, SHARE)}, BAD_ITEM, 0, 0},
	{"no-RAM", STATE_ASSIGNED, {0, 0, 0}, {NO_RAM + ((uint64_t)SHARE << 52)}, BAD_ITEM, 0, 0},
	{"second-fails",
	 STATE_ASSIGNED_4K_2M,
	 {0, 2, 0},
	 {ENTRY(0, SHARE), ENTRY(1, 15), ENTRY(2, SHARE)},
	 BAD_ITEM,
	 1,
	 1},
};

static void name_of(char *name, const char *text, const char *what)
{
	static const char prefix[] = "GHCB/page-state/";
	const char *parts[] = {prefix, text, what};
	uint32_t at = 0;

	for (uint32_t i = 0; i < 3; i++) {
		for (uint32_t k = 0; parts[i][k] != 0 && at < CASE_NAME_STOP; k++) {
			name[at++] = parts[i][k];
		}
	}
	name[at] = 0;
}

static void run(struct cpu *c, const struct psc_case *p)
{
	volatile struct list *list = (volatile struct list *)OTHER_GPA;
	struct exchange x = {.code = NAE_PSC, .scratch = OTHER_GPA};
	char name[CASE_NAME_MAX];

	rig_set(&states[p->start]);
	list->current = p->head.current;
	list->end = p->head.end;
	list->reserved = p->head.reserved;
	for (uint32_t i = 0; i < ENTRIES; i++) {
		list->entry[i] = p->entry[i];
	}
	exchange(c, &x);
	name_of(name, p->name, "/answer");
	check(name, SOURCE, exchange_status(&x) != 0 ? ~0UL : x.reply2, p->info2);
	name_of(name, p->name, "/header");
	check(name, SOURCE, list->current, p->current);
	name_of(name, p->name, "/RMP");
	check(name, SOURCE, rig_changed(), p->changed);
}

static void scratch(struct cpu *c, const char *name, uint64_t gpa)
{
	struct exchange x = {.code = NAE_PSC, .scratch = gpa};

	exchange(c, &x);
	check(name, SOURCE, exchange_status(&x), REFUSAL(GHCB_BAD_SCRATCH));
}

void ghcb_psc_cases(struct cpu *c)
{
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		run(c, &table[i]);
	}
	scratch(c, "GHCB/page-state/list-in-private-memory", MODULE_IMAGE_GPA);
	scratch(c, "GHCB/page-state/list-nowhere", NO_RAM);
	scratch(c, "GHCB/page-state/list-at-the-end-of-addresses", ~7UL);
}
