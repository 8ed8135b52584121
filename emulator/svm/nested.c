/*
 * Nested page tables. Each view has a fixed tree down to page directories; tables of 4K entries are
 * taken from a pool when first needed and then belong to their slot for ever, because another CPU
 * may be walking them at any moment.
 */
#include <emulator/svm/nested.h>
#include <emulator/svm/cpu.h>
#include <emulator/svm/x86.h>

#define TABLE_WORDS 512UL
#define DIRECTORIES (MACHINE_GFNS / (TABLE_WORDS * TABLE_WORDS))
#define SLOTS	    (MACHINE_GFNS / TABLE_WORDS)
#define TABLE_ENTRY (PTE_P | PTE_W | PTE_U | PTE_A)

_Static_assert(MACHINE_GFNS % (TABLE_WORDS * TABLE_WORDS) == 0, "whole directories");

struct view {
	uint64_t pointers[TABLE_WORDS] __attribute__((aligned(4096)));
	uint64_t directory[SLOTS] __attribute__((aligned(4096)));
	uint64_t *table
		[SLOTS]; /* the 4K table of a slot, also while a 2M entry stands in its place */
};
static struct view views[SNP_VMPLS][2];
static uint64_t root_paged[SNP_VMPLS][TABLE_WORDS] __attribute__((aligned(4096)));
static uint64_t root_unpaged[SNP_VMPLS][TABLE_WORDS] __attribute__((aligned(4096)));

/* Where a frame is mapped: gpfn + 1, 0 = nowhere, MANY = at more than one place. */
#define MANY 0xffffffffU
static uint32_t mapped_at[MACHINE_FRAMES];

static uint64_t pool_next;
static uint64_t pool_end;

uint64_t nested_pool_bytes(uint64_t ram)
{
	/* 8 views of a table for each 2M, and some for guest frames that two views share */
	return ram / 64UL + 0x400000UL;
}

static void view_init(struct view *view)
{
	for (uint64_t i = 0; i < DIRECTORIES; i++) {
		view->pointers[i] = (uint64_t)&view->directory[i * TABLE_WORDS] | TABLE_ENTRY;
	}
}

void nested_init(uint64_t first, uint64_t bytes)
{
	pool_next = first;
	pool_end = first + bytes;
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		uint64_t private_tree = (uint64_t)views[vmpl][VIEW_PRIVATE].pointers | TABLE_ENTRY;

		view_init(&views[vmpl][VIEW_SHARED]);
		view_init(&views[vmpl][VIEW_PRIVATE]);
		root_paged[vmpl][0] = (uint64_t)views[vmpl][VIEW_SHARED].pointers | TABLE_ENTRY;
		root_paged[vmpl][CBIT >> 39] = private_tree;
		root_unpaged[vmpl][0] = private_tree;
		/* an all-private guest may also say the C-bit, which paging off ignores */
		root_unpaged[vmpl][CBIT >> 39] = private_tree;
	}
}

uint64_t nested_root(uint32_t vmpl, uint32_t all_private)
{
	return (uint64_t)(all_private != 0 ? root_unpaged[vmpl] : root_paged[vmpl]);
}

static void table_clear(uint64_t *table)
{
	for (uint64_t i = 0; i < TABLE_WORDS; i++) {
		__atomic_store_n(&table[i], 0, __ATOMIC_RELAXED);
	}
}

static uint64_t *table_new(void)
{
	uint64_t *table = (uint64_t *)pool_next;

	if (pool_next + PAGE_SIZE > pool_end) {
		emulator_panic("nested tables: pool exhausted");
	}
	pool_next += PAGE_SIZE;
	table_clear(table);
	return table;
}

/* The slot's table of 4K entries, in place. A 2M entry that stood there is given up. */
static uint64_t *table_get(struct view *view, uint64_t slot)
{
	uint64_t entry = view->directory[slot];

	if ((entry & PTE_P) != 0 && (entry & PTE_PS) == 0) {
		return view->table[slot];
	}
	if (view->table[slot] == 0) {
		view->table[slot] = table_new();
	} else {
		table_clear(view->table[slot]);
	}
	__atomic_store_n(&view->directory[slot], (uint64_t)view->table[slot] | TABLE_ENTRY,
			 __ATOMIC_RELEASE);
	return view->table[slot];
}

static uint64_t entry_of(uint64_t spfn, uint32_t perm, uint32_t dirty)
{
	uint64_t entry = spfn * PAGE_SIZE | PTE_P | PTE_U | PTE_A;

	if ((perm & SNP_PERM_W) != 0) {
		entry |= PTE_W;
	}
	if (dirty != 0) {
		entry |= PTE_D;
	}
	/* One NX bit: user and supervisor are told apart when the fault is taken (npf.c). */
	if ((perm & (SNP_PERM_UX | SNP_PERM_SX)) == 0) {
		entry |= PTE_NX;
	}
	return entry;
}

