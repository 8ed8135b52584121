# The sim: the module's own code as a host process over the machine (docs/concurrency.md).
SIM_SRC := sim/fiber.c sim/world.c sim/check.c sim/explore.c sim/races.c
SIM_OBJ := $(SIM_SRC:%.c=$(O)/tests/unit/obj/%.o)
# Hostile runs: what plays them, and the programs that count them or compare pairs of them.
RUN_SRC     := $(patsubst %,sim/%.c,fiber world check powers powers_host powers_exit powers_guest powers_call \
	       contracts contracts_expect theorem once run) tests/unit/account.c
RUN_OBJ     := $(RUN_SRC:%.c=$(O)/tests/unit/obj/%.o)
HOSTILE_OBJ := $(RUN_OBJ) $(O)/tests/unit/obj/sim/hostile.o

$(O)/sim/races: $(SIM_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

$(O)/sim/hostile: $(HOSTILE_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

PAIRS_OBJ := $(RUN_OBJ) $(O)/tests/unit/obj/sim/pairs.o
$(O)/sim/pairs: $(PAIRS_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

# The same without sanitizers, for long runs.
FAST_SRC = $(RUN_SRC) $(MODULE_TEST_SRC) $(MACHINE_SRC)
FAST_DEP = $(FAST_SRC) $(wildcard sim/*.h machine/*.h module/*/*.h include/verismo/*.h)
$(O)/sim/fast/%: sim/%.c $(FAST_DEP)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(CFLAGS_HOST)) -flto=auto -o $@ $< $(FAST_SRC) -lcmocka

# The same over a module that leaks: tests/attacks/leak-*.patch.
PAIRS_ALL    := $(PAIRS_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
PAIRS_SEEDED := $(patsubst tests/attacks/%.patch,$(O)/sim/seeded/%/pairs,$(wildcard tests/attacks/leak-*.patch))

$(O)/sim/seeded/%/pairs: tests/attacks/%.patch $(PAIRS_ALL) scripts/seed
	@mkdir -p $(@D)
	$(SEED) $< $@ $(PAIRS_ALL)

# The same over a module without one of its defences: a patch of proof/red, or a leak.
RACES_SEEDED   := claim-pinned operand-unpinned remap-unlocked remap-lock-leak unclaimed create-residue
HOSTILE_SEEDED := validate-unzeroed rescind-unflushed rescind-carry-ignored vmsa-unflushed vmsa-writable \
		  remap-lock-leak claim-pinned operand-unpinned remap-unlocked create-residue \
		  delete-bit-left vmsa-check-then-edit double-map revoke-one-level grant-then-zero \
		  grant-vmpl1 apic-unknown cross-level delete-startup delete-running eax-ignored \
		  exit-code-closed ghcb-unmarked ghcb-flip list-double-fetch leak-ghcb leak-register
SIM_SEEDED     := $(RACES_SEEDED:%=$(O)/sim/seeded/%/races) $(HOSTILE_SEEDED:%=$(O)/sim/seeded/%/hostile) \
		  $(PAIRS_SEEDED)

RACES_ALL   := $(SIM_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
HOSTILE_ALL := $(HOSTILE_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)

$(O)/sim/seeded/%/races: proof/red/%.patch $(RACES_ALL) scripts/seed
	@mkdir -p $(@D)
	$(SEED) $< $@ $(RACES_ALL)

$(O)/sim/seeded/%/hostile: proof/red/%.patch $(HOSTILE_ALL) scripts/seed
	@mkdir -p $(@D)
	$(SEED) $< $@ $(HOSTILE_ALL)

$(O)/sim/seeded/%/hostile: tests/attacks/%.patch $(HOSTILE_ALL) scripts/seed
	@mkdir -p $(@D)
	$(SEED) $< $@ $(HOSTILE_ALL)

.PHONY: races sim-programs hostile-long hostile-table pairs
sim-programs: $(O)/sim/races $(O)/sim/hostile $(O)/sim/pairs $(SIM_SEEDED)
#: make races     all interleavings of every pair of calls on one page, and of three with one preemption
races: sim-programs
	$(O)/sim/races
	$(O)/sim/races --cpus 3 --preemptions 1

UNTIL := 100000000
#: make hostile-long  hostile runs until UNTIL=100000000 decisions in all; go on where they were
hostile-long: $(O)/sim/fast/hostile
	$< --until $(UNTIL) --powers

#: make pairs     100,000 paired runs: what host and guest see depends on no secret of the module
pairs: $(O)/sim/fast/pairs
	$< --runs 100000

# The table of powers in docs/hostile.md, written anew.
hostile-table: $(O)/sim/hostile
	{ sed '/^| power /,$$d' docs/hostile.md; $< --markdown; \
	  sed '1,/^| power /d' docs/hostile.md | sed -n '/^$$/,$$p'; } >$(O)/sim/hostile.md
	cp $(O)/sim/hostile.md docs/hostile.md
