/*
 * Fibers: a handful of stacks on one thread, switched by hand. Each vCPU of the module is one; it yields
 * before every effect on hardware, and whoever schedules decides who goes on.
 */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <stdint.h>

#define FIBERS_MAX 8U

/* Fiber i < FIBERS_MAX begins anew with run(i) when it is resumed next; what it was doing is forgotten. */
void fiber_start(uint32_t i, void (*run)(uint32_t i));
/* Lets fiber i go on until it yields (1) or ends (0). Not from within a fiber. */
int fiber_resume(uint32_t i);
/* Back to who resumed this fiber. */
void fiber_yield(void);

#endif
