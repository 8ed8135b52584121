/*
 * SNP guest requests (56421, SNP Guest Request and SNP Extended Guest Request): the host carries sealed messages between
 * the guest and the secure processor, and hands out the certificates of its chip.
 */
#include <verismo/message.h>
#include "emulator/psp/command.h"
#include "ghcb.h"
#include "host.h"

static const uint8_t certs[] = {
#include "emulated/certs.inc"
};

#define HOST_ERROR(code) ((uint64_t)(code) << 32)

/* Copies of the guest's pages, one pair for each CPU. */
static struct {
	uint8_t request[PAGE_SIZE];
	uint8_t response[PAGE_SIZE];
} pages[SVM_CPUS];

#define CERT_PAGES ((sizeof(certs) + PAGE_SIZE - 1) / PAGE_SIZE)

/* Reads both pages: what the host cannot read is not shared. */
static int load(const struct host_cpu *c, const struct request *r)
{
	return r->info1 % PAGE_SIZE || r->info2 % PAGE_SIZE || r->info1 == r->info2 ||
	       host_read_gpa(r->info1, pages[c->id].request, PAGE_SIZE) ||
	       host_read_gpa(r->info2, pages[c->id].response, PAGE_SIZE);
}

/* The page that the response goes to keeps what it had if the processor has none. 1 if it cannot be written. */
static int ask(const struct host_cpu *c, struct ghcb *g, const struct request *r)
{
	uint32_t error = psp_command_guest_request(pages[c->id].request, pages[c->id].response);

	ghcb_set(g, GHCB_SW_EXITINFO2, error);
	return host_write_gpa(r->info2, pages[c->id].response, PAGE_SIZE);
}

/* Certificates go to the pages that the guest names, if they fit. */
static int ask_extended(const struct host_cpu *c, struct ghcb *g, const struct request *r)
{
	if (r->rbx < CERT_PAGES) {
		ghcb_set(g, GHCB_RBX, CERT_PAGES);
		ghcb_set(g, GHCB_SW_EXITINFO2, HOST_ERROR(MESSAGE_HOST_INVALID_LEN));
		return 0;
	}
	return r->rax % PAGE_SIZE || host_write_gpa(r->rax, certs, sizeof(certs)) || ask(c, g, r);
}

void guest_request_serve(struct host_cpu *c, struct ghcb *g, const struct request *r)
{
	int extended = r->code == NAE_EXT_GUEST_REQUEST;

	if (load(c, r) || (extended ? ask_extended(c, g, r) : ask(c, g, r))) {
		ghcb_malformed(g, GHCB_INVALID_INPUT);
	}
}
