/* The conformance guest at VMPL0: what its files share. */
#ifndef GUEST_MACHINE_MACHINE_H
#define GUEST_MACHINE_MACHINE_H

#include "guest/conformance/guest.h"

/* Shared pages, in the 2M that start.S maps without the C-bit. */
#define GHCB_GPA  PAGE_OF(AREA_SHARED, 0)
#define DOOR_GPA  PAGE_OF(AREA_SHARED, 1)
#define OTHER_GPA PAGE_OF(AREA_SHARED, 2) /* lists; never registered as a GHCB */

void machine_main(void) __attribute__((noreturn));

/* ---- rig_guest.c ---- */
void door_open(void);

#endif
