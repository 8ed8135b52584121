/*
 * The SEV-SNP machine, for one guest: who may touch which frame, and what the SNP instructions do.
 * Ordinary C without SVM, assembly or allocation; the emulator, the native tests and the proof use
 * this same text. Every function is one atomic step: the caller serialises (the emulator holds
 * one lock around each step).
 *
 * Words: spfn = system frame number (SPA / 4096), gpfn = guest frame number (GPA / 4096, without
 * the C-bit), cpu = index of a physical CPU, vmpl = 0..3. Sizes are SNP_SIZE_4K or SNP_SIZE_2M.
 * Source: AMD64 manual volume 2 chapter 15.36, volume 3 (instruction pages).
 */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include <stdint.h>
#include <verismo/snp.h>

#define MACHINE_FRAMES	0x1c0000UL /* system frames: 7 GiB */
#define MACHINE_GFNS	0x140000UL /* guest frames: 5 GiB */
#define MACHINE_CPUS	8U
#define MACHINE_TLB	64U	    /* entries of each CPU's TLB in the model */
#define MACHINE_ASID	1U	    /* the guest's address space; 0 is the host */
#define MACHINE_NOWHERE 0xffffffffU /* gpfn beyond MACHINE_GFNS (the launch VMSA's): never mapped */

/* One RMP entry. A 2M page is described by its first entry (size == SNP_SIZE_2M). */
struct rmp_entry {
	uint32_t gpfn;
	uint16_t asid;
	uint8_t assigned;
	uint8_t validated;
	uint8_t immutable;
	uint8_t size;
	uint8_t vmsa;
	uint8_t in_use;		 /* VMSA of a running vCPU */
	uint8_t perm[SNP_VMPLS]; /* SNP_PERM_*; perm[0] is SNP_PERM_ALL once validated */
};
struct rmp {
	struct rmp_entry e[MACHINE_FRAMES];
};

/* The host's nested page table, as a map: gpfn -> spfn. large: part of a 2M nested mapping. */
struct nested_entry {
	uint32_t spfn;
	uint8_t present;
	uint8_t large;
};
struct nested_map {
	struct nested_entry e[MACHINE_GFNS];
};

/* A CPU's cached translation of one 4K guest frame in one view (C-bit, VMPL). */
struct tlb_entry {
	uint32_t gpfn;
	uint32_t spfn;
	uint8_t used;
	uint8_t vmpl;
	uint8_t private_view;
	uint8_t perm;
};
struct tlb {
	struct tlb_entry e[MACHINE_CPUS][MACHINE_TLB];
	uint32_t next[MACHINE_CPUS]; /* victim of the next fill */
};

/* Which key each frame's DRAM content can be read with: 0 = plain, MACHINE_ASID = guest key. */
struct memory {
	uint8_t key[MACHINE_FRAMES];
	uint8_t touched[MACHINE_FRAMES]; /* 0: never written by anybody since reset, content zero */
};

struct machine {
	struct rmp rmp;
	struct nested_map nested;
	struct tlb tlb;
	struct memory memory;
	uint64_t guest_key;
};

/* The vocabulary of the contracts below. */
#include <machine/rmp.acsl>
#include <machine/nested.acsl>
#include <machine/tlb.acsl>
#include <machine/memory.acsl>

/*
 * DRAM, supplied by whoever links the machine: the emulator's real memory, an array in tests.
 * word = 0..511.
 */
/*@
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns \result \from dram, spfn, word;
  ensures \result == dram.word[spfn][word];
*/
uint64_t dram_read64(uint64_t spfn, uint64_t word);
/*@
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns dram \from dram, spfn, word, value;
  ensures dram == {\old(dram) \with .word[spfn][word] = value};
*/
void dram_write64(uint64_t spfn, uint64_t word, uint64_t value);

/*@
  predicate rmp_blank(struct rmp_entry e) =
    e.assigned == 0 && e.gpfn == 0 && e.asid == 0 && e.validated == 0 && e.immutable == 0 && e.size == 0 &&
    e.vmsa == 0 && e.in_use == 0 && e.perm[0] == 0 && e.perm[1] == 0 && e.perm[2] == 0 && e.perm[3] == 0;
  predicate nested_blank(struct nested_entry e) = e.present == 0 && e.large == 0 && e.spfn == 0;
*/
/* All frames host-owned, nothing mapped, TLBs empty. */
/*@
  requires \valid(m);
  terminates \true;
  exits \false;
  assigns *m;
  ensures blank: \forall integer s; 0 <= s < MACHINE_FRAMES ==> rmp_blank(m->rmp.e[s]);
  ensures unmapped: \forall integer g; 0 <= g < MACHINE_GFNS ==> nested_blank(m->nested.e[g]);
  ensures flushed: \forall integer c, i; 0 <= c < MACHINE_CPUS && 0 <= i < MACHINE_TLB ==>
    m->tlb.e[c][i].used == 0;
  ensures rmp: rmp_ok(m->rmp);
  ensures nested: nested_ok(m->nested);
  ensures tlb: tlb_ok(m->rmp, m->tlb);
  ensures keys: key_ok(m->rmp, m->memory);
  ensures untouched: \forall integer s; 0 <= s < MACHINE_FRAMES ==> m->memory.touched[s] == 0;
  ensures key: m->guest_key == guest_key;
  // DRAM must be zero when the machine starts.
  ensures fresh: (\forall integer s, w; 0 <= s < MACHINE_FRAMES && 0 <= w < PAGE_WORDS ==>
    dram.word[s][w] == 0) ==> fresh_ok(m->memory, dram);
*/
void machine_reset(struct machine *m, uint64_t guest_key);

/* ---- access (access.c) ---- */

enum access_kind {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_FETCH_USER,
	ACCESS_FETCH_SUPERVISOR,
};
enum access_verdict {
	ACCESS_OK,
	ACCESS_NOT_PRESENT, /* nested page fault: the host has mapped nothing there */
	ACCESS_RMP,	  /* nested page fault: RMP check failed (owner, GPA, C-bit, in-use VMSA) */
	ACCESS_VMPL,	  /* nested page fault: VMPL permission missing */
	ACCESS_NOT_VALID, /* #VC 0x404: assigned, but not validated */
	ACCESS_SIZE,	  /* nested page fault: sizes differ. The host smashes the RMP entry if that
			     * is the 2M one, or maps 4K pages if the nested mapping is */
};
struct access {
	enum access_verdict verdict;
	uint64_t spfn; /* where, if verdict is ACCESS_OK */
	uint8_t perm;  /* all the permissions this VMPL has on the page, SNP_PERM_* */
	uint8_t large; /* the same result holds for the whole 2M around gpfn */
};

