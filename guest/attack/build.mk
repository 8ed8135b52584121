# The attack guest: the conformance guest's runtime, the guest's half of the attacks.
$(O)/guest/attack/attack.o: guest/attack/attack.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

$(O)/guest/attack.elf: $(GUEST_RUNTIME_OBJ) guest/conformance/guest.ld $(O)/guest/attack/attack.o
	$(GUEST_LINK)

$(O)/attack.igvm: $(O)/guest/attack.elf $(MODULE_ELF) $(VERISMO)
	$(VERISMO) image --module $(MODULE_ELF) --plain $< --output $@

# The same guest over a module with a seeded defect: `make test` shows each attack won there.
$(O)/seeded/%.igvm: $(O)/guest/attack.elf $(O)/seeded/%/module.elf $(VERISMO)
	$(VERISMO) image --module $(O)/seeded/$*/module.elf --plain $< --output $@

guests: $(O)/attack.igvm
