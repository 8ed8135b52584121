/* Attacks on VMSAs, calling areas and the registry. */
#include "attack.h"

#define VMSA_WORD(n, offset) ((n)->vmsa + (offset))
#define REFUSED_VMSA	     "the frozen page was judged and given back (0x80000005)"

struct cpu *vcpu_of(uint32_t n)
{
	struct cpu *v = vcpu_slot(n);

	v->apic = 0;
	v->vmpl = 3; /* VMPL2 of this CPU is the one that runs */
	v->vmsa = PAGE_OF(AREA_VCPU, n);
	v->caa = PAGE_OF(AREA_VCPU, n + 1);
	return v;
}

uint64_t vcpu_create_filled(struct cpu *c, const struct cpu *n)
{
	return svsm_core(c, SVSM_CORE_CREATE_VCPU, n->vmsa, n->caa, n->apic);
}

uint64_t vcpu_create(struct cpu *c, struct cpu *n)
{
	vcpu_fill_vmsa(n, n->vmsa);
	return vcpu_create_filled(c, n);
}

/* Is a vCPU made of these two pages? */
static int collides(struct cpu *c, uint64_t vmsa, uint64_t caa)
{
	return svsm_core(c, SVSM_CORE_CREATE_VCPU, vmsa, caa, 0) == SVSM_SUCCESS;
}

/* Is a page taken as VMSA, or as calling area, that must not be? made's own calling area may go to a newer vCPU of
 * its CPU and level. */
static int takes_bad_page(struct cpu *c, const struct cpu *made, const struct cpu *n)
{
	const uint64_t bad[] = {MODULE_IMAGE_GPA, MODULE_SECRETS_GPA, made->vmsa, c->vmsa, c->caa,
				n->vmsa};

	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (collides(c, n->vmsa, bad[i]) ||
		    (bad[i] != n->vmsa && collides(c, bad[i], n->caa))) {
			return 1;
		}
	}
	return collides(c, made->caa, n->caa);
}

struct outcome attack_create_collide(struct cpu *c)
{
	struct cpu *made = vcpu_of(1), *n = vcpu_of(3);
	int yields;

	if (vcpu_create(c, made) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	vcpu_fill_vmsa(n, n->vmsa);
	vcpu_fill_vmsa(n, made->caa); /* the one that the guest can write */
	yields = takes_bad_page(c, made, n);
	n->vmpl = 2; /* another level than made's */
	vcpu_fill_vmsa(n, n->vmsa);
	yields = yields || collides(c, n->vmsa, made->caa);
	return outcome_of(yields, "a page has two uses",
			  "every page is claimed from the ownership table first (0x80000003)");
}

struct outcome attack_create_unaligned(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	uint64_t code;

	n->caa = svsm_place.base - 8; /* its last bytes are guest memory */
	code = vcpu_create(c, n);
	if (code == SVSM_INVALID_PARAMETER) {
		n->caa = PAGE_OF(AREA_VCPU, 2) + 8;
		code = vcpu_create_filled(c, n);
	}
	return outcome_of(code != SVSM_INVALID_PARAMETER, "the calling area lies in two pages",
			  "VMSA and calling area begin at a page (0x80000005)");
}

struct outcome attack_vmsa_vmpl0(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	int yields = 0;

	for (uint32_t vmpl = 0; vmpl < 2 && !yields; vmpl++) {
		n->vmpl = vmpl;
		yields = vcpu_create(c, n) == SVSM_SUCCESS;
	}
	return outcome_of(yields, "the host can run code of the guest above the guest's level",
			  REFUSED_VMSA);
}

struct outcome attack_vmsa_features(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	int yields = 0;

	for (uint32_t bit = 0; bit < 16 && !yields; bit++) {
		uint64_t at = VMSA_WORD(n, VMSA_SEV_FEATURES);

		vcpu_fill_vmsa(n, n->vmsa);
		write_word(at, read_word(at) ^ 1UL << bit);
		yields = vcpu_create_filled(c, n) == SVSM_SUCCESS;
	}
	return outcome_of(yields, "a vCPU has other features than the measured one", REFUSED_VMSA);
}

struct outcome attack_vmsa_2m_aligned(struct cpu *c)
{
	struct cpu *n = vcpu_of(0);