/*@
  // Fetches are private whatever the C-bit says (15.34.5).
  predicate access_private(integer view, integer kind) =
    view != 0 || kind == ACCESS_FETCH_USER || kind == ACCESS_FETCH_SUPERVISOR;
  logic integer access_view(integer view, integer kind) =
    view != 0 || kind == ACCESS_FETCH_USER || kind == ACCESS_FETCH_SUPERVISOR ? 1 : 0;
  // The permission that an access of this kind needs is in perm.
  predicate access_allowed(integer perm, integer kind) =
    (kind == ACCESS_READ && perm % 2 != 0) || (kind == ACCESS_WRITE && perm / 2 % 2 != 0) ||
    (kind == ACCESS_FETCH_USER && perm / 4 % 2 != 0) ||
    (kind == ACCESS_FETCH_SUPERVISOR && perm / 8 % 2 != 0);
  // A private access to g, question by question: is the frame the guest's, is it validated, are the host's
  // mapping and the page of one size, is it the VMSA of a running vCPU, has the VMPL the permission.
  logic struct rmp_entry access_entry(struct rmp r, struct nested_map n, integer g) =
    r.e[rmp_home_of(r, nested_spfn(n, g))];
  predicate access_foreign(struct rmp r, struct nested_map n, integer g) =
    nested_maps(n, g) && !nested_finds(r, n, g);
  predicate access_not_valid(struct rmp r, struct nested_map n, integer g) =
    nested_finds(r, n, g) && access_entry(r, n, g).validated == 0;
  predicate access_wrong_size(struct rmp r, struct nested_map n, integer g) =
    nested_finds(r, n, g) && access_entry(r, n, g).validated != 0 &&
    !(n.e[g].large != 0 <==> access_entry(r, n, g).size == SNP_SIZE_2M);
  predicate access_reaches(struct rmp r, struct nested_map n, integer g) =
    nested_finds(r, n, g) && access_entry(r, n, g).validated != 0 &&
    (n.e[g].large != 0 <==> access_entry(r, n, g).size == SNP_SIZE_2M);
  predicate access_locked(struct rmp r, struct nested_map n, integer g, integer kind) =
    access_reaches(r, n, g) && kind == ACCESS_WRITE && access_entry(r, n, g).in_use != 0;
  logic integer access_perm(struct rmp r, struct nested_map n, integer vmpl, integer g) =
    perm_effective(access_entry(r, n, g), vmpl);
  predicate access_lacks(struct rmp r, struct nested_map n, integer vmpl, integer g, integer kind) =
    access_reaches(r, n, g) && !access_locked(r, n, g, kind) &&
    !access_allowed(access_perm(r, n, vmpl, g), kind);
  predicate access_granted(struct rmp r, struct nested_map n, integer vmpl, integer g, integer kind) =
    access_reaches(r, n, g) && !access_locked(r, n, g, kind) &&
    access_allowed(access_perm(r, n, vmpl, g), kind);
  // An entry that translates this access.
  predicate tlb_translates(struct tlb_entry t, integer vmpl, integer gpfn, integer view, integer spfn) =
    t.used != 0 && t.vmpl == vmpl && t.gpfn == gpfn && t.private_view == view && t.spfn == spfn;
*/
/*
 * The nested walk with RMP and VMPL checks, no TLB: what a TLB miss does. vmpl < SNP_VMPLS.
 * private_view: the access has the C-bit, or is a table walk, or paging is off; fetches always
 * are. Verdicts in order. Private: NOT_PRESENT (also gpfn >= MACHINE_GFNS); RMP: not assigned to
 * the guest at this gpfn; NOT_VALID; SIZE: the RMP entry is 2M and the nested mapping 4K, or the
 * reverse; RMP: a write to the VMSA of a running vCPU; VMPL. Shared: NOT_PRESENT; RMP: the frame
 * is assigned. Shared pages are checked and mapped 4K by 4K. A permission without R counts for
 * nothing.
 */
/*@
  requires \valid_read(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested);
  requires level: vmpl <= 3;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures where: \result.verdict == ACCESS_OK ==>
    nested_maps(m->nested, gpfn) && \result.spfn == nested_spfn(m->nested, gpfn) &&
    \result.spfn < MACHINE_FRAMES && 0 < \result.perm <= 15;
  ensures guest: \result.verdict == ACCESS_OK && access_private(private_view, kind) ==>
    nested_finds(m->rmp, m->nested, gpfn) && rmp_live(m->rmp, \result.spfn) &&
    0 < \result.perm <= m->rmp.e[rmp_home_of(m->rmp, \result.spfn)].perm[vmpl] &&
    (m->nested.e[gpfn].large != 0 <==> m->rmp.e[rmp_home_of(m->rmp, \result.spfn)].size == SNP_SIZE_2M);
  ensures running: \result.verdict == ACCESS_OK && access_private(private_view, kind) &&
    kind == ACCESS_WRITE ==> m->rmp.e[rmp_home_of(m->rmp, \result.spfn)].in_use == 0;
  ensures host: \result.verdict == ACCESS_OK && !access_private(private_view, kind) ==>
    !rmp_assigned(m->rmp, \result.spfn) && \result.perm == (SNP_PERM_R | SNP_PERM_W);
  ensures refused: \result.verdict != ACCESS_OK ==>
    \result.spfn == 0 && \result.perm == 0 && \result.large == 0;
  // The verdicts, one by one.
  ensures absent: \result.verdict == ACCESS_NOT_PRESENT <==> !nested_maps(m->nested, gpfn);
  behavior shared:
    assumes !access_private(private_view, kind);
    ensures rmp: \result.verdict == ACCESS_RMP <==>
      nested_maps(m->nested, gpfn) && rmp_assigned(m->rmp, nested_spfn(m->nested, gpfn));
    ensures ok: \result.verdict == ACCESS_OK <==>
      nested_maps(m->nested, gpfn) && !rmp_assigned(m->rmp, nested_spfn(m->nested, gpfn));
    ensures small: \result.large == 0;
  behavior private:
    assumes access_private(private_view, kind);
    ensures not_valid: \result.verdict == ACCESS_NOT_VALID <==> access_not_valid(m->rmp, m->nested, gpfn);
    ensures size: \result.verdict == ACCESS_SIZE <==> access_wrong_size(m->rmp, m->nested, gpfn);
    ensures rmp: \result.verdict == ACCESS_RMP <==>
      access_foreign(m->rmp, m->nested, gpfn) || access_locked(m->rmp, m->nested, gpfn, kind);
    ensures vmpl: \result.verdict == ACCESS_VMPL <==> access_lacks(m->rmp, m->nested, vmpl, gpfn, kind);
    ensures ok: \result.verdict == ACCESS_OK <==> access_granted(m->rmp, m->nested, vmpl, gpfn, kind);
    ensures perm: \result.verdict == ACCESS_OK ==>
      \result.perm == access_perm(m->rmp, m->nested, vmpl, gpfn);
    ensures large: \result.verdict == ACCESS_OK ==>
      (\result.large != 0 <==> m->nested.e[gpfn].large != 0);
  complete behaviors;
  disjoint behaviors;
*/
struct access machine_walk(const struct machine *m, uint32_t vmpl, uint64_t gpfn,
			   uint32_t private_view, enum access_kind kind);

