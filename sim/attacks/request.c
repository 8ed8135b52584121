/* Attacks by what a request says: guest pointers and parsing (catalogue, group 3). */
#include <stddef.h>
#include <verismo/snp.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "sim/attacks/play.h"

#define LIST   0x60UL /* private pages of the attacker; the next one follows the list */
#define VICTIM 0x70UL
#define BAIT   0x71UL
#define VMSA   0x41UL
#define CAA    0x40UL

static const char *list_refused(struct sim_vcpu v, uint64_t gpa, uint64_t code)
{
	return play_core_refused(v, SVSM_CORE_PVALIDATE, gpa, 0, 0, code);
}

/* A list of one entry that could be done, wherever that is. */
static void plant_list(uint64_t pfn, uint32_t word)
{
	sim_poke(pfn, word, 1);
	sim_poke(pfn, word + 1, GPA(VICTIM));
}

/* NULL if this address is refused as every operand of every call. */
static const char *operand_refused(uint64_t gpa)
{
	const char *wrong = list_refused(sim_startup, gpa, SVSM_INVALID_ADDRESS);

	sim_fill_vmsa(VMSA, 2);
	wrong = wrong ? wrong
		      : play_core_refused(sim_startup, SVSM_CORE_REMAP_CA, gpa, 0, 0,
					  SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong
		      : play_core_refused(sim_startup, SVSM_CORE_CREATE_VCPU, GPA(VMSA), gpa, 1,
					  SVSM_INVALID_ADDRESS);
	if (wrong != NULL || gpa / PAGE_SIZE % PAGES_PER_2M == 0) {
		return wrong;
	}
	return play_core_refused(sim_startup, SVSM_CORE_CREATE_VCPU, gpa, GPA(CAA), 1,
				 SVSM_INVALID_ADDRESS);
}

/* ---- AT-068 ---- */

static struct attack_outcome ptr_not_validated(void)
{
	static const uint64_t bad[] = {
		GPA(BAIT),	GPA(SIM_SHARED + 1), GPA(SIM_SHARED_2M), GPA(SIM_ABSENT + 1),
		GPA(SIM_PFNS),	GPA(SIM_PFNS + 1),   1UL << 38,		 1UL << 39,
		GPA(1UL << 40), ~0UL - 0xfff,
	};
	const char *wrong = play_succeeds(play_pvalidate(sim_startup, GPA(BAIT)), "rescind");
	uint32_t i;

	for (i = 0; i < LENGTH(bad) && wrong == NULL; i++) {
		wrong = operand_refused(bad[i]);
	}
	return play_judge(wrong, "each operand is INVALID_ADDRESS before anything is read");
}

/* ---- AT-069 ---- */

static struct attack_outcome ptr_into_svsm(void)
{
	static const uint64_t inside[] = {SIM_MODULE, SIM_MODULE + 1, SIM_MODULE + 0x101,
					  SIM_MODULE_END - 1};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(inside) && wrong == NULL; i++) {
		plant_list(inside[i], 0);
		plant_list(inside[i], PAGE_WORDS - 2);
		wrong = operand_refused(GPA(inside[i]));
		wrong = wrong ? wrong
			      : list_refused(sim_startup, GPA(inside[i]) + PAGE_SIZE - 16,
					     SVSM_INVALID_ADDRESS);
	}
	return play_judge(wrong, "no operand in the module is read or written: INVALID_ADDRESS");
}

/* ---- AT-070 ---- */

/* A VMSA whose VMPL byte is the `next` of a list, with an entry that can be done. */
static void plant_in_vmsa(uint64_t pfn)
{
	sim_poke(pfn, VMSA_VMPL / 8, 3 + (2UL << (VMSA_VMPL % 8 * 8)));
	sim_poke(pfn, VMSA_VMPL / 8 + 3, GPA(VICTIM));
}

static struct attack_outcome ptr_into_vmsa(void)
{
	static const uint64_t vmsas[] = {VMSA, SIM_VMSA};
	const char *wrong;
	uint32_t i;

