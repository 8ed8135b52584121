#include "emulator/svm/svm.h"
#include "policy.h"

/* The number is what the guest reads from PORT_COLLUDE. guest-maps-module needs no help of the host. */
static const char *const names[] = {"none", "page-swap", "double-map", "guest-maps-module"};
#define NAMES	   (sizeof(names) / sizeof(names[0]))
#define PAGE_SWAP  1U
#define DOUBLE_MAP 2U

static uint32_t chosen;

static int is_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

int policy_choose(const char *name)
{
	for (uint32_t i = 0; i < NAMES; i++) {
		if (is_same(names[i], name)) {
			chosen = i;
			return 0;
		}
	}
	return 1;
}

const char *policy_name(void)
{
	return names[chosen];
}

uint32_t policy_number(void)
{
	return chosen;
}

void policy_step(uint32_t value)
{
	uint32_t step = COLLUDE_STEP(value);
	uint64_t gpa = COLLUDE_GPA(value);

	emulator_log("attack %s: step %u gpa %lx\n", policy_name(), step, gpa);
	if (chosen == PAGE_SWAP && step == COLLUDE_SWAP) {
		attack_page_swap(gpa);
	} else if (chosen == DOUBLE_MAP && step == COLLUDE_DOUBLE_MAP) {
		attack_double_map(gpa);
	} else if (chosen == DOUBLE_MAP && step == COLLUDE_DOUBLE_RESTORE) {
		attack_double_restore(gpa);
	}
}

int policy_has_won(uint32_t verdict)
{
	return chosen != 0 && verdict == VERDICT_ATTACK_WON;
}