/* The same through cpu's TLB. A cached translation that allows the access decides without a look at
 * RMP or nested map; otherwise the walk decides, and fills the TLB if it allows. */
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested) && tlb_ok(m->rmp, m->tlb);
  requires range: cpu < MACHINE_CPUS && vmpl <= 3;
  terminates \true;
  exits \false;
  assigns m->tlb;
  ensures ok: tlb_ok(m->rmp, m->tlb);
  ensures range: \result.verdict == ACCESS_OK ==>
    gpfn < MACHINE_GFNS && \result.spfn < MACHINE_FRAMES && 0 < \result.perm <= 15;
  // Either a translation cached before decides, or the walk does.
  ensures decided: \result.verdict == ACCESS_OK ==>
    (\exists integer i; 0 <= i < MACHINE_TLB &&
       tlb_translates(\old(m->tlb.e[cpu][i]), vmpl, gpfn, access_view(private_view, kind),
                      \result.spfn) && \old(m->tlb.e[cpu][i].perm) == \result.perm &&
       access_allowed(\result.perm, kind)) ||
    (access_private(private_view, kind) && access_granted(m->rmp, m->nested, vmpl, gpfn, kind) &&
       \result.spfn == nested_spfn(m->nested, gpfn) &&
       \result.perm == access_perm(m->rmp, m->nested, vmpl, gpfn) &&
       rmp_live(m->rmp, \result.spfn) && rmp_gpfn_of(m->rmp, \result.spfn) == gpfn &&
       \result.perm <= m->rmp.e[rmp_home_of(m->rmp, \result.spfn)].perm[vmpl]) ||
    (!access_private(private_view, kind) && nested_maps(m->nested, gpfn) &&
       \result.spfn == nested_spfn(m->nested, gpfn) && !rmp_assigned(m->rmp, \result.spfn));
  ensures refused: \result.verdict != ACCESS_OK ==> m->tlb == \old(m->tlb);
  ensures absent: \result.verdict == ACCESS_NOT_PRESENT ==> !nested_maps(m->nested, gpfn);
  ensures not_valid: \result.verdict == ACCESS_NOT_VALID ==>
    access_private(private_view, kind) && access_not_valid(m->rmp, m->nested, gpfn);
  ensures size: \result.verdict == ACCESS_SIZE ==>
    access_private(private_view, kind) && access_wrong_size(m->rmp, m->nested, gpfn);
  ensures vmpl: \result.verdict == ACCESS_VMPL ==>
    access_private(private_view, kind) && access_lacks(m->rmp, m->nested, vmpl, gpfn, kind);
  ensures rmp: \result.verdict == ACCESS_RMP && access_private(private_view, kind) ==>
    access_foreign(m->rmp, m->nested, gpfn) || access_locked(m->rmp, m->nested, gpfn, kind);
  ensures rmp_shared: \result.verdict == ACCESS_RMP && !access_private(private_view, kind) ==>
    nested_maps(m->nested, gpfn) && rmp_assigned(m->rmp, nested_spfn(m->nested, gpfn));
  ensures filled: \forall integer c, i; 0 <= c < MACHINE_CPUS && 0 <= i < MACHINE_TLB ==>
    m->tlb.e[c][i] == \old(m->tlb.e[c][i]) ||
    (c == cpu && \result.verdict == ACCESS_OK && m->tlb.e[c][i].perm == \result.perm &&
     tlb_translates(m->tlb.e[c][i], vmpl, gpfn, access_view(private_view, kind), \result.spfn));
*/
struct access machine_access(struct machine *m, uint32_t cpu, uint32_t vmpl, uint64_t gpfn,
			     uint32_t private_view, enum access_kind kind);

/* ---- TLB (tlb.c) ---- */
/*@
  requires \valid(m) && cpu < MACHINE_CPUS;
  terminates \true;
  exits \false;
  assigns m->tlb;
  ensures flushed: \forall integer i; 0 <= i < MACHINE_TLB ==> m->tlb.e[cpu][i].used == 0;
  ensures rest: \forall integer c, i; 0 <= c < MACHINE_CPUS && c != cpu && 0 <= i < MACHINE_TLB ==>
    m->tlb.e[c][i] == \old(m->tlb.e[c][i]);
*/
void tlb_flush_cpu(struct machine *m, uint32_t cpu);
/* INVLPGB of everything + TLBSYNC */
/*@
  requires \valid(m);
  terminates \true;
  exits \false;
  assigns m->tlb;
  ensures flushed: \forall integer c, i; 0 <= c < MACHINE_CPUS && 0 <= i < MACHINE_TLB ==>
    m->tlb.e[c][i].used == 0;
*/
void tlb_flush_all(struct machine *m);
/* by RMPUPDATE and PSMASH, on all CPUs */
/*@
  requires \valid(m) && spfn < MACHINE_FRAMES;
  terminates \true;
  exits \false;
  assigns m->tlb;
  ensures flushed: tlb_flushed(\old(m->tlb), m->tlb, spfn, 1);
*/
void tlb_flush_frame(struct machine *m, uint64_t spfn);

/* ---- guest instructions (insn.c); gpfn: of the operand's GPA, its C-bit being set ---- */

enum insn_fault {
	INSN_DONE,	/* EAX and CF are the result */
	INSN_GP,	/* #GP(0): PVALIDATE above VMPL0 */
	INSN_NPF,	/* nested page fault to the host, see access */
	INSN_NOT_VALID, /* #VC 0x404 */
};
struct insn_result {
	enum insn_fault fault;
	uint32_t eax;
	uint32_t carry;
	enum access_verdict access; /* for INSN_NPF */
	uint64_t rdx; /* RMPQUERY: permissions [15:8] and VMSA bit 16 as in RMPADJUST */
	uint64_t rcx; /* RMPQUERY: page size */
};
/* All three: vmpl < SNP_VMPLS. A refusal changes nothing. */

/* INSN_GP if vmpl != 0; FAIL_INPUT: size operand, 2M operand on unaligned gpfn; INSN_NPF: not
 * mapped, not the guest's at this gpfn; INSN_NPF with ACCESS_SIZE: 4K operand in a 2M RMP page;
 * FAIL_SIZEMISMATCH: 2M operand on a 4K RMP page; INSN_NPF with ACCESS_SIZE: 2M operand on a
 * nested mapping of 4K pages (the manual: undefined); carry = 1: it was so already; INSN_NPF:
 * in-use VMSA. Permissions and the VMSA bit stay. No TLB is flushed. */
