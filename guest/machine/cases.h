/*
 * Conformance cases of the SNP machine, as data: a page in some state, an instruction or an
 * access, and what the manual says comes of it. The same cases are executed over machine/ by a
 * native program (tests/unit/test_cases.c) and by a guest at VMPL0 in the emulator (main.c here):
 * whoever links them supplies rig.h.
 *
 * The expected answers are written down from the manual, state by state; nothing here calls the
 * machine. Sources: AMD64 manual, volume 2 (24593) 15.36 and volume 3 (24594), the instructions'
 * own pages.
 */
#ifndef GUEST_MACHINE_CASES_H
#define GUEST_MACHINE_CASES_H

#include <stdint.h>
#include <verismo/snp.h>

/* The test area: 4M of guest pages and 4M of system frames, both numbered from 0; 2M aligned. */
#define TEST_PAGES 1024U
#define PAGE_BEYOND                                                                                \
	0xffffU /* the first guest page, or system frame, that the machine does not have */

/* What a step comes to. */
enum answer {
	DONE,	       /* EAX 0, CF 0; an access goes through */
	UNCHANGED,     /* PVALIDATE: EAX 0, CF 1 */
	FAIL_INPUT,    /* EAX */
	FAIL_PERM,     /* EAX: FAIL_PERMISSION */
	FAIL_INUSE,    /* EAX */
	FAIL_OVERLAP,  /* EAX */
	FAIL_MISMATCH, /* EAX: FAIL_SIZEMISMATCH */
	FAULT_GP,      /* #GP(0) */
	FAULT_VC,      /* #VC 0x404: page not validated */
	FAULT_ABSENT,  /* nested page fault: not mapped */
	FAULT_RMP,     /* nested page fault: RMP check */
	FAULT_VMPL,    /* nested page fault: VMPL permission */
	FAULT_SIZE,    /* nested page fault: page sizes differ */
	ANSWER_OTHER,  /* none of these */
	ANSWERS,
};

/* One RMP entry. page: of the test area, the GPA's. */
struct rmp_view {
	uint16_t page;
	uint8_t assigned;
	uint8_t asid;
	uint8_t validated;
	uint8_t immutable;
	uint8_t size;
	uint8_t vmsa;
	uint8_t in_use;
	uint8_t perm[SNP_VMPLS];
};

/* Where a case begins. Everything else in the test area is host-owned and unmapped. */
struct page_state {
	uint16_t page;	/* the guest page that the case is about */
	uint16_t frame; /* the system frame that it is about */
	uint8_t mapped; /* nested: page -> frame */
	uint8_t large;	/* by a 2M mapping: of the 2M around the page to the 2M around the frame */
	uint16_t home;	/* first frame with the entry below */
	uint16_t entries; /* 0, 1, or 512 (4K each): their GPAs count up */
	struct rmp_view entry;
	uint8_t is_vmsa; /* content: a VMSA, with this level and EFER.SVME; else test data */
	uint8_t level;
	uint8_t svme;
};

enum operation {
	DO_PVALIDATE,
	DO_RMPADJUST,
	DO_RMPQUERY,
	DO_READ, /* 64 bits of test data */
	DO_WRITE,
	DO_FETCH_USER,
	DO_FETCH_SUPERVISOR,
	DO_WALK,  /* the CPU walks the page as a page table: a private write */
	DO_FLUSH, /* INVLPGB of everything, TLBSYNC */
	/* by the host: */
	DO_RMPUPDATE,
	DO_PSMASH,
	DO_MAP,	  /* nested map: page to frame; not present with size 2 */
	DO_VMRUN, /* of the frame; a vCPU that runs says so and ends */
};

