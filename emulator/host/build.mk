# The untrusted host. Includes of emulator/svm/ other than svm.h, and of machine/, are refused here.
HOST_SRC     := cpu.c memory.c psc.c run.c vmpl.c npf.c ghcb.c protocol.c events.c io.c msr.c apic.c \
		clock.c cpuid.c cpuid_page.c end.c policy.c attack_page_swap.c attack_double_map.c
EMULATOR_SRC += $(addprefix emulator/host/,$(HOST_SRC))

.PHONY: check-host-includes
check-host-includes:
	@! grep -nE '#include .*(machine/|svm/)' emulator/host/*.[ch] | grep -v 'emulator/svm/svm.h'
