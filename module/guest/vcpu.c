/* The registry of the guest's vCPUs. */
#include "module/guest/vcpu.h"
#include "module/guest/page.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

struct vcpu_table vcpu_table;
struct vcpu_limits vcpu_limits;

void vcpu_init(uint32_t cpus)
{
	if (vcpu_limits.cpus != 0 || cpus == 0 || cpus > CPUS_MAX) {
		hw_terminate(REASON_CPU_COUNT);
	}
	vcpu_limits.cpus = cpus;
}

void vcpu_register_startup(uint64_t vmsa_pfn, uint64_t caa_pfn, uint32_t apic, uint32_t vmpl,
			   uint64_t sev_features)
{
	hw_lock();
	if (vcpu_get(0).used || !vcpu_apic_known(apic) || vmpl < GUEST_VMPL_MIN ||
	    vmpl > GUEST_VMPL_MAX) {
		hw_terminate(REASON_STATE);
	}
	if (vcpu_find_vmsa(vmsa_pfn) != VCPU_NONE || vcpu_find_caa(caa_pfn) != VCPU_NONE) {
		hw_terminate(REASON_STATE);
	}
	vcpu_limits.features = sev_features;
	vcpu_set(0, vmsa_pfn, caa_pfn, apic, vmpl);
	vcpu_table.v[0].startup = 1;
	hw_unlock();
}

int vcpu_apic_known(uint32_t apic)
{
	return apic < vcpu_limits.cpus;
}

uint64_t vcpu_guest_features(void)
{
	return vcpu_limits.features;
}

struct vcpu vcpu_get(uint32_t i)
{
	return vcpu_table.v[i];
}

uint32_t vcpu_find_vmsa(uint64_t vmsa)
{
	uint32_t i;

	/*@
	  loop invariant bound: i <= VCPUS_MAX;
	  loop invariant none: \forall integer j; 0 <= j < i ==> !vcpu_has_vmsa(vcpu_table.v[j], vmsa);
	  loop assigns i;
	  loop variant VCPUS_MAX - i;
	*/
	for (i = 0; i < VCPUS_MAX; i++) {
		if (vcpu_table.v[i].used && vcpu_table.v[i].vmsa == vmsa) {
			return i;
		}
	}
	return VCPU_NONE;
}

uint32_t vcpu_find_caa(uint64_t caa)
{
	uint32_t i;

	/*@
	  loop invariant bound: i <= VCPUS_MAX;
	  loop invariant none: \forall integer j; 0 <= j < i ==> !vcpu_has_caa(vcpu_table.v[j], caa);
	  loop assigns i;
	  loop variant VCPUS_MAX - i;
	*/
	for (i = 0; i < VCPUS_MAX; i++) {
		if (vcpu_table.v[i].used && !vcpu_table.v[i].retired &&
		    vcpu_table.v[i].caa == caa) {
			return i;
		}
	}
	return VCPU_NONE;
}

/* Can slot i be the caller of this APIC id and level? */
/*@
  requires slot: i < VCPUS_MAX;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> vcpu_is_caller(vcpu_table.v[i], apic, vmpl);
*/
static int vcpu_is_live(uint32_t i, uint32_t apic, uint32_t vmpl)
{
	return vcpu_table.v[i].used && !vcpu_table.v[i].retired && vcpu_table.v[i].apic == apic &&
	       vcpu_table.v[i].vmpl == vmpl;
}

uint32_t vcpu_find_newest(uint32_t apic, uint32_t vmpl)
{
	uint32_t found = VCPU_NONE;
	uint32_t i;

	/*@
	  loop invariant bound: i <= VCPUS_MAX && (found < i || found == VCPU_NONE);
	  loop invariant found: found != VCPU_NONE ==> vcpu_is_caller(vcpu_table.v[found], apic, vmpl);
	  loop invariant none: found == VCPU_NONE ==>
	    \forall integer j; 0 <= j < i ==> !vcpu_is_caller(vcpu_table.v[j], apic, vmpl);
	  loop invariant newest: found != VCPU_NONE ==> \forall integer j; 0 <= j < i ==>
	    vcpu_is_caller(vcpu_table.v[j], apic, vmpl) ==> vcpu_table.v[j].age <= vcpu_table.v[found].age;
	  loop assigns i, found;
	  loop variant VCPUS_MAX - i;
	*/
	for (i = 0; i < VCPUS_MAX; i++) {
		if (vcpu_is_live(i, apic, vmpl) &&
		    (found == VCPU_NONE || vcpu_table.v[found].age < vcpu_table.v[i].age)) {
			found = i;
		}
	}
	return found;
}

uint32_t vcpu_find_free(void)
{
	uint32_t i;

	/*@
	  loop invariant bound: i <= VCPUS_MAX;
	  loop invariant used: \forall integer j; 0 <= j < i ==> vcpu_table.v[j].used != 0;
	  loop assigns i;
	  loop variant VCPUS_MAX - i;
	*/
	for (i = 0; i < VCPUS_MAX; i++) {
		if (!vcpu_table.v[i].used) {
			return i;
		}
	}
	return VCPU_NONE;
}

void vcpu_set(uint32_t i, uint64_t vmsa, uint64_t caa, uint32_t apic, uint32_t vmpl)
{
	struct vcpu v = {
		.vmsa = vmsa,
		.caa = caa,
		.age = vcpu_table.next_age,
		.apic = apic,
		.vmpl = vmpl,
		.used = 1,
	};

	if (vcpu_table.next_age == UINT64_MAX) {
		hw_terminate(REASON_STATE);
	}
	vcpu_table.next_age++;
	vcpu_table.v[i] = v;
}

void vcpu_set_caa(uint32_t i, uint64_t caa)
{
	vcpu_table.v[i].caa = caa;
}

void vcpu_set_serving(uint32_t i, uint32_t serving)
{
	vcpu_table.v[i].serving = serving;
}

void vcpu_retire(uint32_t i)
{
	vcpu_table.v[i].retired = 1;
}

void vcpu_clear(uint32_t i)
{
	struct vcpu none = {.used = 0};

	vcpu_table.v[i] = none;
}
