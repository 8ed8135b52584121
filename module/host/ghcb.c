/* Talking to the host: GHCB MSR protocol and GHCB page. */
#include "module/host/ghcb.h"
#include "module/hw/hw.h"
#include <verismo/ghcb.h>
#include <verismo/reasons.h>

#define FIELD_52 0x10000000000000UL /* 2^52: operation of a page state change */
#define FIELD_48 0x1000000000000UL  /* 2^48: maximum version */
#define FIELD_32 0x100000000UL
#define FIELD_24 0x1000000UL /* C-bit position */
#define FIELD_16 0x10000UL
#define FIELD_12 0x1000UL /* data behind the code */

/* ---- MSR protocol ---- */

/*@
  // Requests of the MSR protocol and their replies, by code (56421, section 2.3.1).
  predicate ghcb_answers(integer request, integer reply) =
    (request == GHCB_MSR_SEV_INFO_REQ && reply == GHCB_MSR_SEV_INFO_RESP) ||
    (request == GHCB_MSR_REGISTER_REQ && reply == GHCB_MSR_REGISTER_RESP) ||
    (request == GHCB_MSR_PSC_REQ && reply == GHCB_MSR_PSC_RESP) ||
    (request == GHCB_MSR_FEATURES_REQ && reply == GHCB_MSR_FEATURES_RESP);
*/
/* The reply, whose code is expected. */
/*@
  requires answers: ghcb_answers(ghcb_code(request), expected);
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures request: ghcb_sent.request == request;
  ensures reply: \result == ghcb_sent.reply && ghcb_code(\result) == expected;
*/
static uint64_t ghcb_msr_call(uint64_t request, uint64_t expected, uint32_t reason)
{
	uint64_t reply;

	hw_ghcb_msr_write(request);
	hw_vmgexit();
	/*@ ghost ghcb_sent.request = hw_ghcb.msr; */
	/*@ ghost ghcb_sent.ready = 0; */
	reply = hw_ghcb_msr_read();
	/*@ ghost ghcb_sent.reply = reply; */
	if (GHCB_MSR_CODE(reply) != expected) {
		hw_terminate(reason);
	}
	return reply;
}

void ghcb_negotiate(uint32_t cbit)
{
	uint64_t reply =
		ghcb_msr_call(GHCB_MSR_SEV_INFO_REQ, GHCB_MSR_SEV_INFO_RESP, REASON_GHCB_PROTOCOL);

	if (reply / FIELD_48 < GHCB_VERSION || reply / FIELD_32 % FIELD_16 > GHCB_VERSION ||
	    reply / FIELD_12 % FIELD_12 != 0) {
		hw_terminate(REASON_GHCB_PROTOCOL);
	}
	if (reply / FIELD_24 % 256 != cbit) {
		hw_terminate(REASON_CBIT);
	}
}

uint64_t ghcb_features(uint64_t required)
{
	uint64_t reply =
		ghcb_msr_call(GHCB_MSR_FEATURES_REQ, GHCB_MSR_FEATURES_RESP, REASON_GHCB_PROTOCOL);
	uint64_t features = reply / FIELD_12;

	if ((features & required) != required) {
		hw_terminate(REASON_GHCB_PROTOCOL);
	}
	return features;
}

void ghcb_register(uint64_t gpfn)
{
	uint64_t reply = ghcb_msr_call(gpfn * PAGE_SIZE + GHCB_MSR_REGISTER_REQ,
				       GHCB_MSR_REGISTER_RESP, REASON_GHCB_REPLY);

	if (reply / FIELD_12 != gpfn) {
		hw_terminate(REASON_GHCB_REPLY);
	}
	ghcb_use(gpfn);
}

void ghcb_page_state(uint64_t gpfn, uint64_t op)
{
	uint64_t reply = ghcb_msr_call(op * FIELD_52 + gpfn * PAGE_SIZE + GHCB_MSR_PSC_REQ,
				       GHCB_MSR_PSC_RESP, REASON_GHCB_REPLY);

	if (reply / FIELD_12 != 0) {
		hw_terminate(REASON_GHCB_REPLY);
	}
}

