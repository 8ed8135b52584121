/*
 * Talking to the untrusted host: the GHCB MSR protocol and this CPU's GHCB page (AMD 56421). Every
 * reply is read once and checked; a malformed one ends the VM with REASON_GHCB_REPLY. What a reply
 * says is never evidence of the state of a page: that comes from PVALIDATE alone.
 */
#ifndef MODULE_HOST_GHCB_H
#define MODULE_HOST_GHCB_H

#include <stdint.h>

/* ---- MSR protocol: works before the GHCB page does ---- */

/* SEV information: terminates with REASON_GHCB_PROTOCOL unless the host speaks version 2, and with
 * REASON_CBIT unless it names this C-bit position. */
void ghcb_negotiate(uint32_t cbit);
/* Hypervisor features, GHCB_FEATURE_*; terminates unless all of required are there. */
uint64_t ghcb_features(uint64_t required);
/* Registers the frame gpfn as this CPU's GHCB and leaves its address in the MSR. */
void ghcb_register(uint64_t gpfn);
/* Page state change of one 4K frame, op = GHCB_PSC_PRIVATE or GHCB_PSC_SHARED; terminates with
 * REASON_GHCB_REPLY if the host refuses. Uses the MSR protocol: call ghcb_use after it, if the
 * page protocol is in use. */
void ghcb_page_state(uint64_t gpfn, uint64_t op);

/* ---- page protocol; ghcb_register has been called on this CPU ---- */

/* Puts this CPU's GHCB address back into the MSR after a call of the MSR protocol. */
void ghcb_use(uint64_t gpfn);
/* Asks the host to run this CPU's vCPU of level vmpl. Returns when the host runs VMPL0 again: 0, or
 * -1 if it refused. */
int ghcb_run_vmpl(uint32_t vmpl);
/* Announces a VMSA: AP creation at level vmpl for CPU apic. vmsa_gpa in bytes; features = its
 * SEV_FEATURES; request = AP_CREATE or AP_CREATE_ON_INIT. 0, or -1 if the host refuses. */
int ghcb_ap_create(uint32_t apic, uint32_t vmpl, uint64_t vmsa_gpa, uint64_t features,
		   uint32_t request);
/* Page state change of count (1..GHCB_PSC_MAX) consecutive frames of a size from gpfn on, by the list
 * in the GHCB page ghcb (pfn), which is this CPU's. Terminates with REASON_GHCB_REPLY if refused. */
void ghcb_page_state_list(uint64_t ghcb, uint64_t gpfn, uint64_t count, uint32_t size, uint64_t op);
/* OUT of one byte to a port. 0, or -1 if the host refuses. */
int ghcb_out8(uint16_t port, uint8_t value);

#endif