static void note_mapped(uint64_t spfn, uint64_t gpfn)
{
	if (mapped_at[spfn] == 0) {
		mapped_at[spfn] = (uint32_t)gpfn + 1U;
	} else if (mapped_at[spfn] != (uint32_t)gpfn + 1U) {
		mapped_at[spfn] = MANY;
	}
}

void nested_map(uint32_t vmpl, uint32_t view, uint64_t gpfn, uint64_t spfn, uint32_t perm,
		uint32_t dirty)
{
	uint64_t *table = table_get(&views[vmpl][view], gpfn / TABLE_WORDS);

	note_mapped(spfn, gpfn);
	__atomic_store_n(&table[gpfn % TABLE_WORDS], entry_of(spfn, perm, dirty), __ATOMIC_RELEASE);
}

void nested_map_large(uint32_t vmpl, uint32_t view, uint64_t gpfn, uint64_t spfn, uint32_t perm)
{
	for (uint64_t i = 0; i < TABLE_WORDS; i++) {
		note_mapped(spfn + i, gpfn + i);
	}
	__atomic_store_n(&views[vmpl][view].directory[gpfn / TABLE_WORDS],
			 entry_of(spfn, perm, 1) | PTE_PS, __ATOMIC_RELEASE);
}

uint32_t nested_is_mapped(uint32_t vmpl, uint32_t view, uint64_t gpfn)
{
	uint64_t slot = gpfn / TABLE_WORDS;
	uint64_t entry = views[vmpl][view].directory[slot];

	if ((entry & PTE_P) == 0 || (entry & PTE_PS) != 0) {
		return (entry & PTE_P) != 0;
	}
	return (views[vmpl][view].table[slot][gpfn % TABLE_WORDS] & PTE_P) != 0;
}

uint32_t nested_look(uint32_t vmpl, uint32_t view, uint64_t gpfn, uint64_t *spfn)
{
	uint64_t slot = gpfn / TABLE_WORDS;
	uint64_t entry = views[vmpl][view].directory[slot];
	uint64_t offset = 0;

	if ((entry & PTE_P) != 0 && (entry & PTE_PS) != 0) {
		offset = gpfn % TABLE_WORDS;
	} else if ((entry & PTE_P) != 0) {
		entry = views[vmpl][view].table[slot][gpfn % TABLE_WORDS];
	}
	if ((entry & PTE_P) == 0) {
		return 0;
	}
	*spfn = (entry & ~PTE_NX) / PAGE_SIZE % MACHINE_FRAMES + offset;
	return SNP_PERM_R | ((entry & PTE_W) != 0 ? SNP_PERM_W : 0) |
	       ((entry & PTE_NX) == 0 ? SNP_PERM_UX : 0);
}

/* Removes one guest frame from one view; 1 if it may have been written through it. */
static uint32_t view_drop(struct view *view, uint64_t gpfn)
{
	uint64_t *where = &view->directory[gpfn / TABLE_WORDS];
	uint64_t entry = *where;

	if ((entry & PTE_P) == 0) {
		return 0;
	}
	if ((entry & PTE_PS) == 0) {
		where = &view->table[gpfn / TABLE_WORDS][gpfn % TABLE_WORDS];
	}
	entry = __atomic_exchange_n(where, 0, __ATOMIC_SEQ_CST);
	return (entry & PTE_W) != 0 && (entry & PTE_D) != 0;
}

static void view_drop_slot(struct view *view, uint64_t slot)
{
	uint64_t entry = view->directory[slot];

	if ((entry & PTE_P) != 0) {
		__atomic_store_n(&view->directory[slot], 0, __ATOMIC_SEQ_CST);
	}
}

void nested_drop(uint64_t gpfn, uint64_t pages)
{
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		for (uint32_t view = VIEW_SHARED; view <= VIEW_PRIVATE; view++) {
			if (pages == 1) {
				view_drop(&views[vmpl][view], gpfn);
			} else {
				view_drop_slot(&views[vmpl][view], gpfn / TABLE_WORDS);
			}
		}
	}
}

/* A frame that is mapped at several places is rare; then the whole cache goes. */
static void drop_all(void)
{
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		for (uint64_t slot = 0; slot < SLOTS; slot++) {
			view_drop_slot(&views[vmpl][VIEW_SHARED], slot);
			view_drop_slot(&views[vmpl][VIEW_PRIVATE], slot);
		}
	}
	for (uint64_t i = 0; i < MACHINE_FRAMES; i++) {
		mapped_at[i] = 0;
	}
}

uint32_t nested_drop_frame(uint64_t spfn)
{
	uint64_t where = mapped_at[spfn];
	uint32_t writers = 0;

	if (where == 0) {
		return 0;
	}
	if (where == MANY) {
		drop_all();
		return ALL_VMPLS;
	}
	for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
		uint32_t wrote = view_drop(&views[vmpl][VIEW_SHARED], where - 1);

		wrote |= view_drop(&views[vmpl][VIEW_PRIVATE], where - 1);
		writers |= wrote << vmpl;
	}
	mapped_at[spfn] = 0;
	return writers;
}
