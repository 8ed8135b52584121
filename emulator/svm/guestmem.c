/* The guest's page walk in software, and copies that obey it. */
#include <emulator/svm/guestmem.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/x86.h>

/* The paging mode of the guest: levels of 9 bits with 8-byte entries, or of 10 with 4-byte ones. */
struct paging {
	uint32_t levels; /* 0: paging off */
	uint32_t bits;	 /* index bits of a level */
	uint32_t entry;	 /* bytes */
	uint64_t root;
};

static struct paging paging_of(const struct vmcb_save *s)
{
	struct paging p = {.levels = 0, .bits = 9, .entry = 8, .root = s->cr3 & PTE_ADDRESS};

	if ((s->cr0 & CR0_PG) == 0) {
		return p;
	}
	if ((s->efer & EFER_LMA) != 0) {
		p.levels = (s->cr4 & CR4_LA57) != 0 ? 5 : 4;
	} else if ((s->cr4 & CR4_PAE) != 0) {
		p.levels = 3;
		p.root = s->cr3 & 0xffffffe0UL;
	} else {
		p.levels = 2;
		p.bits = 10;
		p.entry = 4;
		p.root = s->cr3 & 0xfffff000UL;
	}
	return p;
}

uint32_t guest_view(const struct context *x, uint64_t *gpa)
{
	uint32_t view = VIEW_SHARED;

	if (context_all_private(x) != 0 || (*gpa & CBIT) != 0) {
		view = VIEW_PRIVATE;
	}
	*gpa &= ~CBIT;
	return view;
}

/* SPA of a guest-physical access, or the reason why not. gpa without C-bit. */
static enum guest_status frame_find(struct context *x, uint64_t gpa, uint32_t view,
				    enum access_kind kind, uint64_t *spa, struct guest_fault *fault)
{
	struct access a = machine_walk(&the_machine, x->vmpl, gpa / PAGE_SIZE, view, kind);

	fault->gpa = gpa;
	fault->view = view;
	fault->kind = kind;
	fault->verdict = a.verdict;
	if (a.verdict == ACCESS_NOT_VALID) {
		fault->status = GUEST_NOT_VALID;
		return fault->status;
	}
	if (a.verdict != ACCESS_OK || memory_is_guest(a.spfn * PAGE_SIZE) == 0) {
		fault->status = GUEST_NESTED;
		return fault->status;
	}
	*spa = a.spfn * PAGE_SIZE + gpa % PAGE_SIZE;
	return GUEST_OK;
}

static enum guest_status page_fault(struct guest_fault *fault, uint64_t gva, uint32_t error)
{
	fault->status = GUEST_PAGE_FAULT;
	fault->gva = gva;
	fault->error = error;
	return GUEST_PAGE_FAULT;
}

static uint64_t entry_read(uint64_t spa, uint32_t bytes)
{
	return bytes == 8 ? *(volatile uint64_t *)spa : *(volatile uint32_t *)spa;
}

static void entry_mark(uint64_t spa, uint64_t entry, uint64_t bits)
{
	if ((entry & bits) != bits) {
		__atomic_fetch_or((uint8_t *)spa, (uint8_t)bits, __ATOMIC_SEQ_CST);
	}
}

/* May an access go through a page with these rights (conjunction over the levels)? */
static uint32_t rights_allow(const struct vmcb_save *s, uint64_t rights, uint32_t how)
{
	uint32_t user = how & PF_USER;

	if (user != 0 && (rights & PTE_U) == 0) {
		return 0;
	}
	if ((how & PF_WRITE) != 0 && (rights & PTE_W) == 0 &&
	    (user != 0 || (s->cr0 & CR0_WP) != 0)) {
		return 0;
	}
	if ((how & PF_FETCH) != 0 && (rights & PTE_NX) != 0 && (s->efer & EFER_NXE) != 0) {
		return 0;
	}
	/* Implicit supervisor accesses: RFLAGS.AC does not count. */
	if (user == 0 && (how & PF_FETCH) == 0 && (rights & PTE_U) != 0 &&
	    (s->cr4 & CR4_SMAP) != 0) {
		return 0;
	}
	return 1;
}

static uint32_t entry_is_leaf(const struct paging *p, const struct vmcb_save *s, uint32_t level,
			      uint64_t entry)
{
	if (level == 1) {
		return 1;
	}
	if ((entry & PTE_PS) == 0) {
		return 0;
	}
	if (p->levels == 2) {
		return (s->cr4 & CR4_PSE) != 0;
	}
	return level == 2 || (level == 3 && p->levels > 3);
}

static uint64_t rights_merge(const struct paging *p, uint32_t level, uint64_t rights,
			     uint64_t entry)
{
	if (p->levels == 3 && level == 3) {
		return rights; /* the four PAE pointers have no rights */
	}
	return (rights & entry & (PTE_W | PTE_U)) | ((rights | entry) & PTE_NX);
}