/*@
  // Nothing but fault, EAX and the reason of a nested fault is set.
  predicate insn_plain(struct insn_result r) = r.carry == 0 && r.rdx == 0 && r.rcx == 0;
  predicate insn_says(struct insn_result r, integer eax) =
    r.fault == INSN_DONE && r.eax == eax && r.carry == 0;
  predicate insn_faults(struct insn_result r, integer why) =
    r.fault == INSN_NPF && r.access == why && r.carry == 0;
  // The instruction went through: EAX and CF are zero.
  predicate insn_took(struct insn_result r) = r.fault == INSN_DONE && r.eax == SNP_OK && r.carry == 0;
  // Operand and page are of one size, the host's mapping too.
  predicate insn_fits(struct rmp r, struct nested_map n, integer g, integer size) =
    nested_finds(r, n, g) && r.e[rmp_home_of(r, nested_spfn(n, g))].size == size &&
    (size == SNP_SIZE_2M ==>
       g % 512 == 0 && nested_spfn(n, g) % 512 == 0 && n.e[g].large != 0);
  // The size operand is known, and the page named is aligned to it.
  predicate insn_size_ok(integer g, integer size) =
    size <= SNP_SIZE_2M && (size == SNP_SIZE_2M ==> g % 512 == 0);
  // Which page a size operand is refused for.
  predicate insn_4k_in_2m(struct rmp r, struct nested_map n, integer g, integer size) =
    nested_finds(r, n, g) && size == SNP_SIZE_4K && access_entry(r, n, g).size == SNP_SIZE_2M;
  predicate insn_2m_on_4k(struct rmp r, struct nested_map n, integer g, integer size) =
    nested_finds(r, n, g) && size == SNP_SIZE_2M && access_entry(r, n, g).size == SNP_SIZE_4K;
  predicate insn_2m_mapped_4k(struct rmp r, struct nested_map n, integer g, integer size) =
    nested_finds(r, n, g) && size == SNP_SIZE_2M && access_entry(r, n, g).size == SNP_SIZE_2M &&
    n.e[g].large == 0;
*/
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested);
  requires level: vmpl <= 3;
  terminates \true;
  exits \false;
  assigns m->rmp;
  ensures ok: rmp_ok(m->rmp);
  ensures took: insn_took(\result) ==>
    vmpl == 0 && size <= 1 && insn_fits(\old(m->rmp), \old(m->nested), gpfn, size) &&
    (\old(m->rmp.e[rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn))].validated) != 0 <==> validate == 0);
  ensures set: insn_took(\result) && validate != 0 ==>
    m->rmp == {\old(m->rmp) \with
      .e[\old(rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn)))].validated = (uint8_t)1,
      .e[\old(rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn)))].perm[0] = (uint8_t)15};
  ensures cleared: insn_took(\result) && validate == 0 ==>
    m->rmp == {\old(m->rmp) \with
      .e[\old(rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn)))].validated = (uint8_t)0};
  ensures refused: !insn_took(\result) ==> m->rmp == \old(m->rmp);
  ensures carry: \result.carry <= 1 && (\result.carry == 1 ==>
    \result.fault == INSN_DONE && \result.eax == SNP_OK && vmpl == 0 && size <= 1 &&
    insn_fits(m->rmp, m->nested, gpfn, size) &&
    (m->rmp.e[rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn))].validated != 0 <==> validate != 0));
  behavior level:
    assumes vmpl != 0;
    ensures \result.fault == INSN_GP && \result.carry == 0;
  behavior input:
    assumes vmpl == 0 && !insn_size_ok(gpfn, size);
    ensures insn_says(\result, SNP_FAIL_INPUT);
  behavior absent:
    assumes vmpl == 0 && insn_size_ok(gpfn, size) && !nested_maps(m->nested, gpfn);
    ensures insn_faults(\result, ACCESS_NOT_PRESENT);
  behavior foreign:
    assumes vmpl == 0 && insn_size_ok(gpfn, size) && nested_maps(m->nested, gpfn) &&
      !nested_finds(m->rmp, m->nested, gpfn);
    ensures insn_faults(\result, ACCESS_RMP);
  behavior large:
    assumes vmpl == 0 && insn_size_ok(gpfn, size) && insn_4k_in_2m(m->rmp, m->nested, gpfn, size);
    ensures insn_faults(\result, ACCESS_SIZE);
  behavior mismatch:
    assumes vmpl == 0 && insn_size_ok(gpfn, size) && insn_2m_on_4k(m->rmp, m->nested, gpfn, size);
    ensures insn_says(\result, SNP_FAIL_SIZEMISMATCH);
  behavior scattered:
    assumes vmpl == 0 && insn_size_ok(gpfn, size) && insn_2m_mapped_4k(m->rmp, m->nested, gpfn, size);
    ensures insn_faults(\result, ACCESS_SIZE);
  behavior same:
    assumes vmpl == 0 && insn_fits(m->rmp, m->nested, gpfn, size) &&
      (access_entry(m->rmp, m->nested, gpfn).validated != 0 <==> validate != 0);
    ensures \result.fault == INSN_DONE && \result.eax == SNP_OK && \result.carry == 1;
  behavior running:
    assumes vmpl == 0 && insn_fits(m->rmp, m->nested, gpfn, size) &&
      access_entry(m->rmp, m->nested, gpfn).in_use != 0 &&
      !(access_entry(m->rmp, m->nested, gpfn).validated != 0 <==> validate != 0);
    ensures insn_faults(\result, ACCESS_RMP);
  behavior done:
    assumes vmpl == 0 && insn_fits(m->rmp, m->nested, gpfn, size) &&
      access_entry(m->rmp, m->nested, gpfn).in_use == 0 &&
      !(access_entry(m->rmp, m->nested, gpfn).validated != 0 <==> validate != 0);
    ensures insn_took(\result);
  complete behaviors;
  disjoint behaviors;
*/
struct insn_result machine_pvalidate(struct machine *m, uint32_t vmpl, uint64_t gpfn, uint32_t size,
				     uint32_t validate);
/* attributes: SNP_ATTR, SNP_ATTR_VMSA. FAIL_PERMISSION: target level not below the caller's (the
 * first question, whatever the page); FAIL_INPUT: target > 3, unknown permission, size, alignment,
 * VMSA bit with a 2M operand; INSN_NPF as PVALIDATE; INSN_NOT_VALID; sizes as PVALIDATE;
 * FAIL_PERMISSION: the caller lacks what it grants; FAIL_INUSE: the VMSA of a running vCPU. The
 * VMSA bit is taken over at VMPL0 and ignored above. No TLB is flushed. */
/*@
  logic integer attr_target(integer a) = a % 256;
  logic integer attr_perm(integer a) = a / 256 % 256;
  logic integer attr_vmsa(integer a) = a / 65536 % 2;
  // The operands alone, after the target level.
  predicate adjust_operands_ok(integer vmpl, integer g, integer size, integer a) =
    vmpl < attr_target(a) <= 3 && attr_perm(a) <= 15 && insn_size_ok(g, size) &&
    !(vmpl == 0 && attr_vmsa(a) != 0 && size == SNP_SIZE_2M);
  predicate adjust_reaches(struct rmp r, struct nested_map n, integer vmpl, integer g, integer size, integer a) =
    adjust_operands_ok(vmpl, g, size, a) && nested_finds(r, n, g) && access_entry(r, n, g).validated != 0;
  predicate adjust_may(struct rmp r, struct nested_map n, integer vmpl, integer g, integer a) =
    perm_within(attr_perm(a), access_entry(r, n, g).perm[vmpl]);
*/
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested);
  requires level: vmpl <= 3;
  terminates \true;
  exits \false;
  assigns m->rmp;
  ensures ok: rmp_ok(m->rmp);
  ensures took: insn_took(\result) ==>
    size <= 1 && insn_fits(\old(m->rmp), \old(m->nested), gpfn, size) &&
    \old(rmp_live(m->rmp, nested_spfn(m->nested, gpfn))) &&
    vmpl < attr_target(attributes) <= 3 && attr_perm(attributes) <= 15 &&
    attr_perm(attributes) <= \old(m->rmp.e[rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn))].perm[vmpl]) &&
    perm_within(attr_perm(attributes), \old(m->rmp.e[rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn))].perm[vmpl])) &&
    (vmpl == 0 && attr_vmsa(attributes) == 1 ==> size == 0);
  ensures set: insn_took(\result) && vmpl == 0 ==>
    m->rmp == {\old(m->rmp) \with
      .e[\old(rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn)))].perm[attr_target(attributes)] =
        (uint8_t)attr_perm(attributes),
      .e[\old(rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn)))].vmsa = (uint8_t)attr_vmsa(attributes)};
  ensures set_above: insn_took(\result) && vmpl != 0 ==>
    m->rmp == {\old(m->rmp) \with
      .e[\old(rmp_home_of(m->rmp, nested_spfn(m->nested, gpfn)))].perm[attr_target(attributes)] =
        (uint8_t)attr_perm(attributes)};
  ensures refused: !insn_took(\result) ==> m->rmp == \old(m->rmp);
  ensures carry: \result.carry == 0;
  behavior level:
    assumes attr_target(attributes) <= vmpl;
    ensures insn_says(\result, SNP_FAIL_PERMISSION);
  behavior input:
    assumes attr_target(attributes) > vmpl && !adjust_operands_ok(vmpl, gpfn, size, attributes);
    ensures insn_says(\result, SNP_FAIL_INPUT);
  behavior absent:
    assumes adjust_operands_ok(vmpl, gpfn, size, attributes) && !nested_maps(m->nested, gpfn);
    ensures insn_faults(\result, ACCESS_NOT_PRESENT);
  behavior foreign:
    assumes adjust_operands_ok(vmpl, gpfn, size, attributes) && nested_maps(m->nested, gpfn) &&
      !nested_finds(m->rmp, m->nested, gpfn);
    ensures insn_faults(\result, ACCESS_RMP);
  behavior not_valid:
    assumes adjust_operands_ok(vmpl, gpfn, size, attributes) && nested_finds(m->rmp, m->nested, gpfn) &&
      access_entry(m->rmp, m->nested, gpfn).validated == 0;
    ensures \result.fault == INSN_NOT_VALID;
  behavior large:
    assumes adjust_reaches(m->rmp, m->nested, vmpl, gpfn, size, attributes) &&
      insn_4k_in_2m(m->rmp, m->nested, gpfn, size);
    ensures insn_faults(\result, ACCESS_SIZE);
  behavior mismatch:
    assumes adjust_reaches(m->rmp, m->nested, vmpl, gpfn, size, attributes) &&
      insn_2m_on_4k(m->rmp, m->nested, gpfn, size);
    ensures insn_says(\result, SNP_FAIL_SIZEMISMATCH);
  behavior scattered:
    assumes adjust_reaches(m->rmp, m->nested, vmpl, gpfn, size, attributes) &&
      insn_2m_mapped_4k(m->rmp, m->nested, gpfn, size);
    ensures insn_faults(\result, ACCESS_SIZE);
  behavior lacking:
    assumes adjust_reaches(m->rmp, m->nested, vmpl, gpfn, size, attributes) &&
      insn_fits(m->rmp, m->nested, gpfn, size) &&
      !adjust_may(m->rmp, m->nested, vmpl, gpfn, attributes);
    ensures insn_says(\result, SNP_FAIL_PERMISSION);
  behavior running:
    assumes adjust_reaches(m->rmp, m->nested, vmpl, gpfn, size, attributes) &&
      insn_fits(m->rmp, m->nested, gpfn, size) &&
      adjust_may(m->rmp, m->nested, vmpl, gpfn, attributes) &&
      access_entry(m->rmp, m->nested, gpfn).in_use != 0;
    ensures insn_says(\result, SNP_FAIL_INUSE);
  behavior done:
    assumes adjust_reaches(m->rmp, m->nested, vmpl, gpfn, size, attributes) &&
      insn_fits(m->rmp, m->nested, gpfn, size) &&
      adjust_may(m->rmp, m->nested, vmpl, gpfn, attributes) &&
      access_entry(m->rmp, m->nested, gpfn).in_use == 0;
    ensures insn_took(\result);
  complete behaviors;
  disjoint behaviors;
