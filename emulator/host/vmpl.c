#include <verismo/ghcb.h>
#include "cpu.h"
#include "host.h"
#include "policy.h"

#define AP_REQUEST(info1) ((info1) % 0x10000UL)
#define AP_VMPL(info1)	  ((uint32_t)((info1) >> 16) & 0xfU)
#define AP_APIC(info1)	  ((uint32_t)((info1) >> 32))

static void install(struct host_cpu *c, uint32_t vmpl, const struct mail *m)
{
	struct level *l = &c->level[vmpl];

	svm_leave(c->id); /* the old VMSA may still be cached here */
	l->control.vmsa = m->vmsa;
	l->control.ghcb = 0;
	l->control.virq = -1;
	l->control.inject = 0;
	l->ghcb = NO_GPA;
	l->doorbell = NO_GPA;
	l->state = m->state;
	if (vmpl == GUEST_VMPL) {
		interrupts_drop(c);
	}
}

void vmpl_take_mail(struct host_cpu *c)
{
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		struct mail m;

		if (!__atomic_load_n(&c->mail[vmpl].waiting, __ATOMIC_ACQUIRE)) {
			continue;
		}
		host_lock();
		m = c->mail[vmpl];
		c->mail[vmpl].waiting = 0;
		host_unlock();
		install(c, vmpl, &m);
	}
}

static int is_runnable(const struct host_cpu *c, uint32_t vmpl)
{
	const struct level *l = &c->level[vmpl];

	if (l->state == LEVEL_HALTED && vmpl == GUEST_VMPL) {
		return interrupt_highest(c) >= 0;
	}
	return l->state == LEVEL_READY;
}

int vmpl_select(struct host_cpu *c)
{
	if (is_runnable(c, c->vmpl)) {
		current_level(c)->state = LEVEL_READY;
		return 1;
	}
	if (c->vmpl != 0) {
		return 0;
	}
	/* The module has no work on this CPU: a vCPU that was created here in the meantime runs. */
	for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		if (is_runnable(c, vmpl)) {
			c->vmpl = vmpl;
			c->caller = NO_CALLER;
			c->level[vmpl].state = LEVEL_READY;
			return 1;
		}
	}
	return 0;
}

int vmpl_run(struct host_cpu *c, uint32_t vmpl)
{
	struct level *l;
	int answer;

	if (policy_run(c, &answer)) {
		return answer;
	}
	vmpl_take_mail(c);
	if (vmpl >= SNP_VMPLS || vmpl == c->vmpl || c->level[vmpl].state == LEVEL_ABSENT) {
		return 1;
	}
	/* all checks passed */
	l = &c->level[vmpl];
	if (l->state != LEVEL_HELD) {
		l->state = LEVEL_READY;
	}
	c->caller = c->vmpl;
	c->vmpl = vmpl;
	return 0;
}

void vmpl_refused(struct host_cpu *c)
{
	emulator_log("VMRUN refused: cpu %u vmpl %u vmsa %lx\n", c->id, c->vmpl,
		     current_level(c)->control.vmsa);
	current_level(c)->state = LEVEL_ABSENT;
	if (c->caller != NO_CALLER) {
		c->vmpl = c->caller;
		c->caller = NO_CALLER;
		protocol_run_failed(c);
	} else {
		c->vmpl = 0;
	}
}

/* What a request leaves for the CPU; 1 if its operands are wrong. */
static int decode(const struct host_cpu *c, uint64_t info1, uint64_t vmsa, struct mail *m)
{
	uint64_t request = AP_REQUEST(info1);

	/* A level decides about itself and those below it. */
	if (AP_APIC(info1) >= host_cpu_count() || AP_VMPL(info1) >= SNP_VMPLS ||
	    AP_VMPL(info1) < c->vmpl || request > AP_DESTROY) {
		return 1;
	}
	m->waiting = 1;
	m->state = request == AP_CREATE ? LEVEL_READY : LEVEL_PARKED;
	if (request == AP_DESTROY) {
		m->vmsa = NO_GPA;
		m->state = LEVEL_ABSENT;
		return 0;
	}
	m->vmsa = host_frame(vmsa);
	/* Hardware erratum: a VMSA page at a 2M boundary collides with large mappings. */
	return vmsa % PAGE_SIZE || vmsa % LARGE_PAGE == 0 || m->vmsa == NO_GPA;
}

int vmpl_create(struct host_cpu *c, uint64_t info1, uint64_t vmsa)
{
	struct mail m;
	struct host_cpu *to;
	uint64_t old;

	if (decode(c, info1, vmsa, &m)) {
		return 1;
	}
	/* all checks passed */
	to = &host_cpu[AP_APIC(info1)];
	host_lock();
	old = to->level[AP_VMPL(info1)].control.vmsa;
	to->mail[AP_VMPL(info1)] = m;
	host_unlock();
	if (to == c) {
		return 0;
	}
	svm_kick(to->id);
	if (m.vmsa == NO_GPA && old && old != NO_GPA) {
		svm_evict(old);
	}
	return 0;
}

void host_boot_vmsa(uint64_t spa)
{
	struct mail m = {1, spa, LEVEL_READY};

	host_cpu[0].mail[0] = m;
}
