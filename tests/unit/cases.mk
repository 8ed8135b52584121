# The conformance cases of the machine (guest/machine/) over machine/, and over machine/ with a seeded defect.
CASES_SRC  := $(wildcard guest/machine/cases*.c) $(addprefix guest/machine/,states.c answers.c area.c)
CASES_TEST := $(CASES_SRC:%.c=$(O)/tests/unit/obj/%.o) $(O)/tests/unit/obj/tests/unit/test_cases.o
UNIT_TESTS += $(O)/tests/unit/test_cases

$(O)/tests/unit/test_cases: $(CASES_TEST) $(MACHINE_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^

$(O)/tests/unit/seeded/%/test_cases: proof/red/%.patch $(CASES_TEST) $(MACHINE_SRC)
	$(call SEED_MACHINE,$(@D))
	$(CC) $(CFLAGS_TEST) -no-pie -o $@ $(CASES_TEST) $(MACHINE_SRC:machine/%.c=$(@D)/%.o)

test-programs: $(DOOR_SEEDED:%=$(O)/tests/unit/seeded/%/test_cases)
