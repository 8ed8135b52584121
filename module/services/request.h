/*
 * The request loop of one CPU (AMD 58019, chapter 4): freeze the vCPU that may have called, look whether it
 * has, read its registers once, serve, answer, thaw, run the guest.
 */
#ifndef MODULE_SERVICES_REQUEST_H
#define MODULE_SERVICES_REQUEST_H

#include <stdint.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/host/ghcb.h"

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

/*
 * The vCPU that this CPU serves, and how far it is; for contracts alone. Its two frames are open while it
 * is served. The steps follow each other in this order, each of them once.
 */
struct request_now {
	uint32_t serving; /* 1: the frames below are open */
	uint32_t step;
	uint64_t vmsa;		   /* pfn */
	uint64_t caa;		   /* pfn */
	uint64_t word[PAGE_WORDS]; /* of the VMSA page, as last read or written */
	uint8_t pending;	   /* byte of the calling area, likewise */
	uint32_t called;	   /* 1: it stood at a call when this CPU looked */
};
/*@ ghost struct request_now request_now; */
/* The code of the entry of a PVALIDATE list that was carried out last; for contracts alone. */
/*@ ghost uint64_t core_entry_code; */
#define REQUEST_RUNS	 0 /* not frozen by this CPU, or no more */
#define REQUEST_FROZEN	 1
#define REQUEST_LOOKED	 2 /* the exit code has been read, and the pending byte if it counts */
#define REQUEST_READ	 3 /* the registers have been read */
#define REQUEST_SERVED	 4 /* the call has been carried out or refused */
#define REQUEST_ANSWERED 5 /* the result registers have been written */
#define REQUEST_CLEARED	 6 /* the pending byte is 0 */
/* For assigns clauses. */
#define REQUEST_ALL HW_ALL, vcpu_table, hw_locked, core_entry_code, request_now

/*@
  // No vCPU is being served, and the lock is free.
  predicate request_idle =
    page_ok && vcpu_limits_ok && hw_locked == 0 && hw_few(800) && request_now.serving == 0 &&
    request_now.step == REQUEST_RUNS;
*/

/*@
  // The registry, as this CPU last saw it, has a vCPU that may run there.
  predicate request_there(integer cpu, integer vmpl) =
    \exists integer i; 0 <= i < VCPUS_MAX && vcpu_is_caller(vcpu_table.v[i], cpu, vmpl);
*/

/* Serves the guest's vCPUs of this CPU for ever. cpu = hw_cpu(), which is its APIC id. */
/*@
  requires idle: request_idle;
  requires ghcb: ghcb_ready;
  terminates \false;
  exits \false;
  assigns REQUEST_ALL, GHCB_ALL;
  ensures \false;
*/
void request_loop(uint32_t cpu) __attribute__((noreturn));

/* One round of request_loop without running the guest: serves whatever this CPU's vCPUs have asked
 * for. Returns the VMPL to run, 0 if this CPU has no guest vCPU. */
/*@
  requires idle: request_idle;
  terminates \false;
  exits \false;
  assigns REQUEST_ALL;
  ensures idle: request_idle;
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures level: \result <= GUEST_VMPL_MAX;
  ensures there: \result != 0 ==> request_there(cpu, \result);
*/
uint32_t request_round(uint32_t cpu);

#endif
