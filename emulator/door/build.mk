# The emulator with a door for the conformance guest (guest/machine/), and the same with a seeded
# defect: in the machine (proof/red/machine-*.patch) or in one file of the emulator
# (tests/cases/*.patch). Nothing of it is in the normal emulator.
DOOR_WRAP   := protocol_vmgexit npf_handle vmpl_refused svm_evict
DOOR_OBJ    := $(O)/emulator/door/door.o $(O)/guest/machine/area.o $(O)/guest/machine/answers.o
DOOR_ELF    := $(O)/emulator/door/emulator.elf
DOOR_LINK    = $(EMULATOR_LINK) $(DOOR_WRAP:%=--wrap=%)
DOOR_SEEDED := $(patsubst proof/red/%.patch,%,$(wildcard proof/red/machine-*.patch))

$(DOOR_ELF): $(EMULATOR_ELF) $(DOOR_OBJ)
	$(DOOR_LINK) $(EMULATOR_OBJ) $(MACHINE_OBJ_BARE) $(EMULATOR_LIBS) $(DOOR_OBJ)

$(O)/emulator/door/seeded/%.elf: proof/red/%.patch $(DOOR_ELF) $(MACHINE_SRC)
	$(call SEED_MACHINE,$(O)/emulator/door/seeded/$*)
	$(DOOR_LINK) $(EMULATOR_OBJ) $(MACHINE_SRC:machine/%.c=$(O)/emulator/door/seeded/$*/%.o) \
		$(EMULATOR_LIBS) $(DOOR_OBJ)

$(O)/emulator/door/seeded/%.elf: tests/cases/%.patch $(DOOR_ELF)
	rm -rf $(O)/emulator/door/seeded/$*
	mkdir -p $(O)/emulator/door/seeded/$*
	cp -r emulator $(O)/emulator/door/seeded/$*/emulator
	patch -s -p1 -d $(O)/emulator/door/seeded/$* < $<
	file=$$(sed -n 's|^+++ b/\(.*\)\.c$$|\1|p' $<); seeded=$(O)/emulator/door/seeded/$*; \
	$(CC) -I$$seeded $(CFLAGS_BARE) -Wno-unused -c -o $$seeded/seeded.o $$seeded/$$file.c && \
	$(DOOR_LINK) $$(echo $(EMULATOR_OBJ) | sed "s|$(O)/$$file\.o|$$seeded/seeded.o|") \
		$(MACHINE_OBJ_BARE) $(EMULATOR_LIBS) $(DOOR_OBJ)

DOOR_SEEDED_ALL := $(DOOR_SEEDED) $(patsubst tests/cases/%.patch,%,$(wildcard tests/cases/*.patch))
test-programs: $(DOOR_ELF) $(DOOR_SEEDED_ALL:%=$(O)/emulator/door/seeded/%.elf)
