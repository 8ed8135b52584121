/*
 * The guest's x2APIC on QEMU's xAPIC. The APIC is the guest's, but its CPUs are the host's: only
 * ordinary interrupts are sent, to this guest's CPUs; INIT, SIPI, SMI and NMI are dropped. What could
 * harm the emulator itself is masked by svm_lapic_write.
 */
#include "cpu.h"
#include "ghcb.h"
#include "host.h"

#define X2APIC_ID   0x802U
#define X2APIC_LDR  0x80dU
#define X2APIC_ICR  0x830U
#define X2APIC_SELF 0x83fU
#define OFFSET(msr) (((msr)-0x800U) << 4)

#define XAPIC_ICR_LOW  0x300U
#define XAPIC_ICR_HIGH 0x310U
#define XAPIC_LVT      0x320U
#define XAPIC_LVTS     6U /* timer, thermal, performance, LINT0, LINT1, error */

#define MODE(low)      ((low) >> 8 & 7U)
#define MODE_FIXED     0U
#define MODE_LOWEST    1U
#define VECTOR(low)    ((low)&0xffU)
#define FIRST_VECTOR   32U
#define ICR_ASSERT     0x4000U
#define ICR_LOGICAL    0x800U
#define SHORTHAND(low) ((low) >> 18 & 3U)
#define BROADCAST      0xffffffffU

static const uint16_t readable[] = {
	0x803, 0x808, 0x80a, 0x80f, 0x810, 0x811, 0x812, 0x813, 0x814, 0x815, 0x816, 0x817, 0x818,
	0x819, 0x81a, 0x81b, 0x81c, 0x81d, 0x81e, 0x81f, 0x820, 0x821, 0x822, 0x823, 0x824, 0x825,
	0x826, 0x827, 0x828, 0x832, 0x833, 0x834, 0x835, 0x836, 0x837, 0x838, 0x839, 0x83e,
};
static const uint16_t writable[] = {
	0x808, /* TPR */
	0x80b, /* EOI */
	0x80f, /* spurious vector, enable */
	0x828, /* ESR */
	0x838, /* timer: initial count */
	0x83e, /* timer: divide */
};

static int is_listed(const uint16_t *list, uint32_t n, uint32_t msr)
{
	for (uint32_t i = 0; i < n; i++) {
		if (list[i] == msr) {
			return 1;
		}
	}
	return 0;
}

static int is_lvt(uint32_t msr)
{
	return OFFSET(msr) >= XAPIC_LVT && OFFSET(msr) < XAPIC_LVT + 16 * XAPIC_LVTS;
}

static uint32_t all_cpus(void)
{
	return (1U << host_cpu_count()) - 1;
}

/* Which CPUs an ICR write addresses, as a bit mask. Cluster 0 holds all ids of this machine. */
static uint32_t targets(const struct host_cpu *c, uint32_t low, uint32_t destination)
{
	switch (SHORTHAND(low)) {
	case 1:
		return 1U << c->id;
	case 2:
		return all_cpus();
	case 3:
		return all_cpus() & ~(1U << c->id);
	default:
		break;
	}
	if (destination == BROADCAST) {
		return all_cpus();
	}
	if (low & ICR_LOGICAL) {
		return destination >> 16 ? 0 : destination & all_cpus();
	}
	return destination < host_cpu_count() ? 1U << destination : 0;
}

static void send(uint32_t cpu, uint32_t vector)
{
	svm_lapic_write(XAPIC_ICR_HIGH, cpu << 24);
	svm_lapic_write(XAPIC_ICR_LOW, vector | ICR_ASSERT);
}

static void interprocessor(const struct host_cpu *c, uint32_t low, uint32_t destination)
{
	uint32_t mask = targets(c, low, destination);

	if ((MODE(low) != MODE_FIXED && MODE(low) != MODE_LOWEST) || VECTOR(low) < FIRST_VECTOR) {
		return;
	}
	/* all checks passed */
	if (MODE(low) == MODE_LOWEST) {
		mask &= ~mask + 1; /* any one of them will do */
	}
	for (uint32_t cpu = 0; cpu < host_cpu_count(); cpu++) {
		if (mask >> cpu & 1) {
			send(cpu, VECTOR(low));
		}
	}
}

int apic_read(struct host_cpu *c, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case X2APIC_ID:
		*value = c->id;
		return 0;
	case X2APIC_LDR:
		*value = c->id / 16 << 16 | 1U << c->id % 16;
		return 0;
	case X2APIC_ICR:
		*value = 0; /* nothing is ever pending */
		return 0;
	default:
		break;
	}
	if (!is_listed(readable, sizeof(readable) / sizeof(readable[0]), msr)) {
		return 1;
	}
	*value = svm_lapic_read(OFFSET(msr));
	return 0;
}

int apic_write(struct host_cpu *c, uint32_t msr, uint64_t value)
{
	if (msr == X2APIC_ICR) {
		interprocessor(c, (uint32_t)value, (uint32_t)(value >> 32));
	} else if (msr == X2APIC_SELF) {
		interprocessor(c, VECTOR((uint32_t)value), c->id);
	} else if (is_lvt(msr) ||
		   is_listed(writable, sizeof(writable) / sizeof(writable[0]), msr)) {
		svm_lapic_write(OFFSET(msr), (uint32_t)value);
	} else {
		return 1;
	}
	return 0;
}
