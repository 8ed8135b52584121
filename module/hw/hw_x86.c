/*
 * hw.h in assembly. This file is believed, not proved: each function is one instruction, or one
 * access, on an address computed in place.
 */
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include <verismo/ghcb.h>
#include <verismo/vmsa.h>

#define TABLE_GPA     (MODULE_BASE + MODULE_SIZE)
#define TABLE_GAP     (MEMORY_LOW_END / PAGE_SIZE)
#define TABLE_GAP_END (MEMORY_HIGH_START / PAGE_SIZE)
#define INVLPGB_ALL   0x2cU /* ASID valid, global, nested: everything of this guest */

uint8_t hw_ghcb_pages[CPUS_MAX][PAGE_SIZE] __attribute__((aligned(4096), section(".bss..ghcb")));

static uint64_t table_pfns;
static uint32_t registry_lock;
static uint64_t probe;

/* ---- addresses ---- */

static uint64_t direct(uint64_t pfn)
{
	return HW_DIRECT_MAP + pfn * PAGE_SIZE;
}

static volatile uint64_t *word_at(uint64_t pfn, uint32_t word)
{
	return (volatile uint64_t *)(direct(pfn) + word % PAGE_WORDS * 8);
}

static volatile uint8_t *byte_at(uint64_t pfn, uint32_t offset)
{
	return (volatile uint8_t *)(direct(pfn) + offset % PAGE_SIZE);
}

/* The gap for devices below 4 GiB is never RAM and has no entries. */
static uint64_t table_slots(uint64_t pfn)
{
	if (pfn < TABLE_GAP) {
		return pfn;
	}
	return pfn < TABLE_GAP_END ? TABLE_GAP : pfn - (TABLE_GAP_END - TABLE_GAP);
}

static int table_has(uint64_t pfn)
{
	return pfn < table_pfns && (pfn < TABLE_GAP || pfn >= TABLE_GAP_END);
}

static uint16_t *table_at(uint64_t pfn)
{
	return (uint16_t *)(HW_DIRECT_MAP + TABLE_GPA + table_slots(pfn) * sizeof(uint16_t));
}

static volatile uint64_t *ghcb_at(uint32_t offset)
{
	return (volatile uint64_t *)&hw_ghcb_pages[hw_cpu()][offset % PAGE_SIZE / 8 * 8];
}

/* ---- SNP instructions ---- */

static uint64_t pvalidate(uint64_t va, uint32_t size, uint32_t validate)
{
	uint64_t result = va;
	uint8_t carry;

	__asm__ volatile(".byte 0xf2, 0x0f, 0x01, 0xff\n\tsetc %1"
			 : "+a"(result), "=q"(carry)
			 : "c"(size), "d"(validate)
			 : "cc", "memory");
	return (uint32_t)result + (carry ? HW_CARRY : 0);
}

static uint32_t rmpadjust(uint64_t va, uint32_t size, uint32_t attributes)
{
	uint64_t result = va;

	__asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xfe"
			 : "+a"(result)
			 : "c"((uint64_t)size), "d"((uint64_t)attributes)
			 : "cc", "memory");
	return (uint32_t)result;
}

uint64_t hw_pvalidate(uint64_t pfn, uint32_t size, uint32_t validate)
{
	return pvalidate(direct(pfn), size, validate);
}

uint32_t hw_rmpadjust(uint64_t pfn, uint32_t size, uint32_t attributes)
{
	return rmpadjust(direct(pfn), size, attributes);
}

uint64_t hw_static_pvalidate(uint64_t gpa, uint32_t validate)
{
	return pvalidate(gpa, SNP_SIZE_4K, validate);
}

uint32_t hw_static_rmpadjust(uint64_t gpa, uint32_t attributes)
{
	return rmpadjust(gpa, SNP_SIZE_4K, attributes);
}

void hw_flush_guest(void)
{
	__asm__ volatile(".byte 0x0f, 0x01, 0xfe"
			 :
			 : "a"((uint64_t)INVLPGB_ALL), "c"(0UL), "d"(0UL)
			 : "memory");
	__asm__ volatile(".byte 0x0f, 0x01, 0xff" : : : "memory");
}

/* ---- private memory ---- */

uint64_t hw_read64(uint64_t pfn, uint32_t word)
{
	return *word_at(pfn, word);
}

void hw_write64(uint64_t pfn, uint32_t word, uint64_t value)
{
	*word_at(pfn, word) = value;
}

uint8_t hw_read8(uint64_t pfn, uint32_t offset)
{
	return *byte_at(pfn, offset);
}

void hw_write8(uint64_t pfn, uint32_t offset, uint8_t value)
{
	*byte_at(pfn, offset) = value;
}