*/
struct insn_result machine_rmpadjust(struct machine *m, uint32_t vmpl, uint64_t gpfn, uint32_t size,
				     uint64_t attributes);
/* attributes [7:0]: target level. FAIL_PERMISSION, FAIL_INPUT, INSN_NPF, INSN_NOT_VALID as
 * RMPADJUST. */
/*@
  requires \valid_read(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested);
  requires level: vmpl <= 3;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures below: \result.fault == INSN_DONE && \result.eax == SNP_OK ==>
    vmpl < attr_target(attributes) <= 3 && nested_finds(m->rmp, m->nested, gpfn) &&
    rmp_live(m->rmp, nested_spfn(m->nested, gpfn));
  ensures carry: \result.carry == 0;
  behavior level:
    assumes attr_target(attributes) <= vmpl;
    ensures insn_says(\result, SNP_FAIL_PERMISSION) && insn_plain(\result);
  behavior input:
    assumes attr_target(attributes) > 3;
    ensures insn_says(\result, SNP_FAIL_INPUT) && insn_plain(\result);
  behavior absent:
    assumes vmpl < attr_target(attributes) <= 3 && !nested_maps(m->nested, gpfn);
    ensures insn_faults(\result, ACCESS_NOT_PRESENT) && insn_plain(\result);
  behavior foreign:
    assumes vmpl < attr_target(attributes) <= 3 && nested_maps(m->nested, gpfn) &&
      !nested_finds(m->rmp, m->nested, gpfn);
    ensures insn_faults(\result, ACCESS_RMP) && insn_plain(\result);
  behavior not_valid:
    assumes vmpl < attr_target(attributes) <= 3 && nested_finds(m->rmp, m->nested, gpfn) &&
      access_entry(m->rmp, m->nested, gpfn).validated == 0;
    ensures \result.fault == INSN_NOT_VALID && insn_plain(\result);
  behavior done:
    assumes vmpl < attr_target(attributes) <= 3 && nested_finds(m->rmp, m->nested, gpfn) &&
      access_entry(m->rmp, m->nested, gpfn).validated != 0;
    ensures insn_took(\result);
    ensures \result.rdx == attr_target(attributes) +
      256 * access_entry(m->rmp, m->nested, gpfn).perm[attr_target(attributes)] +
      (access_entry(m->rmp, m->nested, gpfn).vmsa != 0 ? 65536 : 0);
    ensures \result.rcx == access_entry(m->rmp, m->nested, gpfn).size;
  complete behaviors;
  disjoint behaviors;
*/
struct insn_result machine_rmpquery(const struct machine *m, uint32_t vmpl, uint64_t gpfn,
				    uint64_t attributes);

/* ---- host instructions and steps (host.c); each returns SNP_OK or SNP_FAIL_* ---- */

struct rmp_update {
	uint64_t gpfn;
	uint32_t asid;
	uint8_t assigned;
	uint8_t immutable;
	uint8_t size;
};
/*
 * FAIL_INPUT: spfn, size, asid > MACHINE_ASID, unaligned 2M, unassigned with owner or immutable,
 * gpfn out of range; FAIL_PERMISSION: immutable; FAIL_INUSE: VMSA of a running vCPU;
 * FAIL_OVERLAP: 4K update inside a 2M page (PSMASH first), or 2M update over assigned 4K pages.
 * Assigned with asid 0 is a page of the secure processor. Validated, VMSA and all permissions are
 * cleared, translations of the frame flushed on all CPUs. The bits in DRAM stay: what the old
 * owner wrote is ciphertext for the new one.
 */
