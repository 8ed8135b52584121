/*
 * Memory content. DRAM holds each frame as its owner sees it (key says who that is); the cipher
 * stands between this and anybody else's view. So the emulated guest's own accesses cost nothing.
 * A frame that nobody ever wrote reads as zero for everybody.
 */
#include <machine/rmp.h>

/* One word as the owner of old sees it, seen by the owner of new. */
/*@
  logic integer recoded(integer key, integer s, integer w, integer old, integer new, integer x) =
    old == new ? x : new == 0 ? cipher(key, s, w, x) : plain_of(key, s, w, x);
*/
/*@
  requires \valid_read(m);
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS && old <= MACHINE_ASID && new <= MACHINE_ASID;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == recoded(m->guest_key, spfn, word, old, new, value);
*/
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

/* The loop of memory_set_key. */
/*@
  // What is left of the frame's words after the first n have been recoded.
  predicate recoded_at(struct dram a, struct dram b, integer key, integer s, integer w, integer n, integer old,
                       integer new) =
    b.word[s][w] == (w < n ? recoded(key, s, w, old, new, a.word[s][w]) : a.word[s][w]);
*/
/*@
  requires \valid_read(m);
  requires range: spfn < MACHINE_FRAMES && old <= MACHINE_ASID && new <= MACHINE_ASID;
  terminates \true;
  exits \false;
  assigns dram;
  ensures done: \forall integer w; 0 <= w < PAGE_WORDS ==>
    recoded_at(\old(dram), dram, m->guest_key, spfn, w, PAGE_WORDS, old, new);
  ensures rest: \forall integer s, w; 0 <= s < MACHINE_FRAMES && s != spfn && 0 <= w < PAGE_WORDS ==>
    dram.word[s][w] == \old(dram.word[s][w]);
*/
static void recode_frame(const struct machine *m, uint64_t spfn, uint8_t old, uint8_t new)
{
	/*@
	  loop invariant range: word <= PAGE_WORDS;
	  loop invariant done: \forall integer w; 0 <= w < PAGE_WORDS ==>
	    recoded_at(\at(dram, Pre), dram, m->guest_key, spfn, w, word, old, new);
	  loop invariant rest: \forall integer s, w; 0 <= s < MACHINE_FRAMES && s != spfn &&
	    0 <= w < PAGE_WORDS ==>
	    dram.word[s][w] == \at(dram.word[s][w], Pre);
	  loop assigns word, dram;
	  loop variant PAGE_WORDS - word;
	*/
	for (uint64_t word = 0; word < PAGE_WORDS; word++) {
		uint64_t value = dram_read64(spfn, word);

		dram_write64(spfn, word, recode(m, spfn, word, old, new, value));
	}
}

void memory_set_key(struct machine *m, uint64_t spfn, uint8_t key)
{
	uint8_t old = m->memory.key[spfn];

	if (old != key && m->memory.touched[spfn] != 0) {
		recode_frame(m, spfn, old, key);
	}
	m->memory.key[spfn] = key;
}

/*@
  requires \valid_read(m);
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS && key <= MACHINE_ASID;
  requires m->memory.key[spfn] <= MACHINE_ASID;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures guest: key == MACHINE_ASID ==> \result == guest_word(*m, dram, spfn, word);
  ensures host: key == 0 ==> \result == host_word(*m, dram, spfn, word);
*/
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
