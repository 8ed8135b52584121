/*
 * Fuzz target: what the module makes of the host's replies, in the MSR protocol and in the GHCB page (AMD
 * 56421). The bytes are calls of module/host, and the replies to each of their exits; a reply that the bytes
 * say nothing about is the honest one.
 */
#include "fuzz/fuzz.h"
#include <string.h>
#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include "module/host/console.h"
#include "module/host/ghcb.h"
#include "module/hw/hw.h"
#include "sim/hw_machine.h"

#define CBIT	     39U
#define GHCB_PFN     0x8100UL
#define FEATURES     0x23UL /* SNP, AP creation, several VMPLs */
#define CALLS	     16U    /* in a run, at most */
#define EDITS	     8U	    /* of the page in a reply */
#define BUFFER_FIRST (GHCB_BUFFER / 8)
#define BUFFER_END   ((GHCB_BUFFER + GHCB_BUFFER_SIZE) / 8)
#define VALID_MASK   (GHCB_VALID(GHCB_SW_EXITINFO1) | GHCB_VALID(GHCB_SW_EXITINFO2))

static struct bytes input;
static uint64_t request;   /* the MSR as the host found it at the last exit */
static uint64_t reply;	   /* as it left it */
static uint64_t left[512]; /* the page, too */
static uint64_t found[512];
static uint8_t was_read[512]; /* since then */
static uint32_t exits;	      /* of this call */
static int psc_cursor_wrong;  /* at some exit of this call the cursor went back or beyond the end */
static uint64_t psc_cursor;
static uint64_t psc_count;

/* ---- the host ---- */

static uint64_t honest_msr(void)
{
	switch (request % 0x1000) {
	case GHCB_MSR_SEV_INFO_REQ:
		return 2UL << 48 | 1UL << 32 | (uint64_t)CBIT << 24 | GHCB_MSR_SEV_INFO_RESP;
	case GHCB_MSR_FEATURES_REQ:
		return FEATURES << 12 | GHCB_MSR_FEATURES_RESP;
	case GHCB_MSR_REGISTER_REQ:
		return request - GHCB_MSR_REGISTER_REQ + GHCB_MSR_REGISTER_RESP;
	default:
		return GHCB_MSR_PSC_RESP;
	}
}

static uint64_t msr_reply(void)
{
	switch (bytes_below(&input, 4)) {
	case 1:
		return honest_msr() ^ 1UL << bytes_below(&input, 64);
	case 2:
		return bytes_64(&input);
	case 3: /* a valid one, of another request */
		request = (request & ~0xfffUL) |
			  (bytes_below(&input, 2) ? GHCB_MSR_FEATURES_REQ : GHCB_MSR_PSC_REQ);
		return honest_msr();
	default:
		return honest_msr();
	}
}

static void honest_page(uint64_t *page)
{
	page[GHCB_SW_EXITINFO1 / 8] = 0;
	page[GHCB_SW_EXITINFO2 / 8] = 0;
	if (page[GHCB_SW_EXITCODE / 8] == NAE_PSC) {
		page[BUFFER_FIRST] = (page[BUFFER_FIRST] & ~0xffffUL) | psc_count;
	}
}

/* 0: there are no more edits. */
static int edit_page(uint64_t *page)
{
	switch (bytes_below(&input, 6)) {
	case 1:
		page[GHCB_SW_EXITINFO1 / 8] = bytes_number(&input);
		return 1;
	case 2:
		page[GHCB_SW_EXITINFO2 / 8] = bytes_number(&input);
		return 1;
	case 3:
		page[GHCB_VALID_BITMAP / 8 + 1] ^= 1UL << bytes_below(&input, 64);
		return 1;
	case 4:
		page[BUFFER_FIRST] = (page[BUFFER_FIRST] & ~0xffffUL) | bytes_16(&input);
		return 1;
	case 5:
		page[bytes_16(&input) % 512] = bytes_64(&input);
		return 1;
	default:
		return 0;
	}
}

