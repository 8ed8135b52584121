/*
 * What hw_lock guards: the registry of the guest's vCPUs (module/guest/vcpu.h). The contract of the lock
 * has to name it: while the lock is not held, other CPUs may change it.
 */
#ifndef MODULE_HW_REGISTRY_H
#define MODULE_HW_REGISTRY_H

#include <stdint.h>
#include "module/hw/ghost.h"

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
	uint64_t next_age;
};
extern struct vcpu_table vcpu_table;

/*@
  // One slot: what a used one names can be named; the startup vCPU is not retired, a retired one not
  // served, a free one neither.
  predicate vcpu_slot_ok(struct vcpu v) =
    (v.used != 0 ==>
      v.vmsa < HW_PFNS && v.caa < HW_PFNS && !hw_static(v.vmsa) && !hw_static(v.caa) &&
      v.vmsa != v.caa && 2 <= v.vmpl <= 3 && v.apic < CPUS_MAX) &&
    (v.used == 0 ==> v.serving == 0 && v.startup == 0) &&
    (v.retired != 0 ==> v.serving == 0 && v.startup == 0);
  // No two vCPUs have one VMSA or one age; no two that may run have one calling area.
  predicate vcpu_apart(struct vcpu a, struct vcpu b) =
    a.used != 0 && b.used != 0 ==>
      a.vmsa != b.vmsa && a.age != b.age &&
      (a.retired == 0 && b.retired == 0 ==> a.caa != b.caa);
  predicate vcpu_young(struct vcpu v, integer age) = v.used != 0 ==> v.age < age;
  predicate vcpu_table_ok(struct vcpu_table t) =
    (\forall integer i; 0 <= i < VCPUS_MAX ==> vcpu_slot_ok(t.v[i])) &&
    (\forall integer i; 0 <= i < VCPUS_MAX ==> vcpu_young(t.v[i], t.next_age)) &&
    (\forall integer i, j; 0 <= i < VCPUS_MAX && 0 <= j < VCPUS_MAX && i != j ==>
      vcpu_apart(t.v[i], t.v[j]));
*/

#endif
