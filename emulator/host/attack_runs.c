/* Attacks by who runs when: a host enters what VMSA it likes, as often as it likes, and injects events. */
#include "memory.h"
#include "host.h"
#include "policy.h"

#define VECTOR_SYSCALL 0x80U /* INT 0x80 */
#define INJECT_VALID   (1U << 31)
#define LIES	       3U /* "it has run", before the host says that it cannot */

#define GHOST_VMPL 3U /* of a vCPU that was deleted */

static uint32_t armed; /* the guest is ready, and has named a page: */
static uint64_t named = NO_GPA;
static uint64_t named_frame;
static uint32_t trapped; /* it is not mapped, to get control when it is touched */
static uint32_t lies;

/* Control at a chosen access: page-fault side channels use the same. */
static void trap_set(uint32_t set)
{
	host_lock();
	memory_split(named);
	svm_nested_set(named, named_frame, !set, 0);
	trapped = set;
	host_unlock();
}

void runs_step(uint32_t step, uint64_t gpa)
{
	if (step != COLLUDE_BEGIN) {
		return;
	}
	armed = 1;
	named = gpa;
	named_frame = host_frame(gpa);
	if (policy_attack() == ATTACK_RUN_DURING_CALL) {
		trap_set(1);
	}
}

/* The turn goes to this level of the same CPU, whoever asked for what. */
static void turn_to(struct host_cpu *c, uint32_t vmpl)
{
	c->caller = NO_CALLER;
	c->vmpl = vmpl;
	current_level(c)->state = LEVEL_READY;
	policy_played();
}

void policy_inject(struct host_cpu *c)
{
	struct svm_control *k = &current_level(c)->control;

	if (!armed || c->vmpl != 0) {
		return;
	}
	if (policy_attack() == ATTACK_VC_INJECT) {
		k->inject = INJECT_ERROR(VECTOR_VC);
		k->inject_error = (uint32_t)SVM_EXIT_VMMCALL;
		armed = 0;
	} else if (policy_attack() == ATTACK_INT_INJECT) {
		k->inject = VECTOR_SYSCALL | INJECT_VALID;
		armed = 0;
	}
}

/* Which exit of the guest a host uses to run something else, or 0. */
static uint64_t exit_used(void)
{
	switch (policy_attack()) {
	case ATTACK_SPURIOUS_ENTRY:
		return SVM_EXIT_HLT;
	case ATTACK_DOUBLE_ENTRY:
	case ATTACK_RESUME_DELETED:
		return SVM_EXIT_VMGEXIT;
	default:
		return 0;
	}
}

int policy_exit(struct host_cpu *c)
{
	if (!armed || c->vmpl != GUEST_VMPL || current_level(c)->control.exit_code != exit_used()) {
		return 0;
	}
	armed = 0;
	if (policy_attack() == ATTACK_RESUME_DELETED) {
		c->level[GHOST_VMPL].control.vmsa = named_frame;
		turn_to(c, GHOST_VMPL);
	} else {
		turn_to(c, 0);
	}
	return 1;
}

int policy_run(const struct host_cpu *c, int *answer)
{
	if (!armed || c->vmpl != 0 || policy_attack() != ATTACK_RUN_VMPL_LIE) {
		return 0;
	}
	*answer = lies == LIES;
	armed = lies < LIES;
	lies++;
	policy_played();
	return 1;
}

int runs_fault(struct host_cpu *c)
{
	uint64_t gpa = current_level(c)->control.exit_info2;

	if (policy_attack() == ATTACK_RESUME_DELETED && c->vmpl == GHOST_VMPL) {
		policy_won("a vCPU runs that was deleted"); /* as far as its first instruction */
	}
	if (c->vmpl != 0 || !trapped || gpa - gpa % PAGE_SIZE != named) {
		return 0;
	}
	trap_set(0);
	turn_to(c, GUEST_VMPL);
	return 1;
}

/* What should not run does not: on with whose turn it was. */
int policy_refused(struct host_cpu *c)
{
	if (policy_attack() == ATTACK_RUN_DURING_CALL && c->vmpl == GUEST_VMPL) {
		turn_to(c, 0);
		return 1;
	}
	if (policy_attack() == ATTACK_RESUME_DELETED && c->vmpl == GHOST_VMPL) {
		current_level(c)->state = LEVEL_ABSENT;
		turn_to(c, GUEST_VMPL);
		return 1;
	}
	return 0;
}
