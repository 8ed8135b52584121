# Native tests of the emulator's host (over a fake of svm.h) and of what psp/ and loader/ have in pure C.
HOST_TEST_OBJ   := $(HOST_SRC:%.c=$(O)/tests/unit/obj/emulator/host/%.o)
LAUNCH_TEST_SRC := $(PSP_DIGEST) emulator/psp/cpuid.c $(LOADER_PURE)
LAUNCH_TEST_OBJ := $(LAUNCH_TEST_SRC:%.c=$(O)/tests/unit/obj/%.o)
UNIT_TESTS      += $(O)/tests/unit/test_host $(O)/tests/unit/test_launch

$(HOST_TEST_OBJ) $(O)/tests/unit/obj/tests/unit/test_host.o: | $(ATTACK_TABLE)

$(O)/tests/unit/test_host: $(O)/tests/unit/obj/tests/unit/test_host.o $(HOST_TEST_OBJ)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

$(O)/tests/unit/test_launch: $(O)/tests/unit/obj/tests/unit/test_launch.o $(LAUNCH_TEST_OBJ) $(SHA2_OBJ_HOST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka

$(O)/tests/unit/obj/emulator/psp/sha384.o: UNIT_INCLUDES = $(SHA2_INC)
$(O)/tests/unit/obj/emulator/psp/sha384.o: | $(SHA2_SRC)
