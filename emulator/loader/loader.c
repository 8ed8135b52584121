#include <string.h>
#include <verismo/report.h>
#include "emulator/exit.h"
#include "emulator/host/host.h"
#include "emulator/psp/psp.h"
#include "emulator/svm/start.h"
#include "emulator/svm/svm.h"
#include "loader.h"
#include "options.h"

static void require(const char *reason, const char *what, uint32_t code)
{
	if (reason) {
		emulator_log("%s: %s\n", what, reason);
		emulator_exit(code);
	}
}

static void configure(const char *text)
{
	struct options o;

	require(options_parse(&o, text), "options", EXIT_BAD_CONFIG);
	require(host_configure(o.memory, o.cpus, o.attack), "options", EXIT_BAD_CONFIG);
}

/* What the file asks for, or the policy that QEMU starts guests with. */
static uint64_t guest_policy(const struct igvm_file *f)
{
	struct igvm_guest_policy policy = {.policy = POLICY_MUST | POLICY_SMT};
	uint64_t position = f->first;
	struct igvm_item item;

	while (igvm_next(f, &item, &position)) {
		if (item.type == IGVM_GUEST_POLICY) {
			memcpy(&policy, item.body, sizeof(policy));
		}
	}
	return policy.policy;
}

void loader_main(const void *igvm, uint64_t igvm_size, const char *options)
{
	char hex[DIGEST_HEX_SIZE];
	struct igvm_file f;

	configure(options);
	require(igvm ? 0 : "no file was given (-initrd)", "IGVM", EXIT_BAD_IMAGE);
	require(igvm_open(&f, igvm, igvm_size), "IGVM", EXIT_BAD_IMAGE);
	require(pages_reserve(&f), "IGVM", EXIT_BAD_IMAGE);
	require(host_map_memory(), "memory", EXIT_BAD_CONFIG);
	require(psp_launch_start(guest_policy(&f)), "launch", EXIT_BAD_IMAGE);
	require(pages_launch(&f), "launch", EXIT_BAD_IMAGE);
	psp_launch_finish(hex);
	require(host_assign_memory(), "memory", EXIT_EMULATOR);
	emulator_log("launch digest %s\n", hex);
}
