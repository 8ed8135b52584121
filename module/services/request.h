/*
 * The request loop of one CPU (AMD 58019, chapter 4): freeze the vCPU that may have called, look whether it
 * has, read its registers once, serve, answer, thaw, run the guest.
 */
#ifndef MODULE_SERVICES_REQUEST_H
#define MODULE_SERVICES_REQUEST_H

#include <stdint.h>

/* Who calls: taken from the registry. */
struct caller {
	uint32_t slot; /* in the vCPU registry */
	uint32_t vmpl; /* 1..3 */
	uint64_t caa;  /* pfn of its calling area at the call */
};
/* The registers of a call; a service changes those that the call defines. */
struct registers {
	uint64_t rax; /* protocol << 32 | call; on return the result code */
	uint64_t rcx;
	uint64_t rdx;
	uint64_t r8;
	uint64_t r9;
};

/* Serves the guest's vCPUs of this CPU for ever. cpu = hw_cpu(), which is its APIC id. */
void request_loop(uint32_t cpu) __attribute__((noreturn));

/* One round of request_loop without running the guest: serves whatever this CPU's vCPUs have asked
 * for. Returns the VMPL to run, 0 if this CPU has no guest vCPU. */
uint32_t request_round(uint32_t cpu);

/* Executes one call. */
struct registers request_dispatch(struct caller c, struct registers r);

#endif
