/* QUERY_PROTOCOL and CONFIGURE_VTOM: Q. */
#include "cases.h"

#define PROTOCOLS 6U

static const uint32_t versions[] = {0, 1, 2, 0xffffffffU};
#define VERSIONS (sizeof(versions) / sizeof(versions[0]))

struct vtom_case {
	const char *id;
	const char *what;
	uint64_t rcx;
	uint64_t expected;
};

static const struct vtom_case vtom[] = {
	{"Q3", "query with bit 1", 0x3, IP},
	{"Q3", "query with bit 5", 0x21, IP},
	{"Q3", "query with bit 12", 0x1001, IP},
	{"Q3", "query with bit 63", 0x8000000000000001UL, IP},
	{"Q4", "configure: disable", 0, IR},
	{"Q4", "configure: enable at 2^38", 0x4000000002UL, IR},
	{"Q4", "configure with bit 5", 0x22, IP},
	{"Q4", "configure with bit 11", 0x802, IP},
};

/* RCX, or REGISTERS_CHANGED if more than RCX and RAX is different or RAX is no success. */
static uint64_t query(const struct fixture *f, uint64_t rcx)
{
	struct registers r = {.rax = SVSM_CORE_QUERY_PROTOCOL, .rcx = rcx, .rdx = 7};

	r.r8 = 8;
	r.r9 = 9;
	if (!svsm_exchange(f->c, &r, 1, 0) || r.rax != OK || r.rdx != 7 || r.r8 != 8 || r.r9 != 9) {
		return REGISTERS_CHANGED;
	}
	return r.rcx;
}

/* Only attestation and vTPM may be offered beside the core, each in version 1 alone. */
static int is_good_answer(uint64_t protocol, uint32_t version, uint64_t rcx)
{
	uint64_t offered = 1UL << 32 | 1;

	if (version != 1 || protocol > SVSM_PROTOCOL_VTPM) {
		return rcx == 0;
	}
	return rcx == offered || (protocol != SVSM_PROTOCOL_CORE && rcx == 0);
}

static void query_protocols(const struct fixture *f)
{
	static const char *const names[PROTOCOLS] = {"core, versions 0, 1, 2, all ones",
						     "attestation, the same",
						     "vTPM, the same",
						     "APIC emulation, the same",
						     "UEFI MM, the same",
						     "protocol 5, the same"};

	for (uint64_t protocol = 0; protocol < PROTOCOLS; protocol++) {
		uint32_t good = 0;

		for (uint32_t i = 0; i < VERSIONS; i++) {
			uint64_t rcx = query(f, protocol << 32 | versions[i]);

			good += is_good_answer(protocol, versions[i], rcx);
		}
		report("Q1", names[protocol], good, VERSIONS);
	}
}

static void vtom_query(const struct fixture *f)
{
	struct registers r = {.rax = SVSM_CORE_CONFIGURE_VTOM, .rcx = 1, .rdx = 2};
	int served;

	r.r8 = 3;
	r.r9 = 4;
	served = svsm_exchange(f->c, &r, 1, 0);
	report("Q2", "vTOM query", served ? r.rax : SVSM_NOT_SERVED, OK);
	report_true("Q2", "RCX = RDX = R8 = 0, R9 as it was",
		    r.rcx == 0 && r.rdx == 0 && r.r8 == 0 && r.r9 == 4);
}

void cases_query(const struct fixture *f)
{
	query_protocols(f);
	vtom_query(f);
	for (uint32_t i = 0; i < sizeof(vtom) / sizeof(vtom[0]); i++) {
		report(vtom[i].id, vtom[i].what,
		       case_call(f, SVSM_CORE_CONFIGURE_VTOM, vtom[i].rcx, 2, 3), vtom[i].expected);
	}
}
