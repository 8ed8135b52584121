#include "report.h"
#include "guest.h"

static uint32_t passed, failed, skipped;

/* The letter of an id says which part of AMD 58019 (revision 1.00) a case is of. */
static const struct source {
	char letter;
	const char *text;
} sources[] = {
	{'F', "58019 chapter 4"},
	{'R', "58019 chapter 6, REMAP_CA"},
	{'P', "58019 chapter 6, PVALIDATE"},
	{'C', "58019 chapter 6, CREATE_VCPU"},
	{'D', "58019 chapter 6, DELETE_VCPU"},
	{'Q', "58019 chapter 6, QUERY_PROTOCOL and CONFIGURE_VTOM"},
	{'X', "58019 chapter 6"},
};

static const char *source_of(const char *id)
{
	for (uint32_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (sources[i].letter == id[0]) {
			return sources[i].text;
		}
	}
	return "no source";
}

void report(const char *id, const char *what, uint64_t got, uint64_t expected)
{
	if (got == expected) {
		passed++;
		print("ok   %s %s (%s)\n", id, what, source_of(id));
	} else {
		failed++;
		print("FAIL %s %s: expected %lx got %lx (%s)\n", id, what, expected, got,
		      source_of(id));
	}
}

void report_true(const char *id, const char *what, int good)
{
	report(id, what, good != 0, 1);
}

void report_skip(const char *id, const char *why)
{
	skipped++;
	print("skip %s: %s\n", id, why);
}

uint32_t report_end(void)
{
	if (skipped) {
		print("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	} else {
		print("%u passed, %u failed\n", passed, failed);
	}
	return failed;
}
