/*
 * Fuzz target: streams of requests. The bytes are the state of the pages that everything is about, then calls of
 * three vCPUs (two of VMPL2, one of VMPL3), writes of the guest in between. The host is honest: the module must
 * not end the VM, whatever the guest does; and after each call all must be as sim/check.h and the calls' contracts
 * say.
 */
#include "fuzz/fuzz.h"
#include <string.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include "module/services/request.h"
#include "sim/check.h"
#include "sim/world.h"

#define GPA(pfn)   ((pfn)*PAGE_SIZE)
#define CALLERS	   3U
#define STEPS	   24U
#define ENTRIES	   6U /* of a list, at most */
#define VCPU_PAGES 0x100UL
#define LIST_PAGE  0x120UL

/* Pages that calls name; the state of the first POOL_SET is chosen. */
static const uint64_t pool[] = {
	0x110,		0x111,		0x112,		0x113,		0x114,
	0x115,		0x620,		0x621,		0x622,		0x623,
	LIST_PAGE,	LIST_PAGE + 1,	SIM_VMSA,	SIM_CAA,	VCPU_PAGES,
	VCPU_PAGES + 1, VCPU_PAGES + 4, VCPU_PAGES + 5, SIM_SHARED_2M,	SIM_SHARED_2M + 1,
	SIM_PRIVATE_2M, 0xa00,		SIM_MODULE,	SIM_MODULE + 1, SIM_MODULE_END - 1,
	SIM_MODULE_END, 0x7e00,		SIM_PFNS - 1,	SIM_PFNS,	0x200};
#define POOL	 (sizeof(pool) / sizeof(pool[0]))
#define POOL_SET 10U

static struct bytes input;
static struct sim_vcpu callers[CALLERS];

/* What a call can be compared with afterwards. */
struct before {
	uint16_t entry[POOL];
	struct rmp_entry rmp[POOL];
	struct vcpu_table registry;
	uint64_t vmsa[PAGE_WORDS]; /* the caller's */
};

/* The page, or all of the 2M page that it belongs to. */
static void touch(uint64_t pfn)
{
	uint64_t head = pfn - pfn % PAGES_PER_2M;

	if (pfn < SIM_PFNS && hw_machine.rmp.e[HW_MACHINE_BASE + head].size == SNP_SIZE_2M) {
		world_touch(head, PAGES_PER_2M);
	} else {
		world_touch(pfn, 1);
	}
}

/* ---- the pages at the start ---- */

static void set_page(uint64_t pfn, uint32_t state, uint32_t owner, uint32_t pins)
{
	struct rmp_entry *e = &hw_machine.rmp.e[HW_MACHINE_BASE + pfn];
	uint32_t vmpl;

	e->validated = state == PAGE_GUEST;
	e->perm[0] = state == PAGE_GUEST ? SNP_PERM_ALL : 0;
	for (vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		e->perm[vmpl] =
			state == PAGE_GUEST && vmpl >= 2 && vmpl <= owner ? SNP_PERM_ALL : 0;
	}
	hw_table_poke(pfn, (uint16_t)(page_entry(state, owner) + 256U * pins));
}

static void choose_page(void)
{
	uint64_t pfn = pool[bytes_below(&input, POOL_SET)];
	uint32_t owner = 2 + bytes_below(&input, 2);

	switch (bytes_below(&input, 6)) {
	case 0:
		set_page(pfn, PAGE_GUEST, owner, 0);
		sim_poke(pfn, 0, 0);
		break;
	case 1: /* as it was left: with somebody's secret */
		set_page(pfn, PAGE_SHARED, 0, 0);
		sim_poke(pfn, 0, SIM_CANARY);
		break;
	case 2:
		set_page(pfn, PAGE_GUEST, owner, 0);
		sim_fill_vmsa(pfn, 2 + bytes_below(&input, 2));
		break;
	case 3: /* another CPU of the module is changing it */
		set_page(pfn, PAGE_BUSY, owner, 0);
		break;
	case 4: /* or accessing it */
		set_page(pfn, PAGE_GUEST, owner, bytes_8(&input));
		sim_poke(pfn, 0, 0);
		break;
	default:
		set_page(pfn, PAGE_ABSENT, 0, 0);
		break;
	}
}

