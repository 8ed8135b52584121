# The `verismo` command.
TOOLS_SRC := $(addprefix tools/,main.c file.c pages.c elffile.c linux.c acpi.c vmsa.c emit.c \
	     measure.c image.c outcome.c qemu.c view.c runopt.c run.c)
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

# What tests/unit/test_tools.c links: everything but the subcommands that run programs.
TOOLS_PURE := $(addprefix tools/,file.c pages.c elffile.c linux.c acpi.c vmsa.c emit.c measure.c \
	      outcome.c)
