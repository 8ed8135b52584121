/*
 * The memory encryption engine. Not a secure cipher: what counts is that it is invertible and keyed, so that
 * nobody finds in DRAM what was written under another key. The proof knows it as the two functions of
 * memory.acsl and believes that this file is an instance of them.
 */
#include <machine/machine.h>

#define HALF 0x100000000UL

/* Three Feistel rounds over the 32-bit halves of a word; the tweak makes each word of each frame
 * its own permutation. */
/*@
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns \nothing;
*/
static uint64_t tweak(uint64_t key, uint64_t spfn, uint64_t word)
{
	return key ^ (spfn * 0x9e3779b1UL + word * 0x85ebca6b0001UL);
}

/* half with the round of other mixed in; both below HALF. */
/*@
  requires range: half < HALF && other < HALF;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures range: \result < HALF;
*/
static uint64_t mix(uint64_t half, uint64_t other, uint64_t round_key)
{
	return (half ^ (other ^ round_key % HALF) % HALF * 0xc2b2ae3dUL / 0x10000UL % HALF) % HALF;
}

/*@
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns \nothing;
*/
static uint64_t scramble(uint64_t key, uint64_t spfn, uint64_t word, uint64_t plain)
{
	uint64_t t = tweak(key, spfn, word);
	uint64_t left = plain / HALF;
	uint64_t right = plain % HALF;

	left = mix(left, right, t);
	right = mix(right, left, t / HALF);
	left = mix(left, right, t / 0x10000UL);
	return left * HALF + right;
}

/*@
  requires range: spfn < MACHINE_FRAMES && word < PAGE_WORDS;
  terminates \true;
  exits \false;
  assigns \nothing;
*/
static uint64_t unscramble(uint64_t key, uint64_t spfn, uint64_t word, uint64_t cipher)
{
	uint64_t t = tweak(key, spfn, word);
	uint64_t left = cipher / HALF;
	uint64_t right = cipher % HALF;

	left = mix(left, right, t / 0x10000UL);
	right = mix(right, left, t / HALF);
	left = mix(left, right, t);
	return left * HALF + right;
}

uint64_t cipher_encrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t plain)
{
	return scramble(key, spfn, word, plain);
}

uint64_t cipher_decrypt(uint64_t key, uint64_t spfn, uint64_t word, uint64_t cipher)
{
	return unscramble(key, spfn, word, cipher);
}
