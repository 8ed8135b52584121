/*
 * Talking to the untrusted host: the GHCB MSR protocol and this CPU's GHCB page (AMD 56421). Every
 * reply is read once and checked; a malformed one ends the VM with REASON_GHCB_REPLY. What a reply
 * says is never evidence of the state of a page: that comes from PVALIDATE alone.
 */
#ifndef MODULE_HOST_GHCB_H
#define MODULE_HOST_GHCB_H

#include <stdint.h>
#include <verismo/ghcb.h>
#include "module/hw/ghost.h"

/*
 * What this CPU last asked the host, and what it has taken of the answer; for contracts alone. What it has
 * put into the GHCB page is in hw_ghcb; the host need not leave any of it as it was put.
 */
struct ghcb_sent {
	uint64_t request; /* of the MSR protocol: the MSR as the host found it */
	uint64_t reply;	  /* of the MSR protocol, as read after that */
	uint64_t pfn;	  /* the GHCB page that the MSR names */
	uint64_t valid;	  /* of the page's reply, as read: second word of the valid bitmap */
	uint64_t info1;	  /* SW_EXITINFO1 */
	uint64_t info2;	  /* SW_EXITINFO2 */
	uint32_t ready;	  /* the MSR names the GHCB page: the page protocol can be used */
	uint32_t unread;  /* parts of the reply that have not been read; GHCB_UNREAD_* */
};
/*@ ghost struct ghcb_sent ghcb_sent; */
/* For assigns clauses. */
#define GHCB_ALL ghcb_sent, hw_ghcb, hw_world

#define GHCB_UNREAD_NONE 0
#define GHCB_UNREAD_LIST 1 /* the header of a page state change list */
#define GHCB_UNREAD_ALL	 2 /* that and the fields of the reply */

/* Bits of the valid bitmap, at offset / 8, of the fields that the module sets: its first word covers
 * offsets below 0x200. */
#define GHCB_VALID(offset) (1UL << (offset) / 8 % 64)
#define GHCB_VALID_LOW	   0x8000000000000000UL /* RAX */
#define GHCB_VALID_HIGH                                                                            \
	0x003c000000000000UL /* SW_EXITCODE, SW_EXITINFO1, SW_EXITINFO2, SW_SCRATCH */

/*@
  predicate ghcb_ready = ghcb_sent.ready == 1 && hw_ghcb.msr == ghcb_sent.pfn * PAGE_SIZE;
  predicate ghcb_same_page{A, B} =
    \at(ghcb_sent.ready, B) == \at(ghcb_sent.ready, A) && \at(ghcb_sent.pfn, B) == \at(ghcb_sent.pfn, A) &&
    \at(hw_ghcb.msr, B) == \at(hw_ghcb.msr, A);

  // The fields of words, from the lowest bit on.
  logic integer ghcb_code(integer w) = w % 0x1000;                        // [11:0]
  logic integer ghcb_gfn(integer w) = w / 0x1000 % 0x10000000000;         // [51:12]
  logic integer ghcb_operation(integer w) = w / 0x10000000000000;         // [63:52]: op, size, reserved
  logic integer ghcb_low(integer w) = w % 0x10000;                        // [15:0]
  logic integer ghcb_low_next(integer w) = w / 0x10000 % 0x10000;         // [31:16]
  logic integer ghcb_high(integer w) = w / 0x100000000;                   // [63:32]

  // The reply: its status in SW_EXITINFO1 [31:0]; the fields that the host must mark valid.
  logic integer ghcb_status = ghcb_sent.info1 % 0x100000000;
  predicate ghcb_marked = (ghcb_sent.valid & GHCB_VALID(GHCB_SW_EXITINFO1)) != 0 &&
                          (ghcb_sent.valid & GHCB_VALID(GHCB_SW_EXITINFO2)) != 0;

  // An exit of the page protocol: the valid bitmap names the fields that are set; version 2 at 0xffa,
  // usage 0 at 0xffc.
  predicate ghcb_page_complete =
    hw_ghcb.word[GHCB_VALID_BITMAP / 8] == GHCB_VALID_LOW &&
    hw_ghcb.word[GHCB_VALID_BITMAP / 8 + 1] == GHCB_VALID_HIGH &&
    hw_ghcb.word[GHCB_USAGE / 8] == GHCB_VERSION * 0x10000;
  predicate ghcb_page_says(integer code, integer info1, integer info2, integer rax, integer scratch) =
    hw_ghcb.word[GHCB_SW_EXITCODE / 8] == code && hw_ghcb.word[GHCB_SW_EXITINFO1 / 8] == info1 &&
    hw_ghcb.word[GHCB_SW_EXITINFO2 / 8] == info2 && hw_ghcb.word[GHCB_RAX / 8] == rax &&
    hw_ghcb.word[GHCB_SW_SCRATCH / 8] == scratch && ghcb_page_complete;
*/
/* ---- MSR protocol: works before the GHCB page does ---- */

