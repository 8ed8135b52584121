/*
 * What the proof knows of the machine: for each guest frame what this CPU may rely on. The contracts of
 * hw.h are written in these words. Nothing here reaches the object code.
 *
 * A frame is *held* while this CPU has it as PAGE_BUSY, and at boot until it is given its first state:
 * only then does the state of the frame stand still, as far as hw_same says. Everything about other
 * frames may change at every step of another CPU, of the guest or of the host; so each contract
 * promises the frames that are held, and no others (hw_rely).
 * A frame is *open* while it is pinned by this CPU or belongs to the vCPU it serves: it may be read and
 * written, and the content may change at any time.
 *
 * Permissions are compared as numbers: what is a subset is not larger.
 */
#ifndef MODULE_HW_GHOST_H
#define MODULE_HW_GHOST_H

#include <stdint.h>
#include <verismo/launch.h>
#include <verismo/snp.h>

#define HW_PFNS (MEMORY_GPA_END / PAGE_SIZE)

struct hw_page {
	uint16_t entry;	   /* in the ownership table; layout in module/guest/page.h */
	uint8_t validated; /* the module, or the launch, has validated a frame here */
	uint8_t vmsa;	   /* RMP's VMSA bit */
	uint8_t secret;	   /* validated, but not zeroed yet: the frame may be one with a secret */
	uint8_t cached;	   /* no TLB allows VMPL1..3 more than this here, or than perm[] */
	uint8_t own;	   /* 0: no TLB has a translation of VMPL0 for it */
	uint8_t perm[SNP_VMPLS];
};
struct hw_pages {
	struct hw_page p[HW_PFNS];
};
struct hw_tokens {
	uint8_t held[HW_PFNS];
	uint32_t open[HW_PFNS]; /* pins of this CPU */
};
/* What this CPU last wrote for the host to read. */
struct hw_ghcb {
	uint64_t msr;		   /* the GHCB MSR */
	uint64_t word[PAGE_WORDS]; /* its GHCB page */
	uint32_t answered;	   /* 1: it has left for the host since, and come back */
};
/* What this CPU has last stored where in private memory of the guest, eight bytes or one at a time, by
 * GPA / 8 and by GPA. Of stores that overlap both stand here. */
#define HW_STORED_WORD(pfn, word)   ((pfn) * PAGE_WORDS + (word))
#define HW_STORED_BYTE(pfn, offset) ((pfn) * PAGE_SIZE + (offset))
struct hw_stored {
	uint64_t word[HW_PFNS * PAGE_WORDS];
	uint8_t byte[HW_PFNS * PAGE_SIZE];
};
struct hw_gave {
	uint16_t entry[HW_PFNS];
};

/*@ ghost struct hw_pages hw_pages; */
/*@ ghost struct hw_tokens hw_tokens; */
/*@ ghost struct hw_gave hw_gave; */ /* the entry that this CPU last gave each frame */
/*@ ghost struct hw_ghcb hw_ghcb; */
/*@ ghost struct hw_stored hw_stored; */
/*@ ghost int hw_changed; */ /* 1 once this CPU has changed any frame's RMP entry or zeroed it */
/*@ ghost int hw_locked; */  /* 1: this CPU has the lock of the registry */
/*@ ghost int hw_world; */   /* source of values that others choose */

/* For assigns clauses: what instructions on frames change, what a step in the table changes, what a store
 * changes, all. */
#define HW_FRAMES hw_pages, hw_changed, hw_world
#define HW_TABLE  hw_pages, hw_tokens, hw_gave, hw_world
#define HW_STORES hw_pages, hw_stored, hw_world
#define HW_ALL	  hw_pages, hw_tokens, hw_gave, hw_changed, hw_stored, hw_world

/* States of a frame, as numbers in its entry. */
#define HW_ABSENT 0
#define HW_SHARED 1
#define HW_GUEST  2
#define HW_VMSA	  3
#define HW_CAA	  4
#define HW_MODULE 5
#define HW_BUSY	  7

