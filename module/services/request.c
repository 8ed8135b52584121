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

/* A vCPU and its slot, as the registry had them when this CPU began to serve it. */
struct request {
	struct vcpu v; /* used = 0: there is none to serve */
	uint32_t slot;
};

/*@
  // How often frame q is open for the vCPU that is served.
  logic integer request_own(struct request_now n, integer q) =
    n.serving == 0 ? 0 : (q == n.vmsa ? 1 : 0) + (q == n.caa ? 1 : 0);
  // The same tokens but for the frames of the vCPU that is served.
  predicate request_tokens{A, B} = \forall integer q; 0 <= q < HW_PFNS ==>
    (\at(hw_held(q), B) <==> \at(hw_held(q), A)) &&
    \at(hw_tokens.open[q], B) - request_own(\at(request_now, B), q) ==
      \at(hw_tokens.open[q], A) - request_own(\at(request_now, A), q);
  predicate request_open(integer q) = q < HW_PFNS && !hw_static(q) && hw_tokens.open[q] > 0;
  // v is the vCPU that this CPU serves: its frames are open. It has come as far as step.
  predicate request_serves(struct vcpu v) =
    request_now.serving == 1 && request_now.vmsa == v.vmsa && request_now.caa == v.caa &&
    v.vmsa != v.caa && request_open(v.vmsa) && request_open(v.caa);
  predicate request_at(integer step) =
    page_ok && vcpu_limits_ok && hw_locked == 0 && request_now.step == step;
  // The frames that are open for the vCPU that is served, if one is, can be closed. What a call says of
  // its calling area is no frame if it is too large.
  predicate request_held(integer q) =
    q < HW_PFNS ==> hw_tokens.open[q] >= request_own(request_now, q);
  predicate request_frames =
    request_now.serving == 0 ||
    (request_now.serving == 1 && request_now.vmsa < HW_PFNS && request_held(request_now.vmsa) &&
     request_held(request_now.caa));

  // The registers of the frozen vCPU.
  predicate request_registers(struct registers r) =
    r.rax == request_now.word[VMSA_RAX / 8] && r.rcx == request_now.word[VMSA_RCX / 8] &&
    r.rdx == request_now.word[VMSA_RDX / 8] && r.r8 == request_now.word[VMSA_R8 / 8] &&
    r.r9 == request_now.word[VMSA_R9 / 8];
  // It has called: it stands at a VMGEXIT, and its calling area says so.
  predicate request_called =
    request_now.word[VMSA_EXITCODE / 8] == SVM_EXIT_VMGEXIT && request_now.pending != PENDING_NONE;

  // The result out of call r has changed RAX, and no register but those that the call defines.
  predicate request_result(struct registers r, struct registers out) =
    out.r9 == r.r9 &&
    (r.rax != SVSM_CORE_QUERY_PROTOCOL && r.rax != SVSM_CORE_CONFIGURE_VTOM ==>
      out.rcx == r.rcx && out.rdx == r.rdx && out.r8 == r.r8) &&
    (r.rax == SVSM_CORE_QUERY_PROTOCOL ==> out.rdx == r.rdx && out.r8 == r.r8);
*/

/* The frames of a vCPU that has the mark in the registry are open from now on; no longer. */
/*@ ghost
  /@ requires locked: hw_locked == 1;
     requires none: request_now.serving == 0;
     requires frames: vmsa < HW_PFNS && caa < HW_PFNS && !hw_static(vmsa) && !hw_static(caa) && vmsa != caa;
     requires few: hw_few(900);
     terminates \true;
     exits \false;
     assigns hw_tokens, request_now;
     ensures now: request_now == {\old(request_now) \with .serving = (uint32_t)1, .vmsa = vmsa, .caa = caa};
     ensures open: request_open(vmsa) && request_open(caa);
     ensures tokens: request_tokens{Pre, Post}; @/
  void request_hold(uint64_t vmsa, uint64_t caa)
  {
    hw_open(vmsa);
    hw_open(caa);
    request_now.serving = 1;
    request_now.vmsa = vmsa;
    request_now.caa = caa;
  }
*/
/*@ ghost
  /@ requires frames: request_now.serving == 1 && request_frames;
     terminates \true;
     exits \false;
     assigns hw_tokens, request_now;
     ensures now: request_now == {\old(request_now) \with .serving = (uint32_t)0};
     ensures tokens: request_tokens{Pre, Post}; @/
  void request_drop(void)
  {
    hw_close(request_now.vmsa);
    if (request_now.caa < HW_PFNS) {
      hw_close(request_now.caa);
    }
    request_now.serving = 0;
  }
*/

