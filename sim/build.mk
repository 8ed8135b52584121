# The sim: the module's own code as a host process over the machine (docs/concurrency.md).
SIM_SRC := sim/fiber.c sim/world.c sim/explore.c sim/races.c
SIM_OBJ := $(SIM_SRC:%.c=$(O)/tests/unit/obj/%.o)
HOSTILE_OBJ := $(patsubst %,$(O)/tests/unit/obj/sim/%.o,fiber world check hostile)

$(O)/sim/races: $(SIM_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

$(O)/sim/hostile: $(HOSTILE_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

# The same over a module without one of its defences: a patch of proof/red.
RACES_SEEDED   := claim-pinned operand-unpinned remap-unlocked remap-lock-leak unclaimed create-residue
HOSTILE_SEEDED := validate-unzeroed rescind-unflushed rescind-carry-ignored vmsa-unflushed vmsa-writable \
		  remap-lock-leak
SIM_SEEDED     := $(RACES_SEEDED:%=$(O)/sim/seeded/%/races) $(HOSTILE_SEEDED:%=$(O)/sim/seeded/%/hostile)

# $(call seed,patch): a copy of the module with the patch, beside the target.
define seed
	@rm -rf $(@D)/tree
	@mkdir -p $(@D)/tree
	cp -r module $(@D)/tree/
	patch -s -p1 -d $(@D)/tree < $(1)
endef
SEEDED_LINK = $(CC) -I$(@D)/tree $(filter-out -MMD -MP,$(CFLAGS_TEST)) -Wno-unused-function -o $@ \
	$(MODULE_CORE_SRC:%=$(@D)/tree/%) $(sort $(filter $(O)/tests/unit/obj/sim/%,$^)) \
	$(MACHINE_OBJ_TEST) -lcmocka

$(O)/sim/seeded/%/races: proof/red/%.patch $(SIM_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	$(call seed,$<)
	$(SEEDED_LINK)

$(O)/sim/seeded/%/hostile: proof/red/%.patch $(HOSTILE_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	$(call seed,$<)
	$(SEEDED_LINK)

.PHONY: races sim-programs
sim-programs: $(O)/sim/races $(O)/sim/hostile $(SIM_SEEDED)
#: make races     all interleavings of every pair of calls on one page, and of three with one preemption
races: sim-programs
	$(O)/sim/races
	$(O)/sim/races --cpus 3 --preemptions 1
