# The `verismo` command.
TOOLS_SRC := $(addprefix tools/,main.c file.c pages.c elffile.c linux.c acpi.c vmsa.c emit.c \
	     measure.c image.c outcome.c qemu.c view.c attacks.c runopt.c run.c \
	     report.c verify.c verify_options.c verify_files.c verify_certs.c verify_chain.c \
	     verify_vek.c verify_checks.c verify_quote.c verify_verdict.c)
TOOLS_OBJ := $(TOOLS_SRC:%.c=$(O)/%.o)
VERISMO   := $(O)/verismo

.PHONY: tools
tools: $(VERISMO)

$(VERISMO): $(TOOLS_OBJ) $(IGVM_OBJ_HOST)
	$(CC) $(CFLAGS_HOST) -o $@ $^ -lcrypto

$(O)/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_HOST) $(TOOLS_DEFINES) -c $< -o $@

$(O)/tools/image.o: TOOLS_DEFINES = '-DDEFAULT_COMMAND_LINE="$(shell cat guest/linux/cmdline)"'
$(O)/tools/image.o: guest/linux/cmdline

# The table of the emulator's attacks, from the list that the emulator is made from.
$(O)/tools/attacks.o: $(O)/tools/attacks.inc
$(O)/tools/attacks.inc: emulator/host/attacks.list
	@mkdir -p $(@D)
	awk -F' *[|] *' '/^(#|$$)/ { next } \
		NF != 8 || /["\\]/ { print FILENAME ":" FNR ": 8 plain fields are needed" >"/dev/stderr"; exit 1 } \
		{ printf "{"; for (i = 1; i <= 8; i++) printf "\"%s\", ", $$i; print "}," }' $< >$@

# What tests/unit/test_tools.c links: everything but the subcommands that run programs.
TOOLS_PURE := $(addprefix tools/,file.c pages.c elffile.c linux.c acpi.c vmsa.c emit.c measure.c \
	      outcome.c)

# Makes the emulated chip's certificates (emulator/psp/build.mk).
$(O)/tools/chain: $(addprefix $(O)/tools/,chain.o certmake.o report.o file.o)
	$(CC) $(CFLAGS_HOST) -o $@ $^ -lcrypto
