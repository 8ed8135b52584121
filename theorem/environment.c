/* The composition: a loop over all kinds of steps at will. */
#define HW_WORLD <theorem/world.h>
#include "module/hw/hw.h"
#include <theorem/environment.h>

/* Any value: the choices of the others. */
/*@
  terminates \true;
  exits \false;
  assigns hw_world, \result \from hw_world;
*/
uint64_t any(void);

/* What another CPU of the module does next, on frames that it holds: as its contracts ask. may = 0: that
 * kind of step is not open to it now. */
struct operands {
	uint64_t pfn;
	uint32_t size;
	uint32_t validate;
	uint32_t attributes;
	uint32_t cpu;
	uint32_t word;
	uint32_t may;
	uint16_t entry;
};
/*@
  predicate theirs(struct hw_tokens k, struct others o, integer q) =
    o.held[q] == 1 && k.held[q] != 1 && !hw_static(q);
  predicate operands_theirs(struct operands x, struct hw_tokens k, struct others o) =
    x.size <= 1 && x.pfn + hw_frames(x.size) <= HW_PFNS && (x.size == 1 ==> x.pfn % 512 == 0) &&
    \forall integer q; hw_in(q, x.pfn, x.size) ==> theirs(k, o, q);
  // Not mine: another CPU holds it, or has pinned it, or it serves the vCPU that owns it.
  predicate operands_usable(struct operands x, struct hw_tokens k) =
    x.pfn < HW_PFNS && !hw_static(x.pfn) && k.held[x.pfn] != 1 && x.cpu < MACHINE_CPUS &&
    x.word < PAGE_WORDS;
*/
/*@
  terminates \true;
  exits \false;
  assigns hw_world, \result \from hw_world;
  ensures may: \result.may != 0 ==>
    \result.validate <= 1 && operands_theirs(\result, hw_tokens, others) &&
    \forall integer q; hw_in(q, \result.pfn, \result.size) ==>
      op_may_validate(hw_pages, q, \result.validate);
*/
struct operands any_pvalidate(void);
/*@
  terminates \true;
  exits \false;
  assigns hw_world, \result \from hw_world;
  ensures may: \result.may != 0 ==>
    operands_theirs(\result, hw_tokens, others) && \result.attributes < 0x20000 &&
    HW_ATTR_PERM(\result.attributes) <= 15 && 1 <= HW_ATTR_VMPL(\result.attributes) <= 3 &&
    (HW_ATTR_VMSA(\result.attributes) == 1 ==> \result.size == 0) &&
    \forall integer q; hw_in(q, \result.pfn, \result.size) ==>
      op_may_adjust(hw_pages, q, HW_ATTR_PERM(\result.attributes), HW_ATTR_VMSA(\result.attributes));
*/
struct operands any_rmpadjust(void);
/*@
  terminates \true;
  exits \false;
  assigns hw_world, \result \from hw_world;
  ensures may: \result.may != 0 ==> operands_usable(\result, hw_tokens);
*/
struct operands any_access(void);
/* Every word of a frame of theirs has been overwritten. */
/*@
  terminates \true;
  exits \false;
  assigns hw_world, \result \from hw_world;
  ensures may: \result.may != 0 ==>
    \result.pfn < HW_PFNS && theirs(hw_tokens, others, \result.pfn) &&
    \forall integer w; 0 <= w < PAGE_WORDS ==> labels.secret[homes.spfn[\result.pfn]][w] == 0;
*/
struct operands any_clean(void);
/* A frame of theirs, and an entry whose promise it keeps. */
/*@
  terminates \true;
  exits \false;
  assigns hw_world, \result \from hw_world;
  ensures may: \result.may != 0 ==>
    \result.pfn < HW_PFNS && others.held[\result.pfn] == 1 && hw_pins(\result.entry) == 0 &&
    promised({hw_pages.p[\result.pfn] \with .entry = \result.entry}, \result.pfn) &&
    !busy_entry(\result.entry);
*/
struct operands any_give(void);

#define STEP_CONTRACT                                                                              \
	WORLD_REQUIRES                                                                             \
	terminates \true;                                                                          \
	exits \false;                                                                              \
	assigns HW_INTERFERENCE;                                                                   \
	WORLD_ENSURES                                                                              \
	ensures rely : hw_rely{Pre, Post}(0, 0);                                                   \
	ensures homes : homes_kept(\old(homes), homes, hw_tokens);                                 \
	ensures labels : labels_less(\old(labels), labels);

/*@ STEP_CONTRACT */
static void host_step(void)
{
	uint64_t spfn = any();

	switch (any() % 7) {
	case 0: {
		struct rmp_update u = {.gpfn = any(),
				       .asid = (uint32_t)(any() % 0x100000000UL),
				       .assigned = (uint8_t)(any() % 2),
				       .immutable = (uint8_t)(any() % 2),
				       .size = (uint8_t)(any() % 256)};

		host_rmpupdate(spfn, u);
		break;
	}
	case 1:
		host_psmash(spfn);
		break;
	case 2:
		host_map(any(), spfn, (uint32_t)(any() % 2), (uint32_t)(any() % 2));
		break;
	case 3:
		(void)host_read(spfn % MACHINE_FRAMES, any() % PAGE_WORDS);
		break;
	case 4:
		host_write(spfn, any(), any());
		break;
	case 5:
		(void)host_vmrun(spfn);
		break;
	default:
		host_vmexit(spfn);
		break;
	}
}

