# Third-party source that is compiled here: SHA-2 of HACL*, AES, GHASH and ECDSA of BearSSL. Fetched once,
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
# ECDSA: for the emulated secure processor and native tests; no part of the module.
BEARSSL_SIGN      := ec/ecdsa_i31_sign_raw ec/ecdsa_i31_bits ec/ec_prime_i31 ec/ec_secp256r1 ec/ec_secp384r1 \
		     ec/ec_secp521r1 $(addprefix int/i31_,add bitlen decmod decode encode fmont iszero modpow \
		     montmul muladd ninv31 rshift sub tmont) int/i32_div32 hash/sha2big mac/hmac rand/hmac_drbg \
		     codec/ccopy codec/dec64be codec/enc64be
BEARSSL_SIGN_BARE := $(BEARSSL_SIGN:%=$(BEARSSL_DIR)/bare/%.o)
BEARSSL_SIGN_TEST := $(BEARSSL_SIGN:%=$(BEARSSL_DIR)/test/%.o)
BEARSSL_SRC       := $(patsubst %,$(BEARSSL_DIR)/bearssl/src/%.c,$(BEARSSL_PARTS) $(BEARSSL_SIGN))
BEARSSL_OBJ_BARE  := $(BEARSSL_PARTS:%=$(BEARSSL_DIR)/bare/%.o)
BEARSSL_OBJ_TEST  := $(BEARSSL_PARTS:%=$(BEARSSL_DIR)/test/%.o)
# What the native builds of crypto/ link besides: compiled once, without sanitizers.
FOREIGN_OBJ_HOST  := $(BEARSSL_OBJ_TEST) $(SHA2_OBJ_HOST)

# One run makes all of them.
$(BEARSSL_SRC) &: scripts/fetch-source
	scripts/fetch-source bearssl $(BEARSSL_DIR)
	touch $(BEARSSL_SRC)

$(BEARSSL_DIR)/bare/%.o: $(BEARSSL_DIR)/bearssl/src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -w $(BEARSSL_INC) -c $< -o $@

$(BEARSSL_DIR)/test/%.o: $(BEARSSL_DIR)/bearssl/src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_HOST) -w $(BEARSSL_INC) -c $< -o $@
