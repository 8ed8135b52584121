#include "module/boot/image.h"
#include "module/hw/hw.h"
#include <verismo/reasons.h>

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> image_section(start, end);
*/
static int is_section(uint64_t start, uint64_t end)
{
	return start <= end && start % PAGE_SIZE == 0;
}

/* Bounds of sections lie below 2^32 here, so nothing overflows. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> image_sections_ok;
*/
static int sections_fit(void)
{
	const struct image_layout *l = &image_layout;

	return l->text == MODULE_IMAGE_GPA && is_section(l->text, l->rodata) &&
	       is_section(l->rodata, l->data) && is_section(l->data, l->sealed) &&
	       is_section(l->sealed, l->stacks) && is_section(l->stacks, l->ghcb) &&
	       is_section(l->ghcb, l->bss) && is_section(l->bss, l->end) &&
	       l->end <= MODULE_BASE + MODULE_SIZE && l->end % PAGE_SIZE == 0 &&
	       l->data <= l->data_end && l->data_end <= l->sealed &&
	       l->ghcb == l->stacks + CPUS_MAX * IMAGE_STACK_SIZE &&
	       l->bss == l->ghcb + CPUS_MAX * PAGE_SIZE;
}

/*@
  requires sections: image_sections_ok;
  requires small: size <= MODULE_SIZE;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> image_sealed_object(start, size);
*/
static int is_sealed(uint64_t start, uint64_t size)
{
	return image_layout.sealed <= start && start <= image_layout.stacks &&
	       size <= image_layout.stacks - start;
}

/*@
  requires sections: image_sections_ok;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> image_objects_ok;
*/
static int objects_fit(void)
{
	const struct image_layout *l = &image_layout;

	return is_sealed(l->tables, TABLES * PAGE_SIZE) && l->tables % PAGE_SIZE == 0 &&
	       is_sealed(l->vmsas, CPUS_MAX * PAGE_SIZE) && l->vmsas % PAGE_SIZE == 0 &&
	       is_sealed(l->idt, VECTORS * sizeof(struct gate)) &&
	       is_sealed(l->gdt, GDT_ENTRIES * 8) &&
	       is_sealed(l->tss, CPUS_MAX * sizeof(struct tss));
}

/*@
  requires sections: image_sections_ok;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result != 0 <==> image_code_ok;
*/
static int code_fits(void)
{
	const struct image_layout *l = &image_layout;

	return l->text <= l->stubs && l->stubs <= l->rodata &&
	       VECTORS * STUB_SIZE <= l->rodata - l->stubs && l->text <= l->cpu_main &&
	       l->cpu_main < l->rodata;
}

void image_check(void)
{
	if (!sections_fit() || !objects_fit() || !code_fits()) {
		hw_terminate(REASON_STATE);
	}
}