/*@
  logic integer hw_state(integer entry) = entry % 16;
  logic integer hw_owner(integer entry) = entry / 16 % 4;
  logic integer hw_pins(integer entry) = entry / 256;
  logic integer hw_frames(integer size) = size == 1 ? 512 : 1;
  predicate hw_in(integer q, integer pfn, integer size) = pfn <= q < pfn + hw_frames(size);

  // The module's static region: the direct map leaves it out.
  predicate hw_static(integer q) =
    MODULE_BASE / PAGE_SIZE <= q < (MODULE_BASE + MODULE_SIZE) / PAGE_SIZE;
  predicate hw_held(integer q) = hw_tokens.held[q] == 1;
  // Held, and within reach of the instructions of hw.h.
  predicate hw_mine(integer q) = hw_held(q) && !hw_static(q);
  predicate hw_usable(integer q) = !hw_static(q) && (hw_tokens.held[q] == 1 || hw_tokens.open[q] > 0);

  // What a held frame keeps whatever the others do: its entry, the VMSA bit and the permissions of
  // VMPL1. A guest level may take permissions from the levels below it, and give them what it has
  // itself; TLBs may cache what permissions there are.
  predicate hw_like{A, B}(integer q) =
    \at(hw_pages.p[q].entry, B) == \at(hw_pages.p[q].entry, A) &&
    \at(hw_pages.p[q].vmsa, B) == \at(hw_pages.p[q].vmsa, A) &&
    \at(hw_pages.p[q].perm[1], B) == \at(hw_pages.p[q].perm[1], A) &&
    (\at(hw_pages.p[q].perm[2], B) == \at(hw_pages.p[q].perm[2], A) ||
     \at(hw_pages.p[q].perm[2], B) <= \at(hw_pages.p[q].perm[1], A)) &&
    (\at(hw_pages.p[q].perm[3], B) == \at(hw_pages.p[q].perm[3], A) ||
     \at(hw_pages.p[q].perm[3], B) <= \at(hw_pages.p[q].perm[1], A) ||
     \at(hw_pages.p[q].perm[3], B) <= \at(hw_pages.p[q].perm[2], A)) &&
    (\at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].cached, A) ||
     \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[1], A) ||
     \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[2], A) ||
     \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[3], A));
  predicate hw_accessed{A, B}(integer q) =
    hw_like{A, B}(q) &&
    \at(hw_pages.p[q].validated, B) == \at(hw_pages.p[q].validated, A) &&
    \at(hw_pages.p[q].secret, B) == \at(hw_pages.p[q].secret, A);
  predicate hw_same{A, B}(integer q) =
    hw_accessed{A, B}(q) && \at(hw_pages.p[q].own, B) <= \at(hw_pages.p[q].own, A);

  // Nothing has been stored outside of frames [pfn, pfn + n).
  predicate hw_stored_rest(struct hw_stored a, struct hw_stored b, integer pfn, integer n) =
    (\forall integer w; w < HW_STORED_WORD(pfn, 0) || w >= HW_STORED_WORD(pfn + n, 0) ==> b.word[w] == a.word[w]) &&
    (\forall integer g; g < HW_STORED_BYTE(pfn, 0) || g >= HW_STORED_BYTE(pfn + n, 0) ==> b.byte[g] == a.byte[g]);

  // No level above VMPL0 has a permission on the frame; nor can it use the frame through a TLB.
  predicate hw_private(integer q) =
    hw_pages.p[q].perm[1] == 0 && hw_pages.p[q].perm[2] == 0 && hw_pages.p[q].perm[3] == 0;
  predicate hw_unreached(integer q) = hw_private(q) && hw_pages.p[q].cached == 0;

  // What each state promises about a frame. This is the security invariant: a frame has a state only
  // if the machine is like this.
  predicate hw_is_shared(integer q) =
    !hw_static(q) && hw_pages.p[q].validated == 0 && hw_pages.p[q].vmsa == 0 && hw_unreached(q) &&
    hw_pages.p[q].own == 0;
  predicate hw_is_guest(integer q) =
    !hw_static(q) && hw_pages.p[q].validated == 1 && hw_pages.p[q].vmsa == 0 &&
    hw_pages.p[q].secret == 0 && hw_pages.p[q].perm[1] == 0;
  predicate hw_is_vmsa(integer q) =
    !hw_static(q) && hw_pages.p[q].validated == 1 && hw_pages.p[q].vmsa == 1 &&
    hw_pages.p[q].secret == 0 && hw_pages.p[q].perm[1] == 0 && hw_pages.p[q].perm[2] <= 1 &&
    hw_pages.p[q].perm[3] <= 1 && hw_pages.p[q].cached <= 1;
  predicate hw_is_module(integer q) = hw_unreached(q);
  predicate hw_state_ok(integer state, integer q) =
    (state == HW_SHARED && hw_is_shared(q)) || (state == HW_GUEST && hw_is_guest(q)) ||
    (state == HW_CAA && hw_is_guest(q)) || (state == HW_VMSA && hw_is_vmsa(q)) ||
    (state == HW_MODULE && hw_is_module(q));

*/

