/* What the host does between two effects of the module. */
#include <verismo/ghcb.h>
#include "module/guest/page.h"
#include "sim/powers_rows.h"
#include "sim/world.h"

/* The frame's RMP entry is replaced; it is the frame that the guest frame named has in the honest map. */
static void update(uint64_t frame, struct rmp_update u)
{
	powers_touch(frame);
	(void)machine_rmpupdate(&hw_machine, FRAME(frame), u);
}

static void map(uint64_t pfn, uint64_t frame)
{
	(void)machine_nested_set(&hw_machine, pfn, FRAME(frame), 1, 0);
}

static struct rmp_update assigned_to(uint64_t pfn)
{
	return (struct rmp_update){.gpfn = pfn, .asid = MACHINE_ASID, .assigned = 1};
}

void host_rmp_assign(struct choice_source *c)
{
	uint64_t frame = power_page(c);

	update(frame, assigned_to(choice_below(c, 2) ? power_page(c) : frame));
}

void host_rmp_unassign(struct choice_source *c)
{
	update(power_page(c), (struct rmp_update){0});
}

void host_rmp_firmware(struct choice_source *c)
{
	uint64_t frame = power_page(c);

	update(frame, (struct rmp_update){.gpfn = frame, .assigned = 1});
}

void host_rmp_immutable(struct choice_source *c)
{
	struct rmp_update u = assigned_to(power_page(c));

	u.immutable = 1;
	update(power_page(c), u);
}

void host_rmp_large(struct choice_source *c)
{
	uint64_t head = power_region(c);
	struct rmp_update u = assigned_to(head);

	if (choice_below(c, 2)) {
		u = (struct rmp_update){0};
	}
	u.size = SNP_SIZE_2M;
	if (head != 0) {
		world_touch(head, PAGES_PER_2M);
		(void)machine_rmpupdate(&hw_machine, FRAME(head), u);
	}
}

void host_psmash(struct choice_source *c)
{
	uint64_t pfn = power_page(c);

	(void)machine_psmash(&hw_machine, FRAME(pfn - pfn % PAGES_PER_2M));
}

void host_nested_other(struct choice_source *c)
{
	uint64_t pfn = power_page(c);

	map(pfn, power_page(c));
}

void host_nested_unmap(struct choice_source *c)
{
	(void)machine_nested_set(&hw_machine, power_page(c), 0, 0, 0);
}

void host_nested_large(struct choice_source *c)
{
	uint64_t head = power_region(c);

	if (head != 0) {
		world_touch(head, PAGES_PER_2M);
		(void)machine_nested_set(&hw_machine, head, FRAME(head), 1, 1);
	}
}

void host_nested_honest(struct choice_source *c)
{
	uint64_t pfn = power_page(c);

	map(pfn, pfn);
}

/* The address gets this frame instead of its own. */
static void replace(uint64_t pfn, uint64_t frame)
{
	update(frame, assigned_to(pfn));
	map(pfn, frame);
}

void host_fresh_frame(struct choice_source *c)
{
	uint64_t pfn = power_page(c);

	replace(pfn, power_page(c));
}

void host_offer_secret(struct choice_source *c)
{
	uint64_t pfn = power_page_in(c, PAGE_SHARED);

	replace(pfn, SIM_MODULE + choice_below(c, POWERS_SECRETS));
}

void host_swap_frames(struct choice_source *c)
{
	uint64_t a = power_page(c);
	uint64_t b = power_page(c);

	map(a, b);
	map(b, a);
}

void host_write(struct choice_source *c)
{
	uint64_t pfn = power_page(c);
	uint64_t word = choice_below(c, PAGE_WORDS);

	(void)machine_host_write64(&hw_machine, FRAME(pfn), word, choice_below(c, 1000));
}

void host_read(struct choice_source *c)
{
	uint64_t spfn = FRAME(power_page(c));
	uint64_t word = choice_below(c, PAGE_WORDS);

	power_sees_host(spfn, word, machine_host_read64(&hw_machine, spfn, word));
}

/* ---- GHCB pages ---- */

/* The words that the protocol uses. */
static uint64_t ghcb_word(struct choice_source *c)
{
	static const uint16_t words[] = {GHCB_SW_EXITINFO1 / 8,	    GHCB_SW_EXITINFO2 / 8,
					 GHCB_VALID_BITMAP / 8 + 1, GHCB_RAX / 8,
					 GHCB_SW_EXITCODE / 8,	    GHCB_BUFFER / 8};

	return words[choice_below(c, sizeof(words) / sizeof(words[0]))];
}

void host_ghcb_write(struct choice_source *c)
{
	uint64_t cpu = choice_below(c, POWERS_CPUS);

	hw_ghcb_words[cpu][ghcb_word(c)] = choice_below(c, 4);
	powers_lied[cpu] = 0; /* it may be an answer now */
}

void host_ghcb_read(struct choice_source *c)
{
	uint64_t cpu = choice_below(c, POWERS_CPUS);
	uint64_t word = choice_below(c, 2) ? ghcb_word(c) : choice_below(c, PAGE_WORDS);

	power_sees_host(SEES_GHCB + cpu, word, hw_ghcb_words[cpu][word]);
	power_sees_host(SEES_GHCB + cpu, PAGE_WORDS - 1, hw_ghcb_msr[cpu]);
}

/* ---- running ---- */

void host_vmrun(struct choice_source *c)
{
	uint64_t spfn = FRAME(choice_below(c, 2) ? power_page_in(c, PAGE_VMSA) : power_page(c));
	uint32_t vmpl;

	(void)power_vmrun(c, spfn, &vmpl);
}

void host_vmexit(struct choice_source *c)
{
	machine_vmexit(&hw_machine, FRAME(power_page_in(c, PAGE_VMSA)));
}
