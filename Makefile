# verismo: a security module for SEV-SNP guests, its machine model and the emulator that runs both.
# `make help` lists what people type.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

O     := build
CC    := gcc
LD    := ld
PYTHON := python3

WARN        := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wvla \
	       -Wno-unknown-pragmas -Wno-comment
CFLAGS_ALL  := -std=gnu11 -g -Iinclude -I. -I$(O) $(WARN) -MMD -MP
CFLAGS_BARE := $(CFLAGS_ALL) -O2 -ffreestanding -fno-builtin -fno-pic -fno-pie -mno-red-zone \
	       -mgeneral-regs-only -fno-stack-protector -fno-asynchronous-unwind-tables \
	       -fno-strict-aliasing -fcf-protection=none -ffunction-sections -fdata-sections
CFLAGS_HOST := $(CFLAGS_ALL) -O2
CFLAGS_TEST := $(CFLAGS_ALL) -O1 -fsanitize=address,undefined -fno-sanitize-recover=all

.PHONY: all run test verify doctor help clean
all: image tools emulator guests

help:
	@sed -n 's/^#: //p' Makefile sim/*.mk proof/*.mk

#: make run       boot Debian's Linux under the module in the emulator; show three attacks refused
#: make test      unit, conformance and system tests, ending in 'N passed, N failed'
#: make bench-boot  boot time under the module against plain TCG, same kernel, same run
#: make doctor    report what this machine lacks; changes nothing
#: make clean     remove build/

include scripts/build.mk
include igvm/build.mk
include machine/build.mk
include module/build.mk
include crypto/build.mk
include emulator/build.mk
include tools/build.mk
include guest/build.mk
include tests/build.mk
include sim/build.mk
include sim/attack.mk
include fuzz/build.mk
include proof/build.mk

run:
	@scripts/deps install run
	@echo "building"
	@$(MAKE) -s --no-print-directory all
	@scripts/demo

doctor:
	@scripts/deps check run test verify develop

.PHONY: bench-boot
bench-boot: all
	@scripts/bench-boot

clean:
	rm -rf $(O)

-include $(shell find $(O) -type f -name '*.d' 2>/dev/null)
