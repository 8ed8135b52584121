# Native tests of the `verismo` command's parts.
TOOLS_TEST_OBJ := $(TOOLS_PURE:%.c=$(O)/tests/unit/obj/%.o)
UNIT_TESTS     += $(O)/tests/unit/test_tools

$(O)/tests/unit/test_tools: $(O)/tests/unit/obj/tests/unit/test_tools.o $(TOOLS_TEST_OBJ) \
		$(IGVM_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka -lcrypto
