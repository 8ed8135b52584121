# Cryptography, freestanding (docs/crypto.md). CRYPTO_OBJ_BARE needs nothing from outside: memory.c has what the
# compiler calls.
CRYPTO_SRC      := crypto/bytes.c crypto/gcm.c crypto/hkdf.c crypto/sha2.c crypto/wipe.c
CRYPTO_OBJ_BARE := $(CRYPTO_SRC:%.c=$(O)/%.o) $(O)/crypto/memory.o $(BEARSSL_OBJ_BARE) $(SHA2_OBJ_BARE)

$(O)/crypto/%.o: crypto/%.c crypto/build.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c $< -o $@

# Its loops would become calls of themselves.
$(O)/crypto/memory.o: CFLAGS_BARE += -fno-tree-loop-distribute-patterns
