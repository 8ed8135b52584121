/* PVALIDATE, RMPADJUST and RMPQUERY (manual volume 3), CPL0 and 64-bit mode being checked. */
#include <machine/rmp.h>

#define ATTR_TARGET(a) ((a) % 0x100UL)
#define ATTR_PERM(a)   ((a) / 0x100UL % 0x100UL)
#define ATTR_VMSA(a)   ((a) / 0x10000UL % 2UL)

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures insn_says(\result, eax) && insn_plain(\result);
*/
static struct insn_result insn_done(uint32_t eax)
{
	return (struct insn_result){.fault = INSN_DONE, .eax = eax};
}

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures insn_faults(\result, why) && insn_plain(\result);
*/
static struct insn_result insn_npf(enum access_verdict why)
{
	return (struct insn_result){.fault = INSN_NPF, .access = why};
}

/* Size operand against page size: INSN_DONE with SNP_OK if the instruction may go on. A nested
 * mapping smaller than a 2M operand is left to the host as a size fault: the manual leaves it
 * undefined, and no frame but the one named may change. */
/*@
  requires sizes: o.entry.size <= SNP_SIZE_2M && size <= SNP_SIZE_2M;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures plain: insn_plain(\result);
  ensures fits: insn_took(\result) <==>
    o.entry.size == size && (size == SNP_SIZE_2M ==> o.large != 0);
  ensures mismatch: insn_says(\result, SNP_FAIL_SIZEMISMATCH) <==>
    size == SNP_SIZE_2M && o.entry.size == SNP_SIZE_4K;
  ensures small: insn_faults(\result, ACCESS_SIZE) <==>
    (size == SNP_SIZE_4K && o.entry.size == SNP_SIZE_2M) ||
    (size == SNP_SIZE_2M && o.entry.size == SNP_SIZE_2M && o.large == 0);
*/
static struct insn_result insn_size(struct operand o, uint32_t size)
{
	if (size == SNP_SIZE_4K && o.entry.size == SNP_SIZE_2M) {
		return insn_npf(ACCESS_SIZE);
	}
	if (size == SNP_SIZE_2M && o.entry.size == SNP_SIZE_4K) {
		return insn_done(SNP_FAIL_SIZEMISMATCH);
	}
	if (size == SNP_SIZE_2M && o.large == 0) {
		return insn_npf(ACCESS_SIZE);
	}
	return insn_done(SNP_OK);
}

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == 0 <==> insn_size_ok(gpfn, size);
*/
static uint32_t size_is_wrong(uint64_t gpfn, uint32_t size)
{
	return size > SNP_SIZE_2M || (size == SNP_SIZE_2M && gpfn % PAGES_PER_2M != 0);
}

struct insn_result machine_pvalidate(struct machine *m, uint32_t vmpl, uint64_t gpfn, uint32_t size,
				     uint32_t validate)
{
	struct insn_result r = {.fault = INSN_GP};
	struct operand o;
	uint64_t home;

	if (vmpl != 0) {
		return r;
	}
	if (size_is_wrong(gpfn, size) != 0) {
		return insn_done(SNP_FAIL_INPUT);
	}
	o = operand_find(m, gpfn);
	if (o.verdict != ACCESS_OK) {
		return insn_npf(o.verdict);
	}
	r = insn_size(o, size);
	if (r.fault != INSN_DONE || r.eax != SNP_OK) {
		return r;
	}
	if ((o.entry.validated != 0) == (validate != 0)) {
		r.carry = 1;
		return r;
	}
	if (o.entry.in_use != 0) {
		return insn_npf(ACCESS_RMP);
	}
	/* all checks passed */
	home = rmp_home(m, o.spfn);
	m->rmp.e[home].validated = validate != 0;
	if (validate != 0) {
		m->rmp.e[home].perm[0] = SNP_PERM_ALL;
	}
	return r;
}

/* The checks that need no look at memory. Linux asks for its own level with RMPADJUST on any page
 * and expects FAIL_PERMISSION, so the level is the first question. */
