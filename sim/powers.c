/* The table of powers, the source of choices, and the world that the rows act on. */
#include "sim/powers.h"
#include <stdio.h>
#include <string.h>
#include <verismo/vmsa.h>
#include "module/guest/page.h"
#include "module/guest/vcpu.h"
#include "sim/check.h"
#include "sim/powers_rows.h"
#include "sim/theorem.h"
#include "sim/world.h"

/* ---- the table ---- */

#define RMP_TABLE  "AMD64 vol. 2, 15.36.3"
#define RMP_CHECK  "AMD64 vol. 2, 15.36.10"
#define VMPLS	   "AMD64 vol. 2, 15.36.7"
#define NESTED	   "AMD64 vol. 2, 15.25"
#define ENCRYPTION "AMD64 vol. 2, 15.34.1"
#define VMSA_PAGES "AMD64 vol. 2, 15.36"
#define RUN_VMPL   "56421, NAE event 0x80000018"
#define CALL(name) "58019, chapter 6, " name

const struct power powers[] = {
	{"host-read", "a word of any frame is read: ciphertext, if the frame is the guest's",
	 ENCRYPTION, POWER_HOST, 5, host_read},
	{"rmp-assign", "RMPUPDATE: a frame is assigned to the guest, at any address",
	 RMP_TABLE "; vol. 3, RMPUPDATE", POWER_HOST, 8, host_rmp_assign},
	{"rmp-unassign", "RMPUPDATE: a frame is taken from the guest", RMP_TABLE, POWER_HOST, 4,
	 host_rmp_unassign},
	{"rmp-firmware", "RMPUPDATE: a frame becomes the secure processor's (assigned, ASID 0)",
	 RMP_TABLE, POWER_HOST, 1, host_rmp_firmware},
	{"rmp-immutable", "RMPUPDATE: a frame is assigned and immutable", RMP_TABLE, POWER_HOST, 1,
	 host_rmp_immutable},
	{"rmp-large", "RMPUPDATE: 512 frames are assigned as one 2M page, or taken", RMP_TABLE,
	 POWER_HOST, 1, host_rmp_large},
	{"psmash", "PSMASH: a 2M page becomes 512 pages of 4K", "AMD64 vol. 3, PSMASH", POWER_HOST,
	 2, host_psmash},
	{"nested-other", "the nested map leads an address to another frame; no TLB is flushed",
	 NESTED, POWER_HOST, 5, host_nested_other},
	{"nested-unmap", "the nested map loses an address; no TLB is flushed", NESTED, POWER_HOST,
	 1, host_nested_unmap},
	{"nested-large", "2M of the nested map become one mapping", NESTED, POWER_HOST, 1,
	 host_nested_large},
	{"nested-honest", "the nested map leads an address to its first frame again", NESTED,
	 POWER_HOST, 5, host_nested_honest},
	{"fresh-frame", "an address gets another frame, assigned and mapped", RMP_TABLE ", 15.25",
	 POWER_HOST, 6, host_fresh_frame},
	{"offer-secret", "a frame of the module is put behind an address that is shared",
	 RMP_TABLE ", 15.25", POWER_HOST, 2, host_offer_secret},
	{"swap-frames", "the nested map exchanges the frames of two addresses", NESTED, POWER_HOST,
	 2, host_swap_frames},
	{"host-write", "a word of any frame is written", RMP_CHECK, POWER_HOST, 3, host_write},
	{"ghcb-write", "a word of any CPU's GHCB page is changed", "56421, GHCB page", POWER_HOST,
	 2, host_ghcb_write},
	{"ghcb-read", "a word of any CPU's GHCB page, or its MSR, is read", "56421, GHCB page",
	 POWER_HOST, 3, host_ghcb_read},
	{"vmrun", "VMRUN of any frame, while the module works", VMSA_PAGES, POWER_HOST, 3,
	 host_vmrun},
	{"vmexit", "a vCPU that runs is interrupted", VMSA_PAGES, POWER_HOST, 3, host_vmexit},

	{"run", "the VMSA that the module asks for is run, and the answer is right", RUN_VMPL,
	 POWER_EXIT, 60, exit_run},
	{"run-other", "the VMSA of another level or CPU is run instead", RUN_VMPL, POWER_EXIT, 6,
	 exit_run_other},
	{"run-any", "VMRUN of any frame instead", VMSA_PAGES, POWER_EXIT, 3, exit_run_any},
	{"run-interrupt", "the VMSA is run and interrupted before it has called", RUN_VMPL,
	 POWER_EXIT, 6, exit_interrupt},
	{"run-nobody", "nobody is run: VMPL0 is entered again for nothing", RUN_VMPL, POWER_EXIT, 8,
	 exit_nobody},
	{"reply-refuse", "the answer is an error", "56421, SW_EXITINFO1", POWER_EXIT, 1,
	 exit_refuse},
	{"reply-unmarked", "the answer's fields are not marked valid", "56421, valid bitmap",
	 POWER_EXIT, 1, exit_unmarked},
	{"reply-garbage", "the answer is any two words", "56421, GHCB page", POWER_EXIT, 1,
	 exit_garbage},

	{"read", "a private read at VMPL1..3, through the CPU's TLB", VMPLS, POWER_GUEST, 8,
	 guest_read},
	{"read-shared", "a shared read at VMPL1..3", ENCRYPTION, POWER_GUEST, 4, guest_read_shared},
	{"write", "a private write at VMPL1..3", VMPLS, POWER_GUEST, 5, guest_write},
	{"write-shared", "a shared write at VMPL1..3", ENCRYPTION, POWER_GUEST, 2,
	 guest_write_shared},
	{"fetch", "an instruction is fetched at VMPL1..3, user or supervisor", VMPLS, POWER_GUEST,
	 2, guest_fetch},
	{"edit-vmsa", "a field that CREATE_VCPU judges is written", VMPLS, POWER_GUEST, 4,
	 guest_edit_vmsa},
	{"store-list", "a word of a page of lists is written", CALL("PVALIDATE"), POWER_GUEST, 3,
	 guest_store_list},
	{"store-caa", "the pending byte of a calling area is written", "58019, chapter 4",
	 POWER_GUEST, 2, guest_store_caa},
	{"guest-rmpadjust", "RMPADJUST by VMPL1..3, any target level and permission",
	 "AMD64 vol. 3, RMPADJUST", POWER_GUEST, 2, guest_rmpadjust},
	{"guest-pvalidate", "PVALIDATE by VMPL1..3: #GP", "AMD64 vol. 3, PVALIDATE", POWER_GUEST, 1,
	 guest_pvalidate},
	{"guest-rmpquery", "RMPQUERY by VMPL1..3", "AMD64 vol. 3, RMPQUERY", POWER_GUEST, 1,
	 guest_rmpquery},
	{"guest-flush", "a CPU's TLB is flushed", RMP_CHECK, POWER_GUEST, 1, guest_flush},

	{"query", "QUERY_PROTOCOL", CALL("QUERY_PROTOCOL"), POWER_CALL, 1, call_query},
	{"remap", "REMAP_CA", CALL("REMAP_CA"), POWER_CALL, 6, call_remap},
	{"validate", "PVALIDATE, one shared page", CALL("PVALIDATE"), POWER_CALL, 8, call_validate},
	{"rescind", "PVALIDATE, one page of the guest back", CALL("PVALIDATE"), POWER_CALL, 8,
	 call_rescind},
	{"list", "PVALIDATE, a list of up to six entries", CALL("PVALIDATE"), POWER_CALL, 6,
	 call_list},
	{"large", "PVALIDATE, a 2M region", CALL("PVALIDATE"), POWER_CALL, 3, call_large},
	{"create", "CREATE_VCPU, with a VMSA that is good or nearly", CALL("CREATE_VCPU"),
	 POWER_CALL, 8, call_create},
	{"create-again", "CREATE_VCPU with the calling area of an older vCPU", CALL("CREATE_VCPU"),
	 POWER_CALL, 3, call_create_again},
	{"delete", "DELETE_VCPU", CALL("DELETE_VCPU"), POWER_CALL, 5, call_delete},
	{"vtom", "CONFIGURE_VTOM", CALL("CONFIGURE_VTOM"), POWER_CALL, 1, call_vtom},
	{"unknown", "any call, protocol and registers", "58019, chapter 5", POWER_CALL, 2,
	 call_unknown},
	{"no-call", "VMGEXIT without a call, or with a pending byte that is none",
	 "58019, chapter 4", POWER_CALL, 1, call_nothing},
};
#define ROWS (sizeof(powers) / sizeof(powers[0]))
const uint32_t powers_count = ROWS;
uint64_t powers_used[ROWS];

static uint64_t weight_of(enum power_when when)
{
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < ROWS; i++) {
		total += powers[i].when == when ? powers[i].weight : 0;
	}
	return total;
}

void powers_act(struct choice_source *c, enum power_when when)
{
	uint64_t left = choice_below(c, weight_of(when));
	uint32_t i;

	for (i = 0; powers[i].when != when || left >= powers[i].weight; i++) {
		left -= powers[i].when == when ? powers[i].weight : 0;
	}
	powers_used[i]++;
	powers[i].act(c);
}

void powers_print(int markdown)
{
	static const char *const kinds[] = {"host", "host, at an exit", "guest", "guest, a call"};
	uint32_t i;

	printf(markdown ? "| power | who | what | manual |\n|---|---|---|---|\n"
			: "%-16s %-17s %12s  what\n",
	       "power", "who", "used");
	for (i = 0; i < ROWS; i++) {
		const char *who = kinds[powers[i].when];

		if (markdown) {
			printf("| `%s` | %s | %s | %s |\n", powers[i].name, who, powers[i].what,
			       powers[i].manual);
		} else {
			printf("%-16s %-17s %12lu  %s\n", powers[i].name, who, powers_used[i],
			       powers[i].what);
		}
	}
}

/* ---- choices ---- */

struct choice_source choice_from_seed(uint64_t seed)
{
	return (struct choice_source){.state = seed};
}

