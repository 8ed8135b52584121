/* The functions that the test emulator has in place of those of the same name (ld --wrap). */
#ifndef EMULATOR_DOOR_H
#define EMULATOR_DOOR_H

#include <emulator/host/cpu.h>

#define DOOR_WRAPS(name, ...)                                                                      \
	void __wrap_##name(__VA_ARGS__);                                                           \
	void __real_##name(__VA_ARGS__)

DOOR_WRAPS(protocol_vmgexit, struct host_cpu *c);
DOOR_WRAPS(npf_handle, struct host_cpu *c);
DOOR_WRAPS(vmpl_refused, struct host_cpu *c);
DOOR_WRAPS(svm_evict, uint64_t vmsa);

#endif
