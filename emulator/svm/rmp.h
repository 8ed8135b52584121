/* RMPUPDATE with every field of the entry; the host's svm_rmpupdate gives pages to the guest or
 * takes them. */
#ifndef EMULATOR_SVM_RMP_H
#define EMULATOR_SVM_RMP_H

#include <machine/machine.h>

/* spa: bytes. SNP_FAIL_INPUT if it is no guest-usable frame of that size, else
 * machine_rmpupdate's result. */
uint32_t rmp_update(uint64_t spa, struct rmp_update u);

#endif