/* ---- what the guest does between calls ---- */

static uint64_t choose_pfn(void)
{
	return pool[bytes_below(&input, POOL)];
}

static uint64_t choose_gpa(void)
{
	uint32_t kind = bytes_8(&input);
	uint64_t gpa = GPA(pool[kind % 32 % POOL]);

	switch (kind / 32) {
	case 5:
		return gpa + bytes_16(&input) % PAGE_SIZE;
	case 6:
		return gpa | 1UL << (32 + bytes_below(&input, 32));
	case 7:
		return bytes_64(&input);
	default:
		return gpa;
	}
}

/* The caller as the registry has it now; 0 if it has none any more. */
static int find_caller(struct sim_vcpu *v)
{
	uint32_t slot = vcpu_find_newest(v->cpu, v->vmpl);

	if (slot == VCPU_NONE) {
		return 0;
	}
	v->vmsa = vcpu_table.v[slot].vmsa;
	v->caa = vcpu_table.v[slot].caa;
	return 1;
}

static void guest_write(struct sim_vcpu v)
{
	uint64_t pfn = choose_pfn();
	uint32_t word = bytes_16(&input) % PAGE_WORDS;

	if (pfn < SIM_PFNS) {
		touch(pfn);
		hw_machine_cpu = v.cpu;
		(void)sim_write(v.vmpl, pfn, word, bytes_number(&input));
	}
}

/* A vCPU runs elsewhere, or has left for another reason than a call. */
static void guest_state(struct sim_vcpu v)
{
	static const uint64_t exits[] = {0, SVM_EXIT_NPF, SVM_EXIT_BUSY, SVM_EXIT_INVALID};
	uint32_t vmpl;

	world_touch(v.vmsa, 1);
	if (bytes_below(&input, 2)) {
		(void)machine_vmrun(&hw_machine, HW_MACHINE_BASE + v.vmsa, &vmpl);
	} else {
		sim_poke(v.vmsa, VMSA_EXITCODE / 8, exits[bytes_below(&input, 4)]);
	}
}

/* ---- a call ---- */

static uint64_t choose_entry(void)
{
	uint32_t kind = bytes_8(&input);
	uint64_t entry = GPA(pool[kind % 32 % POOL]) + 4 * (kind / 32 % 4);

	switch (bytes_below(&input, 8)) {
	case 5:
		return entry + 1;
	case 6:
		return entry + 1UL * bytes_16(&input) % PAGE_SIZE;
	case 7:
		return entry | 1UL << bytes_below(&input, 64);
	default:
		return entry;
	}
}

/* As the caller could write it; where it cannot, nothing is written. */
static void write_list(struct sim_vcpu v, uint64_t gpa)
{
	uint32_t count = 1 + bytes_below(&input, ENTRIES), i;
	uint32_t word = (uint32_t)(gpa % PAGE_SIZE / 8);
	uint64_t header = bytes_below(&input, 4) == 3 ? bytes_64(&input) : count;

	if (gpa / PAGE_SIZE >= SIM_PFNS) {
		return;
	}
	hw_machine_cpu = v.cpu;
	touch(gpa / PAGE_SIZE);
	(void)sim_write(v.vmpl, gpa / PAGE_SIZE, word, header);
	for (i = 0; i < count; i++) {
		if (word + 1 + i < PAGE_WORDS) {
			(void)sim_write(v.vmpl, gpa / PAGE_SIZE, word + 1 + i, choose_entry());
		}
	}
}

static struct sim_registers choose_list(struct sim_vcpu v)
{
	struct sim_registers r = {.rax = SIM_CALL(SVSM_PROTOCOL_CORE, SVSM_CORE_PVALIDATE)};

