# Options, and an IGVM file into a launched guest. options.c is pure.
LOADER_PURE  := emulator/loader/options.c
EMULATOR_SRC += $(LOADER_PURE) emulator/loader/loader.c emulator/loader/pages.c emulator/loader/params.c
