#include "report.h"
#include "guest.h"

static uint32_t passed, failed, skipped;

void report(const char *id, const char *what, uint64_t got, uint64_t expected)
{
	if (got == expected) {
		passed++;
		print("ok   %s %s\n", id, what);
	} else {
		failed++;
		print("FAIL %s %s: expected %lx got %lx\n", id, what, expected, got);
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
