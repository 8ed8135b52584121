/*
 * The core protocol of the SVSM (AMD 58019 revision 1.00, chapter 6): one function for each call. Each
 * returns the result code for RAX; on a code other than SVSM_SUCCESS nothing has changed, except what
 * a PVALIDATE list has done before the failing entry. Errors are listed in the order of the checks.
 *
 * In the contracts: hw_gave is what this CPU has given frames to, hw_changed says whether it changed an
 * RMP entry; a frame that is in neither is as the guest and the other CPUs have it.
 */
#ifndef MODULE_SERVICES_CORE_H
#define MODULE_SERVICES_CORE_H

#include "module/guest/page.h"
#include "module/guest/range.h"
#include "module/guest/vcpu.h"
#include "module/services/request.h"
#include <verismo/svsm.h>

/*@
  // Who calls, as the registry says; its calling area is open for this CPU.
  predicate core_caller(struct caller c) =
    c.slot < VCPUS_MAX && 2 <= c.vmpl <= 3 && c.caa < HW_PFNS && !hw_static(c.caa) &&
    hw_tokens.open[c.caa] > 0;
  predicate core_ready(struct caller c) =
    page_ok && hw_few(900) && hw_locked == 0 && vcpu_limits_ok && core_caller(c);

  // Of a frame held all the while only VMPL0's translations may be new.
  predicate core_rely{A, B} =
    \forall integer q; 0 <= q < HW_PFNS && \at(hw_held(q), A) ==> hw_accessed{A, B}(q);
  // The same tokens, but that frame to is open instead of frame from.
  predicate core_moved{A, B}(integer from, integer to) =
    \forall integer q; 0 <= q < HW_PFNS ==>
      (\at(hw_held(q), B) <==> \at(hw_held(q), A)) &&
      \at(hw_tokens.open[q], B) ==
        \at(hw_tokens.open[q], A) + (q == to ? 1 : 0) - (q == from ? 1 : 0);
  // No frame was given but x and y.
  predicate core_gave_only{A, B}(integer x, integer y) =
    \forall integer q; 0 <= q < HW_PFNS && q != x && q != y ==>
      \at(hw_gave.entry[q], B) == \at(hw_gave.entry[q], A);
  // Frame q was given to state, with an owner for which vmpl may act.
  predicate core_gave_own(integer q, integer state, integer vmpl) =
    page_gave(q, state, 3) || (vmpl <= 2 && page_gave(q, state, 2)) ||
    (vmpl <= 1 && page_gave(q, state, 1)) || (vmpl <= 0 && page_gave(q, state, 0));
  // Nothing was given, nothing changed in the RMP.
  predicate core_silent{A, B} =
    \at(hw_gave, B) == \at(hw_gave, A) && \at(hw_changed, B) == \at(hw_changed, A);

  // CREATE_VCPU: what of its operands can be judged without a look at anything else.
  predicate core_create_formed(integer vmsa, integer caa, integer apic) =
    vmsa % 4096 == 0 && caa % 4096 == 0 && vmsa % LARGE_PAGE != 0 &&
    apic % 0x100000000 < vcpu_limits.cpus;
  // The slot of a vCPU that has just been created.
  predicate core_created(struct vcpu v, struct caller c, integer vmsa, integer caa, integer apic) =
    vcpu_is(v, vmsa / 4096, caa / 4096, apic % 0x100000000, v.vmpl) && c.vmpl <= v.vmpl <= 3 &&
    v.startup == 0;
  // The codes of CREATE_VCPU; the last ones are RMPADJUST's, of which one is FAIL_INUSE's too.
  predicate core_create_code(integer code) =
    code == SVSM_SUCCESS || code == SVSM_INVALID_PARAMETER || code == SVSM_INVALID_ADDRESS ||
    code == SVSM_INVALID_REQUEST || SVSM_CORE_ERROR < code <= SVSM_FAIL_UNKNOWN;
  // CREATE_VCPU was refused by the full registry, or by the first RMPADJUST: nothing was revoked.
  predicate core_create_early(integer code) =
    code == SVSM_INVALID_REQUEST || (code > SVSM_CORE_ERROR && code != SVSM_FAIL_INUSE);
  // The calling area that is open after call r of c, which had this result.
  logic integer core_caa(struct caller c, struct registers r, integer code) =
    r.rax % 0x100000000 == SVSM_CORE_REMAP_CA && code == SVSM_SUCCESS ? r.rcx / 4096 : c.caa;
*/

