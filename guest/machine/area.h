/*
 * The test area inside a machine: brings it into the start of a case and looks at it afterwards.
 * For those who have the machine at hand: the native program, and the test emulator behind its
 * door.
 */
#ifndef GUEST_MACHINE_AREA_H
#define GUEST_MACHINE_AREA_H

#include <machine/machine.h>
#include "area_layout.h"
#include "cases.h"

struct area {
	uint64_t first_page;  /* gpfn of test page 0, a multiple of 512 */
	uint64_t first_frame; /* spfn of test frame 0, a multiple of 512 */
	struct rmp_entry then[TEST_PAGES];
};

uint64_t area_gpfn(const struct area *a, uint16_t page);
uint64_t area_spfn(const struct area *a, uint16_t frame);
/* RMP, nested map, keys and content of the whole area; vmsa: words of a VMSA page for states that
 * are one, or null for zeros. No TLB is flushed. */
void area_set(struct machine *m, struct area *a, const struct page_state *s, const uint64_t *vmsa);
struct rmp_view area_entry(const struct machine *m, const struct area *a, uint16_t frame);
/* How many RMP entries of the area differ from the start. */
uint32_t area_changed(const struct machine *m, const struct area *a);
struct rmp_update area_update(const struct area *a, const struct step *s);

#endif
