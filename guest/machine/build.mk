# The conformance guest at VMPL0: the machine's cases by real instructions.
MACHINE_GUEST_DIR := $(O)/guest/machine
MACHINE_GUEST_SRC := $(filter-out area.c,$(notdir $(wildcard guest/machine/*.c)))
MACHINE_GUEST_OBJ := $(MACHINE_GUEST_DIR)/entry.o \
		     $(MACHINE_GUEST_SRC:%.c=$(MACHINE_GUEST_DIR)/%.o) \
		     $(addprefix $(GUEST_DIR)/,stubs.o idt.o vmsa.o ghcb.o console.o)

$(MACHINE_GUEST_DIR)/%.o: guest/machine/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

$(MACHINE_GUEST_DIR)/entry.o: guest/machine/start.S
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

$(MACHINE_GUEST_DIR)/idle.o: guest/machine/idle.S
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

$(O)/guest/machine.elf: $(MACHINE_GUEST_OBJ) guest/machine/machine.ld
	$(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack --gc-sections \
		-T guest/machine/machine.ld -o $@ $(MACHINE_GUEST_OBJ)

$(O)/guest/idle.elf: $(MACHINE_GUEST_DIR)/idle.o guest/conformance/guest.ld
	$(GUEST_LINK)

$(O)/machine.igvm: $(O)/guest/machine.elf $(O)/guest/idle.elf $(VERISMO)
	$(VERISMO) image --module $(O)/guest/machine.elf --plain $(O)/guest/idle.elf --output $@

test-programs: $(O)/machine.igvm