/*@
  logic integer update_frames(struct rmp_update u) = u.size == SNP_SIZE_2M ? 512 : 1;
  // The operand alone.
  predicate update_ok(integer s, struct rmp_update u) =
    s < MACHINE_FRAMES && u.size <= SNP_SIZE_2M && u.asid <= MACHINE_ASID &&
    (u.size == SNP_SIZE_2M ==> s % 512 == 0 && u.gpfn % 512 == 0) &&
    (u.assigned == 0 ==> u.asid == 0 && u.immutable == 0) && (u.assigned != 0 ==> u.gpfn < MACHINE_GFNS);
  // A 2M page is replaced as a whole only, and never swallows assigned 4K pages.
  predicate update_overlaps(struct rmp r, integer s, struct rmp_update u) =
    (u.size == SNP_SIZE_4K && rmp_in_large(r, s)) ||
    (u.size == SNP_SIZE_2M && !rmp_in_large(r, s) &&
     \exists integer t; s <= t < s + 512 && r.e[t].assigned != 0);
  // Frame s after the update: whose it is, and nothing of the old entry.
  predicate updated_at(struct rmp r, struct rmp_update u, integer s) =
    (rmp_assigned(r, s) <==> u.assigned != 0) && r.e[rmp_home_of(r, s)].asid == u.asid &&
    r.e[rmp_home_of(r, s)].validated == 0 && r.e[rmp_home_of(r, s)].vmsa == 0 &&
    r.e[rmp_home_of(r, s)].in_use == 0;
  // The new entry: nothing of the old one is left.
  predicate update_entry(struct rmp_entry e, struct rmp_update u) =
    e.assigned == (u.assigned != 0 ? 1 : 0) && e.validated == 0 && e.vmsa == 0 && e.in_use == 0 &&
    e.asid == u.asid && e.immutable == (u.immutable != 0 ? 1 : 0) &&
    e.size == (u.assigned != 0 ? u.size : 0) && (u.assigned != 0 ==> e.gpfn == u.gpfn) &&
    e.perm[0] == 0 && e.perm[1] == 0 && e.perm[2] == 0 && e.perm[3] == 0;
  // What an entry says of a frame: the same before and after.
  predicate rmp_alike(struct rmp a, struct rmp b, integer s) =
    (rmp_assigned(a, s) <==> rmp_assigned(b, s)) && (rmp_owned(a, s) <==> rmp_owned(b, s)) &&
    (rmp_live(a, s) <==> rmp_live(b, s)) && rmp_gpfn_of(a, s) == rmp_gpfn_of(b, s) &&
    a.e[rmp_home_of(a, s)].asid == b.e[rmp_home_of(b, s)].asid &&
    a.e[rmp_home_of(a, s)].vmsa == b.e[rmp_home_of(b, s)].vmsa &&
    a.e[rmp_home_of(a, s)].perm[1] == b.e[rmp_home_of(b, s)].perm[1] &&
    a.e[rmp_home_of(a, s)].perm[2] == b.e[rmp_home_of(b, s)].perm[2] &&
    a.e[rmp_home_of(a, s)].perm[3] == b.e[rmp_home_of(b, s)].perm[3];
*/
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested) && tlb_ok(m->rmp, m->tlb) && key_ok(m->rmp, m->memory);
  requires fresh: fresh_ok(m->memory, dram);
  terminates \true;
  exits \false;
  assigns m->rmp, m->tlb, m->memory, dram;
  ensures rmp: rmp_ok(m->rmp);
  ensures tlb: tlb_ok(m->rmp, m->tlb);
  ensures key: key_ok(m->rmp, m->memory);
  ensures fresh: fresh_ok(m->memory, dram);
  ensures refused: \result != SNP_OK ==> *m == \old(*m) && dram == \old(dram);
  ensures range: \result == SNP_OK ==> spfn + update_frames(u) <= MACHINE_FRAMES;
  ensures idle: \result == SNP_OK ==>
    \old(m->rmp.e[rmp_home_of(m->rmp, spfn)].in_use) == 0 &&
    \old(m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable) == 0;
  ensures set: \result == SNP_OK ==>
    update_entry(m->rmp.e[spfn], u) && m->rmp == {\old(m->rmp) \with .e[spfn] = m->rmp.e[spfn]};
  // The frames named are the guest's or not, but in no case validated; no other frame changes.
  ensures unshared: \result == SNP_OK ==> \forall integer s; spfn <= s < spfn + update_frames(u) ==>
    rmp_owned(m->rmp, s) ==> rmp_unshared(m->rmp, s);
  ensures taken: \result == SNP_OK ==> \forall integer s; spfn <= s < spfn + update_frames(u) ==>
    updated_at(m->rmp, u, s) && !rmp_live(m->rmp, s);
  ensures rest: \result == SNP_OK ==>
    \forall integer s; 0 <= s < MACHINE_FRAMES && !(spfn <= s < spfn + update_frames(u)) ==>
      rmp_alike(\old(m->rmp), m->rmp, s);
  ensures flushed: \result == SNP_OK ==> tlb_flushed(\old(m->tlb), m->tlb, spfn, update_frames(u));
  ensures content: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
    memory_alike(\old(m->memory), \old(dram), m->memory, dram, m->guest_key, s);
  ensures touched: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
    m->memory.touched[s] == \old(m->memory.touched[s]);
  behavior input:
    assumes !update_ok(spfn, u);
    ensures \result == SNP_FAIL_INPUT;
  behavior permission:
    assumes update_ok(spfn, u) && m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable != 0;
    ensures \result == SNP_FAIL_PERMISSION;
  behavior running:
    assumes update_ok(spfn, u) && m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable == 0 &&
      m->rmp.e[rmp_home_of(m->rmp, spfn)].in_use != 0;
    ensures \result == SNP_FAIL_INUSE;
  behavior overlap:
    assumes update_ok(spfn, u) && m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable == 0 &&
      m->rmp.e[rmp_home_of(m->rmp, spfn)].in_use == 0 && update_overlaps(m->rmp, spfn, u);
    ensures \result == SNP_FAIL_OVERLAP;
  behavior done:
    assumes update_ok(spfn, u) && m->rmp.e[rmp_home_of(m->rmp, spfn)].immutable == 0 &&
      m->rmp.e[rmp_home_of(m->rmp, spfn)].in_use == 0 && !update_overlaps(m->rmp, spfn, u);
    ensures \result == SNP_OK;
  complete behaviors;
  disjoint behaviors;
*/
uint32_t machine_rmpupdate(struct machine *m, uint64_t spfn, struct rmp_update u);
/* 2M RMP page -> 512 4K pages, each inheriting everything, at successive gpfns. FAIL_INPUT: spfn
 * out of range, unaligned, or not a 2M page; FAIL_PERMISSION: immutable. Flushes like RMPUPDATE.
 * */
/*@
  // The n frames from head on have got entries of their own; no other entry changes.
  predicate smashed_at(struct rmp a, struct rmp b, integer head, integer n, integer s) =
    (head <= s < head + n ==>
       b.e[s] == {a.e[head] \with .size = (uint8_t)SNP_SIZE_4K, .gpfn = (uint32_t)(a.e[head].gpfn + (s - head))}) &&
    (s < head || head + n <= s ==> b.e[s] == a.e[s]);
*/
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested) && tlb_ok(m->rmp, m->tlb) && key_ok(m->rmp, m->memory);
  terminates \true;
  exits \false;
  assigns m->rmp, m->tlb;
  ensures rmp: rmp_ok(m->rmp);
  ensures tlb: tlb_ok(m->rmp, m->tlb);
  ensures key: key_ok(m->rmp, m->memory);
  ensures refused: \result != SNP_OK ==> *m == \old(*m);
  ensures alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==> rmp_alike(\old(m->rmp), m->rmp, s);
  ensures small: \result == SNP_OK ==>
    spfn + 512 <= MACHINE_FRAMES && \forall integer s; spfn <= s < spfn + 512 ==> !rmp_in_large(m->rmp, s);
  ensures flushed: \result == SNP_OK ==> tlb_flushed(\old(m->tlb), m->tlb, spfn, 512);
  ensures smashed: \result == SNP_OK ==> \forall integer s; 0 <= s < MACHINE_FRAMES ==>
    smashed_at(\old(m->rmp), m->rmp, spfn, 512, s);
  behavior input:
    assumes spfn >= MACHINE_FRAMES || spfn % 512 != 0 || !rmp_in_large(m->rmp, spfn);
    ensures \result == SNP_FAIL_INPUT;
  behavior permission:
    assumes spfn < MACHINE_FRAMES && spfn % 512 == 0 && rmp_in_large(m->rmp, spfn) &&
      m->rmp.e[spfn].immutable != 0;
    ensures \result == SNP_FAIL_PERMISSION;
  behavior done:
    assumes spfn < MACHINE_FRAMES && spfn % 512 == 0 && rmp_in_large(m->rmp, spfn) &&
      m->rmp.e[spfn].immutable == 0;
    ensures \result == SNP_OK;
  complete behaviors;
  disjoint behaviors;
*/
uint32_t machine_psmash(struct machine *m, uint64_t spfn);
/*@
  predicate nested_set_ok(integer g, integer s, integer present, integer large) =
    g < MACHINE_GFNS && (present != 0 ==> s < MACHINE_FRAMES) &&
    (large != 0 ==> g % 512 == 0 && (present != 0 ==> s % 512 == 0));
  predicate nested_set_at(struct nested_entry e, integer s, integer present, integer large) =
    (present != 0 ==> e.present == 1 && e.spfn == s && e.large == (large != 0 ? 1 : 0)) &&
    (present == 0 ==> e.present == 0 && e.spfn == 0 && e.large == 0);
  predicate nested_alike(struct nested_entry a, struct nested_entry b) =
    b.present == a.present && b.spfn == a.spfn && (b.large == a.large || b.large == 0);
*/
/* Changes the nested map; no TLB is flushed. present = 0 unmaps. large needs 2M-aligned numbers and
 * maps 512 frames. A 4K change inside a 2M mapping splits it. Out of range: SNP_FAIL_INPUT. */
