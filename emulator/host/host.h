/* What the loader asks of the host before the guest runs: configuration, memory, CPUID values. */
#ifndef EMULATOR_HOST_HOST_H
#define EMULATOR_HOST_HOST_H

#include <stdint.h>
#include <verismo/igvm.h>
#include <verismo/snp.h>

/* memory: bytes of guest memory, checked by the caller. cpus: 0 = all of the machine. Returns 0 or a
 * reason: more CPUs than there are, then unknown attack. */
const char *host_configure(uint64_t memory, uint32_t cpus, const char *attack);
uint32_t host_cpu_count(void);
/* The run loop of one CPU (emulator/svm/start.h). */
void host_cpu_main(uint32_t cpu) __attribute__((noreturn));

/* ---- guest memory (memory.c). Bytes, GPA. A range may be empty. ---- */

#define HOST_RANGES 2U
uint64_t host_range_start(uint32_t range);
uint64_t host_range_size(uint32_t range);

/* The 2M around gpa keeps 4K mappings; launched: the page itself is placed by the launch. 1 if gpa
 * is not RAM or a launched page comes twice. Before host_map_memory. */
int host_reserve(uint64_t gpa, int launched);
/* Gives every 2M of RAM a frame and maps it; assigns those without reserved pages to the guest. */
const char *host_map_memory(void);
/* After the launch: assigns the remaining pages around the launched ones. */
const char *host_assign_memory(void);
/* SPA behind a GPA, or ~0. */
uint64_t host_frame(uint64_t gpa);
/* A 4K frame that is mapped nowhere: SPA, or 0. */
uint64_t host_spare_frame(void);
/* What the host says of its memory, ascending and apart if it is honest. Unused entries are zero. */
#define HOST_MAP_ENTRIES (HOST_RANGES + 1)
void host_memory_map(struct igvm_memory_map_entry map[HOST_MAP_ENTRIES]);
/* The start VMSA that it hands over for this one of the launch file: PAGE_SIZE bytes. */
const uint8_t *host_start_vmsa(const uint8_t *vmsa);
/* The first vCPU: VMPL0 of CPU 0 runs this VMSA (SPA). */
void host_boot_vmsa(uint64_t spa);

/* ---- CPUID as this host presents it (cpuid.c). v: EAX EBX ECX EDX ---- */

void host_cpuid(uint32_t apic_id, uint32_t leaf, uint32_t subleaf, uint32_t v[4]);
/* The page for the launch: every leaf the host knows. */
void host_cpuid_page(struct snp_cpuid_page *page);

#endif
