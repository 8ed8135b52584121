#include "probe.h"

#define FIXUP                                                                                      \
	"1:\n"                                                                                     \
	".pushsection .fixups, \"a\"\n.quad 0b, 1b\n.popsection\n"

struct probe probe_query(uint64_t gpa, uint32_t vmpl)
{
	struct probe p = {.eax = gpa, .value = vmpl};
	uint64_t rcx = 0;

	__asm__ volatile("0: .byte 0xf3, 0x0f, 0x01, 0xfd\n" FIXUP
			 : "+a"(p.eax), "+d"(p.value), "+c"(rcx), "+S"(p.vc)
			 :
			 : "cc", "memory");
	p.eax &= 0xffffffffUL;
	return p;
}

struct probe probe_adjust(uint64_t gpa, uint64_t attributes)
{
	struct probe p = {.eax = gpa};

	__asm__ volatile("0: .byte 0xf3, 0x0f, 0x01, 0xfe\n" FIXUP
			 : "+a"(p.eax), "+S"(p.vc)
			 : "c"(0UL), "d"(attributes)
			 : "cc", "memory");
	p.eax &= 0xffffffffUL;
	return p;
}

struct probe probe_read(uint64_t gpa)
{
	struct probe p = {0};

	__asm__ volatile("0: movq (%2), %0\n" FIXUP
			 : "=&r"(p.value), "+S"(p.vc)
			 : "r"(gpa)
			 : "memory");
	return p;
}

struct probe probe_write(uint64_t gpa, uint64_t value)
{
	struct probe p = {0};

	__asm__ volatile("0: movq %2, (%1)\n" FIXUP : "+S"(p.vc) : "r"(gpa), "r"(value) : "memory");
	return p;
}

int probe_is_valid(uint64_t gpa)
{
	struct probe p = probe_query(gpa, 3);

	return p.vc == 0 && p.eax == SNP_OK;
}

uint32_t probe_vmpl3(uint64_t gpa)
{
	struct probe p = probe_query(gpa, 3);

	return p.vc == 0 && p.eax == SNP_OK ? (uint32_t)(p.value >> 8) & 0xffU : ~0U;
}

int probe_own(uint64_t gpa, uint32_t perm)
{
	uint32_t before = probe_vmpl3(gpa);
	struct probe p = probe_adjust(gpa, SNP_ATTR(3, perm));

	if (p.vc != 0 || p.eax != SNP_OK) {
		return 0;
	}
	probe_adjust(gpa, SNP_ATTR(3, before));
	return 1;
}

int probe_is_filled(uint64_t gpa, uint64_t value)
{
	const volatile uint64_t *word = (const volatile uint64_t *)gpa;

	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		if (word[i] != value) {
			return 0;
		}
	}
	return 1;
}

int probe_is_zero(uint64_t gpa)
{
	return probe_is_filled(gpa, 0);
}

void probe_fill(uint64_t gpa, uint64_t value)
{
	volatile uint64_t *word = (volatile uint64_t *)gpa;

	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		word[i] = value;
	}
}
