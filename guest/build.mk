# What runs as a guest: the Linux image (kernel of the machine's Debian mirror, own init), and the
# freestanding guests of conformance/.
KERNEL      := $(O)/kernel/vmlinuz
LINUX_INIT  := $(O)/guest/linux/init
INITRAMFS   := $(O)/initramfs.cpio
LINUX_IMAGE := $(O)/linux.igvm
MODULE_ELF  ?= $(O)/module/module.elf

.PHONY: image guests
image: $(LINUX_IMAGE)
guests: image

MODULES     := $(patsubst %,$(O)/kernel/modules/%.ko.xz,$(shell cat guest/linux/modules.list))

# Kernel and modules come from one package.
$(KERNEL) $(MODULES) &: | $(O)
	scripts/fetch-kernel $(O)/kernel

$(O):
	@mkdir -p $@

# --gc-sections and -static: the only program of the guest, without a dynamic loader.
$(LINUX_INIT): $(addprefix guest/linux/,init.c attest.c init.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_HOST) -MT $@ -Os -ffunction-sections -static -s -Wl,--gc-sections $(filter %.c,$^) -o $@

$(O)/guest/linux/mkinitramfs: guest/linux/mkinitramfs.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_HOST) $< -o $@

$(INITRAMFS): $(LINUX_INIT) $(O)/guest/linux/mkinitramfs $(MODULES) guest/linux/modules.list
	$(O)/guest/linux/mkinitramfs $(LINUX_INIT) $@ $(MODULES)

$(LINUX_IMAGE): $(MODULE_ELF) $(KERNEL) $(INITRAMFS) $(VERISMO) guest/linux/cmdline
	$(VERISMO) image --module $(MODULE_ELF) --kernel $(KERNEL) --initrd $(INITRAMFS) --output $@

include guest/conformance/build.mk
include guest/attack/build.mk
include guest/machine/build.mk
