/* A guest under the module, for native tests. */
#include "sim/guest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/range.h"
#include "module/guest/vcpu.h"
#include "module/hw/hw.h"
#include "module/services/request.h"

struct sim_vcpu sim_startup = {.vmsa = SIM_VMSA, .caa = SIM_CAA, .cpu = 0, .vmpl = 2};

/* ---- memory ---- */

static void assign(uint64_t pfn, uint32_t size)
{
	struct rmp_update u = {
		.gpfn = pfn, .asid = MACHINE_ASID, .assigned = 1, .size = (uint8_t)size};

	assert_int_equal(machine_rmpupdate(&hw_machine, HW_MACHINE_BASE + pfn, u), SNP_OK);
	assert_int_equal(machine_nested_set(&hw_machine, pfn, HW_MACHINE_BASE + pfn, 1, size),
			 SNP_OK);
}

static void validate(uint64_t pfn, uint32_t size)
{
	struct insn_result r = machine_pvalidate(&hw_machine, 0, pfn, size, 1);

	assert_int_equal(r.fault, INSN_DONE);
	assert_int_equal(r.eax + r.carry, 0);
	r = machine_rmpadjust(&hw_machine, 0, pfn, size, SNP_ATTR(2, SNP_PERM_ALL));
	assert_int_equal(r.fault, INSN_DONE);
	assert_int_equal(r.eax, SNP_OK);
}

static void set_states(uint64_t pfn, uint64_t end, uint32_t state, uint32_t owner)
{
	for (; pfn < end; pfn++) {
		page_set_initial(pfn, state, owner);
	}
}

static void build_private(void)
{
	uint64_t pfn;

	for (pfn = SIM_PRIVATE; pfn < SIM_SHARED_2M; pfn++) {
		assign(pfn, SNP_SIZE_4K);
		validate(pfn, SNP_SIZE_4K);
	}
	assign(SIM_PRIVATE_2M, SNP_SIZE_2M);
	validate(SIM_PRIVATE_2M, SNP_SIZE_2M);
	set_states(SIM_PRIVATE, SIM_SHARED_2M, PAGE_GUEST, 2);
	set_states(SIM_PRIVATE_2M, SIM_ABSENT, PAGE_GUEST, 2);
}

static void build_shared(void)
{
	uint64_t pfn;

	assign(SIM_SHARED_2M, SNP_SIZE_2M);
	for (pfn = SIM_SHARED; pfn < SIM_PRIVATE_2M; pfn++) {
		assign(pfn, SNP_SIZE_4K);
	}
	for (pfn = SIM_BELOW; pfn < SIM_MODULE; pfn++) {
		assign(pfn, SNP_SIZE_4K);
	}
	for (pfn = SIM_ABOVE; pfn < SIM_PFNS; pfn++) {
		assign(pfn, SNP_SIZE_4K);
	}
	set_states(SIM_SHARED_2M, SIM_PRIVATE_2M, PAGE_SHARED, 0);
	set_states(SIM_BELOW, SIM_MODULE, PAGE_SHARED, 0);
	set_states(SIM_ABOVE, SIM_PFNS, PAGE_SHARED, 0);
}

static void build_module(void)
{
	uint64_t pfn;

	for (pfn = SIM_MODULE; pfn < SIM_MODULE_END; pfn++) {
		assert_int_equal(machine_launch_page(&hw_machine, HW_MACHINE_BASE + pfn, pfn, 0),
				 SNP_OK);
		assert_int_equal(machine_nested_set(&hw_machine, pfn, HW_MACHINE_BASE + pfn, 1, 0),
				 SNP_OK);
	}
	set_states(SIM_MODULE, SIM_MODULE_END, PAGE_MODULE, 0);
}

static void build_startup(void)
{
	uint32_t attributes = SNP_ATTR(2, SNP_PERM_R) + SNP_ATTR_VMSA;
	uint32_t i;

	for (i = 0; i < VCPUS_MAX; i++) {
		vcpu_clear(i);
	}
	sim_poke(SIM_CAA, 0, 0);
	sim_fill_vmsa(SIM_VMSA, 2);
	assert_int_equal(machine_rmpadjust(&hw_machine, 0, SIM_VMSA, SNP_SIZE_4K, attributes).eax,
			 SNP_OK);
	page_set_initial(SIM_VMSA, PAGE_VMSA, 2);
	page_set_initial(SIM_CAA, PAGE_CAA, 2);
	vcpu_register_startup(SIM_VMSA, SIM_CAA, 0, 2, SIM_FEATURES);
}

