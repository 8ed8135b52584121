/* module/hw/hw.h over machine/. */
#include "sim/hw_machine.h"
#include "module/hw/hw.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <verismo/vmsa.h>

struct machine hw_machine;
struct hw_trace hw_trace;
uint32_t hw_machine_cpu;
int hw_lock_held;
void (*hw_hook)(struct hw_effect e);
void (*hw_after)(struct hw_effect e, uint64_t result);
void (*hw_vmgexit_host)(uint32_t cpu);
void (*hw_turn)(struct hw_effect e);
void (*hw_saw)(uint64_t value);
void (*hw_wait)(void);
void (*hw_ended)(int reason);
void (*hw_ghcb_look)(uint32_t cpu, uint32_t offset);
uint64_t hw_force_pvalidate;
uint64_t hw_machine_sev_status;
uint64_t hw_ghcb_words[MACHINE_CPUS][512];
uint64_t hw_ghcb_msr[MACHINE_CPUS];
jmp_buf hw_end;
int hw_end_armed;

static uint16_t table[HW_PFNS];

/* ---- DRAM: frames appear when they are first written ---- */

static uint64_t *dram[MACHINE_FRAMES];

uint64_t dram_read64(uint64_t spfn, uint64_t word)
{
	return dram[spfn] == NULL ? 0 : dram[spfn][word];
}

int hw_dram_has(uint64_t spfn)
{
	return dram[spfn] != NULL;
}

void dram_write64(uint64_t spfn, uint64_t word, uint64_t value)
{
	if (dram[spfn] == NULL) {
		dram[spfn] = calloc(PAGE_WORDS, sizeof(uint64_t));
		if (dram[spfn] == NULL) {
			abort();
		}
	}
	dram[spfn][word] = value;
}

void hw_machine_reset(void)
{
	uint64_t i;

	for (i = 0; i < MACHINE_FRAMES; i++) {
		free(dram[i]);
		dram[i] = NULL;
	}
	machine_reset(&hw_machine, 0x5eed5eed12345678UL);
	memset(table, 0, sizeof(table));
	memset(hw_ghcb_words, 0, sizeof(hw_ghcb_words));
	memset(hw_ghcb_msr, 0, sizeof(hw_ghcb_msr));
	hw_trace.count = 0;
	hw_machine_cpu = 0;
	hw_lock_held = 0;
	hw_hook = NULL;
	hw_after = NULL;
	hw_vmgexit_host = NULL;
	hw_turn = NULL;
	hw_saw = NULL;
	hw_wait = NULL;
	hw_ended = NULL;
	hw_ghcb_look = NULL;
	hw_machine_sev_status = SEV_STATUS_SEV | SEV_STATUS_ES | SEV_FEATURE_SNP << 2;
	hw_force_pvalidate = HW_NOT_FORCED;
}

/* ---- ends ---- */

static void end(int reason) __attribute__((noreturn));
static void end(int reason)
{
	if (hw_ended != NULL) {
		hw_ended(reason);
	}
	if (!hw_end_armed) {
		fprintf(stderr, "the module ended with reason %#x outside HW_RUN\n",
			(unsigned)reason);
		abort();
	}
	longjmp(hw_end, reason);
}

void hw_terminate(uint32_t reason)
{
	end((int)reason);
}

static void turn(enum hw_effect_kind kind, uint64_t pfn, uint32_t size, uint64_t argument)
{
	struct hw_effect e = {kind, pfn, size, argument};

	if (hw_turn != NULL) {
		hw_turn(e);
	}
}

static void effect(enum hw_effect_kind kind, uint64_t pfn, uint32_t size, uint64_t argument)
{
	struct hw_effect e = {kind, pfn, size, argument};
	void (*hook)(struct hw_effect) = hw_hook;

	turn(kind, pfn, size, argument);
	if (hook != NULL) {
		hw_hook = NULL; /* what the hook does itself is not hooked */
		hook(e);
		hw_hook = hw_hook == NULL ? hook : hw_hook;
	}
	if (hw_trace.count < HW_TRACE) {
		hw_trace.e[hw_trace.count] = e;
		hw_trace.count++;
	}
}

