#include <verismo/vmsa.h>
#include "cpu.h"
#include "ghcb.h"
#include "host.h"
#include "policy.h"

static void cpuid(const struct host_cpu *c, struct ghcb *g, const struct request *r)
{
	uint32_t v[4];

	host_cpuid(c->id, (uint32_t)r->rax, (uint32_t)r->rcx, v);
	ghcb_set(g, GHCB_RAX, v[0]);
	ghcb_set(g, GHCB_RBX, v[1]);
	ghcb_set(g, GHCB_RCX, v[2]);
	ghcb_set(g, GHCB_RDX, v[3]);
}

#define DOORBELL_PREFERRED 0UL
#define DOORBELL_SET	   1UL
#define DOORBELL_QUERY	   2UL
#define DOORBELL_CLEAR	   3UL

/* This host never rings: it has no events for a level with restricted injection. */
static void doorbell(struct level *l, struct ghcb *g, const struct request *r)
{
	switch (r->info1) {
	case DOORBELL_PREFERRED:
		ghcb_set(g, GHCB_SW_EXITINFO2, NO_GPA);
		return;
	case DOORBELL_SET:
		if (r->info2 % PAGE_SIZE || host_frame(r->info2) == NO_GPA) {
			ghcb_malformed(g, GHCB_INVALID_INPUT);
			return;
		}
		l->doorbell = r->info2;
		break;
	case DOORBELL_QUERY:
		break;
	case DOORBELL_CLEAR:
		l->doorbell = NO_GPA;
		break;
	default:
		ghcb_malformed(g, GHCB_INVALID_INPUT);
		return;
	}
	ghcb_set(g, GHCB_SW_EXITINFO2, l->doorbell);
}

/* u32 count, u32 id[count]: one page holds all ids this machine can have. */
static void apic_ids(struct ghcb *g, const struct request *r)
{
	uint32_t list[1 + SVM_CPUS];
	uint32_t n = host_cpu_count();

	list[0] = n;
	for (uint32_t i = 0; i < n; i++) {
		list[1 + i] = i;
	}
	ghcb_set(g, GHCB_RAX, 1); /* pages needed */
	if (r->rax == 0) {
		return;
	}
	if (r->info1 % PAGE_SIZE || host_write_gpa(r->info1, list, (1 + n) * sizeof(list[0]))) {
		ghcb_malformed(g, GHCB_INVALID_INPUT);
	}
}

/* ---- which event ---- */

#define NEED_RAX     0x1U
#define NEED_RCX     0x2U
#define NEED_RDX     0x4U
#define NEED_SCRATCH 0x8U
#define NEED_RBX     0x10U

static const struct event {
	uint64_t code;
	uint32_t need;
	enum stat stat;
} events[] = {
	{NAE_DR7_READ, 0, STAT_OTHER},
	{NAE_DR7_WRITE, NEED_RAX, STAT_OTHER},
	{NAE_CPUID, NEED_RAX + NEED_RCX, STAT_CPUID},
	{NAE_IOIO, 0, STAT_IO},
	{NAE_MSR, NEED_RCX, STAT_MSR},
	{NAE_WBINVD, 0, STAT_OTHER},
	{NAE_MONITOR, 0, STAT_OTHER},
	{NAE_MWAIT, 0, STAT_OTHER},
	{NAE_NMI_COMPLETE, 0, STAT_OTHER},
	{NAE_AP_RESET_HOLD, 0, STAT_OTHER},
	{NAE_PSC, NEED_SCRATCH, STAT_PSC},
	{NAE_GUEST_REQUEST, 0, STAT_OTHER},
	{NAE_EXT_GUEST_REQUEST, NEED_RAX + NEED_RBX, STAT_OTHER},
	{NAE_AP_CREATION, 0, STAT_OTHER},
	{NAE_HV_DOORBELL, 0, STAT_OTHER},
	{NAE_APIC_ID_LIST, NEED_RAX, STAT_OTHER},
	{NAE_RUN_VMPL, 0, STAT_RUN_VMPL},
	{NAE_HV_FEATURES, 0, STAT_OTHER},
	{NAE_TERMINATE, 0, STAT_OTHER},
};
#define EVENTS (sizeof(events) / sizeof(events[0]))

static const struct event *find(uint64_t code)
{
	for (uint32_t i = 0; i < EVENTS; i++) {
		if (events[i].code == code) {
			return &events[i];
		}
	}
	return 0;
}

