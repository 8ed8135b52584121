/*
 * The module's only door to the hardware: one function, one contract for each instruction and each
 * look at memory. hw_x86.c implements it in assembly; tests/unit/hw_machine.c over machine/; the
 * proof sees the contracts alone. No other file of the module has inline assembly, a volatile
 * access or a pointer made from an integer.
 *
 * pfn = guest frame number (GPA / 4096, no C-bit), below HW_PFNS. word = 0..511, a 64-bit word of a
 * page; offset = 0..4095, a byte. Private accesses go through the direct map of guest memory.
 */
#ifndef MODULE_HW_H
#define MODULE_HW_H

#include <stdint.h>
#include <verismo/snp.h>
#include <verismo/launch.h>

#define HW_PFNS (MEMORY_GPA_END / PAGE_SIZE)

/* ---- SNP instructions ---- */

/* EAX in [31:0], CF in bit 32. Does not return if the page is not there (nested page fault). */
#define HW_CARRY 0x100000000UL
uint64_t hw_pvalidate(uint64_t pfn, uint32_t size, uint32_t validate);
/* EAX. attributes: SNP_ATTR(vmpl, perm), plus SNP_ATTR_VMSA. */
uint32_t hw_rmpadjust(uint64_t pfn, uint32_t size, uint32_t attributes);
/* INVLPGB of every entry of this guest, nested ones included, then TLBSYNC. */
void hw_flush_guest(void);

/* ---- private memory of the guest, through the direct map ---- */

uint64_t hw_read64(uint64_t pfn, uint32_t word);
void hw_write64(uint64_t pfn, uint32_t word, uint64_t value);
uint8_t hw_read8(uint64_t pfn, uint32_t offset);
void hw_write8(uint64_t pfn, uint32_t offset, uint8_t value);
void hw_zero(uint64_t pfn, uint32_t size); /* SNP_SIZE_4K or SNP_SIZE_2M */

/* Locked AND / OR of EFER.SVME in a VMSA page; hw_vmsa_freeze returns the old EFER. */
uint64_t hw_vmsa_freeze(uint64_t pfn);
void hw_vmsa_thaw(uint64_t pfn);

/* ---- the ownership table: one 16-bit entry for each frame, behind the module's static region ---- */

uint16_t hw_table_read(uint64_t pfn);
/* Locked compare and exchange; 1 if the entry was expected and is now desired. */
int hw_table_cas(uint64_t pfn, uint16_t expected, uint16_t desired);

/* ---- this CPU's GHCB page, shared with the host: every read may return anything ---- */

uint64_t hw_ghcb_read64(uint32_t offset);  /* offset: multiple of 8 */
void hw_ghcb_write64(uint32_t offset, uint64_t value);
uint64_t hw_ghcb_msr_read(void);
void hw_ghcb_msr_write(uint64_t value);
void hw_vmgexit(void);

/* ---- CPU ---- */

uint32_t hw_cpu(void); /* index of this CPU, 0..CPUS_MAX - 1; its APIC id (docs/module.md) */
uint64_t hw_sev_status(void);
void hw_halt(void); /* HLT: the host may run another vCPU; returns when it runs this one again */
void hw_pause(void);

/* One lock guards the vCPU registry. */
void hw_lock(void);
void hw_unlock(void);

/* Ends the VM: GHCB MSR 0x100 with set TERMINATE_SET_VERISMO, for ever. */
void hw_terminate(uint32_t reason) __attribute__((noreturn));

#endif
