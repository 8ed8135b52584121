# The module: one freestanding ELF. MODULE_ROOT and MODULE_OUT name another copy of the sources and
# another output folder; the builds with a seeded defect use that.
MODULE_ROOT ?= .
MODULE_OUT  ?= $(O)/module

include module/core.mk

MODULE_BOOT_SRC := \
	module/boot/boot.c \
	module/boot/cpuid.c \
	module/boot/cpus.c \
	module/boot/descriptors.c \
	module/boot/guest.c \
	module/boot/image.c \
	module/boot/launch.c \
	module/boot/layout.c \
	module/boot/linux.c \
	module/boot/memory.c \
	module/boot/secrets.c \
	module/boot/tables.c \
	module/boot/takeover.c \
	module/boot/vmsa.c
MODULE_ASM := module/boot/entry.S module/boot/idt.S
MODULE_SRC := $(MODULE_CORE_SRC) $(MODULE_BOOT_SRC) module/hw/hw_x86.c module/hw/hw_table.c
MODULE_SRC_32 := module/boot/early.c
MODULE_OBJ := $(MODULE_ASM:module/%.S=$(MODULE_OUT)/%.o) $(MODULE_SRC:module/%.c=$(MODULE_OUT)/%.o) \
	$(MODULE_SRC_32:module/%.c=$(MODULE_OUT)/%.o)
MODULE_LD  := $(MODULE_ROOT)/module/module.ld
MODULE_HDR := $(wildcard module/*/*.h)

.PHONY: module
#: make module    the security module alone, with its size
module: $(MODULE_OUT)/module.elf

# The linker script holds the limit of 128 KiB for text, rodata and data.
$(MODULE_OUT)/module.elf: $(MODULE_OBJ) $(MODULE_LD)
	$(LD) -nostdlib -static -z max-page-size=4096 -z noexecstack --gc-sections \
		-T $(MODULE_LD) -o $@ $(MODULE_OBJ)
	@set -- $$(nm $@ | sed -n 's/ . image_text$$//p; s/ . image_data_end$$//p' | sort); \
		echo "$@: text, rodata and data $$(((0x$$2 - 0x$$1 + 1023) / 1024)) KiB of 128"

$(MODULE_OUT)/%.o: $(MODULE_ROOT)/module/%.c module/build.mk
	@mkdir -p $(@D)
	$(CC) -I$(MODULE_ROOT) $(CFLAGS_BARE) -c $< -o $@

$(MODULE_OUT)/%.o: $(MODULE_ROOT)/module/%.S module/build.mk
	@mkdir -p $(@D)
	$(CC) -I$(MODULE_ROOT) $(CFLAGS_BARE) -c $< -o $@

# Code that runs before long mode: compiled for 32 bits, assembled into a 64-bit object.
$(MODULE_SRC_32:module/%.c=$(MODULE_OUT)/%.o): $(MODULE_OUT)/%.o: $(MODULE_ROOT)/module/%.c module/build.mk
	@mkdir -p $(@D)
	{ echo .code32; $(CC) -I$(MODULE_ROOT) $(CFLAGS_BARE) -m32 -g0 -MF $(@:.o=.d) -MT $@ -S -o - $<; } >$(@:.o=.s)
	$(CC) -c $(@:.o=.s) -o $@

# The same module with one defect seeded by a patch: tests/attacks/NAME.patch, or proof/red/NAME.patch.
MODULE_FILES := $(MODULE_SRC) $(MODULE_SRC_32) $(MODULE_ASM) $(MODULE_HDR) module/module.ld
define SEED_MODULE
	rm -rf $(@D)
	mkdir -p $(@D)/src
	cp -r module $(@D)/src/module
	patch -s -p1 -d $(@D)/src < $<
	+$(MAKE) --no-print-directory WARN=-w MODULE_ROOT=$(@D)/src MODULE_OUT=$(@D) $@
endef
$(O)/seeded/%/module.elf: tests/attacks/%.patch $(MODULE_FILES)
	$(SEED_MODULE)

$(O)/seeded/%/module.elf: proof/red/%.patch $(MODULE_FILES)
	$(SEED_MODULE)
