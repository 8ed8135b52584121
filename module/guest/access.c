/* Operands of a call in guest memory. */
#include "module/guest/access.h"
#include "module/guest/page.h"
#include "module/guest/range.h"
#include "module/hw/hw.h"

struct operand operand_hold(uint64_t gpa, uint64_t size, uint32_t caller, uint64_t caa)
{
	struct operand o = {.pfn = gpa / PAGE_SIZE, .held = 0, .pinned = 0};

	if (size > PAGE_SIZE - gpa % PAGE_SIZE || !range_is_covered(gpa, size)) {
		return o;
	}
	if (o.pfn == caa) {
		o.held = 1;
		return o;
	}
	if (page_pin(o.pfn, caller)) {
		o.held = 1;
		o.pinned = 1;
	}
	return o;
}

void operand_drop(struct operand o)
{
	if (o.pinned) {
		page_unpin(o.pfn);
	}
}
