/* GHCB page events (AMD 56421, 4.1), and what the host answers to bad ones (SW_EXITINFO1 2 and
 * its reasons). */
#include "guest/conformance/cpu.h"
#include "check.h"
#include "door.h"
#include "levels.h"
#include "machine.h"

#define EVENTS	 "56421 4.1"
#define LAYOUT	 "56421 2.6"
#define CREATION "56421 4.1 event 0x80000013"
#define DOORBELL "56421 4.1 event 0x80000014"
#define APIC_IDS "56421 4.1 event 0x80000017"
#define RUN	 "56421 4.1 event 0x80000018"
#define FEATURES "56421 4.1 event 0x8000fffd"

#define NO_RAM	       0xd0000000UL
#define UNKNOWN_MSR    0xc0018888UL
#define MSR_X2APIC_ID  0x802UL
#define VMSA_UNALIGNED 0x10UL

struct refusal {
	const char *name;
	const char *source;
	struct exchange x;
	uint64_t status;
};

static const struct refusal refusals[] = {
	{"GHCB/page/no-exit-code", EVENTS, {.omit = OMIT_CODE}, REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/no-info1",
	 EVENTS,
	 {.code = NAE_HV_FEATURES, .omit = OMIT_INFO1},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/no-info2",
	 EVENTS,
	 {.code = NAE_HV_FEATURES, .omit = OMIT_INFO2},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/CPUID/no-RAX",
	 EVENTS,
	 {.code = NAE_CPUID, .omit = OMIT_RAX},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/CPUID/no-RCX",
	 EVENTS,
	 {.code = NAE_CPUID, .omit = OMIT_RCX},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/MSR/no-RCX",
	 EVENTS,
	 {.code = NAE_MSR, .omit = OMIT_RCX},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/MSR/write-no-RAX",
	 EVENTS,
	 {.code = NAE_MSR, .info1 = 1, .omit = OMIT_RAX},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/MSR/write-no-RDX",
	 EVENTS,
	 {.code = NAE_MSR, .info1 = 1, .omit = OMIT_RDX},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/page-state/no-scratch",
	 EVENTS,
	 {.code = NAE_PSC, .omit = OMIT_SCRATCH},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/APIC-ids/no-RAX",
	 APIC_IDS,
	 {.code = NAE_APIC_ID_LIST, .omit = OMIT_RAX},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/DR7-write/no-RAX",
	 EVENTS,
	 {.code = NAE_DR7_WRITE, .omit = OMIT_RAX},
	 REFUSAL(GHCB_MISSING_INPUT)},
	{"GHCB/page/unknown-event-0", EVENTS, {.code = 0}, REFUSAL(GHCB_INVALID_EVENT)},
	{"GHCB/page/unknown-event-0x80000006",
	 EVENTS,
	 {.code = 0x80000006},
	 REFUSAL(GHCB_INVALID_EVENT)},
	{"GHCB/page/unknown-event-all-ones", EVENTS, {.code = ~0UL}, REFUSAL(GHCB_INVALID_EVENT)},
	{"GHCB/page/upper-half-of-the-code",
	 EVENTS,
	 {.code = 1UL << 32 | NAE_CPUID},
	 REFUSAL(GHCB_INVALID_EVENT)},
	{"GHCB/page/usage-1",
	 LAYOUT,
	 {.code = NAE_HV_FEATURES, .usage = 1},
	 REFUSAL(GHCB_BAD_USAGE)},
	{"GHCB/page/usage-all-ones",
	 LAYOUT,
	 {.code = NAE_HV_FEATURES, .usage = ~0U},
	 REFUSAL(GHCB_BAD_USAGE)},
	{"GHCB/page/not-registered",
	 EVENTS,
	 {.code = NAE_HV_FEATURES, .page = OTHER_GPA},
	 REFUSAL(GHCB_NOT_REGISTERED)},
	{"GHCB/page/MSR/unknown-read",
	 EVENTS,
	 {.code = NAE_MSR, .rcx = UNKNOWN_MSR},
	 GHCB_REPLY_EXCEPTION + (GHCB_RAISE_GP << 32)},
	{"GHCB/page/MSR/unknown-write",
	 EVENTS,
	 {.code = NAE_MSR, .info1 = 1, .rcx = UNKNOWN_MSR},
	 GHCB_REPLY_EXCEPTION + (GHCB_RAISE_GP << 32)},
	{"GHCB/page/IOIO/no-width",
	 EVENTS,
	 {.code = NAE_IOIO, .info1 = 0x80UL << 16},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/IOIO/two-widths",
	 EVENTS,
	 {.code = NAE_IOIO, .info1 = 0x80UL << 16 | IOIO_SIZE8 | IOIO_SIZE16},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/IOIO/string-too-long",
	 EVENTS,
	 {.code = NAE_IOIO,
	  .info1 = 0x80UL << 16 | IOIO_STRING | IOIO_REP | IOIO_SIZE8,
	  .info2 = GHCB_BUFFER_SIZE + 1,
	  .scratch = GHCB_GPA + GHCB_BUFFER},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/IOIO/string-from-private-memory",
	 EVENTS,
	 {.code = NAE_IOIO,
	  .info1 = 0x80UL << 16 | IOIO_STRING | IOIO_REP | IOIO_SIZE8,
	  .info2 = 1,
	  .scratch = MODULE_IMAGE_GPA},
	 REFUSAL(GHCB_BAD_SCRATCH)},
	{"GHCB/page/AP-creation/unknown-APIC-id",
	 CREATION,
	 {.code = NAE_AP_CREATION, .info1 = 0xffUL << 32 | AP_DESTROY},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/AP-creation/VMPL4",
	 CREATION,
	 {.code = NAE_AP_CREATION, .info1 = 4UL << 16 | AP_DESTROY},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/AP-creation/VMPL15",
	 CREATION,
	 {.code = NAE_AP_CREATION, .info1 = 15UL << 16 | AP_DESTROY},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/AP-creation/request-3",
	 CREATION,
	 {.code = NAE_AP_CREATION, .info1 = 3UL << 16 | 3},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/AP-creation/request-0xffff",
	 CREATION,
	 {.code = NAE_AP_CREATION, .info1 = 3UL << 16 | 0xffff},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/AP-creation/VMSA-unaligned",
	 CREATION,
	 {.code = NAE_AP_CREATION,
	  .info1 = 3UL << 16 | AP_CREATE,
	  .info2 = MODULE_IMAGE_GPA + VMSA_UNALIGNED},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/AP-creation/VMSA-no-RAM",
	 CREATION,
	 {.code = NAE_AP_CREATION, .info1 = 3UL << 16 | AP_CREATE, .info2 = NO_RAM},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/AP-creation/on-INIT-VMSA-no-RAM",
	 CREATION,
	 {.code = NAE_AP_CREATION, .info1 = 3UL << 16 | AP_CREATE_ON_INIT, .info2 = NO_RAM},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/doorbell/unaligned",
	 DOORBELL,
	 {.code = NAE_HV_DOORBELL, .info1 = 1, .info2 = OTHER_GPA + 8},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/doorbell/no-RAM",
	 DOORBELL,
	 {.code = NAE_HV_DOORBELL, .info1 = 1, .info2 = NO_RAM},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/doorbell/request-4",
	 DOORBELL,
	 {.code = NAE_HV_DOORBELL, .info1 = 4},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/APIC-ids/unaligned",
	 APIC_IDS,
	 {.code = NAE_APIC_ID_LIST, .info1 = OTHER_GPA + 8, .rax = 1},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/APIC-ids/private-page",
	 APIC_IDS,
	 {.code = NAE_APIC_ID_LIST, .info1 = MODULE_IMAGE_GPA, .rax = 1},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/run-VMPL/4",
	 RUN,
	 {.code = NAE_RUN_VMPL, .info1 = 4},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/run-VMPL/all-ones",
	 RUN,
	 {.code = NAE_RUN_VMPL, .info1 = 0xffffffff},
	 REFUSAL(GHCB_INVALID_INPUT)},
	{"GHCB/page/run-VMPL/oneself",
	 RUN,
	 {.code = NAE_RUN_VMPL, .info1 = 0},
	 REFUSAL(GHCB_INVALID_INPUT)},
	/* events without an effect here */
	{"GHCB/page/WBINVD", EVENTS, {.code = NAE_WBINVD}, 0},
	{"GHCB/page/MONITOR", EVENTS, {.code = NAE_MONITOR}, 0},
	{"GHCB/page/MWAIT", EVENTS, {.code = NAE_MWAIT}, 0},
	{"GHCB/page/NMI-complete", EVENTS, {.code = NAE_NMI_COMPLETE}, 0},
	{"GHCB/page/DR7-write", EVENTS, {.code = NAE_DR7_WRITE, .rax = 0x400}, 0},
	{"GHCB/page/run-VMPL/there", RUN, {.code = NAE_RUN_VMPL, .info1 = 2}, 0},
};