/* ---- the frozen vCPU ---- */

/* From here on the host cannot run the vCPU. */
/*@
  requires step: request_at(REQUEST_RUNS) && request_serves(v);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_world, request_now;
  ensures step: request_at(REQUEST_FROZEN) && request_serves(v);
*/
static void request_freeze(struct vcpu v)
{
	(void)hw_vmsa_freeze(v.vmsa);
	/*@ ghost request_now.step = REQUEST_FROZEN; */
}

/* The vCPU may run: it has not called, or has its answer. */
/*@
  requires step: request_at(REQUEST_CLEARED) || (request_at(REQUEST_LOOKED) && !request_called);
  requires serves: request_serves(v);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_world, request_now;
  ensures step: request_at(REQUEST_RUNS) && request_serves(v);
  ensures frames: request_frames;
  ensures kept: request_now == {\old(request_now) \with .step = (uint32_t)REQUEST_RUNS};
*/
static void request_thaw(struct vcpu v)
{
	hw_vmsa_thaw(v.vmsa);
	/*@ ghost request_now.step = REQUEST_RUNS; */
}

/* A word of the VMSA page. */
/*@
  requires range: word < PAGE_WORDS;
  requires step: request_at(REQUEST_FROZEN) || request_at(REQUEST_LOOKED);
  requires serves: request_serves(v);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_world, request_now;
  ensures inv: page_ok;
  ensures read: request_now == {\old(request_now) \with .word[word] = \result};
*/
static uint64_t request_get(struct vcpu v, uint32_t word)
{
	uint64_t value = hw_read64(v.vmsa, word);

	/*@ ghost request_now.word[word] = value; */
	return value;
}
/*@
  requires range: word < PAGE_WORDS;
  requires step: request_at(REQUEST_SERVED);
  requires serves: request_serves(v);
  terminates \true;
  exits \false;
  assigns HW_STORES, request_now;
  ensures inv: page_ok;
  ensures stored: hw_stored == {\old(hw_stored) \with .word[HW_STORED_WORD(v.vmsa, word)] = value};
  ensures written: request_now == {\old(request_now) \with .word[word] = value};
*/
static void request_put(struct vcpu v, uint32_t word, uint64_t value)
{
	hw_write64(v.vmsa, word, value);
	/*@ ghost request_now.word[word] = value; */
}

/* The pending byte. */
/*@
  requires step: request_at(REQUEST_FROZEN) && request_serves(v);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_world, request_now;
  ensures step: request_at(REQUEST_LOOKED) && request_serves(v);
  ensures read: request_now.pending == \result && request_now.word == \old(request_now.word);
  ensures noted: request_now.called == (\result != PENDING_NONE ? 1 : 0);
*/
static uint8_t request_pending(struct vcpu v)
{
	uint8_t pending = hw_read8(v.caa, CAA_CALL_PENDING);

	/*@ ghost
	    request_now.pending = pending;
	    request_now.step = REQUEST_LOOKED;
	    request_now.called = pending != PENDING_NONE ? 1 : 0; */
	return pending;
}
/*@
  requires step: request_at(REQUEST_ANSWERED) && request_serves(v);
  terminates \true;
  exits \false;
  assigns HW_STORES, request_now;
  ensures step: request_at(REQUEST_CLEARED) && request_serves(v);
  ensures stored: hw_stored ==
    {\old(hw_stored) \with .byte[HW_STORED_BYTE(v.caa, CAA_CALL_PENDING)] = (uint8_t)PENDING_NONE};
  ensures cleared: request_now.pending == PENDING_NONE && request_now.word == \old(request_now.word) &&
    request_now.called == \old(request_now.called);
*/
static void request_clear(struct vcpu v)
{
	hw_write8(v.caa, CAA_CALL_PENDING, PENDING_NONE);
	/*@ ghost request_now.pending = PENDING_NONE; */
	/*@ ghost request_now.step = REQUEST_CLEARED; */
}

/* Has this vCPU called? Its pending byte, 0 if it does not stand at a VMGEXIT. Freezes it. */
/*@
  requires step: request_at(REQUEST_RUNS) && request_serves(v);
  terminates \true;
  exits \false;
  assigns hw_pages, hw_world, request_now;
  ensures step: request_at(REQUEST_LOOKED) && request_serves(v);
  ensures called: \result == (request_now.word[VMSA_EXITCODE / 8] == SVM_EXIT_VMGEXIT ?
                              request_now.pending : PENDING_NONE);
  ensures noted: request_now.called == (\result != PENDING_NONE ? 1 : 0);
*/
static uint8_t request_look(struct vcpu v)
{
	request_freeze(v);
	if (request_get(v, VMSA_EXITCODE / 8) != SVM_EXIT_VMGEXIT) {
		/*@ ghost
		    request_now.step = REQUEST_LOOKED;
		    request_now.called = 0; */
		return PENDING_NONE;
	}
	return request_pending(v);
}

