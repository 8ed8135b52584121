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

# The attack guest over modules with a defence removed (tests/attacks/).
SEEDED_IMAGES := $(patsubst tests/attacks/%.patch,$(O)/seeded/%.igvm,$(wildcard tests/attacks/*.patch))

# What the tests need is built first; then nothing is printed but their lines.
.PHONY: test-programs
test-programs: all $(UNIT_TESTS) $(SEEDED_IMAGES) sim-programs

test:
	@scripts/deps install run test
	@echo "building"
	@$(MAKE) -s --no-print-directory test-programs
	@tests/run -l tests/list -o $(O)/tests $(UNIT_TESTS)
