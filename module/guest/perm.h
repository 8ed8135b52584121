/*
 * RMP permissions of frames that this CPU has claimed. "Up to owner" = the guest levels
 * GUEST_VMPL_MIN..owner: VMPL1 never gets any. size: SNP_SIZE_4K, or SNP_SIZE_2M for an aligned pfn.
 *
 * The host may split a 2M RMP entry at any time (PSMASH). Once the first instruction on a region has
 * succeeded, a later size mismatch is met by doing the same in 4K steps; any other failure there
 * cannot happen and ends the VM with REASON_RMPADJUST.
 */
#ifndef MODULE_GUEST_PERM_H
#define MODULE_GUEST_PERM_H

#include <stdint.h>

/* Takes every permission from VMPL1, 2 and 3, and the VMSA bit. EAX of the first RMPADJUST: if it is
 * not SNP_OK, nothing has changed. */
uint32_t perm_revoke(uint64_t pfn, uint32_t size);
/* Read, write and both execute permissions for the guest levels up to owner. */
void perm_grant(uint64_t pfn, uint32_t size, uint32_t owner);
/* Makes a revoked 4K frame a VMSA page that the guest levels up to owner may read. */
void perm_make_vmsa(uint64_t pfn, uint32_t owner);

#endif
