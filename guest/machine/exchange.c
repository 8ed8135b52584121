#include "guest/conformance/cpu.h"
#include "check.h"

static volatile uint64_t *field(uint64_t page, uint32_t offset)
{
	return (volatile uint64_t *)(page + offset);
}

static void put(uint64_t page, uint32_t offset, uint64_t value, uint32_t omitted)
{
	uint32_t bit = offset / 8;

	*field(page, offset) = value;
	if (omitted == 0) {
		*field(page, GHCB_VALID_BITMAP + bit / 64 * 8) |= 1UL << (bit % 64);
	}
}

void exchange_fill(const struct exchange *x)
{
	uint64_t page = x->page;

	*field(page, GHCB_VALID_BITMAP) = 0;
	*field(page, GHCB_VALID_BITMAP + 8) = 0;
	*(volatile uint16_t *)(page + GHCB_VERSION_FIELD) = GHCB_VERSION;
	*(volatile uint32_t *)(page + GHCB_USAGE) = x->usage;
	put(page, GHCB_SW_EXITCODE, x->code, x->omit & OMIT_CODE);
	put(page, GHCB_SW_EXITINFO1, x->info1, x->omit & OMIT_INFO1);
	put(page, GHCB_SW_EXITINFO2, x->info2, x->omit & OMIT_INFO2);
	put(page, GHCB_RAX, x->rax, x->omit & OMIT_RAX);
	put(page, GHCB_RCX, x->rcx, x->omit & OMIT_RCX);
	put(page, GHCB_RDX, x->rdx, x->omit & OMIT_RDX);
	put(page, GHCB_SW_SCRATCH, x->scratch, x->omit & OMIT_SCRATCH);
}

void exchange_read(struct exchange *x)
{
	x->reply1 = *field(x->page, GHCB_SW_EXITINFO1);
	x->reply2 = *field(x->page, GHCB_SW_EXITINFO2);
	x->rax_out = *field(x->page, GHCB_RAX);
	x->rbx_out = *field(x->page, GHCB_RBX);
	x->rcx_out = *field(x->page, GHCB_RCX);
	x->rdx_out = *field(x->page, GHCB_RDX);
	x->valid[0] = *field(x->page, GHCB_VALID_BITMAP);
	x->valid[1] = *field(x->page, GHCB_VALID_BITMAP + 8);
}

void exchange(struct cpu *c, struct exchange *x)
{
	if (x->page == 0) {
		x->page = c->ghcb;
	}
	exchange_fill(x);
	cpu_write_msr(MSR_GHCB, x->page);
	cpu_vmgexit();
	exchange_read(x);
}

int exchange_has(const struct exchange *x, uint32_t offset)
{
	uint32_t bit = offset / 8;

	return (int)(x->valid[bit / 64] >> (bit % 64) & 1U);
}

uint64_t exchange_status(const struct exchange *x)
{
	uint32_t code = (uint32_t)x->reply1;

	return code == GHCB_REPLY_OK ? 0 : code + (x->reply2 << 32);
}
