/* Where the entries of the ownership table are: for hw_x86.c alone. */
#ifndef MODULE_HW_TABLE_H
#define MODULE_HW_TABLE_H

#include "module/hw/hw_boot.h"

/* The table has an entry for the frame. The gap for devices below 4 GiB is never RAM and has none. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures has: \result != 0 <==> hw_table_covers(pfn, hw_table_pfns);
*/
int hw_table_has(uint64_t pfn);
/* The number of its entry: of the frames before it, those that have one. */
/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures slot: \result == hw_table_slots(pfn);
*/
uint64_t hw_table_slot(uint64_t pfn);

#endif