/* The registers of a vCPU that has called, each read once. */
/*@
  requires step: request_at(REQUEST_LOOKED) && request_serves(v);
  requires called: request_called;
  terminates \true;
  exits \false;
  assigns hw_pages, hw_world, request_now;
  ensures step: request_at(REQUEST_READ) && request_serves(v);
  ensures called: request_called && request_now.pending == \old(request_now.pending) &&
    request_now.called == \old(request_now.called);
  ensures registers: request_registers(\result);
*/
static struct registers request_read(struct vcpu v)
{
	struct registers r;

	r.rax = request_get(v, VMSA_RAX / 8);
	r.rcx = request_get(v, VMSA_RCX / 8);
	r.rdx = request_get(v, VMSA_RDX / 8);
	r.r8 = request_get(v, VMSA_R8 / 8);
	r.r9 = request_get(v, VMSA_R9 / 8);
	/*@ ghost request_now.step = REQUEST_READ; */
	return r;
}

/* Results first, then pending, then the vCPU may run: the guest sees them in this order. */
/*@
  requires step: request_at(REQUEST_SERVED) && request_serves(v);
  terminates \true;
  exits \false;
  assigns HW_STORES, request_now;
  ensures step: request_at(REQUEST_RUNS) && request_serves(v);
  ensures stored: hw_stored == {{{{{\old(hw_stored)
    \with .word[HW_STORED_WORD(v.vmsa, VMSA_RAX / 8)] = r.rax}
    \with .word[HW_STORED_WORD(v.vmsa, VMSA_RCX / 8)] = r.rcx}
    \with .word[HW_STORED_WORD(v.vmsa, VMSA_RDX / 8)] = r.rdx}
    \with .word[HW_STORED_WORD(v.vmsa, VMSA_R8 / 8)] = r.r8}
    \with .byte[HW_STORED_BYTE(v.caa, CAA_CALL_PENDING)] = (uint8_t)PENDING_NONE};
  ensures called: request_now.called == \old(request_now.called);
  ensures results: request_now.word[VMSA_RAX / 8] == r.rax && request_now.word[VMSA_RCX / 8] == r.rcx &&
    request_now.word[VMSA_RDX / 8] == r.rdx && request_now.word[VMSA_R8 / 8] == r.r8;
  ensures others: \forall integer i; 0 <= i < PAGE_WORDS && i != VMSA_RAX / 8 && i != VMSA_RCX / 8 &&
    i != VMSA_RDX / 8 && i != VMSA_R8 / 8 ==> request_now.word[i] == \old(request_now.word[i]);
  ensures frames: request_frames;
  ensures pending: request_now.pending == PENDING_NONE;
*/
static void request_answer(struct vcpu v, struct registers r)
{
	request_put(v, VMSA_RAX / 8, r.rax);
	request_put(v, VMSA_RCX / 8, r.rcx);
	request_put(v, VMSA_RDX / 8, r.rdx);
	request_put(v, VMSA_R8 / 8, r.r8);
	/*@ ghost request_now.step = REQUEST_ANSWERED; */
	request_clear(v);
	request_thaw(v);
}

/* ---- the call ---- */

/* A call that is well-formed, by its protocol in RAX [63:32]. */
/*@
  requires ready: core_ready(c);
  requires step: request_at(REQUEST_READ) && request_frames && request_now.serving == 1;
  requires called: request_called && request_now.pending == PENDING_REQUEST && request_registers(r);
  requires caller: c.caa == request_now.caa;
  terminates \false;
  exits \false;
  assigns REQUEST_ALL;
  ensures step: request_at(REQUEST_SERVED) && request_frames;
  ensures tokens: request_tokens{Pre, Post};
  ensures serving: request_now.serving == 1 && request_now.word == \old(request_now.word) &&
    request_now.called == \old(request_now.called);
  ensures result: request_result(r, \result) && \result.rax <= 0xffffffff;
  ensures unknown: r.rax / 0x100000000 != SVSM_PROTOCOL_CORE ==>
    \result == {r \with .rax = (uint64_t)SVSM_UNSUPPORTED_PROTOCOL} && core_silent{Pre, Post} &&
    vcpu_table == \old(vcpu_table);
*/
static struct registers request_dispatch(struct caller c, struct registers r)
{
	struct registers out = r;

