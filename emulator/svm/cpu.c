/* A physical CPU: lock, host interrupt table, local APIC, kicks. */
#include <emulator/svm/cpu.h>
#include <emulator/svm/context.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/x86.h>

#define LAPIC_BASE	0xfee00000UL
#define LAPIC_TPR	0x080U
#define LAPIC_SVR	0x0f0U
#define LAPIC_ICR_LOW	0x300U
#define LAPIC_ICR_HIGH	0x310U
#define LAPIC_LVT_FIRST 0x320U
#define LAPIC_LVT_LAST	0x370U
#define LAPIC_MASKED	(1U << 16)
#define LAPIC_MODE(v)	((v) >> 8 & 7U) /* 0 fixed, 1 lowest priority, 4 NMI */
#define ICR_NMI		0x4400U
#define SVR_ENABLE	0x100U
#define SVR_SPURIOUS	0xffU
#define FIRST_INTERRUPT 32U

#define CR4_SMEP   (1UL << 20)
#define LEAF7_SMEP (1U << 7) /* EBX */
#define LEAF7_SMAP (1U << 20)

struct cpu cpus[SVM_CPUS];
volatile uint32_t cpu_stop;
struct machine the_machine;
static volatile uint32_t lock_word;

struct gate {
	uint64_t low;
	uint64_t high;
};
static struct gate idt[256] __attribute__((aligned(16)));
static uint8_t host_save[SVM_CPUS][PAGE_SIZE] __attribute__((aligned(4096)));

extern uint8_t isr_stubs[];
extern uint8_t cpu_idle_end[];

struct isr_frame {
	uint64_t vector;
	uint64_t error;
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};
void host_isr(struct isr_frame *frame);

void machine_lock(void)
{
	uint32_t turns = 0;

	while (__atomic_exchange_n(&lock_word, 1, __ATOMIC_ACQUIRE) != 0) {
		x86_wait(&turns);
	}
}

void machine_unlock(void)
{
	__atomic_store_n(&lock_word, 0, __ATOMIC_RELEASE);
}

/* Each CPU has its own stack; GS is the guest's. */
uint32_t svm_cpu(void)
{
	uint64_t rsp;

	__asm__ volatile("mov %%rsp, %0" : "=r"(rsp));
	return (uint32_t)((rsp - (uint64_t)cpu_stacks) / CPU_STACK_SIZE);
}

static volatile uint32_t *lapic(uint32_t offset)
{
	return (volatile uint32_t *)(LAPIC_BASE + offset);
}

/*
 * NMIs are the emulator's kicks, because no guest can hold them off by TPR, by an interrupt in
 * service or by disabling its APIC; the sender's flags say what they are for. Everything else
 * from vector 32 on belongs to the guest, and waits until the host asks for it.
 */
void host_isr(struct isr_frame *frame)
{
	struct cpu *cpu = &cpus[svm_cpu()];

	if (frame->rip >= (uint64_t)&cpu_idle && frame->rip < (uint64_t)cpu_idle_end) {
		frame->rip = (uint64_t)cpu_idle_end;
	}
	if (frame->vector == VECTOR_NMI) {
		return;
	}
	if (frame->vector < FIRST_INTERRUPT) {
		uint64_t cr2;

		__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
		emulator_panic("exception %lu error %lx rip %lx cr2 %lx cpu %u", frame->vector,
			       frame->error, frame->rip, cr2, cpu->index);
	}
	cpu->pending[frame->vector / 32] |= 1U << frame->vector % 32;
	cpu->wake = 1;
}