	switch (bytes_below(&input, 4)) {
	case 0:
		r.rcx = GPA(v.caa) + CAA_BUFFER;
		break;
	case 1:
		r.rcx = GPA(LIST_PAGE + 1) - 8UL * bytes_8(&input);
		break;
	default:
		r.rcx = GPA(LIST_PAGE) + 8UL * bytes_8(&input);
		break;
	}
	write_list(v, r.rcx);
	return r;
}

static struct sim_registers choose_call(struct sim_vcpu v)
{
	struct sim_registers r = {0};
	uint32_t kind = bytes_below(&input, 16);

	if (kind < 6) {
		r = choose_list(v);
	} else if (kind < 15) {
		r.rax = SIM_CALL(SVSM_PROTOCOL_CORE, kind - 6);
		r.rcx = choose_gpa();
		r.rdx = choose_gpa();
		r.r8 = bytes_number(&input);
	} else {
		r.rax = bytes_64(&input);
		r.rcx = bytes_number(&input);
	}
	r.r9 = 0x9999;
	return r;
}

/* The registers as the guest leaves them, and why it leaves: 1 in 8 times it is no call. */
static void write_call(struct sim_vcpu v, struct sim_registers r)
{
	uint32_t kind = bytes_below(&input, 8);

	world_touch(v.vmsa, 1);
	world_touch(v.caa, 1);
	hw_machine.rmp.e[HW_MACHINE_BASE + v.vmsa].in_use = 0;
	sim_poke(v.caa, 0, kind == 7 ? bytes_8(&input) : 1);
	sim_poke(v.vmsa, VMSA_RAX / 8, r.rax);
	sim_poke(v.vmsa, VMSA_RCX / 8, r.rcx);
	sim_poke(v.vmsa, VMSA_RDX / 8, r.rdx);
	sim_poke(v.vmsa, VMSA_R8 / 8, r.r8);
	sim_poke(v.vmsa, VMSA_R9 / 8, r.r9);
	sim_poke(v.vmsa, VMSA_EXITCODE / 8, kind == 6 ? SVM_EXIT_NPF : SVM_EXIT_VMGEXIT);
}

/* ---- what must hold after it ---- */

static void expect(int good, const char *what, uint64_t pfn)
{
	if (!good) {
		fuzz_finding("%s (page %#lx)", what, pfn);
	}
}

static void take(struct before *b)
{
	uint32_t i;

	for (i = 0; i < POOL; i++) {
		b->entry[i] = hw_table_peek(pool[i]);
		b->rmp[i] = hw_machine.rmp.e[HW_MACHINE_BASE + pool[i]];
		b->rmp[i].in_use = 0;
	}
	b->registry = vcpu_table;
}

static void check_unchanged(const struct before *b)
{
	static struct before now;
	uint32_t i;

	take(&now);
	for (i = 0; i < POOL; i++) {
		expect(now.entry[i] == b->entry[i] &&
			       memcmp(&now.rmp[i], &b->rmp[i], sizeof(now.rmp[i])) == 0,
		       "a refused call has changed a page", pool[i]);
	}
	expect(memcmp(&now.registry, &b->registry, sizeof(now.registry)) == 0,
	       "a refused call has changed the registry", 0);
}

/* What was busy or pinned at the start still is; nothing else has become it. A caller of VMPL3 takes nothing from
 * VMPL2. */
static void check_pages(struct sim_vcpu v, const struct before *b)
{
	uint32_t i;

	for (i = 0; i < POOL; i++) {
		uint16_t was = b->entry[i], is = hw_table_peek(pool[i]);
		int busy = page_entry_state(was) == PAGE_BUSY;

		expect(busy == (page_entry_state(is) == PAGE_BUSY), "a page is lost", pool[i]);
		expect(page_entry_pins(was) == page_entry_pins(is), "a pin is lost", pool[i]);
		expect(v.vmpl == 2 || page_entry_owner(was) != 2 || was == is,
		       "a page is taken from a level above", pool[i]);
	}
}

