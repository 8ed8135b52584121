/* The guest's side of a call to the module (AMD 58019, calling convention). */
#include "cpu.h"
#include "guest.h"

#define INCOMPLETE_LIMIT 4096U

static volatile uint8_t *pending_byte(const struct cpu *c)
{
	return (volatile uint8_t *)(c->caa + CAA_CALL_PENDING);
}

static void exchange_by_msr(struct registers *r)
{
	uint64_t old = cpu_read_msr(MSR_GHCB);

	cpu_write_msr(MSR_GHCB, GHCB_MSR_RUN_VMPL_REQ); /* level 0 */
	svsm_exit(r);
	cpu_write_msr(MSR_GHCB, old);
}

static void exchange_by_page(struct cpu *c, struct registers *r)
{
	struct ghcb_event e = {.code = NAE_RUN_VMPL};

	ghcb_prepare(c, &e);
	svsm_exit(r);
}

int svsm_exchange(struct cpu *c, struct registers *r, uint8_t pending, int by_msr)
{
	*pending_byte(c) = pending;
	if (by_msr || !c->ghcb) {
		exchange_by_msr(r);
	} else {
		exchange_by_page(c, r);
	}
	return __atomic_exchange_n(pending_byte(c), 0, __ATOMIC_SEQ_CST) == 0;
}

uint64_t svsm_core(struct cpu *c, uint32_t call, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	struct registers r = {.rax = SVSM_PROTOCOL_CORE << 32 | call, .rcx = rcx, .rdx = rdx};

	r.r8 = r8;
	return svsm_exchange(c, &r, 1, 0) ? r.rax : SVSM_NOT_SERVED;
}

volatile struct pvalidate_list *svsm_list(const struct cpu *c)
{
	return (volatile struct pvalidate_list *)(c->caa + CAA_BUFFER);
}

uint64_t svsm_pvalidate(struct cpu *c, uint64_t gpa)
{
	uint64_t code = SVSM_INCOMPLETE;

	for (uint32_t i = 0; i < INCOMPLETE_LIMIT && code == SVSM_INCOMPLETE; i++) {
		code = svsm_core(c, SVSM_CORE_PVALIDATE, gpa, 0, 0);
	}
	return code;
}

uint64_t svsm_pvalidate_one(struct cpu *c, uint64_t entry)
{
	volatile struct pvalidate_list *list = svsm_list(c);

	list->entries = 1;
	list->next = 0;
	list->entry[0] = entry;
	return svsm_pvalidate(c, c->caa + CAA_BUFFER);
}
