/* Fetch once. */
#include "sim/once.h"
#include <stddef.h>
#include "module/guest/page.h"

#define WORDS_MAX 64U /* of a call; what is read beyond is not looked at */

struct log {
	uint64_t word[WORDS_MAX];
	uint32_t count;
};
static struct log logs[MACHINE_CPUS];

void once_forget(uint32_t cpu)
{
	logs[cpu].count = 0;
}

/* 1 = the word has been read before. */
static int again(struct log *l, uint64_t word)
{
	uint32_t i;

	for (i = 0; i < l->count; i++) {
		if (l->word[i] == word) {
			return 1;
		}
	}
	if (l->count < WORDS_MAX) {
		l->word[l->count] = word;
		l->count++;
	}
	return 0;
}

const char *once_ghcb(uint32_t cpu, uint32_t offset)
{
	return again(&logs[cpu], offset / 8) ? "a word of the host's answer is read twice" : NULL;
}

const char *once_effect(uint32_t cpu, struct hw_effect e)
{
	uint32_t state = page_entry_state(hw_table_peek(e.pfn));

	int pending = state == PAGE_CAA && e.argument == 0; /* a list may begin in its word */

	if (e.kind != EFFECT_READ || pending || (state != PAGE_GUEST && state != PAGE_CAA)) {
		return NULL;
	}
	return again(&logs[cpu], (e.pfn + 1) * PAGE_WORDS + e.argument)
		       ? "a word of guest memory is read twice"
		       : NULL;
}