/* The code for an EAX other than 0 of PVALIDATE or RMPADJUST. */
/*@
  requires error: eax != 0;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == (eax > 15 ? SVSM_FAIL_UNKNOWN : SVSM_CORE_ERROR + eax);
*/
uint64_t core_error(uint32_t eax);

/* The call in r.rax [31:0]. Calls 4 and 5 and unknown ones: UNSUPPORTED_CALL. */
/*@
  requires ready: core_ready(c);
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table, hw_locked, core_entry_code;
  ensures inv: page_ok && hw_locked == 0;
  ensures rely: core_rely{Pre, Post};
  ensures tokens: core_moved{Pre, Post}(c.caa, core_caa(c, r, \result.rax));
  ensures half: \result.rax <= 0xffffffff;
  behavior remap:
    assumes r.rax % 0x100000000 == SVSM_CORE_REMAP_CA;
    ensures registers: \result == {r \with .rax = \result.rax};
    ensures done: \result.rax == SVSM_SUCCESS && r.rcx / 4096 != c.caa ==>
      vcpu_table.v[c.slot].caa == r.rcx / 4096;
  behavior pvalidate:
    assumes r.rax % 0x100000000 == SVSM_CORE_PVALIDATE;
    ensures registers: \result == {r \with .rax = \result.rax};
    ensures registry: vcpu_table == \old(vcpu_table);
    ensures alignment: r.rcx % 8 != 0 ==> \result.rax == SVSM_INVALID_PARAMETER;
  behavior create:
    assumes r.rax % 0x100000000 == SVSM_CORE_CREATE_VCPU;
    ensures registers: \result == {r \with .rax = \result.rax};
    ensures gave: \result.rax == SVSM_SUCCESS ==> page_gave(r.rcx / 4096, HW_VMSA, c.vmpl);
    ensures done: \result.rax == SVSM_SUCCESS ==> \exists integer i; 0 <= i < VCPUS_MAX &&
      core_created(vcpu_table.v[i], c, r.rcx, r.rdx, r.r8);
  behavior delete:
    assumes r.rax % 0x100000000 == SVSM_CORE_DELETE_VCPU;
    ensures registers: \result == {r \with .rax = \result.rax};
    ensures done: \result.rax == SVSM_SUCCESS ==>
      vcpu_no_vmsa(r.rcx / 4096) && page_gave(r.rcx / 4096, HW_GUEST, c.vmpl);
  behavior query:
    assumes r.rax % 0x100000000 == SVSM_CORE_QUERY_PROTOCOL;
    ensures registers: \result == {r \with .rax = (uint64_t)SVSM_SUCCESS, .rcx = \result.rcx};
    ensures answer: \result.rcx == (r.rcx == SVSM_CORE_VERSION ? 0x100000001 : 0);
    ensures silent: core_silent{Pre, Post} && vcpu_table == \old(vcpu_table);
  behavior vtom:
    assumes r.rax % 0x100000000 == SVSM_CORE_CONFIGURE_VTOM;
    ensures registers: \result.r9 == r.r9;
    ensures refused: r.rcx != 1 ==> \result == {r \with .rax = \result.rax};
    ensures silent: core_silent{Pre, Post} && vcpu_table == \old(vcpu_table);
  behavior unsupported:
    assumes SVSM_CORE_DELETE_VCPU < r.rax % 0x100000000 < SVSM_CORE_QUERY_PROTOCOL ||
      r.rax % 0x100000000 > SVSM_CORE_CONFIGURE_VTOM;
    ensures registers: \result == {r \with .rax = (uint64_t)SVSM_UNSUPPORTED_CALL};
    ensures silent: core_silent{Pre, Post} && vcpu_table == \old(vcpu_table);
  complete behaviors;
  disjoint behaviors;
*/
struct registers core_call(struct caller c, struct registers r);

/* REMAP_CA: the caller's calling area becomes the page at gpa, its pending byte 0.
 * INVALID_PARAMETER not 4K aligned; INVALID_ADDRESS not a page of the caller, or pinned. */
