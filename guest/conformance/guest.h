/*
 * Runtime of the freestanding guests: 64-bit, VMPL2, identity mapped by the module's page tables,
 * interrupts off. GPA = address. A fault that a case provokes on purpose is met by a fixup
 * (probe.h); any other exception ends the VM with a failed verdict.
 */
#ifndef GUEST_CONFORMANCE_GUEST_H
#define GUEST_CONFORMANCE_GUEST_H

#include <stdint.h>
#include <verismo/ghcb.h>
#include <verismo/launch.h>
#include <verismo/snp.h>
#include <verismo/svsm.h>
#include <verismo/vmsa.h>

/* Memory the guests use beside their image. Each is 2M aligned, RAM in every configuration. */
#define AREA_SHARED	 0x02000000UL /* pages that become shared: GHCBs and the like */
#define AREA_SMALL	 0x04000000UL /* 4K pages of single cases */
#define AREA_VCPU	 0x04200000UL /* VMSA pages and calling areas */
#define AREA_LARGE	 0x06000000UL /* handled in 2M entries */
#define AREA_LARGE_2	 0x06200000UL
#define PAGE_OF(area, n) ((area) + (n)*PAGE_SIZE)

/* All general registers but RSP, in the order that svsm_exit knows. */
struct registers {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
};

/* A vCPU as its own code and the first vCPU see it. */
struct cpu {
	uint32_t apic;
	uint32_t vmpl;
	uint64_t caa;  /* GPA of the calling area */
	uint64_t ghcb; /* GPA of a registered GHCB page, 0: MSR protocol only */
	uint64_t vmsa; /* GPA */
	/* Mailbox of a vCPU that the first one has started (vcpu.c). */
	volatile uint32_t alive;
	volatile uint32_t command; /* CPU_* below; 0 when done */
	volatile uint32_t failures;
	volatile uint32_t answered; /* CPU_CALL: the SVSM has served it */
	struct registers call;	    /* CPU_CALL: in and out */
	uint64_t page;		    /* CPU_STRESS: GPA of a validated page of its own */
};
#define CPU_CALL   1U
#define CPU_STRESS 2U

/* What the secrets page says. */
struct svsm_place {
	uint64_t base; /* GPA */
	uint64_t size; /* bytes */
	uint32_t vmpl;
};
extern struct cpu first_cpu;
extern struct svsm_place svsm_place;
extern uint64_t cbit; /* mask */

/* ---- start.c ---- */
/* The program: conformance.c or attack.c. Returns the verdict. */
uint32_t guest_main(struct cpu *c);
void guest_start(uint64_t secrets) __attribute__((noreturn));
/* Ends the VM. */
void guest_end(struct cpu *c, uint32_t verdict) __attribute__((noreturn));

/* ---- trap.c ---- */
void trap_load(void);
uint64_t trap_gdt(void); /* GPA, for VMSAs */
uint64_t trap_idt(void);
#define TRAP_GDT_LIMIT 0x1fU
#define TRAP_IDT_LIMIT 0x1efU

/* ---- ghcb.c ---- */
struct ghcb_event { /* in: what the event takes; out: info1, info2, rax */
	uint64_t code;
	uint64_t info1;
	uint64_t info2;
	uint64_t rax;
	uint64_t scratch;
};
/* MSR protocol; the MSR has its old value afterwards. */
uint64_t ghcb_msr_request(uint64_t request);
/* Registers the shared page gpa as this vCPU's GHCB; 1 if the host agrees. */
int ghcb_register(struct cpu *c, uint64_t gpa);
/* Fills the GHCB page and names it in the MSR: what is left is VMGEXIT. */
void ghcb_prepare(struct cpu *c, const struct ghcb_event *e);
/* The whole event; 1 if the host reports success. */
int ghcb_request(struct cpu *c, struct ghcb_event *e);
void ghcb_out(struct cpu *c, uint16_t port, uint32_t width, uint32_t value);
uint8_t ghcb_in8(struct cpu *c, uint16_t port);
/* CPUs of the VM by the APIC id list, which is 0..n - 1 here; 0 if the host gives none. */
uint32_t ghcb_cpu_count(struct cpu *c, uint64_t shared_page);
/* Host's page state: GHCB_PSC_PRIVATE or GHCB_PSC_SHARED; 1 if the host reports success. */
int ghcb_page_state(uint64_t gpa, uint64_t op);

/* ---- console.c: COM1 through the GHCB; %s %u %lx %c ---- */
void console_init(struct cpu *c);
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- memory.c ---- */
void memory_init(void);
/* RAM page of AREA_SHARED or AREA_SMALL, private -> shared: rescind, page state, PTE. 1 = done. */
int memory_share(struct cpu *c, uint64_t gpa);
int memory_unshare(struct cpu *c, uint64_t gpa);

/* ---- svsm_call.c ---- */
void svsm_exit(struct registers *r);
#define SVSM_NOT_SERVED (~0UL)
/* Call frame with this pending byte, by GHCB page or MSR. 1 if the SVSM has cleared pending. */
int svsm_exchange(struct cpu *c, struct registers *r, uint8_t pending, int by_msr);
/* A core call; RAX, or SVSM_NOT_SERVED. */
uint64_t svsm_core(struct cpu *c, uint32_t call, uint64_t rcx, uint64_t rdx, uint64_t r8);

struct pvalidate_list {
	uint16_t entries;
	uint16_t next;
	uint32_t reserved;
	uint64_t entry[];
};
#define ENTRY_2M       0x1UL
#define ENTRY_VALIDATE 0x4UL
#define ENTRY_IGNORE   0x8UL /* CF */
#define LIST_ENTRIES   510U  /* in a calling area */
/* The buffer of the calling area. */
volatile struct pvalidate_list *svsm_list(const struct cpu *c);
/* Calls with the list at gpa until the answer is not INCOMPLETE, at most 4096 times. */
uint64_t svsm_pvalidate(struct cpu *c, uint64_t gpa);
/* A list of one entry in the calling area. */
uint64_t svsm_pvalidate_one(struct cpu *c, uint64_t entry);

/* ---- vcpu.c ---- */
void vcpu_main(struct cpu *c) __attribute__((noreturn));
void vcpu_entry(void);
/* Fills page gpa as the VMSA of c: long mode, vcpu_entry, own stack, c->vmpl. */
void vcpu_fill_vmsa(const struct cpu *c, uint64_t gpa);
/* Which of the started vCPUs; n < VCPUS. */
#define VCPUS 8U
struct cpu *vcpu_slot(uint32_t n);
/* AP_CREATION of an accepted VMSA, and waits until it runs. 1 = it runs. */
int vcpu_start(struct cpu *by, struct cpu *c);
/* Lets a started vCPU work; vcpu_wait: 1 when it is done, 0 after some seconds. */
void vcpu_order(struct cpu *c, uint32_t command);
int vcpu_wait(const struct cpu *c);
/* CPU_CALL of core call on vCPU c; RAX, or SVSM_NOT_SERVED also if it does not come back. */
uint64_t vcpu_core(struct cpu *c, uint32_t call, uint64_t rcx, uint64_t rdx, uint64_t r8);
/* Lets VMPL3 use image, page tables and calling areas. 1 = done. */
int vcpu_open_image(uint32_t vmpl);

#endif
