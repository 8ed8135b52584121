/* Ports, CPUID and time of the QEMU machine. */
#include <emulator/svm/cpu.h>
#include <emulator/svm/x86.h>

#define PIT_HZ	      1193182UL
#define PIT_CHANNEL2  0x42U
#define PIT_COMMAND   0x43U
#define PIT_ONE_SHOT2 0xb0U   /* channel 2, both bytes, mode 0 */
#define PIT_TICKS     23864UL /* 20 ms */
#define GATE_PORT     0x61U
#define GATE_ON	      0x01U
#define GATE_SPEAKER  0x02U
#define GATE_OUT      0x20U

static uint64_t tsc_khz;

uint8_t svm_in8(uint16_t port)
{
	return x86_in8(port);
}

void svm_out8(uint16_t port, uint8_t value)
{
	x86_out8(port, value);
}

void svm_out32(uint16_t port, uint32_t value)
{
	x86_out32(port, value);
}

uint64_t svm_tsc(void)
{
	return x86_rdtsc();
}

void svm_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t v[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(v[0]), "=b"(v[1]), "=c"(v[2]), "=d"(v[3])
			 : "a"(leaf), "c"(subleaf));
}

/* TSC ticks while the PIT counts down once. */
static uint64_t measure(void)
{
	uint8_t gate = (uint8_t)(x86_in8(GATE_PORT) & ~(GATE_ON | GATE_SPEAKER));
	uint64_t start;

	x86_out8(GATE_PORT, gate);
	x86_out8(PIT_COMMAND, PIT_ONE_SHOT2);
	x86_out8(PIT_CHANNEL2, (uint8_t)(PIT_TICKS & 0xffU));
	x86_out8(PIT_CHANNEL2, (uint8_t)(PIT_TICKS >> 8));
	start = x86_rdtsc();
	x86_out8(GATE_PORT, gate | GATE_ON);
	while ((x86_in8(GATE_PORT) & GATE_OUT) == 0) {
		x86_pause();
	}
	return x86_rdtsc() - start;
}

/* The shortest of three: a preempted host only makes it longer. */
uint64_t svm_tsc_khz(void)
{
	uint64_t best = ~0UL;

	if (tsc_khz != 0) {
		return tsc_khz;
	}
	for (uint32_t i = 0; i < 3U; i++) {
		uint64_t ticks = measure();

		best = ticks < best ? ticks : best;
	}
	tsc_khz = best * PIT_HZ / PIT_TICKS / 1000UL;
	return tsc_khz;
}
