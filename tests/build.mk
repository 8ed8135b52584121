# Tests: native programs under tests/unit/ (each folder-like group has its .mk there), and what
# tests/list names. A group appends its programs to UNIT_TESTS.
UNIT_TESTS :=

$(O)/tests/unit/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) $(UNIT_INCLUDES) -c -o $@ $<

include $(sort $(wildcard tests/unit/*.mk))

.PHONY: unit
#: make unit      the native tests alone, with their output
unit: $(UNIT_TESTS)
	tests/run -v -o $(O)/tests $(UNIT_TESTS)

# What the emulator's attacks win over: the attack guest with modules, and emulators of machines, that have a
# defect (emulator/host/attacks.list).
SEEDED_DEFECTS := $(sort $(basename $(notdir $(shell awk -F' [|] ' '!/^\#/ { print $$5 }' $(ATTACK_LIST)))))
SEEDED_IMAGES  := $(patsubst %,$(O)/seeded/%.igvm,$(filter-out machine-%,$(SEEDED_DEFECTS))) \
		  $(patsubst %,$(O)/emulator/seeded/%.elf,$(filter machine-%,$(SEEDED_DEFECTS)))

# Kept, so that two makes at a time do not take them from each other.
.SECONDARY: $(patsubst %,$(O)/seeded/%/module.elf,$(SEEDED_DEFECTS))

# What the tests need is built first; then nothing is printed but their lines.
.PHONY: test-programs
test-programs: all $(UNIT_TESTS) $(SEEDED_IMAGES) sim-programs fuzz-programs crypto-programs

test:
	@scripts/deps install run test
	@echo "building"
	@$(MAKE) -s --no-print-directory test-programs
	@tests/run -l tests/list -o $(O)/tests $(UNIT_TESTS)
