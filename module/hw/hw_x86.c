/*
 * hw.h in assembly. This file is believed, not proved: each function is one instruction, or one
 * access, on an address computed in place. What needs no belief is in hw_table.c.
 */
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include "module/hw/hw_table.h"
#include <verismo/ghcb.h>
#include <verismo/vmsa.h>

#define TABLE_GPA   (MODULE_BASE + MODULE_SIZE)
#define INVLPGB_ALL 0x2cUL /* ASID valid, global, nested: everything of this guest */

uint8_t hw_ghcb_pages[CPUS_MAX][PAGE_SIZE] __attribute__((aligned(4096), section(".bss..ghcb")));

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

static uint16_t *table_at(uint64_t pfn)
{
	return (uint16_t *)(HW_DIRECT_MAP + TABLE_GPA + hw_table_slot(pfn) * sizeof(uint16_t));
}

static volatile uint64_t *ghcb_at(uint32_t offset)
{
	return (volatile uint64_t *)&hw_ghcb_pages[hw_cpu()][offset % PAGE_SIZE / 8 * 8];
}

/* ---- SNP instructions ---- */

static uint64_t pvalidate(uint64_t va, uint32_t size, uint32_t validate)
{
	uint64_t cf;

	__asm__ volatile("pvalidate" : "+a"(va), "=@ccc"(cf) : "c"(size), "d"(validate) : "memory");
	return (uint32_t)va + cf * HW_CARRY;
}

static uint32_t rmpadjust(uint64_t va, uint64_t size, uint64_t attributes)
{
	__asm__ volatile("rmpadjust" : "+a"(va) : "c"(size), "d"(attributes) : "cc", "memory");
	return (uint32_t)va;
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
	__asm__ volatile("invlpgb" : : "a"(INVLPGB_ALL), "c"(0UL), "d"(0UL) : "memory");
	__asm__ volatile("tlbsync" : : : "memory");
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

/* An emulated CPU is slow at string instructions: plain stores, eight in a row. */
void hw_zero(uint64_t pfn, uint32_t size)
{
	volatile uint64_t *words = word_at(pfn, 0);
	uint64_t n = size == SNP_SIZE_2M ? LARGE_PAGE / 8 : PAGE_WORDS;

#pragma GCC unroll 8
	for (uint64_t i = 0; i < n; i++) {
		words[i] = 0;
	}
}

uint64_t hw_vmsa_freeze(uint64_t pfn)
{
	return __atomic_fetch_and(word_at(pfn, VMSA_EFER / 8), ~EFER_SVME, __ATOMIC_SEQ_CST);
}

void hw_vmsa_thaw(uint64_t pfn)
{
	__atomic_fetch_or(word_at(pfn, VMSA_EFER / 8), EFER_SVME, __ATOMIC_SEQ_CST);
}

/* ---- ownership table ---- */

uint16_t hw_table_read(uint64_t pfn)
{
	return hw_table_has(pfn) ? __atomic_load_n(table_at(pfn), __ATOMIC_SEQ_CST) : 0;
}

int hw_table_cas(uint64_t pfn, uint16_t expected, uint16_t desired)
{
	return hw_table_has(pfn) && __sync_bool_compare_and_swap(table_at(pfn), expected, desired);
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
	__asm__ volatile("wrmsr" : : "c"(MSR_GHCB), "a"(value), "d"(value >> 32) : "memory");
}

void hw_vmgexit(void)
{
	__asm__ volatile("vmgexit" : : : "memory");
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
	__builtin_ia32_pause();
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

	__asm__ volatile("lgdt %0" : : "m"(p) : "memory");
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

__attribute__((target("rdrnd"))) int hw_random(uint64_t *value)
{
	return __builtin_ia32_rdrand64_step((unsigned long long *)value);
}

void hw_probe_write(uint64_t value)
{
	*(volatile uint64_t *)&probe = value;
}

uint64_t hw_probe_read(void)
{
	return *(volatile uint64_t *)&probe;
}
