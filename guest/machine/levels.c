#include "guest/conformance/cpu.h"
#include "guest/conformance/trap.h"
#include "guest/conformance/vmsa.h"
#include "levels.h"

#define STACK_BYTES 0x2000UL
#define SELECTOR_TSS(n)                                                                            \
	(0x28U + 0x10U * (n)) /* tells the level, also where the GDT has no such entry */
#define GDT_LIMIT     0x37U
#define TSS_AVAILABLE 0x89UL
#define TSS_BYTES     0x68U
#define TSS_RSP0      1U /* u32 index */

/* A level's stacks, TSS and what it is to execute. */
struct worker {
	struct probe probe;
	uint32_t tss[TSS_BYTES / 4];
	uint8_t stack[STACK_BYTES] __attribute__((aligned(16)));
	uint8_t trap_stack[STACK_BYTES] __attribute__((aligned(16))); /* from CPL3 */
};

extern uint64_t machine_gdt[];
extern const char machine_image[], machine_image_end[], probe_resume[];
void level_entry(void);
void vmrun_entry(void);
void reader_entry(void);
void level_main(struct worker *w) __attribute__((noreturn));
void reader_main(struct worker *w) __attribute__((noreturn));
void probe_execute(struct probe *p);

/* VMPL0..3 of the first CPU, and VMPL1 of the second. */
#define WORKERS 5U
#define READER	4U

static struct worker workers[WORKERS];
static uint64_t idt[2 * TRAP_VECTORS] __attribute__((aligned(16)));
static uint8_t vmsa[WORKERS][PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t vmsa_content[PAGE_SIZE] __attribute__((aligned(4096)));

uint64_t levels_vmsa_content(void)
{
	return (uint64_t)vmsa_content;
}

uint64_t level_vmsa(uint32_t vmpl)
{
	return (uint64_t)vmsa[vmpl % WORKERS];
}

/* ---- exceptions ---- */

static uint32_t own_worker(void)
{
	uint32_t selector;

	__asm__ volatile("str %0" : "=r"(selector));
	return ((selector - SELECTOR_TSS(0)) / 0x10U) % WORKERS;
}

void trap_handle(struct trap *t)
{
	struct probe *p = &workers[own_worker()].probe;

	if (p->active == 0) {
		print("unexpected exception %u, worker %u, error %lx, rip %lx\n",
		      (uint32_t)t->vector, own_worker(), t->error, t->rip);
		guest_end(&first_cpu, 1);
	}
	p->active = 0;
	p->vector = (uint32_t)t->vector;
	p->error = t->error;
	t->rip = (uint64_t)probe_resume;
	t->cs = SELECTOR_CODE64;
	t->rflags = 2;
	t->rsp = p->stack;
	t->ss = SELECTOR_FLAT;
}

static void probe_run(struct probe *p)
{
	p->vector = NO_VECTOR;
	p->error = 0;
	p->active = 1;
	probe_execute(p);
	p->active = 0;
}

/* ---- VMPL0 ---- */

static void tss_prepare(struct worker *w)
{
	uint64_t stack = (uint64_t)w->trap_stack + STACK_BYTES;

	w->tss[TSS_RSP0] = (uint32_t)stack;
	w->tss[TSS_RSP0 + 1] = (uint32_t)(stack >> 32);
}

static void tss_load(void)
{
	uint64_t base = (uint64_t)workers[0].tss;

	machine_gdt[5] = (TSS_BYTES - 1) | (base & 0xffffffUL) << 16 | TSS_AVAILABLE << 40 |
			 (base >> 24 & 0xffUL) << 56;
	machine_gdt[6] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS(0)) : "memory");
}

static uint32_t adjust(uint64_t gpa, uint64_t attributes)
{
	struct probe *p = &workers[0].probe;

	*p = (struct probe){.rax = gpa, .rdx = attributes, .code = insn_rmpadjust};
	probe_run(p);
	return p->vector == NO_VECTOR && (uint32_t)p->rax == SNP_OK;
}