static void note_cursor(void)
{
	uint64_t cursor = left[BUFFER_FIRST] % 0x10000;

	psc_cursor_wrong |= cursor < psc_cursor || cursor > psc_count;
	psc_cursor = cursor;
}

static void host(uint32_t cpu)
{
	uint64_t *page = hw_ghcb_words[cpu];
	uint32_t i;

	exits++;
	memset(was_read, 0, sizeof(was_read));
	request = hw_ghcb_msr[cpu];
	memcpy(found, page, sizeof(found));
	if (request % 0x1000 != 0) {
		reply = msr_reply();
		hw_ghcb_msr[cpu] = reply;
		return;
	}
	honest_page(page);
	for (i = 0; i < EDITS && edit_page(page); i++) {
	}
	memcpy(left, page, sizeof(left));
	note_cursor();
}

static void on_look(uint32_t cpu, uint32_t offset)
{
	uint32_t word = offset / 8;

	(void)cpu;
	if (word >= 512 || was_read[word]) {
		fuzz_finding("offset %#x of the reply is read %s", offset,
			     word >= 512 ? "beyond the page" : "twice");
	}
	was_read[word] = 1;
}

/* ---- what must follow from a reply ---- */

static void expect(int good, const char *what)
{
	if (!good) {
		fuzz_finding("ghcb: %s", what);
	}
}

static int info_is_good(void)
{
	return reply % 0x1000 == GHCB_MSR_SEV_INFO_RESP && reply >> 48 >= 2 &&
	       (reply >> 32 & 0xffff) <= 2 && (reply >> 12 & 0xfff) == 0;
}

static void negotiate(void)
{
	int end = HW_RUN(ghcb_negotiate(CBIT));
	int cbit_is_good = (reply >> 24 & 0xff) == CBIT;

	expect(end == (!info_is_good() ? REASON_GHCB_PROTOCOL
		       : !cbit_is_good ? REASON_CBIT
				       : 0),
	       "negotiation");
}

static void features(void)
{
	static uint64_t got;
	int end = HW_RUN(got = ghcb_features(FEATURES));
	int good = reply % 0x1000 == GHCB_MSR_FEATURES_RESP && (reply >> 12 & FEATURES) == FEATURES;

	expect(end == (good ? 0 : REASON_GHCB_PROTOCOL), "features of the host");
	expect(end != 0 || got == reply >> 12, "features as they were told");
}

static void registration(void)
{
	int end = HW_RUN(ghcb_register(GHCB_PFN));
	int good = reply == (GHCB_PFN << 12 | GHCB_MSR_REGISTER_RESP);

	expect(end == (good ? 0 : REASON_GHCB_REPLY), "registration of the page");
	expect(end != 0 || hw_ghcb_msr[0] == GHCB_PFN << 12, "the MSR names the page");
}

static void page_state(void)
{
	int end = HW_RUN(ghcb_page_state(0x1234, GHCB_PSC_SHARED));

	expect(end == (reply == GHCB_MSR_PSC_RESP ? 0 : REASON_GHCB_REPLY), "page state");
}

static int is_marked(void)
{
	return (left[GHCB_VALID_BITMAP / 8 + 1] & VALID_MASK) == VALID_MASK;
}

/* The page as the host found it: complete, and nothing beyond the buffer. */
static void check_found(void)
{
	expect(found[GHCB_VALID_BITMAP / 8] == GHCB_VALID_LOW &&
		       found[GHCB_VALID_BITMAP / 8 + 1] == GHCB_VALID_HIGH,
	       "valid bitmap of the request");
	expect(found[GHCB_USAGE / 8] == GHCB_VERSION * 0x10000UL, "version and usage");
}