struct choice_source choice_from_bytes(const uint8_t *bytes, uint64_t count)
{
	/* Not NULL even if there are none. */
	return (struct choice_source){.bytes = count == 0 ? (const uint8_t *)"" : bytes,
				      .left = count};
}

static uint64_t next_byte(struct choice_source *c)
{
	if (c->left == 0) {
		return 0;
	}
	c->left--;
	return *c->bytes++;
}

uint64_t choice_below(struct choice_source *c, uint64_t n)
{
	uint64_t value = 0;
	uint64_t reach;

	if (c->bytes == NULL) {
		c->state += 0x9e3779b97f4a7c15UL;
		return world_mix(world_mix(c->state, 1), 2) % n;
	}
	for (reach = 1; reach < n; reach *= 256) {
		value = 256 * value + next_byte(c);
		if (reach > UINT64_MAX / 256) {
			break;
		}
	}
	return value % n;
}

int choice_rarely(struct choice_source *c, uint64_t n)
{
	return choice_below(c, n) == n - 1 && n > 1;
}

/* ---- the world ---- */

/* The pages that everything is about; the first ones are the guest's, filled as VMSAs. */
#define VCPU_PAGES 0x100UL
#define FILLED	   5U
static const uint64_t pool[] = {0x110,
				0x111,
				0x112,
				0x113,
				0x114,
				LIST_PAGE,
				LIST_PAGE + 1,
				0x620,
				0x621,
				0x622,
				0x623,
				SIM_VMSA,
				SIM_CAA,
				VCPU_PAGES + 4,
				VCPU_PAGES + 5,
				VCPU_PAGES + 8,
				VCPU_PAGES + 9,
				VCPU_PAGES + 12,
				VCPU_PAGES + 13,
				SIM_MODULE,
				SIM_MODULE + 1,
				SIM_MODULE + 2,
				SIM_PRIVATE_2M + 3,
				SIM_SHARED_2M + 3};
#define POOL	   (sizeof(pool) / sizeof(pool[0]))
#define POOL_SMALL (POOL - 2)

static int saved; /* the world, with SIM_CANARY in it */
static uint64_t hot;
static uint32_t run_number;
static uint32_t adjusted[WORLD_FRAMES]; /* the run in which it was, last */
static uint64_t pages;			/* of the pool that this run chooses */
struct powers_caller powers_caller[POWERS_CPUS];
void (*powers_guest_runs)(struct choice_source *c, uint64_t vmsa_spfn);
void (*powers_host_saw)(uint64_t spfn, uint64_t word, uint64_t value);
void (*powers_guest_saw)(uint64_t pfn, uint64_t value);
void (*powers_guest_adjusted)(uint64_t pfn, uint32_t size, uint64_t attributes);
struct powers_finding powers_finding;
uint64_t powers_secret_value;

void powers_secret(uint64_t secret)
{
	uint32_t i, word;

	powers_secret_value = secret;
	if (saved && secret == SIM_CANARY) {
		return; /* world_restore has put it there */
	}
	for (i = 0; i < POWERS_SECRETS; i++) {
		world_touch(SIM_MODULE + i, 1);
		for (word = 0; word < PAGE_WORDS; word++) {
			sim_poke(SIM_MODULE + i, word, secret);
		}
	}
	/* What VMRUN looks at in VMPL0's VMSA is no secret. */
	sim_poke(SIM_MODULE + POWERS_SECRETS - 1, VMSA_VMPL / 8, 0);
	sim_poke(SIM_MODULE + POWERS_SECRETS - 1, VMSA_EFER / 8, EFER_SVME);
}