int sim_reset(void **state)
{
	static int once;

	(void)state;
	hw_machine_reset();
	if (!once) {
		range_init(39);
		page_table_init(SIM_PFNS);
		vcpu_init(SIM_CPUS);
		once = 1;
	}
	build_private();
	build_shared();
	build_module();
	build_startup();
	hw_trace.count = 0;
	return 0;
}

/* ---- accesses ---- */

enum access_verdict sim_read(uint32_t vmpl, uint64_t pfn, uint32_t word, uint64_t *value)
{
	struct access a = machine_access(&hw_machine, hw_machine_cpu, vmpl, pfn, 1, ACCESS_READ);

	if (a.verdict == ACCESS_OK) {
		*value = machine_guest_read64(&hw_machine, a.spfn, word, 1);
	}
	return a.verdict;
}

enum access_verdict sim_write(uint32_t vmpl, uint64_t pfn, uint32_t word, uint64_t value)
{
	struct access a = machine_access(&hw_machine, hw_machine_cpu, vmpl, pfn, 1, ACCESS_WRITE);

	if (a.verdict == ACCESS_OK) {
		machine_guest_write64(&hw_machine, a.spfn, word, 1, value);
	}
	return a.verdict;
}

uint64_t sim_get(uint32_t vmpl, uint64_t pfn, uint32_t word)
{
	uint64_t value = 0;

	assert_int_equal(sim_read(vmpl, pfn, word, &value), ACCESS_OK);
	return value;
}

void sim_put(uint32_t vmpl, uint64_t pfn, uint32_t word, uint64_t value)
{
	assert_int_equal(sim_write(vmpl, pfn, word, value), ACCESS_OK);
}

uint64_t sim_peek(uint64_t pfn, uint32_t word)
{
	return machine_guest_read64(&hw_machine, HW_MACHINE_BASE + pfn, word, 1);
}

void sim_poke(uint64_t pfn, uint32_t word, uint64_t value)
{
	machine_guest_write64(&hw_machine, HW_MACHINE_BASE + pfn, word, 1, value);
}

struct rmp_entry sim_rmp(uint64_t pfn)
{
	uint64_t spfn = hw_machine.nested.e[pfn].spfn;
	uint64_t head = spfn - spfn % PAGES_PER_2M;

	if (hw_machine.rmp.e[head].assigned && hw_machine.rmp.e[head].size == SNP_SIZE_2M) {
		return hw_machine.rmp.e[head];
	}
	return hw_machine.rmp.e[spfn];
}

/* ---- calls ---- */

void sim_prepare(struct sim_vcpu v, struct sim_registers r, uint8_t pending)
{
	uint64_t word = sim_get(v.vmpl, v.caa, 0);

	sim_put(v.vmpl, v.caa, 0, (word & ~0xffUL) | pending);
	sim_poke(v.vmsa, VMSA_RAX / 8, r.rax);
	sim_poke(v.vmsa, VMSA_RCX / 8, r.rcx);
	sim_poke(v.vmsa, VMSA_RDX / 8, r.rdx);
	sim_poke(v.vmsa, VMSA_R8 / 8, r.r8);
	sim_poke(v.vmsa, VMSA_R9 / 8, r.r9);
	sim_poke(v.vmsa, VMSA_EXITCODE / 8, SVM_EXIT_VMGEXIT);
}

struct sim_registers sim_result(struct sim_vcpu v)
{
	struct sim_registers r = {
		.rax = sim_peek(v.vmsa, VMSA_RAX / 8),
		.rcx = sim_peek(v.vmsa, VMSA_RCX / 8),
		.rdx = sim_peek(v.vmsa, VMSA_RDX / 8),
		.r8 = sim_peek(v.vmsa, VMSA_R8 / 8),
		.r9 = sim_peek(v.vmsa, VMSA_R9 / 8),
	};

	return r;
}

uint8_t sim_pending(struct sim_vcpu v)
{
	return (uint8_t)(sim_peek(v.caa, 0) % 256);
}

struct sim_registers sim_call(struct sim_vcpu v, struct sim_registers r)
{
	sim_prepare(v, r, 1);
	hw_machine_cpu = v.cpu;
	assert_int_equal(request_round(v.cpu), v.vmpl);
	assert_int_equal(sim_pending(v), 0);
	assert_true(sim_peek(v.vmsa, VMSA_EFER / 8) & EFER_SVME);
	assert_int_equal(hw_lock_held, 0);
	return sim_result(v);
}

uint64_t sim_core(struct sim_vcpu v, uint64_t call, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	struct sim_registers r = {
		.rax = SIM_CALL(SVSM_PROTOCOL_CORE, call), .rcx = rcx, .rdx = rdx, .r8 = r8};

	return sim_call(v, r).rax;
}

