/*
 * The emulated chip: what AMD's fuses and certificates would say of it. Everything here says that it is not a
 * chip of AMD. The key exists once per build folder (tools/chain.c) and protects nothing: it lies in the emulator's
 * ELF file.
 */
#ifndef EMULATOR_PSP_IDENTITY_H
#define EMULATOR_PSP_IDENTITY_H

#include <stdint.h>

#define IDENTITY_PRODUCT "Emulated"
#define IDENTITY_CHIP_ID "verismo emulator: a chip that does not exist, and proves nothing"

/* Security versions in the bytes of a TCB_VERSION, in Milan's order (56860, 2.2), and the firmware's version. */
#define IDENTITY_TCB                                                                               \
	{                                                                                          \
		4, 1, 0, 0, 0, 0, 22, 213                                                          \
	}
#define IDENTITY_FIRMWARE                                                                          \
	{                                                                                          \
		1, 55, 1                                                                           \
	}			   /* build, minor, major */
#define IDENTITY_ABI	   0x0137U /* the newest guest policy API it takes: major 1, minor 55 */
#define IDENTITY_GUEST_SVN 0U	   /* no ID block is loaded */

#define IDENTITY_KEY_SIZE 48U
/* The VCEK: the private scalar, big endian. */
extern const uint8_t identity_vcek[IDENTITY_KEY_SIZE];

_Static_assert(sizeof(IDENTITY_CHIP_ID) - 1 == 64, "CHIP_ID");

#endif
