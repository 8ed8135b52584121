/*
 * What the guest finds in its first megabyte (docs/guest-layout.md), and its first vCPU. The pages
 * have been taken over before: they are private, granted and, where nothing was loaded, zero. Each is
 * claimed while the module writes to it.
 */
#ifndef MODULE_BOOT_GUEST_H
#define MODULE_BOOT_GUEST_H

#include <stdint.h>
#include <verismo/launch.h>
#include "module/boot/cpuid.h"
#include "module/boot/image.h"
#include "module/boot/memory.h"
#include "module/boot/vmsa.h"
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/host/ghcb.h"
#include <verismo/svsm.h>

/*@
  // A guest page that this CPU has claimed and will give back.
  predicate guest_busy(integer q) =
    q < page_bounds.pfns && hw_held(q) && hw_is_guest(q) && hw_state(hw_pages.p[q].entry) == HW_BUSY;
*/
/*
 * What boot has put into the guest's first megabyte, by GPA: the value and its bytes, as guest_put was told.
 * For contracts alone; of two puts that overlap both stand here.
 */
struct guest_filled {
	uint64_t value[GUEST_ACPI_END];
	uint32_t size[GUEST_ACPI_END];
};
/*@ ghost struct guest_filled guest_filled; */
/*@
  predicate guest_wrote(struct guest_filled f, integer gpa, integer value, integer size) =
    f.value[gpa] == value && f.size[gpa] == size;
  predicate guest_same(struct guest_filled a, struct guest_filled b, integer gpa) =
    b.value[gpa] == a.value[gpa] && b.size[gpa] == a.size[gpa];
  // Nothing was put outside the page.
  predicate guest_filled_rest(struct guest_filled a, struct guest_filled b, integer page) =
    \forall integer g; 0 <= g < GUEST_ACPI_END && g / 4096 != page ==> guest_same(a, b, g);
*/

/*
 * What many contracts of guest.c and linux.c have in common. A step claims pages of the guest, writes them and
 * gives them back, or ends the VM. An edit is of a page that is claimed, and ends the VM only if ends is \false.
 * ... is what they assign.
 */
#define GUEST_STEP(...)                                                                            \
	terminates \false;                                                                         \
	exits \false;                                                                              \
	assigns __VA_ARGS__;                                                                       \
	ensures inv : page_ok;                                                                     \
	ensures few : hw_few(1);                                                                   \
	ensures rely : hw_rely{Pre, Post}(0, 0);                                                   \
	ensures tokens : hw_tokens_same{Pre, Post};
#define GUEST_EDIT(ends, pfn, ...)                                                                 \
	requires busy : guest_busy(pfn);                                                           \
	terminates ends;                                                                           \
	exits \false;                                                                              \
	assigns __VA_ARGS__;                                                                       \
	ensures inv : page_ok;                                                                     \
	ensures rely : hw_rely{Pre, Post}(pfn, 1);                                                 \
	ensures busy : guest_busy(pfn);

/* Claims a page that the guest may use, or ends the VM with REASON_STATE. */
/*@
  requires inv: page_ok && hw_few(1);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok && hw_few(1);
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures busy: guest_busy(pfn) && !\old(hw_held(pfn)) &&
    hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]);
  ensures gave: hw_gave == \old(hw_gave);
*/
void guest_claim(uint64_t pfn);
/* Gives it back to the guest, to be used by its level. */
/*@
  requires inv: page_ok && hw_few(1);
  requires busy: guest_busy(pfn);
  terminates \false;
  exits \false;
  assigns HW_TABLE;
  ensures inv: page_ok && hw_few(1);
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures rest: hw_tokens_rest{Pre, Post}(pfn, 1);
  ensures given: !hw_held(pfn) && hw_tokens.open[pfn] == \old(hw_tokens.open[pfn]) &&
    page_gave(pfn, HW_GUEST, GUEST_VMPL_MIN);
  ensures kept: page_gave_rest{Pre, Post}(pfn, 1);
*/
void guest_release(uint64_t pfn);

