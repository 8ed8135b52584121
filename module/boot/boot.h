#ifndef MODULE_BOOT_BOOT_H
#define MODULE_BOOT_BOOT_H

#include <stdint.h>
#include "module/boot/guest.h"
#include "module/boot/memory.h"
#include "module/guest/range.h"
#include "module/guest/vcpu.h"
#include "module/host/console.h"
#include "module/services/request.h"

/* Called once by entry.S on CPU 0, on the early page tables; image_early has the C-bit's mask. What is
 * asked is what the launch leaves behind: frames as in boot_start (the launch digest covers it), the
 * module's own variables at their initial values. */
/*@
  requires start: boot_start;
  requires table: page_bounds.pfns == 0;
  requires map: memory_map.count == 0 && memory_map.pages == 0 && memory_map.end == 0;
  requires registry: hw_locked == 0 && vcpu_limits.cpus == 0 && range_limit.end == 0;
  requires idle: request_now.serving == 0 && request_now.step == REQUEST_RUNS;
  terminates \false;
  exits \false;
  assigns REQUEST_ALL, CONSOLE_ALL, page_tables, page_mode, hw_loaded, hw_drawn, hw_probe, guest_filled,
          descriptors, cpu_vmsas, vmsa_page, memory_map, hw_table_pfns, page_bounds, range_limit, e820, vcpu_limits;
  ensures \false;
*/
void boot_main(void) __attribute__((noreturn));

#endif