/* Of a guest page no level above its owner has a permission: here no guest level has given one. */
static void check_owner(uint64_t spfn, uint64_t pfn)
{
	expect(page_entry_owner(hw_table_peek(pfn)) == 3 || hw_machine.rmp.e[spfn].perm[3] == 0,
	       "a level above the owner has a permission", pfn);
}

static void check_frames(void)
{
	const uint32_t *touched;
	uint32_t count = world_touched(&touched), i;
	const char *wrong = NULL;
	uint64_t pfn = 0;

	for (i = 0; i < count; i++) {
		uint64_t spfn = HW_MACHINE_BASE + touched[i];

		wrong = check_frame(spfn, &pfn);
		expect(wrong == NULL, wrong, pfn);
		if (page_entry_state(hw_table_peek(touched[i])) == PAGE_GUEST) {
			expect(machine_guest_read64(&hw_machine, spfn, 0, 1) != SIM_CANARY,
			       "the guest can read a secret", touched[i]);
			check_owner(spfn, touched[i]);
		}
	}
	wrong = count < 100 ? check_two(touched, count, &pfn) : NULL;
	expect(wrong == NULL, wrong, pfn);
}

/* Registry and ownership table agree, and nobody is being served. */
static void check_registry(void)
{
	uint32_t i;

	for (i = 0; i < VCPUS_MAX; i++) {
		struct vcpu v = vcpu_table.v[i];

		if (!v.used) {
			continue;
		}
		expect(!v.serving, "a vCPU is served for ever", v.vmsa);
		expect(page_entry_state(hw_table_peek(v.vmsa)) == PAGE_VMSA,
		       "a vCPU without its VMSA", v.vmsa);
		expect(v.retired || page_entry_state(hw_table_peek(v.caa)) == PAGE_CAA,
		       "a vCPU without its calling area", v.caa);
		expect(v.vmpl >= 2 && v.vmpl <= 3 && v.apic < SIM_CPUS, "a vCPU that cannot be",
		       v.vmsa);
	}
	for (i = 0; i < POOL; i++) {
		int state = hw_table_peek(pool[i]) % 16;

		expect(state != PAGE_VMSA || vcpu_find_vmsa(pool[i]) != VCPU_NONE,
		       "a VMSA page of no vCPU", pool[i]);
		expect(state != PAGE_CAA || vcpu_find_caa(pool[i]) != VCPU_NONE,
		       "a calling area of no vCPU", pool[i]);
	}
}

static int is_code(uint64_t rax)
{
	return rax == SVSM_SUCCESS ||
	       (rax >= SVSM_UNSUPPORTED_PROTOCOL && rax <= SVSM_INVALID_REQUEST) ||
	       rax == SVSM_FAIL_NOCHANGE || rax == SVSM_FAIL_UNKNOWN ||
	       (rax > SVSM_CORE_ERROR && rax < SVSM_CORE_ERROR + 16);
}

/* Of the caller's VMSA only what a call defines may be written. */
static void check_vmsa(struct sim_vcpu v, const struct before *b)
{
	static const uint16_t offsets[] = {VMSA_RAX, VMSA_RCX, VMSA_RDX, VMSA_R8, VMSA_EFER};
	uint32_t word, i;

	for (word = 0; word < PAGE_WORDS; word++) {
		int may = 0;

		for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
			may |= word == offsets[i] / 8;
		}
		expect(may || sim_peek(v.vmsa, word) == b->vmsa[word], "a register is smashed",
		       v.vmsa);
	}
}

static void check_answer(struct sim_vcpu v, struct sim_registers in, const struct before *b)
{
	struct sim_registers out = sim_result(v);
	int is_list = in.rax == SIM_CALL(SVSM_PROTOCOL_CORE, SVSM_CORE_PVALIDATE);

	expect(is_code(out.rax), "an answer that is no code", out.rax);
	check_vmsa(v, b);
	expect(out.rax == SVSM_SUCCESS ||
		       (out.rcx == in.rcx && out.rdx == in.rdx && out.r8 == in.r8),
	       "a refused call smashes a register", 0);
	expect(sim_peek(v.vmsa, VMSA_EFER / 8) & EFER_SVME, "the vCPU cannot run", v.vmsa);
	if (out.rax != SVSM_SUCCESS && !is_list) {
		check_unchanged(b);
	}
}

