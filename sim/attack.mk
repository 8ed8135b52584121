# Named attacks in the sim. A group of attacks that needs more than the module's core adds its sources here.
ATTACK_SRC := sim/attack.c sim/attack_main.c sim/check.c $(sort $(wildcard sim/attacks/*.c))
# Boot: the start of the module, and what it reads; races: all schedules of two CPUs.
ATTACK_SRC += sim/boot.c $(BOOT_TEST_SRC) module/boot/boot.c module/boot/image.c module/boot/early.c \
	module/boot/tables.c module/boot/descriptors.c module/boot/cpus.c
ATTACK_SRC += sim/explore.c sim/fiber.c sim/world.c
ATTACK_OBJ := $(ATTACK_SRC:%.c=$(O)/tests/unit/obj/%.o) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)

$(O)/sim/attack: $(ATTACK_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

# The same over a module, or a machine, with the defect that an attack names: what scripts/attack needs.
ATTACK_DEFECTS := $(sort $(shell sed -n 's,.*"\([a-z/]*/[a-z0-9-]*\.patch\)".*,\1,p' $(wildcard sim/attacks/*.c)))
ATTACK_SEEDED  := $(patsubst %.patch,$(O)/sim/attack-seeded/%/attack,$(notdir $(ATTACK_DEFECTS)))
ifneq ($(words $(ATTACK_SEEDED)),$(words $(sort $(ATTACK_SEEDED))))
$(error two seeded defects of sim/attacks/ have the same name: $(ATTACK_DEFECTS))
endif

SEED = CC='$(CC)' CFLAGS='$(filter-out -MMD -MP,$(CFLAGS_TEST))' LIBS=-lcmocka scripts/seed
define attack_seeded
$(O)/sim/attack-seeded/$(basename $(notdir $(1)))/attack: $(1)
endef
$(foreach patch,$(ATTACK_DEFECTS),$(eval $(call attack_seeded,$(patch))))

$(ATTACK_SEEDED): $(ATTACK_OBJ) scripts/seed
	@mkdir -p $(@D)
	$(SEED) $(filter %.patch,$^) $@ $(filter %.o,$^)

# What `make attack` runs: the sim and the emulator, and what is to be won there.
.PHONY: attack attack-seeded attack-programs attack-table
attack-seeded: $(ATTACK_SEEDED)
attack-programs: $(O)/sim/attack attack-seeded $(VERISMO) $(EMULATOR_ELF) $(O)/attack.igvm $(SEEDED_IMAGES)

test-programs: attack-programs

#: make attack    every named attack, refused, and won over the defect that it names; ATTACK=name: one, as a story
attack:
	@scripts/deps install run test
	@$(MAKE) -s --no-print-directory $(O)/sim/attack $(VERISMO)
	@scripts/attack --list $(ATTACK) >/dev/null
	@echo "building"
	@$(MAKE) -s --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j2) attack-programs >/dev/null
	@scripts/attack $(if $(ATTACK),$(ATTACK),--json $(O)/attacks.json)

# The generated part of the document; tests/system/attack-table compares it.
attack-table: $(O)/sim/attack $(VERISMO)
	scripts/attack --table >$(O)/attack-table.md
	sed '/^<!-- generated/q' docs/attacks.md | cat - $(O)/attack-table.md >$(O)/attacks.md
	cp $(O)/attacks.md docs/attacks.md
