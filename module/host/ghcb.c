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

/* The reply, whose code is expected. */
static uint64_t ghcb_msr_call(uint64_t request, uint64_t expected, uint32_t reason)
{
	uint64_t reply;

	hw_ghcb_msr_write(request);
	hw_vmgexit();
	reply = hw_ghcb_msr_read();
	if (GHCB_MSR_CODE(reply) != expected) {
		hw_terminate(reason);
	}
	return reply;
}

void ghcb_negotiate(uint32_t cbit)
{
	uint64_t reply =
		ghcb_msr_call(GHCB_MSR_SEV_INFO_REQ, GHCB_MSR_SEV_INFO_RESP, REASON_GHCB_PROTOCOL);

	if (reply / FIELD_48 < GHCB_VERSION || reply / FIELD_32 % FIELD_16 > GHCB_VERSION) {
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

	if (reply != GHCB_MSR_PSC_RESP) {
		hw_terminate(REASON_GHCB_REPLY);
	}
}

void ghcb_use(uint64_t gpfn)
{
	hw_ghcb_msr_write(gpfn * PAGE_SIZE);
}

/* ---- page protocol ---- */

/* An exit to the host. The reply is in the same shape; status = SW_EXITINFO1 [31:0]. */
struct ghcb_exit {
	uint64_t code;
	uint64_t info1;
	uint64_t info2;
	uint64_t rax;
	uint64_t scratch;
};
struct ghcb_reply {
	uint64_t status;
	uint64_t info2;
};

/* Bits of the valid bitmap, at offset / 8: its first word covers offsets below 0x200. */
#define VALID_RAX      0x8000000000000000UL /* 0x1f8 / 8 = 63, first word */
#define VALID_EXITCODE 0x0004000000000000UL /* 0x390 / 8 = 64 + 50, second word */
#define VALID_INFO1    0x0008000000000000UL
#define VALID_INFO2    0x0010000000000000UL
#define VALID_SCRATCH  0x0020000000000000UL
#define VALID_LOW      VALID_RAX
#define VALID_HIGH     (VALID_EXITCODE | VALID_INFO1 | VALID_INFO2 | VALID_SCRATCH)

static void ghcb_fill(struct ghcb_exit e)
{
	hw_ghcb_write64(GHCB_VALID_BITMAP, 0);
	hw_ghcb_write64(GHCB_VALID_BITMAP + 8, 0);
	hw_ghcb_write64(GHCB_RAX, e.rax);
	hw_ghcb_write64(GHCB_SW_EXITCODE, e.code);
	hw_ghcb_write64(GHCB_SW_EXITINFO1, e.info1);
	hw_ghcb_write64(GHCB_SW_EXITINFO2, e.info2);
	hw_ghcb_write64(GHCB_SW_SCRATCH, e.scratch);
	/* Protocol version at 0xffa, usage 0 at 0xffc: one word. */
	hw_ghcb_write64(GHCB_VERSION_FIELD - 2, GHCB_VERSION * FIELD_16);
	hw_ghcb_write64(GHCB_VALID_BITMAP, VALID_LOW);
	hw_ghcb_write64(GHCB_VALID_BITMAP + 8, VALID_HIGH);
}

/* Fills, exits, and copies the reply once. Its fields must be marked valid. */
static struct ghcb_reply ghcb_call(struct ghcb_exit e)
{
	struct ghcb_reply reply;
	uint64_t valid;

	ghcb_fill(e);
	hw_vmgexit();
	valid = hw_ghcb_read64(GHCB_VALID_BITMAP + 8);
	reply.status = hw_ghcb_read64(GHCB_SW_EXITINFO1) % FIELD_32;
	reply.info2 = hw_ghcb_read64(GHCB_SW_EXITINFO2);
	if ((valid & VALID_INFO1) == 0 || (valid & VALID_INFO2) == 0) {
		hw_terminate(REASON_GHCB_REPLY);
	}
	return reply;
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

static void psc_fill(uint64_t gpfn, uint64_t count, uint32_t size, uint64_t op)
{
	uint64_t frames = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;
	uint64_t i;

	hw_ghcb_write64(GHCB_BUFFER, (count - 1) * FIELD_16); /* cur 0, end inclusive */
	for (i = 0; i < count; i++) {
		hw_ghcb_write64((uint32_t)(GHCB_BUFFER + 8 + 8 * i),
				(16 * size + op) * FIELD_52 + (gpfn + i * frames) * PAGE_SIZE);
	}
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
	while (done < count) {
		struct ghcb_reply reply = ghcb_call(e);
		uint64_t header = hw_ghcb_read64(GHCB_BUFFER);
		uint64_t current = header % FIELD_16;

		/* A 2M entry may be done in up to 512 steps, each of them a round. */
		if (reply.status != GHCB_REPLY_OK || reply.info2 != 0 || current < done ||
		    current > count || rounds == count * PAGES_PER_2M) {
			hw_terminate(REASON_GHCB_REPLY);
		}
		done = current;
		rounds++;
	}
}