	sim_fill_vmsa(VMSA, 2);
	plant_in_vmsa(VMSA);
	plant_in_vmsa(SIM_VMSA);
	wrong = play_succeeds(
		play_call(sim_startup, play_core(SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(CAA), 1)),
		"CREATE_VCPU");
	for (i = 0; i < LENGTH(vmsas) && wrong == NULL; i++) {
		uint64_t gpa = GPA(vmsas[i]) + VMSA_VMPL / 8 * 8;

		wrong = list_refused(sim_startup, gpa, SVSM_INVALID_ADDRESS);
		if (sim_peek(vmsas[i], VMSA_VMPL / 8) / 0x10000 % 256 != 2) {
			return attack_won("the module changes the VMPL of an accepted VMSA to %lu",
					  sim_peek(vmsas[i], VMSA_VMPL / 8) / 0x10000 % 256);
		}
	}
	return play_judge(wrong, "the cursor of a list is never written into a VMSA");
}

/* ---- AT-071 ---- */

static struct attack_outcome ptr_upward(void)
{
	struct sim_vcpu low = play_low();
	const char *wrong;

	/* What the list asks for is VMPL3's to ask for. */
	attack_give_vmpl3(BAIT, 1);
	sim_poke(LIST, 0, 1);
	sim_poke(LIST, 1, GPA(BAIT));
	wrong = list_refused(low, GPA(LIST), SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong : play_entry_refused(low, GPA(VICTIM), SVSM_INVALID_ADDRESS);
	sim_fill_vmsa(VMSA, 3);
	wrong = wrong ? wrong
		      : play_core_refused(low, SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(CAA), 1,
					  SVSM_INVALID_ADDRESS);
	wrong = wrong ? wrong
		      : play_core_refused(low, SVSM_CORE_REMAP_CA, GPA(CAA), 0, 0,
					  SVSM_INVALID_ADDRESS);
	return play_judge(wrong, "VMPL3 cannot name a page of VMPL2: INVALID_ADDRESS");
}

/* ---- AT-072 ---- */

static struct attack_outcome list_shape(void)
{
	static const struct {
		uint64_t offset;
		uint64_t header;
	} shapes[] = {
		{0, 0},	      {0, 512},	       {8, 511},	{0, 0xffff},
		{0xff8, 1},   {0xff0, 2},      {0x800, 256},	{0, 0x10001},
		{0, 0x50003}, {0, 0xffff0003}, {0, 0xffffffff}, {0xff8, 0},
	};
	const char *wrong = NULL;
	uint32_t i;

