/* The conformance cases of the machine (guest/machine/) over machine/: one line for each, then
 * the totals. */
#include <stdio.h>
#include "guest/machine/area.h"
#include "guest/machine/rig.h"

#define DRAM_FRAMES 4096UL
#define KEY	    0x5a17c0de12345678UL
#define CPU	    0U

static struct machine machine;
static struct area area = {.first_page = 0x2000, .first_frame = 0x400};
static uint64_t dram[DRAM_FRAMES][PAGE_WORDS];

uint64_t dram_read64(uint64_t spfn, uint64_t word)
{
	return dram[spfn % DRAM_FRAMES][word];
}

void dram_write64(uint64_t spfn, uint64_t word, uint64_t value)
{
	dram[spfn % DRAM_FRAMES][word] = value;
}

void rig_set(const struct page_state *start)
{
	area_set(&machine, &area, start, 0);
	tlb_flush_all(&machine);
}

/* ---- steps ---- */

static enum answer answer_of_access(enum access_verdict v)
{
	static const enum answer answers[] = {
		[ACCESS_OK] = DONE,
		[ACCESS_NOT_PRESENT] = FAULT_ABSENT,
		[ACCESS_RMP] = FAULT_RMP,
		[ACCESS_VMPL] = FAULT_VMPL,
		[ACCESS_NOT_VALID] = FAULT_VC,
		[ACCESS_SIZE] = FAULT_SIZE,
	};

	return answers[v];
}

static struct outcome outcome_of(struct insn_result r)
{
	struct outcome o = {.answer = answer_of_status(r.eax)};

	switch (r.fault) {
	case INSN_GP:
		o.answer = FAULT_GP;
		break;
	case INSN_NOT_VALID:
		o.answer = FAULT_VC;
		break;
	case INSN_NPF:
		o.answer = answer_of_access(r.access);
		break;
	default:
		if (r.carry) {
			o.answer = r.eax == SNP_OK ? UNCHANGED : ANSWER_OTHER;
		}
		o.value = r.rdx + (r.rcx << 32);
	}
	return o;
}

static struct outcome touch(const struct step *s, enum access_kind kind)
{
	struct access a =
		machine_access(&machine, CPU, s->vmpl, area_gpfn(&area, s->page), !s->shared, kind);
	struct outcome o = {.answer = answer_of_access(a.verdict)};

	if (o.answer == DONE && kind == ACCESS_READ) {
		o.value = machine_guest_read64(&machine, a.spfn, AREA_DATA_WORD, !s->shared);
	}
	if (o.answer == DONE && kind == ACCESS_WRITE) {
		machine_guest_write64(&machine, a.spfn, AREA_DATA_WORD, !s->shared, TEST_DATA_NEW);
		o.value = dram[area_spfn(&area, s->frame)][AREA_DATA_WORD];
	}
	return o;
}

/* A walk reads and may set bits: it needs what a private write needs. */
static struct outcome walk(const struct step *s)
{
	struct access a =
		machine_access(&machine, CPU, s->vmpl, area_gpfn(&area, s->page), 1, ACCESS_WRITE);

	return (struct outcome){.answer = answer_of_access(a.verdict)};
}

static struct outcome vmrun(uint64_t spfn)
{
	uint32_t vmpl = 0;
	struct outcome o = {.answer = answer_of_status(machine_vmrun(&machine, spfn, &vmpl))};

	if (o.answer == DONE) {
		o.value = vmpl + (machine.rmp.e[spfn].in_use ? VMRUN_IN_USE : 0);
		machine_vmexit(&machine, spfn);
	}
	return o;
}

static struct outcome host_step(const struct step *s)
{
	struct outcome o = {.answer = DONE};

	switch (s->what) {
	case DO_FLUSH:
		tlb_flush_all(&machine);
		return o;
	case DO_RMPUPDATE:
		o.answer = answer_of_status(machine_rmpupdate(&machine, area_spfn(&area, s->frame),
							      area_update(&area, s)));
		return o;
	case DO_PSMASH:
		o.answer = answer_of_status(machine_psmash(&machine, area_spfn(&area, s->frame)));
		return o;
	case DO_MAP:
		o.answer = answer_of_status(machine_nested_set(&machine, area_gpfn(&area, s->page),
							       area_spfn(&area, s->frame),
							       s->size != 2, s->size == 1));
		return o;
	default:
		return vmrun(area_spfn(&area, s->frame));
	}
}

struct outcome rig_step(const struct step *s)
{
	uint64_t gpfn = area_gpfn(&area, s->page);

	switch (s->what) {
	case DO_PVALIDATE:
		return outcome_of(
			machine_pvalidate(&machine, s->vmpl, gpfn, s->size, (uint32_t)s->operand));
	case DO_RMPADJUST:
		return outcome_of(machine_rmpadjust(&machine, s->vmpl, gpfn, s->size, s->operand));
	case DO_RMPQUERY:
		return outcome_of(machine_rmpquery(&machine, s->vmpl, gpfn, s->operand));
	case DO_READ:
		return touch(s, ACCESS_READ);
	case DO_WRITE:
		return touch(s, ACCESS_WRITE);
	case DO_FETCH_USER:
		return touch(s, ACCESS_FETCH_USER);
	case DO_FETCH_SUPERVISOR:
		return touch(s, ACCESS_FETCH_SUPERVISOR);
	case DO_WALK:
		return walk(s);
	default:
		return host_step(s);
	}
}

/* ---- afterwards ---- */

struct rmp_view rig_entry(uint16_t frame)
{
	return area_entry(&machine, &area, frame);
}

uint32_t rig_changed(void)
{
	return area_changed(&machine, &area);
}

uint32_t rig_caches(void)
{
	return 1;
}

void rig_report(const char *verdict, const struct test_case *c, const char *complaint)
{
	printf("%s %s (%s)%s\n", verdict, c->name, c->source, complaint);
}

int main(void)
{
	uint32_t failed;

	machine_reset(&machine, KEY);
	failed = cases_all();
	printf("%u passed, %u failed\n", cases_passed, cases_failed);
	return failed != 0;
}
