/*
 * The nested page tables, a cache of machine_walk: two views (shared below the C-bit, private
 * above) for each VMPL. Entries may vanish at any time; a nested page fault fills them again.
 * All functions: machine lock held. gpfn < MACHINE_GFNS, spfn < MACHINE_FRAMES.
 */
#ifndef EMULATOR_SVM_NESTED_H
#define EMULATOR_SVM_NESTED_H

#include <stdint.h>

#define VIEW_SHARED  0U
#define VIEW_PRIVATE 1U

/* bytes of table memory that hold the tables of every view; first is 4K aligned. */
void nested_init(uint64_t first, uint64_t bytes);
/* What nested_init wants for a machine of that many bytes. */
uint64_t nested_pool_bytes(uint64_t ram);

/* SPA of the root to run vmpl with. all_private: paging is off, every access is private. */
uint64_t nested_root(uint32_t vmpl, uint32_t all_private);

/* perm: SNP_PERM_*; without W or X the entry has none. dirty = 0: QEMU will note the first write. */
void nested_map(uint32_t vmpl, uint32_t view, uint64_t gpfn, uint64_t spfn, uint32_t perm,
		uint32_t dirty);
/* gpfn and spfn multiples of 512. */
void nested_map_large(uint32_t vmpl, uint32_t view, uint64_t gpfn, uint64_t spfn, uint32_t perm);
uint32_t nested_is_mapped(uint32_t vmpl, uint32_t view, uint64_t gpfn);
/* For emulator/check: the permissions that a view gives at least, and on which frame; 0: not mapped. */
uint32_t nested_look(uint32_t vmpl, uint32_t view, uint64_t gpfn, uint64_t *spfn);

/* Removes what any view holds of these guest frames; pages is 1 or 512 (then gpfn a multiple). */
void nested_drop(uint64_t gpfn, uint64_t pages);
/* Removes every entry that leads to this frame. Bit n: VMPL n may have written through one. */
uint32_t nested_drop_frame(uint64_t spfn);

#endif
