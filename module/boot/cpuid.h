/*
 * The CPUID page: filled by the host, checked by the secure processor as far as its policy goes. The
 * module reads its own facts from here and never executes CPUID.
 */
#ifndef MODULE_BOOT_CPUID_H
#define MODULE_BOOT_CPUID_H

#include <stdint.h>
#include "module/boot/image.h"
#include "module/hw/hw.h"

#define LEAF_FEATURES	  0x00000001U
#define LEAF_EXTENDED_MAX 0x80000000U
#define LEAF_SIZES	  0x80000008U
#define LEAF_ENCRYPTION	  0x8000001fU

/* Where the C-bit may be: above all guest memory (MEMORY_GPA_END), in the upper half of an entry. */
#define CBIT_MIN 33U
#define CBIT_MAX 51U
_Static_assert(1UL << CBIT_MIN >= MEMORY_GPA_END, "addresses and C-bit are apart");

/*@
  // The first entry from i on with this leaf; SNP_CPUID_MAX if there is none.
  logic integer cpuid_from(struct snp_cpuid_page p, integer i, integer leaf) =
    i >= p.count ? SNP_CPUID_MAX : p.entry[i].eax_in == leaf ? i : cpuid_from(p, i + 1, leaf);
  logic integer cpuid_entry(integer leaf) = cpuid_from(image_cpuid, 0, leaf);
  // A register of a leaf; an absent leaf reads as zeros.
  logic integer cpuid_eax(integer leaf) =
    cpuid_entry(leaf) < SNP_CPUID_MAX ? image_cpuid.entry[cpuid_entry(leaf)].eax : 0;
  logic integer cpuid_ebx(integer leaf) =
    cpuid_entry(leaf) < SNP_CPUID_MAX ? image_cpuid.entry[cpuid_entry(leaf)].ebx : 0;
  logic integer cpuid_ecx(integer leaf) =
    cpuid_entry(leaf) < SNP_CPUID_MAX ? image_cpuid.entry[cpuid_entry(leaf)].ecx : 0;

  predicate cpuid_counted = 0 < image_cpuid.count <= SNP_CPUID_MAX;
  // Extended leaves up to 8000001F; SEV, ES, SNP, VMPL (8000001F:EAX 1, 3, 4, 5); RDRAND (1:ECX 30);
  // INVLPGB and its nested form (80000008:EBX 3, 21).
  predicate cpuid_suffices =
    cpuid_eax(LEAF_EXTENDED_MAX) >= LEAF_ENCRYPTION &&
    cpuid_eax(LEAF_ENCRYPTION) / 2 % 2 == 1 && cpuid_eax(LEAF_ENCRYPTION) / 8 % 2 == 1 &&
    cpuid_eax(LEAF_ENCRYPTION) / 16 % 2 == 1 && cpuid_eax(LEAF_ENCRYPTION) / 32 % 2 == 1 &&
    cpuid_ecx(LEAF_FEATURES) / 0x40000000 % 2 == 1 &&
    cpuid_ebx(LEAF_SIZES) / 8 % 2 == 1 && cpuid_ebx(LEAF_SIZES) / 0x200000 % 2 == 1;
  predicate cpuid_cbit(integer position) =
    CBIT_MIN <= position <= CBIT_MAX && cpuid_ebx(LEAF_ENCRYPTION) % 64 == position;
*/

/* Ends the VM with REASON_CPUID_PAGE if the page is malformed or lacks what the module needs (SNP with
 * VMPLs, RDRAND, INVLPGB with nested flush), with REASON_CBIT unless the C-bit is at cbit_position. */
/*@
  terminates cpuid_counted && cpuid_suffices && cpuid_cbit(cbit_position);
  exits \false;
  assigns \nothing;
  ensures counted: cpuid_counted;
  ensures suffices: cpuid_suffices;
  ensures cbit: cpuid_cbit(cbit_position);
*/
void cpuid_check(uint32_t cbit_position);
/* Guest physical addresses are below 2^this: the smaller of C-bit position and physical width. */
/*@
  requires counted: cpuid_counted;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == \min(cpuid_eax(LEAF_SIZES) % 256, cpuid_ebx(LEAF_ENCRYPTION) % 64);
*/
uint32_t cpuid_address_width(void);
/*@
  // The six words of an entry, from word w on; the entries of a page's first n.
  predicate cpuid_entry_copied(struct hw_stored s, integer w, struct snp_cpuid_entry e) =
    s.word[w] == e.eax_in + 0x100000000 * e.ecx_in && s.word[w + 1] == e.xcr0_in && s.word[w + 2] == e.xss_in &&
    s.word[w + 3] == e.eax + 0x100000000 * e.ebx && s.word[w + 4] == e.ecx + 0x100000000 * e.edx &&
    s.word[w + 5] == e.reserved;
  predicate cpuid_entries_copied(struct hw_stored s, integer pfn, integer n) = \forall integer i; 0 <= i < n ==>
    cpuid_entry_copied(s, HW_STORED_WORD(pfn, 2 + 6 * i), image_cpuid.entry[i]);
  predicate cpuid_copied(struct hw_stored s, integer pfn) =
    s.word[HW_STORED_WORD(pfn, 0)] == image_cpuid.count + 0x100000000 * image_cpuid.reserved1 &&
    s.word[HW_STORED_WORD(pfn, 1)] == image_cpuid.reserved2 &&
    cpuid_entries_copied(s, pfn, image_cpuid.count);
*/
/* Copies the used part of the page to a guest page; the rest of that page is zero already. */
/*@
  requires counted: cpuid_counted;
  requires inv: hw_inv;
  requires usable: pfn < HW_PFNS && hw_usable(pfn);
  terminates \true;
  exits \false;
  assigns HW_STORES;
  ensures inv: hw_inv;
  ensures rely: hw_rely{Pre, Post}(pfn, 1);
  ensures accessed: \at(hw_held(pfn), Pre) ==> hw_accessed{Pre, Post}(pfn);
  ensures copied: cpuid_copied(hw_stored, pfn);
  ensures rest: hw_stored_rest(\old(hw_stored), hw_stored, pfn, 1);
*/
void cpuid_copy_to(uint64_t pfn);

#endif
