#include "module/boot/tables.h"
#include "module/boot/image.h"
#include "module/hw/hw.h"
#include "module/hw/hw_boot.h"

#define PTE_PRESENT 0x001UL
#define PTE_WRITE   0x002UL
#define PTE_USED    0x060UL /* accessed, dirty: the CPU need not write them into sealed tables */
#define PTE_LARGE   0x080UL
#define PTE_NX	    0x8000000000000000UL

#define MAP_RX	  (PTE_PRESENT | PTE_USED)
#define MAP_R	  (PTE_PRESENT | PTE_USED | PTE_NX)
#define MAP_RW	  (PTE_PRESENT | PTE_USED | PTE_NX | PTE_WRITE)
#define MAP_TABLE (PTE_PRESENT | PTE_USED | PTE_WRITE)
#define MAP_LARGE (MAP_RW | PTE_LARGE)

#define GIB	    0x40000000UL
#define DIRECT_SLOT (HW_DIRECT_MAP / (512 * 512 * LARGE_PAGE) % 512)
#define DIRECT_PDS  (MEMORY_GPA_END / GIB)

_Static_assert(MODULE_BASE % LARGE_PAGE == 0 && MODULE_SIZE == LARGE_PAGE, "static region: one 2M");
_Static_assert(MODULE_BASE < GIB, "static region lies in the first directory");

static struct {
	uint64_t root[512];
	uint64_t low_pdpt[512];
	uint64_t low_pd[512];
	uint64_t region[512]; /* the static region */
	uint64_t direct_pdpt[512];
	uint64_t direct_pd[DIRECT_PDS][512];
} tables IMAGE_SEALED;

static uint64_t cbit_mask;

static uint64_t gpa_of(const void *p)
{
	return (uint64_t)p;
}

static uint64_t table_entry(const uint64_t *table)
{
	return gpa_of(table) | cbit_mask | MAP_TABLE;
}

static void map_page(uint64_t gpa, uint64_t entry)
{
	tables.region[(gpa - MODULE_BASE) / PAGE_SIZE % 512] = entry;
}

static void map_private(uint64_t start, uint64_t end, uint64_t flags)
{
	for (uint64_t gpa = start; gpa < end; gpa += PAGE_SIZE) {
		map_page(gpa, gpa | cbit_mask | flags);
	}
}

static void map_shared(const void *page)
{
	map_page(gpa_of(page), gpa_of(page) | MAP_RW);
}

static void map_stacks(void)
{
	for (uint32_t cpu = 0; cpu < CPUS_MAX; cpu++) {
		const struct image_stack *s = &image_stack[cpu];
		uint64_t normal = gpa_of(s->normal);
		uint64_t fatal = gpa_of(s->fatal);

		map_private(normal, normal + STACK_SIZE, MAP_RW);
		map_private(fatal, fatal + FATAL_STACK_SIZE, MAP_RW);
	}
}

static void map_image(void)
{
	map_private(MODULE_LAUNCH_GPA, MODULE_MEMMAP_GPA + PAGE_SIZE, MAP_R);
	map_private(gpa_of(image_text), gpa_of(image_rodata), MAP_RX);
	map_private(gpa_of(image_rodata), gpa_of(image_data), MAP_R);
	map_private(gpa_of(image_data), gpa_of(image_stacks), MAP_RW);
	map_private(gpa_of(image_ghcb), gpa_of(image_end), MAP_RW);
	map_stacks();
	map_shared(hw_ghcb_pages[0]);
}

void tables_init(uint64_t cbit)
{
	cbit_mask = cbit;
	tables.root[0] = table_entry(tables.low_pdpt);
	tables.low_pdpt[0] = table_entry(tables.low_pd);
	tables.low_pd[MODULE_BASE / LARGE_PAGE] = table_entry(tables.region);
	tables.root[DIRECT_SLOT] = table_entry(tables.direct_pdpt);
	for (uint32_t i = 0; i < DIRECT_PDS; i++) {
		tables.direct_pdpt[i] = table_entry(tables.direct_pd[i]);
	}
	map_image();
}

uint64_t tables_root(void)
{
	return gpa_of(tables.root) | cbit_mask;
}

void tables_map_ram(uint64_t pfn, uint64_t pages)
{
	uint64_t first = pfn / PAGES_PER_2M;
	uint64_t last = (pfn + pages - 1) / PAGES_PER_2M;

	for (uint64_t n = first; n <= last; n++) {
		if (n != MODULE_BASE / LARGE_PAGE) {
			tables.direct_pd[n / 512][n % 512] = n * LARGE_PAGE | cbit_mask | MAP_LARGE;
		}
	}
}

void tables_share_ghcb(uint32_t cpu)
{
	map_shared(hw_ghcb_pages[cpu]);
	hw_load_cr3(tables_root());
}

/* The page with the entries being changed goes last: writing it again would fault. */
void tables_seal(void)
{
	uint64_t region = gpa_of(tables.region);

	for (uint64_t gpa = gpa_of(image_sealed); gpa < gpa_of(image_stacks); gpa += PAGE_SIZE) {
		if (gpa != region) {
			map_page(gpa, gpa | cbit_mask | MAP_R);
		}
	}
	map_page(region, region | cbit_mask | MAP_R);
	hw_load_cr3(tables_root());
}