struct step {
	enum operation what;
	uint32_t vmpl; /* of the guest's steps */
	uint16_t page;
	uint16_t frame;
	uint32_t shared;       /* accesses: C-bit clear */
	uint32_t size;	       /* operand; nested mapping: 0 4K, 1 2M, 2 none */
	uint64_t operand;      /* PVALIDATE: validate; RMPADJUST, RMPQUERY: RDX */
	struct rmp_view entry; /* RMPUPDATE: the new entry */
	enum answer answer;
	enum answer
		fresh;	/* what a CPU that caches no translation may answer instead, or the same */
	uint64_t value; /* RMPQUERY: RDX + (RCX << 32); VMRUN: level + VMRUN_IN_USE */
};
#define TEST_DATA      0x600dda7a600dda7aUL /* what DO_READ finds */
#define TEST_DATA_NEW  0x5afec0de5afec0deUL /* what DO_WRITE leaves */
#define VMRUN_IN_USE   0x100U
#define QUERY_LARGE    (1UL << 32)
#define STEPS_MAX      5U
#define CASE_NAME_MAX  100U
#define CASE_NAME_STOP (CASE_NAME_MAX - 1U)

struct test_case {
	char name[CASE_NAME_MAX];
	const char *source; /* document and section */
	struct page_state start;
	struct step step[STEPS_MAX];
	uint32_t steps;
	struct rmp_view after; /* the entry of start.home, afterwards */
	uint32_t changed;      /* entries of the test area that differ from the start: 0, 1, 512 */
};

/* ---- states.c: where pages can be ---- */

enum state {
	STATE_UNMAPPED,	      /* the guest's and validated, but the host maps nothing there */
	STATE_BEYOND,	      /* a GPA that the machine does not have */
	STATE_SHARED,	      /* mapped, host-owned */
	STATE_SHARED_2M,      /* the same, by a 2M mapping */
	STATE_FIRMWARE,	      /* assigned to ASID 0 */
	STATE_IMMUTABLE,      /* assigned to the guest, immutable */
	STATE_OTHER_GPA,      /* validated, but for another GPA */
	STATE_ASSIGNED,	      /* the guest's, not validated; 4K */
	STATE_VALID,	      /* validated, 4K, permissions for VMPL0 only */
	STATE_OPEN,	      /* validated, 4K, all permissions for all levels */
	STATE_VMSA,	      /* validated, a VMSA page */
	STATE_RUNNING,	      /* the VMSA of a running vCPU */
	STATE_ASSIGNED_2M,    /* the guest's, not validated, RMP and nested mapping 2M */
	STATE_VALID_2M,	      /* validated, RMP and nested mapping 2M */
	STATE_INSIDE_2M,      /* the fourth 4K of one */
	STATE_2M_MAPPED_4K,   /* validated, RMP 2M, nested mapping 4K */
	STATE_INSIDE_2M_4K,   /* the fourth 4K of one */
	STATE_4K_MAPPED_2M,   /* 512 validated RMP entries of 4K under a 2M mapping */
	STATE_ASSIGNED_4K_2M, /* the same, not validated */
	STATE_FIRMWARE_2M,    /* assigned to ASID 0, 2M */
	STATE_IMMUTABLE_2M,   /* immutable, 2M */
	STATE_ASSIGNED_VMSA,  /* VMSA bit set, not validated */
	STATES,
};
extern const struct page_state states[STATES];
extern const char *const state_names[STATES];

/* ---- cases.c ---- */

/* An empty case about a state; name: what is done. */
struct test_case case_begin(const char *name, enum state s);
/* Appends to the name. */
void case_name(struct test_case *c, const char *text);
void case_number(struct test_case *c, const char *text, uint64_t value);
/* Appends a step; its page and frame are those of the state. */
struct step *case_step(struct test_case *c, enum operation what, uint32_t vmpl, enum answer answer);
/* Executes the case on the rig and reports it. */
void case_run(struct test_case *c);
/* All of them; the number that failed. */
uint32_t cases_all(void);
extern uint32_t cases_passed, cases_failed;
const char *answer_name(enum answer a);
/* EAX of an instruction: SNP_OK or SNP_FAIL_*. */
enum answer answer_of_status(uint32_t eax);

/* ---- the groups ---- */
void cases_pvalidate(void);
void cases_rmpadjust(void);
void cases_rmpquery(void);
void cases_rmpupdate(void);
void cases_psmash(void);
void cases_access(void);
void cases_permission(void);
void cases_vmrun(void);
void cases_tlb(void);

#endif