static int has_inputs(const struct ghcb *g, uint32_t need)
{
	return ghcb_has(g, GHCB_SW_EXITINFO1) && ghcb_has(g, GHCB_SW_EXITINFO2) &&
	       (!(need & NEED_RAX) || ghcb_has(g, GHCB_RAX)) &&
	       (!(need & NEED_RCX) || ghcb_has(g, GHCB_RCX)) &&
	       (!(need & NEED_RDX) || ghcb_has(g, GHCB_RDX)) &&
	       (!(need & NEED_RBX) || ghcb_has(g, GHCB_RBX)) &&
	       (!(need & NEED_SCRATCH) || ghcb_has(g, GHCB_SW_SCRATCH));
}

/* Reads the request out of g and turns g into a reply of success; 0 if g is a refusal already. */
static const struct event *decode(struct ghcb *g, struct request *r)
{
	const struct event *e;
	uint32_t need;

	if (!ghcb_has(g, GHCB_SW_EXITCODE)) {
		ghcb_malformed(g, GHCB_MISSING_INPUT);
		return 0;
	}
	e = find(ghcb_get(g, GHCB_SW_EXITCODE));
	if (!e) {
		ghcb_malformed(g, GHCB_INVALID_EVENT);
		return 0;
	}
	need = e->need;
	if (e->code == NAE_MSR && ghcb_get(g, GHCB_SW_EXITINFO1)) {
		need |= NEED_RAX | NEED_RDX;
	}
	if (!has_inputs(g, need)) {
		ghcb_malformed(g, GHCB_MISSING_INPUT);
		return 0;
	}
	/* all checks passed */
	*r = (struct request){e->code,
			      ghcb_get(g, GHCB_SW_EXITINFO1),
			      ghcb_get(g, GHCB_SW_EXITINFO2),
			      ghcb_get(g, GHCB_SW_SCRATCH),
			      ghcb_get(g, GHCB_RAX),
			      ghcb_get(g, GHCB_RCX),
			      ghcb_get(g, GHCB_RDX),
			      ghcb_get(g, GHCB_RBX)};
	ghcb_begin_reply(g);
	return e;
}

static void serve(struct host_cpu *c, struct ghcb *g, const struct request *r)
{
	switch (r->code) {
	case NAE_DR7_READ:
		ghcb_set(g, GHCB_RAX, VMSA_DR7_RESET);
		break;
	case NAE_CPUID:
		cpuid(c, g, r);
		break;
	case NAE_IOIO:
		io_serve(c, g, r);
		break;
	case NAE_MSR:
		msr_serve(c, g, r);
		break;
	case NAE_AP_RESET_HOLD:
		current_level(c)->state = LEVEL_HELD;
		break;
	case NAE_PSC:
		psc_serve(g, r);
		break;
	case NAE_GUEST_REQUEST:
	case NAE_EXT_GUEST_REQUEST:
		guest_request_serve(c, g, r);
		break;
	case NAE_AP_CREATION:
		if (vmpl_create(c, r->info1, r->info2)) {
			ghcb_malformed(g, GHCB_INVALID_INPUT);
		}
		break;
	case NAE_HV_DOORBELL:
		doorbell(current_level(c), g, r);
		break;
	case NAE_APIC_ID_LIST:
		apic_ids(g, r);
		break;
	case NAE_HV_FEATURES:
		ghcb_set(g, GHCB_SW_EXITINFO2, HOST_FEATURES);
		break;
	case NAE_TERMINATE:
		host_terminated(c, (uint32_t)r->info1 & 0xfU, (uint32_t)(r->info1 >> 4) & 0xffU, 0);
	default: /* DR7 write, WBINVD, MONITOR, MWAIT, NMI complete: nothing to do */
		break;
	}
}

void event_serve(struct host_cpu *c, struct ghcb *g)
{
	struct request r;
	const struct event *e = decode(g, &r);

	if (e) {
		count(c, e->stat);
		serve(c, g, &r);
	}
	policy_page_reply(c->vmpl, g);
	ghcb_store(g);
	/* Last, because from here on it is another level's turn. */
	if (e && e->code == NAE_RUN_VMPL && vmpl_run(c, (uint32_t)(r.info1 & 0xffffffffUL))) {
		protocol_run_failed(c);
	}
}
