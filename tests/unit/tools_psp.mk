# Native tests of the emulated secure processor's messages, with its parts, crypto/ and `verismo verify` (tools.mk).
PSP_TEST_OBJ := $(PSP_PURE:%.c=$(O)/tests/unit/obj/%.o) $(CRYPTO_SRC:%.c=$(O)/tests/unit/obj/%.o) \
		$(BEARSSL_OBJ_TEST) $(BEARSSL_SIGN_TEST) $(SHA2_OBJ_HOST)
UNIT_TESTS   += $(O)/tests/unit/test_psp

$(O)/tests/unit/obj/emulator/psp/ecdsa.o: UNIT_INCLUDES = $(BEARSSL_INC)
$(O)/tests/unit/obj/emulator/psp/ecdsa.o: | $(BEARSSL_SRC)
$(O)/tests/unit/obj/emulator/psp/identity.o: $(CHAIN_DIR)/vcek_key.inc
$(O)/tests/unit/obj/emulator/host/guest_request.o: $(CHAIN_DIR)/certs.inc
$(O)/tests/unit/obj/tests/unit/test_psp.o: UNIT_INCLUDES = '-DEMULATED="$(CHAIN_DIR)"'
$(O)/tests/unit/obj/tests/unit/test_psp.o: | $(CHAIN_FILES)

$(O)/tests/unit/test_psp: $(O)/tests/unit/obj/tests/unit/test_psp.o $(O)/tests/unit/obj/tests/unit/psp_guest.o \
		$(addprefix $(O)/tests/unit/obj/emulator/psp/,launch.o cpuid.o) $(PSP_TEST_OBJ) $(VERIFY_TEST_OBJ) $(TOOLS_TEST_OBJ) $(IGVM_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka -lcrypto
