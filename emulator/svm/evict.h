/* Taking a vCPU away from its CPU (svm_evict), and keeping it away for a moment. Lock held. */
#ifndef EMULATOR_SVM_EVICT_H
#define EMULATOR_SVM_EVICT_H

#include <stdint.h>

/* 1: the VMSA is being kept free for another CPU than this one. */
uint32_t evict_hold_stops(uint32_t cpu, uint64_t vmsa);
/* The CPU that asked for a VMSA has gone on: it need not be kept free any longer. */
void evict_hold_end(uint32_t cpu);

#endif
