/*
 * The registry of the guest's vCPUs: which VMSA pages the module has accepted, with the calling area,
 * APIC id and VMPL of each. The caller of a request is who the registry says it is, never what guest
 * memory says. All functions but the two for boot are called with hw_lock held.
 */
#ifndef MODULE_GUEST_VCPU_H
#define MODULE_GUEST_VCPU_H

#include <stdint.h>

#define VCPUS_MAX 32U
#define VCPU_NONE VCPUS_MAX

struct vcpu {
	uint64_t vmsa;	  /* pfn */
	uint64_t caa;	  /* pfn; means nothing once retired */
	uint64_t age;	  /* registered later = larger; never used twice */
	uint32_t apic;	  /* APIC id */
	uint32_t vmpl;	  /* 1..3 */
	uint32_t used;	  /* 0: the slot is free */
	uint32_t startup; /* the guest's first vCPU: cannot be deleted or retired */
	uint32_t retired; /* frozen for good; its calling area went to a newer vCPU */
	uint32_t serving; /* a CPU of the module is looking at it: nobody else touches its VMSA */
};
struct vcpu_table {
	struct vcpu v[VCPUS_MAX];
};

/* ---- boot, one CPU ---- */

/* CPUs present, 1..CPUS_MAX: the APIC ids 0..cpus - 1 are known. */
void vcpu_init(uint32_t cpus);
/* Registers the guest's first vCPU. The caller has made vmsa_pfn a VMSA page and has set both frames
 * in the ownership table (PAGE_VMSA, PAGE_CAA). sev_features: what each later VMSA must have. */
void vcpu_register_startup(uint64_t vmsa_pfn, uint64_t caa_pfn, uint32_t apic, uint32_t vmpl,
			   uint64_t sev_features);

/* ---- hw_lock held ---- */

int vcpu_apic_known(uint32_t apic);
uint64_t vcpu_guest_features(void);
/* A copy of slot i, i < VCPUS_MAX. */
struct vcpu vcpu_get(uint32_t i);
/* The slot of the VMSA page, of the vCPU that has this calling area, or VCPU_NONE. */
uint32_t vcpu_find_vmsa(uint64_t vmsa);
uint32_t vcpu_find_caa(uint64_t caa);
/* The newest vCPU of this APIC id and VMPL that is not retired, or VCPU_NONE. */
uint32_t vcpu_find_newest(uint32_t apic, uint32_t vmpl);
/* A free slot, or VCPU_NONE. */
uint32_t vcpu_find_free(void);
/* Fills slot i, which is free. */
void vcpu_set(uint32_t i, uint64_t vmsa, uint64_t caa, uint32_t apic, uint32_t vmpl);
void vcpu_set_caa(uint32_t i, uint64_t caa);
void vcpu_set_serving(uint32_t i, uint32_t serving);
void vcpu_retire(uint32_t i);
void vcpu_clear(uint32_t i);

#endif
