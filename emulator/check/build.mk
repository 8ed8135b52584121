# The emulator that evaluates the theorem's clauses while it runs, and the same with a seeded defect in the
# machine (tests/theorem/NAME.patch). Nothing of it is in the normal emulator.
CHECK_WRAP := machine_pvalidate machine_rmpadjust machine_rmpupdate machine_psmash machine_vmrun \
	      cpu_shootdown machine_unlock smp_release emulator_exit
CHECK_OBJ  := $(O)/emulator/check/check.o $(O)/emulator/check/account.o
CHECK_ELF  := $(O)/emulator/check/emulator.elf
CHECK_LINK  = $(LD) -nostdlib -static -z max-page-size=4096 --no-warn-rwx-segments --gc-sections \
	      $(CHECK_WRAP:%=--wrap=%) -T emulator/emulator.ld -o $@

$(O)/emulator/check/account.o: tests/unit/account.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c -o $@ $<

$(CHECK_ELF): $(EMULATOR_ELF) $(CHECK_OBJ)
	$(CHECK_LINK) $(EMULATOR_OBJ) $(MACHINE_OBJ_BARE) $(EMULATOR_LIBS) $(CHECK_OBJ)

$(O)/seeded-machine/%.elf: tests/theorem/%.patch $(CHECK_ELF) $(MACHINE_SRC)
	$(call SEED_MACHINE,$(O)/seeded-machine/$*)
	$(CHECK_LINK) $(EMULATOR_OBJ) $(MACHINE_SRC:machine/%.c=$(O)/seeded-machine/$*/%.o) \
		$(EMULATOR_LIBS) $(CHECK_OBJ)

test-programs: $(CHECK_ELF) \
	$(patsubst tests/theorem/%.patch,$(O)/seeded-machine/%.elf,$(wildcard tests/theorem/*.patch))
