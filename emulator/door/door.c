/*
 * The test emulator's door for the conformance guest (guest/machine/door.h): brings the machine
 * into the state where a case begins, plays the host in it, and says what became of the RMP.
 * Linked into an emulator of its own by ld --wrap, as emulator/check is: the shipped emulator has
 * nothing of this.
 *
 * The guest's instructions and accesses, the host's RMPUPDATE and PSMASH, changes of the nested
 * map and VMRUN go through the emulator as they always do; only the start of a case is written
 * into the machine.
 */
#include <emulator/svm/cpu.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/rmp.h>
#include "guest/machine/area.h"
#include "guest/machine/door.h"
#include "door.h"

#define DOOR_LEVEL 3U /* the slot of the host's CPU in which VMRUN is tried */
/* EVENTINJ: #HV, exception, valid. The one event that restricted injection leaves to the host. */
#define INJECT_HV (VECTOR_HV | 3U << 8 | 1U << 31)

static struct {
	uint32_t open;
	struct area area;
	uint64_t vmsa; /* SPA */
	enum answer fault;
	/* VMRUN being tried: */
	uint32_t trying;
	uint64_t gpa; /* of the request that waits for it */
	uint32_t caller;
	struct level saved;
} door;

/* ---- the start of a case ---- */

static uint64_t frames_take(void)
{
	uint64_t first = svm_alloc_2m();

	if (first == 0 || svm_alloc_2m() != first + LARGE_PAGE) {
		emulator_panic("door: no 4M of frames for the test area");
	}
	return first / PAGE_SIZE;
}

static void door_open(const struct door *d)
{
	uint32_t large;

	door.area.first_page = DOOR_TEST_GPA / PAGE_SIZE;
	door.area.first_frame = frames_take();
	door.vmsa = svm_nested_get(d->vmsa, &large);
	if (memory_is_guest(door.vmsa) == 0) {
		emulator_panic("door: no VMSA at %lx", d->vmsa);
	}
	door.open = 1;
}

static void forget_area(void)
{
	for (uint64_t i = 0; i < TEST_PAGES; i += PAGES_PER_2M) {
		nested_drop(door.area.first_page + i, PAGES_PER_2M);
	}
	for (uint64_t i = 0; i < TEST_PAGES; i++) {
		nested_drop_frame(door.area.first_frame + i);
	}
	cpu_shootdown(ALL_VMPLS);
}

static void door_set(const struct page_state *start)
{
	machine_lock();
	forget_area();
	area_set(&the_machine, &door.area, start, (const uint64_t *)door.vmsa);
	machine_unlock();
	door.fault = DONE;
}

/* ---- the host's steps ---- */

static void try_vmrun(struct host_cpu *c, uint64_t gpa, const struct step *s)
{
	struct level *l = &c->level[DOOR_LEVEL];

	door.trying = 1;
	door.gpa = gpa;
	door.caller = c->vmpl;
	door.saved = *l;
	l->control.vmsa = area_spfn(&door.area, s->frame) * PAGE_SIZE;
	l->control.ghcb = 0;
	l->control.virq = -1;
	l->control.inject = 0;
	l->state = LEVEL_READY;
	c->caller = c->vmpl;
	c->vmpl = DOOR_LEVEL;
}

/* The vCPU has been refused, or has run and exited: the caller goes on and reads the answer. */
static void end_vmrun(struct host_cpu *c, enum answer answer, uint64_t value)
{
	struct door d;

	svm_leave(c->id);
	c->level[DOOR_LEVEL] = door.saved;
	c->vmpl = door.caller;
	c->caller = NO_CALLER;
	door.trying = 0;
	if (host_read_gpa(door.gpa, &d, sizeof(d))) {
		emulator_panic("door: the request is gone");
	}
	d.answer = answer;
	d.value = value;
	host_write_gpa(door.gpa, &d, sizeof(d));
}

static enum answer host_map(const struct step *s)
{
	return answer_of_status(svm_nested_set(area_gpfn(&door.area, s->page) * PAGE_SIZE,
					       area_spfn(&door.area, s->frame) * PAGE_SIZE,
					       s->size != 2, s->size == 1));
}

