# Native tests of the module's core, over the machine.
MODULE_TEST_SRC := $(MODULE_CORE_SRC) sim/hw_machine.c sim/guest.c
MODULE_TEST_OBJ := $(MODULE_TEST_SRC:%.c=$(O)/tests/unit/obj/%.o)
MODULE_TESTS    := test_page test_request test_core test_pvalidate test_create test_ghcb
UNIT_TESTS      += $(MODULE_TESTS:%=$(O)/tests/unit/%)

$(MODULE_TESTS:%=$(O)/tests/unit/%): $(O)/tests/unit/%: $(O)/tests/unit/obj/tests/unit/%.o \
		$(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

UNIT_TESTS += $(O)/tests/unit/test_theorem
$(O)/tests/unit/test_theorem: $(O)/tests/unit/obj/tests/unit/test_theorem.o \
		$(O)/tests/unit/obj/tests/unit/account.o $(O)/tests/unit/obj/tests/unit/account_native.o \
		$(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

# The checks of what the launch and the host hand over at boot.
BOOT_TEST_SRC := module/boot/memory.c module/boot/cpuid.c module/boot/launch.c \
	module/boot/takeover.c module/boot/secrets.c module/boot/guest.c module/boot/linux.c \
	module/boot/vmsa.c tests/unit/boot_image.c
UNIT_TESTS    += $(O)/tests/unit/test_boot

$(O)/tests/unit/test_boot: $(O)/tests/unit/obj/tests/unit/test_boot.o \
		$(BOOT_TEST_SRC:%.c=$(O)/tests/unit/obj/%.o) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

# The start in 32-bit mode; here compiled like everything else.
UNIT_TESTS += $(O)/tests/unit/test_early
$(O)/tests/unit/test_early: $(O)/tests/unit/obj/tests/unit/test_early.o \
		$(O)/tests/unit/obj/module/boot/early.o $(O)/tests/unit/obj/tests/unit/boot_image.o
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka
