#include "module/boot/tables.h"
#include "module/hw/hw_boot.h"

struct page_tables page_tables IMAGE_SEALED;
struct page_mode page_mode;

/* The entry of a higher table for table n. */
/*@
  requires ok: image_ok && cbit_ok(page_mode.cbit) && n < TABLES;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == table_link(n);
*/
static uint64_t link_to(uint32_t n)
{
	return image_layout.tables + n * PAGE_SIZE + page_mode.cbit + MAP_TABLE;
}

/* What a page of the stacks may do: guard pages are not mapped. */
/*@
  requires ok: image_ok && image_layout.stacks <= gpa < image_layout.ghcb;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == image_flags(gpa, 0);
*/
static uint64_t stack_flags(uint64_t gpa)
{
	uint64_t offset = (gpa - image_layout.stacks) % IMAGE_STACK_SIZE;

	return offset == 0 || offset == IMAGE_FATAL_GUARD ? 0 : MAP_RW;
}

/* What a page of the static region may do before the tables are sealed; 0: not mapped. */
/*@
  requires ok: image_ok;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == image_flags(gpa, 0);
*/
static uint64_t flags_of(uint64_t gpa)
{
	const struct image_layout *l = &image_layout;

	if (gpa < MODULE_MEMMAP_GPA + PAGE_SIZE) {
		return MAP_R;
	}
	if (gpa < l->text || gpa >= l->end) {
		return 0;
	}
	if (gpa < l->rodata) {
		return MAP_RX;
	}
	if (gpa < l->data) {
		return MAP_R;
	}
	return gpa < l->stacks || gpa >= l->ghcb ? MAP_RW : stack_flags(gpa);
}

/*@
  requires ok: image_ok && cbit_ok(page_mode.cbit) && gpa < MODULE_BASE + MODULE_SIZE;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == image_entry(gpa, 0);
*/
static uint64_t private_entry(uint64_t gpa)
{
	uint64_t flags = flags_of(gpa);

	return flags == 0 ? 0 : gpa + page_mode.cbit + flags;
}

/* Column i of the tables that do not change after tables_init. */
/*@
  requires ok: image_ok && cbit_ok(page_mode.cbit) && i < 512;
  terminates \true;
  exits \false;
  assigns page_tables;
  ensures root: root_is(i, page_tables.t[TABLE_ROOT][i]);
  ensures low_pdpt: low_pdpt_is(i, page_tables.t[TABLE_LOW_PDPT][i]);
  ensures low_pd: low_pd_is(i, page_tables.t[TABLE_LOW_PD][i]);
  ensures direct_pdpt: direct_pdpt_is(i, page_tables.t[TABLE_DIRECT_PDPT][i]);
  ensures region: page_tables.t[TABLE_REGION][i] == image_entry(MODULE_BASE + 4096 * i, 0);
  ensures others: \forall integer t, j;
    0 <= t < TABLES && 0 <= j < 512 && (j != i || t >= TABLE_DIRECT_PD) ==>
      page_tables.t[t][j] == \at(page_tables.t[t][j], Pre);
*/
static void fill_column(uint32_t i)
{
	page_tables.t[TABLE_ROOT][i] = i == 0		  ? link_to(TABLE_LOW_PDPT)
				       : i == DIRECT_SLOT ? link_to(TABLE_DIRECT_PDPT)
							  : 0;
	page_tables.t[TABLE_LOW_PDPT][i] = i == 0 ? link_to(TABLE_LOW_PD) : 0;
	page_tables.t[TABLE_LOW_PD][i] = i == REGION_SLOT ? link_to(TABLE_REGION) : 0;
	page_tables.t[TABLE_DIRECT_PDPT][i] = i < DIRECT_PDS ? link_to(TABLE_DIRECT_PD + i) : 0;
	page_tables.t[TABLE_REGION][i] = private_entry(MODULE_BASE + i * PAGE_SIZE);
}

