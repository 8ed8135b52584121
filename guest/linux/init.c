/*
 * /init of the Linux guest and its only program: says in clear lines what it finds, checks that
 * memory, processes, CPUs and timers work, and ends the VM with a verdict through port 0xf4
 * (0 = good, else the number of the first check that failed).
 *
 * User space has no interrupt-driven console on this platform, so every line is one record written
 * to /dev/kmsg; the kernel prints it. `verismo_plain=1` on the kernel command line: do not insist on
 * SNP (for comparison with a machine without it). `verismo.attest=...`: see attest.c.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../emulator/exit.h"
#include "init.h"

#define RECORD_SIZE 256U
#define VMPL_FILE   "/sys/devices/system/cpu/sev/vmpl"
#define MEMORY_SIZE (64UL << 20) /* bytes */
#define CHILD_CODE  42
#define SLEEP_NS    50000000L
#define SLEEP_MAX   5.0 /* seconds; the machine is emulated and may be busy */
#define DRAIN_NS    20000000L

static int kmsg = -1;

/* One record = one write(); level 1 is shown on the console in spite of `quiet`. Without its newline
 * a record stays open for continuation and is not printed before the next one. */
void say(const char *format, ...)
{
	char text[RECORD_SIZE], record[RECORD_SIZE + 32];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(record, sizeof(record), "<1>verismo-guest: %s\n", text);
	if (write(kmsg, record, strlen(record)) < 0) {
		return; /* nobody left to tell */
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void end_vm(int verdict)
{
	struct timespec drain = {0, DRAIN_NS};

	nanosleep(&drain, 0); /* the end is immediate: let the console print what it has */
	if (ioperm(PORT_VERDICT, 1, 1) == 0) {
		outb((unsigned char)verdict, PORT_VERDICT);
	}
	reboot(RB_AUTOBOOT);
	for (;;) {
		pause();
	}
}

static void mount_all(void)
{
	mount("proc", "/proc", "proc", 0, 0);
	mount("sys", "/sys", "sysfs", 0, 0);
	mount("dev", "/dev", "devtmpfs", 0, 0);
	kmsg = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

/* The VMPL that the kernel publishes, or -1 if it is no SNP guest. */
static int read_vmpl(void)
{
	char text[16] = {0};
	int fd = open(VMPL_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0) {
		return -1;
	}
	close(fd);
	return atoi(text);
}

/* The VMPL in the kernel's own boot message "SEV: SNP running at VMPL<n>.", or -1. */
static int logged_vmpl(void)
{
	static const char message[] = "SNP running at VMPL";
	static char record[8192];
	ssize_t length;

	while ((length = read(kmsg, record, sizeof(record) - 1)) > 0) {
		char *at;

		record[length] = 0;
		at = strstr(record, message);
		if (at && !strstr(record, "verismo-guest")) {
			return atoi(at + sizeof(message) - 1);
		}
	}
	return -1;
}

static int check_snp(void)
{
	int vmpl = read_vmpl(), logged = logged_vmpl();

	if (vmpl < 0 && logged < 0 && getenv("verismo_plain")) {
		say("no SNP, as asked for");
		return 0;
	}
	if (vmpl < 0 || vmpl != logged) {
		say("not an SNP guest: sysfs says VMPL %d, the kernel log %d", vmpl, logged);
		return 1;
	}
	say("SNP running at VMPL%d", vmpl);
	return 0;
}

static int check_memory(void)
{
	uint64_t count = MEMORY_SIZE / sizeof(uint64_t), bad = 0;
	volatile uint64_t *words =
		mmap(0, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (words == MAP_FAILED) {
		return 1;
	}
	for (uint64_t i = 0; i < count; i++) {
		bad += words[i] != 0;
		words[i] = (i + 1) * 0x9e3779b97f4a7c15UL;
	}
	for (uint64_t i = 0; i < count; i++) {
		bad += words[i] != (i + 1) * 0x9e3779b97f4a7c15UL;
	}
	munmap((void *)words, MEMORY_SIZE);
	return bad != 0;
}

static int exit_code_of(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
		return -1;
	}
	return WEXITSTATUS(status);
}

static int check_exec(void)
{
	pid_t child = fork();

	if (child == 0) {
		execl("/init", "init", "child", (char *)0);
		_exit(1);
	}
	return exit_code_of(child) != CHILD_CODE;
}

/* In a process of its own: moves to one CPU and computes there. */
static int work_on(int cpu)
{
	volatile uint64_t sum = 0;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || sched_getcpu() != cpu) {
		return 1;
	}
	for (uint64_t i = 1; i <= 1000000; i++) {
		sum += i;
	}
	return sum != 500000500000UL || sched_getcpu() != cpu;
}

static int check_cpus(void)
{
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN), bad = 0;
	pid_t child[64];

	say("%d CPU%s online", cpus, cpus == 1 ? "" : "s");
	if (cpus < 1 || cpus > 64) {
		return 1;
	}
	for (int i = 0; i < cpus; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			_exit(work_on(i));
		}
	}
	for (int i = 0; i < cpus; i++) {
		bad += exit_code_of(child[i]) != 0;
	}
	return bad != 0;
}

static volatile sig_atomic_t traps;

static void count_trap(int number)
{
	(void)number;
	traps++;
}

/* Software interrupts: each INT3 is one SIGTRAP, and the program goes on behind it. */
static int check_breakpoints(void)
{
	traps = 0;
	if (signal(SIGTRAP, count_trap) == SIG_ERR) {
		return 1;
	}
	for (int i = 0; i < 10; i++) {
		__asm__ volatile("int3" : : : "memory");
	}
	return traps != 10;
}

static int check_timer(void)
{
	struct timespec nap = {0, SLEEP_NS};
	double start = now(), slept;

	if (nanosleep(&nap, 0)) {
		return 1;
	}
	slept = now() - start;
	return slept < (double)SLEEP_NS / 1e9 || slept > SLEEP_MAX;
}

static const struct {
	const char *name;
	int (*check)(void);
} checks[] = {
	{"SNP", check_snp},
	{"CPUs", check_cpus},
	{"memory", check_memory},
	{"fork and exec", check_exec},
	{"timer", check_timer},
	{"breakpoints", check_breakpoints},
	{"attestation", check_attestation},
};

int main(int argc, char **argv)
{
	int verdict = 0;

	if (argc == 2 && !strcmp(argv[1], "child")) {
		return CHILD_CODE;
	}
	mount_all();
	say("user space after %.2f s", now());
	for (int i = 0; i < (int)(sizeof(checks) / sizeof(checks[0])); i++) {
		if (checks[i].check()) {
			say("self-check FAILED: %s", checks[i].name);
			verdict = verdict ? verdict : i + 1;
		}
	}
	if (!verdict) {
		say("self-check passed: memory, processes, every CPU, timer");
	}
	end_vm(verdict);
	return 0;
}
