# The attack guest: the conformance guest's runtime, the guest's half of the attacks.
ATTACK_GUEST     := $(notdir $(wildcard guest/attack/*.c))
ATTACK_GUEST_OBJ := $(ATTACK_GUEST:%.c=$(O)/guest/attack/%.o)

$(ATTACK_GUEST_OBJ): $(O)/guest/attack/%.o: guest/attack/%.c | $(ATTACK_TABLE)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

$(O)/guest/attack.elf: $(GUEST_RUNTIME_OBJ) guest/conformance/guest.ld $(ATTACK_GUEST_OBJ)
	$(GUEST_LINK)

$(O)/attack.igvm: $(O)/guest/attack.elf $(MODULE_ELF) $(VERISMO)
	$(VERISMO) image --module $(MODULE_ELF) --plain $< --output $@

# The same guest over a module with a seeded defect: `make test` shows each attack won there.
$(O)/seeded/%.igvm: $(O)/guest/attack.elf $(O)/seeded/%/module.elf $(VERISMO)
	$(VERISMO) image --module $(O)/seeded/$*/module.elf --plain $< --output $@

guests: $(O)/attack.igvm