/*@
  terminates \true;
  exits \false;
  assigns page_tables;
  ensures empty: \forall integer k, i; 0 <= k < DIRECT_PDS && 0 <= i < 512 ==>
    page_tables.t[TABLE_DIRECT_PD + k][i] == 0;
*/
static void clear_direct(void)
{
	/*@
	  loop invariant bound: 0 <= i <= 512;
	  loop invariant empty: \forall integer k, j; 0 <= k < DIRECT_PDS && 0 <= j < i ==>
	    page_tables.t[TABLE_DIRECT_PD + k][j] == 0;
	  loop assigns i, page_tables;
	  loop variant 512 - i;
	*/
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		/*@
		  loop invariant bound: 0 <= n <= DIRECT_PDS;
		  loop invariant column: \forall integer k; 0 <= k < n ==>
		    page_tables.t[TABLE_DIRECT_PD + k][i] == 0;
		  loop invariant empty: \forall integer k, j; 0 <= k < DIRECT_PDS && 0 <= j < i ==>
		    page_tables.t[TABLE_DIRECT_PD + k][j] == 0;
		  loop assigns n, page_tables;
		  loop variant DIRECT_PDS - n;
		*/
		for (uint32_t n = 0; n < DIRECT_PDS; n++) {
			page_tables.t[TABLE_DIRECT_PD + n][i] = 0;
		}
	}
}

/* Maps the GHCB page of a CPU without the C-bit. */
/*@
  requires ok: image_ok && cpu < CPUS_MAX;
  requires region: tables_region_ok(0);
  terminates \true;
  exits \false;
  assigns page_tables;
  ensures shared: ghcb_mapped_shared(cpu);
  ensures place: 0 <= region_index(ghcb_gpa(cpu)) < 512 &&
    MODULE_BASE + 4096 * region_index(ghcb_gpa(cpu)) == ghcb_gpa(cpu);
  ensures region: tables_region_ok(0);
  ensures others: \forall integer t, i; 0 <= t < TABLES && 0 <= i < 512 &&
    !(t == TABLE_REGION && i == region_index(ghcb_gpa(cpu))) ==>
      page_tables.t[t][i] == \at(page_tables.t[t][i], Pre);
*/
static void map_shared(uint32_t cpu)
{
	uint64_t gpa = image_layout.ghcb + cpu * PAGE_SIZE;
	uint64_t i = image_layout.ghcb / PAGE_SIZE - MODULE_BASE / PAGE_SIZE + cpu;

	/*@ assert aligned: image_layout.ghcb % 4096 == 0; */
	/*@ assert index: ghcb_gpa(cpu) == gpa && region_index(ghcb_gpa(cpu)) == i; */
	/*@ assert place: i < 512 && MODULE_BASE + 4096 * i == gpa && image_is_ghcb(gpa); */
	page_tables.t[TABLE_REGION][i] = gpa + MAP_RW;
	/*@ assert entry: region_is(i, page_tables.t[TABLE_REGION][i], 0); */
}

void tables_init(uint64_t cbit)
{
	page_mode.cbit = cbit;
	clear_direct();
	/*@
	  loop invariant bound: 0 <= i <= 512;
	  loop invariant root: \forall integer j; 0 <= j < i ==> root_is(j, page_tables.t[TABLE_ROOT][j]);
	  loop invariant low_pdpt: \forall integer j; 0 <= j < i ==>
	    low_pdpt_is(j, page_tables.t[TABLE_LOW_PDPT][j]);
	  loop invariant low_pd: \forall integer j; 0 <= j < i ==>
	    low_pd_is(j, page_tables.t[TABLE_LOW_PD][j]);
	  loop invariant direct_pdpt: \forall integer j; 0 <= j < i ==>
	    direct_pdpt_is(j, page_tables.t[TABLE_DIRECT_PDPT][j]);
	  loop invariant region: \forall integer j; 0 <= j < i ==>
	    page_tables.t[TABLE_REGION][j] == image_entry(MODULE_BASE + 4096 * j, 0);
	  loop invariant empty: \forall integer k, j; 0 <= k < DIRECT_PDS && 0 <= j < 512 ==>
	    page_tables.t[TABLE_DIRECT_PD + k][j] == 0;
	  loop assigns i, page_tables;
	  loop variant 512 - i;
	*/
	for (uint32_t i = 0; i < PAGE_WORDS; i++) {
		fill_column(i);
	}
	/*@ assert region: tables_region_ok(0); */
	map_shared(0);
	/*@ assert root: tables_root_ok; */
	/*@ assert low: tables_low_ok; */
	/*@ assert direct_pdpt: tables_pdpt_ok; */
	/*@ assert direct: tables_direct_ok; */
}

uint64_t tables_root(void)
{
	return image_layout.tables + page_mode.cbit;
}

void tables_map_ram(uint64_t pfn, uint64_t pages)
{
	uint64_t first = pfn / PAGES_PER_2M;
	uint64_t last = (pfn + pages - 1) / PAGES_PER_2M;

	/*@
	  loop invariant bound: first <= n <= last + 1;
	  loop invariant ok: tables_ok(0);
	  loop invariant mapped: \forall integer m; first <= m < n && m != REGION_SLOT ==>
	    direct_of(m) == direct_entry(m);
	  loop invariant others: \forall integer m; 0 <= m < 512 * DIRECT_PDS && (m < first || m >= n) ==>
	    direct_of(m) == \at(direct_of(m), Pre);
	  loop invariant region: \forall integer i; 0 <= i < 512 ==>
	    page_tables.t[TABLE_REGION][i] == \at(page_tables.t[TABLE_REGION][i], Pre);
	  loop assigns n, page_tables;
	  loop variant last - n;
	*/
	for (uint64_t n = first; n <= last; n++) {
		if (n != REGION_SLOT) {
			page_tables.t[TABLE_DIRECT_PD + n / 512][n % 512] =
				n * LARGE_PAGE + page_mode.cbit + MAP_LARGE;
		}
	}
}

void tables_share_ghcb(uint32_t cpu)
{
	/*@ ghost hw_loaded.fresh = 0; */
	map_shared(cpu);
	/*@ assert root: tables_root_ok; */
	/*@ assert low: tables_low_ok; */
	/*@ assert direct_pdpt: tables_pdpt_ok; */
	/*@ assert region: tables_region_ok(0); */
	/*@ assert direct: tables_direct_ok; */
	hw_load_cr3(tables_root());
}

/* The page with the entries being changed goes last: writing it again would fault. */
void tables_seal(void)
{
	uint64_t first = image_layout.sealed / PAGE_SIZE - MODULE_BASE / PAGE_SIZE;
	uint64_t end = image_layout.stacks / PAGE_SIZE - MODULE_BASE / PAGE_SIZE;
	uint64_t own = image_layout.tables / PAGE_SIZE - MODULE_BASE / PAGE_SIZE + TABLE_REGION;

	/*@ ghost hw_loaded.fresh = 0; */
	/*@ assert aligned: image_layout.sealed % 4096 == 0 && image_layout.stacks % 4096 == 0; */
	/*@ assert order: MODULE_BASE <= image_layout.sealed <= image_layout.stacks <= MODULE_BASE + MODULE_SIZE; */
	/*@ assert first: MODULE_BASE + 4096 * first == image_layout.sealed; */
	/*@ assert end: MODULE_BASE + 4096 * end == image_layout.stacks && end <= 512; */
	/*@ assert own: MODULE_BASE + 4096 * own == image_layout.tables + 4096 * TABLE_REGION; */

	/*@
	  loop invariant bound: first <= i <= end;
	  loop invariant sealed: \forall integer j; first <= j < i && j != own ==>
	    region_is(j, page_tables.t[TABLE_REGION][j], 1);
	  loop invariant writable: page_tables.t[TABLE_REGION][own] ==
	    \at(page_tables.t[TABLE_REGION][own], LoopEntry);
	  loop invariant others: \forall integer t, j; 0 <= t < TABLES && 0 <= j < 512 &&
	    !(t == TABLE_REGION && first <= j < i) ==>
	      page_tables.t[t][j] == \at(page_tables.t[t][j], Pre);
	  loop assigns i, page_tables;
	  loop variant end - i;
	*/
	for (uint64_t i = first; i < end; i++) {
		if (i != own) {
			page_tables.t[TABLE_REGION][i] =
				MODULE_BASE + i * PAGE_SIZE + page_mode.cbit + MAP_R;
		}
	}
	page_tables.t[TABLE_REGION][own] = MODULE_BASE + own * PAGE_SIZE + page_mode.cbit + MAP_R;
	/*@ assert root: tables_root_ok; */
	/*@ assert low: tables_low_ok; */
	/*@ assert direct_pdpt: tables_pdpt_ok; */
	/*@ assert inside: \forall integer j; first <= j < end ==>
	      region_is(j, page_tables.t[TABLE_REGION][j], 1); */
	/*@ assert flags: \forall integer j; 0 <= j < 512 && !(first <= j < end) ==>
	      image_flags(MODULE_BASE + 4096 * j, 1) == image_flags(MODULE_BASE + 4096 * j, 0); */
	/*@ assert outside: \forall integer j; 0 <= j < 512 && !(first <= j < end) ==>
	      region_is(j, page_tables.t[TABLE_REGION][j], 1); */
	/*@ assert region: tables_region_ok(1); */
	/*@ assert direct: tables_direct_ok; */
	hw_load_cr3(tables_root());
}