void sim_refused(struct sim_vcpu v, uint64_t call, uint64_t rcx, uint64_t rdx, uint64_t r8,
		 uint64_t code)
{
	struct sim_registers in = {SIM_CALL(SVSM_PROTOCOL_CORE, call), rcx, rdx, r8, 0x9999};
	uint64_t before = sim_digest();
	struct sim_registers out = sim_call(v, in);

	assert_int_equal(out.rax, code);
	assert_int_equal(out.rcx, rcx);
	assert_int_equal(out.rdx, rdx);
	assert_int_equal(out.r8, r8);
	assert_int_equal(out.r9, 0x9999);
	assert_int_equal(sim_digest(), before);
}

/* ---- digest ---- */

static uint64_t mix(uint64_t digest, uint64_t value)
{
	return (digest ^ value) * 0x100000001b3UL ^ digest >> 29;
}

static uint64_t mix_rmp(uint64_t digest, struct rmp_entry e)
{
	digest = mix(digest, e.gpfn + ((uint64_t)e.asid << 32));
	digest = mix(digest, e.assigned + 2UL * e.validated + 4UL * e.size + 8UL * e.vmsa);
	return mix(digest, e.perm[0] + 16UL * e.perm[1] + 256UL * e.perm[2] + 4096UL * e.perm[3]);
}

static uint64_t mix_vcpu(uint64_t digest, struct vcpu v)
{
	digest = mix(digest, v.vmsa + (v.caa << 32));
	digest = mix(digest, v.age);
	digest = mix(digest, v.apic + ((uint64_t)v.vmpl << 32));
	return mix(digest, v.used + 2UL * v.startup + 4UL * v.retired + 8UL * v.serving);
}

uint64_t sim_digest(void)
{
	uint64_t digest = 0xcbf29ce484222325UL;
	uint64_t pfn;
	uint32_t i;

	for (i = 0; i < VCPUS_MAX; i++) {
		digest = mix_vcpu(digest, vcpu_get(i));
	}
	for (pfn = 0; pfn < SIM_PFNS; pfn++) {
		digest = mix(digest, page_look(pfn));
		digest = mix_rmp(digest, hw_machine.rmp.e[HW_MACHINE_BASE + pfn]);
		if (!hw_machine.memory.touched[HW_MACHINE_BASE + pfn] ||
		    vcpu_find_vmsa(pfn) != VCPU_NONE) {
			continue;
		}
		for (i = 0; i < PAGE_WORDS; i++) {
			digest = mix(digest, dram_read64(HW_MACHINE_BASE + pfn, i));
		}
	}
	return digest;
}

/* ---- vCPUs and lists ---- */

void sim_fill_vmsa(uint64_t pfn, uint32_t vmpl)
{
	uint32_t i;

	for (i = 0; i < PAGE_WORDS; i++) {
		sim_poke(pfn, i, 0);
	}
	sim_poke(pfn, VMSA_VMPL / 8, (uint64_t)vmpl << (VMSA_VMPL % 8 * 8));
	sim_poke(pfn, VMSA_EFER / 8, EFER_SVME | 0x500);
	sim_poke(pfn, VMSA_SEV_FEATURES / 8, SIM_FEATURES);
}

struct sim_vcpu sim_create(struct sim_vcpu by, uint64_t vmsa, uint64_t caa, uint32_t cpu,
			   uint32_t vmpl)
{
	struct sim_vcpu v = {.vmsa = vmsa, .caa = caa, .cpu = cpu, .vmpl = vmpl};

	sim_fill_vmsa(vmsa, vmpl);
	assert_int_equal(
		sim_core(by, SVSM_CORE_CREATE_VCPU, vmsa * PAGE_SIZE, caa * PAGE_SIZE, cpu),
		SVSM_SUCCESS);
	return v;
}

void sim_list(struct sim_vcpu v, uint64_t gpa, uint64_t entries, uint64_t next,
	      const uint64_t *entry, uint32_t count)
{
	uint32_t word = (uint32_t)(gpa % PAGE_SIZE / 8);
	uint32_t i;

	sim_put(v.vmpl, gpa / PAGE_SIZE, word, entries + next * 0x10000);
	for (i = 0; i < count; i++) {
		sim_put(v.vmpl, gpa / PAGE_SIZE, word + 1 + i, entry[i]);
	}
}

uint64_t sim_pvalidate(struct sim_vcpu v, uint64_t entry)
{
	uint64_t gpa = v.caa * PAGE_SIZE + CAA_BUFFER;

	sim_list(v, gpa, 1, 0, &entry, 1);
	return sim_core(v, SVSM_CORE_PVALIDATE, gpa, 0, 0);
}