	return outcome_of(vcpu_create(c, n) != SVSM_INVALID_PARAMETER,
			  "a VMSA collides with large mappings (erratum)",
			  "refused before anything is looked at (0x80000005)");
}

/* After the refusal both pages do what guest pages do. */
struct outcome attack_create_residue(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	int lost;

	vcpu_fill_vmsa(n, n->vmsa);
	write_word(VMSA_WORD(n, VMSA_EFER), 0);
	if (vcpu_create_filled(c, n) != SVSM_INVALID_PARAMETER) {
		return outcome_broken();
	}
	lost = svsm_pvalidate_one(c, n->vmsa) != SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, n->caa) != SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, n->vmsa | ENTRY_VALIDATE) != SVSM_SUCCESS ||
	       svsm_pvalidate_one(c, n->caa | ENTRY_VALIDATE) != SVSM_SUCCESS ||
	       vcpu_create(c, n) != SVSM_SUCCESS;
	return outcome_of(lost, "the pages are lost to the guest",
			  "both pages were given back, rescinded, validated and used");
}

struct outcome attack_remap_steal(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);

	if (vcpu_create(c, n) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	return outcome_of(svsm_core(c, SVSM_CORE_REMAP_CA, n->caa, 0, 0) != SVSM_INVALID_ADDRESS,
			  "two vCPUs share a calling area",
			  "the page is another vCPU's calling area (0x80000003)");
}

/* A direct write would end the VM: what VMPL2 may do shows in what it can hand out. */
struct outcome attack_touch_vmsa(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	int yields;

	if (vcpu_create(c, n) != SVSM_SUCCESS) {
		return outcome_broken();
	}
	yields = probe_own(n->vmsa, SNP_PERM_W) || probe_own(c->vmsa, SNP_PERM_W) ||
		 svsm_pvalidate_one(c, n->vmsa) == SVSM_SUCCESS ||
		 svsm_pvalidate(c, n->vmsa + VMSA_R8) != SVSM_INVALID_ADDRESS ||
		 svsm_core(c, SVSM_CORE_REMAP_CA, n->vmsa, 0, 0) != SVSM_INVALID_ADDRESS;
	return outcome_of(yields, "VMPL2 can write the VMSA of a vCPU",
			  "the right to read is all that VMPL2 has, and no call takes the page");
}

/* Is it taken with this word in place of what vcpu_fill_vmsa has there? */
static int takes_word(struct cpu *c, struct cpu *n, uint32_t offset, uint64_t value)
{
	vcpu_fill_vmsa(n, n->vmsa);
	write_word(VMSA_WORD(n, offset), value);
	return vcpu_create_filled(c, n) == SVSM_SUCCESS;
}

struct outcome attack_vmsa_bad_state(struct cpu *c)
{
	struct cpu *n = vcpu_of(1);
	uint32_t vmpl_word = VMSA_VMPL - VMSA_VMPL % 8;
	uint32_t vmpl_shift = VMSA_VMPL % 8 * 8;
	int yields = takes_word(c, n, VMSA_EFER, 0xd01) ||
		     takes_word(c, n, VMSA_EVENT_INJ, 1UL << 31 | VECTOR_VC) ||
		     takes_word(c, n, vmpl_word, 4UL << vmpl_shift) ||
		     takes_word(c, n, vmpl_word, 255UL << vmpl_shift);

	return outcome_of(yields,
			  "a vCPU is registered that cannot run, or with an event of its own",
			  REFUSED_VMSA);
}

/* The call is pending in the old area, and seems to be in the new one. */
struct outcome attack_remap_pending(struct cpu *c)
{
	struct registers r = {.rax = SVSM_PROTOCOL_CORE << 32 | SVSM_CORE_REMAP_CA, .rcx = PAGE};
	struct ghcb_event e = {.code = NAE_RUN_VMPL};
	volatile uint8_t *old = (volatile uint8_t *)(c->caa + CAA_CALL_PENDING);
	volatile uint8_t *new = (volatile uint8_t *)(PAGE + CAA_CALL_PENDING);

	*old = 1;
	*new = 1;
	ghcb_prepare(c, &e);
	svsm_exit(&r);
	return outcome_of(r.rax != SVSM_SUCCESS || *old != 0 || *new != 0,
			  "a calling area says that a call is pending, which is not so",
			  "pending is cleared in both");
}

#define FLOOD 200U /* more than the registry has slots for */

struct outcome attack_vcpu_flood(struct cpu *c)
{
	uint64_t code = SVSM_SUCCESS;
	uint32_t made = 0;

	for (; made < FLOOD && code == SVSM_SUCCESS; made++) {
		struct cpu *n = vcpu_of(1);

		n->vmsa = PAGE_OF(AREA_VCPU, 1 + 2 * made);
		n->caa = n->vmsa + PAGE_SIZE;
		code = vcpu_create(c, n);
	}
	return outcome_of(code != SVSM_INVALID_REQUEST || svsm_pvalidate_one(c, PAGE) != 0,
			  "vCPUs beyond the registry's end were taken",
			  "the registry is full (0x80000006), and the module goes on");
}