/*@
  // What is left of a value when its lowest i bytes are gone.
  logic integer guest_rest(integer value, integer i) = i <= 0 ? value : guest_rest(value, i - 1) / 256;
*/
/* Little-endian value of size bytes (1..8) at a GPA in a claimed page; does not cross the page. */
/*@
  requires inv: page_ok;
  requires size: 1 <= size <= 8 && gpa % PAGE_SIZE + size <= PAGE_SIZE;
  requires place: gpa < GUEST_ACPI_END;
  GUEST_EDIT(\true, gpa / PAGE_SIZE, HW_STORES, guest_filled)
  ensures filled: guest_filled ==
    {{\old(guest_filled) \with .value[gpa] = value} \with .size[gpa] = size};
  ensures bytes: \forall integer i; 0 <= i < size ==> hw_stored.byte[gpa + i] == guest_rest(value, i) % 256;
  ensures others: \forall integer g; g < gpa || g >= gpa + size ==>
    hw_stored.byte[g] == \old(hw_stored).byte[g];
  ensures words: hw_stored.word == \old(hw_stored).word;
*/
void guest_put(uint64_t gpa, uint64_t value, uint32_t size);
/* What was loaded there at launch, or has been put there: for the proof any value. */
/*@
  requires inv: page_ok;
  GUEST_EDIT(\true, gpa / PAGE_SIZE, hw_pages, hw_world)
*/
uint8_t guest_get8(uint64_t gpa);
/*@
  requires inv: page_ok;
  requires size: gpa % PAGE_SIZE + 4 <= PAGE_SIZE;
  GUEST_EDIT(\true, gpa / PAGE_SIZE, hw_pages, hw_world)
*/
uint32_t guest_get32(uint64_t gpa);

/* Parts of the secrets page, by offset (SNP firmware ABI, LAUNCH_UPDATE, secrets page). */
#define SECRETS_TWEAK_BITMAP   0x100U
#define SECRETS_TWEAK_END      0x140U
#define SECRETS_TSC_FACTOR     0x160U
#define SECRETS_TSC_FACTOR_END 0x168U

/*@
  // Words of the secrets page that a guest at VMPL2 may know: the head, the keys of VMPL2 and VMPL3, the
  // VMSA tweak bitmap, the TSC factor. Not among them: the keys of VMPL0 and VMPL1, sequence numbers,
  // whatever is reserved.
  predicate secrets_public(integer i) =
    0 <= i < SECRETS_VMPCK0 / 8 ||
    (SECRETS_VMPCK0 + GUEST_VMPL_MIN * SECRETS_VMPCK_SIZE) / 8 <= i < SECRETS_MSG_SEQNO0 / 8 ||
    SECRETS_TWEAK_BITMAP / 8 <= i < SECRETS_TWEAK_END / 8 || i == SECRETS_TSC_FACTOR / 8;
  // These words have been copied to the page; of the others none has been stored.
  predicate secrets_copied(struct hw_stored a, struct hw_stored b, integer pfn) =
    (\forall integer i; secrets_public(i) ==> b.word[HW_STORED_WORD(pfn, i)] == image_secret(i)) &&
    (\forall integer i; 0 <= i < PAGE_WORDS && !secrets_public(i) ==>
      b.word[HW_STORED_WORD(pfn, i)] == a.word[HW_STORED_WORD(pfn, i)]);
  // The copy of the secrets page at gpa says where the guest's SVSM is (58019, section 2).
  predicate secrets_say_svsm(struct guest_filled f, integer gpa) =
    guest_wrote(f, gpa + SECRETS_SVSM_BASE, MODULE_BASE, 8) &&
    guest_wrote(f, gpa + SECRETS_SVSM_SIZE, MODULE_SIZE + 4096 * hw_table_pages(memory_map.end), 8) &&
    guest_wrote(f, gpa + SECRETS_SVSM_CAA, GUEST_CAA_GPA, 8) &&
    guest_wrote(f, gpa + SECRETS_SVSM_MAX_VERSION, SVSM_CORE_VERSION, 4) &&
    guest_wrote(f, gpa + SECRETS_SVSM_GUEST_VMPL, GUEST_VMPL_MIN, 1);
*/
/* The copy of the secrets page (secrets.c) in a claimed page: what the guest may know, and where its
 * SVSM is. Ends the VM with REASON_SECRETS if the page is of a version before 3. */
