# Native tests of machine/ and igvm/.
MACHINE_TESTS := test_rmp test_insn test_access test_memory
UNIT_TESTS    += $(MACHINE_TESTS:%=$(O)/tests/unit/%) $(O)/tests/unit/test_igvm

$(MACHINE_TESTS:%=$(O)/tests/unit/%): $(O)/tests/unit/%: $(O)/tests/unit/obj/tests/unit/%.o \
		$(O)/tests/unit/obj/tests/unit/machine_fixture.o $(MACHINE_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

$(O)/tests/unit/test_igvm: $(O)/tests/unit/obj/tests/unit/test_igvm.o $(IGVM_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka
