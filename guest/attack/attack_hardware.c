/* What VMPL2 tries by itself: the machine has to refuse it. */
#include "attack.h"
#include "guest/conformance/cpu.h"

/* #GP goes to a handler that steps over a PVALIDATE, four bytes long. */
#define VECTOR_GP   13U
#define GATE_WORDS  2U
#define OFFSET_LOW  0x000000000000ffffUL
#define OFFSET_HIGH 0xffff000000000000UL

extern volatile uint32_t attack_faults;
extern const char attack_gp_stub[];
__asm__(".pushsection .text\n"
	"attack_gp_stub:\n"
	"	incl attack_faults(%rip)\n"
	"	addq $8, %rsp\n" /* the error code */
	"	addq $4, (%rsp)\n"
	"	iretq\n"
	".popsection\n");
volatile uint32_t attack_faults;

static void catch_gp(void)
{
	uint64_t *gate = (uint64_t *)trap_idt() + GATE_WORDS * VECTOR_GP;
	uint64_t at = (uint64_t)attack_gp_stub;

	gate[0] = (gate[0] & ~(OFFSET_LOW | OFFSET_HIGH)) | (at & OFFSET_LOW) | (at >> 16 << 48);
	gate[1] = at >> 32;
}

/* Was it executed? */
static int pvalidate_runs(uint64_t gpa, uint32_t validate)
{
	uint32_t before = attack_faults;

	__asm__ volatile(".byte 0xf2, 0x0f, 0x01, 0xff"
			 : "+a"(gpa)
			 : "c"(SNP_SIZE_4K), "d"(validate)
			 : "cc", "memory");
	return attack_faults == before;
}

/* Does RMPADJUST give vmpl anything? */
static int adjusts(uint64_t gpa, uint32_t vmpl, uint32_t perm)
{
	return probe_adjust(gpa, SNP_ATTR(vmpl, perm)).eax != SNP_FAIL_PERMISSION;
}

/* Its own level and those above it are not VMPL2's to change, nor are pages of the module; the VMSA bit is VMPL0's. */
static int rmpadjust_yields(void)
{
	uint32_t vmsa = SNP_ATTR(3, SNP_PERM_NONE) + SNP_ATTR_VMSA;
	int yields = adjusts(MODULE_SECRETS_GPA, 3, SNP_PERM_R);

	for (uint32_t vmpl = 0; vmpl <= 2; vmpl++) {
		yields |= adjusts(PAGE, vmpl, SNP_PERM_ALL);
		yields |= adjusts(MODULE_SECRETS_GPA, vmpl, SNP_PERM_ALL);
	}
	return yields || (probe_adjust(PAGE, vmsa).eax == SNP_OK &&
			  (probe_query(PAGE, 3).value & SNP_ATTR_VMSA) != 0);
}

struct outcome attack_guest_rmp_instruction(struct cpu *c)
{
	int yields;

	(void)c;
	catch_gp();
	yields = pvalidate_runs(OTHER_PAGE, 0) | pvalidate_runs(OTHER_PAGE, 1);
	return outcome_of(
		yields || rmpadjust_yields(), "VMPL2 changes the RMP as VMPL0 may",
		"PVALIDATE is #GP, RMPADJUST answers FAIL_PERMISSION, the VMSA bit stays 0");
}

struct outcome attack_guest_touches_module(struct cpu *c)
{
	uint64_t key;

	collude(c, COLLUDE_TOUCH, MODULE_SECRETS_GPA);
	key = probe_read(MODULE_SECRETS_GPA + SECRETS_VMPCK0).value;
	return outcome_of(1, key ? "VMPL2 reads VMPCK0" : "VMPL2 reads the module's memory", "");
}
