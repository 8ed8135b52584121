#include "cases.h"
#include "check.h"

void check(const char *name, const char *source, uint64_t got, uint64_t expected)
{
	if (got == expected) {
		cases_passed++;
		print("PASS %s (%s)\n", name, source);
	} else {
		cases_failed++;
		print("FAIL %s (%s) expected %lx, got %lx\n", name, source, expected, got);
	}
}
