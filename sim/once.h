/*
 * Fetch once: within a call the module reads a word that others can change at most once: of the answer in a GHCB
 * page, of a guest page or a calling area. What it has read stands in this log, one for each CPU.
 */
#ifndef SIM_ONCE_H
#define SIM_ONCE_H

#include <stdint.h>
#include "sim/hw_machine.h"

/* A call, or an answer of the host: what the CPU has read is forgotten. */
void once_forget(uint32_t cpu);
/* The CPU reads a word of a GHCB page, or has this effect. What is wrong, or NULL. */
const char *once_ghcb(uint32_t cpu, uint32_t offset);
const char *once_effect(uint32_t cpu, struct hw_effect e);

#endif