/*@
  requires \valid(m);
  requires ok: nested_ok(m->nested);
  terminates \true;
  exits \false;
  assigns m->nested;
  ensures ok: nested_ok(m->nested);
  ensures refused: \result != SNP_OK ==> m->nested == \old(m->nested);
  ensures mapped: \result == SNP_OK && present != 0 ==>
    nested_maps(m->nested, gpfn) && nested_spfn(m->nested, gpfn) == spfn;
  ensures unmapped: \result == SNP_OK && present == 0 ==> !nested_maps(m->nested, gpfn);
  ensures set: \result == SNP_OK ==>
    \forall integer g; gpfn <= g < gpfn + (large != 0 ? 512 : 1) ==>
      nested_set_at(m->nested.e[g], spfn + (g - gpfn), present, large);
  // A mapping that is split leads where it led.
  ensures rest: \result == SNP_OK ==>
    \forall integer g; 0 <= g < MACHINE_GFNS && !(gpfn <= g < gpfn + (large != 0 ? 512 : 1)) ==>
      nested_alike(\old(m->nested.e[g]), m->nested.e[g]);
  ensures split: \result == SNP_OK && large == 0 && \old(m->nested.e[gpfn].large) != 0 ==>
    \forall integer g; 0 <= g < MACHINE_GFNS && g / 512 == gpfn / 512 ==> m->nested.e[g].large == 0;
  behavior input:
    assumes !nested_set_ok(gpfn, spfn, present, large);
    ensures \result == SNP_FAIL_INPUT;
  behavior done:
    assumes nested_set_ok(gpfn, spfn, present, large);
    ensures \result == SNP_OK;
  complete behaviors;
  disjoint behaviors;
*/
uint32_t machine_nested_set(struct machine *m, uint64_t gpfn, uint64_t spfn, uint32_t present,
			    uint32_t large);

/* What the secure processor does at launch: the page becomes assigned, not immutable, validated at
 * gpfn (MACHINE_NOWHERE if that is out of range) with full permission for VMPL0 only; vmsa makes
 * it a VMSA page. Its content is encrypted in place: the guest reads what the host wrote.
 * FAIL_INPUT: spfn; FAIL_PERMISSION: the frame is not host-owned. */
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested) && tlb_ok(m->rmp, m->tlb) && key_ok(m->rmp, m->memory);
  requires fresh: fresh_ok(m->memory, dram);
  terminates \true;
  exits \false;
  assigns m->rmp, m->tlb, m->memory;
  ensures rmp: rmp_ok(m->rmp);
  ensures tlb: tlb_ok(m->rmp, m->tlb);
  ensures key: key_ok(m->rmp, m->memory);
  ensures fresh: fresh_ok(m->memory, dram);
  ensures refused: \result != SNP_OK ==> *m == \old(*m);
  ensures launched: \result == SNP_OK ==>
    spfn < MACHINE_FRAMES && !\old(rmp_assigned(m->rmp, spfn)) && rmp_live(m->rmp, spfn) &&
    rmp_gpfn_of(m->rmp, spfn) == (gpfn < MACHINE_GFNS ? gpfn : MACHINE_NOWHERE) &&
    m->rmp.e[spfn].perm[0] == 15 && m->rmp.e[spfn].perm[1] == 0 && m->rmp.e[spfn].perm[2] == 0 &&
    m->rmp.e[spfn].perm[3] == 0 && (m->rmp.e[spfn].vmsa != 0 <==> vmsa != 0);
  ensures set: \result == SNP_OK ==> m->rmp == {\old(m->rmp) \with .e[spfn] = m->rmp.e[spfn]};
  // What the host wrote is what the guest reads; no other frame's content changes.
  ensures content: \result == SNP_OK ==> \forall integer w; 0 <= w < PAGE_WORDS ==>
    guest_word(*m, dram, spfn, w) == host_word(\old(*m), dram, spfn, w);
  ensures memory: \result == SNP_OK ==>
    m->memory == {\old(m->memory) \with .key[spfn] = (uint8_t)MACHINE_ASID, .touched[spfn] = (uint8_t)1};
  ensures flushed: \result == SNP_OK ==> tlb_flushed(\old(m->tlb), m->tlb, spfn, 1);
  ensures rest: \forall integer s; 0 <= s < MACHINE_FRAMES && s != spfn ==> rmp_alike(\old(m->rmp), m->rmp, s);
  behavior input:
    assumes spfn >= MACHINE_FRAMES;
    ensures \result == SNP_FAIL_INPUT;
  behavior permission:
    assumes spfn < MACHINE_FRAMES && rmp_assigned(m->rmp, spfn);
    ensures \result == SNP_FAIL_PERMISSION;
  behavior done:
    assumes spfn < MACHINE_FRAMES && !rmp_assigned(m->rmp, spfn);
    ensures \result == SNP_OK;
  complete behaviors;
  disjoint behaviors;
*/
uint32_t machine_launch_page(struct machine *m, uint64_t spfn, uint64_t gpfn, uint32_t vmsa);

/* ---- VMSA (vmsa.c) ---- */

/* VMRUN's checks on a VMSA frame. FAIL_INPUT: spfn; FAIL_PERMISSION: not guest-owned, not
 * validated, no VMSA bit; FAIL_INUSE; FAIL_INPUT: EFER.SVME = 0 or VMPL > 3. On success the page
 * is in use, so that nobody writes it (cached translations of it are flushed), and *vmpl is its
 * level. */
/*@
  // A 4K page that VMPL0 has made a VMSA.
  predicate vmsa_page(struct rmp r, integer s) =
    rmp_live(r, s) && rmp_home_of(r, s) == s && r.e[s].vmsa != 0 && r.e[s].size == SNP_SIZE_4K;
  // Byte VMSA_VMPL = 0xca and bit 12 of VMSA_EFER = 0xd0.
  logic integer vmsa_level_of(struct machine m, struct dram d, integer s) =
    guest_word(m, d, s, 0xca / 8) / 65536 % 256;
  logic integer vmsa_svme_of(struct machine m, struct dram d, integer s) =
    guest_word(m, d, s, 0xd0 / 8) / 4096 % 2;
*/
/*@
  requires \valid(m) && \valid(vmpl) && \separated(m, vmpl);
  requires ok: rmp_ok(m->rmp) && nested_ok(m->nested) && tlb_ok(m->rmp, m->tlb) && key_ok(m->rmp, m->memory);
  requires fresh: fresh_ok(m->memory, dram);
  terminates \true;
  exits \false;
  assigns m->rmp, m->tlb, *vmpl;
  ensures rmp: rmp_ok(m->rmp);
  ensures tlb: tlb_ok(m->rmp, m->tlb);
  ensures key: key_ok(m->rmp, m->memory);
  ensures refused: \result != SNP_OK ==> *m == \old(*m) && *vmpl == \old(*vmpl);
  // Only a page that VMPL0 has made a VMSA runs, and only once at a time.
  ensures runs: \result == SNP_OK ==>
    spfn < MACHINE_FRAMES && \old(rmp_live(m->rmp, spfn)) && \old(m->rmp.e[spfn].vmsa) != 0 &&
    \old(rmp_home_of(m->rmp, spfn)) == spfn && \old(m->rmp.e[spfn].in_use) == 0 && *vmpl <= 3;
  ensures marked: \result == SNP_OK ==>
    m->rmp == {\old(m->rmp) \with .e[spfn].in_use = (uint8_t)1} &&
    tlb_flushed(\old(m->tlb), m->tlb, spfn, 1);
  ensures alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==> rmp_alike(\old(m->rmp), m->rmp, s);
  // Level and EFER.SVME are what the guest's key shows of the page.
  ensures level: \result == SNP_OK ==>
    *vmpl == vmsa_level_of(\old(*m), dram, spfn) && vmsa_svme_of(\old(*m), dram, spfn) != 0;
  behavior input:
    assumes spfn >= MACHINE_FRAMES;
    ensures \result == SNP_FAIL_INPUT;
  behavior permission:
    assumes spfn < MACHINE_FRAMES && !vmsa_page(m->rmp, spfn);
    ensures \result == SNP_FAIL_PERMISSION;
  behavior running:
    assumes spfn < MACHINE_FRAMES && vmsa_page(m->rmp, spfn) && m->rmp.e[spfn].in_use != 0;
    ensures \result == SNP_FAIL_INUSE;
  behavior state:
    assumes spfn < MACHINE_FRAMES && vmsa_page(m->rmp, spfn) && m->rmp.e[spfn].in_use == 0 &&
      !(vmsa_svme_of(*m, dram, spfn) != 0 && vmsa_level_of(*m, dram, spfn) <= 3);
    ensures \result == SNP_FAIL_INPUT;
  behavior done:
    assumes spfn < MACHINE_FRAMES && vmsa_page(m->rmp, spfn) && m->rmp.e[spfn].in_use == 0 &&
      vmsa_svme_of(*m, dram, spfn) != 0 && vmsa_level_of(*m, dram, spfn) <= 3;
    ensures \result == SNP_OK;
  complete behaviors;
  disjoint behaviors;
*/
uint32_t machine_vmrun(struct machine *m, uint64_t spfn, uint32_t *vmpl);
/* The vCPU has exited and its state is stored: the page is no longer in use. */
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp);
  terminates \true;
  exits \false;
  assigns m->rmp;
  ensures ok: rmp_ok(m->rmp);
  ensures out: spfn < MACHINE_FRAMES ==> m->rmp == {\old(m->rmp) \with .e[spfn].in_use = (uint8_t)0};
  ensures none: spfn >= MACHINE_FRAMES ==> m->rmp == \old(m->rmp);
  ensures alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==> rmp_alike(\old(m->rmp), m->rmp, s);
