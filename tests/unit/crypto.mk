# Native tests of crypto/. libcrypto is the second implementation.
CRYPTO_TEST_OBJ := $(CRYPTO_SRC:%.c=$(O)/tests/unit/obj/%.o) $(BEARSSL_OBJ_TEST) $(SHA2_OBJ_HOST)
UNIT_TESTS      += $(O)/tests/unit/test_crypto

$(O)/tests/unit/test_crypto: $(O)/tests/unit/obj/tests/unit/test_crypto.o \
		$(O)/tests/unit/obj/tests/unit/crypto_abi.o $(CRYPTO_TEST_OBJ)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka -lcrypto

$(O)/tests/unit/obj/tests/unit/crypto_abi.o: UNIT_INCLUDES = -w $(SHA2_INC) $(BEARSSL_INC)
$(O)/tests/unit/obj/tests/unit/crypto_abi.o: | $(SHA2_SRC) $(BEARSSL_SRC)

# Secret independence (tests/system/crypto-ct), over the freestanding objects. Needs valgrind's headers.
CRYPTO_CT       := $(O)/tests/crypto
CRYPTO_CT_LINK  := $(CC) -no-pie -Wl,--wrap=crypto_differs -o
CRYPTO_CT_SEEDS := crypto-early-exit crypto-key-length crypto-stack-left
CRYPTO_SEEDS    := crypto-tag-ignored crypto-tag-half crypto-length-lost

$(CRYPTO_CT)/ct_crypto: tests/unit/ct_crypto.c $(CRYPTO_OBJ_BARE)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_HOST) -c -o $@.o $<
	$(CRYPTO_CT_LINK) $@ $@.o $(CRYPTO_OBJ_BARE)

# Everything that the interface has, and nothing else: a name that is missing is an error of the linker.
CRYPTO_NAMES := crypto_hkdf_extract crypto_hkdf_expand crypto_gcm_seal crypto_gcm_open
$(CRYPTO_CT)/bare.elf: $(CRYPTO_OBJ_BARE)
	@mkdir -p $(@D)
	$(LD) -nostdlib -static --gc-sections -e crypto_gcm_seal $(CRYPTO_NAMES:%=-u %) -o $@ $^

# The same programs of a copy of crypto/ that has one defect.
define SEED_CRYPTO
	rm -rf $(@D)
	mkdir -p $(@D)/src
	cp -r crypto $(@D)/src/crypto
	patch -s -p1 -d $(@D)/src < $<
	for name in $(CRYPTO_SRC:crypto/%.c=%); do \
		$(CC) -I$(@D)/src $(1) -w -c -o $(@D)/$$name.o $(@D)/src/crypto/$$name.c || exit 1; done
endef
$(CRYPTO_CT)/%/ct_crypto: tests/attacks/%.patch $(CRYPTO_CT)/ct_crypto
	$(call SEED_CRYPTO,$(CFLAGS_BARE))
	$(CRYPTO_CT_LINK) $@ $(CRYPTO_CT)/ct_crypto.o $(@D)/*.o $(O)/crypto/memory.o $(BEARSSL_OBJ_BARE) $(SHA2_OBJ_BARE)

$(CRYPTO_CT)/%/test_crypto: proof/red/%.patch $(O)/tests/unit/test_crypto
	$(call SEED_CRYPTO,$(CFLAGS_TEST))
	$(CC) $(CFLAGS_TEST) -o $@ $(O)/tests/unit/obj/tests/unit/test_crypto.o $(@D)/*.o $(BEARSSL_OBJ_TEST) \
		$(SHA2_OBJ_HOST) -lcmocka -lcrypto

.PHONY: crypto-programs
crypto-programs: $(CRYPTO_CT)/bare.elf $(CRYPTO_SEEDS:%=$(CRYPTO_CT)/%/test_crypto) \
	$(if $(wildcard /usr/include/valgrind/memcheck.h),$(CRYPTO_CT)/ct_crypto $(CRYPTO_CT_SEEDS:%=$(CRYPTO_CT)/%/ct_crypto))
