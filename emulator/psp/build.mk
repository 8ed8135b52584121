# The emulated secure processor: launch pages, launch digest, guest messages. PSP_PURE needs no hardware and is linked
# into native tests and the sim too.
PSP_DIGEST   := $(addprefix emulator/psp/,digest.c sha384.c secrets.c)
PSP_MESSAGES := $(addprefix emulator/psp/,context.c message.c report.c key.c ecdsa.c identity.c)
PSP_PURE     := $(PSP_DIGEST) $(PSP_MESSAGES)
EMULATOR_SRC += $(PSP_PURE) emulator/psp/cpuid.c emulator/psp/launch.c

# Its cryptography; what the compiler calls by name (crypto/memory.c) the emulator has itself.
PSP_CRYPTO_BARE := $(CRYPTO_SRC:%.c=$(O)/%.o) $(BEARSSL_OBJ_BARE) $(BEARSSL_SIGN_BARE)

# HACL*'s header declares with types of its own and wants its folders on the include path; so does BearSSL's.
$(O)/emulator/psp/sha384.o: CFLAGS_BARE += $(SHA2_INC)
$(O)/emulator/psp/sha384.o: | $(SHA2_SRC)
$(O)/emulator/psp/ecdsa.o: CFLAGS_BARE += $(BEARSSL_INC)
$(O)/emulator/psp/ecdsa.o: | $(BEARSSL_SRC)

# The emulated chip's key and the certificates for it, once for each build folder: the host hands out the table.
CHAIN_TOOL  := $(O)/tools/chain
CHAIN_DIR   := $(O)/emulated
CHAIN_FILES := $(addprefix $(CHAIN_DIR)/,ark.pem ask.pem vcek.pem certs.bin certs.inc vcek_key.inc)

.PHONY: chain
chain: $(CHAIN_DIR)/certs.inc

$(CHAIN_FILES) &: emulator/psp/identity.h | $(CHAIN_TOOL)
	@mkdir -p $(CHAIN_DIR)
	$(CHAIN_TOOL) $(CHAIN_DIR)

$(O)/emulator/psp/identity.o: $(CHAIN_DIR)/vcek_key.inc
