/* Attacks by what a TLB, or a CPU of the module, still knows (catalogue, group 7). */
#include <stddef.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/vcpu.h"
#include "module/services/request.h"
#include "sim/attacks/play.h"

#define OWN    0x150UL		/* a private page */
#define SHARED (SIM_SHARED + 6) /* a shared one */
#define VMSA_A 0x181UL		/* pages of vCPUs on CPU 2 */
#define CAA_A  0x180UL
#define VMSA_B 0x191UL
#define CAA_B  0x190UL
#define MARK   0x77UL

/* VMPL3's access on a CPU. */
static enum access_verdict read_on(uint32_t cpu, uint64_t pfn)
{
	uint64_t value;
	enum access_verdict verdict;

	hw_machine_cpu = cpu;
	verdict = sim_read(3, pfn, 0, &value);
	hw_machine_cpu = 0;
	return verdict;
}

/* ---- AT-154 ---- */

static struct attack_outcome stale_tlb_vmsa(void)
{
	uint64_t code;

	sim_fill_vmsa(VMSA_A, 2);
	hw_machine_cpu = 1;
	sim_put(2, VMSA_A, 0, 0); /* the sibling has a translation that may write */
	code = play_call(sim_startup, play_core(SVSM_CORE_CREATE_VCPU, GPA(VMSA_A), GPA(CAA_A), 2));
	hw_machine_cpu = 1;
	if (code == SVSM_SUCCESS && sim_write(2, VMSA_A, 0, 1) == ACCESS_OK) {
		return attack_won("a sibling writes a VMSA that has been accepted");
	}
	hw_machine_cpu = 0;
	return attack_judge("created with code %#lx; the sibling cannot write it", code);
}

/* ---- AT-155, AT-164: a page that was VMPL3's, too, becomes VMPL2's alone ---- */

/* CPUs [first, end) hold translations of VMPL3. */
static struct attack_outcome stale_on(uint32_t first, uint32_t end)
{
	uint32_t cpu;

	attack_give_vmpl3(OWN, 1);
	for (cpu = first; cpu < end; cpu++) {
		(void)read_on(cpu, OWN);
	}
	if (play_pvalidate(sim_startup, GPA(OWN)) >= PLAY_END ||
	    play_pvalidate(sim_startup, GPA(OWN) + ENTRY_VALIDATE) >= PLAY_END) {
		return attack_won("the module ends the VM");
	}
	for (cpu = first; cpu < end; cpu++) {
		if (read_on(cpu, OWN) == ACCESS_OK) {
			return attack_won("CPU %u at VMPL3 still reads the page, now VMPL2's", cpu);
		}
	}
	return attack_judge("no CPU had a translation left when PVALIDATE(0) was relied on");
}

static struct attack_outcome stale_tlb_rescind(void)
{
	return stale_on(1, 2);
}

static struct attack_outcome flush_incomplete(void)
{
	return stale_on(0, MACHINE_CPUS);
}

/* ---- AT-159 ---- */

static struct attack_outcome cbit_flip_local(void)
{
	struct rmp_update none = {0};
	uint64_t code;

	(void)machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + SHARED, none);
	(void)machine_access(&hw_machine, 1, 3, SHARED, 0, ACCESS_WRITE);
	attack_host_moves(SHARED, SHARED);
	code = play_pvalidate(sim_startup, SHARED * PAGE_SIZE + ENTRY_VALIDATE);
	if (machine_access(&hw_machine, 1, 3, SHARED, 0, ACCESS_WRITE).verdict == ACCESS_OK) {
		return attack_won(
			"VMPL3 writes VMPL2's page by a translation from when it was shared");
	}
	return attack_judge("validated with code %#lx; the old translation is gone", code);
}

/* ---- AT-163 ---- */

static uint32_t locks_left; /* until another CPU acts */

/* Another CPU creates a vCPU, which gets the free slot, and serves it. */
static void create_in_slot(void)
{
	struct sim_vcpu b;

	hw_lock_held = 0;
	b = sim_create(sim_startup, VMSA_B, CAA_B, 3, 2);
	hw_machine_cpu = 2;
	vcpu_set_serving(vcpu_find_vmsa(b.vmsa), 1);
	sim_poke(b.vmsa, VMSA_RAX / 8, MARK);
}

static void when_deleted(struct hw_effect e)
{
	if (e.kind == EFFECT_LOCK && vcpu_find_vmsa(VMSA_A) == VCPU_NONE && locks_left-- == 0) {
		hw_turn = NULL;
		create_in_slot();
	}
}

static struct attack_outcome stale_vmsa_map(void)
{
	struct sim_vcpu a = sim_create(sim_startup, VMSA_A, CAA_A, 2, 2);
	struct sim_registers r = {.rax = SIM_CALL(SVSM_PROTOCOL_CORE, SVSM_CORE_DELETE_VCPU),
				  .rcx = VMSA_A * PAGE_SIZE};
	int reason;

	sim_prepare(a, r, 1);
	hw_machine_cpu = a.cpu;
	hw_turn = when_deleted;
	reason = HW_RUN((void)request_round(a.cpu));
	if (reason != 0 || vcpu_find_vmsa(VMSA_B) == VCPU_NONE) {
		return attack_broken("no new vCPU in the slot (reason %#x)", (unsigned)reason);
	}
	if (sim_peek(VMSA_B, VMSA_RAX / 8) != MARK) {
		return attack_won("the answer to the deleted vCPU went into the VMSA of a new one");
	}
	vcpu_set_serving(vcpu_find_vmsa(VMSA_B), 0);
	return attack_judge("the new vCPU in the slot was left alone");
}

const struct attack attacks_tlb[] = {
	{"AT-154", "stale-tlb-vmsa", "guest",
	 "a sibling vCPU has a translation to write the page that becomes a VMSA, and uses it then",
	 "module/services/create.c: vmsa_freeze flushes", "vmsa_freeze: frozen",
	 "proof/red/vmsa-unflushed.patch", stale_tlb_vmsa},
	{"AT-155", "stale-tlb-rescind", "guest",
	 "VMPL3 on another CPU has a translation of a page that VMPL2 rescinds and validates again",
	 "module/services/pvalidate.c: span_rescind flushes", "span_invalidate: revoked",
	 "proof/red/rescind-unflushed.patch", stale_tlb_rescind},
	{"AT-159", "cbit-flip-local", "both",
	 "VMPL3 has a translation of a shared page, which becomes a private one of VMPL2",
	 "machine/host.c: RMPUPDATE flushes the frame on all CPUs", "machine_rmpupdate: flushed",
	 "tests/attacks/machine-update-unflushed.patch", cbit_flip_local},
	{"AT-163 AT-052", "stale-vmsa-map", "guest",
	 "a vCPU deletes itself; before it would be answered another one has its slot",
	 "module/services/request.c: request_again compares the age", "request_again: there",
	 "proof/red/stale-vmsa-map.patch", stale_vmsa_map},
	{"AT-164", "flush-incomplete", "guest",
	 "as stale-tlb-rescind, with a translation on every CPU of the machine",
	 "machine/tlb.c: tlb_flush_all", "tlb_flush_all: flushed",
	 "tests/attacks/machine-flush-short.patch", flush_incomplete},
	{0},
};
