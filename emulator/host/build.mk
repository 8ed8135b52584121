# The untrusted host. Includes of emulator/svm/ other than svm.h, and of machine/, are refused here.
HOST_SRC     := cpu.c memory.c psc.c run.c vmpl.c npf.c ghcb.c protocol.c events.c io.c msr.c apic.c \
		clock.c cpuid.c cpuid_page.c guest_request.c launch.c end.c policy.c leaks.c attack_launch.c attack_replies.c \
		attack_frames.c attack_runs.c
EMULATOR_SRC += $(addprefix emulator/host/,$(HOST_SRC))

# The attacks, for C: ATTACK(symbol, name, does the host have a part in it, END_..., tried).
ATTACK_LIST  := emulator/host/attacks.list
ATTACK_TABLE := $(O)/emulator/host/attacks.h
ATTACK_AWK    = !/^\#/ { symbol = toupper($$1); gsub(/-/, "_", symbol); \
		end = $$4 ~ /^REASON/ ? $$4 : "END_" toupper($$4); \
		printf "ATTACK(%s, \"%s\", %d, %s, \"%s\")\n", symbol, $$1, $$3 != "guest", end, $$6 }

$(ATTACK_TABLE): $(ATTACK_LIST) emulator/host/build.mk
	@mkdir -p $(@D)
	awk -F' [|] ' '$(ATTACK_AWK)' $< >$@

$(HOST_SRC:%.c=$(O)/emulator/host/%.o): | $(ATTACK_TABLE)

# The certificate table of the emulated chip.
$(O)/emulator/host/guest_request.o: $(O)/emulated/certs.inc

.PHONY: check-host-includes
check-host-includes:
	@! grep -nE '#include .*(machine/|svm/)' emulator/host/*.[ch] | grep -v 'emulator/svm/svm.h'
