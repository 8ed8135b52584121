# Reading IGVM files, built three ways: freestanding for the emulator, for the tools, with sanitizers.
IGVM_SRC      := $(addprefix igvm/,read.c check.c records.c)
IGVM_OBJ_BARE := $(IGVM_SRC:igvm/%.c=$(O)/igvm/bare/%.o)
IGVM_OBJ_HOST := $(IGVM_SRC:igvm/%.c=$(O)/igvm/host/%.o)
IGVM_OBJ_TEST := $(IGVM_SRC:igvm/%.c=$(O)/igvm/test/%.o)

$(O)/igvm/bare/%.o: igvm/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c -o $@ $<

$(O)/igvm/host/%.o: igvm/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_HOST) -c -o $@ $<

$(O)/igvm/test/%.o: igvm/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -c -o $@ $<