/*@
  requires inv: page_ok;
  requires map: memory_map.end <= HW_PFNS;
  requires place: pfn < GUEST_ACPI_END / PAGE_SIZE;
  GUEST_EDIT(\false, pfn, HW_STORES, guest_filled)
  ensures svsm: secrets_say_svsm(guest_filled, pfn * PAGE_SIZE);
  ensures copied: secrets_copied(\old(hw_stored), hw_stored, pfn);
*/
void secrets_copy_to(uint64_t pfn);

#define ENTRY_TABLE  0x23UL /* present, writable, accessed */
#define ENTRY_LARGE  0xe3UL /* and dirty, 2M page */
#define ENTRY_TABLES 6U	    /* root, one PDPT, four directories of 2M pages */

/*@
  // An identity map of [0, 4 GiB): one root entry, four of the PDPT, 2M pages. The C-bit in each.
  predicate entry_tables_are(struct hw_stored s, integer cbit) =
    s.word[GUEST_PAGE_TABLES_GPA / 8] == GUEST_PAGE_TABLES_GPA + PAGE_SIZE + cbit + ENTRY_TABLE &&
    (\forall integer i; 0 <= i < 4 ==> s.word[(GUEST_PAGE_TABLES_GPA + PAGE_SIZE) / 8 + i] ==
      GUEST_PAGE_TABLES_GPA + (2 + i) * PAGE_SIZE + cbit + ENTRY_TABLE) &&
    (\forall integer i; 0 <= i < 4 * PAGE_WORDS ==>
      s.word[(GUEST_PAGE_TABLES_GPA + 2 * PAGE_SIZE) / 8 + i] == i * LARGE_PAGE + cbit + ENTRY_LARGE);
*/
/* Secrets copy, CPUID copy, entry page tables (cbit = the mask). Ends the VM with REASON_STATE if one of
 * these pages is not the guest's. */
/*@
  requires inv: page_ok && hw_few(1);
  requires map: memory_map.end <= HW_PFNS;
  requires cpuid: cpuid_counted;
  requires cbit: cbit_ok(cbit);
  GUEST_STEP(HW_TABLE, hw_stored, guest_filled)
  ensures svsm: secrets_say_svsm(guest_filled, GUEST_SECRETS_GPA);
  ensures secrets: secrets_copied(\old(hw_stored), hw_stored, GUEST_SECRETS_GPA / PAGE_SIZE);
  ensures cpuid: cpuid_copied(hw_stored, GUEST_CPUID_GPA / PAGE_SIZE);
  ensures tables: entry_tables_are(hw_stored, cbit);
*/
void guest_fill_common(uint64_t cbit);

/* ---- the memory map for Linux ---- */

#define E820_RAM      1U
#define E820_RESERVED 2U
#define E820_ACPI     3U
#define E820_MAX      16U

struct e820_entry { /* bytes [start, end) */
	uint64_t start;
	uint64_t end;
	uint32_t type;
};
struct e820 {
	struct e820_entry entry[E820_MAX];
	uint32_t count;
	uint64_t end; /* of the last entry */
};
extern struct e820 e820;

