#include "module/boot/guest.h"
#include "module/boot/cpuid.h"
#include "module/boot/vmsa.h"
#include "module/guest/page.h"
#include "module/guest/perm.h"
#include "module/guest/vcpu.h"
#include "module/host/ghcb.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"
#include <verismo/ghcb.h>
#include <verismo/reasons.h>
#include <verismo/vmsa.h>

#define PFN(gpa)     ((gpa) / PAGE_SIZE)

void guest_claim(uint64_t pfn)
{
	if (!page_claim(pfn, PAGE_GUEST, GUEST_VMPL_MIN)) {
		hw_terminate(REASON_STATE);
	}
}

void guest_release(uint64_t pfn)
{
	page_release(pfn, PAGE_GUEST, GUEST_VMPL_MIN);
}

void guest_put(uint64_t gpa, uint64_t value, uint32_t size)
{
	uint32_t offset = (uint32_t)(gpa % PAGE_SIZE);
	uint32_t i;

	/*@ ghost guest_filled.value[gpa] = value; guest_filled.size[gpa] = size; */
	/*@
	  loop invariant bound: i <= size;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(gpa / PAGE_SIZE, 1);
	  loop invariant busy: guest_busy(gpa / PAGE_SIZE);
	  loop invariant value: value == guest_rest(\at(value, Pre), i);
	  loop invariant bytes: \forall integer j; 0 <= j < i ==>
	    hw_stored.byte[gpa + j] == guest_rest(\at(value, Pre), j) % 256;
	  loop invariant others: \forall integer g; g < gpa || g >= gpa + i ==>
	    hw_stored.byte[g] == \at(hw_stored, Pre).byte[g];
	  loop invariant words: hw_stored.word == \at(hw_stored, Pre).word;
	  loop assigns i, value, HW_STORES;
	  loop variant size - i;
	*/
	for (i = 0; i < size; i++) {
		hw_write8(PFN(gpa), offset + i, (uint8_t)(value % 256));
		value /= 256;
	}
}

uint8_t guest_get8(uint64_t gpa)
{
	return hw_read8(PFN(gpa), (uint32_t)(gpa % PAGE_SIZE));
}

uint32_t guest_get32(uint64_t gpa)
{
	uint32_t a = guest_get8(gpa);
	uint32_t b = guest_get8(gpa + 1);
	uint32_t c = guest_get8(gpa + 2);
	uint32_t d = guest_get8(gpa + 3);

	return a + 0x100 * b + 0x10000 * c + 0x1000000 * d;
}

/* The guest's entry page tables, claimed: an identity map of [0, 4 GiB). The C-bit's mask is above all
 * addresses here. */
