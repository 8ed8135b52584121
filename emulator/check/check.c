/*
 * The twins of the theorem's clauses (tests/unit/account.c) during a whole run of the emulator. Linked into an
 * emulator of its own: the linker puts the __wrap_ functions before those of the same name, so the normal
 * emulator has nothing of this.
 *
 * Every step that changes the RMP is followed in the account, and the frames that it touches are checked
 * before the machine's lock is given back; the whole machine is checked after every FULL_STEPS such steps, every
 * FULL_LOCKS times the lock is given back, and at the end. docs/theorem.md says what is and is not covered.
 */
#include <emulator/exit.h>
#include <emulator/svm/cpu.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/nested.h>
#include <verismo/launch.h>
#include "tests/unit/account.h"
#include "check.h"

#define FULL_STEPS 256U
#define FULL_LOCKS 4096U

/* The ownership table, as module/hw/hw_table.c and hw_x86.c lay it out. */
#define TABLE_GPA     (MODULE_BASE + MODULE_SIZE)
#define TABLE_GAP     (MEMORY_LOW_END / PAGE_SIZE)
#define TABLE_GAP_END (MEMORY_HIGH_START / PAGE_SIZE)

/* Frames that a step has touched. */
struct span {
	uint64_t first;
	uint64_t count;
};

static struct {
	uint32_t on;	    /* the guest has been launched */
	uint64_t pfns;	    /* guest frames that can be RAM: 0..pfns - 1 */
	struct span guest;  /* touched since the lock was taken */
	struct span system; /* the same, system frames */
	uint32_t flush;	    /* INVLPGB, unless it turns out to be another shootdown */
	uint64_t steps;	    /* that changed the RMP */
	uint64_t locks;
	uint64_t full;	 /* checks of everything */
	uint64_t frames; /* evaluations: of a system frame, of a guest frame, of a translation */
	uint64_t pages;
	uint64_t translations;
} check;

static void check_failed(const char *clause, const char *what, uint64_t number)
{
	check.on = 0;
	emulator_log("theorem: clause %s does not hold for %s %lx after %lu steps\n", clause, what,
		     number, check.steps);
	__real_emulator_exit(EXIT_EMULATOR);
}

/* ---- the clauses over the emulator's machine ---- */

static void check_frame(uint64_t s)
{
	const char *broken = account_frame(s);

	check.frames++;
	if (broken != 0) {
		check_failed(broken, "system frame", s);
	}
}

/* The entry of a guest frame in the module's memory; 0 if the table is not there. */
static uint16_t table_entry(uint64_t q)
{
	uint64_t slot = q < TABLE_GAP ? q : q - (TABLE_GAP_END - TABLE_GAP);
	uint64_t gpa = TABLE_GPA + slot * sizeof(uint16_t);
	struct access a;

	if (q >= TABLE_GAP && q < TABLE_GAP_END) {
		return 0;
	}
	a = machine_walk(&the_machine, 0, gpa / PAGE_SIZE, 1, ACCESS_READ);
	if (a.verdict != ACCESS_OK) {
		return 0;
	}
	return *(const volatile uint16_t *)(a.spfn * PAGE_SIZE + gpa % PAGE_SIZE);
}

/* One entry of the nested tables as a translation. In the shared view it is a private one if the frame is
 * the guest's: table walks and fetches are private whatever the view. */
static void check_translation(uint32_t vmpl, uint32_t view, uint64_t q)
{
	struct tlb_entry t = {.gpfn = (uint32_t)q, .used = 1, .vmpl = (uint8_t)vmpl};
	uint64_t spfn = 0;
	const char *broken;

	t.perm = (uint8_t)nested_look(vmpl, view, q, &spfn);
	if (t.perm == 0) {
		return;
	}
	t.spfn = (uint32_t)spfn;
	t.private_view = view == VIEW_PRIVATE || the_machine.memory.key[spfn] != 0;
	account.page[q].own |= vmpl == 0 && t.private_view;
	check.translations++;
	broken = account_translation(&t);
	if (broken != 0) {
		check_failed(broken, "a translation of guest frame", q);
	}
}

static void check_page(uint64_t q)
{
	const char *broken;

	account.page[q].own = 0;
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		check_translation(vmpl, VIEW_SHARED, q);
		check_translation(vmpl, VIEW_PRIVATE, q);
	}
	account.page[q].entry = table_entry(q);
	check.pages++;
	broken = account_page(q);
	if (broken != 0) {
		check_failed(broken, "guest frame", q);
	}
}

static void check_all(void)
{
	check.full++;
	for (uint64_t s = 0; s < MACHINE_FRAMES; s++) {
		if (memory_is_guest(s * PAGE_SIZE) != 0) {
			check_frame(s);
		}
	}
	for (uint64_t q = 0; q < check.pfns; q++) {
		check_page(q);
	}
}

static void check_touched(void)
{
	for (uint64_t i = 0; i < check.guest.count; i++) {
		check_page(check.guest.first + i);
		check_frame(the_machine.nested.e[check.guest.first + i].spfn);
	}
	for (uint64_t i = 0; i < check.system.count; i++) {
		check_frame(check.system.first + i);
	}
}