	/*@ ghost request_now.step = REQUEST_SERVED; */
	if (r.rax / 0x100000000UL != SVSM_PROTOCOL_CORE) {
		out.rax = SVSM_UNSUPPORTED_PROTOCOL;
		return out;
	}
	out = core_call(c, r);
	/*@ ghost
	    if (r.rax % 0x100000000UL == SVSM_CORE_REMAP_CA && out.rax == SVSM_SUCCESS) {
	      request_now.caa = r.rcx / PAGE_SIZE;
	    } */
	/*@ assert area: request_now.caa == core_caa(c, r, out.rax); */
	/*@ assert vmsa: request_held(request_now.vmsa); */
	/*@ assert caa: request_held(request_now.caa); */
	return out;
}

/* The call of the vCPU in slot with these registers; only 1 in the pending byte is one. */
/*@
  requires step: request_at(REQUEST_READ) && request_serves(v) && hw_few(900);
  requires caller: slot < VCPUS_MAX && 2 <= v.vmpl <= 3;
  requires called: request_called && pending == request_now.pending && request_registers(r);
  terminates \false;
  exits \false;
  assigns REQUEST_ALL;
  ensures step: request_at(REQUEST_SERVED) && request_frames;
  ensures tokens: request_tokens{Pre, Post};
  ensures serving: request_now.serving == 1 && request_now.word == \old(request_now.word) &&
    request_now.called == \old(request_now.called);
  ensures result: request_result(r, \result) && \result.rax <= 0xffffffff;
  ensures format: pending != PENDING_REQUEST ==>
    \result == {r \with .rax = (uint64_t)SVSM_INVALID_FORMAT} && core_silent{Pre, Post} &&
    vcpu_table == \old(vcpu_table);
  ensures unknown: pending == PENDING_REQUEST && r.rax / 0x100000000 != SVSM_PROTOCOL_CORE ==>
    \result == {r \with .rax = (uint64_t)SVSM_UNSUPPORTED_PROTOCOL} && core_silent{Pre, Post} &&
    vcpu_table == \old(vcpu_table);
*/
static struct registers request_execute(uint32_t slot, struct vcpu v, struct registers r,
					uint8_t pending)
{
	struct caller c = {.slot = slot, .vmpl = v.vmpl, .caa = v.caa};

	if (pending != PENDING_REQUEST) {
		r.rax = SVSM_INVALID_FORMAT;
		/*@ ghost request_now.step = REQUEST_SERVED; */
		return r;
	}
	return request_dispatch(c, r);
}

/* ---- the mark in the registry ---- */

/* Takes the vCPU of this level for serving. */
/*@
  requires idle: request_idle;
  terminates \true;
  exits \false;
  assigns vcpu_table, hw_locked, hw_tokens, hw_world, request_now;
  ensures none: \result.v.used == 0 ==> request_idle;
  ensures found: \result.v.used != 0 ==>
    \result.slot < VCPUS_MAX && request_at(REQUEST_RUNS) && request_serves(\result.v) && hw_few(802);
  ensures caller: \result.v.used != 0 ==>
    vcpu_is_caller(\result.v, cpu, vmpl) && 2 <= \result.v.vmpl <= 3;
  ensures tokens: request_tokens{Pre, Post};
*/
static struct request request_begin(uint32_t cpu, uint32_t vmpl)
{
	struct request q = {.v = {.used = 0}};

	hw_lock();
	q.slot = vcpu_find_newest(cpu, vmpl);
	if (q.slot != VCPU_NONE && !vcpu_get(q.slot).serving) {
		q.v = vcpu_get(q.slot);
		vcpu_set_serving(q.slot, 1);
		/*@ ghost request_hold(q.v.vmsa, q.v.caa); */
	}
	hw_unlock();
	return q;
}

/* The vCPU as it is after its call, which may have changed its calling area; used = 0 if it has deleted
 * itself: its slot may then be another's. */
/*@
  requires step: request_at(REQUEST_SERVED) && request_frames && request_now.serving == 1;
  requires slot: q.slot < VCPUS_MAX && hw_few(900);
  terminates \true;
  exits \false;
  assigns vcpu_table, hw_locked, hw_tokens, hw_world, request_now;
  ensures gone: \result.used == 0 ==> request_at(REQUEST_RUNS) && request_now.serving == 0;
  ensures there: \result.used != 0 ==>
    request_at(REQUEST_SERVED) && request_serves(\result) && \result.age == q.v.age &&
    \result.serving != 0;
  ensures tokens: request_tokens{Pre, Post};
  ensures words: request_now.word == \old(request_now.word) && request_now.called == \old(request_now.called);
*/
static struct vcpu request_again(struct request q)
{
	struct vcpu none = {.used = 0};
	struct vcpu v;

