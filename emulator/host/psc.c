#include <verismo/ghcb.h>
#include "cpu.h"
#include "ghcb.h"
#include "memory.h"
#include "policy.h"

static uint32_t change_frame(uint64_t gpa, uint64_t spa, uint32_t size, uint32_t private)
{
	uint32_t rmp_size;

	if (svm_assigned(spa, &rmp_size) == private) {
		return SNP_OK;
	}
	return svm_rmpupdate(spa, gpa, size, private);
}

static uint32_t change_small(uint64_t gpa, uint32_t private)
{
	uint32_t large;
	uint64_t spa;

	memory_split(gpa);
	spa = svm_nested_get(gpa, &large);
	return spa == NO_GPA ? PSC_BAD_ENTRY : change_frame(gpa, spa, SNP_SIZE_4K, private);
}

static uint32_t change_large(uint64_t gpa, uint32_t private)
{
	uint32_t large = 0;
	uint32_t failed = 0;
	uint64_t spa = svm_nested_get(gpa, &large);

	if (spa == NO_GPA) {
		return PSC_BAD_ENTRY;
	}
	if (large) {
		return change_frame(gpa, spa, SNP_SIZE_2M, private);
	}
	for (uint64_t i = 0; i < LARGE_PAGE && !failed; i += PAGE_SIZE) {
		failed = change_small(gpa + i, private);
	}
	return failed;
}

static uint32_t change(uint64_t gpa, uint32_t op, uint32_t size)
{
	uint32_t large;

	if (svm_nested_get(gpa, &large) == NO_GPA) {
		return PSC_BAD_ENTRY;
	}
	switch (op) {
	case GHCB_PSC_PRIVATE:
	case GHCB_PSC_SHARED:
		return size == SNP_SIZE_2M ? change_large(gpa, op == GHCB_PSC_PRIVATE)
					   : change_small(gpa, op == GHCB_PSC_PRIVATE);
	case GHCB_PSC_SMASH:
		memory_split(gpa);
		return SNP_OK;
	case GHCB_PSC_UNSMASH: /* a hint; this host leaves 4K pages as they are */
		return SNP_OK;
	default:
		return PSC_BAD_ENTRY;
	}
}

uint32_t psc_change(uint64_t gpa, uint32_t op, uint32_t size)
{
	uint32_t result;

	if (gpa % (size == SNP_SIZE_2M ? LARGE_PAGE : PAGE_SIZE)) {
		return PSC_BAD_ENTRY;
	}
	if (policy_page_state(gpa, op)) {
		return SNP_OK;
	}
	host_lock();
	result = change(gpa, op, size);
	host_unlock();
	return result;
}

/* ---- the list of the GHCB page (56421, section 4.1.6) ---- */

#define PSC_ERROR_INVALID 1UL /* info2 [63:32]; [31:0]: 1 header, 2 entry */
#define PSC_BAD_HEADER	  (PSC_ERROR_INVALID << 32 | 1)
#define PSC_BAD_ITEM	  (PSC_ERROR_INVALID << 32 | 2)
#define PSC_ERROR_OWN	  0x100UL /* this host's own errors: RMPUPDATE's result in [31:0] */

struct psc_header {
	uint16_t current;
	uint16_t end; /* inclusive */
	uint32_t reserved;
};
#define PSC_ENTRY(list, i)   ((list) + sizeof(struct psc_header) + 8 * (uint64_t)(i))
#define PSC_CURRENT(entry)   ((entry) % 0x1000UL)
#define PSC_GPA(entry)	     ((entry)&0xffffffffff000UL)
#define PSC_OPERATION(entry) ((uint32_t)((entry) >> 52) & 0xfU)
#define PSC_LARGE(entry)     ((uint32_t)((entry) >> 56) & 1U)
#define PSC_RESERVED(entry)  ((entry) >> 57)

static uint64_t psc_entry(uint64_t entry)
{
	uint32_t size = PSC_LARGE(entry) ? SNP_SIZE_2M : SNP_SIZE_4K;
	uint64_t pages = PSC_LARGE(entry) ? PAGES_PER_2M : 1;
	uint32_t failed;

	if (PSC_CURRENT(entry) > pages || PSC_RESERVED(entry)) {
		return PSC_BAD_ITEM;
	}
	failed = psc_change(PSC_GPA(entry), PSC_OPERATION(entry), size);
	if (failed == PSC_BAD_ENTRY) {
		return PSC_BAD_ITEM;
	}
	return failed ? PSC_ERROR_OWN << 32 | failed : 0;
}

/* Serves entries until the end or an error; the header tells the guest how far. */
static uint64_t psc_list(uint64_t list, struct psc_header *h, int *lost)
{
	uint64_t error = 0;

	*lost = 0;
	while (h->current <= h->end && !error && !*lost) {
		uint64_t entry;

		*lost = host_read_gpa(PSC_ENTRY(list, h->current), &entry, sizeof(entry));
		if (!*lost) {
			error = psc_entry(entry);
		}
		h->current += error || *lost ? 0 : 1;
	}
	return error;
}

void psc_serve(struct ghcb *g, const struct request *r)
{
	struct psc_header h;
	uint64_t error;
	int lost;

	if (host_read_gpa(r->scratch, &h, sizeof(h))) {
		ghcb_malformed(g, GHCB_BAD_SCRATCH);
		return;
	}
	if (h.end >= GHCB_PSC_MAX || h.reserved) {
		ghcb_set(g, GHCB_SW_EXITINFO2, PSC_BAD_HEADER);
		return;
	}
	error = psc_list(r->scratch, &h, &lost);
	if (lost || host_write_gpa(r->scratch, &h, sizeof(h))) {
		ghcb_malformed(g, GHCB_BAD_SCRATCH);
		return;
	}
	ghcb_set(g, GHCB_SW_EXITINFO2, error);
}
