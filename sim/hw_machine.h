/*
 * module/hw/hw.h over the SNP machine of machine/, for the sim and native tests. One thread: the test says
 * which CPU of the module is running. The host below it is honest: it resolves size faults with PSMASH and
 * lets a running vCPU exit when the module writes its VMSA. Tests play the hostile one with the hook.
 */
#ifndef SIM_HW_MACHINE_H
#define SIM_HW_MACHINE_H

#include <setjmp.h>
#include <stdint.h>
#include "machine/machine.h"

/* SPA of a guest frame at reset: pfn + HW_MACHINE_BASE, so that no GPA is an SPA. */
#define HW_MACHINE_BASE 0x10000UL

enum hw_effect_kind {
	EFFECT_PVALIDATE,
	EFFECT_RMPADJUST,
	EFFECT_FLUSH,
	EFFECT_READ,
	EFFECT_WRITE,
	EFFECT_ZERO,
	EFFECT_FREEZE,
	EFFECT_THAW,
	EFFECT_TABLE,
	EFFECT_VMGEXIT,
	EFFECT_LOOK, /* at the table; this and what follows is no part of the trace */
	EFFECT_LOCK,
	EFFECT_UNLOCK,
};
struct hw_effect {
	enum hw_effect_kind kind;
	uint64_t pfn;
	uint32_t size;
	uint64_t argument; /* validate, attributes, word or new entry */
};
#define HW_TRACE 65536U
struct hw_trace {
	struct hw_effect e[HW_TRACE];
	uint32_t count;
};

extern struct machine hw_machine;
extern struct hw_trace hw_trace;
extern uint32_t hw_machine_cpu;
extern int hw_lock_held;
/* Called before each effect; may change the machine. NULL: nobody. */
extern void (*hw_hook)(struct hw_effect e);
/* Called after each effect on frames, with its result. NULL: nobody. */
extern void (*hw_after)(struct hw_effect e, uint64_t result);
/* Called before each effect; other CPUs of the module may run meanwhile. NULL: nobody. */
extern void (*hw_turn)(struct hw_effect e);
/* Called with each value that the module gets from an instruction or from memory that others write. */
extern void (*hw_saw)(uint64_t value);
/* Called in the loop that waits for the lock. NULL: one CPU, which would wait for ever (HW_STUCK). */
extern void (*hw_wait)(void);
/* Called when the VM ends, or an access never returns; does not come back. NULL: HW_RUN. */
extern void (*hw_ended)(int reason);
/* Called before each look at the GHCB page, which the host may change meanwhile. NULL: nobody. */
extern void (*hw_ghcb_look)(uint32_t cpu, uint32_t offset);
/* Plays the host at VMGEXIT. NULL: the exit does nothing. */
extern void (*hw_vmgexit_host)(uint32_t cpu);
/* If not HW_NOT_FORCED: the result of the next PVALIDATE, which is not executed. */
#define HW_NOT_FORCED 0xffffffffffffffffUL
extern uint64_t hw_force_pvalidate;
/* SEV_STATUS of the module's vCPU. */
extern uint64_t hw_machine_sev_status;
/* Words of a GHCB page and the MSR, for the host. */
extern uint64_t hw_ghcb_words[MACHINE_CPUS][512];
extern uint64_t hw_ghcb_msr[MACHINE_CPUS];

/* The ownership table and DRAM behind the module's back. */
uint16_t hw_table_peek(uint64_t pfn);
void hw_table_poke(uint64_t pfn, uint16_t entry);
int hw_dram_has(uint64_t spfn);

/* Everything back to the state after power-on; trace empty, no hooks. */
void hw_machine_reset(void);

/* Where hw_terminate (with its reason) and an access that never returns (HW_STUCK) go. */
#define HW_STUCK 0x100
extern jmp_buf hw_end;
extern int hw_end_armed;
/* 0 if statement ended by itself, else the reason. */
#define HW_RUN(statement)                                                                          \
	__extension__({                                                                            \
		int reason_ = setjmp(hw_end);                                                      \
		hw_end_armed = 1;                                                                  \
		if (reason_ == 0) {                                                                \
			statement;                                                                 \
		}                                                                                  \
		hw_end_armed = 0;                                                                  \
		hw_lock_held = reason_ == 0 ? hw_lock_held : 0;                                    \
		reason_;                                                                           \
	})

#endif
