/*
 * The emulated SNP hardware as the untrusted host sees it: VMRUN of a VMSA, the host's RMP
 * instructions, memory as the memory controller shows it, interrupts, ports. This header is the only
 * thing of svm/ and machine/ that host/ includes: a host that wants plaintext of a private page has
 * no name to write down. SPA and GPA in bytes unless a name says pfn.
 */
#ifndef EMULATOR_SVM_H
#define EMULATOR_SVM_H

#include <stdint.h>
#include <verismo/snp.h>

#define SVM_CPUS 8U

/*
 * The part of the VMCB's control area that a host uses. One for each (cpu, VMPL); the hardware
 * keeps the guest's state in the VMSA. In: vmsa, ghcb, virq, inject. Out: exit_*, virq (taken: -1).
 */
struct svm_control {
	uint64_t vmsa;	 /* SPA of the VMSA page */
	uint64_t ghcb;	 /* the GHCB MSR of this VMSA */
	int virq;	 /* vector to deliver when the guest can take it, or -1 */
	uint32_t inject; /* EVENTINJ: [7:0] vector [10:8] type 11 error-code 31 valid; 0 none */
	uint32_t inject_error;
	uint32_t intercept_cpuid_off; /* hostile: 1 = do not intercept CPUID */
	uint64_t exit_code;	      /* SVM_EXIT_* of an automatic exit */
	uint64_t exit_info1;	      /* NPF: error code as in the VMCB plus NPF_* below */
	uint64_t exit_info2;	      /* NPF: GPA without C-bit */
	uint32_t vmpl;		      /* level that ran */
};
/* inject: a vector that is an exception, with an error code. */
#define INJECT_ERROR(vector) ((vector) | 3U << 8 | 1U << 11 | 1U << 31)

#define NPF_PRESENT    (1UL << 0)
#define NPF_WRITE      (1UL << 1)
#define NPF_FETCH      (1UL << 4)
#define NPF_RMP	       (1UL << 31) /* RMP check failed */
#define NPF_ENCRYPTED  (1UL << 34) /* the access had the C-bit */
#define NPF_SIZE       (1UL << 35) /* page sizes differ: PSMASH needed */
#define NPF_VMPL       (1UL << 36) /* VMPL permission missing */
#define NPF_INUSE_VMSA (1UL << 40) /* write to the VMSA of a running vCPU (emulator's own bit) */

/*
 * Runs the vCPU on this CPU until an automatic exit: INTR, NMI, HLT, NPF, SHUTDOWN, VMGEXIT, INVALID
 * (not a VMSA, SVME clear, refused injection) or BUSY (VMSA in use elsewhere). #VC, PVALIDATE,
 * RMPADJUST, INVLPGB and MSRs of the hardware are done inside. RIP is past HLT and VMGEXIT.
 * The state stays cached on this CPU (VMSA in use) until svm_leave or another VMSA runs here.
 */
void svm_run(uint32_t cpu, struct svm_control *c);
/* Stores the state of the vCPU cached on this CPU, if any, to its VMSA; the page is out of use. */
void svm_leave(uint32_t cpu);
/* Makes another CPU leave the guest (exit INTR) and store its vCPU; returns when it is done.
 * Used to resolve NPF_INUSE_VMSA. vmsa: SPA in the VMSA page. For 2 ms, or until the guest of the
 * calling CPU has gone on, other CPUs get exit INTR instead of running it. */
void svm_evict(uint64_t vmsa);
/* Makes another CPU exit once (INTR); does not wait. */
void svm_kick(uint32_t cpu);
/* Shutdown of the whole guest: all CPUs leave svm_run with SHUTDOWN from now on. */
void svm_stop_all(void);

/* ---- RMP and nested map ---- */
uint32_t svm_rmpupdate(uint64_t spa, uint64_t gpa, uint32_t size, uint32_t assigned);
uint32_t svm_psmash(uint64_t spa);
uint32_t svm_nested_set(uint64_t gpa, uint64_t spa, uint32_t present, uint32_t large);
/* The host's own note of what it mapped: SPA of a GPA, or ~0. */
uint64_t svm_nested_get(uint64_t gpa, uint32_t *large);
/* The host remembers which frames it gave to the guest: 1 if the RMP says assigned. */
uint32_t svm_assigned(uint64_t spa, uint32_t *size);

/* ---- memory: shared pages in clear, private ones as ciphertext; writes to private ones refused ----
 * n bytes, within one page. Return 0, or 1 for an RMP fault / SPA that is not guest-usable DRAM. */
int host_read(uint64_t spa, void *to, uint64_t n);
int host_write(uint64_t spa, const void *from, uint64_t n);
/* The same by GPA through the nested map; may cross pages. 1 = not mapped, not shared, out of range.
 * For guest-chosen addresses: this check is the only one needed. */
int host_read_gpa(uint64_t gpa, void *to, uint64_t n);
int host_write_gpa(uint64_t gpa, const void *from, uint64_t n);
extern uint64_t host_refused_accesses; /* counted RMP faults of the host */

/* ---- machine resources ---- */
uint32_t svm_cpu(void);		       /* this CPU, 0.. */
uint32_t svm_cpu_count(void);	       /* CPUs of the QEMU machine, <= SVM_CPUS */
int svm_take_interrupt(uint32_t cpu);  /* next physical vector that arrived here, or -1 */
void svm_wait_interrupt(uint32_t cpu); /* halt this CPU until one arrives or it is kicked */
/* This CPU's local APIC, xAPIC offsets. Writes that would reset a CPU, raise an NMI or use a vector
 * below 32 do nothing (ICR) or are masked (LVT). */
uint32_t svm_lapic_read(uint32_t offset);
void svm_lapic_write(uint32_t offset, uint32_t value);
uint8_t svm_in8(uint16_t port);
void svm_out8(uint16_t port, uint8_t value);
void svm_out32(uint16_t port, uint32_t value);
uint64_t svm_tsc(void);
uint64_t svm_tsc_khz(void);					/* measured once against the PIT */
void svm_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t v[4]); /* of QEMU's CPU */
/* 2M-aligned frames for the guest; SPA, or 0 when DRAM is exhausted. */
uint64_t svm_alloc_2m(void);

/* Ends QEMU through isa-debug-exit; its exit status is 2 * code + 1. See emulator/exit.h. */
void emulator_exit(uint32_t code) __attribute__((noreturn));
/* The emulator's log (COM2): %s %u %x %lx %lu %c. */
void emulator_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
