/* The functions that the checking emulator has in place of those of the same name (ld --wrap). */
#ifndef EMULATOR_CHECK_H
#define EMULATOR_CHECK_H

#include <machine/machine.h>

#define CHECK_WRAPS(result, name, ...)                                                             \
	result __wrap_##name(__VA_ARGS__);                                                         \
	result __real_##name(__VA_ARGS__)

CHECK_WRAPS(struct insn_result, machine_pvalidate, struct machine *m, uint32_t vmpl, uint64_t gpfn,
	    uint32_t size, uint32_t validate);
CHECK_WRAPS(struct insn_result, machine_rmpadjust, struct machine *m, uint32_t vmpl, uint64_t gpfn,
	    uint32_t size, uint64_t attributes);
CHECK_WRAPS(uint32_t, machine_rmpupdate, struct machine *m, uint64_t spfn, struct rmp_update u);
CHECK_WRAPS(uint32_t, machine_psmash, struct machine *m, uint64_t spfn);
CHECK_WRAPS(uint32_t, machine_vmrun, struct machine *m, uint64_t spfn, uint32_t *vmpl);
CHECK_WRAPS(void, cpu_shootdown, uint32_t mask);
CHECK_WRAPS(void, machine_unlock, void);
CHECK_WRAPS(void, smp_release, void);
void __wrap_emulator_exit(uint32_t code) __attribute__((noreturn));
void __real_emulator_exit(uint32_t code) __attribute__((noreturn));

#endif
