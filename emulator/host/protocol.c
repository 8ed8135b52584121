#include <verismo/ghcb.h>
#include "emulator/exit.h"
#include "cpu.h"
#include "ghcb.h"
#include "host.h"
#include "memory.h"
#include "policy.h"

#define VERSION_MAX 2UL
#define VERSION_MIN 1UL
#define CBIT	    39UL

#define CODE_BITS 12
#define GFN(msr)  ((msr) & ~0xfffUL) /* as an address */

static uint64_t sev_info(void)
{
	return VERSION_MAX << 48 | VERSION_MIN << 32 | CBIT << 24 | GHCB_MSR_SEV_INFO_RESP;
}

static uint64_t cpuid(const struct host_cpu *c, uint64_t msr)
{
	uint32_t v[4];

	host_cpuid(c->id, (uint32_t)(msr >> 32), 0, v);
	return (uint64_t)v[msr >> 30 & 3] << 32 | (msr & 0xc0000000UL) | GHCB_MSR_CPUID_RESP;
}

static uint64_t register_page(struct level *l, uint64_t msr)
{
	if (host_frame(GFN(msr)) == NO_GPA) {
		return GHCB_MSR_NO_PREFERRED | GHCB_MSR_REGISTER_RESP;
	}
	l->ghcb = GFN(msr);
	return GFN(msr) | GHCB_MSR_REGISTER_RESP;
}

static uint64_t page_state(struct host_cpu *c, uint64_t msr)
{
	uint64_t gpa = msr & 0xffffffffff000UL;
	uint64_t failed = psc_change(gpa, (uint32_t)(msr >> 52) & 0xfU, SNP_SIZE_4K);

	count(c, STAT_PSC);
	return failed << 32 | GHCB_MSR_PSC_RESP;
}

static void run_vmpl(struct host_cpu *c, struct level *l, uint64_t msr)
{
	uint32_t vmpl = (uint32_t)(msr >> 32) & 0xffU;

	count(c, STAT_RUN_VMPL);
	l->control.ghcb = GHCB_MSR_RUN_VMPL_RESP;
	if (vmpl_run(c, vmpl)) {
		protocol_run_failed(c);
	}
}

static void unknown_request(const struct host_cpu *c, uint64_t msr)
{
	emulator_log("GHCB MSR request %lx is unknown: cpu %u vmpl %u\n", msr, c->id, c->vmpl);
	host_end(c->vmpl == 0 ? EXIT_MODULE_STOPPED : EXIT_GUEST_TERMINATE);
}

static void msr_request(struct host_cpu *c, struct level *l, uint64_t msr)
{
	uint64_t *reply = &l->control.ghcb;

	count(c, STAT_MSR_PROTOCOL);
	switch (GHCB_MSR_CODE(msr)) {
	case GHCB_MSR_SEV_INFO_REQ:
		*reply = sev_info();
		break;
	case GHCB_MSR_CPUID_REQ:
		*reply = cpuid(c, msr);
		break;
	case GHCB_MSR_AP_HOLD_REQ: /* only a new VMSA ends it, so there is no answer to write */
		l->state = LEVEL_HELD;
		break;
	case GHCB_MSR_PREFERRED_REQ:
		*reply = GHCB_MSR_NO_PREFERRED | GHCB_MSR_PREFERRED_RESP;
		break;
	case GHCB_MSR_REGISTER_REQ:
		*reply = register_page(l, msr);
		break;
	case GHCB_MSR_PSC_REQ:
		*reply = page_state(c, msr);
		break;
	case GHCB_MSR_RUN_VMPL_REQ:
		run_vmpl(c, l, msr);
		break;
	case GHCB_MSR_FEATURES_REQ:
		*reply = HOST_FEATURES << CODE_BITS | GHCB_MSR_FEATURES_RESP;
		break;
	case GHCB_MSR_TERMINATE:
		host_terminated(c, (uint32_t)(msr >> 12) & 0xfU, (uint32_t)(msr >> 16) & 0xffU,
				(uint32_t)(msr >> 24));
	default:
		unknown_request(c, msr);
	}
}

static void page_request(struct host_cpu *c, const struct level *l, uint64_t gpa)
{
	struct ghcb g;

	if (ghcb_load(&g, gpa)) {
		emulator_log("the GHCB at %lx is no shared page: cpu %u vmpl %u\n", gpa, c->id,
			     c->vmpl);
		host_end(c->vmpl == 0 ? EXIT_MODULE_STOPPED : EXIT_GUEST_TERMINATE);
	}
	if (l->ghcb != gpa) {
		ghcb_malformed(&g, GHCB_NOT_REGISTERED);
	} else if (g.usage != 0) {
		ghcb_malformed(&g, GHCB_BAD_USAGE);
	} else {
		event_serve(c, &g);
		return;
	}
	ghcb_store(&g);
}

void protocol_vmgexit(struct host_cpu *c)
{
	struct level *l = current_level(c);
	uint64_t msr = l->control.ghcb;
	uint32_t vmpl = c->vmpl;

	if (GHCB_MSR_CODE(msr) == 0) {
		page_request(c, l, msr);
	} else {
		msr_request(c, l, msr);
		policy_msr_reply(vmpl, msr, &l->control.ghcb);
	}
}

void protocol_run_failed(struct host_cpu *c)
{
	struct level *l = current_level(c);
	struct ghcb g;

	if (GHCB_MSR_CODE(l->control.ghcb) == GHCB_MSR_RUN_VMPL_RESP) {
		l->control.ghcb |= 1UL << 32;
		return;
	}
	if (ghcb_load(&g, l->control.ghcb) == 0) {
		ghcb_malformed(&g, GHCB_INVALID_INPUT);
		ghcb_store(&g);
	}
}
