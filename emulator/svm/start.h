/* What start-up (svm/) calls once the machine stands; implemented in loader/ and host/. */
#ifndef EMULATOR_SVM_START_H
#define EMULATOR_SVM_START_H

#include <stdint.h>

/*
 * On the first CPU, with all other CPUs waiting: reads the options and the IGVM file (the PVH
 * module; may be null with size 0), maps the guest's memory and launches it. Ends QEMU on an error.
 * options: the kernel command line, or null. The file's memory must not be given out as guest frames.
 */
void loader_main(const void *igvm, uint64_t igvm_size, const char *options);

/* On every CPU, after loader_main has returned on the first one: the host's run loop. */
void host_cpu_main(uint32_t cpu) __attribute__((noreturn));

#endif