int levels_prepare(void)
{
	struct descriptor_pointer d = {sizeof(idt) - 1, (uint64_t)idt};
	uint32_t done = 1;

	trap_fill_idt(idt);
	__asm__ volatile("lidt %0" : : "m"(d));
	for (uint32_t i = 0; i < WORKERS; i++) {
		tss_prepare(&workers[i]);
	}
	tss_load();
	for (uint64_t gpa = (uint64_t)machine_image; gpa < (uint64_t)machine_image_end;
	     gpa += PAGE_SIZE) {
		for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
			done &= adjust(gpa, SNP_ATTR(vmpl, SNP_PERM_ALL));
		}
	}
	return (int)done;
}

static void fill_vmsa(uint32_t n, uint32_t vmpl, uint64_t gpa, uint64_t rip)
{
	struct worker *w = &workers[n];
	struct vmsa_start start = {.vmpl = vmpl,
				   .rip = rip,
				   .rsp = (uint64_t)w->stack + STACK_BYTES,
				   .rdi = (uint64_t)w,
				   .gdt = (uint64_t)machine_gdt,
				   .gdt_limit = GDT_LIMIT,
				   .idt = (uint64_t)idt,
				   .idt_limit = sizeof(idt) - 1,
				   .tss_selector = SELECTOR_TSS(n),
				   .tss = (uint64_t)w->tss,
				   .features = LEVEL_FEATURES};

	vmsa_fill(gpa, &start);
}

/* Worker n's VMSA, given to the host for this CPU. */
static int create(struct cpu *c, uint32_t n, uint32_t vmpl, uint64_t rip, uint64_t request)
{
	struct ghcb_event e = {.code = NAE_AP_CREATION,
			       .info1 = (uint64_t)vmpl << 16 | request,
			       .info2 = (uint64_t)vmsa[n],
			       .rax = LEVEL_FEATURES};

	fill_vmsa(n, vmpl, (uint64_t)vmsa[n], rip);
	return adjust((uint64_t)vmsa[n], SNP_ATTR(1, SNP_PERM_NONE) | SNP_ATTR_VMSA) != 0 &&
	       ghcb_request(c, &e);
}

int levels_start(struct cpu *c)
{
	int done = 1;

	fill_vmsa(1, 1, (uint64_t)vmsa_content, (uint64_t)vmrun_entry);
	for (uint32_t vmpl = 1; vmpl < SNP_VMPLS; vmpl++) {
		done &= create(c, vmpl, vmpl, (uint64_t)level_entry, AP_CREATE_ON_INIT);
	}
	return done;
}

static void run_level(uint32_t vmpl)
{
	ghcb_msr_request((uint64_t)vmpl << 32 | GHCB_MSR_RUN_VMPL_REQ);
}

void level_execute(uint32_t vmpl, struct probe *p)
{
	struct probe *there = &workers[vmpl].probe;

	*there = *p;
	if (vmpl == 0) {
		probe_run(there);
	} else {
		run_level(vmpl);
	}
	*p = *there;
}

/* ---- VMPL1..3 ---- */

void level_main(struct worker *w)
{
	for (;;) {
		probe_run(&w->probe);
		run_level(0);
	}
}

/* ---- the second CPU ---- */

struct reader reader;

int reader_start(struct cpu *c)
{
	return create(c, READER, 1, (uint64_t)reader_entry, 1UL << 32 | AP_CREATE);
}

uint64_t reader_vmsa(void)
{
	return (uint64_t)vmsa[READER];
}

void reader_go(uint64_t address)
{
	reader.count = 0;
	reader.stop = 0;
	reader.probe = (struct probe){
		.rax = address, .rcx = (uint64_t)&reader.count, .code = insn_read_loop};
	reader.running = 1;
	__atomic_store_n(&reader.go, 1, __ATOMIC_SEQ_CST);
}

void reader_stop(void)
{
	__atomic_store_n(&reader.stop, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&reader.running, __ATOMIC_SEQ_CST) != 0) {
		cpu_pause();
	}
}

void reader_main(struct worker *w)
{
	for (;;) {
		while (__atomic_exchange_n(&reader.go, 0, __ATOMIC_SEQ_CST) == 0) {
			cpu_pause();
		}
		w->probe = reader.probe;
		probe_run(&w->probe);
		reader.probe = w->probe;
		__atomic_store_n(&reader.running, 0, __ATOMIC_SEQ_CST);
	}
}