/*@
  predicate tables_busy = \forall integer q;
    GUEST_PAGE_TABLES_GPA / PAGE_SIZE <= q < GUEST_PAGE_TABLES_GPA / PAGE_SIZE + ENTRY_TABLES ==>
      guest_busy(q);
*/
/*@
  requires inv: page_ok;
  requires busy: tables_busy;
  requires cbit: cbit_ok(cbit);
  terminates \true;
  exits \false;
  assigns HW_STORES;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(GUEST_PAGE_TABLES_GPA / PAGE_SIZE, ENTRY_TABLES);
  ensures busy: tables_busy;
  ensures root: hw_stored.word[GUEST_PAGE_TABLES_GPA / 8] ==
    GUEST_PAGE_TABLES_GPA + PAGE_SIZE + cbit + ENTRY_TABLE;
  ensures upper: \forall integer i; 0 <= i < 4 ==>
    hw_stored.word[(GUEST_PAGE_TABLES_GPA + PAGE_SIZE) / 8 + i] ==
      GUEST_PAGE_TABLES_GPA + (2 + i) * PAGE_SIZE + cbit + ENTRY_TABLE;
  ensures rest: hw_stored_rest(\old(hw_stored), hw_stored, GUEST_PAGE_TABLES_GPA / PAGE_SIZE, 2);
*/
static void write_upper(uint64_t cbit)
{
	uint64_t root = PFN(GUEST_PAGE_TABLES_GPA);
	uint32_t i;

	hw_write64(root, 0, (root + 1) * PAGE_SIZE + cbit + ENTRY_TABLE);
	/*@
	  loop invariant bound: i <= 4;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(GUEST_PAGE_TABLES_GPA / PAGE_SIZE, ENTRY_TABLES);
	  loop invariant busy: tables_busy;
	  loop invariant root: hw_stored.word[GUEST_PAGE_TABLES_GPA / 8] ==
	    GUEST_PAGE_TABLES_GPA + PAGE_SIZE + cbit + ENTRY_TABLE;
	  loop invariant upper: \forall integer j; 0 <= j < i ==>
	    hw_stored.word[(GUEST_PAGE_TABLES_GPA + PAGE_SIZE) / 8 + j] ==
	      GUEST_PAGE_TABLES_GPA + (2 + j) * PAGE_SIZE + cbit + ENTRY_TABLE;
	  loop invariant rest: hw_stored_rest(\at(hw_stored, Pre), hw_stored, GUEST_PAGE_TABLES_GPA / PAGE_SIZE, 2);
	  loop assigns i, HW_STORES;
	  loop variant 4 - i;
	*/
	for (i = 0; i < 4; i++) {
		hw_write64(root + 1, i, (root + 2 + i) * PAGE_SIZE + cbit + ENTRY_TABLE);
	}
}
/*@
  requires inv: page_ok;
  requires busy: tables_busy;
  requires cbit: cbit_ok(cbit);
  terminates \true;
  exits \false;
  assigns HW_STORES;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(GUEST_PAGE_TABLES_GPA / PAGE_SIZE, ENTRY_TABLES);
  ensures busy: tables_busy;
  ensures large: \forall integer i; 0 <= i < 4 * PAGE_WORDS ==>
    hw_stored.word[(GUEST_PAGE_TABLES_GPA + 2 * PAGE_SIZE) / 8 + i] == i * LARGE_PAGE + cbit + ENTRY_LARGE;
  ensures rest: hw_stored_rest(\old(hw_stored), hw_stored, GUEST_PAGE_TABLES_GPA / PAGE_SIZE + 2, 4);
*/
static void write_directories(uint64_t cbit)
{
	uint64_t first = PFN(GUEST_PAGE_TABLES_GPA) + 2;
	uint32_t i;

	/*@
	  loop invariant bound: i <= 4 * PAGE_WORDS;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(GUEST_PAGE_TABLES_GPA / PAGE_SIZE, ENTRY_TABLES);
	  loop invariant busy: tables_busy;
	  loop invariant large: \forall integer j; 0 <= j < i ==>
	    hw_stored.word[(GUEST_PAGE_TABLES_GPA + 2 * PAGE_SIZE) / 8 + j] == j * LARGE_PAGE + cbit + ENTRY_LARGE;
	  loop invariant rest:
	    hw_stored_rest(\at(hw_stored, Pre), hw_stored, GUEST_PAGE_TABLES_GPA / PAGE_SIZE + 2, 4);
	  loop assigns i, HW_STORES;
	  loop variant 4 * PAGE_WORDS - i;
	*/
	for (i = 0; i < 4 * PAGE_WORDS; i++) {
		/*@ assert place: HW_STORED_WORD(first + i / PAGE_WORDS, i % PAGE_WORDS) ==
		      (GUEST_PAGE_TABLES_GPA + 2 * PAGE_SIZE) / 8 + i; */
		hw_write64(first + i / PAGE_WORDS, i % PAGE_WORDS,
			   i * LARGE_PAGE + cbit + ENTRY_LARGE);
	}
}

/*@
  requires inv: page_ok && hw_few(1);
  requires cbit: cbit_ok(cbit);
  GUEST_STEP(HW_TABLE, hw_stored)
  ensures tables: entry_tables_are(hw_stored, cbit);
  ensures gave: \forall integer q; GUEST_PAGE_TABLES_GPA / PAGE_SIZE <= q <
    GUEST_PAGE_TABLES_GPA / PAGE_SIZE + ENTRY_TABLES ==> page_gave(q, HW_GUEST, GUEST_VMPL_MIN);
  ensures rest: hw_stored_rest(\old(hw_stored), hw_stored, GUEST_PAGE_TABLES_GPA / PAGE_SIZE, ENTRY_TABLES);
*/
static void fill_page_tables(uint64_t cbit)
{
	uint64_t root = PFN(GUEST_PAGE_TABLES_GPA);

	if (!page_claim_region(root, ENTRY_TABLES, PAGE_GUEST, GUEST_VMPL_MIN)) {
		hw_terminate(REASON_STATE);
	}
	write_upper(cbit);
	write_directories(cbit);
	page_release_region(root, ENTRY_TABLES, PAGE_GUEST, GUEST_VMPL_MIN);
}

/*@
  requires inv: page_ok && hw_few(1);
  requires map: memory_map.end <= HW_PFNS;
  GUEST_STEP(HW_TABLE, hw_stored, guest_filled)
  ensures svsm: secrets_say_svsm(guest_filled, GUEST_SECRETS_GPA);
  ensures copied: secrets_copied(\old(hw_stored), hw_stored, GUEST_SECRETS_GPA / PAGE_SIZE);
*/
static void fill_secrets(void)
{
	guest_claim(PFN(GUEST_SECRETS_GPA));
	secrets_copy_to(PFN(GUEST_SECRETS_GPA));
	guest_release(PFN(GUEST_SECRETS_GPA));
}

/*@
  requires inv: page_ok && hw_few(1);
  requires cpuid: cpuid_counted;
  GUEST_STEP(HW_TABLE, hw_stored)
  ensures copied: cpuid_copied(hw_stored, GUEST_CPUID_GPA / PAGE_SIZE);
  ensures rest: hw_stored_rest(\old(hw_stored), hw_stored, GUEST_CPUID_GPA / PAGE_SIZE, 1);
*/
static void fill_cpuid(void)
{
	guest_claim(PFN(GUEST_CPUID_GPA));
	cpuid_copy_to(PFN(GUEST_CPUID_GPA));
	guest_release(PFN(GUEST_CPUID_GPA));
}

