/* RMPUPDATE, PSMASH, the nested map and launch: the machine's steps, and the caches that they touch. */
#include <emulator/svm/cpu.h>
#include <emulator/svm/launch.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/rmp.h>

static uint64_t pages_of(uint32_t size)
{
	return size == SNP_SIZE_2M ? PAGES_PER_2M : 1UL;
}

static uint32_t frames_are_guest(uint64_t spa, uint32_t size)
{
	return size <= SNP_SIZE_2M && spa % (pages_of(size) * PAGE_SIZE) == 0 &&
	       memory_is_guest(spa) != 0;
}

/* Forgets every translation to these frames, on all CPUs: RMPUPDATE and PSMASH promise it. The
 * CPUs are out of the guest, or have no such translation, before the RMP changes. */
static void frames_forget(uint64_t spa, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		nested_drop_frame(spa / PAGE_SIZE + i);
	}
	cpu_shootdown(ALL_VMPLS);
}

uint32_t rmp_update(uint64_t spa, struct rmp_update u)
{
	uint32_t status;

	if (frames_are_guest(spa, u.size) == 0) {
		return SNP_FAIL_INPUT;
	}
	machine_lock();
	frames_forget(spa, pages_of(u.size));
	status = machine_rmpupdate(&the_machine, spa / PAGE_SIZE, u);
	machine_unlock();
	return status;
}

uint32_t svm_rmpupdate(uint64_t spa, uint64_t gpa, uint32_t size, uint32_t assigned)
{
	struct rmp_update u = {.gpfn = gpa / PAGE_SIZE,
			       .asid = assigned != 0 ? MACHINE_ASID : 0,
			       .assigned = assigned != 0,
			       .size = (uint8_t)size};

	return size <= SNP_SIZE_2M ? rmp_update(spa, u) : SNP_FAIL_INPUT;
}

uint32_t svm_psmash(uint64_t spa)
{
	uint32_t status;

	if (frames_are_guest(spa, SNP_SIZE_2M) == 0) {
		return SNP_FAIL_INPUT;
	}
	machine_lock();
	frames_forget(spa, PAGES_PER_2M);
	status = machine_psmash(&the_machine, spa / PAGE_SIZE);
	machine_unlock();
	return status;
}

/* Old translations live on in the CPUs' TLBs until their next VMRUN, as they do on hardware. */
uint32_t svm_nested_set(uint64_t gpa, uint64_t spa, uint32_t present, uint32_t large)
{
	uint32_t status;

	if (gpa >= MACHINE_GFNS * PAGE_SIZE || (present != 0 && memory_is_guest(spa) == 0)) {
		return SNP_FAIL_INPUT;
	}
	machine_lock();
	if (large != 0 || the_machine.nested.e[gpa / PAGE_SIZE].large != 0) {
		nested_drop(gpa / LARGE_PAGE * PAGES_PER_2M, PAGES_PER_2M);
	} else {
		nested_drop(gpa / PAGE_SIZE, 1);
	}
	status = machine_nested_set(&the_machine, gpa / PAGE_SIZE, spa / PAGE_SIZE, present, large);
	machine_unlock();
	return status;
}

uint64_t svm_nested_get(uint64_t gpa, uint32_t *large)
{
	uint64_t spa = ~0UL;

	*large = 0;
	if (gpa >= MACHINE_GFNS * PAGE_SIZE) {
		return spa;
	}
	machine_lock();
	if (the_machine.nested.e[gpa / PAGE_SIZE].present != 0) {
		spa = the_machine.nested.e[gpa / PAGE_SIZE].spfn * PAGE_SIZE + gpa % PAGE_SIZE;
		*large = the_machine.nested.e[gpa / PAGE_SIZE].large;
	}
	machine_unlock();
	return spa;
}

uint32_t svm_assigned(uint64_t spa, uint32_t *size)
{
	uint64_t spfn = spa / PAGE_SIZE;
	uint64_t head = spfn - spfn % PAGES_PER_2M;
	uint32_t result;

	*size = SNP_SIZE_4K;
	if (memory_is_guest(spa) == 0) {
		return 0;
	}
	machine_lock();
	result = the_machine.rmp.e[spfn].assigned;
	if (the_machine.rmp.e[head].assigned != 0 && the_machine.rmp.e[head].size == SNP_SIZE_2M) {
		result = 1;
		*size = SNP_SIZE_2M;
	}
	machine_unlock();
	return result;
}

uint32_t svm_launch_page(uint64_t spa, uint64_t gpa, const void *content, uint32_t vmsa)
{
	uint32_t status;

	if (frames_are_guest(spa, SNP_SIZE_4K) == 0 || gpa % PAGE_SIZE != 0) {
		return SNP_FAIL_INPUT;
	}
	machine_lock();
	nested_drop_frame(spa / PAGE_SIZE);
	status = machine_launch_page(&the_machine, spa / PAGE_SIZE, gpa / PAGE_SIZE, vmsa);
	if (status == SNP_OK) {
		machine_touch(&the_machine, spa / PAGE_SIZE);
		if (content != 0) {
			memory_copy((void *)spa, content, PAGE_SIZE);
		} else {
			memory_fill((void *)spa, 0, PAGE_SIZE);
		}
	}
	machine_unlock();
	return status;
}
