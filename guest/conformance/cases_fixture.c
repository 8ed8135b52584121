#include "cases.h"

#define MARK 0x5a5a000000000000UL

static const uint64_t fixed_places[] = {
	[PLACE_NUMBER] = 0,
	[PLACE_SPARE] = SMALL(SMALL_SPARE),
	[PLACE_LIST] = SMALL(SMALL_LIST),
	[PLACE_INVALID] = SMALL(SMALL_INVALID),
	[PLACE_SHARED] = SMALL(SMALL_SHARED),
	[PLACE_NO_RAM] = MEMORY_LOW_END,
	[PLACE_FIRST_VMSA] = GUEST_VMSA_GPA,
	[PLACE_OTHER_VMSA] = VCPU_PAGE(VCPU_OTHER),
	[PLACE_OTHER_CAA] = VCPU_PAGE(VCPU_OTHER + 1),
	[PLACE_NEW_VMSA] = VCPU_PAGE(VCPU_FRESH),
	[PLACE_NEW_CAA] = VCPU_PAGE(VCPU_FRESH + 1),
	[PLACE_ALIGNED_VMSA] = VCPU_PAGE(VCPU_ALIGNED),
	[PLACE_LARGE] = AREA_LARGE,
};

uint64_t place(const struct fixture *f, struct operand o)
{
	switch (o.place) {
	case PLACE_END:
		return cbit + o.offset;
	case PLACE_SPARE_CBIT:
		return (SMALL(SMALL_SPARE) | cbit) + o.offset;
	case PLACE_SVSM:
		return svsm_place.base + o.offset;
	case PLACE_SVSM_MIDDLE:
		return svsm_place.base + svsm_place.size / 2 / PAGE_SIZE * PAGE_SIZE + o.offset;
	case PLACE_SVSM_LAST:
		return svsm_place.base + svsm_place.size - PAGE_SIZE + o.offset;
	case PLACE_SVSM_LAST_2M:
		return (svsm_place.base + svsm_place.size - 1) / LARGE_PAGE * LARGE_PAGE + o.offset;
	case PLACE_OWN_CAA:
		return f->c->caa + o.offset;
	default:
		return fixed_places[o.place] + o.offset;
	}
}

/* A value of its own in every register that a core call does not take. */
static struct registers marked(uint32_t call, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	struct registers r = {.rax = SVSM_PROTOCOL_CORE << 32 | call,
			      .rcx = rcx,
			      .rdx = rdx,
			      .rbx = MARK + 1,
			      .rbp = MARK + 2,
			      .rsi = MARK + 3,
			      .rdi = MARK + 4,
			      .r8 = r8,
			      .r9 = MARK + 5,
			      .r10 = MARK + 6,
			      .r11 = MARK + 7,
			      .r12 = MARK + 8,
			      .r13 = MARK + 9,
			      .r14 = MARK + 10,
			      .r15 = MARK + 11};

	return r;
}

static int is_same(const struct registers *a, const struct registers *b)
{
	const uint64_t *x = &a->rax;
	const uint64_t *y = &b->rax;

	for (uint32_t i = 1; i < sizeof(*a) / sizeof(*x); i++) { /* all but RAX */
		if (x[i] != y[i]) {
			return 0;
		}
	}
	return 1;
}

uint64_t case_call(const struct fixture *f, uint32_t call, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	struct registers before = marked(call, rcx, rdx, r8);
	struct registers after = before;

	if (!svsm_exchange(f->c, &after, 1, 0)) {
		return SVSM_NOT_SERVED;
	}
	return is_same(&before, &after) ? after.rax : REGISTERS_CHANGED;
}

struct cpu *case_vcpu(uint32_t slot, uint32_t page, uint32_t apic, uint32_t vmpl)
{
	struct cpu *n = vcpu_slot(slot);

	n->apic = apic;
	n->vmpl = vmpl;
	n->vmsa = VCPU_PAGE(page);
	n->caa = VCPU_PAGE(page + 1);
	n->ghcb = 0;
	return n;
}

uint64_t case_create(const struct fixture *f, struct cpu *n)
{
	vcpu_fill_vmsa(n, n->vmsa);
	return case_call(f, SVSM_CORE_CREATE_VCPU, n->vmsa, n->caa, n->apic);
}

uint64_t case_delete(const struct fixture *f, uint64_t vmsa)
{
	return case_call(f, SVSM_CORE_DELETE_VCPU, vmsa, 0, 0);
}

int fixture_open(struct fixture *f, struct cpu *c)
{
	int good;

	f->c = c;
	good = memory_share(c, SMALL(SMALL_SHARED));
	f->cpus = good ? ghcb_cpu_count(c, SMALL(SMALL_SHARED)) : 0;
	f->far = f->cpus > 1 ? 1 : 0;
	/* VMPL3, so that on one CPU they never take the turn of the vCPU that runs the cases. */
	f->other = case_vcpu(0, VCPU_OTHER, f->far, 3);
	f->fresh = case_vcpu(1, VCPU_FRESH, f->far, 3);
	if (!f->cpus || svsm_pvalidate_one(c, SMALL(SMALL_INVALID)) != SVSM_SUCCESS ||
	    case_create(f, f->other) != SVSM_SUCCESS) {
		print("the fixture of the cases could not be set up\n");
		return 0;
	}
	return 1;
}

void fixture_close(struct fixture *f)
{
	report("D5", "the other vCPU at the end", case_delete(f, f->other->vmsa), OK);
	report_true("P8", "the rescinded page again",
		    svsm_pvalidate_one(f->c, SMALL(SMALL_INVALID) | ENTRY_VALIDATE) == OK);
	report_true("P8", "the shared page private again",
		    memory_unshare(f->c, SMALL(SMALL_SHARED)));
}