/* ---- following the steps. Lock held ---- */

static uint64_t frames_of(uint32_t size)
{
	return size == SNP_SIZE_2M ? PAGES_PER_2M : 1;
}

static void touched_guest(uint64_t gpfn, uint32_t size)
{
	check.guest = (struct span){gpfn, frames_of(size)};
	check.steps++;
}

static void touched_system(uint64_t spfn, uint32_t size)
{
	check.system = (struct span){spfn, frames_of(size)};
	check.flush = 0;
	check.steps++;
}

struct insn_result __wrap_machine_pvalidate(struct machine *m, uint32_t vmpl, uint64_t gpfn,
					    uint32_t size, uint32_t validate)
{
	struct insn_result r = __real_machine_pvalidate(m, vmpl, gpfn, size, validate);

	if (check.on != 0 && r.fault == INSN_DONE && r.eax == SNP_OK && r.carry == 0) {
		account_validated(gpfn, size, validate);
		touched_guest(gpfn, size);
	}
	return r;
}

static uint32_t frame_is_zero(uint64_t spfn)
{
	for (uint64_t word = 0; word < PAGE_WORDS; word++) {
		if (dram_read64(spfn, word) != 0) {
			return 0;
		}
	}
	return 1;
}

/* What is given to somebody and is zero then holds no secret. */
static void notice_zeroed(uint64_t gpfn, uint32_t size)
{
	for (uint64_t q = gpfn; q < gpfn + frames_of(size); q++) {
		if (account.page[q].secret != 0 && frame_is_zero(the_machine.nested.e[q].spfn)) {
			account_zeroed(q, SNP_SIZE_4K);
		}
	}
}

struct insn_result __wrap_machine_rmpadjust(struct machine *m, uint32_t vmpl, uint64_t gpfn,
					    uint32_t size, uint64_t attributes)
{
	struct insn_result r = __real_machine_rmpadjust(m, vmpl, gpfn, size, attributes);

	if (check.on == 0 || r.fault != INSN_DONE || r.eax != SNP_OK) {
		return r;
	}
	notice_zeroed(gpfn, size);
	if (vmpl == 0) {
		account_adjusted_by_module(gpfn, size, attributes);
	} else {
		account_adjusted(gpfn, size, attributes);
	}
	touched_guest(gpfn, size);
	return r;
}

uint32_t __wrap_machine_rmpupdate(struct machine *m, uint64_t spfn, struct rmp_update u)
{
	uint32_t status = __real_machine_rmpupdate(m, spfn, u);

	touched_system(spfn, u.size);
	return status;
}

uint32_t __wrap_machine_psmash(struct machine *m, uint64_t spfn)
{
	uint32_t status = __real_machine_psmash(m, spfn);

	touched_system(spfn, SNP_SIZE_2M);
	return status;
}

uint32_t __wrap_machine_vmrun(struct machine *m, uint64_t spfn, uint32_t *vmpl)
{
	uint32_t status = __real_machine_vmrun(m, spfn, vmpl);

	if (status == SNP_OK) {
		touched_system(spfn, SNP_SIZE_4K);
	}
	return status;
}

/* Of a shootdown by RMPUPDATE, PSMASH or VMRUN the theorem takes nothing for granted: only INVLPGB's counts. */
void __wrap_cpu_shootdown(uint32_t mask)
{
	__real_cpu_shootdown(mask);
	check.flush = check.system.count == 0 && mask == ALL_VMPLS;
}

/* ---- when ---- */

static void check_step(void)
{
	if (check.flush != 0) {
		account_flushed();
	}
	check_touched();
	check.locks++;
	if ((check.guest.count + check.system.count != 0 && check.steps % FULL_STEPS == 0) ||
	    check.locks % FULL_LOCKS == 0) {
		check_all();
	}
}

void __wrap_machine_unlock(void)
{
	if (check.on != 0) {
		check_step();
	}
	check.flush = 0;
	check.guest.count = 0;
	check.system.count = 0;
	__real_machine_unlock();
}

/* The guest has been launched. */
void __wrap_smp_release(void)
{
	machine_lock();
	for (uint64_t q = 0; q < MACHINE_GFNS; q++) {
		check.pfns = the_machine.nested.e[q].present != 0 ? q + 1 : check.pfns;
	}
	account_start(&the_machine);
	check.on = 1;
	check.steps = 0;
	check_all();
	machine_unlock();
	__real_smp_release();
}

void __wrap_emulator_exit(uint32_t code)
{
	machine_lock();
	if (check.on != 0) {
		check_all();
		emulator_log("theorem: %lu steps of the RMP followed, the whole machine checked "
			     "%lu times: %lu "
			     "frames, %lu guest frames, %lu translations; every clause holds\n",
			     check.steps, check.full, check.frames, check.pages,
			     check.translations);
	}
	__real_emulator_exit(code);
}