void guest_fill_common(uint64_t cbit)
{
	fill_secrets();
	fill_cpuid();
	fill_page_tables(cbit);
}

/* A guest page that no guest level can reach any more. */
/*@
  predicate guest_taken(integer q) =
    q < page_bounds.pfns && hw_mine(q) && hw_pages.p[q].validated == 1 && hw_pages.p[q].secret == 0 &&
    hw_pages.p[q].vmsa == 0 && hw_unreached(q) && hw_state(hw_pages.p[q].entry) == HW_BUSY;
*/
/* Takes all permissions from a claimed page; then no TLB knows it either. */
/*@
  requires inv: page_ok;
  requires busy: guest_busy(pfn);
  terminates \false;
  exits \false;
  assigns HW_FRAMES;
  ensures inv: page_ok;
  ensures taken: guest_taken(pfn);
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
*/
static void take_from_guest(uint64_t pfn)
{
	if (perm_revoke(pfn, SNP_SIZE_4K) != SNP_OK) {
		hw_terminate(REASON_RMPADJUST);
	}
	hw_flush_guest();
}

/*@
  requires inv: page_ok;
  requires taken: guest_taken(pfn);
  terminates \true;
  exits \false;
  assigns HW_STORES;
  ensures inv: page_ok;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures taken: guest_taken(pfn);
  ensures words: \forall integer i; 0 <= i < PAGE_WORDS ==>
    hw_stored.word[HW_STORED_WORD(pfn, i)] == vmsa_page.word[i];
*/
static void write_words(uint64_t pfn)
{
	uint32_t i;

	/*@
	  loop invariant bound: i <= PAGE_WORDS;
	  loop invariant inv: page_ok;
	  loop invariant rely: hw_rely{Pre, Here}(pfn, 1);
	  loop invariant taken: guest_taken(pfn);
	  loop invariant words: \forall integer j; 0 <= j < i ==>
	    hw_stored.word[HW_STORED_WORD(pfn, j)] == vmsa_page.word[j];
	  loop assigns i, HW_STORES;
	  loop variant PAGE_WORDS - i;
	*/
	for (i = 0; i < PAGE_WORDS; i++) {
		hw_write64(pfn, i, vmsa_page.word[i]);
	}
}

/*@
  requires cbit: cbit_ok(cbit);
  requires vmpl: image_launch.guest_vmpl == GUEST_VMPL_MIN;
  terminates \true;
  exits \false;
  assigns vmsa_page;
  ensures vmsa: guest_vmsa_ok(vmsa_page, cbit);
*/
static void build_vmsa(uint64_t cbit)
{
	int plain = image_launch.kind == LAUNCH_PLAIN;
	struct vmsa_start s = {
		.sev_features = GUEST_FEATURES,
		.efer = GUEST_EFER,
		.cr0 = GUEST_CR0,
		.cr3 = GUEST_PAGE_TABLES_GPA + cbit,
		.cr4 = GUEST_CR4,
		.rip = image_launch.entry,
		.rsp = image_launch.stack,
		.rsi = plain ? GUEST_SECRETS_GPA : GUEST_BOOT_PARAMS_GPA,
		.vmpl = image_launch.guest_vmpl,
	};

	vmsa_build(s);
}

/* A guest page becomes the VMSA page; another one the calling area. */
/*@
  requires inv: page_ok && hw_few(1);
  GUEST_STEP(HW_ALL)
  ensures words: \forall integer i; 0 <= i < PAGE_WORDS ==>
    hw_stored.word[HW_STORED_WORD(pfn, i)] == vmsa_page.word[i];
  ensures gave: page_gave(pfn, HW_VMSA, GUEST_VMPL_MIN);
  ensures kept: page_gave_rest{Pre, Post}(pfn, 1);
*/
static void make_vmsa(uint64_t pfn)
{
	guest_claim(pfn);
	take_from_guest(pfn);
	write_words(pfn);
	perm_make_vmsa(pfn, GUEST_VMPL_MIN);
	page_release(pfn, PAGE_VMSA, GUEST_VMPL_MIN);
}
/*@
  requires inv: page_ok && hw_few(1);
  GUEST_STEP(HW_TABLE)
  ensures gave: page_gave(pfn, HW_CAA, GUEST_VMPL_MIN);
  ensures kept: page_gave_rest{Pre, Post}(pfn, 1);
*/
static void make_caa(uint64_t pfn)
{
	guest_claim(pfn);
	page_release(pfn, PAGE_CAA, GUEST_VMPL_MIN);
}

void guest_make_startup(uint64_t cbit)
{
	build_vmsa(cbit);
	make_vmsa(PFN(GUEST_VMSA_GPA));
	make_caa(PFN(GUEST_CAA_GPA));
	vcpu_register_startup(PFN(GUEST_VMSA_GPA), PFN(GUEST_CAA_GPA), 0, GUEST_VMPL_MIN,
			      GUEST_FEATURES);
	if (ghcb_ap_create(0, GUEST_VMPL_MIN, GUEST_VMSA_GPA, GUEST_FEATURES, AP_CREATE)) {
		hw_terminate(REASON_CPU_START);
	}
}