/* theorem/ looks behind the contracts: there the machine itself is part of the state. */
#ifdef HW_WORLD
#include HW_WORLD
#else
#define HW_MACHINE_INV \true
#define HW_BEHIND
/*@ ghost uint64_t hw_sev; */ /* the MSR SEV_STATUS, which stays as it is */
#define HW_SEV hw_sev
#endif

/*@
  // Held frames are busy in the table, or were never given a state.
  predicate hw_busy(integer q) = hw_state(hw_pages.p[q].entry) == HW_BUSY || hw_pages.p[q].entry == HW_ABSENT;
  predicate hw_inv =
    (\forall integer q; 0 <= q < HW_PFNS && hw_held(q) ==> hw_busy(q)) && HW_MACHINE_INV;

  // RMPADJUST: level v now has permissions perm, as far as the levels above it leave it that way.
  predicate hw_adjusted{A, B}(integer q, integer v, integer perm, integer vmsa) =
    \at(hw_pages.p[q].entry, B) == \at(hw_pages.p[q].entry, A) &&
    \at(hw_pages.p[q].validated, B) == \at(hw_pages.p[q].validated, A) &&
    \at(hw_pages.p[q].secret, B) == \at(hw_pages.p[q].secret, A) &&
    \at(hw_pages.p[q].own, B) <= \at(hw_pages.p[q].own, A) &&
    \at(hw_pages.p[q].vmsa, B) == vmsa &&
    \at(hw_pages.p[q].perm[1], B) == (v == 1 ? perm : \at(hw_pages.p[q].perm[1], A)) &&
    (\at(hw_pages.p[q].perm[2], B) == (v == 2 ? perm : \at(hw_pages.p[q].perm[2], A)) ||
     \at(hw_pages.p[q].perm[2], B) <= \at(hw_pages.p[q].perm[1], A) ||
     (v == 1 && \at(hw_pages.p[q].perm[2], B) <= perm)) &&
    (\at(hw_pages.p[q].perm[3], B) == (v == 3 ? perm : \at(hw_pages.p[q].perm[3], A)) ||
     \at(hw_pages.p[q].perm[3], B) <= \at(hw_pages.p[q].perm[1], A) ||
     \at(hw_pages.p[q].perm[3], B) <= \at(hw_pages.p[q].perm[2], A) ||
     (v < 3 && \at(hw_pages.p[q].perm[3], B) <= perm)) &&
    (\at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].cached, A) ||
     \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[1], A) ||
     \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[2], A) ||
     \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[3], A) ||
     \at(hw_pages.p[q].cached, B) <= perm);
  // A flush: what is cached now has been allowed since.
  predicate hw_flushed{A, B}(integer q) =
    hw_same{A, B}(q) && \at(hw_pages.p[q].own, B) == 0 &&
    (\at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[1], A) ||
     \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[2], A) ||
     \at(hw_pages.p[q].cached, B) <= \at(hw_pages.p[q].perm[3], A));

  // Interference: frames held before and outside [pfn, pfn + n) are as they were.
  predicate hw_rely{A, B}(integer pfn, integer n) =
    \forall integer q; 0 <= q < HW_PFNS && !(pfn <= q < pfn + n) && \at(hw_held(q), A) ==>
      hw_same{A, B}(q);
  // The same tokens everywhere.
  predicate hw_tokens_same{A, B} =
    \forall integer q; 0 <= q < HW_PFNS ==>
      (\at(hw_held(q), A) <==> \at(hw_held(q), B)) &&
      \at(hw_tokens.open[q], A) == \at(hw_tokens.open[q], B);
  // This CPU has fewer than n pins on any frame.
  predicate hw_few(integer n) = \forall integer q; 0 <= q < HW_PFNS ==> hw_tokens.open[q] < n;
  // Tokens of frames outside [pfn, pfn + n) are as they were.
  predicate hw_tokens_rest{A, B}(integer pfn, integer n) =
    \forall integer q; 0 <= q < HW_PFNS && !(pfn <= q < pfn + n) ==>
      \at(hw_tokens.held[q], A) == \at(hw_tokens.held[q], B) &&
      \at(hw_tokens.open[q], A) == \at(hw_tokens.open[q], B);
*/

#endif
