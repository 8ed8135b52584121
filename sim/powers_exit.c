/* What the host does when a CPU of the module has exited and asks for a level of the guest to be run. */
#include <stddef.h>
#include <string.h>
#include <verismo/ghcb.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/host/ghcb.h"
#include "sim/powers_rows.h"

static uint64_t *ghcb(void)
{
	return hw_ghcb_words[hw_machine_cpu];
}

/* Every word of the page that the module set can be seen. */
static void look(void)
{
	static const uint16_t seen[] = {GHCB_RAX / 8, GHCB_SW_EXITCODE / 8, GHCB_SW_EXITINFO1 / 8,
					GHCB_SW_EXITINFO2 / 8, GHCB_SW_SCRATCH / 8};
	uint32_t i;

	for (i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		power_sees_host(SEES_GHCB + hw_machine_cpu, seen[i], ghcb()[seen[i]]);
	}
}

int powers_lied[POWERS_CPUS];

static void reply(uint64_t status)
{
	powers_lied[hw_machine_cpu] = status != GHCB_REPLY_OK;
	ghcb()[GHCB_SW_EXITINFO1 / 8] = status;
	ghcb()[GHCB_SW_EXITINFO2 / 8] = 0;
}

/* The frame that the host was told is the VMSA of this CPU and level; MACHINE_FRAMES if there is none. */
static uint64_t vmsa_of(uint32_t cpu, uint32_t vmpl)
{
	uint32_t slot = vcpu_find_newest(cpu, vmpl);

	if (slot == VCPU_NONE) {
		return MACHINE_FRAMES;
	}
	powers_touch(vcpu_table.v[slot].vmsa);
	return hw_machine.nested.e[vcpu_table.v[slot].vmsa].spfn;
}

/* The VMSA that was run last by each CPU, unless another CPU has run it after that. */
static uint64_t running_on[POWERS_CPUS];

static void runs_here(uint64_t spfn)
{
	uint32_t i;

	for (i = 0; i < POWERS_CPUS; i++) {
		running_on[i] = running_on[i] == spfn ? 0 : running_on[i];
	}
	running_on[hw_machine_cpu] = spfn;
}

void power_nobody_runs(void)
{
	memset(powers_lied, 0, sizeof(powers_lied));
	memset(running_on, 0, sizeof(running_on));
}

int powers_still_run(uint64_t vmsa_spfn)
{
	return hw_machine.rmp.e[vmsa_spfn].in_use && running_on[hw_machine_cpu] == vmsa_spfn;
}

/* May a VMSA in this state of its page be running at this level? */
static int may_run(uint64_t pfn, uint32_t vmpl)
{
	uint32_t slot = vcpu_find_vmsa(pfn);

	switch (page_entry_state(hw_table_peek(pfn))) {
	case PAGE_MODULE:
		return 1; /* a CPU of the module */
	case PAGE_BUSY:
		return vmpl >= GUEST_VMPL_MIN; /* accepted, and about to be registered */
	case PAGE_VMSA:
		return slot != VCPU_NONE && vcpu_table.v[slot].vmpl == vmpl;
	default:
		return 0;
	}
}

static uint64_t interruption(struct choice_source *c)
{
	static const uint64_t codes[] = {SVM_EXIT_INTR, SVM_EXIT_NPF,	  SVM_EXIT_SHUTDOWN,
					 SVM_EXIT_BUSY, SVM_EXIT_INVALID, SVM_EXIT_NOT_VALID};

	return codes[choice_rarely(c, 4) ? choice_below(c, sizeof(codes) / sizeof(codes[0])) : 0];
}

int power_vmrun(struct choice_source *c, uint64_t spfn, uint32_t *vmpl)
{
	uint64_t pfn;

	if (machine_vmrun(&hw_machine, spfn, vmpl) != SNP_OK) {
		return 0;
	}
	pfn = hw_machine.rmp.e[spfn].gpfn;
	if (!may_run(pfn, *vmpl)) {
		powers_find("a vCPU runs that is none, or at another level", pfn);
	}
	if (*vmpl == 0) {
		return 0;
	}
	runs_here(spfn);
	/* What hardware stores if the vCPU is interrupted. */
	machine_guest_write64(&hw_machine, spfn, VMSA_EXITCODE / 8, 1, interruption(c));
	return 1;
}

static void run(struct choice_source *c, uint64_t spfn)
{
	uint32_t vmpl;

	if (power_vmrun(c, spfn, &vmpl) && powers_guest_runs != NULL) {
		powers_guest_runs(c, spfn);
	}
}

static uint32_t level_asked(void)
{
	return (uint32_t)(ghcb()[GHCB_SW_EXITINFO1 / 8] % SNP_VMPLS);
}

void exit_run(struct choice_source *c)
{
	look();
	run(c, vmsa_of(hw_machine_cpu, level_asked()));
	reply(GHCB_REPLY_OK);
}

void exit_run_other(struct choice_source *c)
{
	uint32_t cpu = (uint32_t)choice_below(c, POWERS_CPUS);

	look();
	run(c, vmsa_of(cpu, (uint32_t)(2 + choice_below(c, 2))));
	reply(GHCB_REPLY_OK);
}

void exit_run_any(struct choice_source *c)
{
	look();
	run(c, FRAME(power_page(c)));
	reply(GHCB_REPLY_OK);
}

void exit_interrupt(struct choice_source *c)
{
	uint64_t spfn = vmsa_of(hw_machine_cpu, level_asked());
	uint32_t vmpl;

	if (power_vmrun(c, spfn, &vmpl)) {
		machine_vmexit(&hw_machine, spfn);
	}
	reply(GHCB_REPLY_OK);
}

void exit_nobody(struct choice_source *c)
{
	(void)c;
	look();
	reply(GHCB_REPLY_OK);
}

void exit_refuse(struct choice_source *c)
{
	reply(1 + choice_below(c, 100));
}

void exit_unmarked(struct choice_source *c)
{
	reply(GHCB_REPLY_OK);
	powers_lied[hw_machine_cpu] = 1;
	ghcb()[GHCB_VALID_BITMAP / 8 + 1] &= choice_below(c, 2) ? ~GHCB_VALID(GHCB_SW_EXITINFO1)
								: ~GHCB_VALID(GHCB_SW_EXITINFO2);
}

void exit_garbage(struct choice_source *c)
{
	ghcb()[GHCB_SW_EXITINFO1 / 8] = choice_below(c, UINT64_MAX);
	ghcb()[GHCB_SW_EXITINFO2 / 8] = choice_below(c, UINT64_MAX);
	powers_lied[hw_machine_cpu] =
		ghcb()[GHCB_SW_EXITINFO1 / 8] % 0x100000000UL != GHCB_REPLY_OK;
}
