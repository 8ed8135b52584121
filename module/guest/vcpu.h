/*
 * The registry of the guest's vCPUs: which VMSA pages the module has accepted, with the calling area,
 * APIC id and VMPL of each. The caller of a request is who the registry says it is, never what guest
 * memory says. hw_lock guards the registry (module/hw/registry.h says what it promises); the limits are
 * set at boot and never change.
 */
#ifndef MODULE_GUEST_VCPU_H
#define MODULE_GUEST_VCPU_H

#include <stdint.h>
#include "module/hw/registry.h"

struct vcpu_limits {
	uint64_t features; /* SEV_FEATURES of the startup vCPU */
	uint32_t cpus;
};
extern struct vcpu_limits vcpu_limits;

/*@
  predicate vcpu_limits_ok = vcpu_limits.cpus <= CPUS_MAX;
  // This CPU has the lock, and the registry is as the lock promises.
  predicate vcpu_locked = hw_locked == 1 && vcpu_table_ok(vcpu_table);
  // All slots but i are as they were.
  predicate vcpu_rest{A, B}(integer i) = \forall integer j; 0 <= j < VCPUS_MAX && j != i ==>
    \at(vcpu_table.v[j], B) == \at(vcpu_table.v[j], A);
  // Slot i has a vCPU that may run.
  predicate vcpu_live(struct vcpu v) = v.used != 0 && v.retired == 0;
  predicate vcpu_is_caller(struct vcpu v, integer apic, integer vmpl) =
    vcpu_live(v) && v.apic == apic && v.vmpl == vmpl;
  predicate vcpu_has_vmsa(struct vcpu v, integer vmsa) = v.used != 0 && v.vmsa == vmsa;
  predicate vcpu_has_caa(struct vcpu v, integer caa) = vcpu_live(v) && v.caa == caa;
  predicate vcpu_no_vmsa(integer vmsa) =
    \forall integer i; 0 <= i < VCPUS_MAX ==> !vcpu_has_vmsa(vcpu_table.v[i], vmsa);
  predicate vcpu_no_caa(integer caa) =
    \forall integer i; 0 <= i < VCPUS_MAX ==> !vcpu_has_caa(vcpu_table.v[i], caa);
  // What a slot is when it has just been filled.
  predicate vcpu_is(struct vcpu v, integer vmsa, integer caa, integer apic, integer vmpl) =
    v.used == 1 && v.vmsa == vmsa && v.caa == caa && v.apic == apic && v.vmpl == vmpl &&
    v.retired == 0 && v.serving == 0;
*/

/* ---- boot, one CPU ---- */

/* CPUs present, 1..CPUS_MAX: the APIC ids 0..cpus - 1 are known. Once; else REASON_CPU_COUNT. */
/*@
  terminates vcpu_limits.cpus == 0 && 0 < cpus <= CPUS_MAX;
  exits \false;
  assigns vcpu_limits;
  ensures cpus: vcpu_limits == {\old(vcpu_limits) \with .cpus = cpus};
  ensures once: \old(vcpu_limits.cpus) == 0 && 0 < cpus <= CPUS_MAX;
*/
void vcpu_init(uint32_t cpus);
/* Registers the guest's first vCPU, in slot 0. The caller has made vmsa_pfn a VMSA page and has set both
 * frames in the ownership table (PAGE_VMSA, PAGE_CAA). sev_features: what each later VMSA must have.
 * Terminates with REASON_STATE if there is a vCPU already, or the APIC id or VMPL is not the guest's. */
/*@
  requires free: hw_locked == 0;
  requires limits: vcpu_limits_ok;
  requires frames: vmsa_pfn < HW_PFNS && caa_pfn < HW_PFNS && !hw_static(vmsa_pfn) && !hw_static(caa_pfn);
  requires distinct: vmsa_pfn != caa_pfn;
  terminates \false;
  exits \false;
  assigns vcpu_limits, vcpu_table, hw_locked, hw_world;
  ensures free: hw_locked == 0;
  ensures limits: vcpu_limits == {\old(vcpu_limits) \with .features = sev_features};
  ensures registered: vcpu_is(vcpu_table.v[0], vmsa_pfn, caa_pfn, apic, vmpl);
  ensures startup: vcpu_table.v[0].startup == 1;
  ensures caller: apic < vcpu_limits.cpus && 2 <= vmpl <= 3;
*/
void vcpu_register_startup(uint64_t vmsa_pfn, uint64_t caa_pfn, uint32_t apic, uint32_t vmpl,
			   uint64_t sev_features);

/* ---- after boot, any CPU ---- */

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> apic < vcpu_limits.cpus;
*/
int vcpu_apic_known(uint32_t apic);
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == vcpu_limits.features;
*/
uint64_t vcpu_guest_features(void);

/* ---- hw_lock held ---- */

