/* The request loop. */
#include "module/services/request.h"
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/host/ghcb.h"
#include "module/hw/hw.h"
#include "module/services/core.h"
#include <verismo/svsm.h>
#include <verismo/vmsa.h>

#define PENDING_NONE	0U
#define PENDING_REQUEST 1U

struct registers request_dispatch(struct caller c, struct registers r)
{
	if (r.rax / 0x100000000UL != SVSM_PROTOCOL_CORE) {
		r.rax = SVSM_UNSUPPORTED_PROTOCOL;
		return r;
	}
	return core_call(c, r);
}

/* The registers of a frozen vCPU, each read once. */
static struct registers request_read(uint64_t vmsa)
{
	struct registers r = {
		.rax = hw_read64(vmsa, VMSA_RAX / 8),
		.rcx = hw_read64(vmsa, VMSA_RCX / 8),
		.rdx = hw_read64(vmsa, VMSA_RDX / 8),
		.r8 = hw_read64(vmsa, VMSA_R8 / 8),
		.r9 = hw_read64(vmsa, VMSA_R9 / 8),
	};

	return r;
}

/* Results first, then pending, then the vCPU may run: the guest sees them in this order. */
static void request_answer(struct vcpu v, struct registers r)
{
	hw_write64(v.vmsa, VMSA_RAX / 8, r.rax);
	hw_write64(v.vmsa, VMSA_RCX / 8, r.rcx);
	hw_write64(v.vmsa, VMSA_RDX / 8, r.rdx);
	hw_write64(v.vmsa, VMSA_R8 / 8, r.r8);
	hw_write8(v.caa, CAA_CALL_PENDING, PENDING_NONE);
	hw_vmsa_thaw(v.vmsa);
}

/* Takes the vCPU in slot for serving: v.used says whether there was one. */
static struct vcpu request_begin(uint32_t cpu, uint32_t vmpl, uint32_t *slot)
{
	struct vcpu v = {.used = 0};
	uint32_t i;

	hw_lock();
	i = vcpu_find_newest(cpu, vmpl);
	if (i != VCPU_NONE && !vcpu_get(i).serving) {
		v = vcpu_get(i);
		vcpu_set_serving(i, 1);
	}
	hw_unlock();
	*slot = i;
	return v;
}

/* The vCPU as it is now; used = 0 if it has deleted itself. Its slot may then be another's. */
static struct vcpu request_again(uint32_t slot, uint64_t age)
{
	struct vcpu none = {.used = 0};
	struct vcpu v;

	hw_lock();
	v = vcpu_get(slot);
	hw_unlock();
	return v.used && v.age == age ? v : none;
}

static void request_end(uint32_t slot, uint64_t age)
{
	hw_lock();
	if (vcpu_get(slot).used && vcpu_get(slot).age == age) {
		vcpu_set_serving(slot, 0);
	}
	hw_unlock();
}

/* The vCPU is frozen and has a request pending. */
static void request_serve(uint32_t slot, struct vcpu v, uint8_t pending)
{
	struct caller c = {.slot = slot, .vmpl = v.vmpl, .caa = v.caa};
	struct registers r = request_read(v.vmsa);

	if (pending == PENDING_REQUEST) {
		r = request_dispatch(c, r);
	} else {
		r.rax = SVSM_INVALID_FORMAT;
	}
	v = request_again(slot, v.age);
	if (v.used) {
		request_answer(v, r);
	}
}

/* Has this vCPU called? 1 = yes, and the call is served. */
static int request_look(uint32_t slot, struct vcpu v)
{
	uint8_t pending = PENDING_NONE;

	(void)hw_vmsa_freeze(v.vmsa);
	if (hw_read64(v.vmsa, VMSA_EXITCODE / 8) == SVM_EXIT_VMGEXIT) {
		pending = hw_read8(v.caa, CAA_CALL_PENDING);
	}
	if (pending == PENDING_NONE) {
		hw_vmsa_thaw(v.vmsa);
		return 0;
	}
	request_serve(slot, v, pending);
	return 1;
}

static int request_level(uint32_t cpu, uint32_t vmpl)
{
	uint32_t slot = VCPU_NONE;
	struct vcpu v = request_begin(cpu, vmpl, &slot);
	int served;

	if (!v.used) {
		return 0;
	}
	served = request_look(slot, v);
	request_end(slot, v.age);
	return served;
}

static int request_has_level(uint32_t cpu, uint32_t vmpl)
{
	uint32_t slot;

	hw_lock();
	slot = vcpu_find_newest(cpu, vmpl);
	hw_unlock();
	return slot != VCPU_NONE;
}

uint32_t request_round(uint32_t cpu)
{
	uint32_t served = 0;
	uint32_t vmpl;

	for (vmpl = 1; vmpl <= GUEST_VMPL_MAX; vmpl++) {
		if (request_level(cpu, vmpl)) {
			served = vmpl;
		}
	}
	if (served != 0 && request_has_level(cpu, served)) {
		return served;
	}
	for (vmpl = 1; vmpl <= GUEST_VMPL_MAX; vmpl++) {
		if (request_has_level(cpu, vmpl)) {
			return vmpl;
		}
	}
	return 0;
}

void request_loop(uint32_t cpu)
{
	for (;;) {
		uint32_t vmpl = request_round(cpu);

		if (vmpl == 0 || ghcb_run_vmpl(vmpl) != 0) {
			hw_halt();
		}
	}
}