/*@ STEP_CONTRACT */
static void guest_step(void)
{
	uint32_t cpu = (uint32_t)(any() % MACHINE_CPUS);
	uint32_t vmpl = (uint32_t)(1 + any() % 3);
	uint64_t gpfn = any() % HW_PFNS;
	uint64_t word = any() % PAGE_WORDS;
	uint32_t view = (uint32_t)(any() % 2);

	switch (any() % 7) {
	case 0:
		(void)guest_read(cpu, vmpl, gpfn, word, view, ACCESS_READ);
		break;
	case 1:
		(void)guest_read(cpu, vmpl, gpfn, word, view, ACCESS_FETCH_USER);
		break;
	case 2:
		(void)guest_read(cpu, vmpl, gpfn, word, view, ACCESS_FETCH_SUPERVISOR);
		break;
	case 3:
		guest_write(cpu, vmpl, gpfn, word, view, any());
		break;
	case 4:
		guest_pvalidate(vmpl, any(), (uint32_t)(any() % 4), (uint32_t)(any() % 2));
		break;
	case 5:
		guest_rmpadjust(vmpl, any(), (uint32_t)(any() % 4), any());
		break;
	default:
		guest_flush(cpu);
		break;
	}
}

/* A frame that nobody holds, taken by another CPU. */
/*@
  predicate tokens_free(struct hw_tokens k, struct others o, integer q) = k.held[q] != 1 && o.held[q] == 0;
*/
/*@ STEP_CONTRACT */
static void other_take(void)
{
	uint64_t pfn = any() % HW_PFNS;
	uint16_t entry = table.entry[pfn];

	if (entry % 16 >= HW_SHARED && entry % 16 <= HW_CAA && entry / 256 == 0) {
		/*@ assert free: tokens_free(hw_tokens, others, pfn); */
		table.entry[pfn] = (uint16_t)(entry - entry % 16 + HW_BUSY);
		/*@ ghost hw_pages.p[pfn].entry = table.entry[pfn]; */
		/*@ ghost others.held[pfn] = 1; */
	}
}

/*@ STEP_CONTRACT */
static void other_give(void)
{
	struct operands x = any_give();

	if (x.may != 0) {
		table.entry[x.pfn] = x.entry;
		/*@ ghost hw_pages.p[x.pfn].entry = x.entry; */
		/*@ ghost others.held[x.pfn] = 0; */
	}
}

/* Pins come and go on guest pages alone. */
/*@ STEP_CONTRACT */
static void other_pin(void)
{
	uint64_t pfn = any() % HW_PFNS;
	uint16_t entry = table.entry[pfn];

	if (entry % 16 != HW_GUEST) {
		return;
	}
	if (any() % 2 == 0 && entry / 256 < 255) {
		table.entry[pfn] = (uint16_t)(entry + 256);
	} else if (entry / 256 > 0) {
		table.entry[pfn] = (uint16_t)(entry - 256);
	}
	/*@ ghost hw_pages.p[pfn].entry = table.entry[pfn]; */
}

/*@ STEP_CONTRACT */
static void other_instruction(void)
{
	struct operands v = any_pvalidate();
	struct operands a = any_rmpadjust();

	if (v.may != 0 && any() % 2 == 0) {
		(void)op_pvalidate(v.pfn, v.size, v.validate);
	} else if (a.may != 0) {
		(void)op_rmpadjust(a.pfn, a.size, a.attributes);
	}
}

/*@ STEP_CONTRACT */
static void other_access(void)
{
	struct operands x = any_access();

	if (x.may == 0) {
		return;
	}
	if (any() % 2 == 0) {
		(void)op_read64(x.cpu, x.pfn, x.word);
	} else {
		op_write64(x.cpu, x.pfn, x.word, any());
	}
}

/*@ STEP_CONTRACT */
static void other_clean(void)
{
	struct operands x = any_clean();

	if (x.may != 0) {
		op_clean(x.pfn);
	}
}

/*@ STEP_CONTRACT */
static void other_step(void)
{
	switch (any() % 7) {
	case 0:
		other_take();
		break;
	case 1:
		other_give();
		break;
	case 2:
		other_pin();
		break;
	case 3:
		other_instruction();
		break;
	case 4:
		other_access();
		break;
	case 5:
		other_clean();
		break;
	default:
		op_flush();
		break;
	}
}

void environment(void)
{
	uint64_t n;

	/*@
	  loop invariant world: world_inv;
	  loop invariant rely: hw_rely{Pre, Here}(0, 0);
	  loop invariant homes: homes_kept(\at(homes, Pre), homes, hw_tokens);
	  loop invariant labels: labels_less(\at(labels, Pre), labels);
	  loop assigns n, HW_INTERFERENCE;
	  loop variant n;
	*/
	for (n = any(); n > 0; n--) {
		switch (any() % 3) {
		case 0:
			host_step();
			break;
		case 1:
			guest_step();
			break;
		default:
			other_step();
			break;
		}
	}
}