static void run_refusals(struct cpu *c)
{
	for (uint32_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct exchange x = refusals[i].x;

		exchange(c, &x);
		check(refusals[i].name, refusals[i].source, exchange_status(&x),
		      refusals[i].status);
	}
}

static uint64_t bits_only(const struct exchange *x, const uint32_t *offsets, uint32_t n)
{
	uint64_t expected[2] = {0, 0};

	for (uint32_t i = 0; i < n; i++) {
		expected[offsets[i] / 8 / 64] |= 1UL << (offsets[i] / 8 % 64);
	}
	return x->valid[0] == expected[0] && x->valid[1] == expected[1];
}

/* A reply marks what it carries and nothing else. */
static void replies(struct cpu *c)
{
	static const uint32_t plain[] = {GHCB_SW_EXITINFO1, GHCB_SW_EXITINFO2};
	static const uint32_t cpuid[] = {GHCB_SW_EXITINFO1, GHCB_SW_EXITINFO2, GHCB_RAX,
					 GHCB_RBX,	    GHCB_RCX,	       GHCB_RDX};
	struct exchange x = {.code = NAE_WBINVD};

	exchange(c, &x);
	check("GHCB/page/reply-marks/plain", LAYOUT, bits_only(&x, plain, 2), 1);
	x = (struct exchange){.code = NAE_CPUID};
	exchange(c, &x);
	check("GHCB/page/reply-marks/CPUID", LAYOUT, bits_only(&x, cpuid, 6), 1);
	x = (struct exchange){.code = 0x80000006};
	exchange(c, &x);
	check("GHCB/page/reply-marks/refusal", LAYOUT, bits_only(&x, plain, 2), 1);
	x = (struct exchange){.code = NAE_DR7_READ};
	exchange(c, &x);
	check("GHCB/page/DR7-read", EVENTS, exchange_has(&x, GHCB_RAX) != 0 ? x.rax_out : 0,
	      VMSA_DR7_RESET);
	x = (struct exchange){.code = NAE_MSR, .rcx = MSR_X2APIC_ID};
	exchange(c, &x);
	check("GHCB/page/MSR/x2APIC-id", EVENTS, exchange_status(&x) + x.rax_out + x.rdx_out, 0);
	x = (struct exchange){
		.code = NAE_IOIO, .info1 = 0x80UL << 16 | IOIO_SIZE32 | IOIO_IN, .rax = ~0UL};
	exchange(c, &x);
	check("GHCB/page/IOIO/32-bit-input", EVENTS, exchange_status(&x) + (x.rax_out >> 32), 0);
}