/*@
  predicate e820_in(struct e820_entry e, integer gpa) = e.start <= gpa < e.end;
  predicate e820_says(struct e820 t, integer gpa, integer type) =
    \exists integer i; 0 <= i < t.count && t.entry[i].type == type && e820_in(t.entry[i], gpa);
  // Ascending, apart, none empty.
  predicate e820_ok(struct e820 t) =
    t.count <= E820_MAX &&
    (\forall integer i; 0 <= i < t.count ==> t.entry[i].start < t.entry[i].end <= t.end) &&
    (\forall integer i, j; 0 <= i < j < t.count ==> t.entry[i].end <= t.entry[j].start);
  // What the guest may use as RAM: the checked map without the module, the pages that the module hands
  // over, and the firmware's area.
  predicate e820_map_has(struct memory_map m, integer n, integer gpa) =
    \exists integer i; 0 <= i < n &&
      PAGE_SIZE * m.range[i].pfn <= gpa < PAGE_SIZE * (m.range[i].pfn + m.range[i].pages);
  predicate e820_kept(struct memory_map m, integer gpa) =
    GUEST_CC_BLOB_GPA <= gpa < GUEST_BOOT_PARAMS_GPA || GUEST_LOW_END <= gpa < GUEST_ACPI_END ||
    MODULE_BASE <= gpa < PAGE_SIZE * memory_module_end(m);
*/
/* Fills e820 from the checked map. */
/*@
  requires map: memory_ok(memory_map);
  terminates \true;
  exits \false;
  assigns e820;
  ensures ok: e820_ok(e820);
  ensures ram: \forall integer gpa; e820_says(e820, gpa, E820_RAM) <==>
    e820_map_has(memory_map, memory_map.count, gpa) && !e820_kept(memory_map, gpa);
*/
void e820_build(void);

/*@
  // arch/x86/include/asm/sev.h, struct cc_blob_sev_info: where the secrets and the CPUID page are.
  predicate linux_blob(struct guest_filled f) =
    guest_wrote(f, GUEST_CC_BLOB_GPA, 0x45444d41, 4) && guest_wrote(f, GUEST_CC_BLOB_GPA + 4, 1, 2) &&
    guest_wrote(f, GUEST_CC_BLOB_GPA + 8, GUEST_SECRETS_GPA, 8) &&
    guest_wrote(f, GUEST_CC_BLOB_GPA + 16, 4096, 4) &&
    guest_wrote(f, GUEST_CC_BLOB_GPA + 24, GUEST_CPUID_GPA, 8) &&
    guest_wrote(f, GUEST_CC_BLOB_GPA + 32, 4096, 4);
  // struct setup_data of type SETUP_CC_BLOB: no next one, four bytes with the blob's address.
  predicate linux_setup_data(struct guest_filled f) =
    guest_wrote(f, GUEST_SETUP_DATA_GPA, 0, 8) && guest_wrote(f, GUEST_SETUP_DATA_GPA + 8, 7, 4) &&
    guest_wrote(f, GUEST_SETUP_DATA_GPA + 12, 4, 4) &&
    guest_wrote(f, GUEST_SETUP_DATA_GPA + 16, GUEST_CC_BLOB_GPA, 4);
  // struct boot_params: setup_data at 0x250, the memory map at 0x2d0, its length at 0x1e8.
  predicate linux_e820_entry(struct guest_filled f, integer at, struct e820_entry e) =
    guest_wrote(f, at, e.start, 8) && guest_wrote(f, at + 8, e.end - e.start, 8) &&
    guest_wrote(f, at + 16, e.type, 4);
  predicate linux_e820_entries(struct guest_filled f, struct e820 t, integer n) =
    \forall integer i; 0 <= i < n ==>
      linux_e820_entry(f, GUEST_BOOT_PARAMS_GPA + 0x2d0 + 20 * i, t.entry[i]);
  predicate linux_e820(struct guest_filled f, struct e820 t) =
    guest_wrote(f, GUEST_BOOT_PARAMS_GPA + 0x250, GUEST_SETUP_DATA_GPA, 8) &&
    guest_wrote(f, GUEST_BOOT_PARAMS_GPA + 0x1e8, t.count, 1) && t.count <= E820_MAX &&
    linux_e820_entries(f, t, t.count);
*/
/* CC blob and setup_data node, e820, processors of the MADT: for LAUNCH_LINUX. Ends the VM with
 * REASON_STATE if one of the pages is not the guest's, with REASON_LAUNCH_BLOCK if the length of the
 * MADT does not fit its place or the CPUs. */