	hw_lock();
	v = vcpu_get(q.slot);
	if (!v.serving || v.age != q.v.age) {
		v = none;
	}
	/*@ ghost
	    request_drop();
	    if (v.used) {
	      request_hold(v.vmsa, v.caa);
	    } else {
	      request_now.step = REQUEST_RUNS;
	    } */
	hw_unlock();
	return v;
}

/*@
  requires step: request_at(REQUEST_RUNS) && request_frames;
  requires slot: q.slot < VCPUS_MAX;
  terminates \true;
  exits \false;
  assigns vcpu_table, hw_locked, hw_tokens, hw_world, request_now;
  ensures step: request_at(REQUEST_RUNS) && request_now.serving == 0;
  ensures tokens: request_tokens{Pre, Post};
*/
static void request_end(struct request q)
{
	hw_lock();
	if (vcpu_get(q.slot).used && vcpu_get(q.slot).age == q.v.age) {
		vcpu_set_serving(q.slot, 0);
	}
	/*@ ghost
	    if (request_now.serving) {
	      request_drop();
	    } */
	hw_unlock();
}

/* ---- the loop ---- */

/* Serves the vCPU if it has called. 1 = it has. */
/*@
  requires step: request_at(REQUEST_RUNS) && request_serves(q.v) && hw_few(802);
  requires caller: q.slot < VCPUS_MAX && 2 <= q.v.vmpl <= 3;
  terminates \false;
  exits \false;
  assigns REQUEST_ALL;
  ensures step: request_at(REQUEST_RUNS);
  ensures frames: request_frames;
  ensures tokens: request_tokens{Pre, Post};
  ensures result: \result == request_now.called && (\result == 0 || \result == 1);
*/
static int request_serve(struct request q)
{
	uint8_t pending = request_look(q.v);
	struct registers r;
	struct vcpu v;

	if (pending == PENDING_NONE) {
		request_thaw(q.v);
		return 0;
	}
	r = request_read(q.v);
	r = request_execute(q.slot, q.v, r, pending);
	v = request_again(q);
	if (v.used) {
		request_answer(v, r);
	}
	return 1;
}

/* Serves this level if it has called. 1 = it has. */
/*@
  requires idle: request_idle;
  terminates \false;
  exits \false;
  assigns REQUEST_ALL;
  ensures idle: request_idle;
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures result: \result == 0 || \result == 1;
*/
static int request_level(uint32_t cpu, uint32_t vmpl)
{
	struct request q = request_begin(cpu, vmpl);
	int served;

	if (!q.v.used) {
		return 0;
	}
	served = request_serve(q);
	request_end(q);
	return served;
}

/*@
  requires idle: request_idle;
  terminates \true;
  exits \false;
  assigns vcpu_table, hw_locked, hw_world;
  ensures idle: request_idle;
  ensures there: \result != 0 <==> request_there(cpu, vmpl);
*/
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

	/*@
	  loop invariant bound: 1 <= vmpl <= GUEST_VMPL_MAX + 1 && served <= GUEST_VMPL_MAX;
	  loop invariant idle: request_idle;
	  loop invariant tokens: hw_tokens_same{Pre, Here};
	  loop assigns vmpl, served, REQUEST_ALL;
	  loop variant GUEST_VMPL_MAX + 1 - vmpl;
	*/
	for (vmpl = 1; vmpl <= GUEST_VMPL_MAX; vmpl++) {
		if (request_level(cpu, vmpl)) {
			served = vmpl;
		}
	}
	if (served != 0 && request_has_level(cpu, served)) {
		return served;
	}
	/*@
	  loop invariant bound: 1 <= vmpl <= GUEST_VMPL_MAX + 1;
	  loop invariant idle: request_idle;
	  loop assigns vmpl, vcpu_table, hw_locked, hw_world;
	  loop variant GUEST_VMPL_MAX + 1 - vmpl;
	*/
	for (vmpl = 1; vmpl <= GUEST_VMPL_MAX; vmpl++) {
		if (request_has_level(cpu, vmpl)) {
			return vmpl;
		}
	}
	return 0;
}

void request_loop(uint32_t cpu)
{
	/*@
	  loop invariant idle: request_idle;
	  loop invariant ghcb: ghcb_ready;
	  loop assigns REQUEST_ALL, GHCB_ALL;
	*/
	for (;;) {
		uint32_t vmpl = request_round(cpu);

		if (vmpl == 0 || ghcb_run_vmpl(vmpl) != 0) {
			hw_halt();
		}
	}
}
