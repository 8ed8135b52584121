#include "cpu.h"
#include "ghcb.h"

#define MSR_TSC		 0x00000010U
#define MSR_APIC_BASE	 0x0000001bU
#define MSR_X2APIC_FIRST 0x00000800U
#define MSR_X2APIC_LAST	 0x000008ffU
#define MSR_KVM_FIRST	 0x4b564d00U
#define MSR_KVM_LAST	 0x4b564dffU

#define APIC_BASE_VALUE 0xfee00c00UL /* enabled, x2APIC */
#define APIC_BASE_BSP	0x00000100UL

/* Processor-specific registers that Linux looks at on AMD: they read 0 and ignore writes. */
static const uint32_t quiet_msrs[] = {
	0x00000017U, /* platform id */
	0x0000003aU, /* feature control */
	0x0000008bU, /* microcode revision */
	0x00000140U, /* misc feature enables */
	0x000001a0U, /* misc enable */
	0xc0010010U, /* SYSCFG */
	0xc0010015U, /* HWCR */
	0xc001001fU, /* NB_CFG */
	0xc0010055U, /* interrupt pending and C1E */
	0xc0011020U, /* LS_CFG */
	0xc0011022U, /* DC_CFG */
	0xc0011023U, /* BU_CFG / TW_CFG */
	0xc0011029U, /* DE_CFG */
};
#define QUIET_MSRS (sizeof(quiet_msrs) / sizeof(quiet_msrs[0]))

static int is_quiet(uint32_t msr)
{
	for (uint32_t i = 0; i < QUIET_MSRS; i++) {
		if (quiet_msrs[i] == msr) {
			return 1;
		}
	}
	return 0;
}

static int is_x2apic(uint32_t msr)
{
	return msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST;
}

static int is_kvm(uint32_t msr)
{
	return msr >= MSR_KVM_FIRST && msr <= MSR_KVM_LAST;
}

static int read(struct host_cpu *c, uint32_t msr, uint64_t *value)
{
	*value = 0;
	if (is_x2apic(msr)) {
		return apic_read(c, msr, value);
	}
	if (is_kvm(msr)) {
		return clock_read(c, msr, value);
	}
	if (msr == MSR_APIC_BASE) {
		*value = APIC_BASE_VALUE | (c->id == 0 ? APIC_BASE_BSP : 0);
		return 0;
	}
	if (msr == MSR_TSC) {
		*value = svm_tsc();
		return 0;
	}
	return !is_quiet(msr);
}

static int write(struct host_cpu *c, uint32_t msr, uint64_t value)
{
	if (is_x2apic(msr)) {
		return apic_write(c, msr, value);
	}
	if (is_kvm(msr)) {
		return clock_write(c, msr, value);
	}
	return msr != MSR_APIC_BASE && !is_quiet(msr);
}

#define UNKNOWN_LOGGED 16U /* lines, so that a guest cannot flood the log */

static void note_unknown(const struct host_cpu *c, const struct request *r)
{
	static uint32_t lines;

	if (__atomic_fetch_add(&lines, 1, __ATOMIC_RELAXED) < UNKNOWN_LOGGED) {
		emulator_log("no MSR %lx for %s: cpu %u vmpl %u\n", r->rcx,
			     r->info1 ? "write" : "read", c->id, c->vmpl);
	}
}

void msr_serve(struct host_cpu *c, struct ghcb *g, const struct request *r)
{
	uint64_t value = (r->rax & 0xffffffffUL) | r->rdx << 32;
	int unknown;

	if (r->info1 > 1) {
		ghcb_malformed(g, GHCB_INVALID_INPUT);
		return;
	}
	unknown = r->info1 ? write(c, (uint32_t)r->rcx, value) : read(c, (uint32_t)r->rcx, &value);
	if (unknown) {
		note_unknown(c, r);
		ghcb_raise_gp(g);
	} else if (!r->info1) {
		ghcb_set(g, GHCB_RAX, value & 0xffffffffUL);
		ghcb_set(g, GHCB_RDX, value >> 32);
	}
}