void cpu_collect_interrupts(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

int svm_take_interrupt(uint32_t cpu)
{
	for (int word = 7; word >= 0; word--) {
		uint32_t bits = cpus[cpu].pending[word];

		if (bits != 0) {
			int bit = 31 - __builtin_clz(bits);

			cpus[cpu].pending[word] = bits & ~(1U << bit);
			return word * 32 + bit;
		}
	}
	return -1;
}

static uint32_t interrupt_is_pending(const struct cpu *cpu)
{
	uint32_t any = 0;

	for (uint32_t i = 0; i < 8U; i++) {
		any |= cpu->pending[i];
	}
	return any != 0;
}

void svm_wait_interrupt(uint32_t cpu)
{
	struct cpu *p = &cpus[cpu];

	while (p->wake == 0 && cpu_stop == 0 && interrupt_is_pending(p) == 0) {
		cpu_idle(&p->wake);
	}
	p->wake = 0;
}

static void nmi_send(uint32_t cpu)
{
	*lapic(LAPIC_ICR_HIGH) = cpu << 24;
	*lapic(LAPIC_ICR_LOW) = ICR_NMI;
}

void svm_kick(uint32_t cpu)
{
	cpus[cpu].wake = 1;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (cpu != svm_cpu()) {
		nmi_send(cpu);
	}
}

void svm_stop_all(void)
{
	cpu_stop = 1;
	for (uint32_t i = 0; i < svm_cpu_count(); i++) {
		svm_kick(i);
	}
}

void cpu_shootdown(uint32_t mask)
{
	uint32_t self = svm_cpu();
	uint32_t turns = 0;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < svm_cpu_count(); i++) {
		uint64_t exits = cpus[i].exits;

		if (i == self || cpus[i].in_guest == 0 || (mask >> cpus[i].level & 1U) == 0) {
			continue;
		}
		nmi_send(i);
		while (cpus[i].in_guest != 0 && cpus[i].exits == exits) {
			x86_wait(&turns);
		}
	}
}

uint32_t svm_lapic_read(uint32_t offset)
{
	return *lapic(offset & 0xff0U);
}

/* Guests may program their APIC, but not so that an interrupt looks like an exception of the host,
 * resets a CPU, or is no interrupt at all. */
void svm_lapic_write(uint32_t offset, uint32_t value)
{
	uint32_t vector_bad = (value & 0xffU) < FIRST_INTERRUPT;

	offset &= 0xff0U;
	if (offset == LAPIC_ICR_LOW && (LAPIC_MODE(value) > 1 || vector_bad)) {
		return;
	}
	if (offset >= LAPIC_LVT_FIRST && offset <= LAPIC_LVT_LAST &&
	    (LAPIC_MODE(value) != 0 || vector_bad)) {
		value |= LAPIC_MASKED;
	}
	if (offset == LAPIC_SVR && vector_bad) {
		value |= SVR_SPURIOUS;
	}
	*lapic(offset) = value;
}

static void idt_init(void)
{
	for (uint64_t i = 0; i < 256; i++) {
		uint64_t at = (uint64_t)isr_stubs + 16 * i;

		idt[i].low =
			(at & 0xffffUL) | 8UL << 16 | 0x8eUL << 40 | (at >> 16 & 0xffffUL) << 48;
		idt[i].high = at >> 32;
	}
}

/* CR4 as the usual guest has it: a difference costs TLB flushes at each world switch. */
static void cr4_like_guest(void)
{
	uint32_t v[4];
	uint64_t cr4;

	svm_cpuid(7, 0, v);
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 |= (v[1] & LEAF7_SMEP) != 0 ? CR4_SMEP : 0;
	cr4 |= (v[1] & LEAF7_SMAP) != 0 ? CR4_SMAP : 0;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
}

void cpu_init(uint32_t cpu)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {sizeof(idt) - 1, (uint64_t)idt};

	if (cpu == 0) {
		idt_init();
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
	cpus[cpu].index = cpu;
	x86_wrmsr(MSR_VM_HSAVE, (uint64_t)host_save[cpu]);
	fpu_init();
	cr4_like_guest();
	*lapic(LAPIC_TPR) = 0;
	*lapic(LAPIC_SVR) = SVR_ENABLE | SVR_SPURIOUS;
	*lapic(0x350) = LAPIC_MASKED; /* LINT0: no PIC */
	cpus[cpu].online = 1;
}
