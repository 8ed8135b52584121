/*
 * The guest's half of attacks in which guest and host work together. The host says which one by
 * PORT_COLLUDE; the guest asks the module, looks at the outcome and ends with the verdict.
 */
#include <emulator/exit.h>
#include "guest/conformance/guest.h"

#define VERDICT_REFUSED 0
#define VERDICT_BROKEN	1 /* the scenario could not be played */
#define VERDICT_WON	4

#define PAGE	  PAGE_OF(AREA_SMALL, 5) /* a guest page of no other use */
#define OLD_VALUE 0x6f6c642076616c75UL
#define NEW_VALUE 0x6e65772076616c75UL

#define STEP_SWAP	1
#define STEP_DOUBLE_MAP 2
#define STEP_RESTORE	3

/* The end of a scenario: says what came of it. */
static uint32_t conclude(int won, const char *how, const char *refusal)
{
	print("%s%s\n", won ? "; ATTACK WON: " : "; refused: ", won ? how : refusal);
	return won ? VERDICT_WON : VERDICT_REFUSED;
}

static uint64_t read_word(uint64_t gpa)
{
	return *(volatile uint64_t *)gpa;
}

static void write_word(uint64_t gpa, uint64_t value)
{
	*(volatile uint64_t *)gpa = value;
}

static int page_is_zero(uint64_t gpa)
{
	for (uint64_t i = 0; i < PAGE_SIZE; i += 8) {
		if (read_word(gpa + i) != 0) {
			return 0;
		}
	}
	return 1;
}

static void collude(struct cpu *c, uint32_t step)
{
	ghcb_out(c, PORT_COLLUDE, 4, step << 24 | (uint32_t)(PAGE / PAGE_SIZE));
}

static uint32_t attack_page_swap(struct cpu *c)
{
	uint64_t code;

	print("attack page-swap: the host put the frame of the module's secrets behind a guest "
	      "page, "
	      "the guest had it validated and looked");
	if (svsm_pvalidate_one(c, PAGE) != SVSM_SUCCESS ||
	    !ghcb_page_state(PAGE, GHCB_PSC_SHARED)) {
		return VERDICT_BROKEN;
	}
	collude(c, STEP_SWAP);
	code = svsm_pvalidate_one(c, PAGE | ENTRY_VALIDATE);
	return conclude(
		code == SVSM_SUCCESS && !page_is_zero(PAGE), "the page still holds the secrets",
		"the module cleared the page before it granted it (PVALIDATE, zero, RMPADJUST)");
}

static uint32_t attack_double_map(struct cpu *c)
{
	uint64_t code;

	print("attack double-map: the host put a second frame behind a validated guest page, had "
	      "it "
	      "validated and flipped back to the first");
	write_word(PAGE, OLD_VALUE);
	collude(c, STEP_DOUBLE_MAP);
	code = svsm_pvalidate_one(c, PAGE | ENTRY_VALIDATE);
	if (code == SVSM_SUCCESS) {
		write_word(PAGE, NEW_VALUE);
	}
	collude(c, STEP_RESTORE);
	return conclude(code == SVSM_SUCCESS && read_word(PAGE) == OLD_VALUE,
			"the page reads back what it held before the last write",
			"the ownership table knows the page as validated, nothing was executed "
			"(0x80001010)");
}

/* Does any request on the module's page at gpa succeed? */
static int module_page_yields(struct cpu *c, uint64_t gpa)
{
	uint64_t large = gpa - gpa % LARGE_PAGE;

	return svsm_pvalidate_one(c, gpa | ENTRY_VALIDATE) == SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, gpa) == SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, large | ENTRY_2M | ENTRY_VALIDATE) == SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, large | ENTRY_2M) == SVSM_SUCCESS ||
	       svsm_core(c, SVSM_CORE_CREATE_VCPU, gpa, PAGE, 0) == SVSM_SUCCESS ||
	       svsm_core(c, SVSM_CORE_CREATE_VCPU, PAGE + PAGE_SIZE, gpa, 0) == SVSM_SUCCESS ||
	       svsm_core(c, SVSM_CORE_REMAP_CA, gpa, 0, 0) == SVSM_SUCCESS;
}

static uint32_t attack_guest_maps_module(struct cpu *c)
{
	const uint64_t page[] = {
		svsm_place.base + svsm_place.size - PAGE_SIZE, /* end of the ownership table */
		svsm_place.base,
		svsm_place.base + PAGE_SIZE,
		MODULE_IMAGE_GPA,
		MODULE_BASE + MODULE_SIZE - PAGE_SIZE,
	};
	int yields = 0;

	print("attack guest-maps-module: the guest named the module's pages in PVALIDATE, "
	      "CREATE_VCPU "
	      "and REMAP_CA");
	for (uint32_t i = 0; i < sizeof(page) / sizeof(page[0]) && !yields; i++) {
		yields = module_page_yields(c, page[i]);
	}
	return conclude(yields, "the module gave a page of its own away",
			"the ownership table says that the pages are the module's (0x80000003)");
}

uint32_t guest_main(struct cpu *c)
{
	switch (ghcb_in8(c, PORT_COLLUDE)) {
	case 1:
		return attack_page_swap(c);
	case 2:
		return attack_double_map(c);
	case 3:
		return attack_guest_maps_module(c);
	default:
		print("attack guest: the host plays no attack (verismo run --attack NAME)\n");
		return VERDICT_BROKEN;
	}
}