/* A page of VMPL2 becomes one of VMPL3. */
static void give_to_vmpl3(uint64_t pfn)
{
	(void)machine_rmpadjust(&hw_machine, 0, pfn, SNP_SIZE_4K, SNP_ATTR(3, SNP_PERM_ALL));
	page_set_initial(pfn, PAGE_GUEST, 3);
}

/* CPU 0: the startup vCPU; CPU 1: one at VMPL2 and one at VMPL3; CPU 2: one at VMPL3. */
static void create_vcpus(void)
{
	give_to_vmpl3(VCPU_PAGES + 8);
	give_to_vmpl3(VCPU_PAGES + 12);
	(void)sim_create(sim_startup, VCPU_PAGES + 5, VCPU_PAGES + 4, 1, 2);
	(void)sim_create(sim_startup, VCPU_PAGES + 9, VCPU_PAGES + 8, 2, 3);
	(void)sim_create(sim_startup, VCPU_PAGES + 13, VCPU_PAGES + 12, 1, 3);
}

void powers_world(void)
{
	uint32_t i;

	sim_reset(NULL);
	create_vcpus();
	for (i = 0; i < FILLED; i++) {
		sim_fill_vmsa(pool[i], i < 3 ? 2 : 3);
	}
	give_to_vmpl3(pool[3]);
	give_to_vmpl3(pool[4]);
	give_to_vmpl3(LIST_PAGE + 1);
	powers_secret(SIM_CANARY);
	hw_machine.rmp.e[FRAME(SIM_MODULE + POWERS_SECRETS - 1)].vmsa = 1;
	tlb_flush_all(&hw_machine);
	world_save();
	theorem_world();
	saved = 1;
}

void powers_begin(int large)
{
	memset(powers_caller, 0, sizeof(powers_caller));
	memset(&powers_finding, 0, sizeof(powers_finding));
	pages = large ? POOL : POOL_SMALL;
	hot = pool[0];
	power_nobody_runs();
	run_number++;
}

void power_adjusted(uint64_t pfn, uint32_t size, uint64_t attributes)
{
	uint64_t left = size == SNP_SIZE_2M ? PAGES_PER_2M : 1;

	if (powers_guest_adjusted != NULL) {
		powers_guest_adjusted(pfn, size, attributes);
	}
	for (; left > 0 && pfn < WORLD_FRAMES; left--, pfn++) {
		adjusted[pfn] = run_number;
	}
}

int powers_is_adjusted(uint64_t pfn)
{
	return adjusted[pfn] == run_number;
}

void powers_hot(uint64_t pfn)
{
	if (pfn < WORLD_FRAMES) {
		hot = pfn;
	}
}

void powers_touch(uint64_t pfn)
{
	uint64_t head = pfn - pfn % PAGES_PER_2M;

	if (pfn >= WORLD_FRAMES) {
		return;
	}
	world_touch(pfn, 1);
	if (hw_machine.rmp.e[FRAME(head)].size == SNP_SIZE_2M || hw_machine.nested.e[pfn].large) {
		world_touch(head, PAGES_PER_2M);
	}
}

uint64_t power_page(struct choice_source *c)
{
	uint64_t pfn = choice_rarely(c, 3) ? hot : pool[choice_below(c, pages)];

	powers_touch(pfn);
	return pfn;
}

uint64_t power_page_in(struct choice_source *c, uint32_t state)
{
	uint64_t first = choice_below(c, pages);
	uint64_t i;

	for (i = 0; i < pages && !choice_rarely(c, 8 * pages); i++) {
		uint64_t pfn = pool[(first + i) % pages];

		if (page_entry_state(hw_table_peek(pfn)) == state) {
			powers_touch(pfn);
			return pfn;
		}
	}
	return power_page(c);
}

uint64_t power_region(struct choice_source *c)
{
	if (pages != POOL) {
		return 0;
	}
	return choice_below(c, 2) ? SIM_SHARED_2M : SIM_PRIVATE_2M;
}

/* ---- what is seen ---- */

void powers_find(const char *text, uint64_t pfn)
{
	if (powers_finding.text == NULL) {
		powers_finding.text = text;
		powers_finding.pfn = pfn;
	}
}

void power_sees_host(uint64_t spfn, uint64_t word, uint64_t value)
{
	if (powers_host_saw != NULL) {
		powers_host_saw(spfn, word, value);
	}
	if (value == powers_secret_value) {
		powers_find("the host reads a secret of the module", spfn);
	}
}

void powers_guest_sees(uint64_t pfn, uint64_t value)
{
	if (powers_guest_saw != NULL) {
		powers_guest_saw(pfn, value);
	}
	if (value == powers_secret_value) {
		powers_find("the guest reads a secret of the module", pfn);
	}
}