static void page_call(uint32_t kind)
{
	static int result;
	int end;

	hw_ghcb_msr[0] = GHCB_PFN << 12;
	if (kind == 0) {
		end = HW_RUN(result = ghcb_run_vmpl(2));
	} else if (kind == 1) {
		end = HW_RUN(result = ghcb_ap_create(3, 2, 0x7000, 0x29, AP_CREATE));
	} else {
		end = HW_RUN(result = ghcb_out8(CONSOLE_PORT, 'x'));
	}
	check_found();
	expect(end == (is_marked() ? 0 : REASON_GHCB_REPLY), "fields that are not marked valid");
	expect(end != 0 || result == (left[GHCB_SW_EXITINFO1 / 8] % 0x100000000 == 0 ? 0 : -1),
	       "status of the reply");
}

static void check_list(uint64_t gpfn, uint32_t size, uint64_t op)
{
	uint64_t frames = size == SNP_SIZE_2M ? 512 : 1, i;

	for (i = 0; i < psc_count; i++) {
		uint64_t entry = (uint64_t)size << 56 | op << 52 | (gpfn + i * frames) << 12;

		/* The host may have edited it at an earlier exit of this call. */
		expect(exits > 1 || found[BUFFER_FIRST + 1 + i] == entry, "entry of a list");
	}
}

static void page_state_list(void)
{
	uint32_t size = bytes_below(&input, 2);
	uint64_t op = bytes_below(&input, 2) ? GHCB_PSC_SHARED : GHCB_PSC_PRIVATE;
	uint64_t behind = hw_ghcb_words[0][BUFFER_END];
	int end;

	psc_count = bytes_16(&input) % 300;
	psc_cursor = 0;
	psc_cursor_wrong = 0;
	hw_ghcb_msr[0] = GHCB_PFN << 12;
	end = HW_RUN(ghcb_page_state_list(GHCB_PFN, 0x400, psc_count, size, op));
	if (psc_count == 0 || psc_count > GHCB_PSC_MAX) {
		expect(end == REASON_STATE, "length of a list");
		expect(exits == 0 && hw_ghcb_words[0][BUFFER_END] == behind, "buffer of a list");
		return;
	}
	check_found();
	check_list(0x400, size, op);
	expect(found[GHCB_SW_SCRATCH / 8] == GHCB_PFN * PAGE_SIZE + GHCB_BUFFER, "scratch area");
	expect(exits <= psc_count * 512 + 1, "exits of a list");
	expect(end == 0 || end == REASON_GHCB_REPLY, "end of a list");
	expect(end != 0 || (is_marked() && left[GHCB_SW_EXITINFO1 / 8] % 0x100000000 == 0 &&
			    left[GHCB_SW_EXITINFO2 / 8] == 0 && !psc_cursor_wrong &&
			    psc_cursor == psc_count),
	       "a list that is done");
}

static void console(void)
{
	int end;

	hw_ghcb_msr[0] = GHCB_PFN << 12;
	end = HW_RUN((console_hex(bytes_number(&input)), console_decimal(bytes_number(&input)),
		      console_line("x")));
	expect(end == 0 || end == REASON_GHCB_REPLY, "console");
}

/* ---- the target ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	hw_machine_reset();
	return 0;
}

static void call(void)
{
	uint32_t kind = bytes_below(&input, 10);

	exits = 0;
	switch (kind) {
	case 1:
		negotiate();
		break;
	case 2:
		features();
		break;
	case 3:
		registration();
		break;
	case 4:
		page_state();
		break;
	case 5:
		page_state_list();
		break;
	case 6:
		console();
		break;
	default:
		page_call(kind % 3);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t i;

	input = (struct bytes){data, size};
	memset(hw_ghcb_words, 0, sizeof(hw_ghcb_words));
	hw_trace.count = 0;
	hw_vmgexit_host = host;
	hw_ghcb_look = on_look;
	for (i = 0; i < CALLS && input.left > 0; i++) {
		call();
	}
	return 0;
}
