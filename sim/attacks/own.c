/* The module's own memory: page tables, gates, the VMSAs of its CPUs, the secrets page (catalogue, groups 2, 4 to
 * 7). What the module has built is walked as the CPU would. */
#include <stddef.h>
#include <string.h>
#include <verismo/reasons.h>
#include "module/boot/cpu.h"
#include "module/boot/guest.h"
#include "module/boot/memory.h"
#include "module/boot/tables.h"
#include "module/hw/hw.h"
#include "sim/attack.h"
#include "sim/attacks/play.h"
#include "sim/boot.h"
#include "sim/check.h"

#define CBIT	 (1UL << BOOT_CBIT)
#define PTE_USER 0x004UL
#define ADDRESS	 0x000ffffffffff000UL /* of an entry, with the C-bit */

/* ---- the walk ---- */

/* What an address leads to. */
struct leaf {
	uint64_t gpa; /* of its first byte */
	uint64_t size;
	int present, write, run, user, private;
};

static int level_allows(uint64_t entry, uint64_t bit)
{
	return (entry & bit) != 0;
}

/* One address, by the four levels, whose rights are those that all of them give. */
static struct leaf walk(uint64_t va)
{
	struct leaf l = {.present = 1, .write = 1, .run = 1, .user = 1, .private = 1};
	uint64_t table = TABLE_ROOT;
	uint64_t entry = 0;
	uint32_t shift;

	for (shift = 39; shift >= 12; shift -= 9) {
		entry = page_tables.t[table][va >> shift & 511];
		l.present = l.present && level_allows(entry, PTE_PRESENT);
		l.write = l.write && level_allows(entry, PTE_WRITE);
		l.run = l.run && !level_allows(entry, PTE_NX);
		l.user = l.user && level_allows(entry, PTE_USER);
		l.private = level_allows(entry, CBIT);
		l.size = 1UL << shift;
		l.gpa = entry & ADDRESS & ~CBIT;
		table = (l.gpa - image_layout.tables) / PAGE_SIZE;
		if (!l.present || level_allows(entry, PTE_LARGE) || table >= TABLES) {
			break;
		}
	}
	return l;
}

static void build_tables(void)
{
	boot_reset();
	tables_init(CBIT);
	tables_map_ram(0, MEMORY_MIN / PAGE_SIZE);
	tables_share_ghcb(1);
	tables_seal();
}

/* Each page of the static region, and each 2M of the direct map, is shown to judge; what it says is wrong. */
static const char *each_page(const char *(*judge)(uint64_t va, struct leaf l), uint64_t *va)
{
	const char *wrong = NULL;
	uint64_t i;

	for (i = 0; i < PAGE_WORDS && wrong == NULL; i++) {
		*va = MODULE_BASE + i * PAGE_SIZE;
		wrong = judge(*va, walk(*va));
	}
	for (i = 0; i < DIRECT_PDS * PAGE_WORDS && wrong == NULL; i++) {
		*va = HW_DIRECT_MAP + i * LARGE_PAGE;
		wrong = judge(*va, walk(*va));
	}
	return wrong;
}

static struct attack_outcome judge_tables(const char *(*judge)(uint64_t va, struct leaf l),
					  const char *held)
{
	uint64_t va = 0;
	const char *wrong;

	build_tables();
	wrong = each_page(judge, &va);
	return wrong == NULL ? attack_refused("%s", held) : attack_won("%s (at %#lx)", wrong, va);
}

/* ---- AT-145 ---- */

static int is_in(uint64_t va, uint64_t start, uint64_t end)
{
	return va >= start && va < end;
}

static const char *judge_rights(uint64_t va, struct leaf l)
{
	const struct image_layout *i = &image_layout;
	uint64_t in_stack = (va - i->stacks) % IMAGE_STACK_SIZE;

	if (l.present && l.write && l.run) {
		return "a page can be written, and run";
	}
	if (l.present && l.run && !is_in(va, i->text, i->rodata)) {
		return "a page can be run that is no text";
	}
	if (l.present && l.write &&
	    (is_in(va, i->text, i->data) || is_in(va, i->sealed, i->stacks))) {
		return "text, constants or sealed tables can be written";
	}
	if (l.present && is_in(va, i->stacks, i->ghcb) &&
	    (in_stack == 0 || in_stack == IMAGE_FATAL_GUARD)) {
		return "a stack has no guard";
	}
	return NULL;
}

