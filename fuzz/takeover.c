/*
 * Fuzz target: taking over memory at the start (module/boot/memory.c, takeover.c). The bytes choose the map's
 * ranges around the module, what was loaded at launch, and what the host does between any two effects. Every frame
 * holds a secret of somebody before: it must be gone before the guest can use the frame.
 */
#include "fuzz/fuzz.h"
#include <string.h>
#include "module/boot/guest.h"
#include "module/boot/memory.h"
#include "module/hw/hw.h"
#include "sim/check.h"
#include "sim/world.h"
#include "tests/unit/boot_image.h"

#define FIRST	   0x7ff0UL /* frames that the target uses, around the module */
#define END	   (0x8200UL + TABLE + 3 * MARGIN)
#define MODULE_PFN (MODULE_BASE / PAGE_SIZE)
#define TABLE_PFN  (MODULE_PFN + MODULE_SIZE / PAGE_SIZE)
#define MARGIN	   16U /* frames of RAM below the module, and behind the table */
#define TABLE	   2U /* frames of the table here: clearing all it needs would take most of the time */
#define LOADED	   0x10adedUL
#define ACTS	   64U /* of the host in a run */

static struct bytes input;
static uint32_t acts;

static void expect(int good, const char *what, uint64_t pfn)
{
	if (!good) {
		fuzz_finding("take-over: %s (page %#lx)", what, pfn);
	}
}

/* ---- the machine at launch ---- */

static void back(uint64_t pfn)
{
	struct rmp_update u = {.gpfn = pfn, .asid = MACHINE_ASID, .assigned = 1};

	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + pfn, u);
	(void)machine_nested_set(&hw_machine, pfn, HW_MACHINE_BASE + pfn, 1, 0);
}

static void load(uint64_t pfn)
{
	struct rmp_update none = {0};

	world_touch(pfn, 1);
	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + pfn, none);
	(void)machine_launch_page(&hw_machine, HW_MACHINE_BASE + pfn, pfn, 0);
	sim_poke(pfn, 0, LOADED);
}

static void world(void)
{
	uint64_t pfn;

	hw_machine_reset();
	for (pfn = FIRST; pfn < END; pfn++) {
		if (pfn >= MODULE_PFN && pfn < TABLE_PFN) {
			(void)machine_launch_page(&hw_machine, HW_MACHINE_BASE + pfn, pfn, 0);
			(void)machine_nested_set(&hw_machine, pfn, HW_MACHINE_BASE + pfn, 1, 0);
		} else {
			back(pfn);
			sim_poke(pfn, 0, SIM_CANARY);
			sim_poke(pfn, PAGE_WORDS - 1, SIM_CANARY);
		}
	}
	world_save();
}

/* The linker gives this for hw_table_bytes. */
uint64_t __wrap_hw_table_bytes(uint64_t pfns);
uint64_t __wrap_hw_table_bytes(uint64_t pfns)
{
	(void)pfns;
	return TABLE * PAGE_SIZE;
}

/* The first range holds the module and the table, as memory_read_map has made sure. */
static void choose_map(void)
{
	uint64_t below = bytes_below(&input, MARGIN), behind = TABLE + bytes_below(&input, MARGIN);
	uint64_t gap = bytes_below(&input, MARGIN), more = bytes_below(&input, MARGIN);
	uint64_t end = TABLE_PFN + behind;

	memset(&memory_map, 0, sizeof(memory_map));
	memory_map.range[0].pfn = MODULE_PFN - below;
	memory_map.range[0].pages = end - memory_map.range[0].pfn;
	memory_map.count = 1;
	if (gap != 0 && more != 0) {
		memory_map.range[1].pfn = end + gap;
		memory_map.range[1].pages = more;
		memory_map.count = 2;
		end += gap + more;
	}
	memory_map.end = end;
}

static void choose_loaded(void)
{
	uint64_t next = MODULE_PFN - MARGIN, i, j;

	memset(boot_launch, 0, sizeof(*boot_launch));
	boot_launch->ranges = bytes_below(&input, 3);
	for (i = 0; i < boot_launch->ranges; i++) {
		struct launch_range *r = &boot_launch->range[i];

		r->gpa = (next + bytes_below(&input, 4)) * PAGE_SIZE;
		r->pages = 1 + bytes_below(&input, 3);
		next = r->gpa / PAGE_SIZE + r->pages;
		for (j = 0; j < r->pages; j++) {
			load(r->gpa / PAGE_SIZE + j);
		}
	}
}