/*@
  requires level: vmpl <= 3;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures level: \result == SNP_FAIL_PERMISSION <==> attr_target(attributes) <= vmpl;
  ensures ok: \result == SNP_OK <==>
    vmpl < attr_target(attributes) <= 3 && attr_perm(attributes) <= 15 && insn_size_ok(gpfn, size) &&
    !(vmpl == 0 && attr_vmsa(attributes) != 0 && size == SNP_SIZE_2M);
  ensures codes: \result == SNP_OK || \result == SNP_FAIL_PERMISSION || \result == SNP_FAIL_INPUT;
*/
static uint32_t rmpadjust_operands(uint32_t vmpl, uint64_t gpfn, uint32_t size, uint64_t attributes)
{
	if (ATTR_TARGET(attributes) <= vmpl) {
		return SNP_FAIL_PERMISSION;
	}
	if (ATTR_TARGET(attributes) >= SNP_VMPLS || ATTR_PERM(attributes) > SNP_PERM_ALL) {
		return SNP_FAIL_INPUT;
	}
	if (size_is_wrong(gpfn, size) != 0) {
		return SNP_FAIL_INPUT;
	}
	/* A VMSA is one 4K page. */
	if (vmpl == 0 && ATTR_VMSA(attributes) != 0 && size == SNP_SIZE_2M) {
		return SNP_FAIL_INPUT;
	}
	return SNP_OK;
}

/* Does wanted name a permission that have lacks? Bit by bit: the proof knows numbers, not masks. */
/*@
  requires range: wanted <= 15 && have <= 15;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures bits: \result == 0 <==> perm_within(wanted, have);
  ensures number: \result == 0 ==> wanted <= have;
*/
static uint32_t permission_lacks(uint64_t have, uint64_t wanted)
{
	return wanted % 2U > have % 2U || wanted / SNP_PERM_W % 2U > have / SNP_PERM_W % 2U ||
	       wanted / SNP_PERM_UX % 2U > have / SNP_PERM_UX % 2U ||
	       wanted / SNP_PERM_SX % 2U > have / SNP_PERM_SX % 2U;
}

struct insn_result machine_rmpadjust(struct machine *m, uint32_t vmpl, uint64_t gpfn, uint32_t size,
				     uint64_t attributes)
{
	struct insn_result r = insn_done(rmpadjust_operands(vmpl, gpfn, size, attributes));
	struct operand o;
	uint64_t home;

	if (r.eax != SNP_OK) {
		return r;
	}
	o = operand_find(m, gpfn);
	if (o.verdict != ACCESS_OK) {
		return insn_npf(o.verdict);
	}
	if (o.entry.validated == 0) {
		r.fault = INSN_NOT_VALID;
		return r;
	}
	r = insn_size(o, size);
	if (r.fault != INSN_DONE || r.eax != SNP_OK) {
		return r;
	}
	/*@ assert levels: vmpl == 0 || vmpl == 1 || vmpl == 2 || vmpl == 3; */
	/*@ assert have: o.entry.perm[vmpl] <= 15; */
	if (permission_lacks(o.entry.perm[vmpl], ATTR_PERM(attributes)) != 0) {
		return insn_done(SNP_FAIL_PERMISSION);
	}
	if (o.entry.in_use != 0) {
		return insn_done(SNP_FAIL_INUSE);
	}
	/* all checks passed */
	home = rmp_home(m, o.spfn);
	m->rmp.e[home].perm[ATTR_TARGET(attributes)] = (uint8_t)ATTR_PERM(attributes);
	if (vmpl == 0) {
		m->rmp.e[home].vmsa = (uint8_t)ATTR_VMSA(attributes);
	}
	return r;
}

struct insn_result machine_rmpquery(const struct machine *m, uint32_t vmpl, uint64_t gpfn,
				    uint64_t attributes)
{
	struct insn_result r = insn_done(SNP_OK);
	uint64_t target = ATTR_TARGET(attributes);
	struct operand o;

	if (target <= vmpl) {
		return insn_done(SNP_FAIL_PERMISSION);
	}
	if (target >= SNP_VMPLS) {
		return insn_done(SNP_FAIL_INPUT);
	}
	o = operand_find(m, gpfn);
	if (o.verdict != ACCESS_OK) {
		return insn_npf(o.verdict);
	}
	if (o.entry.validated == 0) {
		r.fault = INSN_NOT_VALID;
		return r;
	}
	/* all checks passed */
	r.rdx = target + 0x100UL * o.entry.perm[target] +
		(o.entry.vmsa != 0 ? (uint64_t)SNP_ATTR_VMSA : 0UL);
	r.rcx = o.entry.size;
	return r;
}