/*
 * What all this means for a virtual address: proof alone, no code.
 */

/* An entry is put together of an aligned address, the C-bit or not, and one of the sets of flags. */
/*@ ghost
  /@ requires cbit: cbit_ok(page_mode.cbit) && (bit == 0 || bit == page_mode.cbit);
     requires gpa: gpa < 0x200000000 && gpa % 4096 == 0;
     requires flags: flags == MAP_RX || flags == MAP_R || flags == MAP_RW || flags == MAP_TABLE ||
       flags == MAP_LARGE;
     requires entry: e == gpa + bit + flags;
     terminates \true; exits \false; assigns \nothing;
     ensures field: pte_field(e) == gpa + bit;
     ensures present: pte_has(e, PTE_PRESENT);
     ensures write: pte_has(e, PTE_WRITE) <==> flags == MAP_RW || flags == MAP_TABLE || flags == MAP_LARGE;
     ensures large: pte_has(e, PTE_LARGE) <==> flags == MAP_LARGE;
     ensures nx: pte_has(e, PTE_NX) <==> flags != MAP_RX && flags != MAP_TABLE;
     ensures private: pte_private(e) <==> bit == page_mode.cbit;
     ensures gpa: pte_gpa(e) == gpa; @/
  void lemma_entry(uint64_t e, uint64_t gpa, uint64_t bit, uint64_t flags)
  {
	uint64_t nx = flags / PTE_NX;
	uint64_t low = flags % 4096;
	uint64_t frame = gpa / 4096 + bit / 4096;
	/@ assert flags: flags == low + PTE_NX * nx && 0 <= nx <= 1; @/
	/@ assert frame: gpa + bit == 4096 * frame && frame < 0x10000000000; @/
	/@ assert low: e % 4096 == low; @/
	/@ assert body: e % 0x10000000000000 == 4096 * frame + low; @/
	/@ assert nx: e / PTE_NX == nx; @/
	/@ assert half: e / 2 == 2 * (1024 * frame + 0x2000000000000000 * nx) + low / 2; @/
	/@ assert write: e / 2 % 2 == low / 2 % 2; @/
	/@ assert eighth: e / 128 == 2 * (16 * frame + 0x80000000000000 * nx) + low / 128; @/
	/@ assert large: e / 128 % 2 == low / 128 % 2; @/
	/@ assert cases: low == 0x61 || low == 0x63 || low == 0xe3; @/
  }
*/

/*@ ghost
  /@ requires ok: image_ok && cbit_ok(page_mode.cbit) && n < TABLES;
     requires entry: e == table_link(n);
     terminates \true; exits \false; assigns \nothing;
     ensures link: walk_link(e);
     ensures present: pte_has(e, PTE_PRESENT) && !pte_has(e, PTE_LARGE);
     ensures table: pte_table(e) == n; @/
  void lemma_link(uint64_t e, uint64_t n)
  {
	uint64_t gpa = image_layout.tables + 4096 * n;
	uint64_t frame = image_layout.tables / 4096 + n;
	/@ assert frame: gpa == 4096 * frame; @/
	/@ assert aligned: gpa % 4096 == 0; @/
	lemma_entry(e, gpa, page_mode.cbit, MAP_TABLE);
	/@ assert table: pte_table(e) == n; @/
  }
*/

/* The indices of the walk in both halves. */
/*@ ghost
  /@ requires va: va < 0x800000000000;
     terminates \true; exits \false; assigns \nothing;
     ensures index_4: va / 0x8000000000 % 512 == va / 0x8000000000;
     ensures index_3: va / 0x8000000000 == 0 ==> va / 0x40000000 % 512 == va / 0x40000000;
     ensures index_2: va / 0x40000000 == 0 ==> va / 0x200000 % 512 == va / 0x200000;
     ensures index_1: va / 0x200000 == REGION_SLOT ==>
       va / 4096 % 512 == va / 4096 - MODULE_BASE / 4096 && MODULE_BASE <= va < MODULE_BASE + MODULE_SIZE; @/
  void lemma_index_low(uint64_t va)
  {
  }
*/
/*@ ghost
  /@ requires va: va == HW_DIRECT_MAP + at && at < 0x800000000000;
     terminates \true; exits \false; assigns \nothing;
     ensures index_4: va / 0x8000000000 % 512 == 256 + at / 0x8000000000 < 512;
     ensures index_3: at / 0x8000000000 == 0 ==> va / 0x40000000 % 512 == at / 0x40000000 < 512;
     ensures index_2: va / 0x200000 % 512 == at / 0x200000 % 512;
     ensures offset: va % 0x200000 == at % 0x200000;
     ensures split: at / 0x200000 == 512 * (at / 0x40000000) + at / 0x200000 % 512; @/
  void lemma_index_high(uint64_t va, uint64_t at)
  {
	/@ assert level_4: va / 0x8000000000 == 0x1ffff00 + at / 0x8000000000; @/
	/@ assert level_3: va / 0x40000000 == 0x3fffe0000 + at / 0x40000000; @/
	/@ assert level_2: va / 0x200000 == 0x7fffc000000 + at / 0x200000; @/
  }
*/

/* A page lies on one side of a page boundary. */
/*@ ghost
  /@ requires page: gpa % 4096 == 0 && bound % 4096 == 0 && gpa <= va < gpa + 4096;
     terminates \true; exits \false; assigns \nothing;
     ensures side: va < bound <==> gpa < bound; @/
  void lemma_bound(uint64_t va, uint64_t gpa, uint64_t bound)
  {
	/@ assert pages: gpa == 4096 * (gpa / 4096) && bound == 4096 * (bound / 4096); @/
  }
*/

/* An address in the i-th page of the static region, once the walk is in its table. */
/*@ ghost
  /@ requires ok: image_ok && cbit_ok(page_mode.cbit);
     requires va: va == MODULE_BASE + 4096 * i + offset && i < 512 && offset < 4096;
     requires links: walk_link(walk_4(va)) && walk_link(walk_3(va)) && walk_link(walk_2(va));
     requires small: !pte_has(walk_2(va), PTE_LARGE);
     requires leaf: walk_1(va) == e && region_is(i, e, sealed);
     terminates \true; exits \false; assigns \nothing;
     ensures ends: walk_ends(va);
     ensures gpa: walk_low_gpa(va);
     ensures rights: walk_low_rights(va);
     ensures sealed: walk_low_sealed(va, sealed);
     ensures guard: walk_low_guard(va); @/
  void lemma_region(uint64_t va, uint64_t i, uint64_t offset, uint64_t e, int sealed)
  {
	uint64_t gpa = MODULE_BASE + 4096 * i;
	/@ assert aligned: gpa % 4096 == 0; @/
	/@ assert offset: va % 4096 == offset && va / 4096 == MODULE_BASE / 4096 + i; @/
	/@ assert static: hw_static(va / 4096); @/
	lemma_bound(va, gpa, image_layout.text);
	lemma_bound(va, gpa, image_layout.rodata);
	lemma_bound(va, gpa, image_layout.sealed);
	lemma_bound(va, gpa, image_layout.stacks);
	lemma_bound(va, gpa, image_layout.ghcb);
	lemma_bound(va, gpa, image_layout.bss);
	/@ assert leaf: walk_leaf(va) == e; @/
	if (e == 0) {
		/@ assert none: !walk_maps(va); @/
		return;
	}
	if (e == gpa + MAP_RW) {
		lemma_entry(e, gpa, 0, MAP_RW);
		/@ assert shared: pte_gpa(walk_1(va)) + va % 4096 == va && pte_has(walk_leaf(va), PTE_NX); @/
		/@ assert ghcb: image_is_ghcb(gpa); @/
		return;
	}
	/@ assert private: e == gpa + page_mode.cbit + image_flags(gpa, sealed); @/
	lemma_entry(e, gpa, page_mode.cbit, e - gpa - page_mode.cbit);
	/@ assert address: pte_gpa(walk_1(va)) == gpa; @/
	/@ assert gpa: pte_gpa(walk_1(va)) + va % 4096 == va; @/
	/@ assert exclusive: !(walk_writes(va) && walk_runs(va)); @/
	/@ assert code: walk_runs(va) ==> image_layout.text <= gpa < image_layout.rodata; @/
	/@ assert sealed: sealed == 1 && image_layout.sealed <= gpa < image_layout.stacks ==> !walk_writes(va); @/
	if (image_layout.stacks <= gpa && gpa < image_layout.ghcb) {
		uint64_t m = gpa / 4096 - image_layout.stacks / 4096;
		/@ assert pages: gpa - image_layout.stacks == 4096 * m; @/
		/@ assert page: (gpa - image_layout.stacks) % IMAGE_STACK_SIZE == 4096 * (m % 7); @/
		/@ assert mapped: m % 7 != 0 && m % 7 != 5; @/
		/@ assert place: (va - image_layout.stacks) % IMAGE_STACK_SIZE == 4096 * (m % 7) + offset; @/
	}
  }
*/

/* The lower half. */
/*@ ghost
  /@ requires ok: tables_ok(sealed);
     requires va: va < 0x800000000000;
     terminates \true; exits \false; assigns \nothing;
     ensures ends: walk_ends(va);
     ensures ok: walk_low_ok(va, sealed); @/
  void lemma_low(uint64_t va, int sealed)
  {
	uint64_t e4 = page_tables.t[TABLE_ROOT][va / 0x8000000000 % 512];
	uint64_t e3 = page_tables.t[TABLE_LOW_PDPT][va / 0x40000000 % 512];
	uint64_t e2 = page_tables.t[TABLE_LOW_PD][va / 0x200000 % 512];
	uint64_t e1 = page_tables.t[TABLE_REGION][va / 4096 % 512];
	lemma_index_low(va);
	/@ assert level_4: walk_4(va) == e4 && root_is(va / 0x8000000000, e4); @/
	if (va / 0x8000000000 != 0) {
		/@ assert none_4: e4 == 0; @/
		return;
	}
	lemma_link(e4, TABLE_LOW_PDPT);
	/@ assert table_4: pte_table(walk_4(va)) == TABLE_LOW_PDPT; @/
	/@ assert level_3: walk_3(va) == e3 && low_pdpt_is(va / 0x40000000, e3); @/
	if (va / 0x40000000 != 0) {
		/@ assert none_3: e3 == 0; @/
		return;
	}
	lemma_link(e3, TABLE_LOW_PD);
	/@ assert table_3: pte_table(walk_3(va)) == TABLE_LOW_PD; @/
	/@ assert level_2: walk_2(va) == e2 && low_pd_is(va / 0x200000, e2); @/
	if (va / 0x200000 != REGION_SLOT) {
		/@ assert none_2: e2 == 0; @/
		return;
	}
	lemma_link(e2, TABLE_REGION);
	/@ assert table_2: pte_table(walk_2(va)) == TABLE_REGION; @/
	/@ assert level_1: walk_1(va) == e1; @/
	/@ assert entry: region_is(va / 4096 - MODULE_BASE / 4096, e1, sealed); @/
	lemma_region(va, va / 4096 - MODULE_BASE / 4096, va % 4096, e1, sealed);
  }
*/

/*@ ghost
  /@ requires entry: walk_2(va) == e && pte_has(e, PTE_LARGE) && pte_has(e, PTE_PRESENT);
     terminates \true; exits \false; assigns \nothing;
     ensures large: pte_has(walk_2(va), PTE_LARGE) && pte_has(walk_2(va), PTE_PRESENT);
     ensures leaf: walk_leaf(va) == walk_2(va); @/
  void lemma_large(uint64_t va, uint64_t e)
  {
  }
*/

