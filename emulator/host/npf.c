#include "emulator/exit.h"
#include "cpu.h"
#include "memory.h"
#include "policy.h"

#define PATIENCE                                                                                   \
	10000U /* the same fault in a row: two CPUs may race for a split, but not for ever */

static void unresolved(const struct host_cpu *c, const struct svm_control *k)
{
	emulator_log("nested page fault: cpu %u vmpl %u gpa %lx error %lx%s%s%s\n", c->id, k->vmpl,
		     k->exit_info2, k->exit_info1, k->exit_info1 & NPF_RMP ? " rmp" : "",
		     k->exit_info1 & NPF_VMPL ? " vmpl-permission" : "",
		     k->exit_info1 & NPF_ENCRYPTED ? " private" : " shared");
	policy_vcpu_stopped(c);
	host_end(EXIT_NPF_UNRESOLVED);
}

static int is_stuck(struct host_cpu *c, uint64_t gpa)
{
	c->npf_count = gpa == c->npf_gpa ? c->npf_count + 1 : 0;
	c->npf_gpa = gpa;
	return c->npf_count > PATIENCE;
}

void npf_handle(struct host_cpu *c)
{
	const struct svm_control *k = &current_level(c)->control;
	uint32_t large;
	uint64_t spa = svm_nested_get(k->exit_info2, &large);

	if (policy_fault(c)) {
		return;
	}
	if (spa == NO_GPA || is_stuck(c, k->exit_info2)) {
		unresolved(c, k);
	}
	if (k->exit_info1 & NPF_INUSE_VMSA) {
		svm_evict(spa - spa % PAGE_SIZE);
	} else if (k->exit_info1 & NPF_SIZE) {
		host_lock();
		memory_split(k->exit_info2);
		host_unlock();
	} else {
		unresolved(c, k);
	}
}