void ghcb_use(uint64_t gpfn)
{
	hw_ghcb_msr_write(gpfn * PAGE_SIZE);
	/*@ ghost ghcb_sent.pfn = gpfn; */
	/*@ ghost ghcb_sent.ready = 1; */
}

/* ---- page protocol ---- */

/* An exit to the host. */
struct ghcb_exit {
	uint64_t code;
	uint64_t info1;
	uint64_t info2;
	uint64_t rax;
	uint64_t scratch;
};
/* status = SW_EXITINFO1 [31:0] of the reply. */
struct ghcb_reply {
	uint64_t status;
	uint64_t info2;
};

#define VALID_INFO1 GHCB_VALID(GHCB_SW_EXITINFO1)
#define VALID_INFO2 GHCB_VALID(GHCB_SW_EXITINFO2)
_Static_assert(GHCB_VALID_LOW == GHCB_VALID(GHCB_RAX), "fields below 0x200");
_Static_assert(GHCB_VALID_HIGH == GHCB_VALID(GHCB_SW_EXITCODE) + VALID_INFO1 + VALID_INFO2 +
					  GHCB_VALID(GHCB_SW_SCRATCH),
	       "fields from 0x200 on");

/*@
  predicate ghcb_page_is(struct ghcb_exit e) =
    ghcb_page_says(e.code, e.info1, e.info2, e.rax, e.scratch);
  predicate ghcb_same_buffer{A, B} = \forall integer k;
    GHCB_BUFFER / 8 <= k < (GHCB_BUFFER + GHCB_BUFFER_SIZE) / 8 ==>
      \at(hw_ghcb.word[k], B) == \at(hw_ghcb.word[k], A);
*/

/* One word of the page. */
/*@
  requires range: offset < 4096 && offset % 8 == 0;
  terminates \true;
  exits \false;
  assigns hw_ghcb, hw_world;
  ensures put: hw_ghcb == {{\old(hw_ghcb) \with .word[offset / 8] = value} \with .answered = (uint32_t)0};
*/
static void ghcb_put(uint32_t offset, uint64_t value)
{
	hw_ghcb_write64(offset, value);
}

/*@
  terminates \true;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures filled: ghcb_page_is(e);
  ensures buffer: ghcb_same_buffer{Pre, Post};
*/
static void ghcb_fill(struct ghcb_exit e)
{
	ghcb_put(GHCB_VALID_BITMAP, 0);
	ghcb_put(GHCB_VALID_BITMAP + 8, 0);
	ghcb_put(GHCB_RAX, e.rax);
	ghcb_put(GHCB_SW_EXITCODE, e.code);
	ghcb_put(GHCB_SW_EXITINFO1, e.info1);
	ghcb_put(GHCB_SW_EXITINFO2, e.info2);
	ghcb_put(GHCB_SW_SCRATCH, e.scratch);
	/* Protocol version at 0xffa, usage 0 at 0xffc: one word. */
	ghcb_put(GHCB_VERSION_FIELD - 2, GHCB_VERSION * FIELD_16);
	ghcb_put(GHCB_VALID_BITMAP, GHCB_VALID_LOW);
	ghcb_put(GHCB_VALID_BITMAP + 8, GHCB_VALID_HIGH);
}

/* The exit, with the page complete and the MSR naming it. */
/*@
  requires ready: ghcb_ready;
  requires complete: ghcb_page_complete;
  terminates \true;
  exits \false;
  assigns GHCB_ALL;
  ensures left: hw_ghcb == {\old(hw_ghcb) \with .answered = (uint32_t)1};
  ensures unread: ghcb_sent == {\old(ghcb_sent) \with .unread = (uint32_t)GHCB_UNREAD_ALL};
*/
static void ghcb_leave(void)
{
	hw_vmgexit();
	/*@ ghost ghcb_sent.unread = GHCB_UNREAD_ALL; */
}