static void done(enum hw_effect_kind kind, uint64_t pfn, uint32_t size, uint64_t argument,
		 uint64_t result)
{
	struct hw_effect e = {kind, pfn, size, argument};

	if (hw_after != NULL) {
		hw_after(e, result);
	}
}

/* What the module learns from hardware. */
static uint64_t saw(uint64_t value)
{
	if (hw_saw != NULL) {
		hw_saw(value);
	}
	return value;
}

/* ---- the honest host's answers to nested page faults ---- */

/* 1 = try again. */
static int host_resolves(uint64_t pfn, enum access_verdict why)
{
	uint64_t spfn = pfn < MACHINE_GFNS ? hw_machine.nested.e[pfn].spfn : 0;
	uint64_t head = pfn - pfn % PAGES_PER_2M;

	if (why == ACCESS_SIZE) {
		(void)machine_psmash(&hw_machine, spfn - spfn % PAGES_PER_2M);
		/* Split the nested mapping by setting one of its frames again. */
		return machine_nested_set(&hw_machine, head, hw_machine.nested.e[head].spfn, 1,
					  0) == SNP_OK;
	}
	if (why == ACCESS_RMP && hw_machine.rmp.e[spfn].in_use) {
		machine_vmexit(&hw_machine, spfn);
		return 1;
	}
	return 0;
}

static uint64_t frame_of(uint64_t pfn, enum access_kind kind)
{
	for (;;) {
		struct access a = machine_access(&hw_machine, hw_machine_cpu, 0, pfn, 1, kind);

		if (a.verdict == ACCESS_OK) {
			done(EFFECT_READ, pfn, 0, 0, 0);
			return a.spfn;
		}
		if (!host_resolves(pfn, a.verdict)) {
			end(HW_STUCK);
		}
	}
}

/* ---- SNP instructions ---- */

uint64_t hw_pvalidate(uint64_t pfn, uint32_t size, uint32_t validate)
{
	effect(EFFECT_PVALIDATE, pfn, size, validate);
	if (hw_force_pvalidate != HW_NOT_FORCED) {
		uint64_t forced = hw_force_pvalidate;

		hw_force_pvalidate = HW_NOT_FORCED;
		return forced;
	}
	for (;;) {
		struct insn_result r = machine_pvalidate(&hw_machine, 0, pfn, size, validate);

		if (r.fault == INSN_DONE) {
			done(EFFECT_PVALIDATE, pfn, size, validate,
			     r.eax + (r.carry ? HW_CARRY : 0));
			return saw(r.eax + (r.carry ? HW_CARRY : 0));
		}
		if (r.fault != INSN_NPF || !host_resolves(pfn, r.access)) {
			end(HW_STUCK);
		}
	}
}

uint32_t hw_rmpadjust(uint64_t pfn, uint32_t size, uint32_t attributes)
{
	effect(EFFECT_RMPADJUST, pfn, size, attributes);
	for (;;) {
		struct insn_result r = machine_rmpadjust(&hw_machine, 0, pfn, size, attributes);

		if (r.fault == INSN_DONE) {
			done(EFFECT_RMPADJUST, pfn, size, attributes, r.eax);
			return (uint32_t)saw(r.eax);
		}
		if (r.fault != INSN_NPF || !host_resolves(pfn, r.access)) {
			end(HW_STUCK);
		}
	}
}

void hw_flush_guest(void)
{
	effect(EFFECT_FLUSH, 0, 0, 0);
	tlb_flush_all(&hw_machine);
	done(EFFECT_FLUSH, 0, 0, 0, 0);
}

/* ---- private memory ---- */

static uint64_t word_read(uint64_t pfn, uint32_t word)
{
	return machine_guest_read64(&hw_machine, frame_of(pfn, ACCESS_READ), word, 1);
}

static void word_write(uint64_t pfn, uint32_t word, uint64_t value)
{
	machine_guest_write64(&hw_machine, frame_of(pfn, ACCESS_WRITE), word, 1, value);
}

uint64_t hw_read64(uint64_t pfn, uint32_t word)
{
	effect(EFFECT_READ, pfn, 0, word);
	return saw(word_read(pfn, word));
}

