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

/*
 * DRAM, supplied by whoever links the machine: the emulator's real memory, an array in tests.
 * word = 0..511.
 */
uint64_t dram_read64(uint64_t spfn, uint64_t word);
void dram_write64(uint64_t spfn, uint64_t word, uint64_t value);

/* All frames host-owned, nothing mapped, TLBs empty. */
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

/*
 * The nested walk with RMP and VMPL checks, no TLB: what a TLB miss does. vmpl < SNP_VMPLS.
 * private_view: the access has the C-bit, or is a table walk, or paging is off; fetches always
 * are. Verdicts in order. Private: NOT_PRESENT (also gpfn >= MACHINE_GFNS); RMP: not assigned to
 * the guest at this gpfn; NOT_VALID; SIZE: the RMP entry is 2M and the nested mapping 4K, or the
 * reverse; RMP: a write to the VMSA of a running vCPU; VMPL. Shared: NOT_PRESENT; RMP: the frame
 * is assigned. Shared pages are checked and mapped 4K by 4K. A permission without R counts for
 * nothing.
 */
struct access machine_walk(const struct machine *m, uint32_t vmpl, uint64_t gpfn,
			   uint32_t private_view, enum access_kind kind);

/* The same through cpu's TLB. A cached translation that allows the access decides without a look at
 * RMP or nested map; otherwise the walk decides, and fills the TLB if it allows. */
struct access machine_access(struct machine *m, uint32_t cpu, uint32_t vmpl, uint64_t gpfn,
			     uint32_t private_view, enum access_kind kind);

/* ---- TLB (tlb.c) ---- */
void tlb_flush_cpu(struct machine *m, uint32_t cpu);
void tlb_flush_all(struct machine *m);			/* INVLPGB of everything + TLBSYNC */
void tlb_flush_frame(struct machine *m, uint64_t spfn); /* by RMPUPDATE and PSMASH, on all CPUs */

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
struct insn_result machine_pvalidate(struct machine *m, uint32_t vmpl, uint64_t gpfn, uint32_t size,
				     uint32_t validate);
/* attributes: SNP_ATTR, SNP_ATTR_VMSA. FAIL_PERMISSION: target level not below the caller's (the
 * first question, whatever the page); FAIL_INPUT: target > 3, unknown permission, size, alignment,
 * VMSA bit with a 2M operand; INSN_NPF as PVALIDATE; INSN_NOT_VALID; sizes as PVALIDATE;
 * FAIL_PERMISSION: the caller lacks what it grants; FAIL_INUSE: the VMSA of a running vCPU. The
 * VMSA bit is taken over at VMPL0 and ignored above. No TLB is flushed. */
struct insn_result machine_rmpadjust(struct machine *m, uint32_t vmpl, uint64_t gpfn, uint32_t size,
				     uint64_t attributes);
/* attributes [7:0]: target level. FAIL_PERMISSION, FAIL_INPUT, INSN_NPF, INSN_NOT_VALID as
 * RMPADJUST. */
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
uint32_t machine_rmpupdate(struct machine *m, uint64_t spfn, struct rmp_update u);
/* 2M RMP page -> 512 4K pages, each inheriting everything, at successive gpfns. FAIL_INPUT: spfn
 * out of range, unaligned, or not a 2M page; FAIL_PERMISSION: immutable. Flushes like RMPUPDATE.
 * */
uint32_t machine_psmash(struct machine *m, uint64_t spfn);
/* Changes the nested map; no TLB is flushed. present = 0 unmaps. large needs 2M-aligned numbers and
 * maps 512 frames. A 4K change inside a 2M mapping splits it. Out of range: SNP_FAIL_INPUT. */
uint32_t machine_nested_set(struct machine *m, uint64_t gpfn, uint64_t spfn, uint32_t present,
			    uint32_t large);

/* What the secure processor does at launch: the page becomes assigned, not immutable, validated at
 * gpfn (MACHINE_NOWHERE if that is out of range) with full permission for VMPL0 only; vmsa makes
 * it a VMSA page. Its content is encrypted in place: the guest reads what the host wrote.
 * FAIL_INPUT: spfn; FAIL_PERMISSION: the frame is not host-owned. */
uint32_t machine_launch_page(struct machine *m, uint64_t spfn, uint64_t gpfn, uint32_t vmsa);

/* ---- VMSA (vmsa.c) ---- */

/* VMRUN's checks on a VMSA frame. FAIL_INPUT: spfn; FAIL_PERMISSION: not guest-owned, not
 * validated, no VMSA bit; FAIL_INUSE; FAIL_INPUT: EFER.SVME = 0 or VMPL > 3. On success the page
 * is in use, so that nobody writes it (cached translations of it are flushed), and *vmpl is its
 * level. */
uint32_t machine_vmrun(struct machine *m, uint64_t spfn, uint32_t *vmpl);
/* The vCPU has exited and its state is stored: the page is no longer in use. */
void machine_vmexit(struct machine *m, uint64_t spfn);

/* ---- memory (memory.c) ---- */

/* An invertible keyed scramble in place of the memory encryption engine: injective in plain for
 * each (key, spfn, word). */
uint64_t cipher_encrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t plain);
uint64_t cipher_decrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t cipher);

/* The host's view of any frame: plain where the host owns it, ciphertext where the guest does, zero
 * if nobody ever wrote it. spfn and word in range, here and below. */
uint64_t machine_host_read64(const struct machine *m, uint64_t spfn, uint64_t word);
/* FAIL_INPUT out of range; FAIL_PERMISSION (an RMP fault) if the frame is assigned to the guest. */
uint32_t machine_host_write64(struct machine *m, uint64_t spfn, uint64_t word, uint64_t value);
/* The guest's view through a translation that access allowed (private_view as there). */
uint64_t machine_guest_read64(const struct machine *m, uint64_t spfn, uint64_t word,
			      uint32_t private_view);
void machine_guest_write64(struct machine *m, uint64_t spfn, uint64_t word, uint32_t private_view,
			   uint64_t value);
/* The frame will be written by somebody from now on (the emulator says so when it maps it). */
void machine_touch(struct machine *m, uint64_t spfn);

#endif