/* A vCPU that has changed its calling area, or is another one, has its answer elsewhere. */
static int has_answer(struct sim_vcpu v, uint32_t slot, uint64_t age)
{
	return vcpu_table.v[slot].used && vcpu_table.v[slot].age == age &&
	       vcpu_table.v[slot].vmsa == v.vmsa;
}

static void call(struct sim_vcpu v)
{
	static struct before before;
	struct sim_registers r = choose_call(v);
	uint32_t slot = vcpu_find_newest(v.cpu, v.vmpl);
	uint64_t age = vcpu_table.v[slot].age;
	uint32_t i;
	int end, called;

	write_call(v, r);
	called = sim_pending(v) != 0 && sim_peek(v.vmsa, VMSA_EXITCODE / 8) == SVM_EXIT_VMGEXIT;
	take(&before);
	for (i = 0; i < PAGE_WORDS; i++) {
		before.vmsa[i] = sim_peek(v.vmsa, i);
	}
	hw_machine_cpu = v.cpu;
	end = HW_RUN((void)request_round(v.cpu));
	if (end != 0) {
		struct hw_effect last = hw_trace.e[hw_trace.count - 1];

		fuzz_finding("a guest makes the module end the VM (%#x; effect %u on page %#lx)",
			     (unsigned)end, last.kind, last.pfn);
	}
	expect(!hw_lock_held, "the lock is held for ever", 0);
	check_pages(v, &before);
	check_frames();
	check_registry();
	expect(called || sim_peek(v.vmsa, VMSA_RAX / 8) == r.rax, "no call, and an answer", v.vmsa);
	if (called && has_answer(v, slot, age)) {
		check_answer(v, r, &before);
		expect((sim_peek(vcpu_table.v[slot].caa, 0) & 0xff) == 0, "a call stays pending",
		       vcpu_table.v[slot].caa);
	}
}

/* ---- the target ---- */

static void on_turn(struct hw_effect e)
{
	if (e.kind <= EFFECT_TABLE && e.kind != EFFECT_FLUSH) {
		touch(e.pfn);
	}
}

static void world(void)
{
	uint32_t i;

	sim_reset(NULL);
	callers[0] = sim_startup;
	callers[1] = sim_create(sim_startup, VCPU_PAGES + 1, VCPU_PAGES, 1, 2);
	callers[2] = sim_create(sim_startup, VCPU_PAGES + 5, VCPU_PAGES + 4, 2, 3);
	for (i = 0; i < POOL; i++) {
		if (hw_table_peek(pool[i]) % 16 == PAGE_SHARED) {
			sim_poke(pool[i], 0, SIM_CANARY);
		}
	}
	tlb_flush_all(&hw_machine);
	world_save();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	world();
	return 0;
}

static void step(void)
{
	uint32_t kind = bytes_8(&input);
	struct sim_vcpu v = callers[kind % 4 % CALLERS];

	if (!find_caller(&v)) {
		return;
	}
	switch (kind / 4 % 8) {
	case 6:
		guest_write(v);
		break;
	case 7:
		guest_state(v);
		break;
	default:
		call(v);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t pages, i;

	input = (struct bytes){data, size};
	world_restore();
	hw_trace.count = 0;
	hw_turn = on_turn;
	world_touch(LIST_PAGE, 2);
	for (i = 0; i < POOL_SET; i++) {
		world_touch(pool[i], 1);
	}
	pages = bytes_below(&input, POOL_SET + 1);
	for (i = 0; i < pages; i++) {
		choose_page();
	}
	for (i = 0; i < STEPS && input.left > 0; i++) {
		step();
	}
	return 0;
}
