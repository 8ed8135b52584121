/* Executable twins of theorem/theorem.acsl. Names are those of the clauses. */
#include "tests/unit/account.h"
#include <stddef.h>
#include <string.h>

struct account account;

static const struct machine *machine;

/* ---- machine/rmp.acsl ---- */

static uint64_t home_of(uint64_t s)
{
	uint64_t head = s - s % PAGES_PER_2M;
	const struct rmp_entry *e = &machine->rmp.e[head];

	return e->assigned && e->size == SNP_SIZE_2M ? head : s;
}

static const struct rmp_entry *entry_of(uint64_t s)
{
	return &machine->rmp.e[home_of(s)];
}

static uint64_t gpfn_of(uint64_t s)
{
	return entry_of(s)->gpfn + (s - home_of(s));
}

static int owned(uint64_t s)
{
	const struct rmp_entry *e = entry_of(s);

	return e->assigned && e->asid == MACHINE_ASID && !e->immutable;
}

static int live(uint64_t s)
{
	return owned(s) && entry_of(s)->validated;
}

static int counted(uint64_t s)
{
	return live(s) && gpfn_of(s) < HW_PFNS;
}

static int is_static(uint64_t q)
{
	return q >= MODULE_BASE / PAGE_SIZE && q < (MODULE_BASE + MODULE_SIZE) / PAGE_SIZE;
}

/* ---- theorem/theorem.acsl ---- */

static int unreached(const struct hw_page *p)
{
	return p->perm[1] == 0 && p->perm[2] == 0 && p->perm[3] == 0 && p->cached == 0;
}

static int home_at(uint64_t s)
{
	return account.page[gpfn_of(s)].validated == 1 && account.home[gpfn_of(s)] == s;
}

static int account_at(uint64_t s)
{
	const struct hw_page *p = &account.page[gpfn_of(s)];
	const struct rmp_entry *e = entry_of(s);

	return p->perm[1] == e->perm[1] && p->perm[2] == e->perm[2] && p->perm[3] == e->perm[3] &&
	       p->vmsa == e->vmsa;
}

static int blank_at(uint64_t s)
{
	const struct rmp_entry *e = entry_of(s);

	return e->perm[1] == 0 && e->perm[2] == 0 && e->perm[3] == 0 && e->vmsa == 0;
}

static int allows(const struct hw_page *p, uint32_t perm)
{
	return perm <= p->cached || perm <= p->perm[1] || perm <= p->perm[2] || perm <= p->perm[3];
}

static int translation_ok(const struct tlb_entry *t)
{
	const struct hw_page *p = &account.page[t->gpfn];

	if (t->vmpl == 0 && is_static(t->gpfn)) {
		return 1;
	}
	return live(t->spfn) && t->perm > 0 && (t->vmpl != 0 || p->own == 1) &&
	       (t->vmpl == 0 || allows(p, t->perm));
}

static int tlb_entry_ok(const struct tlb_entry *t)
{
	if (t->gpfn >= MACHINE_GFNS || t->spfn >= MACHINE_FRAMES || t->vmpl > 3 || t->perm > 15) {
		return 0;
	}
	return t->private_view ? owned(t->spfn) && gpfn_of(t->spfn) == t->gpfn
			       : !entry_of(t->spfn)->assigned;
}

static int promised(const struct hw_page *p, uint64_t q)
{
	switch (p->entry % 16) {
	case HW_ABSENT:
	case HW_BUSY:
		return 1;
	case HW_SHARED:
		return !is_static(q) && !p->validated && !p->vmsa && unreached(p) && !p->own;
	case HW_GUEST:
	case HW_CAA:
		return !is_static(q) && p->validated && !p->vmsa && !p->secret && p->perm[1] == 0;
	case HW_VMSA:
		return !is_static(q) && p->validated && p->vmsa && !p->secret && p->perm[1] == 0 &&
		       p->perm[2] <= 1 && p->perm[3] <= 1 && p->cached <= 1;
	case HW_MODULE:
		return unreached(p);
	default:
		return 0;
	}
}

const char *account_frame(uint64_t s)
{
	if (machine->memory.key[s] != (entry_of(s)->assigned && entry_of(s)->asid)) {
		return "key";
	}
	if (counted(s) && !home_at(s)) {
		return "bijection";
	}
	if (counted(s) && !account_at(s)) {
		return "account";
	}
	return owned(s) && !live(s) && !blank_at(s) ? "blank" : NULL;
}

const char *account_translation(const struct tlb_entry *t)
{
	if (!tlb_entry_ok(t)) {
		return "tlb";
	}
	return t->private_view && !translation_ok(t) ? "cached" : NULL;
}

const char *account_page(uint64_t q)
{
	const struct hw_page *p = &account.page[q];

	if (p->secret && !unreached(p)) {
		return "secret";
	}
	return promised(p, q) ? NULL : "promise";
}

/* ---- following the instructions on frames ---- */

static uint64_t frames(uint32_t size)
{
	return size == SNP_SIZE_2M ? PAGES_PER_2M : 1;
}

static uint8_t larger(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

void account_adjusted(uint64_t pfn, uint32_t size, uint64_t attributes)
{
	for (uint64_t q = pfn; q < pfn + frames(size); q++) {
		struct hw_page *p = &account.page[q];

		p->cached = larger(larger(p->cached, p->perm[1]), larger(p->perm[2], p->perm[3]));
		p->perm[attributes % 4] = (uint8_t)(attributes / 256 % 16);
	}
}

void account_adjusted_by_module(uint64_t pfn, uint32_t size, uint64_t attributes)
{
	account_adjusted(pfn, size, attributes);
	for (uint64_t q = pfn; q < pfn + frames(size); q++) {
		account.page[q].vmsa = (uint8_t)(attributes / SNP_ATTR_VMSA % 2);
	}
}

void account_validated(uint64_t pfn, uint32_t size, uint32_t validate)
{
	for (uint64_t q = pfn; q < pfn + frames(size); q++) {
		account.page[q].validated = (uint8_t)validate;
		account.page[q].secret |= (uint8_t)validate;
		account.home[q] = machine->nested.e[q].spfn;
	}
}

void account_zeroed(uint64_t pfn, uint32_t size)
{
	for (uint64_t q = pfn; q < pfn + frames(size); q++) {
		account.page[q].secret = 0;
	}
}

void account_flushed(void)
{
	for (uint64_t q = 0; q < HW_PFNS; q++) {
		account.page[q].cached = 0;
		account.page[q].own = 0;
	}
}

void account_start(const struct machine *m)
{
	machine = m;
	memset(&account, 0, sizeof(account));
	for (uint64_t s = 0; s < MACHINE_FRAMES; s++) {
		if (counted(s)) {
			struct hw_page *p = &account.page[gpfn_of(s)];

			p->validated = 1;
			p->vmsa = entry_of(s)->vmsa;
			memcpy(p->perm, entry_of(s)->perm, sizeof(p->perm));
			account.home[gpfn_of(s)] = (uint32_t)s;
		}
	}
}
