/*
 * The conformance cases, by group. A case names its operands by place; the fixture says where that is.
 * Expected codes: OK IA IP ... as in docs/conformance.md.
 */
#ifndef GUEST_CONFORMANCE_CASES_H
#define GUEST_CONFORMANCE_CASES_H

#include "guest.h"
#include "probe.h"
#include "report.h"

#define OK		  SVSM_SUCCESS
#define UP		  SVSM_UNSUPPORTED_PROTOCOL
#define UC		  SVSM_UNSUPPORTED_CALL
#define IA		  SVSM_INVALID_ADDRESS
#define IF		  SVSM_INVALID_FORMAT
#define IP		  SVSM_INVALID_PARAMETER
#define IR		  SVSM_INVALID_REQUEST
#define NOCHANGE	  SVSM_FAIL_NOCHANGE
#define MISMATCH	  SVSM_FAIL_SIZEMISMATCH
#define REGISTERS_CHANGED 0xbad0bad0bad0bad0UL /* in place of RAX */

/* What an operand points at. */
enum place {
	PLACE_NUMBER,	  /* the offset itself */
	PLACE_SPARE,	  /* an ordinary page */
	PLACE_LIST,	  /* another one, for lists outside the calling area */
	PLACE_INVALID,	  /* rescinded, still the guest's for the host */
	PLACE_SHARED,	  /* rescinded and shared */
	PLACE_NO_RAM,	  /* device gap: outside every memory map */
	PLACE_END,	  /* first address beyond what the C-bit leaves, 2^W */
	PLACE_SPARE_CBIT, /* SPARE with the C-bit set */
	PLACE_SVSM,	  /* first page of the module */
	PLACE_SVSM_MIDDLE,
	PLACE_SVSM_LAST,
	PLACE_SVSM_LAST_2M, /* the 2M page that holds the module's last one */
	PLACE_FIRST_VMSA,   /* of the startup vCPU */
	PLACE_OWN_CAA,
	PLACE_OTHER_VMSA, /* of a vCPU that is registered and does not run */
	PLACE_OTHER_CAA,
	PLACE_NEW_VMSA, /* ordinary pages that CREATE_VCPU could take */
	PLACE_NEW_CAA,
	PLACE_ALIGNED_VMSA, /* ordinary, on a 2M boundary */
	PLACE_LARGE,	    /* 2M page */

};
struct operand {
	enum place place;
	uint64_t offset;
};

struct fixture {
	struct cpu *c;	   /* the startup vCPU, which runs the cases */
	struct cpu *other; /* owner of OTHER_VMSA and OTHER_CAA */
	struct cpu *fresh; /* what NEW_VMSA is filled for */
	uint32_t cpus;	   /* in the VM */
	uint32_t far; /* APIC id for vCPUs that are only registered: 1, or 0 if there is no 1 */
};

/* AREA_SMALL, AREA_VCPU: page numbers. */
#define SMALL_SPARE   0U
#define SMALL_LIST    1U
#define SMALL_INVALID 2U
#define SMALL_SHARED  3U
#define SMALL_REMAP   4U
#define SMALL_WORK    16U /* and up */
#define VCPU_ALIGNED  0U
#define VCPU_OTHER    1U /* VMSA; the next one is the calling area; so for all below */
#define VCPU_FRESH    3U
#define VCPU_THIRD    5U
#define VCPU_LOWER    7U  /* VMPL3 */
#define VCPU_MIDDLE   9U  /* VMPL2 beside it */
#define VCPU_SECOND   16U /* VMPL2 on CPU n: + 2 * n */
#define VCPU_FILL     64U /* up to the registry's limit */
#define VCPU_WORK     300U
#define SMALL(n)      PAGE_OF(AREA_SMALL, n)
#define VCPU_PAGE(n)  PAGE_OF(AREA_VCPU, n)

/* ---- cases_fixture.c ---- */
/* Sets up what the places need; 0 if that fails (and says so). */
int fixture_open(struct fixture *f, struct cpu *c);
void fixture_close(struct fixture *f);
uint64_t place(const struct fixture *f, struct operand o);
/* A core call whose undefined registers are checked too: RAX, SVSM_NOT_SERVED or REGISTERS_CHANGED. */
uint64_t case_call(const struct fixture *f, uint32_t call, uint64_t rcx, uint64_t rdx, uint64_t r8);
/* CREATE_VCPU of a filled VMSA page for n, at n->vmsa, n->caa, n->apic. */
uint64_t case_create(const struct fixture *f, struct cpu *n);
uint64_t case_delete(const struct fixture *f, uint64_t vmsa);
/* Slot n as a vCPU of this level on this CPU, with the pages VCPU_PAGE(page), + 1. */
struct cpu *case_vcpu(uint32_t slot, uint32_t page, uint32_t apic, uint32_t vmpl);

/* ---- the groups; fixture open ---- */
void cases_frame(const struct fixture *f);
void cases_remap(const struct fixture *f);
void cases_list(const struct fixture *f);
void cases_pvalidate(const struct fixture *f);
void cases_large(const struct fixture *f);
void cases_create(const struct fixture *f);
void cases_registry(const struct fixture *f);
void cases_delete(const struct fixture *f);
void cases_query(const struct fixture *f);
/* fixture closed: several CPUs, then several levels. */
void cases_smp(const struct fixture *f);
void cases_levels(const struct fixture *f);

#endif