/* ---- the host ---- */

static void host_act(uint64_t pfn)
{
	uint64_t other = pfn ^ bytes_below(&input, 8);
	struct rmp_update u = {.gpfn = pfn, .asid = MACHINE_ASID, .assigned = 1};

	world_touch(other, 1);
	switch (bytes_below(&input, 4)) {
	case 0:
		(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + other, u);
		break;
	case 1:
		(void)machine_nested_set(&hw_machine, pfn, HW_MACHINE_BASE + other, 1, 0);
		break;
	case 2:
		(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + other, u);
		(void)machine_nested_set(&hw_machine, pfn, HW_MACHINE_BASE + other, 1, 0);
		break;
	default:
		u.assigned = 0;
		u.asid = 0;
		(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + other, u);
		break;
	}
}

static void on_turn(struct hw_effect e)
{
	world_touch(e.pfn, 1);
	if (e.kind < EFFECT_LOOK && input.left > 0 && bytes_below(&input, 8) == 7 && acts < ACTS) {
		acts++;
		host_act(e.pfn);
	}
}

/* ---- what must follow ---- */

static int is_ram(uint64_t pfn)
{
	uint32_t i;

	for (i = 0; i < memory_map.count; i++) {
		if (pfn >= memory_map.range[i].pfn &&
		    pfn - memory_map.range[i].pfn < memory_map.range[i].pages) {
			return 1;
		}
	}
	return 0;
}

static uint32_t state_of(uint64_t pfn)
{
	if (!is_ram(pfn)) {
		return PAGE_ABSENT;
	}
	return pfn >= MODULE_PFN && pfn < MODULE_PFN + memory_module_size() / PAGE_SIZE
		       ? PAGE_MODULE
		       : PAGE_GUEST;
}

/* A frame that VMPL2 can use has nobody's secret; VMPL1 and 3 have none. */
static void check_use(uint64_t spfn)
{
	struct rmp_entry e = hw_machine.rmp.e[spfn];
	uint32_t word;

	if (!e.assigned || !e.validated) {
		return;
	}
	expect((e.perm[1] | e.perm[3]) == 0, "VMPL1 or 3 has a permission", e.gpfn);
	for (word = 0; word < PAGE_WORDS && e.perm[2] != 0; word += PAGE_WORDS - 1) {
		expect(machine_guest_read64(&hw_machine, spfn, word, 1) != SIM_CANARY,
		       "the guest can read a secret", e.gpfn);
	}
}

static void check_all_frames(int end)
{
	uint64_t wrong_pfn = 0, pfn;
	const char *wrong;

	for (pfn = FIRST; pfn < END; pfn++) {
		wrong = check_frame(HW_MACHINE_BASE + pfn, &wrong_pfn);
		expect(wrong == NULL, wrong, wrong_pfn);
		check_use(HW_MACHINE_BASE + pfn);
		if (end == 0) {
			uint32_t state = state_of(pfn);

			expect(page_look(pfn) == page_entry(state, state == PAGE_GUEST ? 2 : 0),
			       "a page has a wrong state", pfn);
			expect(acts > 0 || !launch_covers(pfn, 1) || sim_peek(pfn, 0) == LOADED,
			       "a loaded page is not as it was", pfn);
		}
	}
}

/* ---- the target ---- */

static void take_over(void)
{
	memory_place_table();
	memory_take_over(2);
	memory_keep_static();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	world();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int end;

	input = (struct bytes){data, size};
	world_restore();
	page_bounds.pfns = 0;
	hw_trace.count = 0;
	acts = 0;
	choose_map();
	choose_loaded();
	hw_turn = on_turn;
	end = HW_RUN(take_over());
	hw_turn = NULL;
	if (end != 0 && acts == 0) {
		fuzz_finding("take-over: the module ends the VM (%#x) of an honest host",
			     (unsigned)end);
	}
	check_all_frames(end);
	return 0;
}