/* SEV information: terminates with REASON_GHCB_PROTOCOL unless the host speaks version 2, and with
 * REASON_CBIT unless it names this C-bit position. Maximum version [63:48], minimum [47:32], C-bit
 * [31:24], the rest reserved. */
/*@
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures request: ghcb_sent.request == GHCB_MSR_SEV_INFO_REQ;
  ensures reply: ghcb_code(ghcb_sent.reply) == GHCB_MSR_SEV_INFO_RESP;
  ensures version: ghcb_high(ghcb_sent.reply) / 0x10000 >= GHCB_VERSION &&
    ghcb_high(ghcb_sent.reply) % 0x10000 <= GHCB_VERSION;
  ensures cbit: ghcb_sent.reply / 0x1000000 % 256 == cbit;
  ensures reserved: ghcb_sent.reply / 0x1000 % 0x1000 == 0;
*/
void ghcb_negotiate(uint32_t cbit);
/* Hypervisor features, GHCB_FEATURE_*, in [63:12]; terminates unless all of required are there. */
/*@
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures request: ghcb_sent.request == GHCB_MSR_FEATURES_REQ;
  ensures reply: ghcb_code(ghcb_sent.reply) == GHCB_MSR_FEATURES_RESP;
  ensures features: \result == ghcb_sent.reply / 0x1000;
  ensures required: (\result & required) == required;
*/
uint64_t ghcb_features(uint64_t required);
/* Registers the frame gpfn as this CPU's GHCB and leaves its address in the MSR. GFN in [63:12] of
 * request and reply. */
/*@
  requires range: gpfn < HW_PFNS;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures request: ghcb_code(ghcb_sent.request) == GHCB_MSR_REGISTER_REQ &&
    ghcb_sent.request / 0x1000 == gpfn;
  ensures reply: ghcb_code(ghcb_sent.reply) == GHCB_MSR_REGISTER_RESP &&
    ghcb_sent.reply / 0x1000 == gpfn;
  ensures ready: ghcb_ready && ghcb_sent.pfn == gpfn;
*/
void ghcb_register(uint64_t gpfn);
/* Page state change of one 4K frame, op = GHCB_PSC_PRIVATE or GHCB_PSC_SHARED; terminates with
 * REASON_GHCB_REPLY if the host refuses. Uses the MSR protocol: call ghcb_use after it, if the
 * page protocol is in use. Operation in [55:52], GFN in [51:12]; the reply's [63:12] are 0. */
/*@
  requires range: gpfn < HW_PFNS;
  requires op: op == GHCB_PSC_PRIVATE || op == GHCB_PSC_SHARED;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures request: ghcb_code(ghcb_sent.request) == GHCB_MSR_PSC_REQ &&
    ghcb_gfn(ghcb_sent.request) == gpfn && ghcb_operation(ghcb_sent.request) == op;
  ensures reply: ghcb_sent.reply == GHCB_MSR_PSC_RESP;
*/
void ghcb_page_state(uint64_t gpfn, uint64_t op);

/* ---- page protocol; ghcb_register has been called on this CPU ---- */

/* Puts this CPU's GHCB address back into the MSR after a call of the MSR protocol. */
/*@
  requires range: gpfn < HW_PFNS;
  terminates \true;
  exits \false;
  assigns GHCB_ALL;
  ensures ready: ghcb_ready && ghcb_sent.pfn == gpfn;
  ensures kept: ghcb_sent.request == \old(ghcb_sent.request) && ghcb_sent.reply == \old(ghcb_sent.reply);
*/
void ghcb_use(uint64_t gpfn);
/* Asks the host to run this CPU's vCPU of level vmpl. Returns when the host runs VMPL0 again: 0, or
 * -1 if it refused. */