	sim_poke(LIST + 1, 0, GPA(VICTIM));
	for (i = 0; i < LENGTH(shapes) && wrong == NULL; i++) {
		uint32_t word = (uint32_t)(shapes[i].offset / 8);

		sim_poke(LIST, word, shapes[i].header);
		if (word + 1 < PAGE_WORDS) {
			sim_poke(LIST, word + 1, GPA(VICTIM));
		}
		wrong = list_refused(sim_startup, GPA(LIST) + shapes[i].offset,
				     SVSM_INVALID_PARAMETER);
	}
	for (i = 1; i < 8 && wrong == NULL; i++) {
		plant_list(LIST, 0);
		wrong = list_refused(sim_startup, GPA(LIST) + i, SVSM_INVALID_PARAMETER);
	}
	return play_judge(wrong, "no entry of a list out of shape is done: INVALID_PARAMETER");
}

/* ---- AT-073 ---- */

/* Has the module begun to read this word of the list? */
static int has_read(uint32_t word)
{
	uint32_t i;

	for (i = 0; i < hw_trace.count; i++) {
		struct hw_effect e = hw_trace.e[i];

		if (e.kind == EFFECT_READ && e.pfn == LIST && e.argument == word) {
			return 1;
		}
	}
	return 0;
}

static int read_before; /* the word to be changed had been read when it was changed */
static struct {
	uint32_t word;
	uint64_t value;
} change;

/* By a vCPU on another CPU. */
static void change_list(struct hw_effect e)
{
	uint32_t cpu = hw_machine_cpu;

	(void)e;
	read_before = has_read(change.word);
	hw_machine_cpu = 1;
	(void)sim_write(2, LIST, change.word, change.value);
	hw_machine_cpu = cpu;
}

/* NULL if a change before that effect counts only if the word had not been read yet. */
static const char *change_at(uint32_t place)
{
	uint64_t code;

	play_restore();
	read_before = 0;
	play_at(place, change_list);
	code = play_call(sim_startup, play_core(SVSM_CORE_PVALIDATE, GPA(LIST), 0, 0));
	if (code >= PLAY_END) {
		return play_text("changed before effect %u: the module ends (%#lx)", place, code);
	}
	if (read_before &&
	    (code != SVSM_SUCCESS || page_entry_state(page_look(VICTIM)) != PAGE_SHARED ||
	     page_entry_state(page_look(BAIT)) != PAGE_GUEST)) {
		return play_text("changed before effect %u, when it had been read, a word counts",
				 place);
	}
	return NULL;
}

static struct attack_outcome list_double_fetch(void)
{
	/* One entry more; `next` beyond the end; a page of the module. */
	static const uint64_t values[] = {2, 0xffff, 0x70002, GPA(SIM_MODULE), 0xfff};
	const char *wrong = NULL;
	uint32_t places = 0;
	uint32_t i, place;

	plant_list(LIST, 0);
	sim_poke(LIST, 2, GPA(BAIT));
	play_save();
	for (i = 0; i < LENGTH(values) && wrong == NULL; i++) {
		change.word = i < 3 ? 0 : 1;
		change.value = values[i];
		for (place = 0; (place == 0 || play_over()) && wrong == NULL; place++) {
			wrong = change_at(place);
			places++;
		}
	}
	(void)play_over();
	return play_judge(wrong, "at %u places: what was read once is what counts", places);
}

/* ---- AT-085 ---- */

#define PANIC_CALLS 6000U
#define PANIC_PAGE  0x40UL /* the attacker's */
#define PANIC_PAGES 16UL

static uint64_t chance_state;

/* Any number below bound. */
static uint64_t chance(uint64_t bound)
{
	chance_state = chance_state * 6364136223846793005UL + 1442695040888963407UL;
	return (chance_state >> 33) % bound;
}

/* A page of the attacker, of a vCPU, or one that is not theirs. */
static uint64_t any_page(void)
{
	static const uint64_t pfns[] = {
		SIM_MODULE,    0x8100,	       SIM_MODULE_END - 1, SIM_SHARED,
		SIM_SHARED_2M, SIM_PRIVATE_2M, SIM_ABSENT,	   SIM_PFNS - 1,
		SIM_PFNS,      1UL << 27,      PAGES_PER_2M,	   SIM_VMSA,
		SIM_CAA,       0x400,	       ~0UL / PAGE_SIZE,
	};
	struct vcpu v = vcpu_table.v[chance(8)];

	switch (chance(6)) {
	case 0:
		return v.used ? v.vmsa : VMSA;
	case 1:
		return v.used ? v.caa : CAA;
	case 2:
		return pfns[chance(LENGTH(pfns))];
	default:
		return PANIC_PAGE + chance(PANIC_PAGES);
	}
}

/* Its address, or one a bit beside. */
static uint64_t any_gpa(void)
{
	static const uint64_t offsets[] = {1, 4, 8, 0x600, 0xff8, 0xfff};

	return GPA(any_page()) + (chance(8) ? 0 : offsets[chance(LENGTH(offsets))]);
}

/* Pages that can be a list or a VMSA: the calling area, and the attacker's while they are guest pages. */
static void any_content(uint64_t caa)
{
	const uint64_t lists[] = {caa, LIST};
	uint64_t pfn;
	uint32_t i, word;

	for (i = 0; i < LENGTH(lists); i++) {
		sim_poke(lists[i], 1, chance(8) ? 1 + chance(4) : chance(0x100000));
		for (word = 2; word < 6; word++) {
			sim_poke(lists[i], word, GPA(any_page()) + 4 * chance(chance(8) ? 4 : 8));
		}
	}
	for (pfn = PANIC_PAGE; pfn < PANIC_PAGE + PANIC_PAGES; pfn++) {
		if (page_entry_state(page_look(pfn)) == PAGE_GUEST && chance(4) == 0) {
			sim_fill_vmsa(pfn, 1 + (uint32_t)chance(3));
		}
	}
}

static struct sim_registers any_call(uint64_t caa)
{
	struct sim_registers r =
		play_core(chance(chance(4) ? 4 : 9), any_gpa(), any_gpa(), 1 + chance(4));

