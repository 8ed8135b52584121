#include "cpu.h"

struct host_cpu host_cpu[SVM_CPUS];

static uint32_t locked;

void host_lock(void)
{
	while (__atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE)) {
		__builtin_ia32_pause();
	}
}

void host_unlock(void)
{
	__atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
}