/*@
  requires ready: ghcb_ready;
  requires level: 1 <= vmpl < SNP_VMPLS;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures sent: ghcb_page_says(NAE_RUN_VMPL, vmpl, 0, 0, 0);
  ensures marked: ghcb_marked;
  ensures result: \result == (ghcb_status == GHCB_REPLY_OK ? 0 : -1);
*/
int ghcb_run_vmpl(uint32_t vmpl);
/* Announces a VMSA: AP creation at level vmpl for CPU apic. vmsa_gpa in bytes; features = its
 * SEV_FEATURES; request = AP_CREATE or AP_CREATE_ON_INIT. 0, or -1 if the host refuses. Request in
 * SW_EXITINFO1 [15:0], level in [19:16], APIC id in [63:32]. */
/*@
  requires ready: ghcb_ready;
  requires level: vmpl < SNP_VMPLS;
  requires request: request == AP_CREATE || request == AP_CREATE_ON_INIT;
  requires vmsa: vmsa_gpa % PAGE_SIZE == 0 && vmsa_gpa < MEMORY_GPA_END;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures sent: ghcb_page_says(NAE_AP_CREATION, hw_ghcb.word[GHCB_SW_EXITINFO1 / 8], vmsa_gpa, features, 0);
  ensures request: ghcb_low(hw_ghcb.word[GHCB_SW_EXITINFO1 / 8]) == request;
  ensures level: ghcb_low_next(hw_ghcb.word[GHCB_SW_EXITINFO1 / 8]) == vmpl;
  ensures apic: ghcb_high(hw_ghcb.word[GHCB_SW_EXITINFO1 / 8]) == apic;
  ensures marked: ghcb_marked;
  ensures result: \result == (ghcb_status == GHCB_REPLY_OK ? 0 : -1);
*/
int ghcb_ap_create(uint32_t apic, uint32_t vmpl, uint64_t vmsa_gpa, uint64_t features,
		   uint32_t request);
/* Page state change of count (1..GHCB_PSC_MAX) consecutive frames of a size from gpfn on, by the list
 * in the GHCB page ghcb (pfn), which is this CPU's. Terminates with REASON_GHCB_REPLY if refused. */
/*@
  logic integer ghcb_psc_gfn(integer gpfn, integer size, integer i) =
    size == 1 ? gpfn + 512 * i : gpfn + i;
  predicate ghcb_psc_entry(integer w, integer gpfn, integer size, integer op) =
    ghcb_code(w) == 0 && ghcb_gfn(w) == gpfn && ghcb_operation(w) == 16 * size + op;
  // The list's first count entries; word k of the page is entry k - GHCB_BUFFER / 8 - 1.
  predicate ghcb_psc_filled(integer gpfn, integer count, integer size, integer op) =
    \forall integer k; GHCB_BUFFER / 8 < k <= GHCB_BUFFER / 8 + count ==>
      ghcb_psc_entry(hw_ghcb.word[k], ghcb_psc_gfn(gpfn, size, k - GHCB_BUFFER / 8 - 1), size, op);
*/
/*@
  requires ready: ghcb_ready && ghcb == ghcb_sent.pfn && ghcb < HW_PFNS;
  requires size: size <= 1 && (size == 1 ==> gpfn % 512 == 0);
  requires range: gpfn < HW_PFNS;
  requires op: op == GHCB_PSC_PRIVATE || op == GHCB_PSC_SHARED;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures count: 1 <= count <= GHCB_PSC_MAX;
  ensures sent: ghcb_page_says(NAE_PSC, 0, 0, 0, ghcb * PAGE_SIZE + GHCB_BUFFER);
  ensures header: hw_ghcb.word[GHCB_BUFFER / 8] == (count - 1) * 0x10000;
  ensures entries: ghcb_psc_filled(gpfn, count, size, op);
  ensures marked: ghcb_marked;
  ensures status: ghcb_status == GHCB_REPLY_OK && ghcb_sent.info2 == 0;
*/
void ghcb_page_state_list(uint64_t ghcb, uint64_t gpfn, uint64_t count, uint32_t size, uint64_t op);
/* OUT of one byte to a port. 0, or -1 if the host refuses. Port in SW_EXITINFO1 [31:16], an OUT of 8
 * bits below, the byte in RAX. */
/*@
  requires ready: ghcb_ready;
  terminates \false;
  exits \false;
  assigns GHCB_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures sent: ghcb_page_says(NAE_IOIO, port * 0x10000 + IOIO_SIZE8, 0, value, 0);
  ensures marked: ghcb_marked;
  ensures result: \result == (ghcb_status == GHCB_REPLY_OK ? 0 : -1);
*/
int ghcb_out8(uint16_t port, uint8_t value);

#endif
