/*
 * The core protocol of the SVSM (AMD 58019 revision 1.00, chapter 6): one function for each call. Each
 * returns the result code for RAX; on a code other than SVSM_SUCCESS nothing has changed, except what
 * a PVALIDATE list has done before the failing entry. Errors are listed in the order of the checks.
 */
#ifndef MODULE_SERVICES_CORE_H
#define MODULE_SERVICES_CORE_H

#include "module/guest/page.h"
#include "module/services/request.h"
#include <verismo/svsm.h>

/* The call in r.rax [31:0]. Calls 4 and 5 and unknown ones: UNSUPPORTED_CALL. */
struct registers core_call(struct caller c, struct registers r);

/* REMAP_CA: the caller's calling area becomes the page at gpa, its pending byte 0.
 * INVALID_PARAMETER not 4K aligned; INVALID_ADDRESS not a page of the caller, or pinned. */
uint64_t core_remap_ca(struct caller c, uint64_t gpa);

/* PVALIDATE: validates or rescinds the entries next..entries - 1 of the list at gpa, and stores in
 * next how many are done. INVALID_PARAMETER list not 8 aligned; INVALID_ADDRESS list page; then
 * INVALID_PARAMETER header; then for each entry INVALID_PARAMETER form, INVALID_ADDRESS region,
 * FAIL_SIZEMISMATCH / FAIL_NOCHANGE by the ownership table, FAIL_* of the instruction. */
/*@
  requires inv: page_ok && hw_few(900) && 1 <= c.vmpl <= 3;
  requires caa: c.caa < HW_PFNS && hw_tokens.open[c.caa] > 0;
  terminates \false;
  exits \false;
  assigns hw_pages, hw_tokens, hw_world;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures aligned: gpa % 8 != 0 ==> \result == SVSM_INVALID_PARAMETER;
*/
uint64_t core_pvalidate(struct caller c, uint64_t gpa);
/* One entry of such a list. */
/*@
  requires inv: page_ok && hw_few(1000) && 1 <= c.vmpl <= 3;
  terminates \false;
  exits \false;
  assigns hw_pages, hw_tokens, hw_world;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures tokens: hw_tokens_same{Pre, Post};
*/
uint64_t core_pvalidate_entry(struct caller c, uint64_t entry);

/* CREATE_VCPU: accepts the page at vmsa as a VMSA with calling area caa, APIC id in apic [31:0].
 * INVALID_PARAMETER alignment, VMSA 2M aligned, APIC id; INVALID_ADDRESS either page; INVALID_REQUEST
 * registry full; INVALID_PARAMETER content of the VMSA. A calling area of an older vCPU of the same
 * APIC id and VMPL is handed over: the older is retired; FAIL_INUSE if it is executing. */
uint64_t core_create_vcpu(struct caller c, uint64_t vmsa, uint64_t caa, uint64_t apic);

/* DELETE_VCPU: the VMSA page at gpa becomes an ordinary page of the caller. INVALID_PARAMETER not a
 * registered VMSA, the startup vCPU's, or of a more privileged level; FAIL_INUSE executing. */
uint64_t core_delete_vcpu(struct caller c, uint64_t gpa);

/* QUERY_PROTOCOL: the new RCX for query = protocol << 32 | version. */
uint64_t core_query_protocol(uint64_t query);

/* CONFIGURE_VTOM: no virtual top of memory. A query answers 0 in RCX, RDX, R8; INVALID_PARAMETER
 * reserved bits; INVALID_REQUEST any attempt to configure. */
struct registers core_configure_vtom(struct registers r);

#endif
