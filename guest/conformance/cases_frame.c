/* The call frame: F. Cases that only a host can cause (F5, F7, F8, F11, F12) are native tests. */
#include "cases.h"
#include "cpu.h"

struct frame_case {
	const char *id;
	const char *what;
	uint64_t rax;
	uint64_t expected;
};

static const struct frame_case table[] = {
	{"F1", "protocol 5", 5UL << 32, UP},
	{"F1", "protocol 6", 6UL << 32, UP},
	{"F1", "protocol 0x7fffffff", 0x7fffffffUL << 32, UP},
	{"F1", "protocol 0x80000000", 0x80000000UL << 32, UP},
	{"F1", "protocol 0xffffffff", 0xffffffffUL << 32, UP},
	{"F2", "core call 8", 8, UC},
	{"F2", "core call 0xffffffff", 0xffffffffUL, UC},
	{"F2", "core call 4, DEPOSIT_MEM, not offered", SVSM_CORE_DEPOSIT_MEM, UC},
	{"F2", "core call 5, WITHDRAW_MEM, not offered", SVSM_CORE_WITHDRAW_MEM, UC},
};

/* RAX whole: its upper half is zero, F9. */
static uint64_t raw_call(const struct fixture *f, uint64_t rax, uint8_t pending, int by_msr)
{
	struct registers r = {.rax = rax, .rcx = 1, .rdx = 2};

	r.r8 = 3;
	r.r9 = 4;
	if (!svsm_exchange(f->c, &r, pending, by_msr)) {
		return SVSM_NOT_SERVED;
	}
	return r.rcx == 1 && r.rdx == 2 && r.r8 == 3 && r.r9 == 4 ? r.rax : REGISTERS_CHANGED;
}

/* A protocol that QUERY_PROTOCOL does not offer is unsupported; one that it offers knows its calls. */
static void optional_protocols(const struct fixture *f)
{
	for (uint64_t protocol = SVSM_PROTOCOL_ATTEST; protocol <= SVSM_PROTOCOL_VTPM; protocol++) {
		struct registers q = {.rax = SVSM_CORE_QUERY_PROTOCOL, .rcx = protocol << 32 | 1};
		int served = svsm_exchange(f->c, &q, 1, 0);

		report("F2",
		       protocol == SVSM_PROTOCOL_ATTEST ? "attestation call 2" : "vTPM call 2",
		       raw_call(f, protocol << 32 | 2, 1, 0), served && q.rcx ? UC : UP);
	}
}

static void no_call(const struct fixture *f)
{
	report("F3", "pending 0", raw_call(f, SVSM_CORE_REMAP_CA, 0, 0), SVSM_CORE_REMAP_CA);
	report("F3", "pending 0, MSR protocol", raw_call(f, 8, 0, 1), 8);
}

static void reserved_pending(const struct fixture *f)
{
	uint32_t good = 0;

	for (uint32_t i = 2; i <= 255; i++) {
		good += raw_call(f, SVSM_CORE_QUERY_PROTOCOL, (uint8_t)i, 0) == IF;
	}
	report("F4", "pending 2..255, cleared each time", good, 254);
}

static void efer(const struct fixture *f)
{
	uint64_t before = cpu_read_msr(MSR_EFER);

	report("F10", "a call", raw_call(f, 8, 1, 0), UC);
	report("F10", "EFER afterwards", cpu_read_msr(MSR_EFER), before);
}

void cases_frame(const struct fixture *f)
{
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		report(table[i].id, table[i].what, raw_call(f, table[i].rax, 1, 0),
		       table[i].expected);
	}
	optional_protocols(f);
	no_call(f);
	reserved_pending(f);
	report("F6", "all registers after a refused call",
	       case_call(f, SVSM_CORE_DEPOSIT_MEM, 1, 2, 3), UC);
	report("F9", "RAX by the MSR protocol, upper half set before",
	       raw_call(f, 0x7fffffffUL << 32, 1, 1), UP);
	efer(f);
}
