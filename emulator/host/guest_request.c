/*
 * SNP guest requests (56421, SNP Guest Request and SNP Extended Guest Request): the host carries sealed messages between
 * the guest and the secure processor, and hands out the certificates of its chip.
 */
#include <verismo/message.h>
#include "emulator/psp/command.h"
#include "ghcb.h"
#include "host.h"
#include "policy.h"

static const uint8_t certs[] = {
#include "emulated/certs.inc"
};

#define HOST_ERROR(code) ((uint64_t)(code) << 32)

/* Copies of the guest's pages, one pair for each CPU. */
static struct {
	uint8_t request[PAGE_SIZE];
	uint8_t response[PAGE_SIZE];
} pages[SVM_CPUS];

static uint64_t pages_needed(const struct exchange *x)
{
	return (x->certs_size + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Reads both pages: what the host cannot read is not shared. */
static int load(struct exchange *x, const struct request *r)
{
	return r->info1 % PAGE_SIZE || r->info2 % PAGE_SIZE || r->info1 == r->info2 ||
	       host_read_gpa(r->info1, x->request, PAGE_SIZE) ||
	       host_read_gpa(r->info2, x->response, PAGE_SIZE);
}

/* Certificates go to the pages that the guest names, if they fit. */
static int give_certs(struct exchange *x, struct ghcb *g, const struct request *r)
{
	if (r->rbx < pages_needed(x)) {
		ghcb_set(g, GHCB_RBX, pages_needed(x));
		x->info2 = HOST_ERROR(MESSAGE_HOST_INVALID_LEN);
		return 0;
	}
	return r->rax % PAGE_SIZE || host_write_gpa(r->rax, x->certs, x->certs_size);
}

void guest_request_serve(struct host_cpu *c, struct ghcb *g, const struct request *r)
{
	struct exchange x = {.vmpl = c->vmpl,
			     .code = r->code,
			     .request = pages[c->id].request,
			     .response = pages[c->id].response,
			     .certs = certs,
			     .certs_size = sizeof(certs)};
	int skipped;

	if (load(&x, r)) {
		ghcb_malformed(g, GHCB_INVALID_INPUT);
		return;
	}
	skipped = policy_guest_request(&x, EXCHANGE_ASKED);
	if (r->code == NAE_EXT_GUEST_REQUEST && give_certs(&x, g, r)) {
		ghcb_malformed(g, GHCB_INVALID_INPUT);
		return;
	}
	if (!skipped && x.info2 == 0) {
		x.info2 = psp_command_guest_request(x.request, x.response);
	}
	policy_guest_request(&x, EXCHANGE_ANSWERED);
	if (host_write_gpa(r->info2, x.response, PAGE_SIZE)) {
		ghcb_malformed(g, GHCB_INVALID_INPUT);
		return;
	}
	ghcb_set(g, GHCB_SW_EXITINFO2, x.info2);
}
