/* Taking a vCPU away from its CPU, so that its VMSA page can be written. */
#include <emulator/svm/context.h>
#include <emulator/svm/evict.h>
#include <emulator/svm/x86.h>

/*
 * A VMSA just taken away from its CPU stays free for a moment, until the CPU that wanted it has had
 * its access: else the owner, which needs no fault to go on, would win each time.
 */
#define HOLD_MS 2UL
static struct {
	uint64_t vmsa;
	uint32_t cpu;	/* for whom */
	uint64_t until; /* TSC */
} hold;

uint32_t evict_hold_stops(uint32_t cpu, uint64_t vmsa)
{
	return hold.vmsa == vmsa && hold.cpu != cpu && svm_tsc() < hold.until;
}

void evict_hold_end(uint32_t cpu)
{
	if (hold.cpu == cpu) {
		hold.vmsa = 0;
	}
}

void svm_leave(uint32_t cpu)
{
	machine_lock();
	context_leave(&cpus[cpu]);
	machine_unlock();
}

/* Stores the vCPU if its CPU is not at it. 1: the VMSA is nobody's now; else *owner has it. */
static uint32_t evict_try(uint64_t vmsa, uint32_t *owner)
{
	for (uint32_t i = 0; i < SVM_CPUS; i++) {
		if (cpus[i].current == 0 || cpus[i].current->vmsa != vmsa) {
			continue;
		}
		if (cpus[i].running == 0) {
			context_leave(&cpus[i]);
			return 1;
		}
		cpus[i].evict = 1;
		*owner = i;
		return 0;
	}
	return 1;
}

void svm_evict(uint64_t vmsa)
{
	uint64_t hold_ticks = HOLD_MS * svm_tsc_khz();
	uint32_t turns = 0;

	vmsa -= vmsa % PAGE_SIZE;
	for (;;) {
		uint32_t owner = 0;
		uint32_t done;

		machine_lock();
		done = evict_try(vmsa, &owner);
		if (done != 0) {
			hold.vmsa = vmsa;
			hold.cpu = svm_cpu();
			hold.until = svm_tsc() + hold_ticks;
		}
		machine_unlock();
		if (done != 0) {
			return;
		}
		svm_kick(owner);
		while (cpus[owner].evict != 0) {
			x86_wait(&turns);
		}
	}
}
