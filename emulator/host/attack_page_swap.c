/*
 * The frame that holds the secure processor's secrets, still encrypted for this guest, is re-assigned
 * to a GPA of the colluding guest. If the module validates that GPA and hands it over with its
 * content, VMPL2 reads VMPCK0.
 */
#include <verismo/launch.h>
#include "cpu.h"
#include "host.h"
#include "memory.h"
#include "policy.h"

void attack_page_swap(uint64_t gpa)
{
	uint64_t spa = host_frame(MODULE_SECRETS_GPA);
	uint32_t failed;

	host_lock();
	memory_split(gpa);
	failed = svm_rmpupdate(spa, gpa, SNP_SIZE_4K, 1);
	failed |= svm_nested_set(gpa, spa, 1, 0);
	host_unlock();
	emulator_log("attack page-swap: frame %lx moved to gpa %lx, result %u\n", spa, gpa, failed);
}
