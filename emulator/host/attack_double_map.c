/*
 * A second frame is assigned to a GPA that the guest holds validated, and mapped there; the first one
 * stays assigned and validated. If the module validates the GPA again, the host can flip between
 * two contents of one page: a rollback.
 */
#include "cpu.h"
#include "host.h"
#include "memory.h"
#include "policy.h"

static uint64_t first_frame;

void attack_double_map(uint64_t gpa)
{
	uint64_t second = host_spare_frame();
	uint32_t failed;

	host_lock();
	memory_split(gpa);
	first_frame = host_frame(gpa);
	failed = svm_rmpupdate(second, gpa, SNP_SIZE_4K, 1);
	failed |= svm_nested_set(gpa, second, 1, 0);
	host_unlock();
	emulator_log("attack double-map: gpa %lx from frame %lx to %lx, result %u\n", gpa,
		     first_frame, second, failed);
}

void attack_double_restore(uint64_t gpa)
{
	host_lock();
	svm_nested_set(gpa, first_frame, 1, 0);
	host_unlock();
	emulator_log("attack double-map: gpa %lx back to frame %lx\n", gpa, first_frame);
}