/*@
  requires ready: core_ready(c);
  terminates \false;
  exits \false;
  assigns HW_TABLE, hw_stored, vcpu_table, hw_locked;
  ensures inv: page_ok && hw_locked == 0;
  ensures rely: core_rely{Pre, Post};
  ensures codes: \result == SVSM_SUCCESS || \result == SVSM_INVALID_PARAMETER ||
    \result == SVSM_INVALID_ADDRESS;
  ensures aligned: \result == SVSM_INVALID_PARAMETER <==> gpa % 4096 != 0;
  ensures covered: gpa % 4096 == 0 && !range_covered(gpa, 4096) ==> \result == SVSM_INVALID_ADDRESS;
  ensures own: gpa % 4096 == 0 && range_covered(gpa, 4096) && gpa / 4096 == c.caa ==>
    \result == SVSM_SUCCESS && vcpu_table == \old(vcpu_table) && hw_gave == \old(hw_gave);
  ensures refused: \result != SVSM_SUCCESS ==> hw_gave == \old(hw_gave);
  ensures tokens: core_moved{Pre, Post}(c.caa, \result == SVSM_SUCCESS ? gpa / 4096 : c.caa);
  ensures moved: \result == SVSM_SUCCESS && gpa / 4096 != c.caa ==>
    vcpu_table.v[c.slot].caa == gpa / 4096 && core_gave_own(gpa / 4096, HW_CAA, c.vmpl) &&
    core_gave_own(c.caa, HW_GUEST, 0) && core_gave_only{Pre, Post}(gpa / 4096, c.caa);
*/
uint64_t core_remap_ca(struct caller c, uint64_t gpa);

/* PVALIDATE: validates or rescinds the entries next..entries - 1 of the list at gpa, and stores in
 * next how many are done. INVALID_PARAMETER list not 8 aligned; INVALID_ADDRESS list page; then
 * INVALID_PARAMETER header; then for each entry INVALID_PARAMETER form, INVALID_ADDRESS region,
 * FAIL_SIZEMISMATCH / FAIL_NOCHANGE by the ownership table, FAIL_* of the instruction. */
/*@
  // The codes of an entry that is well formed and covered: by the table or the instruction.
  predicate core_pvalidate_code(integer code) =
    code == SVSM_SUCCESS || code == SVSM_INVALID_ADDRESS || code == SVSM_FAIL_NOCHANGE ||
    SVSM_CORE_ERROR < code <= SVSM_CORE_ERROR + 15 || code == SVSM_FAIL_UNKNOWN;
*/
/*@
  requires inv: page_ok && hw_few(900) && core_caller(c);
  terminates \false;
  exits \false;
  assigns HW_ALL, core_entry_code;
  ensures inv: page_ok;
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  behavior alignment:
    assumes gpa % 8 != 0;
    ensures code: \result == SVSM_INVALID_PARAMETER;
    ensures silent: core_silent{Pre, Post};
  behavior address:
    assumes gpa % 8 == 0 && !range_covered(gpa, 8);
    ensures code: \result == SVSM_INVALID_ADDRESS;
    ensures silent: core_silent{Pre, Post};
  behavior list:
    assumes gpa % 8 == 0 && range_covered(gpa, 8);
    ensures code: core_pvalidate_code(\result) || \result == SVSM_INVALID_PARAMETER;
  complete behaviors;
  disjoint behaviors;
*/
uint64_t core_pvalidate(struct caller c, uint64_t gpa);
/*
 * One entry of such a list: [1:0] size, [2] validate, [3] ignore CF, [11:4] reserved, [63:12] frame
 * number. The table changes under the feet of a call: what a CPU finds there decides which of its codes
 * a well-formed entry gets. SVSM_SUCCESS: each frame was given as this call wanted it; or, with [3], all
 * were found so and nothing was done. Otherwise: none was given but those that had been taken, which
 * went back; a rescind may then have changed permissions, if the PVALIDATE itself was refused.
 */
