/* From start.S on the first CPU: take over the machine, then hand it to loader and host. */
#include <emulator/exit.h>
#include <emulator/svm/context.h>
#include <emulator/svm/cpu.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/start.h>
#include <emulator/svm/x86.h>

#define PVH_MAGIC     0x336ec578U
#define PVH_RAM	      1U
#define MEMORY_RANGES 16U
#define PIC_MASTER    0x21U
#define PIC_SLAVE     0xa1U
#define GUEST_KEY     0x7665726973736d6fUL /* of the memory scramble; nothing secret rests on it */

/* Xen's hvm_start_info version 1, which QEMU's -kernel passes. Addresses are physical. */
struct pvh_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t modules;
	uint64_t module_list;
	uint64_t command_line;
	uint64_t rsdp;
	uint64_t memory_map;
	uint32_t memory_entries;
	uint32_t reserved;
};
struct pvh_module {
	uint64_t address;
	uint64_t size;
	uint64_t command_line;
	uint64_t reserved;
};
struct pvh_memory {
	uint64_t address;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

void emulator_main(const struct pvh_info *info) __attribute__((noreturn));

static struct memory_range module_range(const struct pvh_info *info)
{
	const struct pvh_module *module = (const struct pvh_module *)info->module_list;

	if (info->modules == 0) {
		return (struct memory_range){0, 0};
	}
	return (struct memory_range){module->address, module->address + module->size};
}

static void memory_setup(const struct pvh_info *info, struct memory_range keep)
{
	const struct pvh_memory *map = (const struct pvh_memory *)info->memory_map;
	struct memory_range ram[MEMORY_RANGES];
	uint32_t n = 0;

	for (uint32_t i = 0; i < info->memory_entries && n < MEMORY_RANGES; i++) {
		if (map[i].type == PVH_RAM && map[i].address < MEMORY_MAPPED) {
			ram[n] =
				(struct memory_range){map[i].address, map[i].address + map[i].size};
			ram[n].end = ram[n].end > MEMORY_MAPPED ? MEMORY_MAPPED : ram[n].end;
			n++;
		}
	}
	memory_init(ram, n, keep);
}

void emulator_main(const struct pvh_info *info)
{
	struct memory_range keep;

	if (info->magic != PVH_MAGIC || info->version < 1) {
		emulator_panic("not started by QEMU's -kernel");
	}
	x86_out8(PIC_MASTER, 0xff);
	x86_out8(PIC_SLAVE, 0xff);
	cpu_init(0);
	keep = module_range(info);
	memory_setup(info, keep);
	machine_reset(&the_machine, GUEST_KEY);
	context_init();
	svm_tsc_khz();
	if (smp_start() == 0) {
		emulator_log("emulator: 1 to %u CPUs, and all must start\n", SVM_CPUS);
		emulator_exit(EXIT_BAD_CONFIG);
	}
	loader_main((const void *)keep.start, keep.end - keep.start,
		    (const char *)info->command_line);
	smp_release();
	host_cpu_main(0);
}
