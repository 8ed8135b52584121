/* CPUID of QEMU's CPU, cut down to what a guest of this emulator may use. */
#include "emulator/svm/svm.h"
#include "host.h"

#define LAST_BASIC	0x0000000bU /* no 0xd: without XSAVES its sub-leaves are fatal to Linux */
#define LAST_HYPERVISOR 0x40000001U
#define LAST_EXTENDED	0x8000001fU

/* Leaf 1. */
#define LEAF1_ECX     0x42d80203U /* SSE3 PCLMUL SSSE3 SSE4.1/2 MOVBE POPCNT AES RDRAND */
#define LEAF1_ECX_SET 0x80200000U /* hypervisor, x2APIC */
#define LEAF1_EDX     0x1789ab79U /* FPU..SSE2, HTT; no VME DE MCE MTRR MCA PSE36 */
#define LEAF1_APIC_ID 24
/* Leaf 6, 7. */
#define LEAF6_EAX_ARAT 0x00000004U
#define LEAF7_EBX      0x219c0389U /* FSGSBASE BMI1 SMEP BMI2 ERMS ADX SMAP CLFLUSHOPT CLWB SHA */
#define LEAF7_ECX      0x00400004U /* UMIP RDPID */
#define LEAF7_EDX      0x00000010U /* FSRM */
/* Hypervisor leaves. */
#define KVM_EBX	  0x4b4d564bU
#define KVM_ECX	  0x564b4d56U
#define KVM_EDX	  0x0000004dU
#define KVM_CLOCK 0x01000008U /* clock source 2, and stable */
/* Extended leaves. */
#define EXT1_ECX       0x00000171U /* LAHF CR8 ABM SSE4A 3DNOWPREFETCH */
#define EXT1_EDX       0x2dd1ab79U /* SYSCALL NX MMXEXT FXSR.. PDPE1GB RDTSCP LM */
#define INVARIANT_TSC  0x00000100U
#define ADDRESS_SIZES  0x00003028U /* 40 physical, 48 virtual */
#define INVLPGB	       0x00000008U
#define INVLPGB_NESTED 0x00200000U
#define INVLPGB_COUNT  0x00000007U
#define SEV_EAX	       0x0000547aU /* SEV ES SNP VMPL RMPQUERY coherent RINJ DebugSwap */
#define SEV_EBX	       0x80004067U /* C-bit 39, 1 bit less, 4 VMPLs, COHERENCY_SFW_NO */

static void set(uint32_t v[4], uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	v[0] = eax;
	v[1] = ebx;
	v[2] = ecx;
	v[3] = edx;
}

static void keep(uint32_t v[4], uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	set(v, v[0] & eax, v[1] & ebx, v[2] & ecx, v[3] & edx);
}

static void basic(uint32_t apic_id, uint32_t leaf, uint32_t v[4])
{
	switch (leaf) {
	case 0:
		v[0] = LAST_BASIC;
		break;
	case 1:
		keep(v, ~0U, (1U << LEAF1_APIC_ID) - 1, LEAF1_ECX, LEAF1_EDX);
		v[1] |= apic_id << LEAF1_APIC_ID;
		v[2] |= LEAF1_ECX_SET;
		break;
	case 6:
		set(v, LEAF6_EAX_ARAT, 0, 0, 0);
		break;
	case 7:
		keep(v, 0, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX);
		break;
	case 0xb:
		v[3] = apic_id;
		break;
	default:
		set(v, 0, 0, 0, 0);
	}
}

static void hypervisor(uint32_t leaf, uint32_t v[4])
{
	if (leaf == 0x40000000U) {
		set(v, LAST_HYPERVISOR, KVM_EBX, KVM_ECX, KVM_EDX);
	} else if (leaf == LAST_HYPERVISOR) {
		set(v, KVM_CLOCK, 0, 0, 0);
	} else {
		set(v, 0, 0, 0, 0);
	}
}

static void extended(uint32_t leaf, uint32_t v[4])
{
	switch (leaf) {
	case 0x80000000U:
		v[0] = LAST_EXTENDED;
		break;
	case 0x80000001U:
		keep(v, ~0U, ~0U, EXT1_ECX, EXT1_EDX);
		break;
	case 0x80000002U: /* name of the CPU, caches */
	case 0x80000003U:
	case 0x80000004U:
	case 0x80000005U:
	case 0x80000006U:
		break;
	case 0x80000007U:
		set(v, 0, 0, 0, INVARIANT_TSC);
		break;
	case 0x80000008U:
		set(v, ADDRESS_SIZES, INVLPGB + INVLPGB_NESTED, v[2], INVLPGB_COUNT);
		break;
	case LAST_EXTENDED:
		set(v, SEV_EAX, SEV_EBX, 1, 1);
		break;
	default:
		set(v, 0, 0, 0, 0);
	}
}

void host_cpuid(uint32_t apic_id, uint32_t leaf, uint32_t subleaf, uint32_t v[4])
{
	svm_cpuid(leaf, subleaf, v);
	if (leaf >> 28 == 0 && !(leaf == 7 && subleaf != 0)) {
		basic(apic_id, leaf, v);
	} else if (leaf >> 28 == 4) {
		hypervisor(leaf, v);
	} else if (leaf >> 28 == 8) {
		extended(leaf, v);
	} else {
		set(v, 0, 0, 0, 0);
	}
}