static void doorbell(struct cpu *c)
{
	struct exchange x = {.code = NAE_HV_DOORBELL, .info1 = 0};

	exchange(c, &x);
	check("GHCB/page/doorbell/no-preference", DOORBELL, x.reply2, ~0UL);
	x = (struct exchange){.code = NAE_HV_DOORBELL, .info1 = 1, .info2 = OTHER_GPA};
	exchange(c, &x);
	check("GHCB/page/doorbell/set", DOORBELL, x.reply2, OTHER_GPA);
	x = (struct exchange){.code = NAE_HV_DOORBELL, .info1 = 2};
	exchange(c, &x);
	check("GHCB/page/doorbell/query", DOORBELL, x.reply2, OTHER_GPA);
	x = (struct exchange){.code = NAE_HV_DOORBELL, .info1 = 3};
	exchange(c, &x);
	check("GHCB/page/doorbell/clear", DOORBELL, x.reply2, ~0UL);
}

static void apic_ids(struct cpu *c)
{
	volatile uint32_t *list = (volatile uint32_t *)OTHER_GPA;
	struct exchange x = {.code = NAE_APIC_ID_LIST, .rax = 0};

	exchange(c, &x);
	check("GHCB/page/APIC-ids/pages-needed", APIC_IDS, x.rax_out, 1);
	list[0] = ~0U;
	list[1] = ~0U;
	x = (struct exchange){.code = NAE_APIC_ID_LIST, .info1 = OTHER_GPA, .rax = 1};
	exchange(c, &x);
	check("GHCB/page/APIC-ids/list", APIC_IDS, list[0] >= 1 && list[0] <= 8 && list[1] == 0, 1);
}

static void features(struct cpu *c)
{
	uint64_t needed = GHCB_FEATURE_SNP | GHCB_FEATURE_AP_CREATION | GHCB_FEATURE_MULTI_VMPL;
	struct exchange x = {.code = NAE_HV_FEATURES};

	exchange(c, &x);
	check("GHCB/page/features", FEATURES, x.reply2 & needed, needed);
}

/* AP creation at a level's own page at a 2M boundary is refused for an erratum; the level stays
 * as it was. */
static void creation(struct cpu *c)
{
	struct probe p = {.rax = DOOR_TEST_GPA, .code = insn_rmpquery};
	struct exchange x = {
		.code = NAE_AP_CREATION, .info1 = 3UL << 16 | AP_CREATE, .info2 = MODULE_BASE};

	exchange(c, &x);
	check("GHCB/page/AP-creation/VMSA-on-2M-boundary", CREATION, exchange_status(&x),
	      REFUSAL(GHCB_INVALID_INPUT));
	level_execute(3, &p);
	check("GHCB/page/AP-creation/refused-changes-nothing", CREATION,
	      p.vector == NO_VECTOR && (uint32_t)p.rax == SNP_FAIL_PERMISSION, 1);
	x = (struct exchange){.code = NAE_AP_CREATION,
			      .info1 = 3UL << 16 | AP_CREATE_ON_INIT,
			      .info2 = level_vmsa(3)};
	exchange(c, &x);
	check("GHCB/page/AP-creation/again", CREATION, exchange_status(&x), 0);
	p = (struct probe){.rax = DOOR_TEST_GPA, .code = insn_rmpquery};
	level_execute(3, &p);
	check("GHCB/page/AP-creation/again-runs", CREATION, p.vector, NO_VECTOR);
}

void ghcb_page_cases(struct cpu *c)
{
	run_refusals(c);
	replies(c);
	doorbell(c);
	apic_ids(c);
	features(c);
	creation(c);
}
