#include <string.h>
#include <verismo/launch.h>
#include <verismo/snp.h>
#include "options.h"

#define MIB 0x100000UL

struct word {
	const char *start;
	uint32_t length;
};

static int next_word(const char **text, struct word *w)
{
	while (**text == ' ') {
		(*text)++;
	}
	w->start = *text;
	while (**text && **text != ' ') {
		(*text)++;
	}
	w->length = (uint32_t)(*text - w->start);
	return w->length != 0;
}

/* Takes "key=" off the word if it begins with it. */
static int strip_key(struct word *w, const char *key)
{
	uint32_t i = 0;

	for (; key[i]; i++) {
		if (i >= w->length || w->start[i] != key[i]) {
			return 0;
		}
	}
	w->start += i;
	w->length -= i;
	return 1;
}

/* Decimal, at most six digits; 0 if it is not a number. */
static uint64_t number(const struct word *w)
{
	uint64_t n = 0;

	if (w->length == 0 || w->length > 6) {
		return 0;
	}
	for (uint32_t i = 0; i < w->length; i++) {
		if (w->start[i] < '0' || w->start[i] > '9') {
			return 0;
		}
		n = n * 10 + (uint64_t)(w->start[i] - '0');
	}
	return n;
}

static const char *parse_memory(struct options *o, const struct word *w)
{
	uint64_t bytes = number(w) * MIB;

	if (bytes < MEMORY_MIN || bytes > MEMORY_MAX || bytes % LARGE_PAGE) {
		return "memory= must be an even number of MiB from 256 to 4096";
	}
	o->memory = bytes;
	return 0;
}

static const char *parse_cpus(struct options *o, const struct word *w)
{
	uint64_t n = number(w);

	if (n == 0 || n > CPUS_MAX) {
		return "cpus= must be a number from 1 to 8";
	}
	o->cpus = (uint32_t)n;
	return 0;
}

static const char *parse_attack(struct options *o, const struct word *w)
{
	if (w->length == 0 || w->length >= OPTION_TEXT) {
		return "attack= needs the name of an attack";
	}
	memset(o->attack, 0, sizeof(o->attack));
	memcpy(o->attack, w->start, w->length);
	return 0;
}

static const char *parse_word(struct options *o, struct word w)
{
	if (strip_key(&w, "memory=")) {
		return parse_memory(o, &w);
	}
	if (strip_key(&w, "cpus=")) {
		return parse_cpus(o, &w);
	}
	if (strip_key(&w, "attack=")) {
		return parse_attack(o, &w);
	}
	return "unknown word";
}

const char *options_parse(struct options *o, const char *text)
{
	const char *reason = 0;
	struct word w;

	memset(o, 0, sizeof(*o));
	o->memory = MEMORY_MIN;
	memcpy(o->attack, "none", sizeof("none"));
	while (text && !reason && next_word(&text, &w)) {
		reason = parse_word(o, w);
	}
	return reason;
}
