/* VMSA pages: what VMRUN asks of one, and its lock while the vCPU runs. */
#include <machine/rmp.h>
#include <verismo/vmsa.h>

#define WORD_BYTES 8UL

/* The VMPL byte and EFER as the guest's key shows them. */
/*@
  requires range: spfn < MACHINE_FRAMES && offset < PAGE_SIZE;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == dram.word[spfn][offset / 8];
*/
static uint64_t vmsa_word(uint64_t spfn, uint64_t offset)
{
	return dram_read64(spfn, offset / WORD_BYTES);
}

/*@
  requires range: spfn < MACHINE_FRAMES;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == dram.word[spfn][VMSA_VMPL / 8] / 0x10000 % 0x100;
*/
static uint64_t vmsa_level(uint64_t spfn)
{
	/* byte VMSA_VMPL % 8 = 2 of its word */
	return vmsa_word(spfn, VMSA_VMPL) / 0x10000UL % 0x100UL;
}

_Static_assert(VMSA_VMPL % WORD_BYTES == 2, "VMPL is byte 2 of its word");

uint32_t machine_vmrun(struct machine *m, uint64_t spfn, uint32_t *vmpl)
{
	struct rmp_entry entry;
	uint64_t level;

	if (spfn >= MACHINE_FRAMES) {
		return SNP_FAIL_INPUT;
	}
	entry = rmp_lookup(m, spfn);
	if (entry.assigned == 0 || entry.asid != MACHINE_ASID || entry.immutable != 0) {
		return SNP_FAIL_PERMISSION;
	}
	if (entry.validated == 0 || entry.vmsa == 0 || entry.size != SNP_SIZE_4K) {
		return SNP_FAIL_PERMISSION;
	}
	if (entry.in_use != 0) {
		return SNP_FAIL_INUSE;
	}
	/*@ assert plain: key_at(m->rmp, m->memory, spfn) && fresh_at(m->memory, dram, spfn); */
	/*@ assert level: guest_word(*m, dram, spfn, 0xca / 8) == dram.word[spfn][0xca / 8]; */
	/*@ assert efer: guest_word(*m, dram, spfn, 0xd0 / 8) == dram.word[spfn][0xd0 / 8]; */
	level = vmsa_level(spfn);
	if (vmsa_word(spfn, VMSA_EFER) / EFER_SVME % 2UL == 0 || level >= SNP_VMPLS) {
		return SNP_FAIL_INPUT;
	}
	/* all checks passed */
	m->rmp.e[spfn].in_use = 1;
	/*@ assert alike: \forall integer s; 0 <= s < MACHINE_FRAMES ==>
	  rmp_alike(\at(m->rmp, Pre), m->rmp, s); */
	/*@ assert tlb: tlb_ok(m->rmp, m->tlb); */
	/* The lock also ends writes through translations cached before. */
	tlb_flush_frame(m, spfn);
	*vmpl = (uint32_t)level;
	return SNP_OK;
}

void machine_vmexit(struct machine *m, uint64_t spfn)
{
	if (spfn < MACHINE_FRAMES) {
		m->rmp.e[spfn].in_use = 0;
	}
}
