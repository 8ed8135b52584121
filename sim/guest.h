/*
 * A guest under the module, for native tests: memory with every kind of page, a startup vCPU at VMPL2,
 * the guest's side of an SVSM call, and a digest of everything a refused call must not change.
 */
#ifndef SIM_GUEST_H
#define SIM_GUEST_H

#include <stdint.h>
#include "sim/hw_machine.h"

/* Memory: pfn ranges, all within the ownership table, which ends at SIM_PFNS. */
#define SIM_PRIVATE    0x0000UL /* validated guest pages, 4K RMP entries, 1024 of them */
#define SIM_SHARED_2M  0x0400UL /* not validated, one 2M RMP entry */
#define SIM_SHARED     0x0600UL /* not validated, 512 4K RMP entries */
#define SIM_PRIVATE_2M 0x0800UL /* validated, one 2M RMP entry */
#define SIM_ABSENT     0x0a00UL /* up to SIM_BELOW */
#define SIM_BELOW      0x7e00UL /* not validated, 4K, up to the module */
#define SIM_MODULE     0x8000UL
#define SIM_MODULE_END 0x8210UL
#define SIM_ABOVE      0x8210UL /* not validated, 4K, up to the end */
#define SIM_PFNS       0x8400UL

/* The startup vCPU: VMPL2, APIC id 0. Its VMSA and calling area are among the private pages. */
#define SIM_VMSA		 0x3f1UL
#define SIM_CAA			 0x3f0UL
#define SIM_FEATURES		 0x1UL
#define SIM_CPUS		 4U
#define SIM_CALL(protocol, call) ((uint64_t)(protocol) << 32 | (uint64_t)(call))

struct sim_registers {
	uint64_t rax;
	uint64_t rcx;
	uint64_t rdx;
	uint64_t r8;
	uint64_t r9;
};
/* A vCPU as the guest knows it. */
struct sim_vcpu {
	uint64_t vmsa; /* pfn */
	uint64_t caa;  /* pfn */
	uint32_t cpu;
	uint32_t vmpl;
};
extern struct sim_vcpu sim_startup;

/* A fresh machine and guest; cmocka setup function. */
int sim_reset(void **state);

/* The guest's accesses at a VMPL; the verdict, and *value. */
enum access_verdict sim_read(uint32_t vmpl, uint64_t pfn, uint32_t word, uint64_t *value);
enum access_verdict sim_write(uint32_t vmpl, uint64_t pfn, uint32_t word, uint64_t value);
/* The same for a test that knows the page is accessible: fails the test otherwise. */
uint64_t sim_get(uint32_t vmpl, uint64_t pfn, uint32_t word);
void sim_put(uint32_t vmpl, uint64_t pfn, uint32_t word, uint64_t value);

/* The content of a guest frame as hardware holds it, without access checks (VMSA of a vCPU). */
uint64_t sim_peek(uint64_t pfn, uint32_t word);
void sim_poke(uint64_t pfn, uint32_t word, uint64_t value);

/* The RMP entry behind a guest frame. */
struct rmp_entry sim_rmp(uint64_t pfn);

/* The vCPU stands at a VMGEXIT with these registers and pending. The module has not run yet. */
void sim_prepare(struct sim_vcpu v, struct sim_registers r, uint8_t pending);
struct sim_registers sim_result(struct sim_vcpu v);
uint8_t sim_pending(struct sim_vcpu v);
/* A whole call: prepare, one round of the module, pending must be 0 and SVME set afterwards. */
struct sim_registers sim_call(struct sim_vcpu v, struct sim_registers r);
uint64_t sim_core(struct sim_vcpu v, uint64_t call, uint64_t rcx, uint64_t rdx, uint64_t r8);
/* sim_core that must answer with code, change no register, and leave the digest as it was. */
void sim_refused(struct sim_vcpu v, uint64_t call, uint64_t rcx, uint64_t rdx, uint64_t r8,
		 uint64_t code);

/* Ownership table, RMP, registry and all memory but the registered VMSAs. */
uint64_t sim_digest(void);

/* Fills a private page as a VMSA that CREATE_VCPU accepts. */
void sim_fill_vmsa(uint64_t pfn, uint32_t vmpl);
/* Creates a vCPU and returns it; the test fails if the module refuses. */
struct sim_vcpu sim_create(struct sim_vcpu by, uint64_t vmsa, uint64_t caa, uint32_t cpu,
			   uint32_t vmpl);

/* Writes a PVALIDATE list of count entries at gpa, by the vCPU's level. */
void sim_list(struct sim_vcpu v, uint64_t gpa, uint64_t entries, uint64_t next,
	      const uint64_t *entry, uint32_t count);
/* A list of one entry in the vCPU's calling area; the result code. */
uint64_t sim_pvalidate(struct sim_vcpu v, uint64_t entry);
#define ENTRY_2M       1UL
#define ENTRY_VALIDATE 4UL
#define ENTRY_IGNORE   8UL

#endif
