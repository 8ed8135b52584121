/* Instructions and architectural bits that the emulator's own code and its walks of guest state use. */
#ifndef EMULATOR_SVM_X86_H
#define EMULATOR_SVM_X86_H

#include <stdint.h>

#define CBIT_POSITION 39U /* QEMU's CPU has 40 physical address bits */
#define CBIT	      (1UL << CBIT_POSITION)

#define CR0_PE	       (1UL << 0)
#define CR0_ET	       (1UL << 4)
#define CR0_WP	       (1UL << 16)
#define CR0_NW	       (1UL << 29)
#define CR0_CD	       (1UL << 30)
#define CR0_PG	       (1UL << 31)
#define CR4_PSE	       (1UL << 4)
#define CR4_PAE	       (1UL << 5)
#define CR4_LA57       (1UL << 12)
#define CR4_OSXSAVE    (1UL << 18)
#define CR4_SMAP       (1UL << 21)
#define EFER_SCE       (1UL << 0)
#define EFER_LME       (1UL << 8)
#define EFER_LMA       (1UL << 10)
#define EFER_NXE       (1UL << 11)
#define RFLAGS_CF      (1UL << 0)
#define RFLAGS_ZF      (1UL << 6)
#define RFLAGS_TF      (1UL << 8)
#define RFLAGS_IF      (1UL << 9)
#define RFLAGS_NT      (1UL << 14)
#define RFLAGS_RF      (1UL << 16)
#define RFLAGS_VM      (1UL << 17)
#define RFLAGS_AC      (1UL << 18)
#define RFLAGS_RESULTS 0x8d5UL /* OF SF ZF AF PF CF */

#define PTE_P	    (1UL << 0)
#define PTE_W	    (1UL << 1)
#define PTE_U	    (1UL << 2)
#define PTE_A	    (1UL << 5)
#define PTE_D	    (1UL << 6)
#define PTE_PS	    (1UL << 7)
#define PTE_NX	    (1UL << 63)
#define PTE_ADDRESS 0x000ffffffffff000UL

/* Error code of a page fault; the low bits of a nested page fault are the same. */
#define PF_PRESENT (1U << 0)
#define PF_WRITE   (1U << 1)
#define PF_USER	   (1U << 2)
#define PF_FETCH   (1U << 4)

#define VECTOR_NMI 2U
#define VECTOR_UD  6U
#define VECTOR_DF  8U
#define VECTOR_GP  13U
#define VECTOR_PF  14U

#define MSR_STAR      0xc0000081U
#define MSR_SFMASK    0xc0000084U
#define MSR_FS_BASE   0xc0000100U
#define MSR_KERNEL_GS 0xc0000102U
#define MSR_TSC_AUX   0xc0000103U
#define MSR_SYSENTER  0x00000174U /* CS, ESP, EIP */
#define MSR_PAT	      0x00000277U
#define MSR_VM_HSAVE  0xc0010117U

static inline void x86_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void x86_out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void x86_out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t x86_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void x86_wrmsr(uint32_t msr, uint64_t value)
{
	uint32_t low = (uint32_t)value;
	uint32_t high = (uint32_t)(value >> 32);

	__asm__ volatile("wrmsr" : : "a"(low), "d"(high), "c"(msr) : "memory");
}

static inline uint64_t x86_rdtsc(void)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return low | (uint64_t)high << 32;
}

static inline void x86_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* One turn of a wait for another CPU; turns counts them. PAUSE makes QEMU's CPU thread pass through its
 * global lock: slow, but the one thing that may let a thread go on that has been preempted. */
static inline void x86_wait(uint32_t *turns)
{
	*turns += 1;
	if (*turns % 64U == 0) {
		x86_pause();
	}
	__asm__ volatile("" : : : "memory");
}

#endif