void hw_zero(uint64_t pfn, uint32_t size)
{
	uint64_t to = direct(pfn);
	uint64_t words = size == SNP_SIZE_2M ? LARGE_PAGE / 8 : PAGE_WORDS;

	/* Plain stores, a cache line at a time: an emulated CPU is slow at string instructions. */
	__asm__ volatile(
		"1:\n\t"
		"movq %2, (%0)\n\tmovq %2, 8(%0)\n\tmovq %2, 16(%0)\n\tmovq %2, 24(%0)\n\t"
		"movq %2, 32(%0)\n\tmovq %2, 40(%0)\n\tmovq %2, 48(%0)\n\tmovq %2, 56(%0)\n\t"
		"addq $64, %0\n\tsubq $8, %1\n\tjnz 1b"
		: "+r"(to), "+r"(words)
		: "r"(0UL)
		: "cc", "memory");
}

/* Once the locked store is done the vCPU is not running and cannot be run, so reading afterwards sees
 * the EFER of that moment; only the bit just cleared must be put back into the answer. */
uint64_t hw_vmsa_freeze(uint64_t pfn)
{
	volatile uint64_t *efer = word_at(pfn, VMSA_EFER / 8);
	uint8_t was_set;

	__asm__ volatile("lock btrq $12, %0\n\tsetc %1"
			 : "+m"(*efer), "=q"(was_set)
			 :
			 : "cc", "memory");
	return *efer | (was_set ? EFER_SVME : 0);
}

void hw_vmsa_thaw(uint64_t pfn)
{
	volatile uint64_t *efer = word_at(pfn, VMSA_EFER / 8);

	__asm__ volatile("lock btsq $12, %0" : "+m"(*efer) : : "cc", "memory");
}

/* ---- ownership table ---- */

uint64_t hw_table_bytes(uint64_t pfns)
{
	return (table_slots(pfns) * sizeof(uint16_t) + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
}

void hw_table_place(uint64_t pfns)
{
	table_pfns = pfns;
}

uint16_t hw_table_read(uint64_t pfn)
{
	return table_has(pfn) ? __atomic_load_n(table_at(pfn), __ATOMIC_SEQ_CST) : 0;
}

int hw_table_cas(uint64_t pfn, uint16_t expected, uint16_t desired)
{
	if (!table_has(pfn)) {
		return 0;
	}
	return __atomic_compare_exchange_n(table_at(pfn), &expected, desired, 0, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* ---- GHCB ---- */

static uint64_t read_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

uint64_t hw_ghcb_read64(uint32_t offset)
{
	return *ghcb_at(offset);
}

void hw_ghcb_write64(uint32_t offset, uint64_t value)
{
	*ghcb_at(offset) = value;
}

uint64_t hw_ghcb_msr_read(void)
{
	return read_msr(MSR_GHCB);
}

void hw_ghcb_msr_write(uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(MSR_GHCB), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

void hw_vmgexit(void)
{
	__asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xd9" : : : "memory");
}

/* ---- CPU ---- */

uint32_t hw_cpu(void)
{
	uint32_t selector;

	__asm__ volatile("str %0" : "=r"(selector));
	return (selector - SELECTOR_TSS(0)) / 0x10U % CPUS_MAX;
}

uint64_t hw_sev_status(void)
{
	return read_msr(MSR_SEV_STATUS);
}

void hw_halt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

void hw_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

void hw_lock(void)
{
	while (__atomic_exchange_n(&registry_lock, 1, __ATOMIC_ACQUIRE)) {
		hw_pause();
	}
}

void hw_unlock(void)
{
	__atomic_store_n(&registry_lock, 0, __ATOMIC_RELEASE);
}

void hw_terminate(uint32_t reason)
{
	for (;;) {
		hw_ghcb_msr_write((uint64_t)reason << 16 | TERMINATE_SET_VERISMO << 12 |
				  GHCB_MSR_TERMINATE);
		hw_vmgexit();
		hw_halt();
	}
}

/* ---- boot ---- */

struct descriptor_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

void hw_load_gdt(uint64_t base, uint16_t limit)
{
	struct descriptor_pointer p = {limit, base};

	__asm__ volatile("lgdt %0\n\t"
			 "mov %1, %%ds\n\tmov %1, %%es\n\tmov %1, %%ss\n\t"
			 "mov %2, %%fs\n\tmov %2, %%gs\n\t"
			 "pushq %3\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:"
			 :
			 : "m"(p), "r"(SELECTOR_DATA), "r"(0), "i"(SELECTOR_CODE)
			 : "rax", "memory");
}

void hw_load_idt(uint64_t base, uint16_t limit)
{
	struct descriptor_pointer p = {limit, base};

	__asm__ volatile("lidt %0" : : "m"(p) : "memory");
}

void hw_load_tr(uint16_t selector)
{
	__asm__ volatile("ltr %0" : : "r"(selector) : "memory");
}

void hw_load_cr3(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

int hw_random(uint64_t *value)
{
	uint8_t good;

	__asm__ volatile("rdrand %0\n\tsetc %1" : "=r"(*value), "=q"(good) : : "cc");
	return good;
}

void hw_probe_write(uint64_t value)
{
	*(volatile uint64_t *)&probe = value;
}

uint64_t hw_probe_read(void)
{
	return *(volatile uint64_t *)&probe;
}
