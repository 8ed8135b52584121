/* What the launch places below the module's image, writable for tests; and the table's size. */
#include <verismo/igvm.h>
#include <verismo/launch.h>
#include <verismo/snp.h>
#include "module/hw/hw_boot.h"
#include "tests/unit/boot_image.h"

struct launch_block image_launch;
struct snp_cpuid_page image_cpuid;
uint64_t image_secrets[PAGE_WORDS];
struct igvm_memory_map_entry image_memmap[IGVM_MEMORY_ENTRIES];
uint64_t boot_table_pfns;

struct launch_block *const boot_launch = &image_launch;
struct snp_cpuid_page *const boot_cpuid = &image_cpuid;
struct igvm_memory_map_entry *const boot_memmap = image_memmap;
uint64_t *const boot_secrets = image_secrets;

/* Two bytes for each frame outside [3 GiB, 4 GiB), whole pages. */
uint64_t hw_table_bytes(uint64_t pfns)
{
	uint64_t gap = pfns > 0x100000 ? 0x40000 : pfns > 0xc0000 ? pfns - 0xc0000 : 0;
	uint64_t pages = (2 * (pfns - gap) + PAGE_SIZE - 1) / PAGE_SIZE;

	return pages * PAGE_SIZE;
}

void hw_table_place(uint64_t pfns)
{
	boot_table_pfns = pfns;
}
