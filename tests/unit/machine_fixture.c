/* The machine that the tests of machine/ drive. */
#include "machine_fixture.h"
#include <verismo/vmsa.h>

struct machine machine;
static struct machine machine_then;
static uint64_t dram[DRAM_FRAMES][PAGE_WORDS];
static uint64_t dram_then[DRAM_FRAMES][PAGE_WORDS];

uint64_t dram_read64(uint64_t spfn, uint64_t word)
{
	assert_true(spfn < DRAM_FRAMES && word < PAGE_WORDS);
	return dram[spfn][word];
}

void dram_write64(uint64_t spfn, uint64_t word, uint64_t value)
{
	assert_true(spfn < DRAM_FRAMES && word < PAGE_WORDS);
	dram[spfn][word] = value;
}

void dram_clear(void)
{
	memset(dram, 0, sizeof(dram));
}

int fresh(void **state)
{
	(void)state;
	memset(&machine, 0xaa, sizeof(machine));
	machine_reset(&machine, KEY);
	dram_clear();
	return 0;
}

struct rmp_update guest_page(uint64_t gpfn, uint8_t size)
{
	return (struct rmp_update){.gpfn = gpfn, .asid = MACHINE_ASID, .assigned = 1, .size = size};
}

struct rmp_update host_page(uint8_t size)
{
	return (struct rmp_update){.size = size};
}

void give(uint64_t spfn, uint64_t gpfn)
{
	struct rmp_update u = guest_page(gpfn, SNP_SIZE_4K);

	assert_int_equal(machine_rmpupdate(&machine, spfn, u), SNP_OK);
	assert_int_equal(machine_nested_set(&machine, gpfn, spfn, 1, 0), SNP_OK);
}

void own(uint64_t spfn, uint64_t gpfn)
{
	give(spfn, gpfn);
	expect_insn(machine_pvalidate(&machine, 0, gpfn, SNP_SIZE_4K, 1), INSN_DONE, SNP_OK, 0);
}

void own_large(uint64_t spfn, uint64_t gpfn)
{
	struct rmp_update u = guest_page(gpfn, SNP_SIZE_2M);

	assert_int_equal(machine_rmpupdate(&machine, spfn, u), SNP_OK);
	assert_int_equal(machine_nested_set(&machine, gpfn, spfn, 1, 1), SNP_OK);
	expect_insn(machine_pvalidate(&machine, 0, gpfn, SNP_SIZE_2M, 1), INSN_DONE, SNP_OK, 0);
}

void make_vmsa(uint64_t spfn, uint64_t gpfn, uint64_t level, uint64_t efer)
{
	own(spfn, gpfn);
	machine_guest_write64(&machine, spfn, VMSA_VMPL / 8, 1, level * 0x10000UL);
	machine_guest_write64(&machine, spfn, VMSA_EFER / 8, 1, efer);
	expect_insn(machine_rmpadjust(&machine, 0, gpfn, SNP_SIZE_4K,
				      SNP_ATTR(1, SNP_PERM_NONE) + SNP_ATTR_VMSA),
		    INSN_DONE, SNP_OK, 0);
}

void snapshot_take(void)
{
	memcpy(&machine_then, &machine, sizeof(machine));
	memcpy(dram_then, dram, sizeof(dram));
}

void snapshot_expect(void)
{
	assert_int_equal(memcmp(&machine_then, &machine, sizeof(machine)), 0);
	assert_int_equal(memcmp(dram_then, dram, sizeof(dram)), 0);
}

struct machine *snapshot(void)
{
	return &machine_then;
}

void expect_insn(struct insn_result got, enum insn_fault fault, uint32_t eax, uint32_t carry)
{
	assert_int_equal(got.fault, fault);
	assert_int_equal(got.eax, eax);
	assert_int_equal(got.carry, carry);
}

void expect_npf(struct insn_result got, enum access_verdict why)
{
	assert_int_equal(got.fault, INSN_NPF);
	assert_int_equal(got.access, why);
}
