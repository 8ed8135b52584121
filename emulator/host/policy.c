/* Which attack is on, what came of it, and the account of it on the guest's console. */
#include <verismo/reasons.h>
#include "emulator/exit.h"
#include "emulator/svm/svm.h"
#include "policy.h"

static const struct {
	const char *name;
	uint32_t colludes; /* the host has a part in it */
	uint32_t end;
	const char *tried;
} attacks[ATTACKS] = {
	{"none", 0, END_GUEST, ""},
#define ATTACK(symbol, name, colludes, end, tried) {name, colludes, end, tried},
#include "emulator/host/attacks.h"
#undef ATTACK
};

static enum attack chosen;
static uint32_t played;
static uint64_t touched = NO_GPA; /* the page that the guest is about to touch */

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
	for (uint32_t i = 0; i < ATTACKS; i++) {
		if (is_same(attacks[i].name, name)) {
			chosen = (enum attack)i;
			played = 0;
			return 0;
		}
	}
	return 1;
}

enum attack policy_attack(void)
{
	return chosen;
}

void policy_step(uint32_t value)
{
	uint32_t step = COLLUDE_STEP(value);
	uint64_t gpa = COLLUDE_GPA(value);

	emulator_log("attack %s: step %u gpa %lx\n", attacks[chosen].name, step, gpa);
	if (step == COLLUDE_TOUCH) {
		touched = gpa;
		played = 1;
		return;
	}
	frames_step(step, gpa);
	runs_step(step, gpa);
}

void policy_played(void)
{
	played = 1;
}

/* ---- the account ---- */

#define UART	       0x3f8U
#define UART_STATUS    0x3fdU
#define UART_THR_EMPTY 0x20U
#define UART_SPINS     10000U

static void say(const char *text)
{
	for (; *text; text++) {
		for (uint32_t i = 0; i < UART_SPINS && !(svm_in8(UART_STATUS) & UART_THR_EMPTY);
		     i++) {
		}
		svm_out8(UART, (uint8_t)*text);
	}
}

static void account(const char *outcome, const char *how)
{
	say("\nattack "); /* the module may be in the middle of a line */
	say(attacks[chosen].name);
	say(": ");
	say(attacks[chosen].tried);
	say(outcome);
	say(how);
	say("\n");
	emulator_log("attack %s%s%s\n", attacks[chosen].name, outcome, how);
}

/* ---- the end ---- */

void policy_won(const char *how)
{
	account("; ATTACK WON: ", how);
	host_end(EXIT_ATTACK_WON);
}

static void check_leaks(void)
{
	if (policy_leaks()) {
		policy_won("a key of the secure processor is in shared memory");
	}
}

/* The guest's word counts where the run was to end by it, and the host did its part. */
uint32_t policy_verdict(uint32_t verdict)
{
	if (chosen == ATTACK_NONE) {
		return verdict > EXIT_GUEST_MAX ? EXIT_GUEST_MAX : verdict;
	}
	if (attacks[chosen].colludes && !played) {
		emulator_log("attack %s: the host was not asked to play its part\n",
			     attacks[chosen].name);
		return VERDICT_BROKEN;
	}
	if (verdict == VERDICT_WON) {
		return EXIT_ATTACK_WON;
	}
	check_leaks();
	return attacks[chosen].end == END_GUEST && verdict == VERDICT_REFUSED ? EXIT_GUEST_OK
									      : VERDICT_BROKEN;
}

void policy_module_stopped(uint32_t reason, uint32_t detail, const char *text)
{
	int expected = attacks[chosen].end == reason &&
		       (reason != REASON_EXCEPTION || detail == VECTOR_VC);

	if (chosen != ATTACK_NONE && played && expected) {
		check_leaks();
		account("; refused: the module ends the VM, reason: ", text);
		host_end(EXIT_GUEST_OK);
	}
}

void policy_vcpu_stopped(const struct host_cpu *c)
{
	const struct svm_control *k = &c->level[c->vmpl].control;

	if (attacks[chosen].end == END_NPF && c->vmpl == GUEST_VMPL &&
	    (k->exit_info1 & NPF_VMPL) != 0 &&
	    k->exit_info2 - k->exit_info2 % PAGE_SIZE == touched) {
		check_leaks();
		account("; refused: ", "a nested page fault, VMPL2 has no permission");
		host_end(EXIT_GUEST_OK);
	}
}
