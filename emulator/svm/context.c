/* VMSA page to running vCPU and back. */
#include <emulator/svm/context.h>
#include <emulator/svm/x86.h>
#include <emulator/svm/nested.h>
#include <emulator/svm/memory.h>

static struct context contexts[SVM_CPUS][SNP_VMPLS];
static uint8_t io_map[0x3000] __attribute__((aligned(4096)));
static uint8_t msr_map[0x2000] __attribute__((aligned(4096)));

/* Lets the guest read (and write) an MSR without an exit. */
static void msr_allow(uint32_t msr, uint32_t write)
{
	uint32_t bit = (msr & 0x1fffU) * 2U + (msr >= 0xc0000000U ? 0x800U * 8U : 0U);

	msr_map[bit / 8U] &= (uint8_t) ~((write != 0 ? 3U : 1U) << bit % 8U);
}

static void msr_map_init(void)
{
	memory_fill(msr_map, 0xff, sizeof(msr_map));
	for (uint32_t msr = MSR_STAR; msr <= MSR_SFMASK; msr++) {
		msr_allow(msr, 1);
	}
	for (uint32_t msr = MSR_FS_BASE; msr <= MSR_KERNEL_GS; msr++) {
		msr_allow(msr, 1);
	}
	for (uint32_t msr = MSR_SYSENTER; msr < MSR_SYSENTER + 3U; msr++) {
		msr_allow(msr, 1);
	}
	msr_allow(MSR_PAT, 1);
	msr_allow(MSR_TSC_AUX, 0);
}

/* CR3, RDTSC, WBINVD are never intercepted: they are frequent, and harmless here. */
static void control_init(struct vmcb_control *control)
{
	control->intercept_dr = INTERCEPT_DR7;
	control->intercept_exception = INTERCEPT_UD;
	control->intercept3 = INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_VINTR | INTERCEPT_CR0_SEL |
			      INTERCEPT_CPUID | INTERCEPT_SWINT | INTERCEPT_HLT |
			      INTERCEPT_INVLPGA | INTERCEPT_IOIO | INTERCEPT_MSR |
			      INTERCEPT_SHUTDOWN;
	control->intercept4 = INTERCEPT_SVM_INSNS | INTERCEPT_MONITOR;
	control->iopm = (uint64_t)io_map;
	control->msrpm = (uint64_t)msr_map;
	control->asid = 1;
	control->vintr = VINTR_MASKING;
	control->nested_enable = 1;
}

void context_init(void)
{
	memory_fill(io_map, 0xff, sizeof(io_map));
	msr_map_init();
	for (uint32_t cpu = 0; cpu < SVM_CPUS; cpu++) {
		for (uint32_t vmpl = 0; vmpl < SNP_VMPLS; vmpl++) {
			struct context *x = &contexts[cpu][vmpl];

			x->cpu = cpu;
			x->vmpl = vmpl;
			x->held = -1;
			control_init(&x->vmcb.control);
		}
	}
}

/* Byte offset in the VMSA of a general register that the VMCB does not hold. */
static uint32_t gpr_offset(uint32_t number)
{
	static const uint16_t low[8] = {VMSA_RAX, VMSA_RCX, VMSA_RDX, VMSA_RBX,
					VMSA_RSP, VMSA_RBP, VMSA_RSI, VMSA_RDI};

	return number < 8U ? low[number] : VMSA_R8 + 8U * (number - 8U);
}

static uint64_t *page_word(uint64_t spa, uint32_t offset)
{
	return (uint64_t *)(spa + offset);
}

static uint32_t xcr0_is_possible(uint64_t xcr0)
{
	return xcr0 == 1 || xcr0 == 3 || xcr0 == 7;
}

static void context_load(struct context *x, uint64_t spa)
{
	if (x->vmsa != spa || *page_word(spa, VMSA_EXITCODE) == 0) {
		x->event = 0;
		x->held = -1;
		x->shadow_rip = ~0UL;
		x->vmcb.control.int_state = 0;
		x->vmcb.control.vintr = VINTR_MASKING;
	}
	x->vmsa = spa;
	x->refused = 0;
	memory_copy(&x->vmcb.save, page_word(spa, 0), sizeof(x->vmcb.save));
	for (uint32_t i = 0; i < 16U; i++) {
		x->gpr[i] = *page_word(spa, gpr_offset(i));
	}
	x->features = *page_word(spa, VMSA_SEV_FEATURES);
	x->xcr0 = *page_word(spa, VMSA_XCR0);
	x->exit_code = *page_word(spa, VMSA_EXITCODE);
	x->exit_info1 = *page_word(spa, VMSA_EXITINFO1);
	x->exit_info2 = *page_word(spa, VMSA_EXITINFO2);
	fpu_from_vmsa(x, (const uint8_t *)spa);
}