/*@
  predicate core_entry_form(integer e) =
    e % 4 <= 1 && e % 4096 / 16 == 0 && (e % 4 == 1 ==> e / 4096 % 512 == 0);
  predicate core_entry_covered(integer e) = range_covered(e - e % 4096, 4096 * hw_frames(e % 4));
  predicate core_entry_in(integer q, integer e) = hw_in(q, e / 4096, e % 4);
  // Each frame of e was given to state and owner by a call that has changed the RMP.
  predicate core_entry_done(integer e, integer state, integer owner) =
    hw_changed == 1 && \forall integer q; core_entry_in(q, e) ==> page_gave(q, state, owner);
  // No frame of e was given but back to state.
  predicate core_entry_back{A, B}(integer e, integer state, integer caller) =
    \forall integer q; core_entry_in(q, e) ==> page_back{A, B}(q, state, caller);
*/
/*@
  requires inv: page_ok && hw_few(1000) && 1 <= c.vmpl <= 3;
  terminates \false;
  exits \false;
  assigns HW_ALL;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures rest: page_gave_rest{Pre, Post}(entry / 4096, hw_frames(entry % 4));
  behavior form:
    assumes !core_entry_form(entry);
    ensures code: \result == SVSM_INVALID_PARAMETER;
    ensures silent: core_silent{Pre, Post};
  behavior address:
    assumes core_entry_form(entry) && !core_entry_covered(entry);
    ensures code: \result == SVSM_INVALID_ADDRESS;
    ensures silent: core_silent{Pre, Post};
  behavior validate:
    assumes core_entry_form(entry) && core_entry_covered(entry) && entry / 4 % 2 == 1;
    ensures code: core_pvalidate_code(\result);
    ensures table: \result == SVSM_FAIL_NOCHANGE ==> core_silent{Pre, Post};
    ensures done: \result == SVSM_SUCCESS ==>
      core_entry_done(entry, HW_GUEST, c.vmpl) || (entry / 8 % 2 == 1 && core_silent{Pre, Post});
    ensures back: \result != SVSM_SUCCESS ==>
      hw_changed == \old(hw_changed) && core_entry_back{Pre, Post}(entry, HW_SHARED, c.vmpl);
  behavior rescind:
    assumes core_entry_form(entry) && core_entry_covered(entry) && entry / 4 % 2 == 0;
    ensures code: core_pvalidate_code(\result);
    ensures table: \result == SVSM_FAIL_NOCHANGE ==> core_silent{Pre, Post};
    ensures address: \result == SVSM_INVALID_ADDRESS ==> hw_changed == \old(hw_changed);
    ensures done: \result == SVSM_SUCCESS ==>
      core_entry_done(entry, HW_SHARED, 0) || (entry / 8 % 2 == 1 && core_silent{Pre, Post});
    ensures back: \result != SVSM_SUCCESS ==>
      core_entry_back{Pre, Post}(entry, HW_GUEST, c.vmpl);
  complete behaviors;
  disjoint behaviors;
*/
uint64_t core_pvalidate_entry(struct caller c, uint64_t entry);

/* CREATE_VCPU: accepts the page at vmsa as a VMSA with calling area caa, APIC id in apic [31:0].
 * INVALID_PARAMETER alignment, VMSA 2M aligned, APIC id; INVALID_ADDRESS either page; INVALID_REQUEST
 * registry full; FAIL_* of RMPADJUST; INVALID_PARAMETER content of the VMSA. A calling area of an older
 * vCPU of the same APIC id and VMPL is handed over: the older is retired; INVALID_ADDRESS if its VMPL is
 * another, FAIL_INUSE if it is executing. The guest may read the VMSA up to the caller's level. */