static uint32_t is_canonical(const struct paging *p, uint64_t gva)
{
	uint32_t shift = 64U - 12U - 9U * p->levels;

	return p->levels < 4 || (uint64_t)((int64_t)(gva << shift) >> shift) == gva;
}

enum guest_status guest_translate(struct context *x, uint64_t gva, uint32_t how, uint64_t *gpa,
				  struct guest_fault *fault)
{
	const struct vmcb_save *s = &x->vmcb.save;
	struct paging p = paging_of(s);
	uint64_t rights = PTE_W | PTE_U;
	uint64_t table = p.root;

	*gpa = gva;
	fault->gva = gva;
	if (is_canonical(&p, gva) == 0) {
		return page_fault(fault, gva, how);
	}
	for (uint32_t level = p.levels; level > 0; level--) {
		uint32_t shift = 12U + p.bits * (level - 1U);
		uint64_t index = gva >> shift & ((1UL << p.bits) - 1);
		uint64_t at = (table & ~CBIT) + index * p.entry;
		enum guest_status status;
		uint64_t spa;
		uint64_t entry;

		/* Table walks are private and need W, as on hardware. */
		status = frame_find(x, at, VIEW_PRIVATE, ACCESS_WRITE, &spa, fault);
		if (status != GUEST_OK) {
			return status;
		}
		entry = entry_read(spa, p.entry);
		if ((entry & PTE_P) == 0) {
			return page_fault(fault, gva, how);
		}
		rights = rights_merge(&p, level, rights, entry);
		table = entry & PTE_ADDRESS;
		if (entry_is_leaf(&p, s, level, entry)) {
			if (rights_allow(s, rights, how) == 0) {
				return page_fault(fault, gva, how | PF_PRESENT);
			}
			entry_mark(spa, entry, PTE_A | ((how & PF_WRITE) != 0 ? PTE_D : 0));
			*gpa = (table >> shift << shift) | (gva & ((1UL << shift) - 1));
			return GUEST_OK;
		}
		if (p.levels != 3 || level != 3) {
			entry_mark(spa, entry, PTE_A);
		}
	}
	return GUEST_OK;
}

static enum access_kind kind_of(uint32_t how)
{
	if ((how & PF_FETCH) != 0) {
		return (how & PF_USER) != 0 ? ACCESS_FETCH_USER : ACCESS_FETCH_SUPERVISOR;
	}
	return (how & PF_WRITE) != 0 ? ACCESS_WRITE : ACCESS_READ;
}

/* SPA of one linear address for one access. */
static enum guest_status page_find(struct context *x, uint64_t gva, uint32_t how, uint64_t *spa,
				   struct guest_fault *fault)
{
	enum guest_status status;
	uint64_t gpa;
	uint32_t view;

	status = guest_translate(x, gva, how, &gpa, fault);
	if (status != GUEST_OK) {
		return status;
	}
	view = guest_view(x, &gpa);
	return frame_find(x, gpa, view, kind_of(how), spa, fault);
}

static enum guest_status move(struct context *x, uint64_t gva, uint32_t how, uint8_t *buffer,
			      uint64_t n, struct guest_fault *fault)
{
	while (n > 0) {
		uint64_t part = PAGE_SIZE - gva % PAGE_SIZE;
		enum guest_status status;
		uint64_t spa;

		status = page_find(x, gva, how, &spa, fault);
		if (status != GUEST_OK) {
			return status;
		}
		part = part < n ? part : n;
		if ((how & PF_WRITE) != 0) {
			machine_touch(&the_machine, spa / PAGE_SIZE);
			memory_copy((void *)spa, buffer, part);
		} else {
			memory_copy(buffer, (const void *)spa, part);
		}
		gva += part;
		buffer += part;
		n -= part;
	}
	return GUEST_OK;
}

enum guest_status guest_read(struct context *x, uint64_t gva, uint32_t how, void *to, uint64_t n,
			     struct guest_fault *fault)
{
	return move(x, gva, how, to, n, fault);
}

enum guest_status guest_write(struct context *x, uint64_t gva, uint32_t how, const void *from,
			      uint64_t n, struct guest_fault *fault)
{
	return move(x, gva, how | PF_WRITE, (uint8_t *)(uint64_t)from, n, fault);
}

enum guest_status guest_touch_code(struct context *x, uint64_t gva, uint32_t how,
				   struct guest_fault *fault)
{
	enum guest_status status;
	uint64_t spa;

	status = page_find(x, gva, how | PF_FETCH, &spa, fault);
	if (status == GUEST_OK) {
		__asm__ volatile("lock orb $0, %0" : "+m"(*(volatile uint8_t *)spa) : : "memory");
	}
	return status;
}
