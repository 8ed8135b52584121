/* The conformance guest at VMPL0, in the module's place: the machine's cases by real
 * instructions. */
#include <emulator/exit.h>
#include "guest/conformance/cpu.h"
#include "cases.h"
#include "check.h"
#include "levels.h"
#include "machine.h"

#define VERDICT_NO_START 2U

struct cpu first_cpu;

void guest_end(struct cpu *c, uint32_t verdict)
{
	if (c->ghcb == 0) { /* no page to report a verdict by */
		ghcb_msr_request((uint64_t)verdict << 16 | GHCB_MSR_TERMINATE);
	}
	ghcb_out(c, PORT_VERDICT, 1, verdict);
	for (;;) {
		__asm__ volatile("hlt");
	}
}

static int prepare(struct cpu *c)
{
	int done = levels_prepare();

	done &= ghcb_page_state(GHCB_GPA, GHCB_PSC_SHARED);
	done &= ghcb_page_state(DOOR_GPA, GHCB_PSC_SHARED);
	done &= ghcb_page_state(OTHER_GPA, GHCB_PSC_SHARED);
	done &= ghcb_register(c, GHCB_GPA);
	return done && levels_start(c);
}

void machine_main(void)
{
	struct cpu *c = &first_cpu;

	if (!prepare(c)) {
		guest_end(c, VERDICT_NO_START);
	}
	console_init(c);
	door_open();
	cases_all();
	instruction_cases();
	ghcb_msr_cases(c);
	ghcb_page_cases(c);
	ghcb_psc_cases(c);
	ghcb_level_cases();
	tlb_smp_cases(c);
	print("%u passed, %u failed\n", cases_passed, cases_failed);
	guest_end(c, cases_failed != 0);
}
