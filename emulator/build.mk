# The emulator: an ELF file that QEMU's -kernel starts by its PVH note.
EMULATOR_SRC := $(addprefix emulator/svm/,main.c smp.c cpu.c log.c ports.c memory.c context.c fpu.c \
		nested.c guestmem.c fetch.c deliver.c exit.c npf.c snp.c msr.c cr0.c run.c events.c \
		evict.c access.c rmp.c)
-include emulator/host/build.mk
-include emulator/psp/build.mk
-include emulator/loader/build.mk

EMULATOR_ELF := $(O)/emulator/emulator.elf
EMULATOR_OBJ := $(O)/emulator/svm/start.o $(EMULATOR_SRC:%.c=$(O)/%.o)

.PHONY: emulator
emulator: $(EMULATOR_ELF)

$(EMULATOR_ELF): $(EMULATOR_OBJ) $(MACHINE_OBJ_BARE) $(IGVM_OBJ_BARE) $(SHA2_OBJ_BARE) \
		 emulator/emulator.ld
	$(LD) -nostdlib -static -z max-page-size=4096 --no-warn-rwx-segments --gc-sections \
		-T emulator/emulator.ld -o $@ $(filter %.o,$^)

$(O)/emulator/%.o: emulator/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c -o $@ $<

$(O)/emulator/%.o: emulator/%.S
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c -o $@ $<

include emulator/check/build.mk
