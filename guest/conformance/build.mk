# The conformance guest: every case of the SVSM calls that a guest can execute.
GUEST_DIR      := $(O)/guest/conformance
GUEST_RUNTIME  := start.S stubs.S start.c trap.c idt.c ghcb.c console.c memory.c probe.c svsm_call.c \
		  vcpu.c vmsa.c
GUEST_CASES    := $(notdir $(wildcard guest/conformance/cases_*.c))
GUEST_OBJ       = $(addprefix $(GUEST_DIR)/,$(addsuffix .o,$(basename $(1))))
GUEST_LINK      = $(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack --gc-sections \
		  -T guest/conformance/guest.ld -o $@ $(filter %.o,$^)

guests: $(O)/conformance.igvm

# start.S and start.c would share an object's name.
$(GUEST_DIR)/entry.o: guest/conformance/start.S
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

$(GUEST_DIR)/%.o: guest/conformance/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

$(GUEST_DIR)/stubs.o: guest/conformance/stubs.S
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

GUEST_RUNTIME_OBJ := $(GUEST_DIR)/entry.o $(GUEST_DIR)/stubs.o $(call GUEST_OBJ,$(filter %.c,$(GUEST_RUNTIME)))

$(O)/guest/conformance.elf: $(GUEST_RUNTIME_OBJ) guest/conformance/guest.ld \
			    $(call GUEST_OBJ,conformance.c report.c $(GUEST_CASES))
	$(GUEST_LINK)

$(O)/conformance.igvm: $(O)/guest/conformance.elf $(MODULE_ELF) $(VERISMO)
	$(VERISMO) image --module $(MODULE_ELF) --plain $< --output $@

# Over a module with a seeded defect: the cases must notice.
$(O)/seeded/%/conformance.igvm: $(O)/guest/conformance.elf $(O)/seeded/%/module.elf $(VERISMO)
	$(VERISMO) image --module $(O)/seeded/$*/module.elf --plain $< --output $@

SEEDED := validate-unzeroed double-map guest-maps-module
.SECONDARY: $(SEEDED:%=$(O)/seeded/%/module.elf)
test-programs: $(SEEDED:%=$(O)/seeded/%/conformance.igvm)
