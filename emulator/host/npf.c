#include "emulator/exit.h"
#include "cpu.h"
#include "memory.h"
#include "policy.h"

#define VECTOR_GP 13U
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

/*
 * The guest's levels may have laws of their own: memory that VMPL0 took a permission from, for good. What a
 * host does about the access is its choice. This one tells the guest, whose kernel can then end the program
 * that tried: #GP(0) at the instruction. In an attack the run ends, as the attack's entry may want.
 */
static int is_for_guest(const struct host_cpu *c, const struct svm_control *k)
{
	return (k->exit_info1 & NPF_VMPL) && c->vmpl != 0 && policy_attack() == ATTACK_NONE;
}

static void raise_gp(const struct host_cpu *c, struct svm_control *k)
{
	emulator_log("no permission: cpu %u vmpl %u gpa %lx%s%s, #GP\n", c->id, k->vmpl,
		     k->exit_info2, k->exit_info1 & NPF_WRITE ? " write" : "",
		     k->exit_info1 & NPF_FETCH ? " fetch" : "");
	k->inject = INJECT_ERROR(VECTOR_GP);
	k->inject_error = 0;
}

static int is_stuck(struct host_cpu *c, uint64_t gpa)
{
	c->npf_count = gpa == c->npf_gpa ? c->npf_count + 1 : 0;
	c->npf_gpa = gpa;
	return c->npf_count > PATIENCE;
}

void npf_handle(struct host_cpu *c)
{
	struct svm_control *k = &current_level(c)->control;
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
	} else if (is_for_guest(c, k)) {
		raise_gp(c, k);
	} else {
		unresolved(c, k);
	}
}