void hw_write64(uint64_t pfn, uint32_t word, uint64_t value)
{
	effect(EFFECT_WRITE, pfn, 0, word);
	word_write(pfn, word, value);
}

uint8_t hw_read8(uint64_t pfn, uint32_t offset)
{
	effect(EFFECT_READ, pfn, 0, offset / 8);
	return (uint8_t)saw(word_read(pfn, offset / 8) >> (offset % 8 * 8));
}

void hw_write8(uint64_t pfn, uint32_t offset, uint8_t value)
{
	uint64_t mask = 0xffUL << (offset % 8 * 8);
	uint64_t old;

	effect(EFFECT_WRITE, pfn, 0, offset / 8);
	old = word_read(pfn, offset / 8);
	word_write(pfn, offset / 8, (old & ~mask) | (uint64_t)value << (offset % 8 * 8));
}

void hw_zero(uint64_t pfn, uint32_t size)
{
	uint64_t frames = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;
	uint64_t i;
	uint32_t word;

	effect(EFFECT_ZERO, pfn, size, 0);
	for (i = 0; i < frames; i++) {
		for (word = 0; word < PAGE_WORDS; word++) {
			word_write(pfn + i, word, 0);
		}
	}
	done(EFFECT_ZERO, pfn, size, 0, 0);
}

uint64_t hw_vmsa_freeze(uint64_t pfn)
{
	uint64_t old;

	effect(EFFECT_FREEZE, pfn, 0, 0);
	old = word_read(pfn, VMSA_EFER / 8);
	word_write(pfn, VMSA_EFER / 8, old & ~EFER_SVME);
	return saw(old);
}

void hw_vmsa_thaw(uint64_t pfn)
{
	effect(EFFECT_THAW, pfn, 0, 0);
	word_write(pfn, VMSA_EFER / 8, word_read(pfn, VMSA_EFER / 8) | EFER_SVME);
}

/* ---- ownership table ---- */

uint16_t hw_table_read(uint64_t pfn)
{
	turn(EFFECT_LOOK, pfn, 0, 0);
	return (uint16_t)saw(table[pfn]);
}

int hw_table_cas(uint64_t pfn, uint16_t expected, uint16_t desired)
{
	effect(EFFECT_TABLE, pfn, 0, desired);
	if (table[pfn] != expected) {
		return (int)saw(0);
	}
	table[pfn] = desired;
	return (int)saw(1);
}

uint16_t hw_table_peek(uint64_t pfn)
{
	return table[pfn];
}

void hw_table_poke(uint64_t pfn, uint16_t entry)
{
	table[pfn] = entry;
}

/* ---- GHCB ---- */

uint64_t hw_ghcb_read64(uint32_t offset)
{
	if (hw_ghcb_look != NULL) {
		hw_ghcb_look(hw_machine_cpu, offset);
	}
	return hw_ghcb_words[hw_machine_cpu][offset / 8];
}

void hw_ghcb_write64(uint32_t offset, uint64_t value)
{
	hw_ghcb_words[hw_machine_cpu][offset / 8] = value;
}

uint64_t hw_ghcb_msr_read(void)
{
	return hw_ghcb_msr[hw_machine_cpu];
}

void hw_ghcb_msr_write(uint64_t value)
{
	hw_ghcb_msr[hw_machine_cpu] = value;
}

void hw_vmgexit(void)
{
	effect(EFFECT_VMGEXIT, 0, 0, 0);
	if (hw_vmgexit_host != NULL) {
		hw_vmgexit_host(hw_machine_cpu);
	}
}

/* ---- CPU ---- */

uint32_t hw_cpu(void)
{
	return hw_machine_cpu;
}

uint64_t hw_sev_status(void)
{
	return hw_machine_sev_status;
}

void hw_halt(void)
{
	end(HW_STUCK);
}

void hw_pause(void)
{
}

void hw_lock(void)
{
	turn(EFFECT_LOCK, 0, 0, 0);
	while (hw_lock_held) {
		if (hw_wait == NULL) {
			end(HW_STUCK); /* one thread: it would spin for ever */
		}
		hw_wait();
	}
	hw_lock_held = 1;
}

void hw_unlock(void)
{
	turn(EFFECT_UNLOCK, 0, 0, 0);
	hw_lock_held = 0;
}