	if (r.rax == SVSM_CORE_PVALIDATE && chance(4)) {
		r.rcx = GPA(chance(2) ? caa : LIST) + CAA_BUFFER;
	}
	r.rax += chance(20) == 0 ? chance(4) << 32 : 0;
	return r;
}

/* One call of any vCPU; 0, or why the module ended the VM. */
static int any_step(void)
{
	struct vcpu v = vcpu_table.v[chance(8)];
	struct sim_registers r;
	uint32_t level;

	if (!v.used || v.retired) {
		v = vcpu_table.v[0];
	}
	any_content(v.caa);
	r = any_call(v.caa);
	sim_poke(v.caa, 0, chance(20) ? 1 : chance(256));
	sim_poke(v.vmsa, VMSA_RAX / 8, r.rax);
	sim_poke(v.vmsa, VMSA_RCX / 8, r.rcx);
	sim_poke(v.vmsa, VMSA_RDX / 8, r.rdx);
	sim_poke(v.vmsa, VMSA_R8 / 8, r.r8);
	sim_poke(v.vmsa, VMSA_EXITCODE / 8, chance(20) ? SVM_EXIT_VMGEXIT : chance(0x500));
	return play_round(v.apic, &level);
}

static struct attack_outcome guest_panic(void)
{
	uint32_t i;
	int reason;

	chance_state = 0x5eed;
	(void)play_other();
	(void)play_low();
	for (i = 0; i < PANIC_CALLS; i++) {
		reason = any_step();
		if (reason != 0) {
			return attack_won("request %u of chance ends the module (%#x)", i,
					  (unsigned)reason);
		}
	}
	sim_startup.caa = vcpu_table.v[0].caa;
	return play_judge(NULL, "%u requests of chance, and the module serves the next",
			  PANIC_CALLS);
}

/* ---- AT-086 ---- */

#define ENTRIES_MAX 511U /* of a list that begins with its page */

static uintptr_t deepest; /* address of the stack */

static void measure(struct hw_effect e)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	(void)e;
	deepest = here < deepest ? here : deepest;
}

/* The stack that a list of so many entries needs; each rescinds a page, or validates it. */
static uintptr_t stack_of(uint32_t entries, uint64_t flags, uint64_t *code)
{
	uint32_t i;

	sim_poke(LIST, 0, entries);
	for (i = 0; i < entries; i++) {
		sim_poke(LIST, 1 + i, GPA(VICTIM + i) + flags);
	}
	deepest = UINTPTR_MAX;
	play_watch(measure);
	*code = play_call(sim_startup, play_core(SVSM_CORE_PVALIDATE, GPA(LIST), 0, 0));
	(void)play_over();
	return UINTPTR_MAX - deepest;
}

static struct attack_outcome stack_exhaust(void)
{
	static const uint64_t flags[] = {0, ENTRY_VALIDATE};
	uint64_t code, codes;
	uint32_t i;

