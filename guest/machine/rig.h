/*
 * What executes the cases: over machine/ in a native program, by real instructions in the guest.
 * Supplied by whoever links cases.c.
 */
#ifndef GUEST_MACHINE_RIG_H
#define GUEST_MACHINE_RIG_H

#include "cases.h"

struct outcome {
	enum answer answer;
	uint64_t value; /* as step.value; DO_READ: the data; DO_WRITE: what the frame holds then */
};

/* Brings the test area into this state; no CPU has cached anything of it. */
void rig_set(const struct page_state *start);
struct outcome rig_step(const struct step *s);
/* The RMP entry stored for a frame of the test area, and how many differ from the start. */
struct rmp_view rig_entry(uint16_t frame);
uint32_t rig_changed(void);
/* 1 if a cached translation is certain to serve until it is flushed (the model), 0 if it may
 * vanish. */
uint32_t rig_caches(void);
/* One line of the report: "PASS" or "FAIL", the case, its source, and a complaint or "". */
void rig_report(const char *verdict, const struct test_case *c, const char *complaint);

#endif