/* A leaf of the direct map, once the walk is there. */
/*@ ghost
  /@ requires ok: image_ok && cbit_ok(page_mode.cbit);
     requires va: va == HW_DIRECT_MAP + at && va % 0x200000 == at % 0x200000 && n == at / 0x200000;
     requires range: n < 512 * DIRECT_PDS;
     requires links: walk_link(walk_4(va)) && walk_link(walk_3(va));
     requires leaf: walk_2(va) == e && direct_is(n, e);
     terminates \true; exits \false; assigns \nothing;
     ensures ends: walk_ends(va);
     ensures ok: walk_high_ok(va); @/
  void lemma_direct(uint64_t va, uint64_t at, uint64_t n, uint64_t e)
  {
	uint64_t gpa = LARGE_PAGE * n;
	/@ assert aligned: gpa % 4096 == 0; @/
	/@ assert offset: at == gpa + at % 0x200000; @/
	if (e == 0) {
		/@ assert none: !walk_maps(va); @/
		return;
	}
	lemma_entry(e, gpa, page_mode.cbit, MAP_LARGE);
	lemma_large(va, e);
	/@ assert address: pte_gpa(walk_2(va)) == gpa; @/
	/@ assert gpa: pte_gpa(walk_2(va)) + va % 0x200000 == at; @/
	/@ assert leaf_flags: pte_private(walk_leaf(va)) && pte_has(walk_leaf(va), PTE_NX); @/
	/@ assert outside: !hw_static(at / 4096); @/
  }
*/

/*@ ghost
  /@ terminates \true; exits \false; assigns \nothing;
     ensures step: walk_2(va) == page_tables.t[pte_table(walk_3(va))][va / 0x200000 % 512]; @/
  void lemma_step(uint64_t va)
  {
  }
*/

/* The upper half. */
/*@ ghost
  /@ requires ok: tables_ok(sealed);
     requires va: HW_DIRECT_MAP <= va;
     terminates \true; exits \false; assigns \nothing;
     ensures ends: walk_ends(va);
     ensures ok: walk_high_ok(va); @/
  void lemma_high(uint64_t va, int sealed)
  {
	uint64_t at = va - HW_DIRECT_MAP;
	uint64_t k = at / 0x40000000;
	uint64_t e4 = page_tables.t[TABLE_ROOT][va / 0x8000000000 % 512];
	uint64_t e3 = page_tables.t[TABLE_DIRECT_PDPT][va / 0x40000000 % 512];
	lemma_index_high(va, at);
	/@ assert level_4: walk_4(va) == e4 && root_is(256 + at / 0x8000000000, e4); @/
	if (at / 0x8000000000 != 0) {
		/@ assert none_4: e4 == 0; @/
		return;
	}
	lemma_link(e4, TABLE_DIRECT_PDPT);
	/@ assert table_4: pte_table(walk_4(va)) == TABLE_DIRECT_PDPT; @/
	/@ assert level_3: walk_3(va) == e3 && direct_pdpt_is(k, e3); @/
	if (k >= DIRECT_PDS) {
		/@ assert none_3: e3 == 0; @/
		return;
	}
	lemma_link(e3, TABLE_DIRECT_PD + k);
	uint64_t e2 = page_tables.t[TABLE_DIRECT_PD + k][va / 0x200000 % 512];
	/@ assert table_3: pte_table(walk_3(va)) == TABLE_DIRECT_PD + k; @/
	lemma_step(va);
	/@ assert level_2: walk_2(va) == e2; @/
	/@ assert entry: direct_is(512 * k + at / 0x200000 % 512, e2); @/
	lemma_direct(va, at, at / 0x200000, e2);
  }
*/

/* No two addresses reach one byte; what is writable does not run; what runs is the module's text. */
/*@ ghost
  /@ requires ok: tables_ok(sealed);
     requires canonical: walk_canonical(a) && walk_canonical(b);
     terminates \true; exits \false; assigns \nothing;
     ensures ends: walk_ends(a);
     ensures exclusive: walk_writes(a) ==> !walk_runs(a);
     ensures code: walk_runs(a) ==> image_layout.text <= a < image_layout.rodata;
     ensures injective: walk_reaches(a, gpa) && walk_reaches(b, gpa) ==> a == b; @/
  void theorem_tables(uint64_t a, uint64_t b, uint64_t gpa, int sealed)
  {
	if (a < 0x800000000000) {
		lemma_low(a, sealed);
	} else {
		lemma_high(a, sealed);
	}
	if (b < 0x800000000000) {
		lemma_low(b, sealed);
	} else {
		lemma_high(b, sealed);
	}
  }
*/
