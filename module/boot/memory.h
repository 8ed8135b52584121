/*
 * Guest memory at boot: what the host says there is, checked once; the ownership table; taking over.
 */
#ifndef MODULE_BOOT_MEMORY_H
#define MODULE_BOOT_MEMORY_H

#include <stdint.h>
#include <verismo/launch.h>

#define MEMORY_RANGES 8U

struct memory_range { /* 4K frames */
	uint64_t pfn;
	uint64_t pages;
};
struct memory_map { /* RAM, ascending, apart from each other */
	struct memory_range range[MEMORY_RANGES];
	uint32_t count;
	uint64_t pages; /* sum */
	uint64_t end;	/* pfn behind the last range */
};

/* The measured launch block: ends the VM with REASON_LAUNCH_BLOCK if it contradicts itself. */
const struct launch_block *launch_check(void);
/* Is one of the frames [pfn, pfn + pages) loaded at launch? */
int launch_covers(uint64_t pfn, uint64_t pages);

/* Copies and checks the host's map: ends the VM with REASON_MEMORY_MAP unless it is sorted, without
 * overlap, within the limits of launch.h, and contains all that the launch has placed. */
void memory_read_map(void);
/* The checked map. */
const struct memory_map *memory_get_map(void);
/* Validates and clears the ownership table's own frames and sizes the table. */
void memory_place_table(void);
/* Bytes behind MODULE_BASE that are the module's: static region and table; a 4K multiple. */
uint64_t memory_module_size(void);
/* Validates, clears and grants all RAM to the guest; measured guest pages keep their content. */
void memory_take_over(uint32_t guest_vmpl);

#endif