	for (i = 0; i < LENGTH(flags); i++) {
		uintptr_t one = stack_of(1, flags[i], &code);
		uintptr_t many = stack_of(ENTRIES_MAX, flags[i] + ENTRY_IGNORE, &codes);

		if (code != SVSM_SUCCESS || codes != SVSM_SUCCESS) {
			return attack_won("lists are answered %#lx and %#lx", code, codes);
		}
		if (many > one) {
			return attack_won("%u entries need %lu bytes of stack more than one",
					  ENTRIES_MAX, (unsigned long)(many - one));
		}
	}
	return play_judge(NULL, "the longest list needs no more stack than the shortest");
}

/* ---- AT-087 ---- */

/* NULL if the call with this pending byte is INVALID_FORMAT. */
static const char *format_refused(uint8_t pending)
{
	struct sim_registers r = play_core(SVSM_CORE_REMAP_CA, GPA(VICTIM), 0, 0);
	uint64_t before = sim_digest();
	uint32_t level = 0;

	sim_prepare(sim_startup, r, pending);
	if (play_round(0, &level) != 0 || sim_result(sim_startup).rax != SVSM_INVALID_FORMAT ||
	    sim_digest() != before) {
		return play_text("pending = %u is answered %#lx, and something changes", pending,
				 sim_result(sim_startup).rax);
	}
	return NULL;
}

static struct attack_outcome unknown_call(void)
{
	static const uint64_t calls[] = {4, 5, 8, 9, 0x100, 0x80000000, 0xffffffff};
	static const uint64_t protocols[] = {1, 2, 3, 4, 0x80000000, 0xffffffff};
	const char *wrong = NULL;
	uint32_t i;

	for (i = 0; i < LENGTH(calls) && wrong == NULL; i++) {
		wrong = play_core_refused(sim_startup, calls[i], GPA(VICTIM), 0, 0,
					  SVSM_UNSUPPORTED_CALL);
	}
	for (i = 0; i < LENGTH(protocols) && wrong == NULL; i++) {
		struct sim_registers r = play_core(SVSM_CORE_REMAP_CA, GPA(VICTIM), 0, 0);

		r.rax = SIM_CALL(protocols[i], SVSM_CORE_REMAP_CA);
		wrong = play_refused(sim_startup, r, SVSM_UNSUPPORTED_PROTOCOL);
	}
	for (i = 2; i < 256 && wrong == NULL; i++) {
		wrong = format_refused((uint8_t)i);
	}
	return play_judge(wrong, "UNSUPPORTED_PROTOCOL, UNSUPPORTED_CALL, INVALID_FORMAT: no more");
}

/* ---- AT-088 ---- */

/* Linux repeats a call for ever that makes no progress: how often until the list is done? */
static const char *list_ends(void)
{
	const uint64_t entries[] = {GPA(VICTIM), GPA(SIM_MODULE), GPA(BAIT), 0xfff, GPA(CAA)};
	uint32_t rounds = 0;
	uint64_t code;

	sim_list(sim_startup, GPA(LIST), LENGTH(entries), 0, entries, LENGTH(entries));
	do {
		uint32_t next;

		code = play_call(sim_startup, play_core(SVSM_CORE_PVALIDATE, GPA(LIST), 0, 0));
		next = (uint32_t)(sim_peek(LIST, 0) / 0x10000);
		if (code != SVSM_SUCCESS && next < LENGTH(entries)) {
			/* The guest gives up the entry that is refused. */
			sim_poke(LIST, 0, LENGTH(entries) + (next + 1) * 0x10000UL);
		}
		rounds++;
	} while (code != SVSM_SUCCESS && rounds < 10);
	return rounds == 3 ? NULL : play_text("a list of 5 takes %u calls (%#lx)", rounds, code);
}