static struct attack_outcome module_wx(void)
{
	return judge_tables(judge_rights, "text runs, the rest is writable or neither, stacks have "
					  "guards: 3072 entries walked");
}

static const char *judge_alias(uint64_t va, struct leaf l)
{
	int is_region = l.gpa < MODULE_BASE + MODULE_SIZE && l.gpa + l.size > MODULE_BASE;

	return l.present && va >= HW_DIRECT_MAP && is_region
		       ? "the direct map reaches the module: its text can be written there"
		       : NULL;
}

static struct attack_outcome module_wx_alias(void)
{
	return judge_tables(judge_alias, "the direct map leaves the module out");
}

/* ---- AT-146 ---- */

static const char *judge_user(uint64_t va, struct leaf l)
{
	(void)va;
	return l.present && l.user ? "user mode reaches a page of the module" : NULL;
}

static struct attack_outcome user_perm_on_kernel(void)
{
	return judge_tables(judge_user, "no leaf is open to CPL 3");
}

/* ---- AT-161 ---- */

static const char *judge_shared(uint64_t va, struct leaf l)
{
	const uint64_t ghcb = image_layout.ghcb;

	if (is_in(va, ghcb, ghcb + 2 * PAGE_SIZE)) {
		return l.private ? "a GHCB page that was shared is still mapped as private" : NULL;
	}
	return l.present && !l.private ? "private memory is mapped as shared" : NULL;
}

static struct attack_outcome stale_map_flags(void)
{
	return judge_tables(judge_shared, "the two shared pages have the new flags, all others are "
					  "private");
}

/* ---- AT-100 to AT-102: gates ---- */

/* The host injects a vector: where the gate leads. -1: the stub of #HV, which returns; else the reason. */
static int inject(uint32_t vector)
{
	struct gate g = descriptors.idt[vector];
	uint64_t stub = g.offset_low + 0x10000UL * g.offset_middle + 0x100000000UL * g.offset_high;
	uint64_t number = (stub - image_layout.stubs) / STUB_SIZE;

	if (g.type == 0 || number >= VECTORS) {
		return 0;
	}
	return number == VECTOR_HV ? -1 : HW_RUN(cpu_fatal((uint32_t)number));
}

static struct attack_outcome inject_each(uint32_t first, uint32_t last)
{
	uint32_t vector;
	int reason = 0;

	boot_reset();
	cpu_load_tables();
	for (vector = first; vector <= last; vector++) {
		if (vector == VECTOR_HV) {
			continue;
		}
		reason = inject(vector);
		if (reason != (int)(REASON_EXCEPTION + vector * 0x100)) {
			return attack_won("vector %u is injected, and the module goes on (%d)",
					  vector, reason);
		}
	}
	return attack_judge_end(reason, (int)(REASON_EXCEPTION + last * 0x100));
}

static struct attack_outcome vc_inject(void)
{
	return inject_each(VECTOR_VC, VECTOR_VC);
}

static struct attack_outcome int_inject(void)
{
	return inject_each(0, VECTORS - 1);
}

/* A gate for services would be open to whoever names its vector. */
static struct attack_outcome syscall_gate_inject(void)
{
	uint32_t vector;

	boot_reset();
	cpu_load_tables();
	for (vector = 0; vector < VECTORS; vector++) {
		if (descriptors.idt[vector].type != GATE_INTERRUPT) {
			return attack_won("vector %u has a gate of type %#x: the host can inject "
					  "what user mode may call",
					  vector, descriptors.idt[vector].type);
		}
	}
	return attack_refused("256 gates, none of them for software interrupts");
}

/* ---- AT-045 ---- */

static void start_further_cpu(void)
{
	boot_take_over();
	tables_init(CBIT);
	cpu_prepare(BOOT_CPUS, 0);
	cpu_start(BOOT_CPUS, 0);
}

static struct attack_outcome own_vmsa_exposed(void)
{
	uint64_t vmsa = image_layout.vmsas / PAGE_SIZE + 1;
	uint64_t pfn = 0;
	const char *wrong;
	int reason;