static void context_store(const struct context *x)
{
	uint64_t spa = x->vmsa;

	memory_copy(page_word(spa, 0), &x->vmcb.save, sizeof(x->vmcb.save));
	for (uint32_t i = 0; i < 16U; i++) {
		*page_word(spa, gpr_offset(i)) = reg_get(x, i);
	}
	*page_word(spa, VMSA_XCR0) = x->xcr0;
	*page_word(spa, VMSA_EXITCODE) = x->exit_code;
	*page_word(spa, VMSA_EXITINFO1) = x->exit_info1;
	*page_word(spa, VMSA_EXITINFO2) = x->exit_info2;
	fpu_to_vmsa(x, (uint8_t *)spa);
}

void context_leave(struct cpu *cpu)
{
	struct context *x = cpu->current;

	if (x == 0) {
		return;
	}
	if (x->refused == 0) {
		context_store(x);
	}
	machine_vmexit(&the_machine, x->vmsa / PAGE_SIZE);
	cpu->current = 0;
	cpu->live = 0;
}

/* From here on the VMSA may be written by its CPU only, so no translation that allows it may be
 * left: those in the nested tables go, and CPUs that may have used one are made to forget it. */
static void vmsa_protect(uint64_t spfn)
{
	uint32_t writers = nested_drop_frame(spfn);

	if (writers != 0) {
		cpu_shootdown(writers);
	}
}

uint32_t context_enter(struct cpu *cpu, uint64_t spa, struct context **out)
{
	struct context *x = cpu->current;
	uint32_t vmpl;
	uint32_t status;

	if (x != 0 && x->vmsa == spa) {
		*out = x;
		return SNP_OK;
	}
	context_leave(cpu);
	if (spa % PAGE_SIZE != 0 || memory_is_guest(spa) == 0) {
		return SNP_FAIL_INPUT;
	}
	status = machine_vmrun(&the_machine, spa / PAGE_SIZE, &vmpl);
	if (status != SNP_OK) {
		return status;
	}
	if (xcr0_is_possible(*page_word(spa, VMSA_XCR0)) == 0) {
		machine_vmexit(&the_machine, spa / PAGE_SIZE);
		return SNP_FAIL_INPUT;
	}
	/* all checks passed */
	vmsa_protect(spa / PAGE_SIZE);
	x = &contexts[cpu->index][vmpl];
	context_load(x, spa);
	cpu->current = x;
	*out = x;
	return SNP_OK;
}

void context_sync(struct context *x)
{
	__asm__ volatile("vmsave" : : "a"(&x->vmcb) : "memory");
}

static void debug_load(const struct context *x)
{
	__asm__ volatile("mov %0, %%db0" : : "r"(x->vmcb.save.dr[0]));
	__asm__ volatile("mov %0, %%db1" : : "r"(x->vmcb.save.dr[1]));
	__asm__ volatile("mov %0, %%db2" : : "r"(x->vmcb.save.dr[2]));
	__asm__ volatile("mov %0, %%db3" : : "r"(x->vmcb.save.dr[3]));
}

static void debug_save(struct context *x)
{
	__asm__ volatile("mov %%db0, %0" : "=r"(x->vmcb.save.dr[0]));
	__asm__ volatile("mov %%db1, %0" : "=r"(x->vmcb.save.dr[1]));
	__asm__ volatile("mov %%db2, %0" : "=r"(x->vmcb.save.dr[2]));
	__asm__ volatile("mov %%db3, %0" : "=r"(x->vmcb.save.dr[3]));
}

void context_resume(struct cpu *cpu, struct context *x)
{
	if (cpu->live == x) {
		return;
	}
	fpu_load(x);
	debug_load(x);
	x86_wrmsr(MSR_TSC_AUX, x->vmcb.save.tsc_aux);
	__asm__ volatile("vmload" : : "a"(&x->vmcb) : "memory");
	cpu->live = x;
}

void context_suspend(struct context *x)
{
	fpu_save(x);
	debug_save(x);
	context_sync(x);
}
