/*
 * Events on their way into the guest. x->event is the one for the next VMRUN; it comes from an
 * interrupted delivery, from an exit handler, from the host's EVENTINJ, or is a waiting interrupt.
 */
#ifndef EMULATOR_SVM_EVENTS_H
#define EMULATOR_SVM_EVENTS_H

#include <emulator/svm/exits.h>

/* What the host asks for against SEV_FEATURES: 1 if it may be done. */
uint32_t injection_is_allowed(const struct context *x, const struct svm_control *c);
/* Takes the host's EVENTINJ over, unless an interrupted event comes first. Lock not held. */
enum flow event_from_host(struct context *x, struct svm_control *c);
/* Before VMRUN, lock not held: injects a waiting interrupt or asks for an exit when it can be taken. */
void interrupt_prepare(struct context *x, struct svm_control *c);
/* After an exit: an event whose delivery it interrupted is to be delivered again. */
void event_interrupted(struct context *x);

#endif
