# Third-party source that is compiled here: SHA-2 of HACL*, AES and GHASH of BearSSL. Fetched once,
# checked, then offline. -fbuiltin: its eight-byte memcpy calls become loads, which halves the time of a hash.
SHA2_DIR      := $(O)/sha2
SHA2_INC      := -I$(SHA2_DIR)/hacl -I$(SHA2_DIR)/hacl/include -D_PYTHON_HACL_NAMESPACES_H
SHA2_OBJ_BARE := $(SHA2_DIR)/sha2-bare.o
SHA2_OBJ_HOST := $(SHA2_DIR)/sha2-host.o
SHA2_SRC      := $(SHA2_DIR)/hacl/Hacl_Hash_SHA2.c

$(SHA2_SRC): scripts/fetch-source
	scripts/fetch-source hacl $(SHA2_DIR)
	touch $@

$(SHA2_OBJ_BARE): $(SHA2_SRC)
	$(CC) $(CFLAGS_BARE) -O3 -fbuiltin -w $(SHA2_INC) -c $< -o $@

$(SHA2_OBJ_HOST): $(SHA2_SRC)
	$(CC) $(CFLAGS_HOST) -w $(SHA2_INC) -c $< -o $@

BEARSSL_DIR      := $(O)/bearssl
BEARSSL_INC      := -I$(BEARSSL_DIR)/bearssl/inc -I$(BEARSSL_DIR)/bearssl/src -DBR_64=1 -DBR_AES_X86NI=0 \
		    -DBR_RDRAND=0 -DBR_USE_UNIX_TIME=0 -DBR_USE_URANDOM=0
BEARSSL_PARTS    := symcipher/aes_ct64 symcipher/aes_ct64_enc symcipher/aes_ct64_ctr hash/ghash_ctmul64 \
		    codec/dec32le codec/enc32le
BEARSSL_SRC      := $(BEARSSL_PARTS:%=$(BEARSSL_DIR)/bearssl/src/%.c)
BEARSSL_OBJ_BARE := $(BEARSSL_PARTS:%=$(BEARSSL_DIR)/bare/%.o)
BEARSSL_OBJ_TEST := $(BEARSSL_PARTS:%=$(BEARSSL_DIR)/test/%.o)

# One run makes all of them.
$(BEARSSL_SRC) &: scripts/fetch-source
	scripts/fetch-source bearssl $(BEARSSL_DIR)
	touch $(BEARSSL_SRC)

$(BEARSSL_DIR)/bare/%.o: $(BEARSSL_DIR)/bearssl/src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -w $(BEARSSL_INC) -c $< -o $@

$(BEARSSL_DIR)/test/%.o: $(BEARSSL_DIR)/bearssl/src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -w $(BEARSSL_INC) -c $< -o $@
