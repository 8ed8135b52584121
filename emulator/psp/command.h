/*
 * What the host may ask of the secure processor once the guest runs. It gets sealed messages and hands them on; no
 * key and no plaintext of them has a name here.
 */
#ifndef EMULATOR_PSP_COMMAND_H
#define EMULATOR_PSP_COMMAND_H

#include <stdint.h>
#include <verismo/snp.h>

/* SNP_GUEST_REQUEST (56860, 8.26) with copies of the guest's pages; response is written if the result is
 * FIRMWARE_OK (wire.h). One command at a time: other CPUs wait. */
uint32_t psp_command_guest_request(const uint8_t request[PAGE_SIZE], uint8_t response[PAGE_SIZE]);

#endif
