/* The other CPUs: started once, waiting until the guest is launched. */
#include <emulator/svm/cpu.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/start.h>
#include <emulator/svm/x86.h>

#define LAPIC_ICR     0xfee00300UL
#define ICR_INIT_ALL  0x000c4500U /* all but this one */
#define ICR_SIPI_ALL  0x000c4608U /* vector 8: 0x8000 */
#define TRAMPOLINE    0x8000UL
#define INIT_WAIT_US  10000UL
#define START_WAIT_US 5000000UL

#define FW_CFG_SELECT  0x510U
#define FW_CFG_DATA    0x511U
#define FW_CFG_NB_CPUS 5U

extern uint8_t trampoline[];
extern uint8_t trampoline_end[];
void smp_main(uint32_t cpu) __attribute__((noreturn));

static uint32_t count = 1;
static volatile uint32_t released;

uint32_t svm_cpu_count(void)
{
	return count;
}

/* What QEMU says: the number of its CPUs. */
static uint32_t cpus_of_machine(void)
{
	uint32_t low;

	x86_out16(FW_CFG_SELECT, FW_CFG_NB_CPUS);
	low = x86_in8(FW_CFG_DATA);
	return low | (uint32_t)x86_in8(FW_CFG_DATA) << 8;
}

static void wait_us(uint64_t us)
{
	uint64_t end = svm_tsc() + us * svm_tsc_khz() / 1000;

	while (svm_tsc() < end) {
		x86_pause();
	}
}

static uint32_t all_online(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (__atomic_load_n(&cpus[i].online, __ATOMIC_ACQUIRE) == 0) {
			return 0;
		}
	}
	return 1;
}

uint32_t smp_start(void)
{
	volatile uint32_t *icr = (volatile uint32_t *)LAPIC_ICR;
	uint32_t n = cpus_of_machine();

	if (n == 0 || n > SVM_CPUS) {
		return 0;
	}
	memory_copy((void *)TRAMPOLINE, trampoline, (uint64_t)(trampoline_end - trampoline));
	*icr = ICR_INIT_ALL;
	wait_us(INIT_WAIT_US);
	*icr = ICR_SIPI_ALL;
	for (uint64_t waited = 0; all_online(n) == 0; waited += 100) {
		if (waited > START_WAIT_US) {
			return 0;
		}
		wait_us(100);
	}
	count = n;
	return n;
}

void smp_release(void)
{
	released = 1;
	for (uint32_t i = 1; i < count; i++) {
		svm_kick(i);
	}
}

/* From start.S on every CPU but the first. */
void smp_main(uint32_t cpu)
{
	cpu_init(cpu);
	while (released == 0) {
		cpu_idle(&cpus[cpu].wake);
	}
	cpus[cpu].wake = 0;
	host_cpu_main(cpu);
}
