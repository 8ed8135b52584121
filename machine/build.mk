# The SNP machine, built three ways: freestanding for the emulator, for the host, with sanitizers.
MACHINE_SRC      := $(addprefix machine/,reset.c rmp.c access.c tlb.c insn.c host.c vmsa.c memory.c cipher.c)
MACHINE_OBJ_BARE := $(MACHINE_SRC:machine/%.c=$(O)/machine/bare/%.o)
MACHINE_OBJ_HOST := $(MACHINE_SRC:machine/%.c=$(O)/machine/host/%.o)
MACHINE_OBJ_TEST := $(MACHINE_SRC:machine/%.c=$(O)/machine/test/%.o)

$(O)/machine/bare/%.o: machine/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c -o $@ $<

$(O)/machine/host/%.o: machine/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_HOST) -c -o $@ $<

$(O)/machine/test/%.o: machine/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -c -o $@ $<
