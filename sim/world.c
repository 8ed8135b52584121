#include "sim/world.h"
#include <stdlib.h>
#include <string.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"

/* Of one guest frame; its system frame is the one of the honest map. */
struct frame {
	struct rmp_entry rmp;
	struct nested_entry nested;
	uint16_t entry; /* in the ownership table */
	uint8_t key;
	uint8_t touched;
	uint64_t *word; /* NULL: the frame was never written */
};
static struct frame base[WORLD_FRAMES];
static struct tlb base_tlb;
static struct vcpu_table base_registry;
static uint64_t base_hash[WORLD_FRAMES]; /* 0: not known yet */
static uint32_t touched[WORLD_FRAMES];
static uint8_t is_touched[WORLD_FRAMES];
static uint32_t touched_count;

static void save_words(struct frame *f, uint64_t spfn)
{
	uint32_t i;

	if (!hw_dram_has(spfn)) {
		free(f->word);
		f->word = NULL;
		return;
	}
	f->word = f->word != NULL ? f->word : malloc(PAGE_SIZE);
	if (f->word == NULL) {
		abort();
	}
	for (i = 0; i < PAGE_WORDS; i++) {
		f->word[i] = dram_read64(spfn, i);
	}
}

void world_save(void)
{
	uint64_t pfn;

	for (pfn = 0; pfn < WORLD_FRAMES; pfn++) {
		uint64_t spfn = HW_MACHINE_BASE + pfn;

		base[pfn].rmp = hw_machine.rmp.e[spfn];
		base[pfn].nested = hw_machine.nested.e[pfn];
		base[pfn].entry = hw_table_peek(pfn);
		base[pfn].key = hw_machine.memory.key[spfn];
		base[pfn].touched = hw_machine.memory.touched[spfn];
		save_words(&base[pfn], spfn);
	}
	memset(base_hash, 0, sizeof(base_hash));
	base_tlb = hw_machine.tlb;
	base_registry = vcpu_table;
	memset(is_touched, 0, sizeof(is_touched));
	touched_count = 0;
}

/* The same permissions and owner; a 2M page that was split is as it was. */
static int is_alike(struct rmp_entry a, struct rmp_entry b)
{
	return a.asid == b.asid && a.assigned == b.assigned && a.validated == b.validated &&
	       a.immutable == b.immutable && a.vmsa == b.vmsa &&
	       memcmp(a.perm, b.perm, sizeof(a.perm)) == 0;
}

int world_is_base(uint64_t pfn)
{
	uint64_t spfn = HW_MACHINE_BASE + pfn;
	struct rmp_entry head = base[pfn - pfn % PAGES_PER_2M].rmp;
	int large = head.assigned && head.size == SNP_SIZE_2M;
	const struct frame *f = &base[pfn];
	uint32_t i;

	for (i = 0; i < PAGE_WORDS; i++) {
		if (dram_read64(spfn, i) != (f->word == NULL ? 0 : f->word[i])) {
			return 0;
		}
	}
	return is_alike(large ? head : f->rmp, sim_rmp(pfn)) &&
	       f->nested.spfn == hw_machine.nested.e[pfn].spfn &&
	       f->nested.present == hw_machine.nested.e[pfn].present &&
	       f->entry == hw_table_peek(pfn);
}

static void restore_frame(uint64_t pfn)
{
	uint64_t spfn = HW_MACHINE_BASE + pfn;
	uint32_t i;

	hw_machine.rmp.e[spfn] = base[pfn].rmp;
	hw_machine.nested.e[pfn] = base[pfn].nested;
	hw_table_poke(pfn, base[pfn].entry);
	hw_machine.memory.key[spfn] = base[pfn].key;
	hw_machine.memory.touched[spfn] = base[pfn].touched;
	for (i = 0; i < PAGE_WORDS && hw_dram_has(spfn); i++) {
		dram_write64(spfn, i, base[pfn].word == NULL ? 0 : base[pfn].word[i]);
	}
	is_touched[pfn] = 0;
}

void world_restore(void)
{
	uint32_t i;

	for (i = 0; i < touched_count; i++) {
		restore_frame(touched[i]);
	}
	touched_count = 0;
	hw_machine.tlb = base_tlb;
	vcpu_table = base_registry;
	hw_lock_held = 0;
}

/* ---- the hash ---- */

uint64_t world_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15UL;
	return hash ^ hash >> 32;
}

static uint64_t mix_bytes(uint64_t hash, const void *start, uint64_t size)
{
	uint64_t value;
	uint64_t i;

	for (i = 0; i + 8 <= size; i += 8) {
		memcpy(&value, (const uint8_t *)start + i, 8);
		hash = world_mix(hash, value);
	}
	value = 0;
	memcpy(&value, (const uint8_t *)start + i, size - i);
	return world_mix(hash, value);
}

static uint64_t frame_hash(uint64_t pfn)
{
	uint64_t spfn = HW_MACHINE_BASE + pfn;
	uint64_t hash = pfn;
	uint64_t i;

	hash = mix_bytes(hash, &hw_machine.rmp.e[spfn], sizeof(hw_machine.rmp.e[spfn]));
	hash = mix_bytes(hash, &hw_machine.nested.e[pfn], sizeof(hw_machine.nested.e[pfn]));
	hash = world_mix(hash, hw_table_peek(pfn));
	hash = world_mix(hash, hw_machine.memory.key[spfn]);
	for (i = 0; i < PAGE_WORDS && hw_dram_has(spfn); i++) {
		hash = world_mix(hash, dram_read64(spfn, i));
	}
	return hash;
}

void world_touch(uint64_t pfn, uint64_t frames)
{
	for (; frames > 0 && pfn < WORLD_FRAMES; frames--, pfn++) {
		if (is_touched[pfn]) {
			continue;
		}
		is_touched[pfn] = 1;
		touched[touched_count] = (uint32_t)pfn;
		touched_count++;
		if (base_hash[pfn] == 0) {
			base_hash[pfn] = frame_hash(pfn);
		}
	}
}

uint32_t world_touched(const uint32_t **pfn)
{
	*pfn = touched;
	return touched_count;
}

uint64_t world_hash(void)
{
	uint64_t frames = 0;
	uint64_t hash;
	uint32_t i;

	for (i = 0; i < touched_count; i++) {
		frames += frame_hash(touched[i]) - base_hash[touched[i]]; /* in any order */
	}
	hash = mix_bytes(frames, &vcpu_table, sizeof(vcpu_table));
	return world_mix(hash, (uint64_t)hw_lock_held);
}