/* A copy of slot i, i < VCPUS_MAX. */
/*@
  requires locked: hw_locked == 1;
  requires slot: i < VCPUS_MAX;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == vcpu_table.v[i];
*/
struct vcpu vcpu_get(uint32_t i);
/* The slot of the VMSA page, or VCPU_NONE. */
/*@
  requires locked: hw_locked == 1;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures range: \result <= VCPU_NONE;
  ensures found: \result != VCPU_NONE ==> vcpu_has_vmsa(vcpu_table.v[\result], vmsa);
  ensures none: \result == VCPU_NONE ==> vcpu_no_vmsa(vmsa);
*/
uint32_t vcpu_find_vmsa(uint64_t vmsa);
/* The slot of the vCPU, not retired, that has this calling area, or VCPU_NONE. */
/*@
  requires locked: hw_locked == 1;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures range: \result <= VCPU_NONE;
  ensures found: \result != VCPU_NONE ==> vcpu_has_caa(vcpu_table.v[\result], caa);
  ensures none: \result == VCPU_NONE ==> vcpu_no_caa(caa);
*/
uint32_t vcpu_find_caa(uint64_t caa);
/* The newest vCPU of this APIC id and VMPL that is not retired, or VCPU_NONE. */
/*@
  requires locked: hw_locked == 1;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures range: \result <= VCPU_NONE;
  ensures found: \result != VCPU_NONE ==> vcpu_is_caller(vcpu_table.v[\result], apic, vmpl);
  ensures newest: \result != VCPU_NONE ==> \forall integer i; 0 <= i < VCPUS_MAX ==>
    vcpu_is_caller(vcpu_table.v[i], apic, vmpl) ==> vcpu_table.v[i].age <= vcpu_table.v[\result].age;
  ensures none: \result == VCPU_NONE ==> \forall integer i; 0 <= i < VCPUS_MAX ==>
    !vcpu_is_caller(vcpu_table.v[i], apic, vmpl);
*/
uint32_t vcpu_find_newest(uint32_t apic, uint32_t vmpl);
/* A free slot, or VCPU_NONE. */
/*@
  requires locked: hw_locked == 1;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures range: \result <= VCPU_NONE;
  ensures found: \result != VCPU_NONE ==> vcpu_table.v[\result].used == 0;
  ensures none: \result == VCPU_NONE ==>
    \forall integer i; 0 <= i < VCPUS_MAX ==> vcpu_table.v[i].used != 0;
*/
uint32_t vcpu_find_free(void);
/* Fills slot i, which is free. VMSA page and calling area are no other vCPU's. Terminates with
 * REASON_STATE if 2^64 - 1 vCPUs have been registered. */
/*@
  requires locked: vcpu_locked;
  requires slot: i < VCPUS_MAX && vcpu_table.v[i].used == 0;
  requires frames: vmsa < HW_PFNS && caa < HW_PFNS && !hw_static(vmsa) && !hw_static(caa) && vmsa != caa;
  requires level: 2 <= vmpl <= 3 && apic < CPUS_MAX;
  requires vmsa: vcpu_no_vmsa(vmsa);
  requires caa: vcpu_no_caa(caa);
  terminates \false;
  exits \false;
  assigns vcpu_table;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures rest: vcpu_rest{Pre, Post}(i);
  ensures filled: vcpu_is(vcpu_table.v[i], vmsa, caa, apic, vmpl) && vcpu_table.v[i].startup == 0;
  ensures newest: vcpu_table.v[i].age == \old(vcpu_table.next_age) &&
    vcpu_table.next_age == \old(vcpu_table.next_age) + 1;
*/
void vcpu_set(uint32_t i, uint64_t vmsa, uint64_t caa, uint32_t apic, uint32_t vmpl);
/* Gives the vCPU in slot i another calling area, which is no other vCPU's. */
/*@
  requires locked: vcpu_locked;
  requires slot: i < VCPUS_MAX;
  requires frame: caa < HW_PFNS && !hw_static(caa);
  requires vmsa: vcpu_no_vmsa(caa);
  requires caa: vcpu_no_caa(caa);
  terminates \true;
  exits \false;
  assigns vcpu_table;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures moved: vcpu_table == {\old(vcpu_table) \with .v[i].caa = caa};
*/
void vcpu_set_caa(uint32_t i, uint64_t caa);
/* Marks the vCPU in slot i, which may run, as being served, or takes the mark away. */
/*@
  requires locked: vcpu_locked;
  requires slot: i < VCPUS_MAX;
  requires used: vcpu_table.v[i].used != 0;
  requires live: serving != 0 ==> vcpu_live(vcpu_table.v[i]);
  terminates \true;
  exits \false;
  assigns vcpu_table;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures marked: vcpu_table == {\old(vcpu_table) \with .v[i].serving = serving};
*/
void vcpu_set_serving(uint32_t i, uint32_t serving);
/* Retires the vCPU in slot i, which nobody serves. */
/*@
  requires locked: vcpu_locked;
  requires slot: i < VCPUS_MAX;
  requires idle: vcpu_table.v[i].serving == 0 && vcpu_table.v[i].startup == 0;
  terminates \true;
  exits \false;
  assigns vcpu_table;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures retired: vcpu_table == {\old(vcpu_table) \with .v[i].retired = (uint32_t)1};
*/
void vcpu_retire(uint32_t i);
/* Frees slot i. */
/*@
  requires locked: vcpu_locked;
  requires slot: i < VCPUS_MAX;
  terminates \true;
  exits \false;
  assigns vcpu_table;
  ensures registry: vcpu_table_ok(vcpu_table);
  ensures freed: vcpu_table.v[i].used == 0;
  ensures rest: vcpu_rest{Pre, Post}(i);
  ensures age: vcpu_table.next_age == \old(vcpu_table.next_age);
*/
void vcpu_clear(uint32_t i);

#endif
