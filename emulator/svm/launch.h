/*
 * What the secure processor asks of the hardware while a guest is being launched. Used by psp/
 * only; implemented in svm/. One CPU runs, no guest has been entered yet.
 */
#ifndef EMULATOR_SVM_LAUNCH_H
#define EMULATOR_SVM_LAUNCH_H

#include <stdint.h>
#include <verismo/snp.h>

/*
 * Copies content (one page; null = zeros) into the host-owned frame spa as the guest will read it
 * through its key, and makes the page the guest's: machine_launch_page(spa, gpa, vmsa) under the
 * machine's lock. spa and gpa are 4K multiples; a gpa beyond the guest space (IGVM_VMSA_GPA) is passed
 * on, the machine files that page as mapped nowhere. Returns SNP_OK, or SNP_FAIL_* and nothing changed.
 */
uint32_t svm_launch_page(uint64_t spa, uint64_t gpa, const void *content, uint32_t vmsa);

#endif
