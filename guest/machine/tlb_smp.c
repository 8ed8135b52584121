/*
 * Stale translations with two CPUs (24593, 15.36.10 and 15.16; 24594, INVLPGB, TLBSYNC,
 * RMPUPDATE, PSMASH): a vCPU at VMPL1 on the second CPU reads a test page in a loop without an
 * exit while VMPL0 changes what the page is. The reads may go on until a flush that reaches the
 * other CPU: INVLPGB with TLBSYNC, or RMPUPDATE and PSMASH by themselves. After it there is not
 * one more.
 */
#include "guest/conformance/cpu.h"
#include "check.h"
#include "door.h"
#include "levels.h"
#include "rig.h"

#define SOURCE	   "24594 INVLPGB"
#define WARM_READS 10000UL
#define WAIT_TICKS 16000000000UL /* seconds: many CPUs may share few host cores */
#define LOOK_TICKS 200000000UL	 /* as long as stale reads are waited for */

struct change_case {
	const char *ends; /* names of the cases */
	const char *fault;
	enum state start;
	struct step step;
	uint32_t flushes; /* the change itself does */
	enum answer answer;
};

static const struct change_case table[] = {
	{"TLB-2/rescind/no-read-after-INVLPGB",
	 "TLB-2/rescind/then",
	 STATE_OPEN,
	 {.what = DO_PVALIDATE},
	 0,
	 FAULT_VC},
	{"TLB-2/revoke/no-read-after-INVLPGB",
	 "TLB-2/revoke/then",
	 STATE_OPEN,
	 {.what = DO_RMPADJUST, .operand = SNP_ATTR(1, SNP_PERM_NONE)},
	 0,
	 FAULT_VMPL},
	{"TLB-2/unmap/no-read-after-INVLPGB",
	 "TLB-2/unmap/then",
	 STATE_OPEN,
	 {.what = DO_MAP, .size = 2},
	 0,
	 FAULT_ABSENT},
	{"TLB-2/remap/no-read-after-INVLPGB",
	 "TLB-2/remap/then",
	 STATE_OPEN,
	 {.what = DO_MAP, .frame = 2},
	 0,
	 FAULT_RMP},
	{"TLB-2/RMPUPDATE/no-read-after-it",
	 "TLB-2/RMPUPDATE/then",
	 STATE_OPEN,
	 {.what = DO_RMPUPDATE},
	 1,
	 FAULT_RMP},
	{"TLB-2/PSMASH/no-read-after-it",
	 "TLB-2/PSMASH/then",
	 STATE_VALID_2M,
	 {.what = DO_PSMASH},
	 1,
	 FAULT_SIZE},
};

static uint64_t stale_reads;

static uint64_t reads(void)
{
	return __atomic_load_n(&reader.count, __ATOMIC_SEQ_CST);
}

/* 1 if the reader has read that often, or stopped. */
static uint32_t wait_for_reads(uint64_t n)
{
	uint64_t start = cpu_tsc();

	while (reads() < n && reader.running != 0 && cpu_tsc() - start < WAIT_TICKS) {
		cpu_pause();
	}
	return reads() >= n;
}

static uint32_t wait_for_end(void)
{
	uint64_t start = cpu_tsc();

	while (__atomic_load_n(&reader.running, __ATOMIC_SEQ_CST) != 0 &&
	       cpu_tsc() - start < WAIT_TICKS) {
		cpu_pause();
	}
	return reader.running == 0;
}

/* Reads that went on after the change, for a while. */
static void look_for_stale(void)
{
	uint64_t first = reads();
	uint64_t start = cpu_tsc();

	while (cpu_tsc() - start < LOOK_TICKS && reads() < first + WARM_READS) {
		cpu_pause();
	}
	stale_reads += reads() - first;
}

static void run(const struct change_case *t)
{
	struct page_state start = states[t->start];
	struct step flush = {.what = DO_FLUSH};
	uint32_t warm;
	uint64_t at_flush;

	start.entry.perm[1] = SNP_PERM_ALL;
	rig_set(&start);
	reader_go(DOOR_TEST_GPA);
	warm = wait_for_reads(WARM_READS);
	rig_step(&t->step);
	if (t->flushes == 0) {
		look_for_stale();
		rig_step(&flush);
	}
	at_flush = reads();
	check(t->fault, SOURCE, wait_for_end() != 0 ? rig_fault(&reader.probe) : ANSWER_OTHER,
	      t->answer);
	/* a read that was under way may be counted late */
	check(t->ends, SOURCE, warm != 0 && reads() <= at_flush + 1, 1);
	reader_stop();
}

/* ---- the VMSA page of the vCPU on the second CPU, in use for real ---- */

#define VMSA_SOURCE "24593 15.36.12"
#define UNUSED_WORD 0xff8UL /* of a VMSA page: no field */

static struct probe at_vmsa(uint64_t offset, uint64_t rdx, void (*code)(void))
{
	struct probe p = {.rax = reader_vmsa() + offset, .rdx = rdx, .code = code};

	level_execute(0, &p);
	return p;
}

/* It can be read; RMPADJUST fails; a write waits until the host has taken the vCPU off its CPU. */
static void vmsa_in_use(void)
{
	struct probe p = at_vmsa(0, SNP_ATTR(1, SNP_PERM_NONE) | SNP_ATTR_VMSA, insn_rmpadjust);

	check("VMSA-2/running/RMPADJUST", "24594 RMPADJUST",
	      p.vector == NO_VECTOR ? answer_of_status((uint32_t)p.rax) : ANSWER_OTHER, FAIL_INUSE);
	p = at_vmsa(VMSA_VMPL / 8 * 8, 0, insn_read);
	check("VMSA-2/running/read", VMSA_SOURCE,
	      p.vector == NO_VECTOR ? p.rdx >> VMSA_VMPL % 8 * 8 & 0xffU : ~0UL, 1);
	p = at_vmsa(UNUSED_WORD, TEST_DATA, insn_write);
	check("VMSA-2/running/write-once-it-is-out-of-use", VMSA_SOURCE, p.vector, NO_VECTOR);
	rig_set(&states[STATE_OPEN]);
	reader_go(DOOR_TEST_GPA);
	check("VMSA-2/running/goes-on", VMSA_SOURCE, wait_for_reads(WARM_READS), 1);
	reader_stop();
}

void tlb_smp_cases(struct cpu *c)
{
	if (!reader_start(c)) {
		print("skip TLB-2: one CPU\n");
		return;
	}
	for (uint32_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		run(&table[i]);
	}
	/* without them the cases above would show nothing */
	check("TLB-2/stale-reads-are-seen", SOURCE, stale_reads != 0, 1);
	vmsa_in_use();
	print("TLB-2: %lx reads through a stale translation\n", stale_reads);
}
