/*
 * The registers' part of a GHCB page, copied once from shared memory and written back once. What it
 * holds is the guest's choice. Internal to host/. Offsets are GHCB_* of the page.
 */
#ifndef EMULATOR_HOST_GHCB_H
#define EMULATOR_HOST_GHCB_H

#include <stdint.h>
#include <verismo/ghcb.h>
#include "cpu.h"

#define GHCB_FIRST  GHCB_RAX
#define GHCB_FIELDS ((0x400 - GHCB_FIRST) / 8)

struct ghcb {
	uint64_t gpa;
	uint64_t field[GHCB_FIELDS]; /* the last two are the valid bitmap */
	uint32_t usage;
};

/* Reads the page at gpa; 1 if it is not a page the host can read. */
int ghcb_load(struct ghcb *g, uint64_t gpa);
/* Writes the fields back; 1 if the page is no longer writable. */
int ghcb_store(const struct ghcb *g);

uint64_t ghcb_get(const struct ghcb *g, uint32_t offset);
int ghcb_has(const struct ghcb *g, uint32_t offset); /* its valid bit is set */
void ghcb_set(struct ghcb *g, uint32_t offset, uint64_t value);

void ghcb_unmark(struct ghcb *g, uint32_t offset); /* it is not valid */

/* Begins the reply: no field is valid but info1 = info2 = 0, success. */
void ghcb_begin_reply(struct ghcb *g);
void ghcb_malformed(struct ghcb *g, uint64_t why); /* GHCB_NOT_REGISTERED and following */
void ghcb_raise_gp(struct ghcb *g);

/* ---- the events (events.c) and those with files of their own; fields as the guest gave them ---- */

struct request {
	uint64_t code;
	uint64_t info1;
	uint64_t info2;
	uint64_t scratch;
	uint64_t rax;
	uint64_t rcx;
	uint64_t rdx;
	uint64_t rbx;
};
/* Serves the request and leaves the reply in g. */
void event_serve(struct host_cpu *c, struct ghcb *g);

void psc_serve(struct ghcb *g, const struct request *r);
void io_serve(struct host_cpu *c, struct ghcb *g, const struct request *r);
void msr_serve(struct host_cpu *c, struct ghcb *g, const struct request *r);
void guest_request_serve(struct host_cpu *c, struct ghcb *g, const struct request *r);

/* Registers of the APIC and of kvm-clock; 1 = there is no such MSR: #GP. */
int apic_read(struct host_cpu *c, uint32_t msr, uint64_t *value);
int apic_write(struct host_cpu *c, uint32_t msr, uint64_t value);
int clock_read(struct host_cpu *c, uint32_t msr, uint64_t *value);
int clock_write(struct host_cpu *c, uint32_t msr, uint64_t value);

#endif
