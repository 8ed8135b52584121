/* Attacks that hardware itself refuses, so the machine has to (catalogue, group 1). Their defects are the
 * machine's. */
#include <stddef.h>
#include <verismo/snp.h>
#include "sim/attacks/play.h"
#include "sim/check.h"

#define OWN 0x150UL /* a private page of VMPL2 */

/* ---- AT-033 ---- */

/* NULL, or which level could execute PVALIDATE, or RMPADJUST for itself or above. */
static const char *rmp_instructions(uint64_t pfn)
{
	uint32_t vmpl, target;

	for (vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		if (machine_pvalidate(&hw_machine, vmpl, pfn, SNP_SIZE_4K, 1).fault != INSN_GP ||
		    machine_pvalidate(&hw_machine, vmpl, pfn, SNP_SIZE_4K, 0).fault != INSN_GP) {
			return "PVALIDATE was executed above VMPL0";
		}
		for (target = 0; target <= vmpl; target++) {
			struct insn_result r =
				machine_rmpadjust(&hw_machine, vmpl, pfn, SNP_SIZE_4K,
						  SNP_ATTR(target, SNP_PERM_ALL));

			if (r.fault == INSN_DONE && r.eax == SNP_OK) {
				return "RMPADJUST was executed for the own level or above";
			}
		}
	}
	return NULL;
}

static struct attack_outcome guest_rmp_instruction(void)
{
	static const uint64_t pages[] = {SIM_SHARED, OWN, SIM_MODULE, SIM_VMSA};
	uint64_t before = sim_digest();
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(pages) && wrong == NULL; i++) {
		wrong = rmp_instructions(pages[i]);
	}
	(void)machine_rmpadjust(&hw_machine, 2, OWN, SNP_SIZE_4K,
				SNP_ATTR(3, SNP_PERM_NONE) + SNP_ATTR_VMSA);
	if (wrong == NULL && sim_digest() != before) {
		wrong = "an instruction that is refused, or a VMSA bit, took effect";
	}
	return wrong != NULL ? attack_won("%s", wrong)
			     : attack_judge("#GP, FAIL_PERMISSION, the VMSA bit ignored");
}

static struct attack_outcome adjust_above(void)
{
	struct insn_result r =
		machine_rmpadjust(&hw_machine, 2, SIM_VMSA, SNP_SIZE_4K, SNP_ATTR(3, SNP_PERM_ALL));

	if (sim_write(3, SIM_VMSA, 0, 0) == ACCESS_OK) {
		return attack_won("VMPL3 writes the VMSA of VMPL2");
	}
	return attack_judge("EAX %u, and the VMSA cannot be written", r.eax);
}

/* ---- AT-034 ---- */

/* NULL, or who could touch the page. */
static const char *touches(uint64_t pfn, int reads_too)
{
	uint32_t vmpl, view, kind;

	for (vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		for (view = 0; view <= 1; view++) {
			for (kind = reads_too ? ACCESS_READ : ACCESS_WRITE;
			     kind <= ACCESS_FETCH_SUPERVISOR; kind++) {
				if (machine_access(&hw_machine, 0, vmpl, pfn, view,
						   (enum access_kind)kind)
					    .verdict == ACCESS_OK) {
					return "a guest level reached it";
				}
			}
		}
	}
	return NULL;
}

static struct attack_outcome guest_touches_module(void)
{
	const char *wrong = touches(SIM_VMSA, 0);
	uint64_t pfn;

	attack_secrets();
	for (pfn = SIM_MODULE; pfn < SIM_MODULE_END && wrong == NULL; pfn++) {
		wrong = touches(pfn, 1);
	}
	return wrong != NULL ? attack_won("%s", wrong)
			     : attack_judge("every load, store and fetch of VMPL1 to 3 faults");
}

/* ---- AT-035 ---- */

/* The host takes a frame back, stores what it had read there, and assigns it again. 1 = it wrote while the
 * frame was the guest's. */
static int host_replays(uint64_t spfn, uint64_t old)
{
	struct rmp_update none = {0};
	struct rmp_update again = {.gpfn = OWN, .asid = MACHINE_ASID, .assigned = 1};

	if (machine_host_write64(&hw_machine, spfn, 0, old) == SNP_OK) {
		return 1;
	}
	(void)machine_rmpupdate(&hw_machine, spfn, none);
	(void)machine_host_write64(&hw_machine, spfn, 0, old);
	(void)machine_rmpupdate(&hw_machine, spfn, again);
	return 0;
}

static struct attack_outcome host_touches_private(void)
{
	uint64_t spfn = HW_MACHINE_BASE + OWN, old, value = 0;

	attack_secrets();
	sim_put(2, OWN, 0, 0x1111);
	old = machine_host_read64(&hw_machine, spfn, 0);
	if (old == 0x1111) {
		return attack_won("the host reads plaintext");
	}
	sim_put(2, OWN, 0, 0x2222);
	if (host_replays(spfn, old)) {
		return attack_won("the host wrote to a frame of the guest");
	}
	if (sim_read(2, OWN, 0, &value) == ACCESS_OK) {
		return attack_won("the guest reads %#lx, which the host has put back", value);
	}
	return attack_judge("ciphertext, RMP faults, and a page that is not validated any more");
}

const struct attack attacks_machine[] = {
	{"AT-033", "guest-rmp-instruction", "guest",
	 "VMPL1 to 3 execute PVALIDATE, and RMPADJUST for their own level or above",
	 "machine/insn.c: machine_pvalidate, machine_rmpadjust", "machine_pvalidate: level",
	 "proof/red/machine-guest-pvalidate.patch", guest_rmp_instruction},
	{"AT-033", "adjust-above", "guest",
	 "VMPL2, which may read its VMSA, gives VMPL3 the permission to write it",
	 "machine/insn.c: machine_rmpadjust gives no more than the caller has",
	 "machine_rmpadjust: lacking", "proof/red/machine-adjust-above.patch", adjust_above},
	{"AT-034", "guest-touches-module", "guest",
	 "VMPL1 to 3 load, store and fetch at every page of the module and write a VMSA",
	 "machine/access.c: walk_private looks at the level's permissions", "walk_private: vmpl",
	 "proof/red/machine-vmpl-ignored.patch", guest_touches_module},
	{"AT-035", "host-touches-private", "hypervisor",
	 "the host reads and writes a private frame, takes it back and assigns it with old content",
	 "machine/host.c: rmpupdate_entry clears validated", "machine_rmpupdate: entry",
	 "tests/attacks/machine-update-keeps.patch", host_touches_private},
	{0},
};