*/
void machine_vmexit(struct machine *m, uint64_t spfn);

/* ---- encryption (cipher.c) ---- */

/* An invertible keyed scramble in place of the memory encryption engine: injective in plain for
 * each (key, spfn, word). spfn and word in range. */
/*@
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns \result \from key, spfn, word, plain;
  ensures \result == cipher(key, spfn, word, plain);
*/
uint64_t cipher_encrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t plain);
/*@
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns \result \from key, spfn, word, cipher;
  ensures \result == plain_of(key, spfn, word, \old(cipher));
*/
uint64_t cipher_decrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t cipher);

/* ---- memory (memory.c) ---- */

/* The host's view of any frame: plain where the host owns it, ciphertext where the guest does, zero
 * if nobody ever wrote it. spfn and word in range, here and below. */
/*@
  requires \valid_read(m);
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS && key_ok(m->rmp, m->memory);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures view: \result == host_word(*m, dram, spfn, word);
*/
uint64_t machine_host_read64(const struct machine *m, uint64_t spfn, uint64_t word);
/*@
  // A word that the owner sees as before, and if the frame was ever written everybody.
  predicate memory_kept(struct machine a, struct dram da, struct machine b, struct dram db, integer s,
                        integer w) =
    (a.memory.touched[s] != 0 || a.memory.key[s] == MACHINE_ASID ==>
       guest_word(b, db, s, w) == guest_word(a, da, s, w)) &&
    (a.memory.touched[s] != 0 || a.memory.key[s] == 0 ==>
       host_word(b, db, s, w) == host_word(a, da, s, w));
*/
/* FAIL_INPUT out of range; FAIL_PERMISSION (an RMP fault) if the frame is assigned to the guest. */
/*@
  requires \valid(m);
  requires ok: rmp_ok(m->rmp) && key_ok(m->rmp, m->memory);
  requires fresh: fresh_ok(m->memory, dram);
  terminates \true;
  exits \false;
  assigns m->memory, dram;
  ensures fresh: fresh_ok(m->memory, dram);
  ensures refused: \result != SNP_OK ==> m->memory == \old(m->memory) && dram == \old(dram);
  ensures written: \result == SNP_OK ==>
    spfn < MACHINE_FRAMES && word < PAGE_WORDS && !rmp_assigned(m->rmp, spfn) &&
    dram == {\old(dram) \with .word[spfn][word] = value} &&
    m->memory == {\old(m->memory) \with .touched[spfn] = (uint8_t)1} &&
    host_word(*m, dram, spfn, word) == value;
  // Nobody sees another word change but who reads the frame with the wrong key, at its first write.
  ensures others: \forall integer s, w; 0 <= s < MACHINE_FRAMES && 0 <= w < PAGE_WORDS &&
    (s != spfn || w != word) ==> memory_kept(\old(*m), \old(dram), *m, dram, s, w);
  behavior input:
    assumes spfn >= MACHINE_FRAMES || word >= PAGE_WORDS;
    ensures \result == SNP_FAIL_INPUT;
  behavior owned:
    assumes spfn < MACHINE_FRAMES && word < PAGE_WORDS && rmp_assigned(m->rmp, spfn);
    ensures \result == SNP_FAIL_PERMISSION;
  behavior done:
    assumes spfn < MACHINE_FRAMES && word < PAGE_WORDS && !rmp_assigned(m->rmp, spfn);
    ensures \result == SNP_OK;
  complete behaviors;
  disjoint behaviors;
*/
uint32_t machine_host_write64(struct machine *m, uint64_t spfn, uint64_t word, uint64_t value);
/* The guest's view through a translation that access allowed (private_view as there). */
/*@
  requires \valid_read(m);
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS && key_ok(m->rmp, m->memory);
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures private: private_view != 0 ==> \result == guest_word(*m, dram, spfn, word);
  ensures shared: private_view == 0 ==> \result == host_word(*m, dram, spfn, word);
*/
uint64_t machine_guest_read64(const struct machine *m, uint64_t spfn, uint64_t word,
			      uint32_t private_view);
/*@
  requires \valid(m);
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS && key_ok(m->rmp, m->memory);
  requires fresh: fresh_ok(m->memory, dram);
  terminates \true;
  exits \false;
  assigns m->memory, dram;
  ensures fresh: fresh_ok(m->memory, dram);
  ensures touched: m->memory == {\old(m->memory) \with .touched[spfn] = (uint8_t)1};
  ensures private: private_view != 0 ==> guest_word(*m, dram, spfn, word) == value;
  ensures shared: private_view == 0 ==> host_word(*m, dram, spfn, word) == value;
  ensures rest: \forall integer s, w; 0 <= s < MACHINE_FRAMES && 0 <= w < PAGE_WORDS &&
    (s != spfn || w != word) ==> dram.word[s][w] == \old(dram.word[s][w]);
  ensures others: \forall integer s, w; 0 <= s < MACHINE_FRAMES && 0 <= w < PAGE_WORDS &&
    (s != spfn || w != word) ==> memory_kept(\old(*m), \old(dram), *m, dram, s, w);
*/
void machine_guest_write64(struct machine *m, uint64_t spfn, uint64_t word, uint32_t private_view,
			   uint64_t value);
/* The frame will be written by somebody from now on (the emulator says so when it maps it). */
/*@
  requires \valid(m) && spfn < MACHINE_FRAMES;
  terminates \true;
  exits \false;
  assigns m->memory;
  ensures fresh: fresh_ok(\old(m->memory), dram) ==> fresh_ok(m->memory, dram);
  ensures touched: m->memory == {\old(m->memory) \with .touched[spfn] = (uint8_t)1};
*/
void machine_touch(struct machine *m, uint64_t spfn);

#endif
