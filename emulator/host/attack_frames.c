/*
 * Attacks by moving frames: RMPUPDATE, PSMASH and the nested map are the host's. The page is one that the
 * guest has named by COLLUDE_BEGIN.
 */
#include <verismo/launch.h>
#include "host.h"
#include "memory.h"
#include "policy.h"

static uint64_t victim = NO_GPA; /* the page that is attacked */
static uint64_t first = NO_GPA;	 /* its frame in the beginning */

/* Assigns frame to gpa and maps it there. */
static void place(uint64_t gpa, uint64_t frame)
{
	uint32_t failed;

	host_lock();
	memory_split(gpa);
	failed = svm_rmpupdate(frame, gpa, SNP_SIZE_4K, 1) | svm_nested_set(gpa, frame, 1, 0);
	host_unlock();
	emulator_log("attack: frame %lx assigned and mapped at gpa %lx, result %u\n", frame, gpa,
		     failed);
	policy_played();
}

/* Maps a frame that is assigned to gpa already. */
static void map_back(uint64_t gpa, uint64_t frame)
{
	host_lock();
	svm_nested_set(gpa, frame, 1, 0);
	host_unlock();
	emulator_log("attack: frame %lx mapped at gpa %lx again\n", frame, gpa);
}

static uint64_t split_frame(uint64_t gpa)
{
	host_lock();
	memory_split(gpa);
	host_unlock();
	return host_frame(gpa);
}

/* Fills a page that is not private; 1 if it is. */
static int fill(uint64_t frame)
{
	const uint64_t mark = COLLUDE_MARK;
	int refused = 0;

	for (uint64_t i = 0; i < PAGE_SIZE; i += sizeof(mark)) {
		refused |= host_write(frame + i, &mark, sizeof(mark));
	}
	return refused;
}

static void touch_private(uint64_t gpa)
{
	uint64_t frame = split_frame(gpa);
	uint64_t word = 0;

	if (host_read(frame, &word, sizeof(word)) == 0 && word == COLLUDE_CANARY) {
		policy_won("the host reads a private page in clear");
	}
	if (fill(frame) == 0) {
		policy_won("the host writes a private page");
	}
	host_lock();
	svm_rmpupdate(frame, gpa, SNP_SIZE_4K, 0);
	fill(frame);
	svm_rmpupdate(frame, gpa, SNP_SIZE_4K, 1);
	host_unlock();
	policy_played();
}

static void begin(uint64_t gpa)
{
	victim = gpa;
	switch (policy_attack()) {
	case ATTACK_SWAP_SVSM_FRAME:
		place(gpa, host_frame(MODULE_SECRETS_GPA));
		break;
	case ATTACK_DOUBLE_MAP_GPA:
		first = split_frame(gpa);
		place(gpa, host_spare_frame());
		break;
	case ATTACK_NOT_VALIDATED_VC:
		place(gpa, host_spare_frame());
		break;
	case ATTACK_SHARE_WITHOUT_RESCIND:
		first = split_frame(gpa);
		break;
	case ATTACK_PSMASH_MIDWAY:
		split_frame(gpa);
		policy_played();
		break;
	case ATTACK_HOST_TOUCHES_PRIVATE:
		touch_private(gpa);
		break;
	default:
		break;
	}
}

void frames_step(uint32_t step, uint64_t gpa)
{
	if (step == COLLUDE_BEGIN) {
		begin(gpa);
	} else if (step == COLLUDE_BACK && gpa == victim && first != NO_GPA) {
		map_back(gpa, first);
	}
}

int policy_page_state(uint64_t gpa, uint64_t op)
{
	if (gpa != victim) {
		return 0;
	}
	switch (policy_attack()) {
	case ATTACK_SHARE_WITHOUT_RESCIND: /* keeps the frame as it is; the next one is another */
		if (op == GHCB_PSC_PRIVATE) {
			place(gpa, host_spare_frame());
		}
		return 1;
	case ATTACK_PSC_LIE: /* what was said to be private is still the host's to write */
		if (op == GHCB_PSC_PRIVATE) {
			fill(host_frame(gpa));
		}
		return op == GHCB_PSC_PRIVATE;
	default:
		return 0;
	}
}

/* PVALIDATE of a page that is not private after all: now it is. */
int policy_fault(struct host_cpu *c)
{
	uint64_t gpa = current_level(c)->control.exit_info2;

	if (policy_attack() == ATTACK_PSC_LIE && c->vmpl == 0 && gpa - gpa % PAGE_SIZE == victim) {
		place(victim, host_frame(victim));
		victim = NO_GPA;
		return 1;
	}
	return runs_fault(c);
}
