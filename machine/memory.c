/*
 * Memory content. DRAM holds each frame as its owner sees it (key says who that is); the cipher
 * stands between this and anybody else's view. So the emulated guest's own accesses cost nothing.
 * A frame that nobody ever wrote reads as zero for everybody.
 */
#include <machine/rmp.h>

#define HALF 0x100000000UL

/* Three Feistel rounds over the 32-bit halves of a word; the tweak makes each word of each frame
 * its own permutation. Not a secure cipher: what counts is that it is invertible and keyed. */
struct halves {
	uint64_t left;
	uint64_t right;
};

static uint64_t tweak(uint64_t key, uint64_t spfn, uint64_t word)
{
	return key ^ (spfn * 0x9e3779b1UL + word * 0x85ebca6b0001UL);
}

static uint64_t feistel_round(uint64_t half, uint64_t round_key)
{
	return (half ^ round_key % HALF) * 0xc2b2ae3dUL / 0x10000UL % HALF;
}

uint64_t cipher_encrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t plain)
{
	uint64_t t = tweak(key, spfn, word);
	struct halves h = {.left = plain / HALF, .right = plain % HALF};

	h.left = h.left ^ feistel_round(h.right, t);
	h.right = h.right ^ feistel_round(h.left, t / HALF);
	h.left = h.left ^ feistel_round(h.right, t / 0x10000UL);
	return h.left * HALF + h.right;
}

uint64_t cipher_decrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t cipher)
{
	uint64_t t = tweak(key, spfn, word);
	struct halves h = {.left = cipher / HALF, .right = cipher % HALF};

	h.left = h.left ^ feistel_round(h.right, t / 0x10000UL);
	h.right = h.right ^ feistel_round(h.left, t / HALF);
	h.left = h.left ^ feistel_round(h.right, t);
	return h.left * HALF + h.right;
}

/* One word as the owner of old sees it, seen by the owner of new. */
static uint64_t recode(const struct machine *m, uint64_t spfn, uint64_t word, uint8_t old,
		       uint8_t new, uint64_t value)
{
	if (old == new) {
		return value;
	}
	if (new == 0) {
		return cipher_encrypt(m->guest_key, spfn, word, value);
	}
	return cipher_decrypt(m->guest_key, spfn, word, value);
}

void memory_set_key(struct machine *m, uint64_t spfn, uint8_t key)
{
	uint8_t old = m->memory.key[spfn];

	if (old != key && m->memory.touched[spfn] != 0) {
		for (uint64_t word = 0; word < PAGE_WORDS; word++) {
			uint64_t value = dram_read64(spfn, word);

			dram_write64(spfn, word, recode(m, spfn, word, old, key, value));
		}
	}
	m->memory.key[spfn] = key;
}

static uint64_t memory_read(const struct machine *m, uint64_t spfn, uint64_t word, uint8_t key)
{
	if (m->memory.touched[spfn] == 0) {
		return 0;
	}
	return recode(m, spfn, word, m->memory.key[spfn], key, dram_read64(spfn, word));
}

uint64_t machine_host_read64(const struct machine *m, uint64_t spfn, uint64_t word)
{
	return memory_read(m, spfn, word, 0);
}

uint32_t machine_host_write64(struct machine *m, uint64_t spfn, uint64_t word, uint64_t value)
{
	if (spfn >= MACHINE_FRAMES || word >= PAGE_WORDS) {
		return SNP_FAIL_INPUT;
	}
	if (rmp_lookup(m, spfn).assigned != 0) {
		return SNP_FAIL_PERMISSION;
	}
	/* all checks passed */
	machine_touch(m, spfn);
	dram_write64(spfn, word, value);
	return SNP_OK;
}

uint64_t machine_guest_read64(const struct machine *m, uint64_t spfn, uint64_t word,
			      uint32_t private_view)
{
	return memory_read(m, spfn, word, private_view != 0 ? MACHINE_ASID : 0);
}

void machine_guest_write64(struct machine *m, uint64_t spfn, uint64_t word, uint32_t private_view,
			   uint64_t value)
{
	uint8_t view = private_view != 0 ? MACHINE_ASID : 0;

	machine_touch(m, spfn);
	dram_write64(spfn, word, recode(m, spfn, word, view, m->memory.key[spfn], value));
}

void machine_touch(struct machine *m, uint64_t spfn)
{
	m->memory.touched[spfn] = 1;
}
