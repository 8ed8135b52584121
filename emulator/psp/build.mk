# The emulated secure processor: launch pages, launch digest. digest.c and sha384.c are pure and are
# linked into native tests too.
PSP_PURE     := emulator/psp/digest.c emulator/psp/sha384.c emulator/psp/secrets.c
EMULATOR_SRC += $(PSP_PURE) emulator/psp/cpuid.c emulator/psp/launch.c

# HACL*'s header declares with types of its own and wants its folders on the include path.
$(O)/emulator/psp/sha384.o: CFLAGS_BARE += $(SHA2_INC)
$(O)/emulator/psp/sha384.o: | $(SHA2_SRC)