	boot_reset();
	boot_memory();
	sim_poke(vmsa, 0, SIM_CANARY);
	reason = HW_RUN(start_further_cpu());
	wrong = check_secrets(&pfn);
	if (reason != 0 || boot_host.creations != 1 || !sim_rmp(vmsa).vmsa) {
		return attack_broken("the CPU is not started (reason %#x)", (unsigned)reason);
	}
	return wrong == NULL ? attack_refused("CPU 1 is announced, and only VMPL0 reaches its VMSA")
			     : attack_won("%s (page %#lx)", wrong, pfn);
}

/* ---- AT-123 ---- */

static void copy_secrets(void)
{
	guest_claim(GUEST_SECRETS_GPA / PAGE_SIZE);
	secrets_copy_to(GUEST_SECRETS_GPA / PAGE_SIZE);
	guest_release(GUEST_SECRETS_GPA / PAGE_SIZE);
}

/* The keys of VMPL0 and VMPL1 are canaries. */
static struct attack_outcome vmpck0_to_guest(void)
{
	uint32_t word;
	int reason;

	memset(&memory_map, 0, sizeof(memory_map));
	boot_secrets[0] = 3;
	for (word = 0; word < 2 * SECRETS_VMPCK_SIZE / 8; word++) {
		boot_secrets[SECRETS_VMPCK0 / 8 + word] = SIM_CANARY;
	}
	reason = HW_RUN(copy_secrets());
	return reason == 0 ? attack_judge("the guest's copy has the keys of VMPL2 and 3 alone")
			   : attack_broken("reason %#x", (unsigned)reason);
}

const struct attack attacks_own[] = {
	{"AT-045", "own-vmsa-exposed", "guest",
	 "VMPL1 to 3 read the VMSA page of the module's second CPU",
	 "module/boot/cpus.c: start_one gives no permission", "hw_static_rmpadjust: level",
	 "proof/red/own-vmsa-exposed.patch", own_vmsa_exposed},
	{"AT-100", "vc-inject", "hypervisor", "the host injects #VC, with a code of its choice",
	 "module/boot/descriptors.c: gate_of; cpu_fatal ends the VM, nothing is decoded",
	 "gate_of: gate", "tests/attacks/gate-vc-returns.patch", vc_inject},
	{"AT-101", "int-inject", "hypervisor", "the host injects each of 255 vectors",
	 "module/boot/descriptors.c: fill_idt has a fatal gate for each but #HV", "fill_idt: idt",
	 "tests/attacks/gate-interrupt-returns.patch", int_inject},
	{"AT-102", "syscall-gate-inject", "hypervisor",
	 "the host looks for a gate that is meant for software interrupts",
	 "module/boot/descriptors.c: gate_of, DPL 0 for every vector", "gate_of: gate",
	 "tests/attacks/gate-for-software.patch", syscall_gate_inject},
	{"AT-123", "vmpck0-to-guest", "guest",
	 "the guest looks in its copy of the secrets page for the keys of VMPL0 and VMPL1",
	 "module/boot/secrets.c: secrets_copy_to copies named fields", "copy_bytes: public",
	 "proof/red/vmpck0-to-guest.patch", vmpck0_to_guest},
	{"AT-145", "module-wx", "both",
	 "the module's page tables are walked for what can be written "
	 "and run",
	 "module/boot/tables.c: flags_of, tables_seal", "flags_of", "proof/red/module-wx.patch",
	 module_wx},
	{"AT-145", "module-wx-alias", "both",
	 "the direct map is searched for a second, writable mapping of the module",
	 "module/boot/tables.c: tables_map_ram", "tables_map_ram: ok",
	 "proof/red/direct-map-module.patch", module_wx_alias},
	{"AT-146", "user-perm-on-kernel", "guest", "user mode looks for a page of the module",
	 "module/boot/tables.c: link_to, private_entry have no user bit", "private_entry",
	 "tests/attacks/user-mapped.patch", user_perm_on_kernel},
	{"AT-161", "stale-map-flags", "both",
	 "a private page is shared as a GHCB: is it mapped as it was?",
	 "module/boot/tables.c: map_shared writes the whole entry", "map_shared: shared",
	 "proof/red/stale-map-flags.patch", stale_map_flags},
	{0},
};