/* Copies the reply, which has not been read before. Its fields must be marked valid. */
/*@
  requires once: ghcb_sent.unread == GHCB_UNREAD_ALL && hw_ghcb.answered == 1;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post} && hw_ghcb == \old(hw_ghcb);
  ensures read: ghcb_sent.unread == GHCB_UNREAD_LIST;
  ensures marked: ghcb_marked;
  ensures reply: \result.status == ghcb_status && \result.info2 == ghcb_sent.info2;
*/
static struct ghcb_reply ghcb_take(void)
{
	uint64_t valid = hw_ghcb_read64(GHCB_VALID_BITMAP + 8);
	uint64_t info1 = hw_ghcb_read64(GHCB_SW_EXITINFO1);
	uint64_t info2 = hw_ghcb_read64(GHCB_SW_EXITINFO2);
	struct ghcb_reply reply = {.status = info1 % FIELD_32, .info2 = info2};

	/*@ ghost ghcb_sent.valid = valid; */
	/*@ ghost ghcb_sent.info1 = info1; */
	/*@ ghost ghcb_sent.info2 = info2; */
	/*@ ghost ghcb_sent.unread = GHCB_UNREAD_LIST; */
	if ((valid & VALID_INFO1) == 0 || (valid & VALID_INFO2) == 0) {
		hw_terminate(REASON_GHCB_REPLY);
	}
	return reply;
}

/* Fills, exits, and takes the reply. */
/*@
  requires ready: ghcb_ready;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures sent: ghcb_page_is(e);
  ensures buffer: ghcb_same_buffer{Pre, Post};
  ensures read: ghcb_sent.unread == GHCB_UNREAD_LIST && hw_ghcb.answered == 1;
  ensures marked: ghcb_marked;
  ensures reply: \result.status == ghcb_status && \result.info2 == ghcb_sent.info2;
*/
static struct ghcb_reply ghcb_call(struct ghcb_exit e)
{
	ghcb_fill(e);
	ghcb_leave();
	return ghcb_take();
}

int ghcb_run_vmpl(uint32_t vmpl)
{
	struct ghcb_exit e = {.code = NAE_RUN_VMPL, .info1 = vmpl};

	return ghcb_call(e).status == GHCB_REPLY_OK ? 0 : -1;
}

int ghcb_ap_create(uint32_t apic, uint32_t vmpl, uint64_t vmsa_gpa, uint64_t features,
		   uint32_t request)
{
	struct ghcb_exit e = {
		.code = NAE_AP_CREATION,
		.info1 = apic * FIELD_32 + vmpl * FIELD_16 + request,
		.info2 = vmsa_gpa,
		.rax = features,
	};

	return ghcb_call(e).status == GHCB_REPLY_OK ? 0 : -1;
}

int ghcb_out8(uint16_t port, uint8_t value)
{
	struct ghcb_exit e = {
		.code = NAE_IOIO,
		.info1 = port * FIELD_16 + IOIO_SIZE8,
		.rax = value,
	};

	return ghcb_call(e).status == GHCB_REPLY_OK ? 0 : -1;
}

/* ---- page state change list: header word, then entries, in the GHCB's buffer ---- */

/*@
  requires range: gpfn < 0x10000000000 && size <= 1;
  requires op: op == GHCB_PSC_PRIVATE || op == GHCB_PSC_SHARED;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures fields: ghcb_psc_entry(\result, gpfn, size, op);
*/
static uint64_t psc_entry(uint64_t gpfn, uint32_t size, uint64_t op)
{
	return (16 * size + op) * FIELD_52 + gpfn * PAGE_SIZE;
}

