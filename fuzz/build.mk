# Fuzz targets (docs/fuzzing.md): one file a target here, its inputs in corpus/<target>. Built twice: with gcc and
# replay.c, which is all that the tests need, and with clang's libFuzzer for `make fuzz`.
FUZZ_TARGETS := requests decisions igvm boot takeover ghcb
CLANG        := clang

FUZZ_CORE := $(MODULE_TEST_SRC) $(MACHINE_SRC)
FUZZ_BOOT := $(BOOT_TEST_SRC) sim/world.c sim/check.c

# The sources of each target beside its own file, and what its link needs.
FUZZ_SRC_requests  := $(FUZZ_CORE) sim/world.c sim/check.c
FUZZ_SRC_decisions := $(FUZZ_CORE) $(RUN_SRC)
FUZZ_SRC_igvm      := $(IGVM_SRC)
FUZZ_SRC_boot      := $(FUZZ_CORE) $(FUZZ_BOOT) module/boot/early.c
FUZZ_SRC_takeover  := $(FUZZ_CORE) $(FUZZ_BOOT)
FUZZ_SRC_ghcb      := $(FUZZ_CORE)
FUZZ_LINK_takeover := -Wl,--wrap=hw_table_bytes

# Of a target: its sources, and the objects of the two builds.
fuzz_src = fuzz/$(1).c fuzz/fuzz.c $(FUZZ_SRC_$(1))
fuzz_obj = $(patsubst %.c,$(O)/tests/unit/obj/%.o,fuzz/replay.c $(call fuzz_src,$(1)))

fuzzer_obj = $(patsubst %.c,$(O)/fuzz/obj/%.o,$(call fuzz_src,$(1)))

# Coverage guides libFuzzer through what is tested, not through the machine below it.
CFLAGS_FUZZ   := $(CFLAGS_ALL) -O2 -fsanitize=address,undefined -fno-sanitize-recover=all -D__SANITIZE_ADDRESS__
FUZZ_COVERAGE := -fsanitize=fuzzer-no-link

$(O)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CLANG) $(CFLAGS_FUZZ) $(if $(filter machine/% sim/% tests/%,$<),,$(FUZZ_COVERAGE)) -c -o $@ $<

define fuzz_programs
$(O)/fuzz/$(1)/replay: $$(call fuzz_obj,$(1))
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS_TEST) -o $$@ $$^ $$(FUZZ_LINK_$(1)) -lcmocka

$(O)/fuzz/$(1)/fuzzer: $$(call fuzzer_obj,$(1))
	@mkdir -p $$(@D)
	$$(CLANG) $$(CFLAGS_FUZZ) -fsanitize=fuzzer -o $$@ $$^ $$(FUZZ_LINK_$(1)) -lcmocka
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_programs,$(target))))
FUZZ_REPLAYS := $(FUZZ_TARGETS:%=$(O)/fuzz/%/replay)

# The targets over sources without one of their defences. Each line of seeded: target, patch, what is found.
FUZZ_SEEDED_PAIRS := $(shell sed -n 's/^\([a-z][a-z]*\) *| *\([^ ]*\)\.patch .*/\1:\2/p' fuzz/seeded/list)

define fuzz_seeded
$(O)/fuzz/$(1)/seeded/$(notdir $(2)): $(2).patch scripts/seed $$(call fuzz_obj,$(1))
	@mkdir -p $$(@D)
	CC='$$(CC)' CFLAGS='$$(filter-out -MMD -MP,$$(CFLAGS_TEST))' LIBS='$$(FUZZ_LINK_$(1)) -lcmocka' \
		scripts/seed $$< $$@ $$(filter %.o,$$^)

# The same under libFuzzer, to find an input for the corpus (scripts/fuzz --defects).
$(O)/fuzz/$(1)/hunt/$(notdir $(2)): $(2).patch scripts/seed $$(call fuzzer_obj,$(1))
	@mkdir -p $$(@D)
	CC='$$(CLANG)' CFLAGS='$$(filter-out -MMD -MP,$$(CFLAGS_FUZZ)) $$(FUZZ_COVERAGE)' \
		LIBS='-fsanitize=fuzzer $$(FUZZ_LINK_$(1)) -lcmocka' scripts/seed $$< $$@ $$(filter %.o,$$^)
FUZZ_SEEDED += $(O)/fuzz/$(1)/seeded/$(notdir $(2))
endef
$(foreach pair,$(FUZZ_SEEDED_PAIRS),$(eval $(call fuzz_seeded,$(firstword $(subst :, ,$(pair))),$(lastword $(subst :, ,$(pair))))))

.PHONY: fuzz fuzz-programs fuzzers coverage
fuzz-programs: $(FUZZ_REPLAYS) $(FUZZ_SEEDED)
fuzzers: $(FUZZ_TARGETS:%=$(O)/fuzz/%/fuzzer)
#: make fuzz      T=10m [TARGET=name]: libFuzzer on all fuzz targets, or one; two jobs
fuzz:
	@scripts/deps install fuzz
	@scripts/fuzz --time "$(or $(T),10m)" --target "$(TARGET)"
#: make coverage  lines that tests, sim and fuzz corpora reach; each that they do not is explained
coverage:
	@scripts/coverage
