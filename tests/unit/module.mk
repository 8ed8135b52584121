# Native tests of the module's core, over the machine.
MODULE_TEST_SRC := $(MODULE_CORE_SRC) tests/unit/hw_machine.c tests/unit/guest_sim.c
MODULE_TEST_OBJ := $(MODULE_TEST_SRC:%.c=$(O)/tests/unit/obj/%.o)
MODULE_TESTS    := test_page test_request test_core test_pvalidate test_create test_ghcb
UNIT_TESTS      += $(MODULE_TESTS:%=$(O)/tests/unit/%)

$(MODULE_TESTS:%=$(O)/tests/unit/%): $(O)/tests/unit/%: $(O)/tests/unit/obj/tests/unit/%.o \
		$(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka
