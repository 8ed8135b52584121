/* The composition: a loop over all kinds of steps at will. */
#define HW_WORLD <theorem/world.h>
#include "module/hw/hw.h"
#include <theorem/environment.h>

/*
 * What the others do next. The kinds that are named are operations of another CPU of the module, which owes what
 * the operation asks (the predicates of ops.h, and hw_step_give of hw.h), on frames that this CPU does
 * not hold; nothing else is known of them. Each call answers anew: the proof takes nothing from a \from.
 */
enum choice_kind {
	CHOICE_PVALIDATE,
	CHOICE_RMPADJUST,
	CHOICE_ACCESS,
	CHOICE_CLEAN,
	CHOICE_GIVE,
};
struct choice {
	uint32_t kind;
	uint64_t pfn;
	uint32_t size;
	uint32_t validate;
	uint32_t attributes;
	uint32_t cpu;
	uint32_t word;
	uint16_t entry;
	uint64_t value;
};
/*@
  predicate not_mine(struct hw_tokens k, integer pfn, integer n) =
    \forall integer q; pfn <= q < pfn + n ==> k.held[q] != 1;
  predicate choice_permitted(struct choice x) =
    (x.kind == CHOICE_PVALIDATE ==> not_mine(hw_tokens, x.pfn, hw_frames(x.size)) &&
       op_pvalidate_asks(hw_pages, hw_tokens, others, x.pfn, x.size, x.validate)) &&
    (x.kind == CHOICE_RMPADJUST ==> not_mine(hw_tokens, x.pfn, hw_frames(x.size)) &&
       op_rmpadjust_asks(hw_pages, hw_tokens, others, x.pfn, x.size, x.attributes)) &&
    (x.kind == CHOICE_ACCESS ==> not_mine(hw_tokens, x.pfn, 1) && op_access_asks(x.cpu, x.pfn, x.word)) &&
    (x.kind == CHOICE_CLEAN ==> not_mine(hw_tokens, x.pfn, 1) &&
       op_clean_asks(hw_tokens, others, homes, labels, x.pfn)) &&
    (x.kind == CHOICE_GIVE ==> x.pfn < HW_PFNS && others.held[x.pfn] == 1 && hw_pins(x.entry) == 0 &&
       hw_state_ok(hw_state(x.entry), x.pfn));
*/
/*@
  terminates \true;
  exits \false;
  assigns \result \from hw_world;
  ensures permitted: choice_permitted(\result);
*/
struct choice others_choose(void);

uint64_t any_value(void)
{
	struct choice x = others_choose();

	return x.value;
}

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
	uint64_t spfn = any_value();

	switch (any_value() % 7) {
	case 0: {
		struct rmp_update u = {.gpfn = any_value(),
				       .asid = (uint32_t)(any_value() % 0x100000000UL),
				       .assigned = (uint8_t)(any_value() % 2),
				       .immutable = (uint8_t)(any_value() % 2),
				       .size = (uint8_t)(any_value() % 256)};

		host_rmpupdate(spfn, u);
		break;
	}
	case 1:
		host_psmash(spfn);
		break;
	case 2:
		host_map(any_value(), spfn, (uint32_t)(any_value() % 2),
			 (uint32_t)(any_value() % 2));
		break;
	case 3:
		(void)host_read(spfn % MACHINE_FRAMES, any_value() % PAGE_WORDS);
		break;
	case 4:
		host_write(spfn, any_value(), any_value());
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
	uint32_t cpu = (uint32_t)(any_value() % MACHINE_CPUS);
	uint32_t vmpl = (uint32_t)(1 + any_value() % 3);
	uint64_t gpfn = any_value() % HW_PFNS;
	uint64_t word = any_value() % PAGE_WORDS;
	uint32_t view = (uint32_t)(any_value() % 2);

	switch (any_value() % 7) {
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
		guest_write(cpu, vmpl, gpfn, word, view, any_value());
		break;
	case 4:
		guest_pvalidate(vmpl, any_value(), (uint32_t)(any_value() % 4),
				(uint32_t)(any_value() % 2));
		break;
	case 5:
		guest_rmpadjust(vmpl, any_value(), (uint32_t)(any_value() % 4), any_value());
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
	uint64_t pfn = any_value() % HW_PFNS;
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
	struct choice x = others_choose();

	if (x.kind == CHOICE_GIVE) {
		table.entry[x.pfn] = x.entry;
		/*@ ghost hw_pages.p[x.pfn].entry = x.entry; */
		/*@ ghost others.held[x.pfn] = 0; */
	}
}

/* Pins come and go on guest pages alone. */
/*@ STEP_CONTRACT */
static void other_pin(void)
{
	uint64_t pfn = any_value() % HW_PFNS;
	uint16_t entry = table.entry[pfn];

	if (entry % 16 != HW_GUEST) {
		return;
	}
	if (any_value() % 2 == 0 && entry / 256 < 255) {
		table.entry[pfn] = (uint16_t)(entry + 256);
	} else if (entry / 256 > 0) {
		table.entry[pfn] = (uint16_t)(entry - 256);
	}
	/*@ ghost hw_pages.p[pfn].entry = table.entry[pfn]; */
}

/*@ STEP_CONTRACT */
static void other_instruction(void)
{
	struct choice x = others_choose();

	if (x.kind == CHOICE_PVALIDATE) {
		(void)op_pvalidate(x.pfn, x.size, x.validate);
	} else if (x.kind == CHOICE_RMPADJUST) {
		(void)op_rmpadjust(x.pfn, x.size, x.attributes);
	}
}

/*@ STEP_CONTRACT */
static void other_access(void)
{
	struct choice x = others_choose();

	if (x.kind != CHOICE_ACCESS) {
		return;
	}
	if (any_value() % 2 == 0) {
		(void)op_read64(x.cpu, x.pfn, x.word);
	} else {
		op_write64(x.cpu, x.pfn, x.word, x.value);
	}
}

/*@ STEP_CONTRACT */
static void other_clean(void)
{
	struct choice x = others_choose();

	if (x.kind == CHOICE_CLEAN) {
		op_clean(x.pfn);
	}
}

/*@ STEP_CONTRACT */
static void other_step(void)
{
	switch (any_value() % 7) {
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
	for (n = any_value(); n > 0; n--) {
		switch (any_value() % 3) {
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