/*@
  requires inv: page_ok && hw_few(1);
  requires map: memory_ok(memory_map);
  requires cpus: 0 < cpus <= CPUS_MAX;
  GUEST_STEP(HW_TABLE, hw_stored, e820, guest_filled)
  ensures blob: linux_blob(guest_filled);
  ensures setup_data: linux_setup_data(guest_filled);
  ensures table: linux_e820(guest_filled, e820);
  ensures secrets: \forall integer g; GUEST_SECRETS_GPA <= g < GUEST_SECRETS_GPA + 4096 ==>
    guest_same(\old(guest_filled), guest_filled, g);
*/
void guest_fill_linux(uint32_t cpus);

/* ---- the startup vCPU ---- */

#define GUEST_FEATURES SEV_FEATURE_SNP
#define GUEST_EFER     0x1d01UL	    /* SCE, LME, LMA, NXE, SVME */
#define GUEST_CR0      0x80010031UL /* PG, WP, NE, ET, PE */
#define GUEST_CR4      0x20UL	    /* PAE */

/*@
  // The guest's level, its entry point and stack, and the features that its later VMSAs must have.
  predicate guest_vmsa_ok(struct vmsa_page p, integer cbit) =
    p.word[VMSA_VMPL / 8] == GUEST_VMPL_MIN * 0x10000 &&
    p.word[VMSA_SEV_FEATURES / 8] == GUEST_FEATURES && p.word[VMSA_EFER / 8] == GUEST_EFER &&
    p.word[VMSA_CR0 / 8] == GUEST_CR0 && p.word[VMSA_CR3 / 8] == GUEST_PAGE_TABLES_GPA + cbit &&
    p.word[VMSA_CR4 / 8] == GUEST_CR4 && p.word[VMSA_RIP / 8] == image_launch.entry &&
    p.word[VMSA_RSP / 8] == image_launch.stack &&
    p.word[VMSA_RSI / 8] == (image_launch.kind == LAUNCH_PLAIN ? GUEST_SECRETS_GPA : GUEST_BOOT_PARAMS_GPA) &&
    vmsa_flat(p) && vmsa_reset(p);
*/
/* VMSA, registration and announcement of the startup vCPU on CPU 0. The VMSA's page is taken from the
 * guest's levels, filled, and made a VMSA page that they may read. Ends the VM with REASON_STATE if VMSA
 * and calling area are not the guest's, REASON_CPU_START if the host refuses. */
/*@
  requires inv: page_ok && hw_few(1);
  requires cbit: cbit_ok(cbit);
  requires vmpl: image_launch.guest_vmpl == GUEST_VMPL_MIN;
  requires ghcb: ghcb_ready;
  requires registry: hw_locked == 0 && vcpu_limits_ok;
  GUEST_STEP(HW_ALL, GHCB_ALL, vmsa_page, vcpu_limits, vcpu_table, hw_locked)
  ensures vmsa: guest_vmsa_ok(vmsa_page, cbit) && page_gave(GUEST_VMSA_GPA / PAGE_SIZE, HW_VMSA, GUEST_VMPL_MIN);
  ensures words: \forall integer i; 0 <= i < PAGE_WORDS ==>
    hw_stored.word[HW_STORED_WORD(GUEST_VMSA_GPA / PAGE_SIZE, i)] == vmsa_page.word[i];
  ensures caa: page_gave(GUEST_CAA_GPA / PAGE_SIZE, HW_CAA, GUEST_VMPL_MIN);
  ensures announced: ghcb_low(hw_ghcb.word[GHCB_SW_EXITINFO1 / 8]) == AP_CREATE &&
    hw_ghcb.word[GHCB_SW_EXITINFO2 / 8] == GUEST_VMSA_GPA;
  ensures limits: vcpu_limits == {\old(vcpu_limits) \with .features = (uint64_t)GUEST_FEATURES};
  ensures free: hw_locked == 0;
  ensures ghcb: ghcb_same_page{Pre, Post};
*/
void guest_make_startup(uint64_t cbit);

#endif
