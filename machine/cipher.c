/*
 * The memory encryption engine. Not a secure cipher: what counts is that it is invertible and keyed, so that
 * nobody finds in DRAM what was written under another key. Here alone the proof sees which permutation it is
 * (feistel.acsl); all others know what cipher.acsl says of it.
 */
#define MACHINE_CIPHER <machine/feistel.acsl>
#include <machine/machine.h>

#define HALF 0x100000000UL

/* A half of the key, at one word of one frame. */
/*@
  requires range: half < HALF && spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures tweak: \result == half_tweak(half, spfn, word) && \result < HALF;
*/
static uint64_t tweak(uint64_t half, uint64_t spfn, uint64_t word)
{
	return (half + spfn * 0x9e3779b1UL + word * 0x85ebca6bUL) % HALF;
}

/* What a half gives to the other one. */
/*@
  requires range: half < HALF && tweak < HALF;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures given: \result == half_given(half, tweak) && \result < HALF;
*/
static uint64_t give(uint64_t half, uint64_t tweak)
{
	return (half + tweak) % HALF * 0xc2b2ae3dUL / 0x10000UL % HALF;
}

/* One round, and the same back. */
/*@
  requires range: tweak < HALF;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures round: \result == round_on(x, tweak);
*/
static uint64_t round_on(uint64_t x, uint64_t tweak)
{
	uint64_t left = x / HALF;
	uint64_t right = x % HALF;

	return right * HALF + (left + give(right, tweak)) % HALF;
}

/*@
  requires range: tweak < HALF;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures round: \result == round_back(x, tweak);
*/
static uint64_t round_back(uint64_t x, uint64_t tweak)
{
	uint64_t left = x / HALF;
	uint64_t right = x % HALF;

	return (right + HALF - give(left, tweak)) % HALF * HALF + left;
}

uint64_t cipher_encrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t plain)
{
	uint64_t low = tweak(key % HALF, spfn, word);
	uint64_t high = tweak(key / HALF, spfn, word);

	return round_on(round_on(round_on(plain, low), high), low);
}

uint64_t cipher_decrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t cipher)
{
	uint64_t low = tweak(key % HALF, spfn, word);
	uint64_t high = tweak(key / HALF, spfn, word);

	return round_back(round_back(round_back(cipher, low), high), low);
}
