/*
 * FPU, SSE and AVX state, which QEMU's VMRUN leaves in the CPU. FXSAVE is enough unless the guest
 * switched AVX on in XCR0. The image in memory is that of FXSAVE or the standard form of XSAVE.
 */
#include <emulator/svm/context.h>
#include <emulator/svm/x86.h>
#include <emulator/svm/memory.h>

#define XCR0_AVX    4U
#define XCR0_ALL    7U
#define CPUID_XSAVE (1U << 26) /* leaf 1 ECX */
#define CPUID_AVX   (1U << 28)

/* Byte offsets in the image. */
#define FX_FCW	  0
#define FX_FSW	  2
#define FX_FTW	  4 /* one bit for each physical register: not empty */
#define FX_DP	  16
#define FX_MXCSR  24
#define FX_ST	  32  /* 8 registers, 16 bytes apart */
#define FX_XMM	  160 /* 256 bytes */
#define XS_HEADER 512 /* XSTATE_BV, XCOMP_BV */
#define XS_YMM	  576 /* 256 bytes */

#define ST_BYTES    10U
#define TAG_EMPTY   3U
#define MXCSR_VALID 0xffffU

static uint32_t has_xsave;

void fpu_init(void)
{
	uint32_t v[4];
	uint64_t cr4;

	svm_cpuid(1, 0, v);
	has_xsave = (v[2] & CPUID_XSAVE) != 0;
	if (has_xsave != 0) {
		__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
		__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
	}
}

static uint64_t xcr0_read(void)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low | (uint64_t)high << 32;
}

static void xcr0_write(uint64_t value)
{
	uint32_t low = (uint32_t)value;

	__asm__ volatile("xsetbv" : : "a"(low), "d"(0), "c"(0) : "memory");
}

/* A guest may name AVX in its VMSA only if the CPU has it; else it runs with what there is. */
static uint64_t xcr0_supported(uint64_t xcr0)
{
	uint32_t v[4];

	svm_cpuid(1, 0, v);
	return (v[2] & CPUID_AVX) != 0 ? xcr0 : xcr0 & ~(uint64_t)XCR0_AVX;
}

void fpu_load(struct context *x)
{
	if (has_xsave != 0 && xcr0_read() != x->xcr0) {
		x->xcr0 = xcr0_supported(x->xcr0);
		xcr0_write(x->xcr0);
	}
	if (has_xsave != 0 && (x->xcr0 & XCR0_AVX) != 0) {
		__asm__ volatile("xrstor64 (%0)" : : "r"(x->fpu), "a"(XCR0_ALL), "d"(0) : "memory");
		return;
	}
	__asm__ volatile("fxrstor64 (%0)" : : "r"(x->fpu) : "memory");
}

void fpu_save(struct context *x)
{
	if (has_xsave != 0) {
		x->xcr0 = xcr0_read();
	}
	if (has_xsave != 0 && (x->xcr0 & XCR0_AVX) != 0) {
		__asm__ volatile("xsave64 (%0)" : : "r"(x->fpu), "a"(XCR0_ALL), "d"(0) : "memory");
		return;
	}
	__asm__ volatile("fxsave64 (%0)" : : "r"(x->fpu) : "memory");
}

/* The VMSA has two tag bits for each register, the image one. */
static uint8_t tags_abridge(uint16_t tags)
{
	uint8_t out = 0;

	for (uint32_t i = 0; i < 8U; i++) {
		if ((tags >> 2U * i & 3U) != TAG_EMPTY) {
			out |= (uint8_t)(1U << i);
		}
	}
	return out;
}

static uint16_t tags_expand(uint8_t tags)
{
	uint16_t out = 0;

	for (uint32_t i = 0; i < 8U; i++) {
		if ((tags >> i & 1U) == 0) {
			out |= (uint16_t)(TAG_EMPTY << 2U * i);
		}
	}
	return out;
}

void fpu_from_vmsa(struct context *x, const uint8_t *page)
{
	uint16_t tags;
	uint32_t mxcsr;

	memory_fill(x->fpu, 0, sizeof(x->fpu));
	memory_copy(x->fpu + FX_FCW, page + VMSA_X87_FCW, 2);
	memory_copy(x->fpu + FX_FSW, page + VMSA_X87_FSW, 2);
	memory_copy(&tags, page + VMSA_X87_FTW, sizeof(tags));
	x->fpu[FX_FTW] = tags_abridge(tags);
	memory_copy(x->fpu + FX_DP, page + VMSA_X87_DP, 8);
	memory_copy(&mxcsr, page + VMSA_MXCSR, sizeof(mxcsr));
	mxcsr &= MXCSR_VALID;
	memory_copy(x->fpu + FX_MXCSR, &mxcsr, sizeof(mxcsr));
	for (uint32_t i = 0; i < 8U; i++) {
		memory_copy(x->fpu + FX_ST + 16U * i, page + VMSA_X87_REGISTERS + ST_BYTES * i,
			    ST_BYTES);
	}
	memory_copy(x->fpu + FX_XMM, page + VMSA_XMM, 256);
	x->fpu[XS_HEADER] = XCR0_ALL;
	memory_copy(x->fpu + XS_YMM, page + VMSA_YMM, 256);
}

void fpu_to_vmsa(const struct context *x, uint8_t *page)
{
	uint16_t tags = tags_expand(x->fpu[FX_FTW]);

	memory_copy(page + VMSA_X87_FCW, x->fpu + FX_FCW, 2);
	memory_copy(page + VMSA_X87_FSW, x->fpu + FX_FSW, 2);
	memory_copy(page + VMSA_X87_FTW, &tags, sizeof(tags));
	memory_copy(page + VMSA_X87_DP, x->fpu + FX_DP, 8);
	memory_copy(page + VMSA_MXCSR, x->fpu + FX_MXCSR, 4);
	for (uint32_t i = 0; i < 8U; i++) {
		memory_copy(page + VMSA_X87_REGISTERS + ST_BYTES * i, x->fpu + FX_ST + 16U * i,
			    ST_BYTES);
	}
	memory_copy(page + VMSA_XMM, x->fpu + FX_XMM, 256);
	if ((x->xcr0 & XCR0_AVX) != 0) {
		memory_copy(page + VMSA_YMM, x->fpu + XS_YMM, 256);
	}
}
