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

EMULATOR_LINK = $(LD) -nostdlib -static -z max-page-size=4096 --no-warn-rwx-segments --gc-sections \
		-T emulator/emulator.ld -o $@

# What it links besides its own objects and the machine's.
EMULATOR_LIBS := $(IGVM_OBJ_BARE) $(SHA2_OBJ_BARE) $(PSP_CRYPTO_BARE)

$(EMULATOR_ELF): $(EMULATOR_OBJ) $(MACHINE_OBJ_BARE) $(EMULATOR_LIBS) emulator/emulator.ld
	$(EMULATOR_LINK) $(filter %.o,$^)

# machine/ with the first prerequisite, a patch, applied: objects in folder $(1).
define SEED_MACHINE
	rm -rf $(1)
	mkdir -p $(1)
	cp -r machine $(1)/machine
	patch -s -p1 -d $(1) < $<
	for file in $(MACHINE_SRC:machine/%.c=%); do \
		$(CC) -I$(1) $(CFLAGS_BARE) -Wno-unused -Wno-unused-parameter -c -o $(1)/$$file.o \
			$(1)/machine/$$file.c || exit 1; \
	done
endef
# The emulator of a machine with one defect: tests/attacks/NAME.patch, or proof/red/NAME.patch.
define SEED_EMULATOR
	$(call SEED_MACHINE,$(O)/emulator/seeded/$*)
	$(EMULATOR_LINK) $(EMULATOR_OBJ) $(MACHINE_SRC:machine/%.c=$(O)/emulator/seeded/$*/%.o) \
		$(EMULATOR_LIBS)
endef
$(O)/emulator/seeded/%.elf: tests/attacks/%.patch $(EMULATOR_ELF) $(MACHINE_SRC)
	$(SEED_EMULATOR)

$(O)/emulator/seeded/%.elf: proof/red/%.patch $(EMULATOR_ELF) $(MACHINE_SRC)
	$(SEED_EMULATOR)

$(O)/emulator/%.o: emulator/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c -o $@ $<

$(O)/emulator/%.o: emulator/%.S
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BARE) -c -o $@ $<

include emulator/check/build.mk
include emulator/door/build.mk
