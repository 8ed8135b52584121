/* Lies at VMGEXIT: GHCB MSR protocol and GHCB page (catalogue, group 4). */
#include <stddef.h>
#include <string.h>
#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include "module/host/console.h"
#include "module/host/ghcb.h"
#include "module/hw/hw.h"
#include "module/services/request.h"
#include "sim/attack.h"
#include "sim/attacks/play.h"
#include "sim/boot.h"

#define GHCB_PFN (SIM_MODULE + 0x100)
#define ENTRIES	 10U

/* Ends the module where the attacker has got what he wanted; no reason of the module. */
#define GOT_IT 0x110

static uint64_t *word_of(uint32_t cpu, uint32_t offset)
{
	return &hw_ghcb_words[cpu][offset / 8];
}

/* What the module asks; the reason of its end, 0 if it takes the reply. */
static int ask_list(void)
{
	return HW_RUN(
		ghcb_page_state_list(GHCB_PFN, 0x400, ENTRIES, SNP_SIZE_4K, GHCB_PSC_PRIVATE));
}

static int ask_register(void)
{
	return HW_RUN(ghcb_register(GHCB_PFN));
}

static int ask_sev_info(void)
{
	return HW_RUN(ghcb_negotiate(BOOT_CBIT));
}

/* A module whose GHCB page is in use, and a host with this lie. */
static void begin(void (*lie)(uint32_t cpu, uint64_t request))
{
	boot_host_reset();
	(void)ask_register();
	boot_host.exits = 0;
	boot_host.lie = lie;
}

/* The lie that the cases below tell, one after the other. */
static uint64_t lie_value;

static void lie_msr(uint32_t cpu, uint64_t request)
{
	(void)request;
	hw_ghcb_msr[cpu] = lie_value;
}

/* ---- AT-081 ---- */

static int ask_long_list(uint64_t count)
{
	return HW_RUN(ghcb_page_state_list(GHCB_PFN, 0, count, SNP_SIZE_4K, GHCB_PSC_PRIVATE));
}

