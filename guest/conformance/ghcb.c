/* The guest's side of the GHCB protocol (AMD 56421). */
#include "cpu.h"
#include "guest.h"

static volatile uint64_t *field(const struct cpu *c, uint32_t offset)
{
	return (volatile uint64_t *)(c->ghcb + offset);
}

static void set_field(struct cpu *c, uint32_t offset, uint64_t value)
{
	uint32_t bit = offset / 8;

	*field(c, offset) = value;
	*field(c, GHCB_VALID_BITMAP + bit / 64 * 8) |= 1UL << (bit % 64);
}

uint64_t ghcb_msr_request(uint64_t request)
{
	uint64_t old = cpu_read_msr(MSR_GHCB);
	uint64_t reply;

	cpu_write_msr(MSR_GHCB, request);
	cpu_vmgexit();
	reply = cpu_read_msr(MSR_GHCB);
	cpu_write_msr(MSR_GHCB, old);
	return reply;
}

int ghcb_register(struct cpu *c, uint64_t gpa)
{
	if (ghcb_msr_request(gpa | GHCB_MSR_REGISTER_REQ) != (gpa | GHCB_MSR_REGISTER_RESP)) {
		return 0;
	}
	c->ghcb = gpa;
	return 1;
}

int ghcb_page_state(uint64_t gpa, uint64_t op)
{
	return ghcb_msr_request(op << 52 | gpa | GHCB_MSR_PSC_REQ) == GHCB_MSR_PSC_RESP;
}

void ghcb_prepare(struct cpu *c, const struct ghcb_event *e)
{
	*field(c, GHCB_VALID_BITMAP) = 0;
	*field(c, GHCB_VALID_BITMAP + 8) = 0;
	*(volatile uint16_t *)(c->ghcb + GHCB_VERSION_FIELD) = GHCB_VERSION;
	*(volatile uint32_t *)(c->ghcb + GHCB_USAGE) = 0;
	set_field(c, GHCB_SW_EXITCODE, e->code);
	set_field(c, GHCB_SW_EXITINFO1, e->info1);
	set_field(c, GHCB_SW_EXITINFO2, e->info2);
	set_field(c, GHCB_RAX, e->rax);
	if (e->scratch) {
		set_field(c, GHCB_SW_SCRATCH, e->scratch);
	}
	cpu_write_msr(MSR_GHCB, c->ghcb);
}

int ghcb_request(struct cpu *c, struct ghcb_event *e)
{
	ghcb_prepare(c, e);
	cpu_vmgexit();
	e->info1 = *field(c, GHCB_SW_EXITINFO1);
	e->info2 = *field(c, GHCB_SW_EXITINFO2);
	e->rax = *field(c, GHCB_RAX);
	return (uint32_t)e->info1 == GHCB_REPLY_OK;
}

void ghcb_out(struct cpu *c, uint16_t port, uint32_t width, uint32_t value)
{
	struct ghcb_event e = {.code = NAE_IOIO,
			       .info1 = (uint64_t)port << 16 | (uint64_t)width << 4,
			       .rax = value};

	ghcb_request(c, &e);
}

uint8_t ghcb_in8(struct cpu *c, uint16_t port)
{
	struct ghcb_event e = {.code = NAE_IOIO,
			       .info1 = (uint64_t)port << 16 | IOIO_SIZE8 | IOIO_IN};

	return ghcb_request(c, &e) ? (uint8_t)e.rax : 0xff;
}

uint32_t ghcb_cpu_count(struct cpu *c, uint64_t shared_page)
{
	struct ghcb_event e = {.code = NAE_APIC_ID_LIST, .info1 = shared_page, .rax = 1};
	const volatile uint32_t *list = (const volatile uint32_t *)shared_page;
	uint32_t count;

	if (!ghcb_request(c, &e)) {
		return 0;
	}
	count = list[0];
	for (uint32_t i = 0; i < count; i++) {
		if (count > CPUS_MAX || list[1 + i] != i) {
			return 0;
		}
	}
	return count;
}