/*@
  requires count: 1 <= count <= GHCB_PSC_MAX;
  requires range: gpfn < HW_PFNS && size <= 1;
  requires op: op == GHCB_PSC_PRIVATE || op == GHCB_PSC_SHARED;
  terminates \true;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures header: hw_ghcb.word[GHCB_BUFFER / 8] == (count - 1) * FIELD_16;
  ensures entries: ghcb_psc_filled(gpfn, count, size, op);
*/
static void psc_fill(uint64_t gpfn, uint64_t count, uint32_t size, uint64_t op)
{
	uint64_t frames = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;
	uint64_t next = gpfn;
	uint64_t i;

	ghcb_put(GHCB_BUFFER, (count - 1) * FIELD_16); /* cur 0, end inclusive */
	/*@
	  loop invariant bound: i <= count && next == ghcb_psc_gfn(gpfn, size, i);
	  loop invariant page: ghcb_same_page{Pre, Here};
	  loop invariant header: hw_ghcb.word[GHCB_BUFFER / 8] == (count - 1) * FIELD_16;
	  loop invariant entries: ghcb_psc_filled(gpfn, i, size, op);
	  loop assigns i, next, GHCB_ALL;
	  loop variant count - i;
	*/
	for (i = 0; i < count; i++) {
		uint64_t entry = psc_entry(next, size, op);

		ghcb_put((uint32_t)(GHCB_BUFFER + 8 + 8 * i), entry);
		/*@ assert before: ghcb_psc_filled(gpfn, i, size, op); */
		/*@ assert this: hw_ghcb.word[GHCB_BUFFER / 8 + 1 + i] == entry; */
		next += frames;
	}
}

/* The header's first field: how many entries the host says are done. */
/*@
  requires once: ghcb_sent.unread == GHCB_UNREAD_LIST && hw_ghcb.answered == 1;
  terminates \true;
  exits \false;
  assigns GHCB_ALL;
  ensures read: ghcb_sent == {\old(ghcb_sent) \with .unread = (uint32_t)GHCB_UNREAD_NONE};
  ensures page: hw_ghcb == \old(hw_ghcb);
  ensures range: \result < FIELD_16;
*/
static uint64_t psc_current(void)
{
	uint64_t header = hw_ghcb_read64(GHCB_BUFFER);

	/*@ ghost ghcb_sent.unread = GHCB_UNREAD_NONE; */
	return header % FIELD_16;
}

/* One exit: entries done after it, of count, if done were before. */
/*@
  requires ready: ghcb_ready;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures sent: ghcb_page_is(e);
  ensures buffer: ghcb_same_buffer{Pre, Post};
  ensures marked: ghcb_marked;
  ensures status: ghcb_status == GHCB_REPLY_OK && ghcb_sent.info2 == 0;
  ensures progress: done <= \result <= count;
*/
static uint64_t psc_round(struct ghcb_exit e, uint64_t done, uint64_t count)
{
	struct ghcb_reply reply = ghcb_call(e);
	uint64_t current = psc_current();

	if (reply.status != GHCB_REPLY_OK || reply.info2 != 0 || current < done ||
	    current > count) {
		hw_terminate(REASON_GHCB_REPLY);
	}
	return current;
}

/* The host may stop midway: called again, it goes on at the header's first field. */
void ghcb_page_state_list(uint64_t ghcb, uint64_t gpfn, uint64_t count, uint32_t size, uint64_t op)
{
	struct ghcb_exit e = {.code = NAE_PSC, .scratch = ghcb * PAGE_SIZE + GHCB_BUFFER};
	uint64_t rounds = 0;
	uint64_t done = 0;

	if (count == 0 || count > GHCB_PSC_MAX) {
		hw_terminate(REASON_STATE);
	}
	psc_fill(gpfn, count, size, op);
	/*@
	  loop invariant bound: rounds <= count * PAGES_PER_2M && done <= count;
	  loop invariant page: ghcb_same_page{Pre, Here};
	  loop invariant sent: rounds > 0 ==> ghcb_page_is(e) && ghcb_marked;
	  loop invariant status: rounds > 0 ==> ghcb_status == GHCB_REPLY_OK && ghcb_sent.info2 == 0;
	  loop invariant begun: rounds == 0 ==> done == 0;
	  loop invariant header: hw_ghcb.word[GHCB_BUFFER / 8] == (count - 1) * FIELD_16;
	  loop invariant entries: ghcb_psc_filled(gpfn, count, size, op);
	  loop assigns rounds, done, GHCB_ALL;
	  loop variant count * PAGES_PER_2M - rounds;
	*/
	while (done < count) {
		done = psc_round(e, done, count);
		/* A 2M entry may be done in up to 512 steps, each of them a round. */
		if (rounds == count * PAGES_PER_2M) {
			hw_terminate(REASON_GHCB_REPLY);
		}
		rounds++;
	}
}