static struct attack_outcome busy_forever(void)
{
	const struct sim_registers calls[] = {
		play_core(SVSM_CORE_REMAP_CA, GPA(SIM_CAA), 0, 0),
		play_core(SVSM_CORE_REMAP_CA, GPA(SIM_MODULE), 0, 0),
		play_core(SVSM_CORE_CREATE_VCPU, GPA(SIM_MODULE + 1), GPA(CAA), 1),
		play_core(SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(CAA), 1),
		play_core(SVSM_CORE_CREATE_VCPU, GPA(VMSA), GPA(CAA), 1),
		play_core(SVSM_CORE_DELETE_VCPU, GPA(SIM_VMSA), 0, 0),
		play_core(SVSM_CORE_DELETE_VCPU, GPA(VMSA), 0, 0),
		play_core(SVSM_CORE_PVALIDATE, GPA(SIM_MODULE), 0, 0),
	};
	uint64_t code;
	uint32_t i;

	sim_fill_vmsa(VMSA, 2);
	for (i = 0; i < LENGTH(calls); i++) {
		code = play_call(sim_startup, calls[i]);
		if (code >= PLAY_END || code == SVSM_BUSY || code == SVSM_INCOMPLETE) {
			return attack_won("call %u does not come to its end (%#lx)", i, code);
		}
	}
	return play_judge(list_ends(), "each call ends, and each PVALIDATE gets on with its list");
}

const struct attack attacks_request[] = {
	{"AT-068", "ptr-not-validated", "guest",
	 "pages that are not validated, and addresses beyond memory, as every operand",
	 "module/guest/access.c: operand_hold", "operand_hold: refused, pinned",
	 "tests/attacks/operand-unasked.patch", ptr_not_validated},
	{"AT-069", "ptr-into-svsm", "guest",
	 "a list, calling area or VMSA in the module, where the bytes happen to be a list",
	 "module/guest/access.c: operand_hold", "operand_hold: held",
	 "tests/attacks/operand-unasked.patch", ptr_into_svsm},
	{"AT-070", "ptr-into-vmsa", "guest",
	 "a PVALIDATE list in an accepted VMSA, whose VMPL byte is the list's cursor",
	 "module/guest/page.c: page_pin", "page_pin: pinned", "proof/red/operand-unpinned.patch",
	 ptr_into_vmsa},
	{"AT-071", "ptr-upward", "guest", "VMPL3 names pages of VMPL2 as operands",
	 "module/guest/page.c: page_pin, page_entry_is_takeable", "page_pin: pinned",
	 "tests/attacks/pin-any-level.patch", ptr_upward},
	{"AT-072", "list-shape", "guest",
	 "lists that are empty, reach beyond their page, or begin beyond their end",
	 "module/services/pvalidate.c: list_decode", "list_decode: code",
	 "proof/red/list-beyond-page.patch", list_shape},
	{"AT-073", "list-double-fetch", "guest",
	 "another vCPU changes count, cursor or entry before any effect of PVALIDATE",
	 "module/services/pvalidate.c: list_process", "list_process: bound, progress",
	 "proof/red/list-double-fetch.patch", list_double_fetch},
	{"AT-085", "guest-panic", "guest", "requests of chance, by vCPUs of VMPL2 and VMPL3",
	 "module/services/: every refusal is a result code", "core_call: half",
	 "tests/attacks/guest-panic.patch", guest_panic},
	{"AT-086", "stack-exhaust", "guest", "the longest list there can be",
	 "module/services/pvalidate.c: list_process is a loop", "list_process",
	 "tests/attacks/stack-exhaust.patch", stack_exhaust},
	{"AT-087", "unknown-call", "guest",
	 "unknown protocols and calls, and pending bytes of 2 to 255",
	 "module/services/request.c: request_execute, request_dispatch", "request_execute: format",
	 "tests/attacks/pending-any.patch", unknown_call},
	{"AT-088", "busy-forever", "both",
	 "calls of every kind after each other, and a list that is repeated until it is done",
	 "module/services/core.c: core_remap_ca gives the lock back", "core_remap_ca: inv",
	 "proof/red/remap-lock-leak.patch", busy_forever},
	{0},
};
