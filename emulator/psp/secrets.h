/* The secrets page as the secure processor fills it at launch (56860, secrets page). */
#ifndef EMULATOR_PSP_SECRETS_H
#define EMULATOR_PSP_SECRETS_H

#include <stdint.h>
#include <verismo/snp.h>

/* page: 4096 bytes. fms: CPUID 1 EAX. */
void secrets_fill(uint8_t *page, uint32_t fms);

/* VMPCKn of level n. They are fixed and say in ASCII that they are test keys: nothing that this machine attests is
 * secret. */
void secrets_vmpck(uint8_t key[SECRETS_VMPCK_SIZE], uint32_t vmpl);

#endif
