/* DRAM of the QEMU machine: who may use which part, and copying. All of it is identity-mapped. */
#ifndef EMULATOR_SVM_MEMORY_H
#define EMULATOR_SVM_MEMORY_H

#include <stdint.h>
#include <verismo/snp.h>

#define MEMORY_MAPPED 0x200000000UL /* start.S maps 8 GiB */

/* One piece of RAM, [start, end) in bytes. */
struct memory_range {
	uint64_t start;
	uint64_t end;
};

/* Takes over the RAM of the list; keep is a range that must not be given out (the IGVM file). Sets
 * up the pool of nested tables. Ends QEMU if there is not enough. */
void memory_init(const struct memory_range *ram, uint32_t count, struct memory_range keep);
/* 1 if spa lies in a frame that svm_alloc_2m gave out. */
uint32_t memory_is_guest(uint64_t spa);

void memory_copy(void *to, const void *from, uint64_t bytes);
void memory_fill(void *to, uint8_t value, uint64_t bytes);

#endif