/*@
  requires ready: core_ready(c);
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table, hw_locked;
  ensures inv: page_ok && hw_locked == 0;
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures formed: !core_create_formed(vmsa, caa, apic) ==>
    \result == SVSM_INVALID_PARAMETER && core_silent{Pre, Post} && vcpu_table == \old(vcpu_table);
  ensures covered: core_create_formed(vmsa, caa, apic) &&
    !(range_covered(vmsa, 4096) && range_covered(caa, 4096)) ==>
    \result == SVSM_INVALID_ADDRESS && core_silent{Pre, Post} && vcpu_table == \old(vcpu_table);
  ensures codes: core_create_code(\result);
  ensures early: core_create_early(\result) ==> hw_changed == \old(hw_changed);
  ensures refused: \result != SVSM_SUCCESS ==>
    core_gave_only{Pre, Post}(vmsa / 4096, caa / 4096) &&
    (\forall integer q; q == vmsa / 4096 || q == caa / 4096 ==>
      core_gave_own(q, HW_GUEST, c.vmpl) || hw_gave.entry[q] == \old(hw_gave).entry[q]);
  ensures gave: \result == SVSM_SUCCESS ==>
    page_gave(vmsa / 4096, HW_VMSA, c.vmpl) && core_gave_only{Pre, Post}(vmsa / 4096, caa / 4096);
  ensures area: \result == SVSM_SUCCESS ==>
    core_gave_own(caa / 4096, HW_CAA, c.vmpl) ||
    hw_gave.entry[caa / 4096] == \old(hw_gave).entry[caa / 4096];
  ensures registered: \result == SVSM_SUCCESS ==> \exists integer i; 0 <= i < VCPUS_MAX &&
    core_created(vcpu_table.v[i], c, vmsa, caa, apic);
*/
uint64_t core_create_vcpu(struct caller c, uint64_t vmsa, uint64_t caa, uint64_t apic);

/* DELETE_VCPU: the VMSA page at gpa becomes an ordinary page of the caller. INVALID_PARAMETER not a
 * registered VMSA, the startup vCPU's, or of a more privileged level; FAIL_INUSE executing. A caller may
 * delete itself: its pages are the guest's then, and it gets no answer. */
/*@
  requires ready: core_ready(c);
  terminates \false;
  exits \false;
  assigns HW_ALL, vcpu_table, hw_locked;
  ensures inv: page_ok && hw_locked == 0;
  ensures rely: core_rely{Pre, Post};
  ensures tokens: hw_tokens_same{Pre, Post};
  ensures codes: \result == SVSM_SUCCESS || \result == SVSM_INVALID_PARAMETER ||
    \result == SVSM_FAIL_INUSE;
  ensures aligned: gpa % 4096 != 0 ==> \result == SVSM_INVALID_PARAMETER;
  ensures refused: \result != SVSM_SUCCESS ==> core_silent{Pre, Post};
  ensures gone: \result == SVSM_SUCCESS ==>
    vcpu_no_vmsa(gpa / 4096) && page_gave(gpa / 4096, HW_GUEST, c.vmpl);
*/
uint64_t core_delete_vcpu(struct caller c, uint64_t gpa);

/* QUERY_PROTOCOL: the new RCX for query = protocol << 32 | version: maximum << 32 | minimum, or 0. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  behavior known:
    assumes query / 0x100000000 == SVSM_PROTOCOL_CORE && query % 0x100000000 == SVSM_CORE_VERSION;
    ensures \result == SVSM_CORE_VERSION * 0x100000000 + SVSM_CORE_VERSION;
  behavior unknown:
    assumes query / 0x100000000 != SVSM_PROTOCOL_CORE || query % 0x100000000 != SVSM_CORE_VERSION;
    ensures \result == 0;
  complete behaviors;
  disjoint behaviors;
*/
uint64_t core_query_protocol(uint64_t query);

/* CONFIGURE_VTOM: no virtual top of memory. A query answers 0 in RCX, RDX, R8; INVALID_PARAMETER
 * reserved bits; INVALID_REQUEST any attempt to configure. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  behavior query:
    assumes r.rcx == 1;
    ensures \result == {r \with .rax = (uint64_t)SVSM_SUCCESS, .rcx = (uint64_t)0,
                        .rdx = (uint64_t)0, .r8 = (uint64_t)0};
  behavior reserved:
    assumes (r.rcx % 2 == 1 && r.rcx != 1) || (r.rcx % 2 == 0 && r.rcx % 4096 / 32 != 0);
    ensures \result == {r \with .rax = (uint64_t)SVSM_INVALID_PARAMETER};
  behavior configure:
    assumes r.rcx % 2 == 0 && r.rcx % 4096 / 32 == 0;
    ensures \result == {r \with .rax = (uint64_t)SVSM_INVALID_REQUEST};
  complete behaviors;
  disjoint behaviors;
*/
struct registers core_configure_vtom(struct registers r);

#endif
