/*
 * For the tests of machine/: one static machine, an array for DRAM, and "nothing else changed".
 * Include it last; it includes cmocka.
 */
#ifndef TESTS_UNIT_MACHINE_FIXTURE_H
#define TESTS_UNIT_MACHINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <machine/machine.h>

#define DRAM_FRAMES 4096UL /* frames 0.. that have content; touching others fails the test */
#define KEY	    0x5a17c0de12345678UL

/* Frames and guest frames that the tests use. */
#define F    0x41UL  /* a 4K frame */
#define F2   0x52UL  /* another */
#define BIG  0x400UL /* a 2M frame */
#define G    0x77UL  /* a guest frame */
#define G2   0x99UL
#define GBIG 0x600UL /* a 2M guest frame */

extern struct machine machine;

void dram_clear(void);

/* cmocka setup: everything reset. */
int fresh(void **state);

/* RMPUPDATE operands. */
struct rmp_update guest_page(uint64_t gpfn, uint8_t size);
struct rmp_update host_page(uint8_t size);

/* 4K: assigned to the guest at gpfn, and mapped there; own also validates it. */
void give(uint64_t spfn, uint64_t gpfn);
void own(uint64_t spfn, uint64_t gpfn);
void own_large(uint64_t spfn, uint64_t gpfn);

/* A validated VMSA page with EFER and level as given. */
void make_vmsa(uint64_t spfn, uint64_t gpfn, uint64_t level, uint64_t efer);

/* Machine and DRAM as they are now; and: they are still like that. */
void snapshot_take(void);
void snapshot_expect(void);
/* The snapshot's machine, so that a test can apply the one change it expects. */
struct machine *snapshot(void);

void expect_insn(struct insn_result got, enum insn_fault fault, uint32_t eax, uint32_t carry);
void expect_npf(struct insn_result got, enum access_verdict why);

/* expression == code, and nothing changed. */
#define REFUSED(code, expression)                                                                  \
	do {                                                                                       \
		snapshot_take();                                                                   \
		assert_int_equal(expression, code);                                                \
		snapshot_expect();                                                                 \
	} while (0)

#endif
