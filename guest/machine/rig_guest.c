/* The rig of the guest: real instructions at the level asked for, and the door for the host's
 * part. */
#include "guest/conformance/cpu.h"
#include "area_layout.h"
#include "door.h"
#include "levels.h"
#include "machine.h"
#include "rig.h"

#define VECTOR_UD   6U
#define VECTOR_GP   13U
#define INVLPGB_ALL 0x2cUL /* ASID valid, global, nested: everything of this guest */
#define RFLAGS_CF   0x1UL
#define RFLAGS_ZF   0x40UL
#define BEYOND_GPA  0x140000000UL /* MEMORY_GPA_END */
/* A root entry of start.S's tables, and the addresses it leads to. */
#define WALKED_SLOT 8U
#define WALKED_VIEW ((uint64_t)WALKED_SLOT << 39)
#define ROOT_ENTRY  ((1UL << 39) + 0x27UL) /* C-bit, present, writable, user, accessed */
#define NOT_SET	    0xbadc0deUL

extern volatile uint64_t machine_root[];

static volatile struct door *const door = (volatile struct door *)DOOR_GPA;

void door_open(void)
{
	door->vmsa = levels_vmsa_content();
	door->command = DOOR_OPEN;
	ghcb_msr_request(DOOR_GPA | DOOR_MSR_CODE);
}

static enum answer door_ask(enum door_command command)
{
	door->command = command;
	ghcb_msr_request(DOOR_GPA | DOOR_MSR_CODE);
	return (enum answer)door->answer;
}

void rig_set(const struct page_state *start)
{
	door->start = *start;
	door->answer = DONE;
	door_ask(DOOR_SET);
}

struct rmp_view rig_entry(uint16_t frame)
{
	door->frame = frame;
	door_ask(DOOR_LOOK);
	return door->entry;
}

uint32_t rig_changed(void)
{
	door->frame = 0;
	door_ask(DOOR_LOOK);
	return door->changed;
}

uint32_t rig_caches(void)
{
	return 0;
}

void rig_report(const char *verdict, const struct test_case *c, const char *complaint)
{
	print("%s %s (%s)%s\n", verdict, c->name, c->source, complaint);
}

/* ---- the guest's steps ---- */

static uint64_t address_of(const struct step *s)
{
	uint64_t gpa = s->page == PAGE_BEYOND ? BEYOND_GPA : DOOR_TEST_GPA + s->page * PAGE_SIZE;

	return s->shared != 0 ? SHARED_VIEW(gpa) : gpa;
}

/* ZF is EAX = 0 (24594); the answer of an instruction that went through. */
static enum answer answer_of_eax(const struct probe *p, uint32_t has_carry)
{
	enum answer a = answer_of_status((uint32_t)p->rax);

	if (((p->rflags & RFLAGS_ZF) != 0) != (a == DONE)) {
		return ANSWER_OTHER;
	}
	if (has_carry != 0 && (p->rflags & RFLAGS_CF) != 0) {
		return a == DONE ? UNCHANGED : ANSWER_OTHER;
	}
	return a;
}

/* An access to what is mapped nowhere in the shared view is MMIO, and a #VC of its own where
 * there is one. */
enum answer rig_fault(const struct probe *p)
{
	switch (p->vector) {
	case VECTOR_GP:
		return p->error == 0 ? FAULT_GP : ANSWER_OTHER;
	case VECTOR_VC:
		if (p->error == SVM_EXIT_NPF) {
			return FAULT_ABSENT;
		}
		return p->error == SVM_EXIT_NOT_VALID ? FAULT_VC : ANSWER_OTHER;
	case VECTOR_HV:
		return door_ask(DOOR_FAULT);
	default:
		return ANSWER_OTHER;
	}
}

static struct outcome insn_step(const struct step *s, void (*code)(void))
{
	struct probe p = {.rax = address_of(s), .rcx = s->size, .rdx = s->operand, .code = code};
	struct outcome o = {0};

	level_execute(s->vmpl, &p);
	if (p.vector != NO_VECTOR) {
		o.answer = rig_fault(&p);
		return o;
	}
	o.answer = answer_of_eax(&p, s->what == DO_PVALIDATE);
	if (s->what == DO_RMPQUERY && o.answer == DONE) {
		o.value = p.rdx + (p.rcx << 32);
	}
	return o;
}

static uint64_t frame_data(const struct step *s)
{
	door->frame = s->frame;
	door_ask(DOOR_LOOK);
	return door->data;
}

static struct outcome access_step(const struct step *s, uint64_t offset, void (*code)(void))
{
	struct probe p = {.rax = address_of(s) + offset, .rdx = NOT_SET, .code = code};
	struct outcome o = {.answer = DONE};

	if (s->what == DO_WRITE) {
		p.rdx = TEST_DATA_NEW;
	}
	level_execute(s->vmpl, &p);
	/* At CPL3 a fetch that went through ends in UD2. */
	if (p.vector != NO_VECTOR && !(s->what == DO_FETCH_USER && p.vector == VECTOR_UD)) {
		o.answer = rig_fault(&p);
		return o;
	}
	if (s->what == DO_READ) {
		o.value = p.rdx;
	}
	if (s->what == DO_WRITE) {
		o.value = frame_data(s);
	}
	return o;
}

/* The test page becomes the second-level table of a root entry that nothing else uses: its first
 * word, a RET, is also a leaf that maps the first GiB without C-bit. What is read through it is
 * the GHCB page. */
static struct outcome walk_step(const struct step *s)
{
	struct probe p = {.rax = WALKED_VIEW + GHCB_GPA, .code = insn_read};
	struct outcome o = {.answer = DONE};

	machine_root[WALKED_SLOT] = address_of(s) + ROOT_ENTRY;
	level_execute(s->vmpl, &p);
	if (p.vector != NO_VECTOR) {
		o.answer = rig_fault(&p);
	}
	return o;
}

static struct outcome flush_step(void)
{
	struct probe p = {.rax = INVLPGB_ALL, .code = insn_flush};
	struct outcome o = {.answer = DONE};

	level_execute(0, &p);
	if (p.vector != NO_VECTOR) {
		o.answer = ANSWER_OTHER;
	}
	return o;
}

static struct outcome host_step(const struct step *s)
{
	struct outcome o;

	door->step = *s;
	door->answer = ANSWER_OTHER;
	o.answer = door_ask(DOOR_STEP);
	o.value = door->value;
	return o;
}

struct outcome rig_step(const struct step *s)
{
	switch (s->what) {
	case DO_PVALIDATE:
		return insn_step(s, insn_pvalidate);
	case DO_RMPADJUST:
		return insn_step(s, insn_rmpadjust);
	case DO_RMPQUERY:
		return insn_step(s, insn_rmpquery);
	case DO_READ:
		return access_step(s, AREA_DATA_OFFSET, insn_read);
	case DO_WRITE:
		return access_step(s, AREA_DATA_OFFSET, insn_write);
	case DO_FETCH_USER:
		return access_step(s, AREA_UD_OFFSET, insn_fetch_user);
	case DO_FETCH_SUPERVISOR:
		return access_step(s, AREA_RET_OFFSET, insn_fetch);
	case DO_WALK:
		return walk_step(s);
	case DO_FLUSH:
		return flush_step();
	default:
		return host_step(s);
	}
}
