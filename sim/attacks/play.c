/* Calls and turns of the named attacks. */
#include "sim/attacks/play.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <verismo/snp.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/services/request.h"
#include "sim/check.h"
#include "sim/world.h"

const char *play_text(const char *format, ...)
{
	static char text[160];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return text;
}

/* ---- the cast ---- */

struct sim_vcpu play_other(void)
{
	return sim_create(sim_startup, PLAY_OTHER_VMSA, PLAY_OTHER_CAA, 1, 2);
}

struct sim_vcpu play_low(void)
{
	attack_give_vmpl3(PLAY_LOW_CAA, 1);
	return sim_create(sim_startup, PLAY_LOW_VMSA, PLAY_LOW_CAA, 2, 3);
}

/* ---- calls ---- */

struct sim_registers play_core(uint64_t call, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	struct sim_registers r = {
		.rax = SIM_CALL(SVSM_PROTOCOL_CORE, call), .rcx = rcx, .rdx = rdx, .r8 = r8};

	return r;
}

int play_round(uint32_t cpu, uint32_t *level)
{
	hw_machine_cpu = cpu;
	return HW_RUN(*level = request_round(cpu));
}

uint64_t play_call(struct sim_vcpu v, struct sim_registers r)
{
	uint32_t level;
	int reason;

	sim_prepare(v, r, 1);
	reason = play_round(v.cpu, &level);
	return reason != 0 ? PLAY_END + (uint64_t)reason : sim_result(v).rax;
}

struct sim_registers play_list(struct sim_vcpu v, uint64_t entry)
{
	uint64_t gpa = GPA(v.caa) + CAA_BUFFER;

	sim_list(v, gpa, 1, 0, &entry, 1);
	return play_core(SVSM_CORE_PVALIDATE, gpa, 0, 0);
}

uint64_t play_pvalidate(struct sim_vcpu v, uint64_t entry)
{
	return play_call(v, play_list(v, entry));
}

/* Of all registered VMSAs, but the RAX of one. */
static uint64_t vmsas_digest(uint64_t caller)
{
	uint64_t digest = 0;
	uint32_t i, word;

	for (i = 0; i < VCPUS_MAX; i++) {
		uint64_t vmsa = vcpu_table.v[i].vmsa;

		for (word = 0; word < PAGE_WORDS && vcpu_table.v[i].used; word++) {
			if (vmsa != caller || word != VMSA_RAX / 8) {
				digest = (digest ^ sim_peek(vmsa, word)) * 0x100000001b3UL + word;
			}
		}
	}
	return digest;
}

const char *play_refused(struct sim_vcpu v, struct sim_registers r, uint64_t code)
{
	uint64_t before = sim_digest();
	uint64_t vmsas, answer;
	uint32_t level;
	int reason;

	sim_prepare(v, r, 1);
	vmsas = vmsas_digest(v.vmsa);
	reason = play_round(v.cpu, &level);
	answer = sim_result(v).rax;
	if (reason != 0) {
		return play_text("call %#lx(%#lx, %#lx, %#lx) ends the module (%#x)", r.rax, r.rcx,
				 r.rdx, r.r8, (unsigned)reason);
	}
	if (answer != code) {
		return play_text("call %#lx(%#lx, %#lx, %#lx) is answered %#lx, not %#lx", r.rax,
				 r.rcx, r.rdx, r.r8, answer, code);
	}
	if (sim_digest() != before || vmsas_digest(v.vmsa) != vmsas) {
		return play_text("call %#lx(%#lx, %#lx, %#lx) is refused, and changes something",
				 r.rax, r.rcx, r.rdx, r.r8);
	}
	return NULL;
}

const char *play_core_refused(struct sim_vcpu v, uint64_t call, uint64_t rcx, uint64_t rdx,
			      uint64_t r8, uint64_t code)
{
	return play_refused(v, play_core(call, rcx, rdx, r8), code);
}

const char *play_entry_refused(struct sim_vcpu v, uint64_t entry, uint64_t code)
{
	return play_refused(v, play_list(v, entry), code);
}

const char *play_succeeds(uint64_t code, const char *what)
{
	return code == SVSM_SUCCESS ? NULL : play_text("%s is answered %#lx", what, code);
}

/* ---- turns ---- */

static struct {
	void (*act)(struct hw_effect e);
	uint32_t left;	 /* effects before act's */
	uint32_t always; /* act before each */
	uint32_t acting;
	uint32_t acted;
} turns;

static void take_turn(struct hw_effect e)
{
	if (turns.acting || (!turns.always && turns.acted)) {
		return;
	}
	if (!turns.always && turns.left != 0) {
		turns.left--;
		return;
	}
	turns.acting = 1;
	turns.act(e);
	turns.acting = 0;
	turns.acted = 1;
}

static void begin_turns(void (*act)(struct hw_effect e), uint32_t left, uint32_t always)
{
	turns.act = act;
	turns.left = left;
	turns.always = always;
	turns.acting = 0;
	turns.acted = 0;
	hw_turn = take_turn;
}

void play_watch(void (*act)(struct hw_effect e))
{
	begin_turns(act, 0, 1);
}

void play_at(uint32_t place, void (*act)(struct hw_effect e))
{
	begin_turns(act, place, 0);
}

int play_over(void)
{
	hw_turn = NULL;
	return turns.acted != 0;
}

void play_save(void)
{
	world_save();
}

void play_restore(void)
{
	world_touch(0, PLAY_PAGES);
	world_touch(SIM_CAA, 2); /* and SIM_VMSA */
	world_restore();
	hw_trace.count = 0;
	hw_machine_cpu = 0;
}

/* ---- the host, and the end ---- */

int play_run(uint64_t vmsa)
{
	uint64_t spfn = hw_machine.nested.e[vmsa].spfn;
	uint32_t level = 0;

	if (machine_vmrun(&hw_machine, spfn, &level) != SNP_OK) {
		return -1;
	}
	machine_vmexit(&hw_machine, spfn);
	return (int)level;
}

/* NULL, or what is left of a call when nobody is at work. */
static const char *left_behind(void)
{
	static uint32_t all[SIM_PFNS];
	const char *wrong;
	uint64_t pfn = 0;
	uint32_t i;

	for (i = 0; i < SIM_PFNS; i++) {
		all[i] = i;
	}
	wrong = check_rest(all, SIM_PFNS, &pfn);
	return wrong == NULL ? NULL : play_text("%s (page %#lx)", wrong, pfn);
}

struct attack_outcome play_judge(const char *wrong, const char *format, ...)
{
	char held[160];
	va_list list;

	va_start(list, format);
	vsnprintf(held, sizeof(held), format, list);
	va_end(list);
	wrong = wrong != NULL ? wrong : left_behind();
	return wrong != NULL ? attack_won("%s", wrong) : attack_judge("%s", held);
}
