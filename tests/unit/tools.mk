# Native tests of the `verismo` command's parts.
TOOLS_TEST_OBJ := $(TOOLS_PURE:%.c=$(O)/tests/unit/obj/%.o)
UNIT_TESTS     += $(O)/tests/unit/test_tools

$(O)/tests/unit/test_tools: $(O)/tests/unit/obj/tests/unit/test_tools.o $(TOOLS_TEST_OBJ) \
		$(IGVM_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka -lcrypto

# `verismo verify`, and the program that writes its system test's reports and certificates.
VERIFY_TEST_OBJ := $(addprefix $(O)/tests/unit/obj/tools/,report.o verify.o verify_options.o \
		   verify_files.o verify_certs.o verify_chain.o verify_vek.o verify_checks.o \
		   verify_quote.o verify_verdict.o)
VERIFY_FIXTURE  := $(addprefix $(O)/tests/unit/obj/,tests/unit/verify_fixture.o tools/certmake.o)
VERIFY_MAKE     := $(O)/tests/unit/verify_make
VERIFY_TESTS    := $(addprefix $(O)/tests/unit/,test_verify test_verify_files test_verify_quote)
UNIT_TESTS      += $(VERIFY_TESTS)

$(VERIFY_TESTS) $(VERIFY_MAKE): $(O)/tests/unit/%: $(O)/tests/unit/obj/tests/unit/%.o \
		$(VERIFY_FIXTURE) $(VERIFY_TEST_OBJ) $(TOOLS_TEST_OBJ) $(IGVM_OBJ_TEST)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka -lcrypto

test-programs: $(VERIFY_MAKE)
