/* From the first instruction to guest_main: tables, the GHCB, the console. */
#include <emulator/exit.h>
#include "cpu.h"
#include "guest.h"

#define VERDICT_NO_GHCB 14U

struct cpu first_cpu;
struct svsm_place svsm_place;

static void read_secrets(uint64_t secrets)
{
	svsm_place.base = *(const uint64_t *)(secrets + SECRETS_SVSM_BASE);
	svsm_place.size = *(const uint64_t *)(secrets + SECRETS_SVSM_SIZE);
	svsm_place.vmpl = *(const uint8_t *)(secrets + SECRETS_SVSM_GUEST_VMPL);
	first_cpu.caa = *(const uint64_t *)(secrets + SECRETS_SVSM_CAA);
	first_cpu.vmpl = svsm_place.vmpl;
	first_cpu.vmsa = GUEST_VMSA_GPA;
}

static void __attribute__((noreturn)) stop(void)
{
	for (;;) {
		__asm__ volatile("hlt");
	}
}

void guest_end(struct cpu *c, uint32_t verdict)
{
	if (!c->ghcb) { /* no way to report a verdict: end the VM by a request of termination */
		ghcb_msr_request((uint64_t)VERDICT_NO_GHCB << 16 | GHCB_MSR_TERMINATE);
	}
	ghcb_out(c, PORT_VERDICT, 1, verdict);
	stop();
}

void guest_start(uint64_t secrets)
{
	struct cpu *c = &first_cpu;

	trap_load();
	read_secrets(secrets);
	memory_init();
	if (!memory_share(c, AREA_SHARED) || !ghcb_register(c, AREA_SHARED)) {
		guest_end(c, VERDICT_NO_GHCB);
	}
	console_init(c);
	guest_end(c, guest_main(c));
}