/* One entry more than the buffer in the GHCB page holds, or many more. */
static struct attack_outcome buffer_offset_overflow(void)
{
	static const uint64_t counts[] = {GHCB_PSC_MAX + 1, GHCB_PSC_MAX + 2, 0x10000, ~0UL, 0};
	const uint32_t behind = GHCB_BUFFER + GHCB_BUFFER_SIZE;
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(counts); i++) {
		begin(NULL);
		reason = ask_long_list(counts[i]);
		if (*word_of(0, behind) != 0 || reason != REASON_STATE) {
			return attack_won(
				"%lu entries: the word behind the buffer is %#lx (reason %#x)",
				counts[i], *word_of(0, behind), (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_STATE);
}

/* ---- AT-091 ---- */

/* Each position but the right one, at the step of the start that asks the host. */
static struct attack_outcome cbit_lie(void)
{
	uint64_t position;
	int reason;

	for (position = 0; position < 256; position++) {
		boot_host_reset();
		boot_host.sev_info =
			2UL << 48 | 1UL << 32 | position << 24 | GHCB_MSR_SEV_INFO_RESP;
		reason = ask_sev_info();
		if (position != BOOT_CBIT && reason != REASON_CBIT) {
			return attack_won("the module goes on with the C-bit at %lu (reason %#x)",
					  position, (unsigned)reason);
		}
		if (position == BOOT_CBIT && reason != 0) {
			return attack_broken("the true position is refused");
		}
	}
	return attack_refused("255 wrong positions, each ends the VM with reason %#x", REASON_CBIT);
}

/* ---- AT-104 ---- */

static void lie_bitmap(uint32_t cpu, uint64_t request)
{
	(void)request;
	*word_of(cpu, GHCB_VALID_BITMAP + 8) &= ~lie_value;
}

/* The list is said to be done by a reply that lacks the marks of its fields. */
static struct attack_outcome ghcb_reply_malformed(void)
{
	static const uint64_t gone[] = {GHCB_VALID(GHCB_SW_EXITINFO1),
					GHCB_VALID(GHCB_SW_EXITINFO2), GHCB_VALID_HIGH, ~0UL};
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(gone); i++) {
		lie_value = gone[i];
		begin(lie_bitmap);
		reason = ask_list();
		if (reason != REASON_GHCB_REPLY) {
			return attack_won("fields %#lx are not marked, and used (reason %#x)",
					  gone[i], (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_GHCB_REPLY);
}

/* ---- AT-105 ---- */

static uint32_t looks[PAGE_WORDS];

/* The page is another one at every look. */
static void flip(uint32_t cpu, uint32_t offset)
{
	if (looks[offset / 8] > 0) {
		hw_ghcb_words[cpu][offset / 8] ^= 0x8000000000000001UL;
	}
	looks[offset / 8]++;
}

static struct attack_outcome ghcb_flip(void)
{
	uint32_t i;
	int reason;

	begin(NULL);
	memset(looks, 0, sizeof(looks));
	hw_ghcb_look = flip;
	reason = ask_list();
	for (i = 0; i < PAGE_WORDS; i++) {
		if (looks[i] > 1) {
			return attack_won("the word at %#x of the reply is read %u times: what was "
					  "checked is not what is used",
					  8 * i, looks[i]);
		}
	}
	return reason == 0 ? attack_refused("each word of the reply is read once, and no more")
			   : attack_broken("reason %#x", (unsigned)reason);
}

/* ---- AT-106 ---- */

/* The exit comes back as if nothing had been: the request stands where the reply should. */
static void skip_msr(uint32_t cpu, uint64_t request)
{
	memset(boot_host.registered, 0, sizeof(boot_host.registered));
	hw_ghcb_msr[cpu] = request;
}

static struct attack_outcome vmgexit_skip(void)
{
	int reason;

	begin(skip_msr);
	reason = ask_register();
	if (reason == 0) {
		return attack_won("the module uses a GHCB page that the host has not registered");
	}
	return attack_judge_end(reason, REASON_GHCB_REPLY);
}

/* ---- AT-107 ---- */

/* The request fails, and the page still shows the cursor of one that went well. */
static void fail_with_old_output(uint32_t cpu, uint64_t request)
{
	(void)request;
	*word_of(cpu, GHCB_SW_EXITINFO1) = GHCB_REPLY_MALFORMED;
}

static struct attack_outcome stale_reply_output(void)
{
	int reason;

	begin(fail_with_old_output);
	reason = ask_list();
	if (reason == 0) {
		return attack_won("a list that failed counts as done, by the cursor of before");
	}
	return attack_judge_end(reason, REASON_GHCB_REPLY);
}

/* ---- AT-108 ---- */

static struct attack_outcome msr_reply_mismatch(void)
{
	static const uint64_t replies[] = {
		GHCB_PFN * PAGE_SIZE + GHCB_MSR_REGISTER_REQ,	     /* the request */
		GHCB_PFN * PAGE_SIZE + GHCB_MSR_PSC_RESP,	     /* of another one */
		GHCB_MSR_NO_PREFERRED + GHCB_MSR_REGISTER_RESP,	     /* refused */
		(GHCB_PFN + 1) * PAGE_SIZE + GHCB_MSR_REGISTER_RESP, /* another frame */
		(GHCB_PFN - 1) * PAGE_SIZE + GHCB_MSR_REGISTER_RESP,
		GHCB_PFN * PAGE_SIZE + GHCB_MSR_REGISTER_RESP + (1UL << 52), /* beyond it */
		0,
		~0UL,
	};
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(replies); i++) {
		lie_value = replies[i];
		begin(lie_msr);
		reason = ask_register();
		if (reason != REASON_GHCB_REPLY) {
			return attack_won(
				"frame %#lx is asked for, reply %#lx accepted (reason %#x)",
				GHCB_PFN, replies[i], (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_GHCB_REPLY);
}

/* ---- AT-109 ---- */

static const uint64_t *cursors; /* what the header's first field says after each exit */

static void lie_cursor(uint32_t cpu, uint64_t request)
{
	uint64_t *header = word_of(cpu, GHCB_BUFFER);

	(void)request;
	if (boot_host.exits > ENTRIES * PAGES_PER_2M + 1) {
		hw_terminate(GOT_IT); /* it would go on for ever */
	}
	*header = (*header & ~0xffffUL) | cursors[boot_host.exits == 1 ? 0 : 1];
}

static struct attack_outcome psc_cursor(void)
{
	static const uint64_t lies[][2] = {
		{ENTRIES + 1, ENTRIES}, /* beyond the end */
		{0xffff, ENTRIES},
		{5, 4}, /* back */
		{0, 0}, /* never on */
		{5, 5},
	};
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(lies); i++) {
		cursors = lies[i];
		begin(lie_cursor);
		reason = ask_list();
		if (reason != REASON_GHCB_REPLY) {
			return attack_won(
				"cursor %lu, then %lu of %u entries is accepted (reason %#x)",
				lies[i][0], lies[i][1], ENTRIES, (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_GHCB_REPLY);
}

/* ---- AT-110 ---- */

static int start_with(uint64_t sev_info, uint64_t features)
{
	boot_reset();
	boot_host.sev_info = sev_info;
	boot_host.features = features;
	return boot_start();
}

static void stop_at_console(uint32_t cpu, uint64_t request)
{
	(void)cpu;
	if (GHCB_MSR_CODE(request) == 0) {
		hw_terminate(BOOT_MET_HOST);
	}
}

static struct attack_outcome features_shrink(void)
{
	static const uint64_t ranges[][2] = {{1, 1}, {3, 3}, {0, 0}, {1, 2}, {0xffff, 3}};
	const uint64_t all = GHCB_FEATURE_SNP | GHCB_FEATURE_AP_CREATION | GHCB_FEATURE_MULTI_VMPL;
	const uint64_t without[] = {GHCB_FEATURE_SNP, GHCB_FEATURE_AP_CREATION,
				    GHCB_FEATURE_MULTI_VMPL, all};
	size_t i;
	int reason;

	for (i = 0; i < LENGTH(ranges); i++) {
		reason = start_with(ranges[i][0] << 48 | ranges[i][1] << 32 | BOOT_CBIT << 24 |
					    GHCB_MSR_SEV_INFO_RESP,
				    all);
		if (reason != REASON_GHCB_PROTOCOL) {
			return attack_won("versions %lu to %lu are accepted (reason %#x)",
					  ranges[i][1], ranges[i][0], (unsigned)reason);
		}
	}
	for (i = 0; i < LENGTH(without); i++) {
		boot_reset();
		boot_host.features = all & ~without[i];
		boot_host.lie = stop_at_console;
		reason = boot_start();
		if (reason != REASON_GHCB_PROTOCOL) {
			return attack_won("the module starts without features %#lx (reason %#x)",
					  without[i], (unsigned)reason);
		}
	}
	return attack_judge_end(reason, REASON_GHCB_PROTOCOL);
}

/* ---- AT-111 ---- */

/* The host runs nothing, and says so. */
static void refuse_run(uint32_t cpu, uint64_t request)
{
	(void)request;
	if (boot_host.exits > 1000) {
		hw_terminate(GOT_IT);
	}
	*word_of(cpu, GHCB_SW_EXITINFO1) = GHCB_REPLY_MALFORMED;
}

/* The host says that it has run the guest, and has not: the call that waits is served once. */
static void lie_run(uint32_t cpu, uint64_t request)
{
	(void)cpu;
	(void)request;
	if (boot_host.exits > 3) {
		hw_terminate(GOT_IT);
	}
}

static void with_guest(void (*lie)(uint32_t cpu, uint64_t request))
{
	struct sim_registers r = {.rax = SIM_CALL(0, 6), .rcx = 1};

	begin(lie);
	sim_prepare(sim_startup, r, 1);
}

static struct attack_outcome run_vmpl_lie(void)
{
	int reason;

	with_guest(lie_run);
	reason = HW_RUN(request_loop(0));
	if (reason != GOT_IT || sim_pending(sim_startup) != 0) {
		return attack_broken("reason %#x", (unsigned)reason);
	}
	with_guest(refuse_run);
	reason = HW_RUN(request_loop(0));
	if (reason == GOT_IT) {
		return attack_won("refused 1000 times, the module goes on as if the guest had run");
	}
	return reason == HW_STUCK
		       ? attack_judge("one call served once; refused, the module halts this CPU")
		       : attack_broken("reason %#x", (unsigned)reason);
}

/* ---- AT-115 ---- */

static void refuse_byte(uint32_t cpu, uint64_t request)
{
	(void)request;
	if (boot_host.exits > 1000) {
		hw_terminate(GOT_IT);
	}
	*word_of(cpu, GHCB_SW_EXITINFO1) = GHCB_REPLY_MALFORMED;
	*word_of(cpu, GHCB_RAX) = 0xffffffffffffffffUL; /* what a read of the port would give */
}

static struct attack_outcome console_lie(void)
{
	int reason;

	begin(refuse_byte);
	reason = HW_RUN(console_line("ready"));
	if (reason == GOT_IT) {
		return attack_won("the module waits for ever for a port that is never ready");
	}
	return reason == 0 ? attack_refused("7 bytes, %u exits: output is not waited for",
					    boot_host.exits)
			   : attack_won("a refused byte ends the VM, reason %#x", (unsigned)reason);
}

const struct attack attacks_ghcb[] = {
	{"AT-081", "buffer-offset-overflow", "both",
	 "a page state change list is longer than the buffer in the GHCB page",
	 "module/host/ghcb.c: ghcb_page_state_list bounds the count", "psc_fill: count",
	 "proof/red/psc-buffer-overflow.patch", buffer_offset_overflow},
	{"AT-091", "cbit-lie", "hypervisor",
	 "the host names each wrong position of the C-bit when the module asks",
	 "module/host/ghcb.c: ghcb_negotiate compares it with the CPUID page's",
	 "ghcb_negotiate: cbit", "proof/red/ghcb-cbit.patch", cbit_lie},
	{"AT-104", "ghcb-reply-malformed", "hypervisor",
	 "the reply of a page state change lacks the marks of its fields",
	 "module/host/ghcb.c: ghcb_take demands the valid bits", "ghcb_take: marked",
	 "proof/red/ghcb-unmarked.patch", ghcb_reply_malformed},
	{"AT-105", "ghcb-flip", "hypervisor",
	 "every word of the reply changes after the first look at it",
	 "module/host/ghcb.c: ghcb_take and psc_current read each word once", "ghcb_take: reply",
	 "proof/red/ghcb-flip.patch", ghcb_flip},
	{"AT-106", "vmgexit-skip", "hypervisor",
	 "the host comes back from the registration of the GHCB without having done anything",
	 "module/host/ghcb.c: ghcb_msr_call compares the response code", "ghcb_msr_call: reply",
	 "proof/red/ghcb-wrong-reply.patch", vmgexit_skip},
	{"AT-107", "stale-reply-output", "hypervisor",
	 "a page state change fails while the page still has the cursor of one that went well",
	 "module/host/ghcb.c: psc_round looks at the status first", "psc_round: status",
	 "tests/attacks/psc-status-ignored.patch", stale_reply_output},
	{"AT-108", "msr-reply-mismatch", "hypervisor",
	 "to the registration of a GHCB the host replies with other codes, frames and bits",
	 "module/host/ghcb.c: ghcb_register compares the frame", "ghcb_register: reply",
	 "proof/red/ghcb-registered-elsewhere.patch", msr_reply_mismatch},
	{"AT-109", "psc-cursor", "hypervisor",
	 "the cursor of a page state change jumps beyond the end, goes back, or stands still",
	 "module/host/ghcb.c: psc_round bounds it, ghcb_page_state_list counts rounds",
	 "psc_round: progress", "proof/red/psc-cursor.patch", psc_cursor},
	{"AT-110", "features-shrink", "hypervisor",
	 "the host has a range of protocol versions that is none, or lacks a feature",
	 "module/host/ghcb.c: ghcb_negotiate, ghcb_features", "ghcb_features: required",
	 "tests/attacks/features-any.patch", features_shrink},
	{"AT-111", "run-vmpl-lie", "hypervisor",
	 "the host says that the guest has run when it has not, and that it refuses to run it",
	 "module/services/request.c: request_loop looks at the reply and at the vCPU again",
	 "ghcb_run_vmpl: result", "tests/attacks/run-vmpl-unchecked.patch", run_vmpl_lie},
	{"AT-115", "console-lie", "hypervisor",
	 "the port of the console refuses every byte, and reads as 0xff",
	 "module/host/console.c: console_byte sends and goes on",
	 "none: how long output takes is no clause", "tests/attacks/console-wait.patch",
	 console_lie},
	{0},
};
