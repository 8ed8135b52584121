/*
 * One physical CPU of the emulator: its interrupts, its kicks, and the lock of the machine.
 *
 * Lock rule: code that holds the lock may wait for another CPU to leave the guest (cpu_shootdown),
 * because no CPU takes the lock between entering the guest and counting the exit.
 */
#ifndef EMULATOR_SVM_CPU_H
#define EMULATOR_SVM_CPU_H

#include <stdint.h>
#include <emulator/svm/svm.h>
#include <machine/machine.h>

#define CPU_STACK_SIZE 0x4000UL /* start.S and svm_cpu() rely on it */

struct context;

struct cpu {
	uint32_t index;
	uint32_t online;
	struct context *current; /* whose VMSA is in use on this CPU, or null */
	struct context *live;	 /* whose FPU, debug and system registers the CPU holds, or null */
	uint32_t running;	 /* inside svm_run; current is its own business then */
	volatile uint32_t wake;	 /* leave the guest, or the halt, once */
	volatile uint32_t evict; /* leave the guest and store current */
	volatile uint32_t in_guest;
	volatile uint32_t level; /* VMPL being run, if in_guest */
	volatile uint64_t exits;
	uint32_t pending[8]; /* physical vectors that arrived, one bit each */
};
extern struct cpu cpus[SVM_CPUS];
extern volatile uint32_t cpu_stop; /* the guest is shut down */

/* The machine and its lock. */
extern struct machine the_machine;
void machine_lock(void);
void machine_unlock(void);

/* IDT, local APIC, host save area of the calling CPU. */
void cpu_init(uint32_t cpu);
/* Takes all interrupts that are pending at the local APIC into cpu->pending. */
void cpu_collect_interrupts(void);
/* Forces the other CPUs that run one of the VMPLs in mask out of the guest, so that none keeps an
 * old translation, and waits for them. Bit n of mask: VMPL n. */
#define ALL_VMPLS 0xfU
void cpu_shootdown(uint32_t mask);
/* Starts the other CPUs and waits until all are in cpu_idle; the number of CPUs, 0 if some is missing. */
uint32_t smp_start(void);
void smp_release(void);

/* start.S */
extern uint8_t cpu_stacks[];	 /* one of CPU_STACK_SIZE for each CPU */
extern uint8_t vm_enter_vmrun[]; /* the VMRUN instruction */
void vm_enter(uint64_t *gpr, uint64_t vmcb);
/* Halts until an interrupt or NMI has been taken; returns at once if *wake. Interrupts are off
 * before and after. */
void cpu_idle(volatile uint32_t *wake);

/* log.c: the end, with a reason in the log. */
void emulator_panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