static void door_step(struct host_cpu *c, struct door *d, uint64_t gpa)
{
	uint64_t spa = area_spfn(&door.area, d->step.frame) * PAGE_SIZE;

	d->value = 0;
	switch (d->step.what) {
	case DO_RMPUPDATE:
		d->answer = answer_of_status(rmp_update(spa, area_update(&door.area, &d->step)));
		break;
	case DO_PSMASH:
		d->answer = answer_of_status(svm_psmash(spa));
		break;
	case DO_MAP:
		d->answer = host_map(&d->step);
		break;
	case DO_VMRUN:
		try_vmrun(c, gpa, &d->step);
		break;
	default:
		d->answer = ANSWER_OTHER;
	}
}

/* ---- afterwards ---- */

static void door_look(struct door *d)
{
	machine_lock();
	d->entry = area_entry(&the_machine, &door.area, (uint16_t)d->frame);
	d->changed = area_changed(&the_machine, &door.area);
	d->data = dram_read64(area_spfn(&door.area, (uint16_t)(d->frame % TEST_PAGES)),
			      AREA_DATA_WORD);
	machine_unlock();
}

static enum answer fault_of(uint64_t info)
{
	if ((info & NPF_PRESENT) == 0) {
		return FAULT_ABSENT;
	}
	if ((info & NPF_SIZE) != 0) {
		return FAULT_SIZE;
	}
	return (info & NPF_VMPL) != 0 ? FAULT_VMPL : FAULT_RMP;
}

static void door_serve(struct host_cpu *c, uint64_t gpa)
{
	struct door d;

	if (host_read_gpa(gpa, &d, sizeof(d))) {
		emulator_panic("door: no shared page at %lx", gpa);
	}
	switch (d.command) {
	case DOOR_OPEN:
		door_open(&d);
		break;
	case DOOR_SET:
		door_set(&d.start);
		break;
	case DOOR_STEP:
		door_step(c, &d, gpa);
		break;
	case DOOR_LOOK:
		door_look(&d);
		break;
	default:
		d.answer = door.fault;
		door.fault = DONE;
	}
	host_write_gpa(gpa, &d, sizeof(d));
}

/* ---- in place of the host's own ---- */

void __wrap_protocol_vmgexit(struct host_cpu *c)
{
	uint64_t msr = current_level(c)->control.ghcb;
	uint64_t spfn = current_level(c)->control.vmsa / PAGE_SIZE;

	if (door.trying != 0) {
		end_vmrun(c, DONE,
			  current_level(c)->control.vmpl +
				  (the_machine.rmp.e[spfn].in_use != 0 ? VMRUN_IN_USE : 0));
	} else if (GHCB_MSR_CODE(msr) == DOOR_MSR_CODE) {
		door_serve(c, msr - DOOR_MSR_CODE);
	} else {
		__real_protocol_vmgexit(c);
	}
}

void __wrap_vmpl_refused(struct host_cpu *c)
{
	if (door.trying != 0) {
		end_vmrun(c, answer_of_status((uint32_t)current_level(c)->control.exit_info1), 0);
	} else {
		__real_vmpl_refused(c);
	}
}

void __wrap_svm_evict(uint64_t vmsa)
{
	if (door.trying != 0) {
		end_vmrun(&host_cpu[svm_cpu()], FAIL_INUSE, 0);
	} else {
		__real_svm_evict(vmsa);
	}
}

static uint32_t in_area(uint64_t gpa)
{
	return (gpa >= DOOR_TEST_GPA && gpa - DOOR_TEST_GPA < TEST_PAGES * PAGE_SIZE) ||
	       gpa / PAGE_SIZE == MACHINE_GFNS;
}

void __wrap_npf_handle(struct host_cpu *c)
{
	struct svm_control *k = &current_level(c)->control;

	if (door.open == 0 || in_area(k->exit_info2) == 0) {
		__real_npf_handle(c);
		return;
	}
	door.fault = fault_of(k->exit_info1);
	k->inject = INJECT_HV;
}
